"""Whatever WeChat repeats, delays or delivers at once, and whatever stops in between: each message has one
effect, each turn at most one answer, and nothing is sent when its window is over.

WeChat's own side counts its quota itself (simulator/wechat), so a mistake of our ledger shows as a refusal.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

import settings as setting
import wiring
from app import assemble
from simulator.wechat import Account, Fake, over_wsgi
from simulator.wechat.customers import MENU, MESSAGE
from simulator.wechat.pushing import Answer
from simulator.wechat.server import CUT, HTML, LOST, SILENT
from store import conversations, customers, messages, wechat_sends
from tests.fakes.clock import Clock
from tests.fakes.rasa import FakeRasa
from tests.wechat.conftest import APP, KEY, TOKEN
from tests.wechat.fakes import sealed_by_wechatpy
from wechat.outbound import Sender
from wechat.worker import Worker

WORDS = ("洗衣机漏水", "第三次了", "要退钱", "你们到底管不管", "转人工", "谢谢", "1", "13800138000")
KEYS = ("complain", "human", "status")
PAUSES = [0.2, 0.9, 1.0, 2.0, 2.5, 8.0, 30.0, 61.0, 3600.0, 47 * 3600.0, 49 * 3600.0]
CUSTOMERS = 3
SECRET = secrets.token_hex(16)
ARRIVED = ("sent", "unknown")
WINDOW_OVER = (45015, 45047)
FAULTS = (45009, -1, 40001, CUT, HTML, LOST, SILENT)
DRAIN = [1.0] * 40 + [600.0] * 4
"""Seconds after which all that was put off has been tried again."""
who = st.integers(0, CUSTOMERS - 1)
times = st.integers(1, 3)


class Held:
    """Carries pushes to whatever process is the callback now; drops answers on the way when told."""

    def __init__(self):
        self.app = None
        self.answers_lost = 0

    def __call__(self, query, body, deadline):
        answer = over_wsgi(self.app)(query, body, deadline)
        if self.answers_lost:
            self.answers_lost -= 1
            return Answer(0)
        return answer


class Replay(RuleBasedStateMachine):
    """Customers, WeChat, our callback and our worker; each step is something that really happens."""

    @initialize()
    def start(self):
        self.folder = Path(tempfile.mkdtemp(prefix="jiesu-replay-"))
        self.clock, self.rasa, self.wire = Clock(), FakeRasa(), Held()
        account = Account(APP, SECRET, TOKEN, KEY)
        seal = sealed_by_wechatpy(TOKEN, KEY, APP)
        self.fake = Fake(account, self.wire, self.clock, seal=seal).__enter__()
        env = {"JIESU_DATA_DIR": str(self.folder), "JIESU_RASA_URL": self.rasa.url}
        env |= {"WECHAT_APP_ID": APP, "WECHAT_APP_SECRET": SECRET, "WECHAT_TOKEN": TOKEN}
        env |= {"WECHAT_AES_KEY": KEY, "JIESU_WECHAT_API_URL": self.fake.url}
        self.settings = setting.load(env)
        self.wanted: dict[str, set[str]] = {}
        self.pushed: list[dict] = []
        self.late: list[tuple[dict, object]] = []
        self.houses = []
        self.restart_callback()
        self.worker = None
        self.restart_worker()

    def house(self):
        made = wiring.house(self.settings, self.clock)
        self.houses.append(made)
        return made

    # ---- what is pushed

    def openid(self, n):
        return f"oReplay{n}"

    def fields(self, n, **more):
        made = int(self.clock().timestamp())
        self.fake.customer(self.openid(n))
        return {"ToUserName": "gh_0", "FromUserName": self.openid(n), "CreateTime": made, **more}

    def message(self, n, words):
        """What WeChat pushes for words; written now, whenever it is delivered."""
        self.fake.platform.act(self.openid(n), MESSAGE)
        id = self.fake.next_id()
        told = self.fields(n, MsgType="text", Content=words, MsgId=id)
        self.wanted.setdefault(self.openid(n), set()).add(f"wechat:{APP}:{id}")
        self.pushed.append(told)
        return told

    def tap(self, n, key):
        self.fake.platform.act(self.openid(n), MENU)
        told = self.fields(n, MsgType="event", Event="CLICK", EventKey=key)
        mark = f"{told['CreateTime']}:{key}"
        self.wanted.setdefault(self.openid(n), set()).add(mark)
        self.pushed.append(told)
        return told

    @rule(n=who, words=st.sampled_from(WORDS), times=times, parallel=st.booleans())
    def says(self, n, words, times, parallel):
        delivery = self.fake.push(self.message(n, words), repeat=times, parallel=parallel)
        assert delivery.acknowledged

    @rule(n=who, key=st.sampled_from(KEYS), times=times, parallel=st.booleans())
    def taps(self, n, key, times, parallel):
        assert self.fake.push(self.tap(n, key), repeat=times, parallel=parallel).acknowledged

    @rule(n=who, keys=st.permutations(KEYS), times=times)
    def taps_everything_within_one_second(self, n, keys, times):
        for key in keys:
            assert self.fake.push(self.tap(n, key), repeat=times).acknowledged

    @rule(n=who, first=st.sampled_from(WORDS), second=st.sampled_from(WORDS))
    def writes_two_lines_of_which_the_second_arrives_first(self, n, first, second):
        one, two = self.message(n, first), self.message(n, second)
        assert self.fake.push(two).acknowledged
        assert self.fake.push(one).acknowledged

    @rule(data=st.data())
    def repeats_an_old_push(self, data):
        if self.pushed:
            again = data.draw(st.sampled_from(self.pushed[-6:]))
            assert self.fake.push(again, repeat=1).acknowledged

    @rule(n=who, words=st.sampled_from(WORDS))
    def an_answer_of_ours_is_lost(self, n, words):
        """The callback ends, or the network, between the commit and the answer: WeChat pushes again."""
        self.wire.answers_lost = 1
        delivery = self.fake.push(self.message(n, words))
        assert [answer.acknowledged for answer in delivery.answers] == [False, True]

    @rule(words=st.lists(st.sampled_from(WORDS), min_size=2, max_size=4))
    def everybody_writes_at_once(self, words):
        told = [self.message(n, line) for n in range(CUSTOMERS) for line in words]
        with ThreadPoolExecutor(6) as pool:
            deliveries = list(pool.map(lambda one: self.fake.push(one, repeat=2), told))
        assert all(delivery.acknowledged for delivery in deliveries)

    # ---- what passes, stops and breaks

    @rule(seconds=st.sampled_from(PAUSES))
    def time_passes(self, seconds):
        self.clock.pass_(seconds=seconds)
        self.worker.tick()

    @rule()
    def works(self):
        self.worker.tick()
        self.thought()

    @rule(delay=st.sampled_from([0.0, 0.05, 0.2]))
    def rasa_is_slow(self, delay):
        self.rasa.delay = delay

    @rule(dead=st.booleans())
    def rasa_is_dead(self, dead):
        self.rasa.status = 500 if dead else 200

    @rule(n=who, words=st.sampled_from(WORDS), order=st.permutations(FAULTS))
    def turns_are_answered_while_wechat_fails(self, n, words, order):
        """In every way, one after the other: what fails is met by the next send, most likely this answer."""
        for how in order:
            self.fake.fail("message/custom/send", how)
            assert self.fake.push(self.message(n, words)).acknowledged
            for seconds in (2.5, 31.0):
                self.time_passes(seconds)
                self.works()

    @rule()
    def restart_callback(self):
        self.wire.app = assemble(self.settings, self.house())

    @rule()
    def restart_worker(self):
        """The old one ends as it does when told: turns under way are finished, nothing else is begun."""
        if self.worker is not None:
            self.worker._turns.shutdown(wait=True)
        house = self.house()
        api = wiring.wechat_api(self.settings)
        self.worker = Worker(house, [Sender(house, APP, api)])
        self.worker._senders[0].recover(self.clock())

    def thought(self):
        """Wait in real time until no turn is under way."""
        until = time.monotonic() + 10
        while self.worker._under_way and time.monotonic() < until:
            time.sleep(0.005)
        assert not self.worker._under_way

    # ---- what must be true

    def teardown(self):
        if not hasattr(self, "worker"):
            return
        try:
            self.check()
        finally:
            self.worker._turns.shutdown(wait=True)
            self.fake.__exit__()
            self.rasa.close()
            for house in self.houses:
                house.db.close()
            shutil.rmtree(self.folder)

    def check(self):
        self.fake.well()
        self.rasa.delay, self.rasa.status = 0.0, 200
        for seconds in DRAIN:
            self.clock.pass_(seconds=seconds)
            self.works()
        with self.houses[-1].db.reading() as conn:
            for openid in self.wanted:
                self.check_one(conn, openid)

    def check_one(self, conn, openid):
        who = customers.find(conn, "openid", openid)
        chat = conversations.fetch(conn, conversations.of_customer(conn, who, "wechat"))
        rows = messages.of_conversation(conn, chat.id, limit=10_000)
        heard = [row for row in rows if row.author == "customer"]
        assert len(heard) == len(self.wanted[openid]), "each push is kept exactly once"
        assert all(row.complaint_id is not None for row in heard), "every fragment is on a complaint"
        assert all(row.answered for row in heard), "nothing waits for ever"
        assert list(wechat_sends.unsent(conn, chat)) == [], "nothing waits to be sent"
        self.check_answered(rows, wechat_sends.of_conversation(conn, chat.id))
        self.check_sent(rows, wechat_sends.of_conversation(conn, chat.id))
        self.check_read(conn, openid, chat)

    def check_answered(self, rows, sends):
        """The last words have an answer, and it went out, or the ledger says why it did not."""
        newest = max(row.id for row in rows if row.author == "customer")
        last = [row for row in rows if row.author == "assistant" and row.id > newest]
        assert last, "the last words are answered"
        answered = max(row.answers or 0 for row in last)
        final = {row.id for row in last if (row.answers or 0) == answered}
        noted = {id for send in sends for id in send.messages}
        assert final <= noted, "no answer is lost; one that was overtaken is none"

    def check_sent(self, rows, sends):
        """Nothing is sent twice, and what answers one turn is one bubble."""
        arrived = [send for send in sends if send.state in ARRIVED]
        told = [id for send in arrived for id in send.messages]
        assert len(told) == len(set(told)), "no line is in two bubbles"
        bubble_of = {id: send.id for send in arrived for id in send.messages}
        answers: dict[int, set[int]] = {}
        for row in rows:
            if row.author == "assistant" and row.answers and row.id in bubble_of:
                answers.setdefault(row.answers, set()).add(bubble_of[row.id])
        assert all(len(bubbles) == 1 for bubbles in answers.values()), "one turn, one bubble"

    def check_read(self, conn, openid, chat):
        """What WeChat took is what we believe that it took; no window was missed."""
        calls = [call for call in self.fake.made("message/custom/send") if call.body["touser"] == openid]
        assert not [call.code for call in calls if call.code in WINDOW_OVER], "sent when the window was over"
        arrived = [send for send in wechat_sends.of_conversation(conn, chat.id) if send.state in ARRIVED]
        read = [seen for seen in self.fake.seen(openid) if not seen.mine]
        assert len(read) <= len(arrived)


Replay.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    phases=[phase for phase in Phase if phase is not Phase.explain],
    suppress_health_check=list(HealthCheck),
)
TestReplay = pytest.mark.timeout(600)(Replay.TestCase)
