"""What `./jiesu doctor` says of WeChat customer service."""

from __future__ import annotations

import pytest

import settings as setting
from simulator.wechat.kf import Kf
from tests.wechat.kf.conftest import CORP, KEY, SECRET, TOKEN
from tools import wechat_check


@pytest.fixture
def our(kf, tmp_path):
    account = {"WECOM_CORP_ID": CORP, "WECOM_KF_SECRET": SECRET, "WECOM_KF_TOKEN": TOKEN}
    there = {"JIESU_DATA_DIR": str(tmp_path), "JIESU_WECOM_API_URL": kf.fake.url}
    return setting.load({**account, **there, "WECOM_KF_AES_KEY": KEY})


def told(our):
    findings = list(wechat_check.examine_kf(our))
    assert not [one for one in findings if SECRET in str(one)]
    return [one.what for one in findings]


def test_the_accounts_are_counted(our):
    assert told(our) == ["WeChat customer service: 1 accounts are ours to answer in"]


def test_none_is_said(our, kf):
    Kf(kf.fake, ())
    assert told(our) == ["WeChat customer service: no account is managed by the API"]


def test_a_refusal_names_what_a_person_can_do(our, kf):
    kf.fake.fail("kf/account/list", 60020)
    assert told(our) == ["WeChat customer service does not let us in (code 60020)"]


def test_without_its_settings_nothing_is_asked(tmp_path):
    assert told(setting.load({"JIESU_DATA_DIR": str(tmp_path)})) == []
