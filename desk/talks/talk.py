"""Talking with the customer: take over, answer, hand back, hand on, and second thoughts.
`reception.desk.Agents` decides whether each may be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import abort, request

from core.conversation import AGENT
from core.roles import TALK
from desk.door import blueprint, house, needs, now, takes, user
from desk.finding import find
from desk.forms import done, row_of, typed, whole
from desk.queue import keep_busy, keep_present
from desk.story.dossier import token
from desk.talks import enclosures
from desk.talks.care import against, ask_first, digest
from desk.talks.talking import speaking_in
from reception.acting import Refused
from store import messages, typing

TYPES_FOR = timedelta(seconds=6)
LONGEST_CHOICE = 80


@blueprint.post("/complaints/<number>/take")
@needs(TALK)
def take(number: str) -> Any:
    """Take over the chat: from now on the assistant is silent."""

    def act(talk: Any) -> None:
        house().agents.take(user().id, talk.id, now())
        keep_busy(now())

    return _on_talk(number, act, "words")


@blueprint.post("/complaints/<number>/say")
@needs(TALK)
@takes(enclosures.MOST * enclosures.LARGEST)
def say(number: str) -> Any:
    """Answer the customer, with files if there are any. Words that nobody should say, or that ask for what
    was told already, are sent only when asked for a second time."""
    sent = enclosures.sent()
    words = typed("words", optional=bool(sent))
    found = against(number, words)
    if found:
        return ask_first(number, words, found, "say")
    # Other words under the key of a line whose answer was lost are another line.
    key = f"desk:{user().id}:{request.form.get('key', '')[:64] or token()}:{digest(words)}"

    def act(talk: Any) -> None:
        with house().db.reading() as conn:
            before = messages.by_key(conn, f"{key}:{talk.id}")
        sealed = enclosures.sealed(sent) if before is None else ()
        house().agents.say(user().id, talk.id, words, f"{key}:{talk.id}", now(), sealed)

    return _on_talk(number, act, "words")


@blueprint.post("/complaints/<number>/hand-back")
@needs(TALK)
def hand_back(number: str) -> Any:
    """The assistant speaks again; the note stays in the house."""
    note = _note()
    return _on_talk(number, lambda talk: house().agents.hand_back(user().id, talk.id, note, now()), "talk")


@blueprint.post("/complaints/<number>/hand-on")
@needs(TALK)
def hand_on(number: str) -> Any:
    """Somebody else is sought: a colleague, a group, or whoever is free. The note is there before them."""
    to, note = request.form.get("to", "")[:LONGEST_CHOICE], _note()
    agents = house().agents
    return _on_talk(number, lambda talk: agents.hand_on(user().id, talk.id, to, note, now()), "talk")


def _note() -> str:
    return typed("note", optional=True)


@blueprint.post("/complaints/<number>/undo")
@needs(TALK)
def undo(number: str) -> Any:
    """Undo what one has just done oneself."""
    keep_present(now())
    row, act = row_of(number), whole("event")
    return done(number, lambda: house().undoing.undo(user().id, row.id, act, now()), "talk")


@blueprint.post("/complaints/<number>/typing")
@needs(TALK)
def type_on(number: str) -> Any:
    """The person at the desk is writing, or has stopped. Only who speaks is seen to write."""
    with house().db.writing() as conn:
        talk = speaking_in(conn, find(conn, number), now())
        if talk is None or talk.agent_id != user().id:
            return "", 204
        if request.form.get("on") == "1":
            typing.begin(conn, talk.id, AGENT, now() + TYPES_FOR)
        else:
            typing.end(conn, talk.id, AGENT)
    return "", 204


def _on_talk(number: str, act: Callable[[Any], Any], place: str) -> Any:
    """Act on the complaint's conversation. Whoever does is here, and not to be relieved."""
    keep_present(now())
    with house().db.reading() as conn:
        talk = speaking_in(conn, find(conn, number), now())
    if talk is None:
        abort(404)
    if talk.channel == "phone":
        return done(number, _by_phone, place)
    return done(number, lambda: act(talk), place)


def _by_phone() -> None:
    raise Refused("by_phone")
