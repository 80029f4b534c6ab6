"""A clock that stands still until it is told."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.fakes.complaints import NOON


class Clock:
    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **delta: float) -> datetime:
        self.now += timedelta(**delta)
        return self.now
