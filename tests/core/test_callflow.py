"""The checker of the phone flow: what is broken, and the sentence that tells its author."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from core import flowcheck
from core.callflow import Flow
from core.content import ContentError

CONTENT = Path(__file__).parents[2] / "content"
DATA = yaml.safe_load((CONTENT / "calls.yml").read_text("utf-8"))
GONE = object()
TALK = {"say": "utter_listening"}


def broken(*changes: tuple[str, Any]) -> Flow:
    """The flow as delivered, with what stands at these dotted paths changed, or removed."""
    data = copy.deepcopy(DATA)
    for path, value in changes:
        *way, last = path.split("/")
        inner = data
        for step in way:
            inner = inner[step]
        if value is GONE:
            del inner[last]
        else:
            inner[last] = value
    return Flow.from_mapping(data)


FAULTS = [
    ("person_after", 3, "person_after: a person comes at the second miss at the latest, so write 1 or 2"),
    ("unsure_below", 1.5, "unsure_below: nothing would ever be understood; write less than 1"),
    ("sought_most", 9, "sought_most: nobody came so often already; write 1, 2 or 3"),
    ("ring/seconds", 61, "ring: one ring (`seconds`) is longer than all (`total`)"),
    ("ring/total", 90, "ring: after 60 seconds the caller is offered a callback; `total` is more"),
    ("ring/together", 11, "ring: at most 10 phones ring together"),
    ("ring/longest", 3600, "ring: `longest` would cut a talk of two hours"),
    ("wait/turns", 60, "wait: more than ten minutes; offer the callback earlier"),
    ("wait/held", 900, "wait: more than five minutes on hold; write `held: 300` or less"),
    ("record/seconds", 5, "record: too few `seconds` to tell it in; write 30 or more"),
    ("whisper/limit", 90, "whisper: the caller hears it ring all the while; write `limit: 60` or less"),
    (
        "agreement",
        ["喂"],
        "agreement: `喂` is in greetings too, so that it is never a yes; write it in one of them",
    ),
    ("lines/free", GONE, "`free` is missing from lines; name the reply that says it"),
    ("results/busy", GONE, "`busy` is missing from results; name the reply that says it"),
    ("expects/story", GONE, "`story` is missing from expects; name the node that it leads to"),
    ("nodes/held", GONE, "`held` is missing from nodes; write it with kind: held"),
    ("nodes/wait/kind", "talk", "node `wait`: the machine needs kind: wait here, not talk"),
    (
        "nodes/fact/kind",
        "maze",
        "node `fact`: kind `maze` is not one of talk, ring, wait, settled, held, record, leave",
    ),
    ("nodes/fact/kind", "held", "node `fact`: only the node `held` may have this kind; write kind: talk"),
    (
        "nodes/story/stay",
        True,
        "node `story`: stay holds callers who need nothing more, which is not so here; remove it",
    ),
    ("nodes/open/listen", "loud", "node `open`: listen `loud` is not one of free, digits"),
    (
        "nodes/record/keys",
        {"1": {"go": "open"}},
        "node `record`: nobody listens here, so keys are never heard; remove `keys` and `listen`",
    ),
    (
        "nodes/wait/keys",
        GONE,
        "node `wait`: the callback must be one key away; write keys with {words: …} for it",
    ),
    (
        "nodes/story/keys",
        {"0": {"go": "open"}},
        "node `story`: 0 is a person everywhere; it cannot mean anything else here",
    ),
    ("nodes/story/keys", {"*": {"go": "open"}}, "node `story`: only the keys 1 to 9 can be given a meaning"),
    (
        "nodes/story/keys",
        {"12": {"go": "open"}},
        "node `story`: one key is heard here, so 12 can never be pressed; write a key of one digit",
    ),
    (
        "nodes/status/keys",
        {"1234": {"go": "open"}},
        "node `status`: key 1234 shadows a number of 4 digits; write a shorter key",
    ),
    (
        "nodes/story/keys",
        {key: {"words": "对"} for key in "1234"},
        "node `story`: 4 keys are a menu; 3 is the most",
    ),
    (
        "nodes/story/lengths",
        [4],
        "node `story`: lengths and groups count only where digits are heard; write listen: digits",
    ),
    ("nodes/status/groups", [10, 5], "node `status`: its groups make 15 digits; write 15 into lengths"),
    (
        "nodes/story/keys",
        {"1": {"go": "nowhere"}},
        "node `story`: key 1: there is no node `nowhere` to go to",
    ),
    (
        "nodes/story/keys",
        {"1": {"go": "wait"}},
        "node `story`: key 1: `wait` rings nobody by itself; write {go: ring}",
    ),
    (
        "nodes/story/keys",
        {"1": {"go": "goodbye"}},
        "node `story`: key 1: a key may not hang up before a promise is kept; write {words: …}",
    ),
    (
        "nodes/story/keys",
        {"1": {"go": "told"}},
        "node `story`: key 1: silence in `told` ends the call, and nothing is promised yet; write {words: …}",
    ),
    ("nodes/closed/agreed", "nowhere", "node `closed`: agreed: there is no node `nowhere` to go to"),
    (
        "nodes/told/then",
        "story",
        "node `told`: after silence the call must end somewhere, but `story` is no goodbye",
    ),
    ("nodes/told/then", "nowhere", "node `told`: then: there is no node `nowhere` to go to"),
    ("nodes/told/patience", 9, "node `told`: patience must be 1, 2 or 3 silences"),
    (
        "nodes/story/silence",
        "utter_empty",
        "node `story`: `silence` is said only where a promise is kept; lines: silence is said here",
    ),
    (
        "nodes/goodbye/say",
        GONE,
        "node `goodbye`: the line would go dead without a goodbye; say something",
    ),
    ("nodes/held/say", GONE, "node `held`: the caller arrives here and hears nothing; say something"),
    (
        "nodes/ring/say",
        "utter_listening",
        "node `ring`: what is said before ringing stands in lines and results; remove `say`",
    ),
    ("expects/status", "nowhere", "expects `status`: there is no node `nowhere`"),
    (
        "expects/status",
        "goodbye",
        "expects `status`: an answer leads to kind: talk or settled, and `goodbye` is neither",
    ),
    ("nodes/island", TALK, "node `island`: no path of the call leads here; remove it"),
]


def test_the_flow_as_delivered_has_no_fault() -> None:
    assert flowcheck.faults(broken()) == []


@pytest.mark.parametrize(("path", "value", "told"), FAULTS)
def test_what_is_broken_is_told(path: str, value: Any, told: str) -> None:
    assert told in flowcheck.faults(broken((path, value)))


def test_two_islands_that_lead_to_each_other_are_still_islands() -> None:
    found = flowcheck.faults(
        broken(
            ("nodes/one", {**TALK, "keys": {"1": {"go": "two"}}}),
            ("nodes/two", {**TALK, "keys": {"1": {"go": "one"}}}),
        )
    )
    assert found == [
        "node `one`: no path of the call leads here; remove it",
        "node `two`: no path of the call leads here; remove it",
    ]


def test_from_every_node_that_listens_a_person_is_one_step_away() -> None:
    flow = broken()
    for name, node in flow.nodes.items():
        if node.kind not in ("ring", "record", "leave"):
            assert "ring" in flowcheck.followers(flow, name)


def test_silence_alone_ends_every_path_in_a_person_or_a_goodbye() -> None:
    """Walks what follows when the caller never does anything: no path is endless, none ends in the open."""
    flow = broken()
    for name in flow.nodes:
        seen: list[str] = []
        while flow.nodes[name].kind in ("settled", "record"):
            assert name not in seen
            seen.append(name)
            name = flow.nodes[name].then
        assert flow.nodes[name].kind in ("talk", "ring", "wait", "held", "leave")


OPENING = "您好，找人工按零。示范投诉热线，智能语音接听，通话录音。什么事，您说。"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (OPENING, []),
        (
            "您好，这里是示范公司投诉热线，找人工按零。什么事，您说。",
            ["the person is offered later than 3 s into the opening"],
        ),
        (OPENING + "我们的服务时间是每天早上八点到晚上十点。", ["the opening takes 11.8 s; 8 s is the most"]),
        ("您好，示范投诉热线。什么事，您说。", ["the opening offers no person"]),
    ],
)
def test_an_opening_is_measured(words: str, found: list[str]) -> None:
    assert flowcheck.opening(broken(), words, ("按零", "接人工")) == found


def test_an_opening_needs_words_that_offer_a_person() -> None:
    assert flowcheck.opening(broken(), OPENING, ()) == [
        "offers: name the words that offer a person within 3 s"
    ]


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("ring", [], "calls.yml: ring"),
        ("wait/held", "long", "calls.yml: wait"),
        ("nodes/story", "say it", "calls.yml: nodes: story"),
        ("nodes/done/keys", {"1": "done"}, "calls.yml: nodes: done: key 1"),
        ("lines/silence", "您好", "calls.yml: lines: silence"),
        ("characters_per_second", 0, "calls.yml: characters_per_second"),
        ("greetings", "喂", "calls.yml: greetings"),
    ],
)
def test_what_is_no_flow_is_refused_with_its_place(path: str, value: Any, place: str) -> None:
    with pytest.raises(ContentError) as refused:
        broken((path, value))
    assert str(refused.value).startswith(place)
