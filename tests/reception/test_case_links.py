"""Signed links: good for one complaint and for so long, short, and not to be read or changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reception.case_links import LENGTH, BadLink, Expired, Links

AT = datetime(2026, 10, 12, 4, 0, tzinfo=UTC)
LINKS = Links("one secret of our own", "https://complaints.example.com", timedelta(days=180))
NEVER = lambda _complaint: 0  # noqa: E731
DATES = datetime(2020, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001 - as hypothesis wants them


def token(links: Links = LINKS, complaint: int = 7, at: datetime = AT) -> str:
    return links.url(complaint, at).rpartition("/")[2]


def test_a_link_is_short_and_names_its_complaint() -> None:
    assert LINKS.url(7, AT) == f"https://complaints.example.com/c/{token()}"
    assert LINKS.path(7, AT) == f"/c/{token()}"
    assert len(token()) == LENGTH == 24
    assert LINKS.read(token(), AT, NEVER) == 7


@given(st.integers(1, 2**32 - 1), st.datetimes(*DATES, timezones=st.just(UTC)))
def test_every_complaint_has_its_own(complaint: int, at: datetime) -> None:
    assert LINKS.read(token(complaint=complaint, at=at), at, NEVER) == complaint


def test_it_ends_after_its_last_day() -> None:
    assert LINKS.read(token(), AT + timedelta(days=180), NEVER) == 7
    with pytest.raises(Expired):
        LINKS.read(token(), AT + timedelta(days=181), NEVER)


def test_neighbours_look_nothing_alike() -> None:
    first, second = token(complaint=7), token(complaint=8)
    assert sum(one == two for one, two in zip(first, second, strict=True)) <= 8


@pytest.mark.parametrize("place", range(LENGTH))
def test_a_changed_letter_makes_it_no_link(place: int) -> None:
    whole = token()
    other = "A" if whole[place] != "A" else "B"
    with pytest.raises(BadLink):
        LINKS.read(whole[:place] + other + whole[place + 1 :], AT, NEVER)


@pytest.mark.parametrize(
    "what", ["", "x", "A" * 24, "A" * 23, "A" * 25, "中" * 24, "=" * 24, "+/" * 12, "\0" * 24]
)
def test_what_is_no_link(what: str) -> None:
    with pytest.raises(BadLink):
        LINKS.read(what, AT, NEVER)


def test_another_secret_reads_nothing() -> None:
    with pytest.raises(BadLink):
        LINKS.read(token(Links("another secret of ours", LINKS.public_url, LINKS.lasts)), AT, NEVER)


def test_the_secret_is_never_shown() -> None:
    assert "one secret" not in repr(LINKS)
