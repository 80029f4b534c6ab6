"""What `./jiesu doctor` says of WeChat's account, in words a person can act on."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

import pytest

import settings as setting
from core import wechat_codes as codes
from reception.content import load_words
from simulator.wechat import Account, Fake, over_http
from simulator.wechat.tokens import Refused
from store import heartbeats
from store import wechat as rows
from store.db import Database
from tests.fakes.complaints import NOON
from tests.wechat.conftest import APP, KEY, TOKEN
from tools import places, wechat_check

SECRET = secrets.token_hex(16)
QUOTA = "/cgi-bin/openapi/quota/get"
NOWHERE = over_http("http://127.0.0.1:1")


@pytest.fixture
def wechat():
    with Fake(Account(APP, SECRET, TOKEN, KEY), NOWHERE) as fake:
        fake.routes[QUOTA] = left_today({})
        yield fake


def left_today(left, usual=100_000):
    """How many calls of each path are left; of one that is None the account has no permission."""

    def answer(query, body):
        count = left.get(body["cgi_path"].removeprefix("/cgi-bin/"), usual)
        if count is None:
            raise Refused(76022)
        return {"errcode": 0, "errmsg": "ok", "quota": {"daily_limit": usual, "used": 0, "remain": count}}

    return answer


def ours(tmp_path, wechat, **more):
    account = {
        "WECHAT_APP_ID": APP,
        "WECHAT_TOKEN": TOKEN,
        "WECHAT_AES_KEY": KEY,
        "WECHAT_APP_SECRET": SECRET,
    }
    there = {"JIESU_DATA_DIR": str(tmp_path), "JIESU_PUBLIC_URL": "https://complaints.example.com"}
    there["WECHAT_TEMPLATE_PROGRESS"] = "n" * 43
    return setting.load({**there, **account, "JIESU_WECHAT_API_URL": wechat.url, **more})


def told(our):
    """Its findings; none of them repeats a secret."""
    findings = list(wechat_check.examine(our))
    text = "\n".join(map(str, findings))
    assert not [secret for secret in (SECRET, TOKEN, KEY) if secret in text]
    return findings


def wrongs(findings):
    return [finding for finding in findings if finding.level != "ok"]


def test_without_an_account_the_door_is_closed(tmp_path):
    (finding,) = wechat_check.examine(setting.load({"JIESU_DATA_DIR": str(tmp_path)}))
    assert (finding.level, finding.to_do) == ("warn", "see docs/wechat.md")


def test_an_account_that_is_well(tmp_path, wechat):
    findings = told(ours(tmp_path, wechat))
    assert wrongs(findings) == []
    text = "\n".join(map(str, findings))
    for words in ("safe mode", "a token was given", "address is allowed", "clock", "100000 calls left"):
        assert words in text


def test_without_a_template_people_must_call(tmp_path, wechat):
    (finding,) = wrongs(told(ours(tmp_path, wechat, WECHAT_TEMPLATE_PROGRESS="")))
    assert (finding.level, "people must call" in finding.what) == ("warn", True)


def test_an_address_that_is_not_allowed_is_named(tmp_path, wechat):
    wechat.fail("stable_token", 40164)
    (finding,) = wrongs(told(ours(tmp_path, wechat)))
    assert finding.level == "wrong"
    assert "40164" in finding.what
    assert finding.to_do.startswith("add 192.0.2.7 at mp.weixin.qq.com")


def test_a_wrong_secret_is_told(tmp_path, wechat):
    our = ours(tmp_path, wechat, WECHAT_APP_SECRET=secrets.token_hex(16))
    (finding,) = wrongs(told(our))
    assert (finding.level, "AppSecret" in finding.to_do) == ("wrong", True)


@pytest.mark.parametrize(
    ("path", "loss"),
    [("message/custom/send", "nothing can be answered"), ("message/template/send", "after 48 hours")],
)
def test_a_permission_that_is_missing_says_what_is_lost(tmp_path, wechat, path, loss):
    wechat.routes[QUOTA] = left_today({path: None})
    (finding,) = wrongs(told(ours(tmp_path, wechat)))
    assert finding.level == "wrong"
    assert loss in finding.what
    assert "verified service account" in finding.to_do


def test_calls_that_run_out_are_told_before_they_do(tmp_path, wechat):
    wechat.routes[QUOTA] = left_today({"message/custom/send": 999, "media/get": 0})
    found = [finding.level for finding in wrongs(told(ours(tmp_path, wechat)))]
    assert found == ["warn", "wrong"]


def test_a_daily_limit_that_is_reached(tmp_path, wechat):
    wechat.fail("getcallbackip", 45009)
    (finding,) = wrongs(told(ours(tmp_path, wechat)))
    assert "midnight" in finding.to_do


def test_when_nobody_is_there_it_is_no_fault_of_the_account(tmp_path, wechat):
    our = ours(tmp_path, wechat, JIESU_WECHAT_API_URL="http://127.0.0.1:1")
    assert [finding.level for finding in wrongs(told(our))] == ["warn"]


def test_a_clock_that_is_off_is_wrong(wechat):
    assert wechat_check._clock(wechat.url, datetime.now(UTC)).level == "ok"
    assert wechat_check._clock(wechat.url, datetime.now(UTC) + timedelta(minutes=2)).level == "wrong"


def test_real_customers_need_https(tmp_path, wechat):
    our = ours(tmp_path, wechat, JIESU_PUBLIC_URL="http://127.0.0.1:8000")
    (finding,) = wrongs(told(our))
    assert "https" in finding.to_do


def test_a_silent_worker_and_unread_contacts_are_told(tmp_path):
    base = Database(f"sqlite:///{tmp_path}/jiesu.db")
    base.migrate()

    def levels(running):
        with base.reading() as conn:
            return [finding.level for finding in wechat_check.worker(conn, NOON, running)]

    assert (levels(running=False), levels(running=True)) == ([], ["wrong"])
    with base.writing() as conn:
        heartbeats.beat(conn, "wechat", NOON - timedelta(minutes=1))
        rows.keep_unreadable(conn, "k", "<xml>", "no XML", NOON)
    assert levels(running=True) == ["warn"]
    base.close()


@pytest.mark.parametrize("language", ["", "en"])
def test_every_code_has_words(language):
    words = load_words(places.ROOT / "content").read_in(language).labels["wechat_errors"]
    meanings = {*codes.MEANINGS.values(), codes.OTHER, codes.UNKNOWN}
    assert meanings == set(words)
