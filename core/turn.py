"""What to do with one message: rules that need no model first, then what the assistant proposes, then the
scripted questions. Every decision is a list of acts; reception carries them out in one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core import conversation, intake, number
from core.acts import (
    PHOTO,
    VOICE,
    Act,
    Ask,
    Callback,
    Expect,
    Human,
    Learn,
    Line,
    Miss,
    Page,
    Register,
    Situation,
    Skip,
    Status,
    Withdraw,
)
from core.understanding import Understood

GRAVE = ("safety", "violence", "privacy", "group")
AUTHORITY = ("legal", "regulator", "media")
PAGED = ("self_harm", *GRAVE, *AUTHORITY)
STATUS = "status"
CALLBACK = "callback"
CALLBACK_PHONE = "callback_phone"
WITHDRAW = "withdraw"
RESIGNED = "resigned"
GRUMBLE = "grumble"
UNRECORDED = "utter_no_recording"
VOICE_KEPT = "utter_voice_kept"
OFFERED = frozenset(("utter_resigned", "utter_resigned_plain"))
ENDING = ("utter_phone_bad", "utter_ask_correction", "utter_ask_withdraw")
EMPATHY = ("utter_worried", "utter_aggrieved", "utter_apology", "utter_repeat", "utter_abuse_first")
HERE = "utter_here"
NUMBERLESS = "utter_status_numberless"
CALL_WHEN = "utter_call_when"
SHORT = 14
"""Characters of a message that tells of no matter."""
FREE_ANSWERS = (intake.STORY, intake.WANTED, intake.MISSING)


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
        return [*_story(now), Callback(True)]
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
        or _short_answer(now, heard)
    )


def unrecorded(now: Situation, heard: Understood, acts: list[Act]) -> list[Act]:
    """The acts, and before them the answer to who does not want to be recorded, when that came with more."""
    if "no_recording" not in heard.remarks or now.speaker == conversation.AGENT or not _once(now, UNRECORDED):
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
        line = "utter_photo_first" if _once(now, "utter_photo_first") else "utter_photo_kept_again"
        return [Line(line), Expect(intake.STORY)]
    settled = open_question or now.registered or now.speaker == conversation.WAITING
    return [Line("utter_photo_kept"), *(open_question if settled else _go_on(now, heard))]


def _listener(now: Situation) -> list[Act]:
    return [] if now.speaker == conversation.WAITING else [Human(VOICE, quiet=True)]


def after_assistant(now: Situation, heard: Understood, names: Sequence[str]) -> list[Act]:
    """The acts for the replies that the assistant proposed. The order of questions stays ours."""
    acts: list[Act] = []
    if not now.registered and _next_question(now) == intake.CHOICE:
        return _go_on(now, heard)
    for name in names:
        if name == "utter_skipped" and now.asked in intake.QUESTIONS:
            acts.append(Skip(now.asked))
            now = _skipping(now, now.asked)
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
        return _go_on(now, heard)
    return _beside(now, heard) or _take(now) + _go_on(_having(now, _answered(now)), heard)


def _beside(now: Situation, heard: Understood) -> list[Act]:
    """What answers no question, however freely that may be answered: a greeting, the word that there is a
    complaint (the menu says it at every tap), a bare number, and who cannot give the number of one."""
    if "greeting" in heard.remarks and _once(now, HERE):
        return [Line(HERE), *([Expect(now.asked)] if now.asked else [])]
    if {"greeting", "complaint"} & heard.remarks:
        return _go_on(now, heard)
    matter = heard.issues or heard.wishes
    if heard.only_numbers and not matter and heard.values("phone") and now.asked != intake.PHONE:
        return [Line("utter_phone_kept"), *_go_on(now, heard)]
    outburst = heard.mood.level >= intake.ANGRY and heard.kind == "other" and not heard.references
    if not matter and (outburst or (heard.only_numbers and now.asked == intake.WANTED)):
        return _go_on(now, heard)
    numberless = (now.asked or "").split(":")[0] == STATUS and len(heard.folded) <= SHORT
    if numberless and not heard.issues and _once(now, NUMBERLESS):
        return [Line(NUMBERLESS), Expect(intake.STORY)]
    return []


def _danger(now: Situation, heard: Understood) -> list[Act]:
    if "self_harm" in now.flags:
        return _stay(now, heard)
    if "safety" in now.new_flags and now.known.tier >= intake.GRAVE:
        return [*_story(now), Page("safety"), Line("utter_danger"), Human("safety", quiet=True)]
    grave = next((flag for flag in GRAVE if flag in now.new_flags), None)
    return [*_story(now), Page(grave), Human(grave)] if grave and now.known.tier >= intake.GRAVE else []


def _stay(now: Situation, heard: Understood) -> list[Act]:
    """Somebody's life comes first: the complaint rests, no form, no queue, until a person speaks."""
    line = Line("utter_self_harm" if _once(now, "utter_self_harm") else "utter_self_harm_stay")
    called = now.speaker == conversation.WAITING and "self_harm" not in now.new_flags and not heard.human
    return [line] if called else [Page("self_harm"), line, Human("self_harm", quiet=True)]


def _authority(now: Situation, flag: str) -> list[Act]:
    reply = "utter_authority" if now.has_phone else "utter_authority_here"
    return [*_story(now), Page(flag), Line(reply), Human(flag, quiet=True)]


def _story(now: Situation) -> list[Act]:
    told = intake.STORY in now.known.facts
    return [] if told or now.registered else [Learn(intake.STORY)]


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
    return [*_story(now), Line("utter_waiting_kept" if often % 2 == 0 else "utter_finding_human_again")]


def _abuse(now: Situation, heard: Understood) -> list[Act] | None:
    """Swearing at a person: once the thread is kept, then a person is offered. The machine never ends it."""
    if heard.mood.name != "abusive" or now.registered:
        return None
    if {"utter_abuse_first", "utter_angry"} & set(now.said):
        return [
            *_story(now),
            *(
                [Line("utter_abuse_again"), Expect(intake.CHOICE)]
                if _once(now, "utter_abuse_again")
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
    return [*_story(now), Register("vent")] if vents else None


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


def _short_answer(now: Situation, heard: Understood) -> list[Act] | None:
    """Answers that are plain from the open question: yes, no, skip, register, a chosen way."""
    if now.asked == CALLBACK_PHONE and (now.has_phone or {"skip", "no"} & heard.remarks):
        return [Callback(True)]
    if now.asked == WITHDRAW:
        return _after_withdraw(now, heard)
    if now.registered or now.asked is None:
        return None
    if now.asked in (RESIGNED, GRUMBLE):
        return _after_offer(now, heard)
    if now.asked == intake.CHOICE:
        return _after_choice(now, heard)
    if "skip" in heard.remarks and now.asked in intake.QUESTIONS[1:]:
        return [Skip(now.asked), *_go_on(_skipping(now, now.asked), heard)]
    if now.asked == intake.PHONE:
        return _after_phone(now, heard)
    return _after_read_back(now, heard) if now.asked == intake.READ_BACK else None


def _after_choice(now: Situation, heard: Understood) -> list[Act]:
    """Between a person, or with nobody on duty a call, and registering first. A no to both, with nothing told
    that could be dealt with, is respected."""
    if "yes" in heard.remarks and not now.staffed and "register" not in heard.remarks:
        return [*_story(now), Callback(True)]
    if {"no", "goodbye"} & heard.remarks and not now.detail:
        return [Register("hidden")]
    if {"register", "yes", "no", "skip", "goodbye"} & heard.remarks:
        return _go_on(now, heard)
    return [*_story(now), *_go_on(_having(now, intake.STORY), heard)]


def _after_withdraw(now: Situation, heard: Understood) -> list[Act] | None:
    if "no" in heard.remarks:
        return [Line("utter_not_withdrawn"), *_go_on(now, heard)]
    return [Withdraw()] if {"yes", "withdraw"} & heard.remarks else None


def _after_offer(now: Situation, heard: Understood) -> list[Act]:
    """After the one soft offer: a yes or a concrete matter is taken up, all else is respected and kept."""
    if "withdraw" in heard.remarks:
        return [Withdraw()]
    if {"yes", "register"} & heard.remarks:
        return _go_on(now, heard)
    if heard.resigned or {"no", "thanks", "goodbye"} & heard.remarks:
        return [Register("hidden")]
    told = heard.kind == "complaint" or heard.issues or heard.wishes
    if told:
        return [*_story(now), *_go_on(_having(now, intake.STORY), heard)]
    return [Register("hidden")] if now.asked == GRUMBLE else _go_on(now, heard)


def _after_phone(now: Situation, heard: Understood) -> list[Act] | None:
    if intake.PHONE in now.known.facts:
        return _go_on(now, heard)
    if "yes" in heard.remarks and now.has_phone:
        return [Learn("phone_confirmed", True), *_go_on(_having(now, intake.PHONE), heard)]
    if "no" in heard.remarks:
        return [Skip(intake.PHONE), *_go_on(_skipping(now, intake.PHONE), heard)]
    digits = sum(mark.isdigit() for mark in heard.folded)
    wrong = digits >= 5 and not heard.references and _once(now, "utter_phone_bad")
    return [Line("utter_phone_bad"), Expect(intake.PHONE)] if wrong else None


def _after_read_back(now: Situation, heard: Understood) -> list[Act] | None:
    if "yes" in heard.remarks:
        return [Learn(intake.READ_BACK, True), *_go_on(_having(now, intake.READ_BACK), heard)]
    if {"no", "change"} & heard.remarks and "correction" not in heard.remarks:
        return [Line("utter_ask_correction"), Expect(intake.READ_BACK)]
    return None


def _added(now: Situation) -> str:
    return "utter_added_again" if "utter_added" in now.said[-2:] else "utter_added"


def _official(now: Situation, heard: Understood, name: str) -> list[Act] | None:
    """Replies of the assistant that only reception can make true; None for all others."""
    if name == "utter_vent_only" and ("vent_only" not in heard.remarks or "utter_nobody" in now.said):
        return scripted(now, heard)
    kept: dict[str, list[Act]] = {
        "utter_registered": [Register()],
        "utter_vent_only": [*_story(now), Register("vent")],
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
    return _go_on(now, heard) if understood else []


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


def _proposed(now: Situation, heard: Understood, name: str) -> list[Act]:
    expects = {
        "utter_phone_bad": intake.PHONE,
        "utter_ask_correction": intake.READ_BACK,
        "utter_ask_withdraw": WITHDRAW,
    }
    if name in expects:
        return [Line(name), Expect(expects[name])]
    if name.startswith("utter_ask_") or name == "utter_angry":
        return _go_on(now, heard)
    if name == "utter_resigned" and now.registered:
        return _after_number(now, heard)
    if name == "utter_resigned":
        return [Line(name), Expect(RESIGNED)] if not OFFERED & set(now.said) else _go_on(now, heard)
    if name in EMPATHY and not _once(now, name):
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
    if name is None or told or not _once(now, name):
        return []
    again: list[Act] = [] if now.registered or now.asked is None else [Expect(now.asked)]
    return [Line(name), *again]


def _take(now: Situation) -> list[Act]:
    """The message's own words answer the open question, unless they already gave a fact with a shape."""
    question = _answered(now)
    return [Learn(question)] if question is not None and question not in now.known.facts else []


def _answered(now: Situation) -> str | None:
    """The question that any words answer: the story first, then the open one if it takes free words."""
    if intake.STORY not in now.known.facts:
        return intake.STORY
    return now.asked if now.asked in FREE_ANSWERS else None


def _go_on(now: Situation, heard: Understood) -> list[Act]:
    """The next question with at most one line of empathy before it, or the registration."""
    if now.registered:
        return []
    question = _next_question(now)
    if question is None:
        return [Register()]
    corrected = "correction" in heard.remarks and bool(heard.references or heard.wishes)
    slowly = "elder" in heard.remarks and _once(now, "utter_elder")
    before: list[Act] = [Line("utter_corrected")] if corrected else [*_empathy(now, question)]
    if slowly and not before:
        before = [Line("utter_elder")]
    return [*before, Ask(question)]


def _next_question(now: Situation) -> str | None:
    """The next question. Who has been promised a call, or does not want one, while nobody is on duty, is not
    offered it once more: the choice counts as made."""
    question = intake.next_question(now.known)
    chosen = (now.promised and not now.staffed) or "utter_callback_declined" in now.said
    if question != intake.CHOICE or not chosen:
        return question
    return intake.next_question(replace(now.known, asked={**now.known.asked, intake.CHOICE: 1}))


def _empathy(now: Situation, question: str) -> list[Act]:
    if intake.STORY not in now.known.facts or question == intake.CHOICE:
        return []
    if now.repeat and _once(now, "utter_repeat"):
        return [Line("utter_repeat")]
    name = {"worried": "utter_worried", "aggrieved": "utter_apology", "frustrated": "utter_apology"}.get(
        now.mood
    )
    if name is None or any(reply in EMPATHY for reply in now.said):
        return []
    return [Line(name)] if now.detail or name == "utter_apology" else []


def _once(now: Situation, name: str) -> bool:
    return name not in now.said


def _having(now: Situation, fact: str | None) -> Situation:
    if fact is None:
        return now
    return replace(now, known=replace(now.known, facts=now.known.facts | {fact}))


def _skipping(now: Situation, question: str) -> Situation:
    return replace(now, known=replace(now.known, skipped=now.known.skipped | {question}))
