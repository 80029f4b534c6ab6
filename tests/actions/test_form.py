"""The actions as Rasa calls them: what is kept, said and asked, and that they survive a restart of Rasa."""

import asyncio

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import form, keep


@pytest.fixture
def kept(monkeypatch):
    found = []
    monkeypatch.setattr(keep, "learn", lambda sender, message, facts: found.append((sender, message, facts)))
    return found


def tracker(text, intent, metadata=None, slots=None, active=True, entities=(), done=()):
    heard = {"text": text, "intent": {"name": intent}, "entities": list(entities), "metadata": metadata or {}}
    events = [{"event": "user", "text": text}, *({"event": "action", "name": name} for name in done)]
    loop = {"name": form.FORM} if active else {}
    slots = {"requested_slot": None, **(slots or {})}
    return Tracker("sender", slots, heard, events, False, None, loop, "action_listen")


def run(action, given):
    dispatcher = CollectingDispatcher()
    events = asyncio.run(action.run(dispatcher, given, {}))
    said = [message["response"] for message in dispatcher.messages]
    slots = {event["name"]: event["value"] for event in events if event["event"] == "slot"}
    return said, slots, events


def test_a_fact_is_kept_under_its_message(kept):
    given = tracker("热水器装上就漏水", "complain", {"message": "7", "known": {}, "asked": None})
    said, slots, _ = run(form.ValidateComplaintForm(), given)
    assert kept == [("sender", "7", {"story": "热水器装上就漏水"})]
    assert said == []
    assert slots["requested_slot"] == "wanted"
    assert slots["story"]


def test_a_new_sender_goes_on_where_reception_stands(kept):
    metadata = {
        "message": "9",
        "known": {"story": "1", "wanted": "1"},
        "asked": "missing",
        "category": "damage",
    }
    _, slots, _ = run(form.ValidateComplaintForm(), tracker("忘了", "skip", metadata))
    assert slots["requested_slot"] == "phone"


def test_without_metadata_the_slots_are_known(kept):
    slots = {"story": "1", "wanted": "1", "requested_slot": "wanted"}
    _, slots, _ = run(form.ValidateComplaintForm(), tracker("退货", "wanted", slots=slots))
    assert slots["requested_slot"] == "phone"


def test_registering_is_only_proposed(kept):
    known = dict.fromkeys(("story", "wanted", "missing", "phone"), "1")
    given = tracker("对", "affirm", {"message": "8", "known": known, "asked": "read_back"})
    said, slots, _ = run(form.ValidateComplaintForm(), given)
    assert said == ["utter_registered"]
    assert slots["requested_slot"] is None


def test_the_form_steps_aside_for_a_side_question_and_asks_on_after_it(kept):
    metadata = {"message": "8", "known": {"story": "1"}, "asked": "wanted"}
    _, _, events = run(form.ValidateComplaintForm(), tracker("几点上班", "ask_hours", metadata))
    assert [event["event"] for event in events] == ["action_execution_rejected"]
    back = tracker("几点上班", "ask_hours", metadata, done=["utter_hours"])
    assert run(form.ValidateComplaintForm(), back)[1]["requested_slot"] == "wanted"


def test_something_is_always_set_or_rasa_would_fall_silent(kept):
    given = tracker("哦", "affirm", {"message": "8", "known": {"story": "1"}, "asked": "wanted"})
    _, slots, _ = run(form.ValidateComplaintForm(), given)
    assert set(slots) - {"requested_slot"}


def test_what_cannot_be_kept_fails_the_turn(monkeypatch):
    def refuse(*_):
        raise BlockingIOError

    monkeypatch.setattr(keep, "learn", refuse)
    with pytest.raises(BlockingIOError):
        run(form.ValidateComplaintForm(), tracker("漏水了没人管", "complain", {"message": "1", "known": {}}))


def test_not_understood_is_said_once_or_taken(kept):
    metadata = {"known": {}, "asked": "story"}
    assert run(form.ActionMissed(), tracker("嘛", "nlu_fallback", metadata))[0] == ["utter_missed_once"]
    said, _, events = run(form.ActionMissed(), tracker("烟箱里头给人换了条码", "nlu_fallback", metadata))
    assert said == []
    assert events[0]["name"] == form.FORM


def test_after_a_restart_a_side_answer_leads_back_to_the_open_question():
    asked = tracker("几点上班", "ask_hours", {"known": {"story": "1"}, "asked": "wanted"}, active=False)
    assert run(form.ActionResume(), asked)[2][0]["name"] == form.FORM
    none = tracker("几点上班", "ask_hours", {"known": {}, "asked": None}, active=False)
    assert run(form.ActionResume(), none)[2] == []


def test_one_soft_offer():
    said, slots, _ = run(form.ActionResigned(), tracker("算了", "resigned"))
    assert (said, slots) == (["utter_resigned"], {"offered": "1"})
    again = run(form.ActionResigned(), tracker("算了", "resigned", slots={"offered": "1"}))
    assert again[0] == ["utter_resigned_no"]
    restarted = run(form.ActionResigned(), tracker("算了", "resigned", {"asked": "resigned", "known": {}}))
    assert restarted[0] == ["utter_resigned_no"]


def test_who_only_wants_to_be_heard_is_not_called(kept):
    said, slots, _ = run(
        form.ActionVentOnly(), tracker("不用回我", "vent_only", {"message": "3", "known": {}})
    )
    assert said == ["utter_vent_only"]
    assert kept == [("sender", "3", {"contact_choice": "none"})]
    assert slots["requested_slot"] is None


def test_an_angry_customer_is_asked_to_choose():
    assert run(form.ActionAskChoice(), tracker("太过分了", "complain"))[0] == ["utter_angry"]
