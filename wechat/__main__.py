"""`python -m wechat`: answers bursts, fetches media and sends, until it is told to stop."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from threading import Event
from urllib.parse import urlsplit

import hearing
import logs
import wiring
from core.content import ContentError
from reception.house import House
from settings import Settings, Wrong, load
from store.db import Unfit
from wechat.calls import Calls
from wechat.kf import Puller
from wechat.kf_keeping import IDENTITY as KF
from wechat.media import Media
from wechat.outbound import Sender
from wechat.worker import Worker

log = logging.getLogger("jiesu.wechat")


def main() -> int:
    """0 when it was told to stop or has nothing to do, 1 when it could not start (said in plain words)."""
    try:
        settings = load()
        logs.set_up(settings.log_level)
        house = wiring.house(settings)
        ear = hearing.Ear(hearing.engine(settings.hearing.engine, **vars(settings.hearing)))
    except (Wrong, ContentError, Unfit, hearing.Refused) as error:
        print(f"jiesu: WeChat's worker does not start: {error}", file=sys.stderr)
        return 1
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    worker = hired(settings, house, ear)
    if worker is None:
        print("jiesu: no WeChat account is set; its worker has nothing to do", file=sys.stderr)
        return 0
    worker.run(stop)
    return 0


def hired(settings: Settings, house: House, ear: hearing.Ear) -> Worker | None:
    """The worker for the accounts that are set, the service account, Kf or both; None when there is none."""
    accounts: dict[str, Calls] = {}
    senders: list[Sender] = []
    chores: list[Callable[[datetime], object]] = []
    api, kf = wiring.wechat_api(settings), wiring.kf_api(settings)
    if api is not None:
        accounts[settings.wechat.app_id] = api
        senders.append(Sender(house, settings.wechat.app_id, api, settings.wechat.template))
    if kf is not None:
        corp = settings.kf.corp_id
        accounts[corp] = kf
        senders.append(Sender(house, corp, kf, identity=KF))
        chores.append(Puller(house, corp, kf).work)
    if not senders:
        return None
    hosts = (*house.content.wechat.video_hosts, *local(settings))
    chores.append(Media(house, accounts.__getitem__, ear, hosts).work)
    return Worker(house, senders, chores)


def local(settings: Settings) -> tuple[str, ...]:
    """A stand-in on this machine serves its videos itself."""
    host = urlsplit(settings.wechat.api_url).netloc
    return (host,) if host else ()


if __name__ == "__main__":
    sys.exit(main())
