"""The WeChat door with real words and a real database; pushes are sealed as WeChat seals them."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Any

import pytest

import settings as settings_module
import wiring
from app import assemble
from simulator import wechat as simulator
from tests.fakes.clock import Clock
from wechat.api import Account as Client
from wechat.api import Api
from wechat.envelope import Envelope
from wechat.outbound import Sender

APP, TOKEN, KEY = "wx2c2769f8efd9abc2", "a token of ours 12345", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OPENID = "oTestCustomerOne"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def settings(tmp_path):
    account = {"WECHAT_APP_ID": APP, "WECHAT_APP_SECRET": "s" + secrets.token_hex(16)}
    own = {"JIESU_DATA_DIR": str(tmp_path), "JIESU_RASA_URL": "http://127.0.0.1:1"}
    return settings_module.load({**own, **account, "WECHAT_TOKEN": TOKEN, "WECHAT_AES_KEY": KEY})


@pytest.fixture
def house(settings, clock):
    return wiring.house(settings, clock)


@pytest.fixture
def app(settings, house):
    return assemble(settings, house)


@dataclass
class Customer:
    """Writes on WeChat, by way of WeChat's servers."""

    client: Any
    clock: Clock
    openid: str = OPENID
    last: int = 0

    def push(self, plain: str, **query: str) -> Any:
        """What WeChat posts for this plain text."""
        envelope = Envelope(TOKEN, KEY, APP)
        sealed = envelope.seal(plain, secrets.token_bytes(16))
        asked = {"timestamp": str(int(self.clock().timestamp())), "nonce": "20300101", "encrypt_type": "aes"}
        asked["msg_signature"] = envelope.signature(asked["timestamp"], asked["nonce"], sealed)
        body = f"<xml><ToUserName>gh_0</ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
        return self.client.post("/wechat", data=body, query_string={**asked, **query})

    def send(self, type: str, *, id: int | None = None, **fields: str) -> Any:
        """A message or an event of this type, in XML."""
        if type != "event":
            self.last = id or self.last + 1
            fields["MsgId"] = str(self.last)
        head = {"ToUserName": "gh_0", "FromUserName": self.openid, "MsgType": type}
        head["CreateTime"] = str(int(self.clock().timestamp()))
        told = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in {**head, **fields}.items())
        return self.push(f"<xml>{told}</xml>")

    def says(self, words: str, **more: Any) -> Any:
        return self.send("text", Content=words, **more)

    def says_in_json(self, words: str, id: int) -> Any:
        told = {"ToUserName": "gh_0", "FromUserName": self.openid, "MsgType": "text", "Content": words}
        made = int(self.clock().timestamp())
        return self.push(json.dumps({**told, "CreateTime": made, "MsgId": id}, ensure_ascii=False))


@pytest.fixture
def customer(app, clock):
    return Customer(app.test_client(), clock)


@pytest.fixture
def fake(app, clock):
    """WeChat's own side; its pushes come straight to the callback, sealed by another implementation."""
    from tests.wechat.fakes import sealed_by_wechatpy
    from tests.wechat.talk import TEMPLATE

    account = simulator.Account(APP, "s" + "0123456789abcdef" * 2, TOKEN, KEY)
    fields = {"character_string1": "编号", "phrase2": "进度", "time3": "时间", "thing4": "内容"}
    seal = sealed_by_wechatpy(TOKEN, KEY, APP)
    with simulator.Fake(
        account, simulator.over_wsgi(app), clock, seal, templates={TEMPLATE: fields}
    ) as standing_in:
        yield standing_in


@pytest.fixture
def talk(house, clock, fake):
    from tests.wechat.talk import TEMPLATE, Talk

    api = Api(Client(APP, fake.account.secret), fake.url)
    return Talk(house, clock, fake, Sender(house, APP, api, TEMPLATE))
