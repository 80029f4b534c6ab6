"""WeChat customer service against its stand-in, on the wire, with real words and a real database."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import pytest

import settings as settings_module
from reception.house import House
from simulator.wechat import Account, Fake, over_wsgi
from simulator.wechat.kf import Kf
from store import conversations, messages
from store import wechat as rows
from tests.fakes.clock import Clock
from tests.wechat.fakes import sealed_by_wechatpy
from wechat.kf import Puller
from wechat.kf_api import Corp, KfApi, address
from wechat.kf_keeping import IDENTITY
from wechat.outbound import Sender

CORP, TOKEN, KEY = (
    "ww2c2769f8efd9abc2",
    "a token of Kf's 54321",
    "9876543210ZYXWVUTSRQPONMLKJIHGFEDCBAabcdefg",
)
ACCOUNT, USER = "wkAjqAone", "wmAjqAone"
SECRET = "s" + secrets.token_hex(16)


@pytest.fixture
def settings(tmp_path):
    own = {"JIESU_DATA_DIR": str(tmp_path), "JIESU_RASA_URL": "http://127.0.0.1:1"}
    account = {"WECOM_CORP_ID": CORP, "WECOM_KF_SECRET": SECRET, "WECOM_KF_TOKEN": TOKEN}
    return settings_module.load({**own, **account, "WECOM_KF_AES_KEY": KEY})


@pytest.fixture
def kf(app, clock):
    account = Account(CORP, SECRET, TOKEN, KEY)
    seal = sealed_by_wechatpy(TOKEN, KEY, CORP)
    with Fake(account, over_wsgi(app, "/wechat/kf"), clock, seal) as fake:
        yield Kf(fake, (ACCOUNT,))


@dataclass
class Desk:
    """Our side of it."""

    house: House
    clock: Clock
    kf: Kf
    puller: Puller

    def pull(self, times: int = 1) -> None:
        for _ in range(times):
            self.puller.work(self.clock())

    def heard(self) -> list[str]:
        with self.house.db.reading() as conn:
            chat = conversations.of_customer(conn, 1, "wechat")
            said = messages.of_conversation(conn, chat) if chat else []
            return [one.words for one in said if one.author == "customer"]

    def rights(self, user: str = USER) -> dict[str, int]:
        with self.house.db.reading() as conn:
            found = rows.rights_of(conn, CORP, address(ACCOUNT, user), self.clock())
            return {right.by: right.left for right in found}

    def for_people(self) -> list[Any]:
        with self.house.db.reading() as conn:
            return list(rows.unread(conn))

    def pulls(self) -> list[Any]:
        return self.kf.fake.made("kf/sync_msg")


@pytest.fixture
def api(kf):
    return KfApi(Corp(CORP, SECRET), kf.fake.url)


@pytest.fixture
def desk(house, clock, kf, api):
    return Desk(house, clock, kf, Puller(house, CORP, api))


@pytest.fixture
def sender(house, api):
    return Sender(house, CORP, api, identity=IDENTITY)


@pytest.fixture
def talk(desk):
    """A customer has written, and the assistant has not answered yet: the conversation's id."""
    desk.kf.says(USER, "洗衣机漏水")
    desk.pull()
    with desk.house.db.reading() as conn:
        return conversations.of_customer(conn, 1, "wechat")
