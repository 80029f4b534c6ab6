"""Real processes, killed in the middle: nothing is lost, nothing arrives twice, what is unknown says so."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

import wiring
from simulator.wechat import Account, Fake, over_http
from store import wechat_sends
from tests.fakes.rasa import FakeRasa
from tests.wechat.conftest import APP, KEY, OPENID, TOKEN
from tests.wechat.running import SECRET, STARTS_WITHIN, Installation, until

LAUNCHER = ".venv/bin/python -m tests.fakes.wechat_launcher"
ANSWERED_BY_THE_OFFICE = 90.0
"""Seconds: 15 after which a message counts as unanswered, the office's next look, and slow machines."""


class House(Installation):
    """An installation, WeChat's side of it, and Rasa."""

    def __init__(self, folder, wechat, rasa):
        super().__init__(folder, JIESU_WECHAT_API_URL=wechat.url, JIESU_RASA_URL=rasa.url)
        wechat.pusher.wire = over_http(f"{self.callback}/wechat")
        self.wechat, self.rasa = wechat, rasa
        self.customer = wechat.customer(OPENID)

    def read(self):
        return self.wechat.read(OPENID)

    def states(self):
        with self.db.reading() as conn:
            chats = conn.exec_driver_sql("select distinct conversation_id from wechat_sends").scalars().all()
            return [row.state for chat in chats for row in wechat_sends.of_conversation(conn, chat)]


@pytest.fixture
def house(tmp_path):
    with ExitStack() as held:
        rasa = FakeRasa()
        held.callback(rasa.close)
        account = Account(APP, SECRET, TOKEN, KEY)
        wechat = held.enter_context(Fake(account, over_http("http://127.0.0.1:1"), wiring.now))
        made = House(tmp_path, wechat, rasa)
        held.callback(made.close)
        yield made


def test_a_callback_killed_between_commit_and_answer_keeps_the_words_once(house, tmp_path):
    fuse = tmp_path / "fuse"
    line = house.line("wechat-callback").replace(
        "'app:create_app()'", "'tests.fakes.wechat_launcher:create_app()'"
    )
    house.start("wechat-callback", instead=line, KILL_BEFORE_ANSWER=str(fuse))
    fuse.touch()
    delivery = house.customer.says("洗衣机漏水")
    assert delivery.acknowledged
    assert delivery.answers[0].status == 0
    assert not fuse.exists()
    assert house.told(OPENID) == ["洗衣机漏水"]


@pytest.mark.parametrize(("where", "read"), [("KILL_BEFORE_SENDING", 0), ("KILL_AFTER_SENDING", 1)])
def test_a_send_that_was_cut_off_is_unknown_and_not_repeated(house, where, read):
    house.start("wechat-callback")
    house.start("wechat", instead=LAUNCHER, **{where: "1"})
    house.customer.says("洗衣机漏水")
    until(lambda: house.ended("wechat") is not None, STARTS_WITHIN)
    assert house.states() == ["reserved"]
    house.start("wechat")
    until(lambda: house.states() == ["unknown"], STARTS_WITHIN)
    house.customer.says("第三次了")
    until(lambda: house.states() == ["unknown", "sent"], STARTS_WITHIN)
    assert len(house.read()) == read + 1
    assert len(house.wechat.made("message/custom/send")) == read + 1


def test_a_worker_killed_while_rasa_thinks_leaves_nobody_unanswered(house):
    """The turn is begun and its time to answer is gone: the office finds the words and says something."""
    house.rasa.delay = 2.0
    house.start("wechat-callback")
    house.start("wechat")
    house.start("office")
    house.customer.says("送来的东西和图片不一样")
    until(lambda: house.rasa.heard, STARTS_WITHIN)
    house.kill("wechat")
    house.rasa.delay = 0.0
    assert house.read() == []
    house.start("wechat")
    until(house.read, ANSWERED_BY_THE_OFFICE)
    house.customer.says("谢谢")
    until(lambda: len(house.read()) == 2, STARTS_WITHIN)
    until(lambda: house.states() == ["sent", "sent"], STARTS_WITHIN)


def test_two_workers_of_the_callback_keep_a_push_once(house):
    house.start("wechat-callback")
    delivery = house.customer.says("洗衣机漏水", repeat=6, parallel=True)
    assert [answer.acknowledged for answer in delivery.answers] == [True] * 6
    assert house.told(OPENID) == ["洗衣机漏水"]
