"""Before words go to a customer: is there one that nobody should say, or do they ask for what was told?
The page shows what was found; asked for a second time, the same words are sent."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from flask import make_response, render_template, request

from core.asking import FIELDS, asked_for
from desk.door import house
from desk.forms import row_of
from desk.queue import names, show
from desk.story.known import Fact, callback_of, facts_of
from reception.wording import NeverSaid
from store import record

KEPT = ("key", "sequence", "means", "purpose")


@dataclass(frozen=True)
class Found:
    """What speaks against these words: words that nobody says, and facts that they ask for once more."""

    never: tuple[NeverSaid, ...] = ()
    told: tuple[Fact, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.never or self.told)


def against(number: str, words: str) -> Found:
    """What was found; nothing once the same words were asked for a second time."""
    given = request.form.get("anyway", "").encode("utf-8", "surrogatepass")
    if hmac.compare_digest(given, digest(words).encode()):
        return Found()
    return Found(house().content.warn(words), _told(number, words))


def _told(number: str, words: str) -> tuple[Fact, ...]:
    """Facts that these words ask for although the customer has told them, in whatever channel."""
    row = row_of(number)
    with house().db.reading() as conn:
        whole = record.whole(conn, row.id)
        facts = {fact.field: fact for fact in facts_of(conn, row.id, show(), names(conn)) if fact.value}
    callback = callback_of(whole["customer"])
    if callback and "phone" not in facts:
        facts["phone"] = _known("phone", callback["shown"], callback["by"])
    files = [file["name"] for file in whole["evidence"] if file["kind"] == "photo"]
    if files:
        facts["evidence"] = _known("evidence", show().content.page("desk.joiner").join(files), "")
    known = {field: _values(facts[field]) for field in FIELDS if field in facts}
    return tuple(facts[field] for field in asked_for(words, house().content.asking, known))


def _known(field: str, line: str, by: str) -> Fact:
    return Fact(field, "", [line], by, "", "", None, "", [])


def _values(fact: Fact) -> list[str]:
    """Texts whose presence shows that a value is read back: as said, and a number's last four digits."""
    value = fact.value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
    texts = [part for part in parts if isinstance(part, str)] + fact.lines
    return texts + [text[-4:] for text in texts if text[-4:].isdigit()]


def ask_first(number: str, words: str, found: Found, act: str) -> Any:
    """The words once more, with what speaks against them, to be changed or sent as they are."""
    kept = {name: request.form[name] for name in KEPT if name in request.form}
    about: dict[str, Any] = {"row": row_of(number), "words": words, "anyway": digest(words), "show": show()}
    page = render_template(
        "desk/warned.html", kept=kept, act=act, warnings=found.never, told=found.told, **about
    )
    return make_response(page, 422)


def digest(words: str) -> str:
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:16]
