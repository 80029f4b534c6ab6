"""How many streams may be open, and whether this process may hold so many files."""

from __future__ import annotations

import resource

import pytest

from reception import live
from reception.live import Full, NoRoom, Streams, room_for

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


def test_a_replaced_stream_is_woken_and_counts_until_it_has_left():
    streams, woken = Streams(10, per_reader=2), []
    first, second = streams.enter("a"), streams.enter("a")
    first.on_replaced(lambda: woken.append("first"))
    with pytest.raises(Full):
        streams.enter("a")
    third = streams.enter("a", instead=True)
    assert (first.replaced, second.replaced, third.replaced) == (True, False, False)
    assert woken == ["first"]
    assert streams.open == 3
    first.leave()
    first.leave()
    assert streams.open == 2


def test_streams_that_were_replaced_never_eat_the_threads():
    """However often pages are changed while nothing ends: no more than twice a reader's own, or than all."""
    streams = Streams(7, per_reader=2)

    def enters(reader):
        try:
            return streams.enter(reader, instead=True)
        except Full:
            return None

    of_a = [enters("a") for _ in range(20)]
    assert streams.open == 4
    assert [enters(reader) is not None for reader in "bcde"] == [True, True, True, False]
    assert streams.open == 7
    for place in of_a:
        if place is not None and place.replaced:
            place.leave()
    assert enters("d") is not None
