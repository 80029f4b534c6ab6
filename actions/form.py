"""The complaint form: what was heard is kept, and the policy of core/intake.py asks the next question."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionExecutionRejected, ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import REQUESTED_SLOT, FormValidationAction

from actions import book, keep, reading
from actions.reading import Heard
from actions.turn import FORM, Turn, read
from core import intake

KNOWN = "1"
EXTRACT = "action_extract_slots"


class ValidateComplaintForm(FormValidationAction):
    """Called in every turn of the form: it steps aside for what a rule answers, and is called again when
    that rule hands back.

    One question at a time is required: the policy's next one. When there is none, registering is
    proposed; it is reception that registers and speaks of it.
    """

    def name(self) -> str:
        return f"validate_{FORM}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[EventType]:
        turn = read(tracker)
        if turn.intent in reading.SIDE | reading.ASIDE and not _returns(tracker):
            return [ActionExecutionRejected(FORM)]
        heard = reading.hear(turn, book.opened())
        keep.learn(turn.sender, turn.message, heard.facts)
        for reply in _replies(heard):
            dispatcher.utter_message(response=reply)
        return _events(turn, heard)


def _returns(tracker: Tracker) -> bool:
    """Whether a rule has answered in this turn already."""
    since: list[Any] = []
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            break
        since.append(event)
    return any(it.get("event") == "action" and it.get("name") not in (FORM, EXTRACT) for it in since)


def _replies(heard: Heard) -> tuple[str, ...]:
    if heard.question or heard.done:
        return heard.said
    return (*heard.said, "utter_registered")


def _events(turn: Turn, heard: Heard) -> list[EventType]:
    """Sets a slot besides `requested_slot`: else Rasa takes the turn for unanswered, and says nothing."""
    names = (*intake.QUESTIONS, intake.CHOICE)
    filled = [SlotSet(name, KNOWN) for name in names if name in heard.answered | heard.skipped]
    emptied = [SlotSet(heard.question, None)] if heard.question in names else []
    return [*filled, *emptied, SlotSet("asked", heard.question), SlotSet(REQUESTED_SLOT, heard.question)]


class ActionMissed(Action):
    """Not understood: still taken when a free answer was asked for, else said so once; reception counts."""

    def name(self) -> str:
        return "action_missed"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[EventType]:
        if reading.answers(read(tracker), book.opened()):
            return [FollowupAction(FORM)]
        dispatcher.utter_message(response="utter_missed_once")
        return []


class ActionResume(Action):
    """After a side answer outside the form: go on with the question that reception says is open."""

    def name(self) -> str:
        return "action_resume"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[EventType]:
        turn = read(tracker)
        return [FollowupAction(FORM)] if turn.asked in reading.ASKABLE else []


class ActionResigned(Action):
    """One soft offer to a customer who gives up; the second time it is respected."""

    def name(self) -> str:
        return "action_resigned"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[EventType]:
        turn = read(tracker)
        offered = reading.RESIGNED in turn.known or turn.asked == reading.RESIGNED
        if not offered and tracker.get_slot("offered") is None:
            dispatcher.utter_message(response="utter_resigned")
            return [SlotSet("offered", KNOWN)]
        dispatcher.utter_message(response="utter_resigned_no")
        return _ended()


class ActionVentOnly(Action):
    """The customer only wants to be heard: nobody calls, nothing is asked."""

    def name(self) -> str:
        return "action_vent_only"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[EventType]:
        turn = read(tracker)
        keep.learn(turn.sender, turn.message, {"contact_choice": "none"})
        dispatcher.utter_message(response="utter_vent_only")
        return _ended()


class ActionAskChoice(Action):
    """The question for an angry customer: a person, or registering first."""

    def name(self) -> str:
        return "action_ask_choice"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[EventType]:
        dispatcher.utter_message(response="utter_angry")
        return []


def _ended() -> list[EventType]:
    """The form is over; no rule continues from here, so waiting for the customer is said outright."""
    return [ActiveLoop(None), SlotSet(REQUESTED_SLOT, None), FollowupAction("action_listen")]
