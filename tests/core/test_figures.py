"""The definitions of the supervisor's figures, by examples worked out by hand (docs/reports.md)."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.figures import (
    DAILY,
    DONE,
    MONTHLY,
    NEVER,
    WAITING,
    WEEKLY,
    Kept,
    Period,
    Reading,
    Share,
    Voices,
    Wait,
    bands,
    corrections,
    gone_quiet,
    of_week,
    pareto,
    quantile,
    spread,
    today,
    week_of,
    within,
)


def waits(*seconds, end=DONE):
    return [Wait(one, end) for one in seconds]


def test_a_share_of_nothing_is_no_share():
    assert Share(0, 0).value is None
    assert Share(3, 4).value == 0.75


# ---- Waits: nearest rank, so that every figure is somebody's wait


def test_the_median_and_the_ninth_decile_of_ten():
    ten = waits(10, 20, 30, 40, 50, 60, 70, 80, 90, 100)
    assert quantile(ten, 0.5) == Reading(50, DONE)
    assert quantile(ten, 0.9) == Reading(90, DONE)


def test_of_one_and_of_nobody():
    assert quantile(waits(7), 0.9) == Reading(7, DONE)
    assert quantile([], 0.5) is None
    assert spread([]).all == 0


def test_waits_of_several_people_count_as_many():
    assert quantile([Wait(5, count=9), Wait(100)], 0.9) == Reading(5, DONE)
    assert quantile([Wait(5, count=8), Wait(100, count=2)], 0.9) == Reading(100, DONE)


def test_who_gave_up_waited_longer_than_anybody():
    """Four got a person in 10 s, one gave up after 3 s: the ninth decile is that nobody came."""
    all_who_asked = waits(10, 10, 10, 10) + waits(3, end=NEVER)
    assert quantile(all_who_asked, 0.9) == Reading(3, NEVER)
    assert quantile(all_who_asked, 0.5) == Reading(10, DONE)


def test_who_waits_still_counts_with_the_time_so_far():
    told = spread(waits(60, 120) + waits(500, end=WAITING))
    assert told.p90 == Reading(500, WAITING)
    assert (told.done, told.waiting, told.never, told.all) == (2, 1, 0, 3)


def test_in_fifteen_seconds_of_all_who_asked():
    """Two in time, one late, one gave up, one waits for longer than that; one has just begun to wait."""
    asked = waits(3, 15, 16) + waits(2, end=NEVER) + waits(40, end=WAITING) + waits(5, end=WAITING)
    assert within(asked, 15) == Share(2, 5)


def test_bands_hold_everybody_once():
    asked = waits(15, 16, 30, 301) + waits(1, end=NEVER) + waits(1, end=WAITING)
    assert bands(asked, (15, 30, 60, 300)) == [1, 2, 0, 0, 1, 1, 1]


ENDS = st.sampled_from([DONE, WAITING, NEVER])
ANY_WAITS = st.lists(st.builds(Wait, st.integers(0, 10_000), ENDS, st.integers(1, 5)), max_size=30)


@given(ANY_WAITS, st.sampled_from([0.5, 0.9]))
def test_a_quantile_is_the_least_that_enough_people_did_not_exceed(some, share):
    each = sorted(
        ((one.end == NEVER, one.seconds) for one in some for _ in range(one.count)),
    )
    found = quantile(some, share)
    if not each:
        assert found is None
        return
    key = (found.end == NEVER, found.seconds)
    assert sum(one <= key for one in each) >= share * len(each)
    assert sum(one < key for one in each) < share * len(each)


@given(ANY_WAITS)
def test_spread_and_bands_count_everybody(some):
    people = sum(one.count for one in some)
    assert spread(some).all == sum(bands(some, (15, 30))) == people


# ---- Promises


def test_kept_late_and_broken_are_all_due():
    kept = Kept(on_time=6, late=3, broken=1) + Kept(on_time=2)
    assert kept.due == 12
    assert kept.share == Share(8, 12)


# ---- Causes


def test_pareto_runs_from_the_greatest_to_the_whole():
    bars = pareto({"b": 30, "a": 50, "c": 20})
    assert [(bar.code, bar.share) for bar in bars] == [("a", 0.5), ("b", 0.3), ("c", 0.2)]
    assert [round(bar.cumulative, 6) for bar in bars] == [0.5, 0.8, 1.0]
    assert pareto({}) == []


# ---- Silence


@pytest.mark.parametrize(
    ("now", "before", "quiet"),
    [
        (Voices(10, 70, 8), Voices(10, 90, 5), True),  # 80 of 100, and 10 % left instead of 5 %
        (Voices(10, 71, 8), Voices(10, 90, 5), False),  # not a fifth fewer
        (Voices(10, 70, 4), Voices(10, 90, 5), False),  # fewer, but nobody left more often
        (Voices(0, 0, 3), Voices(10, 90, 5), True),  # silence altogether
        (Voices(0, 0, 0), Voices(0, 0, 0), False),
    ],
)
def test_fewer_complaints_and_more_who_left_is_no_good_news(now, before, quiet):
    assert gone_quiet(now, before) is quiet


# ---- Tiers


def test_corrections_up_down_and_a_missed_grave_one():
    assert corrections([(1, 2), (2, 3), (3, 1), (1, 3)]) == (3, 1, 2)


# ---- Periods


def test_a_period_is_whole_days_of_shanghai():
    one = Period(date(2026, 3, 2), date(2026, 3, 3))
    assert one.start == datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
    assert one.end == datetime(2026, 3, 3, 16, 0, tzinfo=UTC)
    assert one.days == 2
    assert one.before() == Period(date(2026, 2, 28), date(2026, 3, 1))


def test_a_period_of_another_age_is_refused():
    for day in (date.min, date.max):
        with pytest.raises(ValueError, match="age"):
            Period(day, day)


@pytest.mark.parametrize(
    ("first", "last"), [(date(2026, 3, 2), date(2026, 3, 1)), (date(2025, 1, 1), date(2026, 1, 2))]
)
def test_a_period_backwards_or_beyond_a_year_is_refused(first, last):
    with pytest.raises(ValueError, match="366"):
        Period(first, last)


def test_weeks_by_their_iso_names():
    assert of_week("2026-W01") == Period(date(2025, 12, 29), date(2026, 1, 4))
    assert of_week("2026-W53").first == date(2026, 12, 28)
    assert week_of(date(2027, 1, 3)) == "2026-W53"
    for wrong in ("2025-W53", "2026-W00", "2026-47", "W47", "2026-W47 "):
        with pytest.raises(ValueError, match=r"week|2026-W47"):
            of_week(wrong)


def test_the_day_turns_at_midnight_in_shanghai():
    assert today(datetime(2026, 3, 1, 15, 59, tzinfo=UTC)) == date(2026, 3, 1)
    assert today(datetime(2026, 3, 1, 16, 0, tzinfo=UTC)) == date(2026, 3, 2)


def test_buckets_are_days_then_weeks_then_months():
    month = Period(date(2026, 3, 1), date(2026, 3, 31))
    assert (month.grain, len(month.buckets())) == (DAILY, 31)
    quarter = Period(date(2026, 1, 1), date(2026, 3, 31))
    assert (quarter.grain, quarter.buckets()[0]) == (WEEKLY, Period(date(2026, 1, 1), date(2026, 1, 4)))
    year = Period(date(2026, 1, 15), date(2026, 12, 31))
    assert (year.grain, len(year.buckets())) == (MONTHLY, 12)
    assert year.buckets()[-1] == Period(date(2026, 12, 1), date(2026, 12, 31))


@given(st.dates(date(2024, 1, 1), date(2027, 1, 1)), st.integers(0, 365))
def test_buckets_hold_each_day_once(first, more):
    period = Period(first, date.fromordinal(first.toordinal() + more))
    days = [one.first.toordinal() + n for one in period.buckets() for n in range(one.days)]
    assert days == [first.toordinal() + n for n in range(more + 1)]
