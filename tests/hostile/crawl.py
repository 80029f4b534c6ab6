"""Visits every page that a page leads to, looks at each, and sends every form with a hostile text in it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from openpyxl import load_workbook
from pypdf import PdfReader

from tests.hostile.payloads import FORMULA, turned

TEXT_INPUTS = ("text", "search", "tel", "email", "url", "password", "")
SKIPPED = re.compile(
    r"/desk/(stream|logout|language|password|presence|beat|live|second-factor|sso)|/(reset|disable|sessions|recuse|recusal)"
)
"""Streams that do not end, and what would end the visit: logging out, another language, a lost account."""
OWN_SCRIPTS = ("/desk/static/", "/static/", "/chat/static/")
ACTING = ("iframe", "object", "embed", "base", "style", "frame", "applet")
LINKS = ("href", "src", "action", "formaction", "xlink:href", "data", "poster", "background")
WHEN = {"number": "1", "time": "10:00", "date": "2026-03-09", "datetime-local": "2026-03-09T10:00"}
TELEPHONE = "13800138000"
MOST_PAGES = 80
NUMBERS = re.compile(r"\d+|[A-Za-z0-9_-]{20,}")


@dataclass
class Form:
    """A form as the page offers it; `fields`: (name, type, value, choices)."""

    action: str
    method: str
    fields: list[tuple[str, str, str, list[str]]] = field(default_factory=list)

    @property
    def kind(self) -> tuple[str, tuple[str, ...]]:
        """The same for the same form on another row."""
        return NUMBERS.sub("#", urlsplit(self.action).path), tuple(sorted({name for name, *_ in self.fields}))

    @property
    def takes_words(self) -> bool:
        return any(kind in ("textarea", *TEXT_INPUTS) for _, kind, _, _ in self.fields)

    def filled(self, text: str, telephone: str = "") -> dict[str, str]:
        """What is sent when everything that takes words is given this text; with `telephone`, fields for a
        number get that one."""
        sent: dict[str, str] = {}
        for name, kind, value, choices in self.fields:
            if kind == "tel" and telephone:
                sent[name] = telephone
            elif kind in ("textarea", *TEXT_INPUTS):
                sent[name] = text
            elif kind == "select":
                sent[name] = next((choice for choice in choices if choice), "")
            elif kind in ("radio", "checkbox"):
                sent.setdefault(name, value or "on")
            elif kind in WHEN:
                sent[name] = value or WHEN[kind]
            elif kind != "file":
                sent[name] = value
        return sent


class Reader(HTMLParser):
    """What a page leads to, its forms, its text, and whatever in it could act by itself."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.bad: list[str] = []
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.text: list[str] = []
        self._form: Form | None = None
        self._raw = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._judge(tag, given)
        for name in ("href", "src", "data-src"):
            if given.get(name, "").startswith("/"):
                self.links.append(given[name])
        if tag == "form":
            action, method = given.get("action", "") or self.page, given.get("method", "get").lower()
            self._form = Form(action, method)
            self.forms.append(self._form)
        if tag in ("textarea", "script", "style"):
            self._raw += 1
        self._field(tag, given)

    def _judge(self, tag: str, given: dict[str, str]) -> None:
        own = given.get("src", "").startswith(OWN_SCRIPTS)
        if tag in ACTING or (tag == "script" and not own) or "http-equiv" in given:
            self.bad.append(tag)
        self.bad += [name for name in given if name.startswith("on") or name in ("style", "srcdoc")]
        for name in LINKS:
            link = given.get(name, "").strip().lower()
            if link and not link.startswith(("/", "#", "?", "tel:")):
                self.bad.append(f"{tag} {name}={link[:40]}")

    def _field(self, tag: str, given: dict[str, str]) -> None:
        if self._form is None:
            return
        name = given.get("name", "")
        if tag == "option" and self._form.fields and self._form.fields[-1][1] == "select":
            self._form.fields[-1][3].append(given.get("value", ""))
        elif not name or "disabled" in given:
            return
        elif tag in ("textarea", "select"):
            self._form.fields.append((name, tag, "", []))
        elif tag in ("input", "button"):
            kind = given.get("type", "") if tag == "input" else "hidden"
            self._form.fields.append((name, kind, given.get("value", ""), []))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if tag in ("textarea", "script", "style"):
            self._raw -= 1

    def handle_data(self, data: str) -> None:
        if not self._raw:
            self.text.append(data)

    @property
    def hidden(self) -> set[str]:
        """Characters in the page's text that hide or turn text round."""
        return {f"U+{ord(one):04X}" for one in "".join(self.text) if turned(one)}


@dataclass
class Crawl:
    """One person's walk over everything that their pages lead to. `faults`: (where, what); `taken`: the forms
    that were accepted."""

    client: Any
    faults: list[tuple[str, Any]] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    forms: dict[Any, Form] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def walk(self, *starts: str) -> None:
        """Every page from here on, each kind of address a few times."""
        todo = list(starts)
        kinds: dict[str, int] = {}
        while todo and len(self.seen) < MOST_PAGES:
            path = urldefrag(todo.pop(0)).url
            kind = NUMBERS.sub("#", path.partition("?")[0])
            if path in self.seen or SKIPPED.search(path) or kinds.get(kind, 0) >= 6:
                continue
            kinds[kind] = kinds.get(kind, 0) + 1
            todo += self.look(path, self.client.get(path))

    def see(self, *paths: str) -> None:
        """These pages, and no other."""
        for path in paths:
            self.look(path, self.client.get(path))

    def look(self, path: str, answer: Any) -> list[str]:
        """Judge an answer; the addresses it leads to."""
        self.seen[path] = answer.status_code
        if answer.status_code >= 500 and answer.status_code != 503:
            self.faults.append((path, answer.status_code))
        for value in answer.headers.values():
            if "\n" in value or "Set-Cookie: a=b" in value:
                self.faults.append((path, "a header from outside"))
        if answer.status_code in (301, 302, 303):
            return [answer.headers["Location"]] if answer.headers["Location"].startswith("/") else []
        judge = {
            "text/html": self._html,
            "application/pdf": self._pdf,
            "text/csv": self._csv,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": self._xlsx,
        }.get(answer.mimetype)
        return judge(path, answer.data) if judge else []

    def _html(self, path: str, content: bytes) -> list[str]:
        page = Reader(path)
        body = re.sub(r"<noscript>.*?</noscript>", "", content.decode(), flags=re.S)
        page.feed(body)
        self.faults += [(path, bad) for bad in page.bad] + [(path, one) for one in sorted(page.hidden)]
        self.shown[path] = "".join(page.text)
        for form in page.forms:
            form.action = urljoin(path, form.action)
            if form.method == "post" and not SKIPPED.search(form.action):
                self.forms.setdefault(form.kind, form)
        return [urljoin(path, link) for link in page.links if "/static/" not in link]

    def _pdf(self, path: str, content: bytes) -> list[str]:
        pages = PdfReader(io.BytesIO(content)).pages
        self.shown[path] = "".join("".join(page.extract_text().split()) for page in pages)
        return []

    def _csv(self, path: str, content: bytes) -> list[str]:
        for cell in cells_of_csv(content):
            if cell.startswith(FORMULA):
                self.faults.append((path, cell[:40]))
        return []

    def _xlsx(self, path: str, content: bytes) -> list[str]:
        for cell in cells_of_xlsx(content):
            if cell.data_type == "f" or cell.hyperlink:
                self.faults.append((path, str(cell.value)[:40]))
        return []

    def send_all(self, text: str, token: str, sequence: Callable[[], str] = str) -> None:
        """Send every form that takes words, twice: with the `sequence` that the complaint has by then and a
        telephone number where one belongs; then as it stood on its page, which may be refused with what was
        typed."""
        for kind, form in list(self.forms.items()):
            if not form.takes_words:
                continue
            likely = form.filled(text, TELEPHONE)
            if "sequence" in likely:
                likely["sequence"] = sequence()
            for sent in (likely, form.filled(text)):
                answer = self.client.post(form.action, data={**sent, "csrf_token": token})
                self.look(f"POST {kind[0]}", answer)
                if answer.status_code == 303:
                    self.taken.add(kind[0])


def cells_of_csv(content: bytes) -> Iterator[str]:
    for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))):
        yield from row


def cells_of_xlsx(content: bytes) -> Iterator[Any]:
    book = load_workbook(io.BytesIO(content))
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            yield from row
