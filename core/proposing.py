"""What becomes of the replies that the assistant proposed, and the scripted questions without it. The order
of questions stays ours."""

from __future__ import annotations

from collections.abc import Sequence

from core import intake
from core.acts import Act, Expect, Human, Line, Miss, Register, Situation, Skip, Status
from core.questions import (
    EMPATHY,
    FREE_ANSWERS,
    OFFERED,
    RESIGNED,
    STATUS,
    WITHDRAW,
    answered,
    go_on,
    having,
    next_question,
    once,
    skipping,
    story,
    taken,
)
from core.understanding import Understood

ENDING = ("utter_phone_bad", "utter_ask_correction", "utter_ask_withdraw")
HERE = "utter_here"
NUMBERLESS = "utter_status_numberless"
CALL_WHEN = "utter_call_when"
SHORT = 14
"""Characters of a message that tells of no matter."""


def after_assistant(now: Situation, heard: Understood, names: Sequence[str]) -> list[Act]:
    """The acts for the replies that the assistant proposed. The order of questions stays ours."""
    acts: list[Act] = []
    if not now.registered and next_question(now) == intake.CHOICE:
        return go_on(now, heard)
    for name in names:
        if name == "utter_skipped" and now.asked in intake.QUESTIONS:
            acts.append(Skip(now.asked))
            now = skipping(now, now.asked)
            continue
        made_true = _official(now, heard, name)
        acts += _proposed(now, heard, name) if made_true is None else made_true
        if name in ENDING:
            break
    return list(dict.fromkeys(acts)) or scripted(now, heard)


def scripted(now: Situation, heard: Understood) -> list[Act]:
    """The questions without the assistant: from what is known to the filed complaint."""
    side = _side_answer(now, heard)
    if now.registered:
        return side or _after_number(now, heard)
    if side:
        return side
    if "withdraw" in heard.remarks:
        return [Line("utter_ask_withdraw"), Expect(WITHDRAW)]
    if heard.wordless and (now.asked is None or now.asked in FREE_ANSWERS):
        return [Miss()]
    if "correction" in heard.remarks and (heard.references or heard.wishes):
        return go_on(now, heard)
    return _beside(now, heard) or taken(now) + go_on(having(now, answered(now)), heard)


def _beside(now: Situation, heard: Understood) -> list[Act]:
    """What answers no question, however freely that may be answered: a greeting, the word that there is a
    complaint (the menu says it at every tap), a bare number, and who cannot give the number of one."""
    if "greeting" in heard.remarks and once(now, HERE):
        return [Line(HERE), *([Expect(now.asked)] if now.asked else [])]
    if {"greeting", "complaint"} & heard.remarks:
        return go_on(now, heard)
    matter = heard.issues or heard.wishes
    if heard.only_numbers and not matter and heard.values("phone") and now.asked != intake.PHONE:
        return [Line("utter_phone_kept"), *go_on(now, heard)]
    outburst = heard.mood.level >= intake.ANGRY and heard.kind == "other" and not heard.references
    if not matter and (outburst or (heard.only_numbers and now.asked == intake.WANTED)):
        return go_on(now, heard)
    numberless = (now.asked or "").split(":")[0] == STATUS and len(heard.folded) <= SHORT
    if numberless and not heard.issues and once(now, NUMBERLESS):
        return [Line(NUMBERLESS), Expect(intake.STORY)]
    return []


def _official(now: Situation, heard: Understood, name: str) -> list[Act] | None:
    """Replies of the assistant that only reception can make true; None for all others."""
    if name == "utter_vent_only" and ("vent_only" not in heard.remarks or "utter_nobody" in now.said):
        return scripted(now, heard)
    kept: dict[str, list[Act]] = {
        "utter_registered": [Register()],
        "utter_vent_only": [*story(now), Register("vent")],
        "utter_resigned_no": [Register("hidden")],
    }
    if name in kept:
        return [] if now.registered else kept[name]
    if name == "utter_missed_once":
        return _not_missed(now, heard) or [Miss()]
    if name in ("utter_added", "utter_how_long") and now.registered:
        return _after_number(now, heard)
    if name == "utter_status_ask":
        return [Status()] if now.registered or now.going else [Line(name), Expect(STATUS)]
    plain: dict[str, list[Act]] = {"utter_finding_human": [Human("asked")], "utter_status": [Status()]}
    return plain.get(name)


def _not_missed(now: Situation, heard: Understood) -> list[Act]:
    """What the model missed the rules may have understood: a fact, a matter, the answer that was asked."""
    if now.registered:
        return [] if heard.wordless else _after_number(now, heard)
    understood = heard.issues or heard.wishes or heard.references or now.asked in now.known.facts
    return go_on(now, heard) if understood else []


def _after_number(now: Situation, heard: Understood) -> list[Act]:
    """A registered complaint takes what is added; a question about when is answered from its rows."""
    if "how_long" in heard.remarks:
        return [Status()]
    if "what_now" in heard.remarks and "safety" in now.flags:
        return [Line("utter_danger")]
    if {"greeting", "complaint"} & heard.remarks:
        return [Line(HERE)]
    if "no" in heard.remarks or (heard.resigned and len(heard.folded) <= SHORT):
        return [Line("utter_goes_on")]
    return [Line("utter_phone_kept")] if heard.values("phone") else [Line(_added(now))]


def _added(now: Situation) -> str:
    return "utter_added_again" if "utter_added" in now.said[-2:] else "utter_added"


def _proposed(now: Situation, heard: Understood, name: str) -> list[Act]:
    expects = {
        "utter_phone_bad": intake.PHONE,
        "utter_ask_correction": intake.READ_BACK,
        "utter_ask_withdraw": WITHDRAW,
    }
    if name in expects:
        return [Line(name), Expect(expects[name])]
    if name.startswith("utter_ask_") or name == "utter_angry":
        return go_on(now, heard)
    if name == "utter_resigned" and now.registered:
        return _after_number(now, heard)
    if name == "utter_resigned":
        return [Line(name), Expect(RESIGNED)] if not OFFERED & set(now.said) else go_on(now, heard)
    if name in EMPATHY and not once(now, name):
        return []
    return [Line(name)]


def _side_answer(now: Situation, heard: Understood) -> list[Act]:
    remark_lines = {
        "machine": "utter_is_machine",
        "hours": "utter_hours",
        "blame": "utter_blame",
        "money": "utter_money_first",
        **({} if now.registered else {"how_long": CALL_WHEN if now.promised else "utter_how_long"}),
        "thanks": "utter_thanks",
    }
    if "greeting" in heard.remarks and intake.STORY not in now.known.facts:
        return [Line("utter_greet"), Expect(intake.STORY)]
    if "goodbye" in heard.remarks and (now.registered or now.asked is None):
        return [Line("utter_goodbye")]
    name = next((line for remark, line in remark_lines.items() if remark in heard.remarks), None)
    told = bool(heard.issues) and intake.STORY not in now.known.facts
    if name is None or told or not once(now, name):
        return []
    again: list[Act] = [] if now.registered or now.asked is None else [Expect(now.asked)]
    return [Line(name), *again]
