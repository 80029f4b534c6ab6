"""Facts reach the real store, once for each message, under the complaint of the conversation."""

from datetime import UTC, datetime

import pytest

from actions import keep
from store import complaints, conversations, customers, facts, messages
from store.db import Database

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def database(tmp_path, monkeypatch):
    made = Database(f"sqlite:///{tmp_path / 'jiesu.db'}")
    made.migrate()
    monkeypatch.setattr(keep, "_database", lambda: made)
    yield made
    made.close()


@pytest.fixture
def complaint(database):
    """The complaint of a conversation that Rasa knows as `sender`, and its first message."""
    with database.writing() as conn:
        customer = customers.known_as(conn, "cookie", "c", NOW)
        row = conversations.start(conn, id="c1", channel="web", customer_id=customer, sender="sender", at=NOW)
        made = complaints.open_draft(
            conn, draw=lambda: "3820471683", channel="web", customer_id=customer, at=NOW, conversation_id="c1"
        )
        conversations.change(conn, "c1", complaint_id=made)
        heard = messages.hear(conn, conversation=row, complaint_id=made, key="k", words="x", at=NOW)
    return made, str(heard)


def stored(database, complaint):
    with database.reading() as conn:
        return {field: (row.value, row.by) for field, row in facts.current(conn, complaint).items()}


def test_a_repeated_call_changes_nothing(database, complaint):
    made, message = complaint
    keep.learn("sender", message, {"story": "漏水", "phone": None})
    keep.learn("sender", message, {"story": "别的"})
    assert stored(database, made) == {"story": ("漏水", "assistant")}


def test_without_a_message_nothing_is_kept(database, complaint):
    keep.learn("sender", None, {"story": "漏水"})
    assert stored(database, complaint[0]) == {}
