"""What WeChat knows of one service account: who follows it, what may be written to whom, what they read."""

from __future__ import annotations

import json
import re
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from simulator.wechat import codes
from simulator.wechat.tokens import Refused, Tokens

QUOTA = Path(__file__).resolve().parents[2] / "content" / "wechat.yml"
LONGEST = 2048
"""Bytes of a text; more is refused with 45002."""
MEDIA_KEPT = timedelta(days=3)
TYPING_AFTER = timedelta(seconds=30)
TYPING_LASTS = timedelta(seconds=15)
FIELDS = {"thing": 20, "phrase": 5, "character_string": 32, "time": 20, "const": 20, "name": 10}
"""Characters that a template's field holds, by its kind (Tencent, "Template messages", parameters)."""
ESCAPED = re.compile(rb"(?<!\\)((?:\\\\)*)\\u(?!00[01])")
"""An escape of a character that could stand there itself."""
IPS = ["101.226.103.0/25"]


Template = Mapping[str, str]
"""A template message: the names of its fields, and how each is called on the customer's screen."""


@dataclass(frozen=True)
class Account:
    """The service account's settings page."""

    app_id: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    aes_key: str = field(repr=False)


@dataclass(frozen=True)
class Seen:
    """One thing on a customer's screen. `mine`: written there by the customer."""

    kind: str
    words: str
    at: datetime
    mine: bool = False
    url: str = ""
    media: str = ""


@dataclass
class Right:
    """Messages that one act of the customer opened."""

    by: str
    left: int
    until: datetime


@dataclass
class Contact:
    """One customer of the account."""

    follows: bool = True
    rights: list[Right] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    heard_at: datetime | None = None
    typing_until: datetime | None = None


@dataclass(frozen=True)
class Media:
    """Bytes that a customer sent, or the account uploaded under a name."""

    content: bytes
    type: str
    at: datetime
    video: bool = False
    name: str = ""


@dataclass
class Platform:
    """One account. Every public method may be called from several threads."""

    account: Account
    clock: Callable[[], datetime]
    templates: Mapping[str, Template] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)
    media: dict[str, Media] = field(default_factory=dict)
    grants: dict[str, tuple[int, timedelta]] = field(default_factory=lambda: read_grants(QUOTA))

    def __post_init__(self) -> None:
        self.tokens = Tokens(self.clock)
        self.lock = threading.RLock()

    def contact(self, openid: str) -> Contact:
        with self.lock:
            return self.contacts.setdefault(openid, Contact())

    def act(self, openid: str, by: str) -> None:
        """The customer did something: what it opens replaces what the same act opened before."""
        with self.lock:
            contact, now = self.contact(openid), self.clock()
            messages, lasts = self.grants[by]
            contact.rights = [right for right in contact.rights if right.by != by]
            contact.rights.append(Right(by, messages, now + lasts))
            contact.heard_at = now

    def show(self, openid: str, seen: Seen) -> None:
        with self.lock:
            self.contact(openid).seen.append(seen)

    def keep_media(self, content: bytes, type: str, *, video: bool = False, name: str = "") -> str:
        """A new media id of these bytes, good for three days."""
        id = secrets.token_urlsafe(32)
        with self.lock:
            self.media[id] = Media(content, type, self.clock(), video, name)
        return id

    def media_of(self, id: str) -> Media:
        """Raises Refused (40007) for one that is unknown, or gone after three days."""
        found = self.media.get(id)
        if found is None or self.clock() - found.at > MEDIA_KEPT:
            raise Refused(codes.WRONG_MEDIA)
        return found

    def left(self, openid: str) -> int:
        """How many messages WeChat would still take for this customer."""
        with self.lock:
            return sum(right.left for right in self._alive(self.contact(openid)))

    # ---- what the account calls; each returns what is answered beside errcode 0, and may raise Refused

    def stable_token(self, body: Mapping[str, Any]) -> dict[str, Any]:
        if body.get("appid") != self.account.app_id:
            raise Refused(codes.WRONG_APP)
        if body.get("secret") != self.account.secret:
            raise Refused(codes.WRONG_SECRET)
        with self.lock:
            return self.tokens.ask(bool(body.get("force_refresh")))

    def custom_send(self, body: Mapping[str, Any], *, arrives: bool = True) -> dict[str, Any]:
        """A customer service message. `arrives` False: accepted, and the customer never reads it."""
        with self.lock:
            contact = self._known(body)
            if not contact.follows:
                raise Refused(codes.WINDOW)
            seen = self._message(body)
            self._spend(contact)
            contact.typing_until = None
            if arrives:
                contact.seen.append(seen)
        return {}

    def custom_typing(self, body: Mapping[str, Any]) -> dict[str, Any]:
        with self.lock:
            contact, now = self._known(body), self.clock()
            if body.get("command") not in ("Typing", "CancelTyping"):
                raise Refused(codes.WRONG_COMMAND)
            if contact.heard_at is None or now - contact.heard_at > TYPING_AFTER:
                raise Refused(codes.TYPED_UNASKED)
            if body["command"] == "CancelTyping":
                contact.typing_until = None
            elif contact.typing_until is not None and contact.typing_until > now:
                raise Refused(codes.TYPED_TWICE)
            else:
                contact.typing_until = now + TYPING_LASTS
        return {}

    def template_send(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A template message: its fields must be the template's own, none empty and none too long."""
        with self.lock:
            contact = self._known(body)
            names = self.templates.get(str(body.get("template_id")))
            if names is None:
                raise Refused(codes.WRONG_TEMPLATE)
            if not contact.follows:
                raise Refused(codes.UNFOLLOWED)
            told = {name: str(value.get("value", "")) for name, value in dict(body.get("data", {})).items()}
            if set(told) != set(names) or not all(_fits(name, value) for name, value in told.items()):
                raise Refused(codes.WRONG_FIELD)
            words = "\n".join(f"{names[name]} {told[name]}".strip() for name in names)
            contact.seen.append(Seen("template", words, self.clock(), url=str(body.get("url", ""))))
        return {"msgid": 10**15 + secrets.randbelow(10**15)}

    def callback_ips(self) -> dict[str, Any]:
        return {"ip_list": IPS}

    def _known(self, body: Mapping[str, Any]) -> Contact:
        contact = self.contacts.get(str(body.get("touser")))
        if contact is None:
            raise Refused(codes.WRONG_CONTACT)
        return contact

    def _message(self, body: Mapping[str, Any]) -> Seen:
        type = body.get("msgtype")
        if type == "text":
            words = str(body["text"]["content"])
            if len(words.encode()) > LONGEST:
                raise Refused(codes.TOO_LONG)
            return Seen("text", words, self.clock())
        if type == "image":
            id = str(body["image"]["media_id"])
            if not self.media_of(id).type.startswith("image/"):
                raise Refused(codes.WRONG_MEDIA)
            return Seen("image", "", self.clock(), media=id)
        raise Refused(codes.WRONG_TYPE)

    def _alive(self, contact: Contact) -> list[Right]:
        now = self.clock()
        alive = [right for right in contact.rights if right.until > now]
        return sorted(alive, key=lambda right: right.until)

    def _spend(self, contact: Contact) -> None:
        """Count one message; the right that ends first is used first."""
        alive = self._alive(contact)
        if not alive:
            raise Refused(codes.WINDOW)
        usable = [right for right in alive if right.left > 0]
        if not usable:
            raise Refused(codes.SPENT)
        usable[0].left -= 1


def read_grants(path: Path) -> dict[str, tuple[int, timedelta]]:
    """Messages and time by the customer's act, from content/wechat.yml."""
    told = yaml.safe_load(path.read_text("utf-8"))["grants"]
    return {
        name: (grant["messages"], timedelta(hours=grant.get("hours", 0), minutes=grant.get("minutes", 0)))
        for name, grant in told.items()
    }


def read_body(raw: bytes) -> dict[str, Any]:
    """What an account posts. An escaped character is not read as that character: customers see the escape.

    Raises ValueError for what is no JSON object.
    """
    told = json.loads(ESCAPED.sub(rb"\1\\\\u", raw)) if raw else {}
    if not isinstance(told, dict):
        raise ValueError("no JSON object")
    return told


def _fits(name: str, value: str) -> bool:
    kind = re.sub(r"\d+$", "", name)
    return 0 < len(value) <= FIELDS.get(kind, 20)
