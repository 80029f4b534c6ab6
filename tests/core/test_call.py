"""The phone flow: every node leads to a person in one step, silence is counted, nothing strands."""

import copy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from core import call
from core.call import (
    Answered,
    Arrived,
    Event,
    Failed,
    GiveUp,
    Keys,
    Leave,
    Leg,
    Listen,
    Lost,
    Noted,
    Place,
    Rang,
    Record,
    Recorded,
    Ring,
    Say,
    Seek,
    Silence,
    Sought,
    Tell,
    Turn,
    Unreached,
    Words,
)
from core.callflow import Flow, opening_faults, spoken_seconds
from core.content import ContentError
from core.cues import Cues
from core.flowcheck import faults

CONTENT = Path(__file__).parents[2] / "content"
DATA = yaml.safe_load((CONTENT / "calls.yml").read_text("utf-8"))
FLOW = Flow.from_mapping(DATA)
TALKING = [name for name, node in FLOW.nodes.items() if node.kind in ("talk", "settled", "wait")]
AGENT = Leg(1, "client:agent1")
OTHER = Leg(2, "sip:agent2@desk.example")


NOBODY_CAME = Unreached(("nobody came",), ("utter_nobody_came",), promised=True)


def wishes(text: str) -> object:
    return text if "HUMAN" in text else None


@dataclass
class House:
    """Answers what the machine asks from two lists; the last of each is repeated."""

    answers: list[Event] = field(default_factory=lambda: [Answered(("said",), ("story",))])
    sought: list[Sought] = field(default_factory=lambda: [Sought((AGENT,), promised=True)])
    unreached: Unreached = NOBODY_CAME
    asked: list[call.Ask] = field(default_factory=list)

    def do(self, ask: call.Ask, place: Place) -> Event:
        self.asked.append(ask)
        if isinstance(ask, GiveUp):
            return self.unreached
        if isinstance(ask, Tell) and ask.kept_as == "unsure":
            return Noted()
        rest = self.answers if isinstance(ask, Tell) else self.sought
        return rest.pop(0) if len(rest) > 1 else rest[0]


def play(place: Place, event: Event, house: House | None = None) -> Turn:
    return call.run(FLOW, place, event, wishes, house or House())


def rings(turn: Turn) -> list[int]:
    return [leg.agent for step in turn.steps if isinstance(step, Ring) for leg in step.legs]


def said(turn: Turn) -> list[str]:
    prompts = [p for s in turn.steps for p in (s.prompt if isinstance(s, Listen) else (s,))]
    return [p.replies[0] if p.replies else p.words for p in prompts if isinstance(p, Say)]


def test_the_flow_as_delivered_has_no_fault() -> None:
    assert faults(FLOW) == []


def test_opening_is_short_and_offers_a_person_first() -> None:
    replies = yaml.safe_load((CONTENT / "replies.yml").read_text("utf-8"))["responses"]
    company = yaml.safe_load((CONTENT / "company.yml").read_text("utf-8"))["name"]["spoken"]
    opening = next(v["text"] for v in replies["utter_open"] if v.get("channel") == "phone")
    words = opening.replace("{company}", company)
    assert opening_faults(words, words.split("。")[0], FLOW.pace) == []
    assert opening_faults(words * 2, words.split("。")[0], FLOW.pace)
    assert opening_faults(words, "nobody", FLOW.pace) == ["the opening offers no person"]
    assert opening_faults("x" * 13 + words, words.split("。")[0], FLOW.pace)
    assert spoken_seconds("abcd, efgh.", 4.0) == 2.0


def test_arrival_says_the_opening_and_listens() -> None:
    turn = play(Place(), Arrived())
    assert said(turn) == ["utter_open"]
    assert turn.place == Place("open")


# ---- to a person, from everywhere


@pytest.mark.parametrize("node", TALKING)
@pytest.mark.parametrize("keys", ["0", "00", "000", "0#", "00#", "*0"])
def test_zero_rings_from_every_node(node: str, keys: str) -> None:
    turn = play(Place(node, misses=1, rings=2, waits=5, nobody=1, tried=(1,)), Keys(keys))
    assert rings(turn) == [1]


@pytest.mark.parametrize("node", TALKING)
def test_a_spoken_wish_rings_from_every_node_and_is_kept(node: str) -> None:
    house = House()
    turn = play(Place(node), Words("HUMAN now", 0.1), house)
    assert rings(turn) == [1]
    assert house.asked == [Tell("HUMAN now"), Seek("asked")]


def test_a_wish_that_reception_recognised_is_not_stored_twice() -> None:
    house = House([Answered(("looking",), handoff=True)])
    turn = play(Place(), Words("HUMAN"), house)
    assert house.asked[1] == Seek("asked", again=True)
    assert said(turn) == ["looking"]
    assert rings(turn) == [1]


def test_reception_may_ring_by_itself() -> None:
    turn = play(Place("story"), Words("gas"), House([Answered(("leave the house",), handoff=True)]))
    assert said(turn) == ["leave the house"]
    assert rings(turn) == [1]


@pytest.mark.parametrize("house", [House([Failed()]), House([Failed()], [Sought(stored=False)])])
def test_a_house_on_fire_still_leads_to_a_person_or_a_recording(house: House) -> None:
    turn = play(Place("story"), Words("x"), house)
    assert rings(turn) or any(isinstance(s, Record) for s in turn.steps)


def test_unknown_place_rings() -> None:
    assert rings(play(Place("nonsense"), Words("x"))) == [1]
    assert rings(play(Place("story"), Lost())) == [1]


@pytest.mark.parametrize("node", [n for n in TALKING if FLOW.nodes[n].kind == "talk"])
@pytest.mark.parametrize("first", [Silence(), Keys("#"), Words(" 。，"), Words("mumble", 0.1), Keys("*")])
@pytest.mark.parametrize("second", [Silence(), Keys("*"), Words("mumble", 0.1), Keys("#")])
def test_second_miss_of_any_kind_rings(node: str, first: Event, second: Event) -> None:
    once = play(Place(node), first)
    assert rings(once) == []
    assert said(once), "the first miss is answered"
    assert rings(play(once.place, second)) == [1]


def test_a_word_between_two_silences_starts_the_count_again() -> None:
    once = play(Place("story"), Silence())
    heard = play(once.place, Words("the parcel is late"))
    assert rings(play(heard.place, Silence())) == []


def test_greeting_is_no_silence_and_no_complaint() -> None:
    house = House()
    turn = play(Place(), Words(DATA["greetings"][0] + "？"), house)
    assert said(turn) == ["utter_here"]
    assert house.asked == []


# ---- keys and numbers


def test_keyed_digits_are_told() -> None:
    house = House()
    play(Place("digits"), Keys("1234567"), house)
    assert house.asked == [Tell("1234567")]


def test_status_keys_are_parted() -> None:
    house = House()
    play(Place("status"), Keys("38204716838000"), house)
    assert house.asked == [Tell("3820471683 8000")]


@pytest.mark.parametrize("keys", ["1" * 200, "12345", "１２"])
def test_a_wrong_number_is_a_miss(keys: str) -> None:
    house = House()
    turn = play(Place("status"), Keys(keys), house)
    assert (said(turn), house.asked) == (["utter_phone_bad"], [])


def test_a_key_may_stand_for_words() -> None:
    house = House()
    play(Place("confirm"), Keys("1"), house)
    assert house.asked == [Tell(DATA["nodes"]["confirm"]["keys"]["1"]["words"])]


def test_one_repeats_the_number() -> None:
    turn = play(Place("done"), Keys("1"))
    assert said(turn) == ["utter_registered"]
    assert turn.place.node == "done"


# ---- where answers lead


@pytest.mark.parametrize(
    ("expects", "registered", "node"),
    [
        (("utter_ask_phone", "phone"), False, "phone"),
        (("utter_ask_missing", "missing waybill", "missing"), False, "digits"),
        (("missing",), False, "fact"),
        (("read_back",), False, "confirm"),
        (("utter_registered",), True, "done"),
        ((), True, "done"),
        (("unheard of",), False, "story"),
    ],
)
def test_reception_answer_leads_to(expects: tuple[str, ...], registered: bool, node: str) -> None:
    answer = Answered(("words",), expects, registered=registered)
    assert play(Place("story"), Words("x"), House([answer])).place.node == node


def test_an_empty_answer_is_not_silence() -> None:
    assert said(play(Place("story"), Words("x"), House([Answered()]))) == ["utter_listening"]


# ---- nobody there


def nobody(**facts: bool) -> House:
    given: dict[str, Any] = {"promised": True, **facts}
    return House(sought=[Sought(**given)])


def test_nobody_on_duty_ends_in_the_kept_promise() -> None:
    turn = play(Place(), Keys("0"), nobody())
    assert turn.place.node == "closed"
    agreed = play(turn.place, Keys("1"), nobody())
    assert said(agreed) == ["utter_callback_booked"]
    gone = play(agreed.place, Silence(), nobody())
    assert said(gone) == ["utter_goodbye_promised"]
    assert isinstance(gone.steps[-1], Leave)


def test_nobody_on_duty_and_silence_ends_in_the_kept_promise() -> None:
    place = play(Place(), Keys("0"), nobody()).place
    once = play(place, Silence(), nobody())
    assert said(once) == ["utter_silence"]
    assert isinstance(play(once.place, Silence(), nobody()).steps[-1], Leave)


def test_yes_at_closed_is_told_and_agreed() -> None:
    house = nobody()
    house.answers = [Answered(("noted",))]
    turn = play(Place("closed"), Words(DATA["agreement"][0] + "。"), house)
    assert turn.place.node == "told"
    assert said(turn) == ["noted", "utter_callback_booked"]


def test_reception_that_says_nobody_is_there_is_not_repeated() -> None:
    house = nobody()
    house.answers = [Answered(("nobody, due",), ("utter_nobody", "callback"), handoff=True)]
    turn = play(Place("story"), Words("late"), house)
    assert (turn.place.node, said(turn)) == ("closed", ["nobody, due", "utter_press_one"])
    found = Sought(said=("nobody",), names=("utter_nobody",), promised=True)
    turn = play(Place(), Keys("0"), House(sought=[found]))
    assert said(turn) == ["nobody", "utter_press_one"]


def test_a_number_is_asked_by_keys_once_the_call_back_is_promised() -> None:
    asks = Answered(("your number?",), ("utter_ask_phone_unknown", "phone"))
    house = nobody()
    house.answers = [asks]
    turn = play(Place("closed"), Words(DATA["agreement"][0]), house)
    assert turn.place.node == "told"
    assert isinstance(turn.steps[-1], Listen)
    assert turn.steps[-1].mode == "digits"
    first = turn.steps[-1].prompt[0]
    assert isinstance(first, Say)
    assert "utter_reply_booked" in first.replies
    assert play(Place("story"), Words("late"), House([asks])).place.node == "phone"


@pytest.mark.parametrize(
    ("words", "expects", "heard"),
    [("noted", ("utter_added",), "noted"), ("what do you want?", ("wanted",), "utter_added")],
    ids=["answered", "asked on"],
)
def test_words_at_closed_are_kept_and_lead_nowhere(words: str, expects: tuple[str, ...], heard: str) -> None:
    """Nor is the next question put, while the caller has a promise to agree to."""
    house = nobody()
    house.answers = [Answered((words,), expects, handoff=True)]
    turn = play(Place("closed"), Words("and another thing"), house)
    assert (turn.place.node, said(turn)) == ("closed", [heard])


def test_swearing_counts_and_rings_at_the_second_time() -> None:
    swears = replace(FLOW, ears=replace(FLOW.ears, insult=Cues.from_mapping({"patterns": ["idiot"]}, "ears")))
    first = call.step(swears, Place("fact"), Words("you idiot"), wishes)
    assert (first.ask, first.place.misses) == (Tell("you idiot"), 1)
    kept = call.step(swears, first.place, Answered(("go on",), ("wanted",)), wishes)
    second = call.run(swears, kept.place, Words("idiot"), wishes, House([Answered(("choose",), ("choice",))]))
    assert isinstance(second.steps[-1], Ring)
    assert "choose" not in said(second)


def test_who_only_wants_to_complain_is_offered_a_person() -> None:
    complains = Cues.from_mapping({"patterns": ["^complain$"]}, "ears")
    flow = replace(FLOW, ears=replace(FLOW.ears, complaint=complains))
    turn = call.run(flow, Place("fact"), Words("complain"), wishes, House([Answered(("asks",), ("wanted",))]))
    assert said(turn) == ["asks", "utter_offer_person"]


def test_withheld_number_is_asked_by_keys() -> None:
    turn = play(Place(), Keys("0"), nobody(withheld=True))
    assert turn.place.node == "number"
    assert isinstance(turn.steps[-1], Listen)
    assert turn.steps[-1].mode == "digits"
    house = nobody(withheld=True)
    house.answers = [Answered(("kept",))]
    told = play(turn.place, Keys("13800138000"), house)
    assert told.place.node == "told"


def test_asking_again_and_again_with_nobody_ends_in_a_recording_then_goodbye() -> None:
    place, nodes = Place(), []
    for _ in range(4):
        turn = play(place, Keys("0"), nobody())
        place = turn.place
        nodes.append(place.node)
    assert nodes == ["closed", "closed", "record", "goodbye"]


def test_nothing_stored_and_nobody_known_is_a_recording() -> None:
    turn = play(Place(), Keys("0"), House(sought=[Sought(stored=False)]))
    assert isinstance(turn.steps[-1], Record)


def test_refused_recording_is_never_recorded() -> None:
    refused = Answered(("no tape",), (DATA["refused_recording"],))
    turn = play(Place(), Words("do not record"), House([refused]))
    assert turn.place.unrecorded
    turn = play(turn.place, Keys("0"), House(sought=[Sought(stored=False)]))
    assert said(turn) == ["utter_not_kept"]
    assert isinstance(turn.steps[-1], Leave)


def test_zero_while_recording_is_a_person() -> None:
    assert rings(play(Place("record"), Recorded(True, "0"))) == [1]


def test_a_recording_is_acknowledged_only_when_there_is_one() -> None:
    assert said(play(Place("record"), Recorded(True, "#")))[0] == "utter_voice_kept"
    assert "utter_voice_kept" not in said(play(Place("record"), Recorded(False)))
    assert isinstance(play(Place("record"), Silence()).steps[-1], Leave)


# ---- ringing


@pytest.mark.parametrize(
    ("result", "line"),
    [
        ("declined", "utter_next_human"),
        ("no-answer", "utter_next_human"),
        ("busy", "utter_dial_busy"),
        ("failed", "utter_dial_failed"),
        ("unknown", "utter_dial_unknown"),
        ("never heard of", "utter_dial_unknown"),
    ],
)
def test_every_result_goes_on_to_the_next(result: str, line: str) -> None:
    house = House(sought=[Sought((AGENT, OTHER), staffed=True, promised=True)])
    turn = play(Place("ring", rings=1, ringing=(1,)), Rang(result), house)
    assert said(turn) == [line]
    assert rings(turn) == [2]
    assert house.asked == [Seek("again", again=True)]


def test_canceled_rings_the_same_once() -> None:
    first = play(Place("ring", rings=1, ringing=(1,)), Rang("canceled"))
    assert rings(first) == [1]
    assert said(first) == ["utter_dial_again"]
    second = play(
        first.place, Rang("canceled"), House(sought=[Sought((AGENT,), staffed=True, promised=True)])
    )
    assert rings(second) == []
    assert second.place.node == "wait"


def test_accepted_call_offers_the_way_back() -> None:
    turn = play(Place("ring", rings=1, ringing=(1, 2)), Rang("accepted", talked=2))
    assert turn.place == Place("after", talked=2)
    house = House(sought=[Sought((OTHER,), promised=True)])
    assert rings(play(turn.place, Keys("1"), house)) == [2]
    assert house.asked == [Seek("again", only=2)]
    assert isinstance(play(turn.place, Silence()).steps[-1], Leave)


def test_sixty_seconds_of_ringing_lead_to_the_waiting_room() -> None:
    crowd = tuple(Leg(n, f"client:a{n}") for n in range(1, 60))
    house = House(sought=[Sought(crowd, staffed=True, promised=True)])
    turn, seconds = play(Place(), Keys("0"), house), 0
    while turn.place.node == "ring":
        assert len(rings(turn)) == 10
        seconds += FLOW.ring_seconds
        turn = play(turn.place, Rang("no-answer"), house)
    assert (seconds, turn.place.node) == (60, "wait")


def test_waiting_ends_in_the_promise() -> None:
    house = House(sought=[Sought(staffed=True, promised=True)])
    turn = play(Place(), Keys("0"), house)
    for _ in range(FLOW.wait_turns):
        assert turn.place.node == "wait"
        turn = play(turn.place, Silence(), house)
    assert turn.place.node == "nobody_came"
    assert said(turn) == ["nobody came"]


def test_a_wish_without_a_promise_gets_one() -> None:
    house = House(sought=[Sought()])
    assert play(Place(), Keys("0"), house).place.node == "nobody_came"
    assert house.asked == [Seek("key_zero"), GiveUp()]
    house.unreached = Unreached()
    assert play(Place(), Keys("0"), house).place.node == "record"


def test_a_freed_agent_is_found_at_the_next_turn_of_waiting() -> None:
    house = House(sought=[Sought(staffed=True, promised=True), Sought((AGENT,), staffed=True, promised=True)])
    turn = play(Place(), Keys("0"), house)
    assert rings(play(turn.place, Silence(), house)) == [1]


def test_callback_on_one_key() -> None:
    house = House([Answered(("booked",), ("utter_callback_booked",))])
    turn = play(Place("wait"), Keys("1"), house)
    assert house.asked == [Tell(DATA["nodes"]["wait"]["keys"]["1"]["words"])]
    assert turn.place.node == "told"


@pytest.mark.parametrize(
    ("accepted", "bridged", "status", "result"),
    [
        (True, "true", "completed", "accepted"),
        (True, "", "answered", "accepted"),
        (True, "false", "completed", "canceled"),
        (False, "true", "completed", "accepted"),
        (False, "false", "completed", "declined"),
        (False, "", "answered", "declined"),
        (False, "", "no-answer", "no-answer"),
        (False, "false", "busy", "busy"),
        (False, "", "failed", "failed"),
        (False, "", "canceled", "canceled"),
        (True, "", "no-answer", "no-answer"),
        (False, "", "", "unknown"),
        (False, "", "something new", "unknown"),
    ],
)
def test_how_a_ring_ended(accepted: bool, bridged: str, status: str, result: str) -> None:
    assert call.dial_result(accepted, bridged, status) == result


# ---- properties

EVENTS = st.one_of(
    st.just(Silence()),
    st.sampled_from(["0", "00", "1", "2", "7", "#", "*", "13800138000", "1" * 200, "38204716838000"]).map(
        Keys
    ),
    st.builds(
        Words,
        st.sampled_from(["", "。", "late parcel", "HUMAN", *DATA["agreement"], *DATA["greetings"]]),
        st.sampled_from([0.0, 0.2, 0.9]),
    ),
    st.just(Lost()),
)
LINE = st.one_of(
    st.builds(Rang, st.sampled_from([*FLOW.results, "accepted", "?"]), talked=st.integers(0, 3)),
)
RECORDED = st.builds(Recorded, st.booleans(), st.sampled_from(["", "0", "#", "5"]))
ANSWERS = st.one_of(
    st.just(Failed()),
    st.builds(
        Answered,
        st.sampled_from([(), ("words",)]),
        st.sampled_from([(), *[(name,) for name in FLOW.expects]]),
        st.booleans(),
        st.booleans(),
    ),
)
SOUGHT = st.builds(
    Sought,
    legs=st.sampled_from([(), (AGENT,), (AGENT, OTHER)]),
    said=st.sampled_from([(), ("words",)]),
    stored=st.booleans(),
    names=st.sampled_from([(), ("utter_nobody",), ("utter_finding_human",)]),
    staffed=st.booleans(),
    promised=st.booleans(),
    withheld=st.booleans(),
    spoke=st.booleans(),
)


UNREACHED = st.builds(Unreached, promised=st.booleans(), withheld=st.booleans())


def next_event(turn: Turn, data: st.DataObject) -> Event:
    last = turn.steps[-1]
    if isinstance(last, Ring):
        return data.draw(LINE)
    return data.draw(RECORDED | st.just(Silence())) if isinstance(last, Record) else data.draw(EVENTS)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_no_random_call_meets_a_dead_end(data: st.DataObject) -> None:
    """Eight turns of anything: the line is never silent, never dead without a goodbye, always one step
    from a person, and a hang-up is always announced."""
    turn = play(Place(), Arrived())
    for _ in range(8):
        last = turn.steps[-1]
        assert isinstance(last, (Listen, Ring, Record, Leave))
        if isinstance(last, Listen):
            assert last.prompt
            assert rings(play(turn.place, Keys("0"))) == [1]
            assert rings(play(turn.place, Words("HUMAN"))) == [1]
        if isinstance(last, Leave):
            assert said(turn), "hung up without a word"
            assert turn.place.node in ("goodbye", "sorry")
            return
        house = House([data.draw(ANSWERS)], [data.draw(SOUGHT)], data.draw(UNREACHED))
        turn = play(turn.place, next_event(turn, data), house)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_silence_alone_always_ends(data: st.DataObject) -> None:
    """A caller who says nothing more is rung through, or hears the kept promise: never a loop."""
    house = House([data.draw(ANSWERS)], [data.draw(SOUGHT)])
    node = data.draw(st.sampled_from(TALKING))
    turn = play(Place(node), Silence(), house)
    for _ in range(80):
        last = turn.steps[-1]
        if isinstance(last, Leave) or turn.place.node == "after":
            return
        heard: Event = Silence()
        if isinstance(last, Ring):
            heard = Rang("no-answer")
        turn = play(turn.place, heard, house)
    raise AssertionError("still on the line")


@given(EVENTS, st.sampled_from(TALKING))
def test_the_machine_is_a_function(event: Event, node: str) -> None:
    assert call.step(FLOW, Place(node), event, wishes) == call.step(FLOW, Place(node), event, wishes)


# ---- the checker explains


def broken(*path_and_value: object) -> Flow:
    data = copy.deepcopy(DATA)
    *path, last, value = path_and_value
    part = data
    for name in path:
        part = part[name]
    if value is None:
        del part[last]
    else:
        part[last] = value
    return Flow.from_mapping(data)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("nodes", "open", {"keys": {"0": {"go": "done"}}}), "0 is a person everywhere"),
        (("nodes", "open", {"keys": {str(k): {"go": "done"} for k in range(1, 5)}}), "keys are a menu"),
        (("nodes", "open", {"keys": {"#": {"go": "done"}}}), "only the keys 1 to 9"),
        (("nodes", "open", {"keys": {"1": {"go": "nowhere"}}}), "no node `nowhere`"),
        (("nodes", "open", {"keys": {"1": {"go": "goodbye"}}}), "may not hang up"),
        (("nodes", "open", {"kind": "menu"}), "kind `menu`"),
        (("nodes", "open", {"listen": "music"}), "listen `music`"),
        (("nodes", "goodbye", {"kind": "leave"}), "without a goodbye"),
        (("nodes", "record", {"kind": "record"}), "hears nothing"),
        (("nodes", "told", {"kind": "settled", "say": "utter_open", "then": "story"}), "is no goodbye"),
        (("nodes", "told", {"kind": "settled", "say": "utter_open", "patience": 9}), "patience"),
        (("nodes", "island", {}), "no path of the call leads here"),
        (("nodes", "closed", None), "`closed` is missing from nodes"),
        (("lines", "silence", None), "`silence` is missing from lines"),
        (("results", "busy", None), "`busy` is missing from results"),
        (("expects", "story", None), "`story` is missing from expects"),
        (("expects", "phone", "nowhere"), "no node `nowhere`"),
        (("person_after", 3), "second miss"),
        (("ring", "total", 120), "60 seconds"),
        (("ring", "seconds", 61), "longer than all"),
        (("ring", "together", 11), "at most 10"),
        (("ring", "longest", 60), "two hours"),
        (("wait", "turns", 99), "ten minutes"),
    ],
)
def test_the_checker_explains(change: tuple[object, ...], words: str) -> None:
    assert any(words in fault for fault in faults(broken(*change))), faults(broken(*change))


@pytest.mark.parametrize(
    "change",
    [
        ("ring", None),
        ("person_after", 0),
        ("person_after", "two"),
        ("unsure_below", -1),
        ("greetings", "text"),
        ("nodes", "open", "text"),
        ("nodes", "open", {"say": "Hello"}),
        ("nodes", "open", {"keys": {"1": "done"}}),
    ],
)
def test_an_unreadable_flow_is_refused_with_its_place(change: tuple[object, ...]) -> None:
    with pytest.raises(ContentError, match=r"^calls\.yml: "):
        broken(*change)
