"""Options by number: written as lines, understood while they are before the customer's eyes."""

from __future__ import annotations

import pytest

from store import handoffs, messages


def heard(talk):
    with talk.house.db.reading() as conn:
        found = messages.of_complaint(conn, talk.row.complaint_id)
        return [(row.words, row.typed) for row in found if row.author == "customer"]


def offer(talk):
    """The assistant offers a person."""
    talk.customer.follows()
    talk.work()
    assert talk.read()[-1].endswith("\n回复1：转人工")


@pytest.mark.parametrize("typed", ["1", "１", "一", "1.", "回复1"])
def test_a_number_is_the_option_and_what_was_typed_is_kept_beside_it(talk, typed):
    offer(talk)
    talk.says(typed)
    assert heard(talk) == [("转人工", typed)]
    with talk.house.db.reading() as conn:
        assert handoffs.open_of(conn, talk.id) is not None or "打给您" in talk.read()[-1]


def test_a_number_that_no_option_has_is_a_number(talk):
    offer(talk)
    talk.says("2")
    assert heard(talk) == [("2", None)]


def test_a_number_means_nothing_once_something_else_was_said(talk):
    offer(talk)
    talk.says("洗衣机漏水", answered=False)
    talk.says("1", answered=False)
    assert heard(talk)[-1] == ("1", None)


def test_a_number_means_nothing_before_the_options_were_sent(talk):
    offer(talk)
    talk.notice()
    talk.says("1", answered=False)
    assert heard(talk)[-1] == ("1", None)


def test_a_number_means_nothing_after_a_message_without_options(talk):
    offer(talk)
    talk.notice()
    talk.work()
    talk.says("1", answered=False)
    assert heard(talk)[-1] == ("1", None)


def test_the_same_number_delivered_again_changes_nothing(talk):
    offer(talk)
    talk.customer.says("1", repeat=2)
    talk.turn()
    assert heard(talk) == [("转人工", "1")]
