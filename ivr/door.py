"""The phone door itself: what it knows of the house, and the addresses it gives out."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, current_app
from flask.sansio.blueprints import BlueprintSetupState

from core import escape
from core.call import Leg, Place
from core.callflow import Flow
from core.text import fold
from ivr.engine import Engine
from ivr.guard import Guard
from ivr.once import Once
from reception.house import House

log = logging.getLogger("jiesu.ivr")
blueprint = Blueprint("ivr", __name__)

ANSWER_SECONDS = 4.0
NUMBERS = ("misses", "rings", "nobody", "waits", "again", "talked")
LISTS = ("tried", "ringing")
LARGEST = 10**9


@dataclass(frozen=True)
class Phone:
    """The phone door of one installation.

    talks: talks with agents are recorded. legs: who could be rung last time the store answered.
    """

    house: House
    engine: Engine
    guard: Guard
    public_url: str
    caller_id: str | None = None
    music: str | None = None
    talks: bool = False
    once: Once = field(default_factory=lambda: Once(ANSWER_SECONDS))
    legs: list[Leg] = field(default_factory=list)

    @property
    def flow(self) -> Flow:
        return self.house.content.flow

    def wishes(self, words: str) -> str | None:
        """The words that ask for a person, or None."""
        vocabulary = self.house.content.vocabulary
        return escape.wish_for_human(fold(words, vocabulary.simplify), vocabulary.wishes_for_human)

    def url(self, path: str, **query: object) -> str:
        """An address of ours as it is given to the engine: absolute, ASCII, no personal data in it.

        The fragment overrides the engine's connection settings; it is neither sent nor signed.
        """
        return self.overridden(self.address(path, **query))

    def overridden(self, address: str) -> str:
        return f"{address}#{self.engine.overrides}" if self.engine.overrides else address

    def address(self, path: str, **query: object) -> str:
        """The same without its fragment, so that more can be added to it."""
        given = urlencode({name: value for name, value in query.items() if value not in ("", None)})
        return f"{self.public_url}/voice/{path}{'?' + given if given else ''}"


def open_door(
    house: House,
    public_url: str,
    tokens: Sequence[str],
    caller_id: str | None = None,
    music: str | None = None,
    talks: bool = False,
) -> Phone:
    """The phone door. Whoever signs with one of the tokens is believed; without any, nobody is."""
    public = public_url.rstrip("/")
    engine = Engine.from_mapping(house.content.calls)
    return Phone(house, engine, Guard(tuple(tokens), public), public, caller_id, music, talks)


@blueprint.record_once
def open_with(state: BlueprintSetupState) -> None:
    """Opens the door of this application, from its configuration.

    The simulator's token counts only while there is none of Twilio's, so that nobody can call a
    hotline in service without a telephone.
    """
    given = state.app.config
    house: House = state.app.extensions["jiesu"]
    token = given.get("TWILIO_AUTH_TOKEN") or given.get("JIESU_SIMULATOR_TOKEN") or _simulator_token(house)
    state.app.extensions["jiesu_phone"] = open_door(
        house,
        given["JIESU_PUBLIC_URL"],
        (token,),
        given.get("TWILIO_CALLER_ID") or None,
        given.get("JIESU_HOLD_MUSIC_URL") or None,
        talks=bool(given.get("JIESU_RECORD_TALKS")),
    )


def _simulator_token(house: House) -> str:
    """The token that `./jiesu run` leaves in the data folder, or "" when it has not."""
    with suppress(OSError):
        return (house.data_dir / "simulator_token").read_text("ascii").strip()
    return ""


def phone() -> Phone:
    found: Phone = current_app.extensions["jiesu_phone"]
    return found


def to_query(place: Place, turn: int) -> dict[str, object]:
    """Where the call stands, small enough for an address."""
    query: dict[str, object] = {"n": place.node, "t": turn}
    query |= {name: getattr(place, name) for name in NUMBERS if getattr(place, name)}
    query |= {name: "-".join(map(str, getattr(place, name))) for name in LISTS if getattr(place, name)}
    query |= {"l": place.language} if place.language else {}
    return query | ({"unrecorded": 1} if place.unrecorded else {})


def from_query(query: dict[str, str]) -> tuple[Place, int] | None:
    """The place and turn of an address that we gave out; None when it cannot be one."""
    try:
        turn = _number(query["t"])
        given: dict[str, Any] = {name: _number(query[name]) for name in NUMBERS if name in query}
        given |= {name: tuple(map(_number, query[name].split("-"))) for name in LISTS if name in query}
        language = query.get("l", "")
        place = Place(node=query["n"], unrecorded="unrecorded" in query, language=language, **given)
    except (KeyError, ValueError):
        return None
    return place, turn


def _number(text: str) -> int:
    value = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else LARGEST
    if value >= LARGEST:
        raise ValueError
    return value
