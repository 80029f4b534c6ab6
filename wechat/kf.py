"""WeChat customer service (Kf): the bell is only kept; the messages are pulled afterwards, page by page, and
each page is kept together with the place to go on from."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from core.wechat_codes import UNKNOWN
from reception.house import House
from store import kf, wechat_sends
from store.db import Row
from wechat.calls import Failed
from wechat.inbound import PATIENCE
from wechat.kf_api import KfApi, Page
from wechat.kf_keeping import Keeping, Welcome
from wechat.kf_message import ID
from wechat.push import Unreadable

log = logging.getLogger("jiesu.wechat")

BELL = "kf_msg_or_event"
TOKEN_LASTS = timedelta(minutes=9)
"""Ten by Tencent's word; the call itself takes a moment."""
EVERY = timedelta(minutes=10)
"""An account whose bell was missed is looked at so often."""
UNTOKENED = timedelta(seconds=10)
"""Between two pages without a bell's token: ten such calls in a minute shut us out for the next (WeCom's own,
developers.weixin.qq.com/community/enterprisewechat/doc/0006e047caca30ab50ec916195b800)."""
AGAIN_AFTER = timedelta(minutes=1)
BUSY_MOST = 30.0
"""Seconds that a pulled page waits for a busy database, rather than being pulled again."""


def hear_bell(house: House, told: Mapping[str, str], at: datetime) -> None:
    """Keep that an account has something. Raises Unreadable for what is no bell."""
    if told.get("Event") != BELL:
        raise Unreadable("no bell of Kf's")
    if not ID.fullmatch(told.get("OpenKfId", "")):
        raise Unreadable("without OpenKfId")
    with house.db.writing(PATIENCE) as conn:
        kf.ring(conn, told["OpenKfId"], told.get("Token", ""), at)


@dataclass
class Puller:
    """Pulls what the company's accounts hold; `corp`: the company's id."""

    house: House
    corp: str
    api: KfApi
    _listed: datetime | None = field(default=None)

    def work(self, now: datetime) -> None:
        """One page for each account that has something; every ten minutes for those that have not rung."""
        if self._listed is None or now - self._listed >= EVERY:
            self._listed = now
            self._list(now)
        with self.house.db.reading() as conn:
            due = kf.due(conn, now)
        for row in due:
            self._pull(row, now)

    def _list(self, now: datetime) -> None:
        try:
            accounts = self.api.accounts()
        except Failed as failure:
            log.warning("the Kf accounts are not listed: %s", failure)
            return
        with self.house.db.writing() as conn:
            kf.know(conn, [one for one in accounts if ID.fullmatch(one)], now)

    def _pull(self, row: Row[Any], now: datetime) -> None:
        """One page. Put off first: what breaks here is tried again in a minute and not at every tick."""
        with self.house.db.writing() as conn:
            kf.put_off(conn, row, now + AGAIN_AFTER)
        token = row.token if now - row.at < TOKEN_LASTS else ""
        try:
            page = self.api.pull(row.account, row.cursor, token)
        except Failed as failure:
            log.warning("messages of Kf are not pulled: %s", failure)
            return
        for welcome in self._keep(row, page, token, now):
            self._greet(welcome)

    def _keep(self, row: Row[Any], page: Page, token: str, now: datetime) -> list[Welcome]:
        """The page's messages and the cursor after them, in one transaction; the same page again changes
        nothing."""
        wait = EVERY if not page.more else timedelta() if token else UNTOKENED
        with self.house.db.writing(BUSY_MOST) as conn:
            keep = Keeping(conn, self.house, self.corp, row.account, now)
            welcomes = [keep.one(given) for given in page.messages]
            kf.save(conn, row.account, page.cursor)
            kf.put_off(conn, row, now + wait)
        return [one for one in welcomes if one is not None]

    def _greet(self, welcome: Welcome) -> None:
        """Reserved with its page, sent once, settled. Refused, it is dropped: it said nothing new."""
        state, provider_id, code = wechat_sends.SENT, None, None
        try:
            provider_id = self.api.welcome(welcome.code, welcome.words)
        except Failed as failure:
            log.warning("no welcome: %s", failure)
            known, code = failure.meaning != UNKNOWN, failure.code
            state = wechat_sends.REFUSED if known else wechat_sends.UNKNOWN
        now = self.house.clock()
        with self.house.db.writing() as conn:
            wechat_sends.settle(conn, welcome.id, state, now, code, provider_id)
