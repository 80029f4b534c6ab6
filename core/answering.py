"""Answers that are plain from the open question, without any model: yes, no, skip, a chosen way."""

from __future__ import annotations

from core import intake
from core.acts import Act, Callback, Expect, Learn, Line, Register, Situation, Skip, Withdraw
from core.questions import CALLBACK_PHONE, GRUMBLE, RESIGNED, WITHDRAW, go_on, having, once, skipping, story
from core.understanding import Understood


def short_answer(now: Situation, heard: Understood) -> list[Act] | None:
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
        return [Skip(now.asked), *go_on(skipping(now, now.asked), heard)]
    if now.asked == intake.PHONE:
        return _after_phone(now, heard)
    return _after_read_back(now, heard) if now.asked == intake.READ_BACK else None


def _after_choice(now: Situation, heard: Understood) -> list[Act]:
    """Between a person, or with nobody on duty a call, and registering first. A no to both, with nothing told
    that could be dealt with, is respected."""
    if "yes" in heard.remarks and not now.staffed and "register" not in heard.remarks:
        return [*story(now), Callback(True)]
    if {"no", "goodbye"} & heard.remarks and not now.detail:
        return [Register("hidden")]
    if {"register", "yes", "no", "skip", "goodbye"} & heard.remarks:
        return go_on(now, heard)
    return [*story(now), *go_on(having(now, intake.STORY), heard)]


def _after_withdraw(now: Situation, heard: Understood) -> list[Act] | None:
    if "no" in heard.remarks:
        return [Line("utter_not_withdrawn"), *go_on(now, heard)]
    return [Withdraw()] if {"yes", "withdraw"} & heard.remarks else None


def _after_offer(now: Situation, heard: Understood) -> list[Act]:
    """After the one soft offer: a yes or a concrete matter is taken up, all else is respected and kept."""
    if "withdraw" in heard.remarks:
        return [Withdraw()]
    if {"yes", "register"} & heard.remarks:
        return go_on(now, heard)
    if heard.resigned or {"no", "thanks", "goodbye"} & heard.remarks:
        return [Register("hidden")]
    told = heard.kind == "complaint" or heard.issues or heard.wishes
    if told:
        return [*story(now), *go_on(having(now, intake.STORY), heard)]
    return [Register("hidden")] if now.asked == GRUMBLE else go_on(now, heard)


def _after_phone(now: Situation, heard: Understood) -> list[Act] | None:
    if intake.PHONE in now.known.facts:
        return go_on(now, heard)
    if "yes" in heard.remarks and now.has_phone:
        return [Learn("phone_confirmed", True), *go_on(having(now, intake.PHONE), heard)]
    if "no" in heard.remarks:
        return [Skip(intake.PHONE), *go_on(skipping(now, intake.PHONE), heard)]
    digits = sum(mark.isdigit() for mark in heard.folded)
    wrong = digits >= 5 and not heard.references and once(now, "utter_phone_bad")
    return [Line("utter_phone_bad"), Expect(intake.PHONE)] if wrong else None


def _after_read_back(now: Situation, heard: Understood) -> list[Act] | None:
    if "yes" in heard.remarks:
        return [Learn(intake.READ_BACK, True), *go_on(having(now, intake.READ_BACK), heard)]
    if {"no", "change"} & heard.remarks and "correction" not in heard.remarks:
        return [Line("utter_ask_correction"), Expect(intake.READ_BACK)]
    return None
