"""A push from WeChat, read: XML or JSON, as the account is set (Tencent, "Receiving standard messages")."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

EVENT = "event"
NEEDED = ("ToUserName", "FromUserName", "CreateTime", "MsgType")
LATEST = 253402300799
"""The last second of the year 9999: what a date can hold."""
DIGITS = len(str(LATEST))


class Unreadable(Exception):
    """Signed by WeChat, and not a push as described: kept as it came, for people to look at."""


@dataclass(frozen=True)
class Push:
    """One message or event. `fields` are its elements by WeChat's names, as text."""

    openid: str
    type: str
    at: datetime
    fields: Mapping[str, str]

    @property
    def event(self) -> str:
        return self.fields.get("Event", "").lower() if self.type == EVENT else ""

    def key(self, account: str) -> str:
        """The same for every delivery of this push, and for no other.

        A message has an id. An event has none: two taps in one second differ by their key alone. A message
        without its id, which WeChat does not send, is known by all that it says.
        """
        if self.type != EVENT and self.fields.get("MsgId"):
            return f"wechat:{account}:{self.fields['MsgId']}"
        told = (
            ("FromUserName", "CreateTime", "Event", "EventKey") if self.type == EVENT else sorted(self.fields)
        )
        joined = "\0".join([account, self.type, *(self.fields.get(name, "") for name in told)])
        return "wechat:event:" + hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def sealed_in(body: bytes) -> str:
    """What is encrypted in the body of a request. Raises Unreadable."""
    return read_fields(_text(body)).get("Encrypt", "")


def read(text: str) -> Push:
    """The push in a decrypted text. Raises Unreadable: something is missing, or there twice, or no such
    format."""
    fields = read_fields(text)
    missing = [name for name in NEEDED if not fields.get(name)]
    if missing:
        raise Unreadable(f"without {missing[0]}")
    made = fields["CreateTime"]
    if not (made.isascii() and made.isdigit() and len(made) <= DIGITS and int(made) <= LATEST):
        raise Unreadable("CreateTime is no time")
    return Push(fields["FromUserName"], fields["MsgType"], datetime.fromtimestamp(int(made), UTC), fields)


def read_fields(text: str) -> dict[str, str]:
    """The elements at the top of an XML or JSON text; what is nested stays one text. Raises Unreadable."""
    return _json(text) if text.lstrip().startswith("{") else _xml(text)


def _json(text: str) -> dict[str, str]:
    """Numbers keep their digits: a MsgId has 64 bits."""
    try:
        told = json.loads(text, parse_int=str, parse_float=str, object_pairs_hook=_once)
        if not isinstance(told, dict):
            raise Unreadable("no JSON object")
        return {whole(name): _said(value) for name, value in told.items()}
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"no JSON ({type(error).__name__})") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise Unreadable("an element is there twice")
    return dict(pairs)


def _said(value: Any) -> str:
    if isinstance(value, str):
        return whole(value)
    return "" if value is None else whole(json.dumps(value, ensure_ascii=False))


def whole(text: str) -> str:
    """The text without halves of characters (\\ud83d alone in JSON), which nothing can store or send."""
    return text.encode("utf-8", "replace").decode()


def _xml(text: str) -> dict[str, str]:
    """A document type, with or without entities, is refused before anything is expanded."""
    try:
        root: Element = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, RecursionError) as error:
        raise Unreadable(f"no XML ({type(error).__name__})") from None
    children = list(root)
    if len({child.tag for child in children}) != len(children):
        raise Unreadable("an element is there twice")
    return {child.tag: _inside(child) for child in children}


def _inside(element: Element) -> str:
    """An element's own text; of one with elements in it, the texts inside, one to a line."""
    if not len(element):
        return element.text or ""
    return "\n".join(part.strip() for part in element.itertext() if part.strip())


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Unreadable("not UTF-8") from None
