"""How many streams may be open, and whether this process may hold so many files."""

from __future__ import annotations

import resource

import pytest

from reception import live
from reception.live import NoRoom, room_for

UNLIMITED = resource.RLIM_INFINITY


@pytest.fixture
def limits(monkeypatch):
    """The limits of open files, as a system would keep them."""
    kept = {"soft": 1024, "hard": 20_000}
    monkeypatch.setattr(live.resource, "getrlimit", lambda _which: (kept["soft"], kept["hard"]))
    monkeypatch.setattr(live.resource, "setrlimit", lambda _which, both: kept.update(soft=both[0]))
    return kept


def test_the_soft_limit_is_raised_as_far_as_needed(limits):
    room_for(4000)
    assert limits["soft"] == 4000 + live.OTHER_FILES
    room_for(10)
    assert limits["soft"] == 4000 + live.OTHER_FILES


def test_a_hard_limit_that_is_too_low_is_told_in_words(limits):
    limits["hard"] = 4096
    with pytest.raises(NoRoom, match="ulimit -Hn 5000"):
        room_for(4000)


def test_without_limits_there_is_room(limits):
    limits.update(soft=UNLIMITED, hard=UNLIMITED)
    room_for(9000)
    assert limits["soft"] == UNLIMITED
