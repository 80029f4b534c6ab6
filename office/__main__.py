"""`python -m office`: the office at work, until it is told to stop."""

from __future__ import annotations

import logging
import os
import signal
import sys
from datetime import timedelta
from threading import Event
from types import FrameType

import hearing
import logs
import wiring
from core.content import ContentError
from office.courier import Courier
from office.loop import Clocks, Loop
from settings import Settings, Wrong, load
from store.db import Unfit

log = logging.getLogger("jiesu.office")


def main() -> int:
    """0 when it was told to stop, 1 when it could not start (said in plain words)."""
    try:
        settings = load()
        logs.set_up(settings.log_level)
        ear = ear_of(settings)
        house = wiring.house(settings)
    except (Wrong, ContentError, Unfit, hearing.Refused) as error:
        print(f"jiesu: the office does not start: {error}", file=sys.stderr)
        return 1
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _stop(stop, *_))
    courier = Courier(house.db, house.clock, private=settings.webhook_private)
    log.info("the office is open")
    window = timedelta(hours=settings.sweep_hours)
    loop = Loop(house, courier, Clocks(house.clock), ear, window, settings.audit_heads)
    loop.run(stop)
    log.info("the office is closed")
    return 0


def ear_of(settings: Settings) -> hearing.Ear:
    """What hears recordings here; its model is loaded now. Raises hearing.Refused in words for whoever
    sets the variables."""
    told = settings.hearing
    about = {"model": told.model, "key": told.key, "region": told.region, "credentials": told.credentials}
    return hearing.Ear(hearing.engine(told.engine, **about))


def _stop(stop: Event, _number: int, _frame: FrameType | None) -> None:
    stop.set()


if __name__ == "__main__":
    code = main()
    logging.shutdown()
    # A request still under way may last another ten seconds; its lease ends by itself.
    os._exit(code)
