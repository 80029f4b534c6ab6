"""A message of WeChat customer service as it is pulled: who wrote, which type, what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from wechat.push import LATEST, Unreadable, whole

CUSTOMER, SYSTEM = 3, 4
"""Who a message comes from (`origin`); 5 is a colleague in WeCom's own client."""
EVENT = "event"
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""Of an account or a customer."""
TEXT = "text"
MEDIA = frozenset({"image", "voice", "video", "file"})
KNOWN = frozenset({TEXT, "location", "link", "miniprogram", "business_card", *MEDIA})


@dataclass(frozen=True)
class Message:
    """One message or event. `inside`: what stands under its type's name."""

    id: str
    account: str
    user: str
    type: str
    origin: int
    at: datetime
    inside: Mapping[str, Any]

    @property
    def event(self) -> str:
        return self.told("event_type") if self.type == EVENT else ""

    def told(self, name: str) -> str:
        """An element as text, "" when it is missing."""
        value = self.inside.get(name)
        return "" if value is None else whole(str(value))

    @property
    def words(self) -> str:
        """The customer's words; of a place or a link, what the customer sees of it. Links are never
        fetched."""
        if self.type == TEXT:
            return self.told("content")
        if self.type == "location":
            where = " ".join(filter(None, (self.told("name"), self.told("address"))))
            return f"{where} ({self.told('latitude')}, {self.told('longitude')})".strip()
        names = {"link": ("title", "desc", "url"), "miniprogram": ("title",), "business_card": ("userid",)}
        return "\n".join(filter(None, map(self.told, names.get(self.type, ()))))


def read(given: Mapping[str, Any], account: str) -> Message:
    """The message in one element of a page of this account. Raises Unreadable."""
    id, type, made = given.get("msgid"), given.get("msgtype"), given.get("send_time")
    if not (isinstance(id, str) and id and isinstance(type, str) and type):
        raise Unreadable("without msgid or msgtype")
    if not (isinstance(made, int) and 0 <= made <= LATEST):
        raise Unreadable("send_time is no time")
    inside = given.get(type)
    inside = inside if isinstance(inside, dict) else {}
    user = given.get("external_userid") or inside.get("external_userid") or ""
    if not (isinstance(user, str) and (ID.fullmatch(user) or (type == EVENT and not user))):
        raise Unreadable("without external_userid")
    origin = given.get("origin")
    at = datetime.fromtimestamp(made, UTC)
    return Message(whole(id), account, user, type, origin if isinstance(origin, int) else 0, at, inside)


def shown(given: Mapping[str, Any]) -> str:
    """The message as it came, for people to look at."""
    return whole(json.dumps(given, ensure_ascii=False, sort_keys=True, indent=1))
