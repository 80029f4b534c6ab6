"""Whatever anybody writes shows as text: in messages, facts, names, notes, files and words that decided."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from core import events as names
from store import complaints, events, facts, files, notes
from tests.fakes.complaints import NOON, complaint

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus='alert(1)",
    "</textarea><script>alert(1)</script>",
    "<svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    '<!--<img src="--><img src=x onerror=alert(1)//">',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    '=HYPERLINK("http://evil.example")',
    "</title><style>*{display:none}</style>",
    "\u202egnp.exe\u202c",
    "\x1b[31m\x07",
]
FIELDS = [
    "story",
    "name",
    "missing",
    "phone",
    "reference",
    "wanted",
    "happened",
    "loss_claimed",
    "issues",
    "core_issue",
]
SHAPES = {
    "reference": lambda x: {"kind": x, "value": x, "words": x},
    "wanted": lambda x: {"kinds": [x], "words": x},
    "happened": lambda x: {"words": x, "value": x},
    "loss_claimed": lambda x: [{"amount": 1, "words": x}],
    "issues": lambda x: [{"category": x, "cue": x}],
    "core_issue": lambda x: {"text": x, "confirmed": True},
}


#: What is sent back as it was typed: there a mark would change it.
FORMS = r"<textarea.*?</textarea>|(data-use| value)=\"[^\"]*\""


class Reader(HTMLParser):
    """Notes every element that could act, and every attribute that could."""

    def __init__(self):
        super().__init__()
        self.bad = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        own = tag == "svg" and given.get("class") == "moods"
        if (
            tag in ("script", "style", "svg", "iframe")
            and not own
            and not str(given.get("src", "")).startswith("/desk/static")
        ):
            self.bad.append(tag)
        self.bad += [name for name in given if name.startswith("on") or name == "style"]
        links = [given.get(name) or "" for name in ("href", "src", "action", "formaction")]
        self.bad += [link for link in links if link.lower().startswith(("javascript", "data", "http"))]


def poisoned(house, text):
    """A complaint with this text wherever text can stand."""
    with house.db.writing() as conn:
        id = complaint(conn, 1)
        conn.exec_driver_sql("UPDATE messages SET words = ?", (text,))
        for field in FIELDS:
            value = SHAPES.get(field, lambda x: x)(text)
            facts.learn(conn, id, field, [value], by="answer", at=NOON)
            facts.learn(conn, id, field, value, by="rule", at=NOON)
        about: dict[str, Any] = {"level": 3, "rule": text, "words": [text], "by": text, "at": NOON}
        for kind in ("tier", "flag", "mood"):
            complaints.signal(conn, id, kind=kind, code=text if kind == "flag" else "3", **about)
        conn.exec_driver_sql("UPDATE users SET public_name = ?", (text,))
        user = conn.exec_driver_sql("SELECT id FROM users WHERE login = 'agent'").scalar_one()
        complaints.change(conn, id, tier=3, department=text, owner_id=user, taken_at=NOON)
        notes.add(conn, id, user, text, NOON)
        photo: dict[str, Any] = {"kind": "photo", "name": text, "type": text, "size": 1, "sha256": "f" * 64}
        files.keep(conn, id="f1", complaint_id=id, conversation_id="chat-1", message_id=1, at=NOON, **photo)
        events.append(conn, names.SUPERVISOR_PAGED, NOON, complaint_id=id, reason=text)
        events.append(conn, names.STATE_MOVED, NOON, complaint_id=id, user_id=user, to=text, reason=text)
        return complaints.get(conn, id)


@pytest.mark.parametrize("text", PAYLOADS)
def test_it_shows_as_text_on_every_page(text, house, at_desk, app):
    page = at_desk("admin_agent")
    row = poisoned(house, text)
    where = f"/desk/complaints/{row.number}"
    shown = [page.get(path) for path in ("/desk/", where, "/desk/people")]
    shown.append(page.post(f"{where}/tier", level=2, reason=text, sequence=1))
    shown.append(page.post(f"{where}/say", words=f"{text} 马上", key="k"))
    shown.append(page.post(f"{where}/say", words=f"{text} 好", key="k"))
    assert [answer.status_code for answer in shown] == [200, 200, 200, 409, 422, 409]
    for answer in shown:
        body = answer.get_data(as_text=True)
        reader = Reader()
        reader.feed(re.sub(r"<noscript>.*?</noscript>", "", body))
        assert reader.bad == []
        assert "\u202e" not in re.sub(FORMS, "", body, flags=re.S)
        assert "49" not in re.findall(r"\{\{ 7 \* 7 \}\}|\b49\b(?=\{% raw)", body)


def test_marks_are_visible(house, at_desk):
    page = at_desk()
    row = poisoned(house, "\u202egnp.exe\u202c\x07")
    text = page.get(f"/desk/complaints/{row.number}").get_data(as_text=True)
    assert "[U+202E]gnp.exe[U+202C][U+0007]" in text


def test_no_template_lets_raw_text_through():
    for path in (Path(__file__).parents[2] / "desk" / "templates").rglob("*.html"):
        text = path.read_text("utf-8")
        for forbidden in (
            "|safe",
            "| safe",
            "autoescape false",
            "<style",
            "style=",
            " onclick",
            "javascript:",
        ):
            assert forbidden not in text, (path.name, forbidden)
