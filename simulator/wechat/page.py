"""The page on which a person is a customer of the account. For a demo on one machine: nobody logs in."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from simulator.wechat.answers import Sent
from simulator.wechat.tokens import Refused

if TYPE_CHECKING:
    from simulator.wechat.customers import Customer
    from simulator.wechat.server import Fake

HERE = Path(__file__).resolve().parent
FILES = {"/page.css": "text/css; charset=utf-8", "/page.js": "text/javascript; charset=utf-8"}
PICTURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png"}
"""By their first bytes: what WeChat lets its customers send as a picture."""
OPENID = re.compile(r"o[0-9A-Za-z_-]{8,63}")
LONGEST = 2000
NO = Sent(b"", "text/plain", 404)
WRONG = Sent(b"", "text/plain", 400)
Act = Callable[["Customer", bytes], object]


def words() -> dict[str, str]:
    """What the page and WeChat itself say, by name (words.yml)."""
    told: dict[str, str] = yaml.safe_load((HERE / "words.yml").read_text("utf-8"))
    return told


def answer(fake: Fake, method: str, path: str, query: Mapping[str, str], raw: bytes) -> Sent:
    """Everything of the page: its files, what is on the customer's screen, and what the customer does."""
    if method == "GET" and path == "/":
        return Sent(_html(fake).encode(), "text/html; charset=utf-8")
    if method == "GET" and path in FILES:
        return Sent((HERE / path[1:]).read_bytes(), FILES[path])
    if method == "GET" and path == "/page/media":
        return _media(fake, query.get("id", ""))
    openid, name = query.get("openid", ""), path.removeprefix("/page/")
    if not OPENID.fullmatch(openid):
        return NO
    if method == "GET" and name == "seen":
        return _seen(fake, openid, query.get("after", ""))
    if method == "POST" and name in ACTS:
        try:
            ACTS[name](fake.customer(openid), raw)
        except (ValueError, KeyError, TypeError):
            return WRONG
        return Sent(b"{}")
    return NO


def _html(fake: Fake) -> str:
    text = fake.words
    slots = {name: html.escape(value) for name, value in text.items()}
    slots["words"] = json.dumps(text, ensure_ascii=False).replace("<", "\\u003c")
    slots["desk_link"] = ""
    if fake.desk_url:
        address = html.escape(fake.desk_url)
        slots["desk_link"] = f'<p><a href="{address}" target="_blank" rel="noopener">{slots["desk"]}</a></p>'
    return re.sub(r"\{\{(\w+)\}\}", lambda slot: slots[slot[1]], (HERE / "page.html").read_text("utf-8"))


def _seen(fake: Fake, openid: str, after: str) -> Sent:
    """What came on the screen after the first `after` things, and how things stand."""
    contact, start = fake.platform.contact(openid), int(after) if after.isdecimal() else 0
    typing = contact.typing_until is not None and contact.typing_until > fake.clock()
    told = [
        {"kind": one.kind, "words": one.words, "mine": one.mine, "url": one.url, "media": one.media}
        | {"at": one.at.isoformat()}
        for one in contact.seen[start:]
    ]
    state = {"typing": typing, "follows": contact.follows, "left": fake.platform.left(openid)}
    return Sent(json.dumps({"seen": told, "after": start, **state}, ensure_ascii=False).encode())


def _media(fake: Fake, id: str) -> Sent:
    try:
        media = fake.platform.media_of(id)
    except Refused:
        return NO
    return Sent(media.content, media.type)


def _says(customer: Customer, raw: bytes) -> None:
    text = _told(raw)["words"]
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST:
        raise ValueError("no words")
    customer.says(text)


def _photo(customer: Customer, raw: bytes) -> None:
    type = next((type for first, type in PICTURES.items() if raw.startswith(first)), None)
    if type is None:
        raise ValueError("no picture")
    customer.sends_image(raw, type)


def _told(raw: bytes) -> dict[str, Any]:
    told = json.loads(raw)
    if not isinstance(told, dict):
        raise ValueError("no JSON object")
    return told


ACTS: dict[str, Act] = {
    "says": _says,
    "photo": _photo,
    "taps": lambda customer, raw: customer.taps(str(_told(raw)["key"])),
    "follows": lambda customer, raw: customer.follows(),
    "leaves": lambda customer, raw: customer.leaves(),
}
