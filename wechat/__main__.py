"""`python -m wechat`: answers bursts, fetches media and sends, until it is told to stop."""

from __future__ import annotations

import logging
import signal
import sys
from threading import Event

import logs
import wiring
from core.content import ContentError
from settings import Wrong, load
from store.db import Unfit
from wechat.outbound import Sender
from wechat.worker import Worker

log = logging.getLogger("jiesu.wechat")


def main() -> int:
    """0 when it was told to stop or has nothing to do, 1 when it could not start (said in plain words)."""
    try:
        settings = load()
        logs.set_up(settings.log_level)
        house = wiring.house(settings)
    except (Wrong, ContentError, Unfit) as error:
        print(f"jiesu: WeChat's worker does not start: {error}", file=sys.stderr)
        return 1
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    api = wiring.wechat_api(settings)
    if api is None:
        print("jiesu: no WeChat account is set; its worker has nothing to do", file=sys.stderr)
        return 0
    Worker(house, Sender(house, settings.wechat.app_id, api)).run(stop)
    return 0


if __name__ == "__main__":
    sys.exit(main())
