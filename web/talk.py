"""Handing a message to reception under a key that makes it one message, however often it is sent."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from flask import request

from core.conversation import AGENT
from reception.heard import Answer, Heard, Upload
from store import conversations, messages, typing
from web import flood, news
from web.asked import Asked, Refused
from web.door import house, log
from web.visitors import Visitor

CONTACT = re.compile(r"(yes|no):([0-9]{1,9})")
CUSTOMER = "customer"
TYPES_FOR = timedelta(seconds=6)
STRONG_ID = 16
"""From this length on, an id is taken for one that nobody else draws."""
WEAK_IDS_MEET = timedelta(minutes=1)


def hear(who: Visitor, told: Asked, uploads: tuple[Upload, ...] = ()) -> Answer:
    """Keep the message and answer it. Raises Refused: its id has other words, or it could not be kept."""
    with _or_not_kept():
        conversation = conversation_of(who, told)
        key = _key(conversation, told)
        heard = Heard(
            channel="web",
            who=("cookie", who.id),
            words=told.text,
            key=key,
            at=house().clock(),
            conversation=conversation,
            uploads=uploads,
        )
        answer = house().reception.receive(heard)
    flood.note(answer)
    return answer


def ask_human(who: Visitor, id: str) -> Answer:
    """Bring a person, without a question. Raises Refused when the wish could not be kept."""
    with _or_not_kept():
        key = _wish_key(who, id)
        return house().reception.ask_human(_conversation_for(who, key), "asked", key, house().clock())


def _wish_key(who: Visitor, id: str) -> str:
    return "web:human:" + hashlib.sha256(f"{who.id}\0{id}".encode()).hexdigest()[:40]


def _conversation_for(who: Visitor, key: str) -> str:
    """The visitor's conversation; else the one that this same click began; else a new one."""
    if who.conversation and news.exists(house(), who.conversation):
        return who.conversation
    with house().db.reading() as conn:
        began = messages.by_key(conn, key)
    if began is not None:
        return str(began.conversation_id)
    first = Heard("web", ("cookie", who.id), "", key, house().clock())
    return house().reception.begin(first)


def say_reached(who: Visitor, told: str) -> bool:
    """Take the customer's word on a call that an agent says reached him ("yes:7", "no:7"). Whether there was
    such a word. Raises Refused when it could not be kept."""
    found = CONTACT.fullmatch(told)
    if found is None or who.conversation is None:
        return False
    with _or_not_kept():
        house().attempts.confirm(who.conversation, int(found[2]), found[1] == "yes", house().clock())
    return True


def types(who: Visitor, on: bool) -> None:
    """The customer is writing, or has stopped. Seen only while an agent speaks."""
    at = house().clock()
    with house().db.writing() as conn:
        row = conversations.get(conn, who.conversation) if who.conversation else None
        if row is None or row.speaker != AGENT:
            return
        if on:
            typing.begin(conn, row.id, CUSTOMER, at + TYPES_FOR)
        else:
            typing.end(conn, row.id, CUSTOMER)


@contextmanager
def _or_not_kept() -> Iterator[None]:
    """Whatever keeps words from being kept ends in one honest sentence: not taken, send again."""
    try:
        yield
    except Refused:
        raise
    except Exception as error:
        log.exception("a message was not taken")
        raise Refused("store_down", 503) from error


def conversation_of(who: Visitor, told: Asked) -> str | None:
    """The one named, if we gave it out; else the cookie's. A name that we do not know starts a new one."""
    if told.conversation is not None:
        return told.conversation if news.exists(house(), told.conversation) else None
    if who.conversation and news.exists(house(), who.conversation):
        return who.conversation
    return None


def _key(conversation: str | None, told: Asked) -> str:
    """The first message of a conversation keeps its key, whether or not it is sent again with its name."""
    if told.id is None:
        return f"web:{secrets.token_urlsafe(16)}"
    first = _first_key(told.id, told.text)
    with house().db.reading() as conn:
        began = messages.by_key(conn, first)
        if conversation is None:
            return _key_without_name(began, told, first)
        same = began is not None and began.conversation_id == conversation
        key = first if same else f"web:{conversation}:{told.id}"
        _refuse_other_words(messages.by_key(conn, key), told)
    return key


def _first_key(id: str, text: str) -> str:
    """For a message that names no conversation. A short id may be somebody else's as well, so it counts
    only together with the words and the place they came from."""
    own = id if len(id) >= STRONG_ID else f"{id}\0{text}\0{request.remote_addr}"
    return f"web:new:{hashlib.sha256(own.encode()).hexdigest()[:40]}"


def _key_without_name(began: Any, told: Asked, first: str) -> str:
    strong = len(told.id or "") >= STRONG_ID
    if began is not None and not strong and house().clock() - began.at > WEAK_IDS_MEET:
        return f"web:{secrets.token_urlsafe(16)}"
    _refuse_other_words(began, told)
    return first


def _refuse_other_words(before: Any, told: Asked) -> None:
    if before is not None and before.words != told.text:
        raise Refused("same_id_other_words", 409)
