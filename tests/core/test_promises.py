from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import holidays
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from core.content import ContentError
from core.due import ZONE, render_due, say_due
from core.promises import (
    CALENDAR_OF_TIER,
    CALENDARS,
    KINDS,
    Hours,
    Promise,
    Table,
    add_working,
    escalate_at,
    notify_at,
    promise,
    stage,
    warning_times,
)

CONTENT = Path(__file__).parents[2] / "content"
HOURS_YML = yaml.safe_load((CONTENT / "hours.yml").read_text(encoding="utf-8"))
TABLE_YML = yaml.safe_load((CONTENT / "promises.yml").read_text(encoding="utf-8"))
CN = holidays.country_holidays("CN", years=(2025, 2026))
HOLIDAYS = frozenset(CN)
WORKDAYS = frozenset(day for day in CN.weekend_workdays if day.year in (2025, 2026))
HOURS = Hours.from_mapping(HOURS_YML, HOLIDAYS, WORKDAYS)
TABLE = Table.from_mapping(TABLE_YML)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def local(when: datetime) -> str:
    return when.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2026, 11, 30), timezones=st.just(UTC))  # noqa: DTZ001
AMOUNTS = st.sampled_from(["5min", "30min", "1wh", "2wh", "4wh", "1wd", "2wd", "5wd", "15d"])


def test_the_golden_case() -> None:
    made = at("2025-09-26 17:00")  # a Friday; Sunday the 28th was a make-up day
    assert local(add_working(made, "2wd", "office", HOURS)) == "2025-09-29 17:00"
    assert local(promise("plan", 1, made, HOURS, TABLE).due_at) == "2025-09-29 17:00"


@pytest.mark.parametrize(
    ("start", "amount", "due"),
    [
        ("2025-09-30 17:00", "2wh", "2025-10-09 10:00"),  # National Day and Mid-Autumn, back on Thursday
        ("2025-10-10 17:00", "2wh", "2025-10-11 10:00"),  # Saturday the 11th was worked
        ("2025-01-27 17:30", "1wh", "2025-02-05 09:30"),  # Spring Festival
        ("2026-01-04 10:00", "2wh", "2026-01-04 12:00"),  # a Sunday worked
        ("2026-02-14 17:00", "2wh", "2026-02-24 10:00"),
        ("2026-09-20 09:00", "1wd", "2026-09-20 18:00"),
        ("2026-10-10 08:00", "1wh", "2026-10-10 10:00"),
        ("2025-11-22 12:00", "4wh", "2025-11-24 13:00"),  # a Saturday
        ("2025-11-24 18:00", "1wh", "2025-11-25 10:00"),
        ("2025-11-24 17:00", "1wh", "2025-11-24 18:00"),
        ("2025-11-24 10:00", "15d", "2025-12-09 10:00"),
        ("2025-11-21 10:00", "15d", "2025-12-05 18:00"),  # ends on a Saturday: not later than the limit
    ],
)
def test_office_hours_holidays_and_make_up_days(start: str, amount: str, due: str) -> None:
    assert local(add_working(at(start), amount, "office", HOURS)) == due


@pytest.mark.parametrize(
    "day",
    [
        "2025-09-28",
        "2025-10-11",
        "2026-01-04",
        "2026-02-14",
        "2026-02-28",
        "2026-05-09",
        "2026-09-20",
        "2026-10-10",
    ],
)
def test_make_up_days_are_worked(day: str) -> None:
    assert HOURS.spans(date.fromisoformat(day), "office") == ((540, 1080),)


@pytest.mark.parametrize(
    "day",
    [
        "2025-10-01",
        "2025-10-08",
        "2026-01-02",
        "2026-02-16",
        "2026-02-23",
        "2026-04-06",
        "2026-05-05",
        "2026-06-19",
        "2026-09-25",
        "2026-10-07",
    ],
)
def test_holidays_are_not(day: str) -> None:
    assert HOURS.spans(date.fromisoformat(day), "office") == ()


@given(MOMENTS, AMOUNTS, st.sampled_from(CALENDARS))
def test_never_outside_staffed_hours_and_never_in_the_past(
    start: datetime, amount: str, calendar: str
) -> None:
    due = add_working(start, amount, calendar, HOURS)
    assert due > start
    assert HOURS.staffed_at(due, calendar)


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=9)), AMOUNTS, st.sampled_from(CALENDARS))
def test_who_comes_later_is_promised_no_earlier(
    start: datetime, later: timedelta, amount: str, calendar: str
) -> None:
    assert add_working(start, amount, calendar, HOURS) <= add_working(start + later, amount, calendar, HOURS)


@given(MOMENTS, st.sampled_from(KINDS), st.sampled_from((1, 2, 3)))
def test_every_promise_is_later_than_now_staffed_and_rounded_down(
    made: datetime, kind: str, tier: int
) -> None:
    it = promise(kind, tier, made, HOURS, TABLE)
    exact = add_working(made, it.window, it.calendar, HOURS)
    assert made < it.due_at <= exact
    assert exact - it.due_at < timedelta(minutes=30)
    assert HOURS.staffed_at(it.due_at, it.calendar)
    assert it.calendar == CALENDAR_OF_TIER[tier]


@given(MOMENTS, AMOUNTS.filter(lambda amount: not amount.endswith("d") or amount.endswith("wd")))
def test_the_staffed_time_between_is_what_was_added(start: datetime, amount: str) -> None:
    due = add_working(start, amount, "duty", HOURS)
    count, unit = int(amount.rstrip("minwhd")), amount.lstrip("0123456789")
    assert HOURS.between(start, due, "duty") == count * timedelta(
        minutes={"min": 1, "wh": 60, "wd": 840}[unit]
    )


def test_when_people_are_back() -> None:
    night, noon = at("2026-03-02 23:10"), at("2026-03-02 12:00")
    assert local(HOURS.opens(night, "duty")) == "2026-03-03 08:00"
    assert HOURS.opens(noon, "duty") == noon


def test_rounding() -> None:
    assert local(promise("callback", 1, at("2025-11-24 09:17"), HOURS, TABLE).due_at) == "2025-11-24 13:00"
    assert local(promise("callback", 2, at("2025-11-24 09:17"), HOURS, TABLE).due_at) == "2025-11-24 10:15"
    assert local(promise("callback", 3, at("2025-11-24 03:04"), HOURS, TABLE).due_at) == "2025-11-24 03:15"
    assert local(promise("accept", 3, at("2025-11-24 03:04"), HOURS, TABLE).due_at) == "2025-11-24 03:09"


def test_an_empty_roster_falls_back() -> None:
    office = Hours.from_mapping({**HOURS_YML, "staffed": ["office"]}, HOLIDAYS, WORKDAYS)
    it = promise("callback", 3, at("2025-11-22 23:00"), office, TABLE)  # a Saturday night
    assert (it.calendar, local(it.due_at)) == ("office", "2025-11-24 09:15")
    duty = Hours.from_mapping({**HOURS_YML, "staffed": ["office", "duty"]}, HOLIDAYS, WORKDAYS)
    assert local(promise("callback", 3, at("2025-11-22 23:00"), duty, TABLE).due_at) == "2025-11-23 08:15"


def test_a_year_without_published_holidays_is_provisional() -> None:
    assert not promise("plan", 1, at("2026-11-24 10:00"), HOURS, TABLE).provisional
    assert promise("final", 1, at("2026-12-24 10:00"), HOURS, TABLE).provisional
    told = Hours.from_mapping(
        {**HOURS_YML, "years": {2027: {"holidays": ["2027-01-01"]}}}, HOLIDAYS, WORKDAYS
    )
    assert not promise("final", 1, at("2026-12-24 10:00"), told, TABLE).provisional


def test_the_file_overrides_the_library() -> None:
    own = Hours.from_mapping(
        {**HOURS_YML, "years": {2025: {"holidays": ["2025-11-24"], "workdays": ["2025-10-01"]}}},
        HOLIDAYS,
        WORKDAYS,
    )
    assert own.spans(date(2025, 11, 24), "office") == ()
    assert own.spans(date(2025, 10, 1), "office")


def test_what_watches_a_promise() -> None:
    made, due = at("2025-11-24 09:00"), at("2025-11-24 19:00")
    assert [local(moment) for moment in warning_times(made, due, 1)] == ["2025-11-24 17:00"]
    assert [local(moment) for moment in warning_times(made, due, 3)] == [
        "2025-11-24 14:00",
        "2025-11-24 17:00",
    ]
    it = Promise("callback", 1, made, due, "always", "10h")
    expected = [("09:00", "fine"), ("17:00", "warn"), ("18:00", "notify"), ("19:00", "missed")]
    for clock, name in expected:
        assert stage(it, at(f"2025-11-24 {clock}")) == name
    assert stage(it, at("2025-11-25 00:00")) == "escalate"
    assert notify_at(made, due) < due < escalate_at(made, due)


def test_warnings_in_staffed_time_do_not_fall_into_the_night() -> None:
    made, due = at("2025-11-24 17:00"), at("2025-11-25 17:00")
    (warned,) = warning_times(made, due, 1, hours=HOURS, calendar="office")
    assert local(warned) == "2025-11-25 15:12"


@pytest.mark.parametrize(
    ("now", "due", "chat", "phone"),
    [
        ("2025-11-24 10:00", "2025-11-24 16:30", "今天16:30", "今天下午四点半"),
        ("2025-11-24 10:00", "2025-11-25 10:30", "明天10:30", "明天上午十点半"),
        ("2025-11-24 10:00", "2025-11-26 14:00", "后天14:00", "后天下午两点"),
        ("2025-11-24 10:00", "2025-12-09 16:30", "12月9日（周二）16:30", "十二月九号周二下午四点半"),
        ("2025-11-24 23:00", "2025-11-25 00:05", "明天00:05", "明天凌晨零点零五分"),
        ("2025-11-24 10:00", "2025-11-24 12:00", "今天12:00", "今天中午十二点"),
        ("2025-11-24 10:00", "2025-11-24 20:15", "今天20:15", "今天晚上八点十五分"),
        ("2025-12-30 10:00", "2026-01-08 09:00", "1月8日（周四）09:00", "一月八号周四上午九点"),
        (
            "2025-01-30 10:00",
            "2026-01-08 09:00",
            "2026年1月8日（周四）09:00",
            "二零二六年一月八号周四上午九点",
        ),
    ],
)
def test_how_a_due_time_is_said(now: str, due: str, chat: str, phone: str) -> None:
    data = say_due(at(due), at(now))
    assert render_due(data, TABLE.say) == chat
    assert render_due(data, TABLE.say, "phone") == phone


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=400)))
def test_the_spoken_form_has_no_arabic_numeral(now: datetime, ahead: timedelta) -> None:
    spoken = render_due(say_due(now + ahead, now), TABLE.say, "phone")
    assert not any(mark.isascii() for mark in spoken)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"staffed": []}, "at least one"),
        ({"staffed": ["night"]}, "at least one"),
        ({"office": {"monday": ["9-18"]}}, "no span of hours"),
        ({"office": {"monday": ["18:00-09:00"]}}, "ends before"),
        ({"office": {}}, "no day"),
        ({"offices": {}}, "unknown name"),
        ({"years": {2027: {"holidays": ["soon"]}}}, "no date"),
    ],
)
def test_broken_hours_are_refused_in_words(change: dict, complaint: str) -> None:
    with pytest.raises(ContentError, match=complaint):
        Hours.from_mapping({**HOURS_YML, **change})


def test_broken_promises_are_refused_in_words() -> None:
    rows = {**TABLE_YML["promises"]}
    del rows["plan"]
    with pytest.raises(ContentError, match="'plan' is missing"):
        Table.from_mapping({**TABLE_YML, "promises": rows})
    with pytest.raises(ContentError, match="no length of time"):
        Table.from_mapping(
            {**TABLE_YML, "promises": {**TABLE_YML["promises"], "plan": {"1": "soon", "2": "1wd", "3": "4h"}}}
        )


def test_no_time_at_all_moves_nothing():
    closing = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
    assert HOURS.add(closing, timedelta(0), "office") == closing
