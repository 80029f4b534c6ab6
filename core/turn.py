"""What to do with one message, by rules that need no model. Every decision is a list of acts; reception
carries them out in one transaction. What the assistant proposes after them: core/proposing.py."""

from __future__ import annotations

from core import conversation, intake, number
from core.acts import (
    PHOTO,
    VOICE,
    Act,
    Callback,
    Expect,
    Human,
    Learn,
    Line,
    Miss,
    Page,
    Register,
    Situation,
    Status,
)
from core.answering import short_answer
from core.questions import CALLBACK, GRUMBLE, OFFERED, RESIGNED, STATUS, WITHDRAW, go_on, once, story
from core.understanding import Understood

GRAVE = ("safety", "violence", "privacy", "group")
AUTHORITY = ("legal", "regulator", "media")
PAGED = ("self_harm", *GRAVE, *AUTHORITY)
UNRECORDED = "utter_no_recording"
VOICE_KEPT = "utter_voice_kept"


def first(now: Situation, heard: Understood) -> list[Act] | None:
    """What needs no model, None when the assistant may be asked. While an agent speaks nothing is said,
    but red-line words still reach the supervisor."""
    if now.speaker == conversation.AGENT:
        return [Page(flag) for flag in PAGED if flag in now.new_flags]
    danger = _danger(now, heard)
    if danger:
        return danger
    if heard.human:
        return [Human("asked")]
    if now.asked == intake.CHOICE and "callback" in heard.remarks:
        return [*story(now), Callback(True)]
    if heard.blank:
        return _kept(now, heard) or [Miss("utter_empty")]
    if "no_recording" in heard.remarks and not (heard.issues or heard.wishes or heard.references):
        return [Line(UNRECORDED), *([Expect(now.asked)] if now.asked else [])]
    authority = next((flag for flag in AUTHORITY if flag in now.new_flags), None)
    if authority:
        return _authority(now, authority)
    return (
        _status(now, heard)
        or _waiting(now, heard)
        or _abuse(now, heard)
        or _complains(now, heard)
        or _vent(now, heard)
        or _resigned(now, heard)
        or _grumble(now, heard)
        or short_answer(now, heard)
    )


def unrecorded(now: Situation, heard: Understood, acts: list[Act]) -> list[Act]:
    """The acts, and before them the answer to who does not want to be recorded, when that came with more."""
    if "no_recording" not in heard.remarks or now.speaker == conversation.AGENT or not once(now, UNRECORDED):
        return acts
    said = [act.reply for act in acts if isinstance(act, Line)]
    return acts if UNRECORDED in said else [Line(UNRECORDED), *acts]


def unheard(now: Situation, heard: Understood, acts: list[Act]) -> list[Act]:
    """The acts, and who is to listen to a voice that came with words and that no machine has heard."""
    alone = heard.blank or VOICE not in now.media or now.speaker == conversation.AGENT
    if alone or any(isinstance(act, Human) for act in acts):
        return acts
    return [Line(VOICE_KEPT), *acts, *_listener(now)]


def _kept(now: Situation, heard: Understood) -> list[Act]:
    """What came without a word: a voice is for a person to hear, a photo asks what it is about."""
    open_question: list[Act] = [Expect(now.asked)] if now.asked else []
    if VOICE in now.media:
        return [Line(VOICE_KEPT), *open_question, *_listener(now)]
    if PHOTO not in now.media:
        return []
    if not now.registered and now.asked in (None, intake.STORY) and intake.STORY not in now.known.facts:
        line = "utter_photo_first" if once(now, "utter_photo_first") else "utter_photo_kept_again"
        return [Line(line), Expect(intake.STORY)]
    settled = open_question or now.registered or now.speaker == conversation.WAITING
    return [Line("utter_photo_kept"), *(open_question if settled else go_on(now, heard))]


def _listener(now: Situation) -> list[Act]:
    return [] if now.speaker == conversation.WAITING else [Human(VOICE, quiet=True)]


def _danger(now: Situation, heard: Understood) -> list[Act]:
    if "self_harm" in now.flags:
        return _stay(now, heard)
    if "safety" in now.new_flags and now.known.tier >= intake.GRAVE:
        return [*story(now), Page("safety"), Line("utter_danger"), Human("safety", quiet=True)]
    grave = next((flag for flag in GRAVE if flag in now.new_flags), None)
    return [*story(now), Page(grave), Human(grave)] if grave and now.known.tier >= intake.GRAVE else []


def _stay(now: Situation, heard: Understood) -> list[Act]:
    """Somebody's life comes first: the complaint rests, no form, no queue, until a person speaks."""
    line = Line("utter_self_harm" if once(now, "utter_self_harm") else "utter_self_harm_stay")
    called = now.speaker == conversation.WAITING and "self_harm" not in now.new_flags and not heard.human
    return [line] if called else [Page("self_harm"), line, Human("self_harm", quiet=True)]


def _authority(now: Situation, flag: str) -> list[Act]:
    reply = "utter_authority" if now.has_phone else "utter_authority_here"
    return [*story(now), Page(flag), Line(reply), Human(flag, quiet=True)]


def _status(now: Situation, heard: Understood) -> list[Act]:
    numbered = bool(heard.values("complaint_number")) and (now.registered or not now.known.asked)
    figures = bool(number.candidates(heard.folded)) or number.parse_status(heard.folded) is not None
    asked = (now.asked or "").split(":")[0] == STATUS
    if numbered or (asked and (figures or (heard.wordless and any(mark.isdigit() for mark in heard.folded)))):
        return [Status()]
    if "chase" in heard.remarks and now.registered:
        return [Status()]
    if "status" in heard.remarks:
        return [Status()] if now.registered or now.going else [Line("utter_status_ask"), Expect(STATUS)]
    return []


def _waiting(now: Situation, heard: Understood) -> list[Act] | None:
    if now.asked == CALLBACK or "callback" in heard.remarks:
        yes = bool({"yes", "callback"} & heard.remarks or heard.values("phone"))
        if yes or "no" in heard.remarks:
            return [Callback(yes)]
    if now.speaker != conversation.WAITING:
        return None
    if {"no", "goodbye"} & heard.remarks or heard.resigned:
        return [Callback(False)]
    often = now.said.count("utter_waiting_kept")
    return [*story(now), Line("utter_waiting_kept" if often % 2 == 0 else "utter_finding_human_again")]


def _abuse(now: Situation, heard: Understood) -> list[Act] | None:
    """Swearing at a person: once the thread is kept, then a person is offered. The machine never ends it."""
    if heard.mood.name != "abusive" or now.registered:
        return None
    if {"utter_abuse_first", "utter_angry"} & set(now.said):
        return [
            *story(now),
            *(
                [Line("utter_abuse_again"), Expect(intake.CHOICE)]
                if once(now, "utter_abuse_again")
                else [Human("abuse")]
            ),
        ]
    told = intake.STORY in now.known.facts
    if not told or intake.MISSING in now.known.facts or now.known.category is None:
        return None
    return [Line("utter_abuse_first"), Expect(intake.MISSING)]


def _complains(now: Situation, heard: Understood) -> list[Act] | None:
    """Only that there is a complaint: what happened comes before every other question."""
    untold = intake.STORY not in now.known.facts and now.asked in (None, intake.STORY)
    if "complaint" not in heard.remarks or now.registered or not untold:
        return None
    return [Line("utter_ask_story"), Expect(intake.STORY)]


def _vent(now: Situation, heard: Understood) -> list[Act] | None:
    """Who only wants to be heard is let be: kept for the supervisor, nothing asked, nobody calls."""
    vents = "vent_only" in heard.remarks and not now.registered
    return [*story(now), Register("vent")] if vents else None


def _resigned(now: Situation, heard: Understood) -> list[Act] | None:
    """Who gives up gets one soft offer; the second time it is respected. A plain no or skip to an open
    question is an answer to that question."""
    answers = bool({"yes", "no", "skip"} & heard.remarks) and now.asked is not None
    handled = now.asked in (WITHDRAW, RESIGNED, GRUMBLE) or "withdraw" in heard.remarks
    if not heard.resigned or now.registered or answers or handled:
        return None
    if OFFERED & set(now.said):
        return [Register("hidden")]
    return [Line("utter_resigned"), Expect(RESIGNED)]


def _grumble(now: Situation, heard: Understood) -> list[Act] | None:
    """A passing complaint is kept, with one offer and no question; whoever wants more says so."""
    if now.registered or now.asked not in (None, intake.STORY) or intake.STORY in now.known.facts:
        return None
    concrete = heard.wishes or heard.references or heard.remarks or now.known.mood >= intake.ANGRY
    if heard.kind != GRUMBLE or heard.resigned or concrete:
        return None
    return [Learn(intake.STORY), Line("utter_grumble"), Expect(GRUMBLE)]
