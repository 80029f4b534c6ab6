"""What WeChat's doors turned away in the last day, and the day's messages by door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.figures import Period, today
from desk.queue import show
from store import wechat_refusals, wechat_ways
from store.db import Connection

A_DAY = timedelta(hours=24)


@dataclass(frozen=True)
class Refused:
    """How many were turned away for a reason, and in which hour last; codes of labels.yml `wechat_ways` and
    `wechat_refusals`."""

    door: str
    reason: str
    count: int
    last: str


@dataclass(frozen=True)
class Way:
    """The day on one way to customers: messages by how they ended, the most first."""

    way: str
    counts: tuple[tuple[str, int], ...]


def refused_of(conn: Connection, at: datetime) -> list[Refused]:
    """The last 24 hours, whole hours."""
    words = show()
    return [
        Refused(row.door, row.reason, row.many, words.when(row.newest))
        for row in wechat_refusals.since(conn, at - A_DAY)
    ]


def day_of(conn: Connection, at: datetime) -> list[Way]:
    """Today's messages, those of the service account apart from those of Kf."""
    day = today(at)
    found = wechat_ways.counted(conn, Period(day, day).start)
    return [
        Way(way, tuple(sorted(counts.items(), key=lambda each: -each[1]))) for way, counts in found.items()
    ]
