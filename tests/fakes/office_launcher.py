"""The office's own process, killed at a counted point: `python -m tests.fakes.office_launcher`.

KILL_AFTER_SENDING=n ends it like `kill -9` right after the n-th request was answered, before anything
is marked. CLOCK_AHEAD=seconds moves its clock. Production code knows nothing of this.
"""

from __future__ import annotations

import functools
import itertools
import os
import runpy
from datetime import UTC, datetime, timedelta

import wiring
from office import outgoing

sent = itertools.count(1)
post = outgoing.post
ahead = timedelta(seconds=float(os.environ.get("CLOCK_AHEAD", "0")))
die_at = int(os.environ.get("KILL_AFTER_SENDING", "0"))


def counted(*arguments, **options):
    reply = post(*arguments, **options)
    if next(sent) == die_at:
        os._exit(137)
    return reply


def now():
    return datetime.now(UTC) + ahead


outgoing.post = counted
wiring.house = functools.partial(wiring.house, clock=now)
if __name__ == "__main__":
    runpy.run_module("office", run_name="__main__")
