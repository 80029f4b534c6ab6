"""The callback of Kf: sealed only, acknowledged at once, and nothing of an unsigned request is kept."""

from __future__ import annotations

import secrets

import pytest

import settings as settings_module
from app import assemble
from store import kf as cursors
from store import wechat_media
from tests.wechat.kf.conftest import ACCOUNT, CORP, KEY, TOKEN, USER
from wechat.envelope import Envelope


class Tencent:
    """Calls our callback as WeCom does."""

    def __init__(self, app, clock, envelope):
        self.client, self.clock, self.envelope = app.test_client(), clock, envelope

    def asked(self, sealed):
        asked = {"timestamp": str(int(self.clock().timestamp())), "nonce": "20300101"}
        return {
            **asked,
            "msg_signature": self.envelope.signature(asked["timestamp"], asked["nonce"], sealed),
        }

    def verifies(self, echo, **more):
        sealed = self.envelope.seal(echo, secrets.token_bytes(16))
        return self.client.get("/wechat/kf", query_string={**self.asked(sealed), "echostr": sealed, **more})

    def posts(self, plain, **more):
        sealed = self.envelope.seal(plain, secrets.token_bytes(16))
        body = f"<xml><ToUserName>{CORP}</ToUserName><AgentID/><Encrypt>{sealed}</Encrypt></xml>"
        return self.client.post("/wechat/kf", data=body, query_string={**self.asked(sealed), **more})


@pytest.fixture
def tencent(app, clock):
    return Tencent(app, clock, Envelope(TOKEN, KEY, CORP))


def bell(**more):
    told = {"ToUserName": CORP, "CreateTime": "1348831860", "MsgType": "event", "Event": "kf_msg_or_event"}
    fields = {**told, "Token": "ENC1", "OpenKfId": ACCOUNT, **more}
    return "<xml>" + "".join(f"<{name}>{value}</{name}>" for name, value in fields.items()) + "</xml>"


def rung(house, clock):
    with house.db.reading() as conn:
        return [(row.account, row.token, row.bells) for row in cursors.due(conn, clock())]


def test_the_address_is_verified_by_the_echo_unsealed(tencent):
    answer = tencent.verifies("4375120948345356249")
    assert (answer.status_code, answer.get_data(as_text=True)) == (200, "4375120948345356249")
    assert tencent.verifies("1", msg_signature="0" * 40).status_code == 403
    assert tencent.verifies("1", echostr="1").status_code == 403


def test_a_bell_is_acknowledged_and_kept(tencent, house, clock):
    answer = tencent.posts(bell())
    assert (answer.status_code, answer.get_data(as_text=True)) == (200, "success")
    tencent.posts(bell(Token="ENC2"))
    assert rung(house, clock) == [(ACCOUNT, "ENC2", 2)]


@pytest.mark.parametrize(
    ("query", "envelope"),
    [
        ({"msg_signature": "0" * 40}, Envelope(TOKEN, KEY, CORP)),
        ({"nonce": "1"}, Envelope(TOKEN, KEY, CORP)),
        ({}, Envelope(TOKEN, KEY, "ww0000000000000000")),
        ({}, Envelope("another token", KEY, CORP)),
        ({}, Envelope(TOKEN, KEY[::-1], CORP)),
    ],
)
def test_who_cannot_prove_to_be_wecom_leaves_nothing(app, house, clock, desk, query, envelope):
    assert Tencent(app, clock, envelope).posts(bell(), **query).status_code == 403
    assert rung(house, clock) == []
    assert desk.for_people() == []


@pytest.mark.parametrize(
    ("plain", "why"),
    [
        (bell(OpenKfId=""), "without OpenKfId"),
        (bell(OpenKfId="wk/../x"), "without OpenKfId"),
        (bell(Event="change_contact"), "no bell of Kf's"),
        ("<xml><a/><a/></xml>", "an element is there twice"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><xml/>', "no XML (DTDForbidden)"),
    ],
)
def test_what_is_signed_and_no_bell_is_kept_for_people(tencent, desk, plain, why):
    assert tencent.posts(plain).get_data(as_text=True) == "success"
    assert [kept.why for kept in desk.for_people()] == [why]


def test_without_its_settings_the_door_is_closed(tmp_path, house, clock):
    told = settings_module.load({"JIESU_DATA_DIR": str(tmp_path)})
    client = assemble(told, house).test_client()
    assert client.post("/wechat/kf", data="<xml/>").status_code == 404
    assert client.get("/wechat/kf").status_code == 404


def test_too_much_is_refused(tencent):
    assert tencent.client.post("/wechat/kf", data=b"x" * (64 * 1024 + 1)).status_code == 413


def test_what_a_customer_sent_can_be_fetched_with_kfs_own_token(desk, api, clock):
    picture = b"\x89PNG\r\n\x1a\n" + secrets.token_bytes(64)
    id = desk.kf.fake.platform.keep_media(picture, "image/png")
    desk.kf.sends(USER, "image", {"media_id": id})
    desk.pull()
    with desk.house.db.reading() as conn:
        (noted,) = wechat_media.due(conn, clock())
    assert api.media(noted.media_id, 1024) == picture


def test_no_name_of_a_customer_and_no_secret_reaches_the_log(tencent, desk, caplog):
    caplog.set_level("DEBUG", logger="jiesu")
    desk.kf.says(USER, "洗衣机漏水")
    desk.kf.fake.fail("kf/sync_msg", 45009)
    desk.pull()
    tencent.posts(bell(), msg_signature="0" * 40)
    assert caplog.text
    for secret in (USER, "洗衣机漏水", desk.puller.api._token, "ENC"):
        assert secret not in caplog.text
