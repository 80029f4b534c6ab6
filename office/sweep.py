"""The sweep: the phone company's list of calls against ours. A call without a record must not stay so.

Calls reach the static document on another host while we are down (docs/phone.md, "When we are down").
Every five minutes, and when the office opens, each one that left nothing here becomes a complaint; so do
the recordings that were made then. Asking has a thread of its own: a slow provider holds up no promise.
"""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta

from reception.house import House
from reception.missed_calls import keep_found_recording, keep_missed_call
from reception.telephone import LONGEST_CALL, OVER, ProviderCall, ProviderRecording, Telephone, Unreachable
from store import calls, conversations, heartbeats, recordings

log = logging.getLogger("jiesu.office")

NAME = "sweep"
EVERY = 300.0
WINDOW = timedelta(hours=2)
FURTHEST = timedelta(hours=24)
"""At start, and after a time in which the provider could not be asked."""
YOUNG = timedelta(seconds=60)
"""What ended this recently may still be on its way to us."""
RECORDING_YOUNG = timedelta(minutes=5)
"""A recording's own report comes when it is ready, which may take a while after it was made."""
MADE = "completed"


class Sweep:
    """`start` sweeps aside, one at a time; `sweep` here and now. `window`: how far back a usual one looks."""

    def __init__(self, house: House, window: timedelta = WINDOW) -> None:
        self._house = house
        self._window = window
        self._swept = False
        self._thread = ThreadPoolExecutor(1, NAME)
        self._under_way: Future[int] | None = None

    def start(self, now: datetime) -> None:
        """Begin a sweep, unless there is no account, or the one before still runs."""
        if self._house.telephone is None:
            return
        if self._under_way is None or self._under_way.done():
            self._under_way = self._thread.submit(self.sweep, now)

    def sweep(self, now: datetime) -> int:
        """Calls and recordings that had no record, and have one now: how many. Never raises: what fails is
        logged, and found again by the next sweep."""
        telephone = self._house.telephone
        if telephone is None:
            return 0
        try:
            found = self._calls(telephone, now) + self._recordings(telephone, now)
            with self._house.db.writing() as conn:
                heartbeats.beat(conn, NAME, now)
        except Unreachable as refused:
            log.warning("the phone company's list of calls could not be read: %s", refused)
            return 0
        except Exception as error:
            log.error("the sweep failed: %s", type(error).__name__, exc_info=error)
            return 0
        self._swept = True
        return found

    def _since(self, now: datetime) -> datetime:
        """From when on calls may have ended unnoticed."""
        if not self._swept:
            return now - FURTHEST
        with self._house.db.reading() as conn:
            last = heartbeats.last(conn, NAME)
        missed = now - last if last is not None else FURTHEST
        return now - min(FURTHEST, self._window + max(missed, timedelta(0)))

    def _calls(self, telephone: Telephone, now: datetime) -> int:
        since = self._since(now)
        listed = telephone.calls_since(since - LONGEST_CALL)
        over = {call.sid: call for call in listed if _over(call, since, now)}
        with self._house.db.reading() as conn:
            missing = calls.unrecorded(conn, list(over))
        kept = [sid for sid in missing if keep_missed_call(self._house, over[sid], now)]
        if kept:
            log.warning("calls that never reached us: %s", len(kept))
        return len(kept)

    def _recordings(self, telephone: Telephone, now: datetime) -> int:
        """Only those of calls that are known here: after the calls, all of ours are."""
        listed = [one for one in telephone.recordings_since(self._since(now)) if _made(one, now)]
        with self._house.db.reading() as conn:
            new = [
                one
                for one in listed
                if recordings.get(conn, one.sid) is None and conversations.get(conn, one.call) is not None
            ]
        return sum(keep_found_recording(self._house, one, now) for one in new)


def _over(call: ProviderCall, since: datetime, now: datetime) -> bool:
    ended = call.started_at + timedelta(seconds=call.seconds)
    return call.status in OVER and ended >= since and now - ended > YOUNG


def _made(one: ProviderRecording, now: datetime) -> bool:
    return one.status == MADE and now - one.at - timedelta(seconds=one.seconds or 0) > RECORDING_YOUNG
