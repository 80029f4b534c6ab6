"""Who is turned away is counted, so that a wrong token or key is seen before customers complain of silence.

Counts gather in memory and are written every few seconds at most: a flood of false pushes must not keep the
store busy. What is not written when the process ends is lost; nothing depends on it."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import current_app

from core import wechat_refusals as why
from store import wechat_refusals as rows
from store.db import Database, SQLAlchemyError
from wechat.door import log
from wechat.envelope import Refused

EVERY = timedelta(seconds=10)
PATIENCE = 0.5
"""Seconds for which a busy store is asked: the answer to WeChat must not wait for a number."""


@dataclass
class Refusals:
    """The counts of this process."""

    _waiting: Counter[tuple[datetime, str, str]] = field(default_factory=Counter)
    _written: datetime | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, door: str, reason: str, at: datetime) -> None:
        """One more (core.wechat_refusals)."""
        with self._lock:
            self._waiting[at.replace(minute=0, second=0, microsecond=0), door, reason] += 1

    def write(self, db: Database, at: datetime) -> None:
        """Write what has gathered, if it is time. What cannot be written waits for the next time."""
        with self._lock:
            if not self._waiting or (self._written is not None and at - self._written < EVERY):
                return
            taken, self._waiting, self._written = self._waiting, Counter(), at
        try:
            with db.writing(PATIENCE) as conn:
                rows.add(conn, taken)
        except SQLAlchemyError as error:
            log.warning("who was turned away is not counted yet: %s", type(error).__name__)
            with self._lock:
                self._waiting.update(taken)


def reason_of(refusal: Exception, signed: bool) -> str:
    """The code of a refusal. `signed`: whether there was a signature at all; other than WeChat's servers have
    none."""
    if not signed:
        return why.UNSIGNED
    return REASONS.get(str(refusal), why.BROKEN) if isinstance(refusal, Refused) else why.BROKEN


REASONS = {"wrong signature": why.SIGNATURE, "another account": why.ACCOUNT}
"""What the envelope says of what it refuses; everything else is not to be deciphered."""


def refusals() -> Refusals:
    """Those of this application."""
    found: Refusals = current_app.extensions.setdefault("jiesu_wechat_refusals", Refusals())
    return found
