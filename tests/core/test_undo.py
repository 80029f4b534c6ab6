"""Ten seconds, and what a press may take to arrive."""

from datetime import UTC, datetime, timedelta

import pytest

from core.undo import in_time

DONE = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "may"), [(0, True), (10, True), (12, True), (12.1, False), (3600, False)]
)
def test_ten_seconds_and_a_little_for_the_way(seconds, may):
    assert in_time(DONE, DONE + timedelta(seconds=seconds)) is may


def test_what_is_yet_to_be_done_cannot_be_undone():
    assert not in_time(DONE, DONE - timedelta(minutes=1))
