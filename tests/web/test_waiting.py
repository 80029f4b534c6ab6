"""Whoever waits in the chat knows the place and, when recent waits are known, the minutes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from store import complaints, conversations, customers, handoffs
from web import news

STORY = "订的冰箱约好昨天送，今天才到，门上还有凹陷"


@pytest.fixture
def queue(house):
    """Puts somebody into the queue; the answer is the handoff."""

    def ask(n, at, ended=None):
        with house.db.writing() as conn:
            id = f"waits-{n}"
            who = customers.known_as(conn, "cookie", id, at)
            conversations.start(conn, id=id, channel="web", customer_id=who, sender=id, at=at)
            of = complaints.open_draft(
                conn,
                draw=lambda: f"{n:010d}",
                channel="web",
                customer_id=who,
                at=at,
                conversation_id=id,
            )
            made = handoffs.ask(conn, conversation_id=id, complaint_id=of, reason="asked", at=at)
            if ended is not None:
                handoffs.change(conn, made, accepted_at=ended, ended_at=ended)
        return made

    return ask


def waits(customer, house):
    """The customer asks for a person; how it stands then."""
    id = customer.post("/chat/messages", json={"text": STORY}).json["conversation"]
    with house.db.writing() as conn:
        row = conversations.fetch(conn, id)
        handoffs.ask(
            conn, conversation_id=id, complaint_id=row.complaint_id, reason="asked", at=house.clock()
        )
        conversations.change(conn, id, speaker="waiting")
    return lambda: news.quiet(house, id, 0).standing


def test_the_place_is_counted_as_the_desk_sorts(customer, house, queue):
    now = house.clock()
    earlier = queue(1, now - timedelta(minutes=3))
    queue(2, now + timedelta(minutes=3))
    standing = waits(customer, house)
    assert (standing().ahead, standing().minutes) == (1, None)
    with house.db.writing() as conn:
        later = handoffs.waiting(conn)[-1]
        complaints.change(conn, later.complaint_id, tier=3)
    assert standing().ahead == 2  # the graver one goes first
    with house.db.writing() as conn:
        handoffs.end(conn, earlier, "customer_left", now)
    assert standing().ahead == 1
    with house.db.reading() as conn:
        for place, row in enumerate(handoffs.waiting(conn)):
            assert handoffs.ahead_of(conn, row.id) == handoffs.places_of(conn)[row.conversation_id] == place
        assert handoffs.ahead_of(conn, earlier) == 0


def test_minutes_are_told_once_three_waits_are_known(customer, house, queue):
    now = house.clock()
    queue(1, now - timedelta(minutes=3))
    standing = waits(customer, house)
    for n, seconds in enumerate([60, 120, 600], start=2):
        assert standing().minutes is None
        began = now - timedelta(minutes=30)
        queue(n, began, began + timedelta(seconds=seconds))
    assert standing().minutes == 4  # a median of two minutes, for two people
    page = customer.get("/").get_data(as_text=True)
    assert "前面还有 1 位，大约 4 分钟" in page
