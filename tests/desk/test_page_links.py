"""Withdrawing the links to a customer's page at the desk, and lines that were written there."""

from __future__ import annotations

import pytest

from core import case
from core import events as names
from store import case_links, complaints, conversations, events, messages, record


@pytest.fixture
def page(customer, at_desk):
    customer.says("送来的沙发坏了，我要退款，电话13800138000")
    return at_desk()


def test_an_agent_withdraws_them_with_a_reason(page, customer, house):
    assert page.post(f"{customer.page}/end-links", reason="<b>发错了人").status_code == 303
    with house.db.reading() as conn:
        assert case_links.ended(conn, customer.complaint.id) == 1
        kept = [one.name for one in events.of_complaint(conn, customer.complaint.id)]
    assert names.CASE_LINKS_ENDED in kept
    text = page.get(customer.page).get_data(as_text=True)
    assert house.content.label("events", "case_links_ended") in text
    assert "&lt;b&gt;发错了人" in text
    assert "<b>发错了人" not in text


def test_without_a_reason_nothing_is_withdrawn(page, customer, house):
    assert page.post(f"{customer.page}/end-links", reason=" ").status_code == 400
    with house.db.reading() as conn:
        assert case_links.ended(conn, customer.complaint.id) == 0


def test_it_asks_for_no_new_number_of_the_complaint_in_the_form(page, customer, house):
    """Withdrawing twice at once is harmless: both are kept, and neither save is stale."""
    for _ in range(2):
        assert page.post(f"{customer.page}/end-links", reason="转给了别人").status_code == 303
    with house.db.reading() as conn:
        assert case_links.ended(conn, customer.complaint.id) == 2


@pytest.mark.parametrize(
    ("key", "source"),
    [
        (case.line_key("link", 1, "a"), "page_link"),
        (case.line_key("number", 1, "a"), "page_number"),
        ("case:1:a", "page"),
        ("web:1", None),
        (None, None),
    ],
)
def test_a_line_from_the_customers_page_is_marked(page, customer, house, key, source):
    with house.db.writing() as conn:
        row = complaints.get(conn, customer.complaint.id)
        chat = conversations.fetch(conn, conversations.written_of(conn, row.id))
        messages.hear(
            conn, conversation=chat, complaint_id=row.id, key=key, words="门还在漏", at=house.clock()
        )
    with house.db.reading() as conn:
        told = record.whole(conn, customer.complaint.id)["words"][-1]
    assert (told["words"], told["source"]) == ("门还在漏", source)
    line = page.get(customer.page).get_data(as_text=True).split("门还在漏")[0].rpartition("<header>")[2]
    named = [house.content.label("line_sources", one) for one in ("page_link", "page_number", "page")]
    assert ([one for one in named if one in line] != []) is (source is not None)
