"""What is recorded in each of the seven steps, from the findings to the feedback, and pauses."""

from __future__ import annotations

from typing import Any

from flask import request

from core.attempts import PHONE
from core.roles import APPROVE, CLOSE, FOLLOW_UP, HANDLE, READ
from desk.door import blueprint, content, house, needs, now, user
from desk.forms import row_of, sequence
from desk.shown import marks
from desk.talks.unsaid import checked
from desk.work.step_forms import amount, answers, appointment, chosen, moment, optional, text
from desk.work.step_view import manned
from desk.work.steps import ACTIONS, PAUSES, acted, which
from reception.acting import Refused
from reception.settling import Finding, Line
from reception.standing import ASKED
from store import follow_ups

BY_PHONE = "phone"


@blueprint.post("/complaints/<number>/steps/finding")
@needs(HANDLE)
def keep_finding(number: str) -> Any:
    """What was verified and how; the cause and who is responsible, as far as they are known."""
    row, form = row_of(number), request.form

    def act() -> None:
        found = Finding(
            facts=text("facts"),
            cause=form.get("cause", ""),
            cause_words=optional("cause_words"),
            level=form.get("level", ""),
            responsibility=form.get("responsibility", ""),
        )
        house().settling.find(user().id, row.id, sequence(), found, now())

    return acted(number, act, "investigating")


@blueprint.post("/complaints/<number>/steps/memo")
@needs(HANDLE)
def send_memo(number: str) -> Any:
    """Ask a department; and say to whom it went, and when nobody there can open it."""
    row, to = row_of(number), request.form.get("department", "")

    def act() -> None:
        facts, ask, due = text("facts"), text("ask"), moment("due")
        house().memos.send(
            user().id, row.id, sequence(), department=to, facts=facts, ask=ask, due_at=due, at=now()
        )

    def said() -> str:
        with house().db.reading() as conn:
            read = to in manned(conn)
        return content().page("steps.memo_gone" if read else "steps.memo_unread", department=marks(to))

    return acted(number, act, "memo_sent", said)


@blueprint.post("/complaints/<number>/steps/memo/reply")
@needs(HANDLE)
def note_reply(number: str) -> Any:
    """A department told the owner by word of mouth, who writes it down."""
    row_of(number)
    return acted(
        number, lambda: house().memos.reply(user().id, which("memo"), text("words"), now()), "memo_sent"
    )


@blueprint.post("/complaints/<number>/steps/memo/recall")
@needs(HANDLE)
def recall_memo(number: str) -> Any:
    row_of(number)
    return acted(
        number, lambda: house().memos.recall(user().id, which("memo"), text("reason"), now()), "memo_sent"
    )


@blueprint.post("/complaints/<number>/steps/plan")
@needs(HANDLE)
def offer_plan(number: str) -> Any:
    """Lay options before the customer, in the conversation or by phone."""
    row = row_of(number)

    def act() -> None:
        by_phone = request.form.get("by") == BY_PHONE
        message = "" if by_phone else checked(number, text("message"), offers=True)
        options = [one.strip() for one in request.form.getlist("option")]
        house().settling.offer(user().id, row.id, sequence(), options, message, now())

    return acted(number, act, "conferring")


@blueprint.post("/complaints/<number>/steps/answer")
@needs(HANDLE)
def plan_answer(number: str) -> Any:
    row, form = row_of(number), request.form

    def act() -> None:
        answer, words = form.get("answer", ""), optional("words")
        house().settling.answer(user().id, row.id, sequence(), answer, chosen("chosen"), words, now())

    return acted(number, act, "conferring")


@blueprint.post("/complaints/<number>/steps/remedy")
@needs(HANDLE)
def propose_remedy(number: str) -> Any:
    row = row_of(number)

    def act() -> None:
        line = Line(request.form.get("kind", ""), text("words"), amount(), appointment())
        house().settling.propose(user().id, row.id, sequence(), line, now())

    return acted(number, act, row.state)


@blueprint.post("/complaints/<number>/steps/remedy/approve")
@needs(APPROVE)
def approve_remedy(number: str) -> Any:
    row = row_of(number)
    return acted(
        number,
        lambda: house().settling.approve(user().id, row.id, which("remedy"), sequence(), now()),
        row.state,
    )


@blueprint.post("/complaints/<number>/steps/remedy/refuse")
@needs(HANDLE)
def refuse_remedy(number: str) -> Any:
    """Not to be done, and why."""
    row = row_of(number)

    def act() -> None:
        house().settling.refuse(user().id, row.id, which("remedy"), text("reason"), sequence(), now())

    return acted(number, act, row.state)


@blueprint.post("/complaints/<number>/steps/remedy/done")
@needs(HANDLE)
def finish_remedy(number: str) -> Any:
    row = row_of(number)

    def act() -> None:
        proof, file = optional("words"), request.form.get("file", "")
        house().settling.done(user().id, row.id, which("remedy"), proof, file, sequence(), now())

    return acted(number, act, "carrying_out")


@blueprint.post("/complaints/<number>/steps/remedy/missed")
@needs(HANDLE)
def visit_missed(number: str) -> Any:
    """The visit did not happen: why, and when the next one is."""
    row = row_of(number)

    def act() -> None:
        again = appointment()
        if again is None:
            raise Refused("bad_time")
        house().settling.missed(user().id, row.id, which("remedy"), text("words"), again, sequence(), now())

    return acted(number, act, row.state)


# ---- Afterwards


@blueprint.post("/complaints/<number>/steps/try")
@needs(FOLLOW_UP)
def follow_up_try(number: str) -> Any:
    """A try to ask the customer that reached nobody."""
    row, result = row_of(number), request.form.get("result", "")

    def act() -> None:
        house().attempts.log(user().id, row.id, PHONE, ASKED, result, optional("words"), now())

    return acted(number, act, "following_up")


@blueprint.post("/complaints/<number>/steps/answers")
@needs(FOLLOW_UP)
def keep_answers(number: str) -> Any:
    """The five answers; what follows from them follows at once."""
    row = row_of(number)
    return acted(number, lambda: house().follow_ups.record(user().id, row.id, sequence(), answers(), now()))


@blueprint.post("/complaints/<number>/steps/unreachable")
@needs(FOLLOW_UP)
def give_up(number: str) -> Any:
    row = row_of(number)
    return acted(number, lambda: house().follow_ups.give_up(user().id, row.id, sequence(), now()))


@blueprint.post("/complaints/<number>/steps/pass-on")
@needs(READ)
def pass_on(number: str) -> Any:
    """The answers reach the departments; by the owner, or by who may close it."""
    row = row_of(number)

    def act() -> None:
        to = request.form.getlist("department")
        house().follow_ups.pass_on(user().id, row.id, sequence(), to, text("words"), now())

    return acted(number, act, "feeding_back")


@blueprint.post("/complaints/<number>/steps/tell")
@needs(READ)
def tell_customer(number: str) -> Any:
    """The customer hears what changed; by the owner, or by who may close it."""
    row = row_of(number)

    def act() -> None:
        by_phone = request.form.get("by") == BY_PHONE
        words = text("words") if by_phone else checked(number, text("words"))
        house().follow_ups.tell_customer(user().id, row.id, sequence(), words, by_phone, now())

    return acted(number, act, "feeding_back")


@blueprint.post("/complaints/<number>/steps/action")
@needs(READ)
def set_action(number: str) -> Any:
    """Something that is to change; by the owner, or by who may close it."""
    row, form = row_of(number), request.form

    def act() -> None:
        house().follow_ups.plan_action(
            user().id,
            row.id,
            kind=form.get("kind", ""),
            tag=form.get("tag", ""),
            words=text("words"),
            department=form.get("department", ""),
            due_at=moment("due"),
            at=now(),
        )

    return acted(number, act, ACTIONS)


@blueprint.post("/complaints/<number>/steps/action/done")
@needs(CLOSE)
def finish_action(number: str) -> Any:
    row = row_of(number)

    def act() -> None:
        with house().db.reading() as conn:
            action = follow_ups.action(conn, which("action"))
        if action is None or action.complaint_id != row.id:
            raise Refused("remedy_over")
        house().follow_ups.finish_action(user().id, action.id, now())

    return acted(number, act, ACTIONS)


# ---- Pauses


@blueprint.post("/complaints/<number>/steps/pause")
@needs(HANDLE)
def pause_promise(number: str) -> Any:
    """Stop the clock of a plan or of the remedies; the customer is told with it."""
    row, form = row_of(number), request.form

    def act() -> None:
        by_phone = form.get("by") == BY_PHONE
        house().pauses.pause(
            user().id,
            row.id,
            sequence(),
            kind=form.get("kind", ""),
            reason=form.get("reason", ""),
            until=moment("until"),
            words=text("words") if by_phone else checked(number, text("words")),
            by_phone=by_phone,
            at=now(),
        )

    return acted(number, act, PAUSES)


@blueprint.post("/complaints/<number>/steps/resume")
@needs(HANDLE)
def resume_promise(number: str) -> Any:
    row = row_of(number)
    return acted(
        number, lambda: house().pauses.resume(user().id, row.id, which("pause"), sequence(), now()), PAUSES
    )
