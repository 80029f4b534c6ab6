"""Random interleavings of a customer, a slow assistant, two agents, calls and restarts.

Whatever the order: one speaks at a time, the assistant says nothing while an agent speaks, everybody's words
are kept once, and whoever reads by cursor gets every sentence once and in order.

A slow answer is played without threads: while the assistant "thinks", other steps happen, and then it
answers, or the process dies. Each transaction is a step of its own here, so any order of them can be played.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core import conversation
from reception import turns
from reception.acting import Refused
from reception.assistant import NoAnswer
from reception.content import load
from reception.desk import Agents
from reception.heard import Heard
from reception.undoing import Undoing
from store import calls, conversations, events, handoffs, live, messages
from tests.fakes.clock import Clock
from tests.fakes.complaints import database
from tests.reception.conftest import CONTENT, add_agent, make_reception
from web import news
from wiring import learned

SAYINGS = (
    "送来的冰箱门凹了一块",
    "要退款",
    "电话13800138000",
    "转人工",
    "你们太过分了，我要曝光",
    "算了，不说了",
    "……",
)
PROPOSALS: tuple[list[str] | None, ...] = ([], ["utter_ask_wanted"], ["utter_ask_phone"], None)
"""What the assistant proposes; None: it gives no answer."""
SIDS = ("CA" + "1" * 32, "CA" + "2" * 32)
OUTCOMES = ("accepted", "customer_left", "no-answer")
PAUSES = st.sampled_from([0, 1, 5, 12, 40, 70, 150, 320])
#: What may happen while the assistant thinks, by name of a method below.
MEANWHILE = ("take", "hand_back", "hand_on", "say", "undo", "customer_asks", "leave", "look", "desk_looks")
AGENTS = st.sampled_from([0, 1])


@cache
def words() -> Any:
    return load(CONTENT, today=Clock().now.date(), learned=learned())


class Died(BaseException):
    """The process ended in the middle of an answer."""


class Slow:
    """An assistant that thinks while other things happen."""

    resting = False

    def __init__(self) -> None:
        self.meanwhile: Callable[[], None] = lambda: None
        self.proposal: list[str] | None = []

    def ask(self, *_: object) -> list[str]:
        self.meanwhile()
        if self.proposal is None:
            raise NoAnswer("none")
        return self.proposal


class Interleavings(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="jiesu-interleavings-")
        self.clock = Clock()
        # A message waits in real time for the turn before it, and a turn that died holds it for all of that.
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(turns, "DEADLINES", dict.fromkeys(turns.DEADLINES, 0.05))
        self.keys = itertools.count()
        self.sent: dict[str, str] = {}
        self.agent_lines: dict[str, int] = {}
        self.talk = ""
        self.begin_process()
        with self.db.writing() as conn:
            self.people = [add_agent(conn, self.clock, login, login) for login in ("li", "wang")]
        self.cursor, self.desk_cursor = 0, 0
        self.read: list[Any] = []
        self.desk_read: list[Any] = []

    def teardown(self) -> None:
        if self.talk:
            self.settle()
        self.db.close()
        self.patch.undo()
        self.folder.cleanup()

    def begin_process(self) -> None:
        """What a fresh process has: the database, and nothing in memory."""
        self.db = database(self.folder.name)
        self.slow = Slow()
        self.reception = make_reception(self.db, words(), Path(self.folder.name), "http://127.0.0.1:1")
        object.__setattr__(self.reception, "assistant", self.slow)
        self.agents = Agents(self.db, words())
        self.undoing = Undoing(self.db, words())
        self.house: Any = SimpleNamespace(db=self.db, clock=self.clock)

    # ---- Watching each step

    def state(self, id: str) -> tuple[Any, int]:
        with self.db.reading() as conn:
            row = conversations.get(conn, id)
            rows = messages.of_conversation(conn, id)
        return row, rows[-1].id if rows else 0

    @contextmanager
    def step(self, id: str) -> Iterator[None]:
        """One transaction: what it adds to the conversation must fit who speaks after it."""
        before, last = self.state(id)
        yield
        self.check(id, before, last)

    def check(self, id: str, before: Any, last: int) -> None:
        after, _ = self.state(id)
        if after is None:
            return
        with self.db.reading() as conn:
            added = [row for row in messages.of_conversation(conn, id) if row.id > last]
        for row in added:
            if after.speaker == conversation.AGENT:
                assert row.author != conversation.ASSISTANT, (row.words, row.reply)
            if row.author == conversation.AGENT:
                assert before is not None
                assert row.agent_id == before.agent_id == after.agent_id

    # ---- The customer in the chat

    def heard(self, text: str, key: str) -> Heard:
        return Heard("web", ("cookie", "c"), text, key, self.clock(), self.talk or None)

    @initialize()
    def first_words(self) -> None:
        self.customer_says("送来的冰箱门凹了一块", [], [], dies=False)

    @rule(
        text=st.sampled_from(SAYINGS),
        proposal=st.sampled_from(PROPOSALS),
        meanwhile=st.lists(st.tuples(st.sampled_from(MEANWHILE), AGENTS), max_size=4),
        dies=st.booleans(),
    )
    def customer_says(self, text: str, proposal: Any, meanwhile: Any, dies: bool) -> None:
        """The message is kept, other things happen while it is answered, and then it is answered or not."""
        key = f"c:{next(self.keys)}"
        self.sent[key] = text
        self.receive(key, proposal, meanwhile, dies)

    @rule(data=st.data(), proposal=st.sampled_from(PROPOSALS))
    def customer_sends_again(self, data: Any, proposal: Any) -> None:
        """A weak network: the same message under the same key."""
        self.receive(data.draw(st.sampled_from(sorted(self.sent))), proposal, [], dies=False)

    def receive(self, key: str, proposal: Any, meanwhile: Any, dies: bool) -> None:
        seen: list[tuple[Any, int]] = []

        def thinks() -> None:
            for name, who in meanwhile:
                getattr(self, name)(who)
            if dies:
                raise Died
            seen.append(self.state(self.talk))

        self.slow.meanwhile, self.slow.proposal = thinks, proposal
        before = self.state(self.talk) if self.talk else (None, 0)
        if not self.talk:  # the conversation gets its name with the first answer
            self.talk = self.reception.receive(self.heard(self.sent[key], key)).conversation
            return
        try:
            self.reception.receive(self.heard(self.sent[key], key))
        except Died:
            self.begin_process()
            return
        self.slow.meanwhile = lambda: None
        self.check(self.talk, *(seen[-1] if seen else before))

    @rule(who=AGENTS)
    def customer_asks(self, who: int) -> None:
        """The button for a person."""
        key = f"ask:{next(self.keys)}"
        with self.step(self.talk):
            self.reception.ask_human(self.talk, "asked", key, self.clock())

    # ---- Agents in writing

    @rule(who=AGENTS)
    def take(self, who: int) -> None:
        with self.step(self.talk), suppress(Refused):
            self.agents.take(self.people[who], self.talk, self.clock())

    @rule(who=AGENTS)
    def say(self, who: int) -> None:
        """Only whoever speaks is heard; the same line sent twice is one line."""
        row, _ = self.state(self.talk)
        key = f"desk:{next(self.keys)}"
        with self.step(self.talk):
            try:
                first = self.agents.say(self.people[who], self.talk, key, key, self.clock())
                assert self.agents.say(self.people[who], self.talk, key, key, self.clock()) == first
            except Refused:
                assert row.agent_id != self.people[who]
                return
        assert (row.speaker, row.agent_id) == (conversation.AGENT, self.people[who])
        self.agent_lines[key] = first

    @rule(who=AGENTS)
    def hand_back(self, who: int) -> None:
        with self.step(self.talk), suppress(Refused):
            self.agents.hand_back(self.people[who], self.talk, "", self.clock())

    @rule(who=AGENTS)
    def hand_on(self, who: int) -> None:
        with self.step(self.talk), suppress(Refused):
            self.agents.hand_on(self.people[who], self.talk, "", "", self.clock())

    @rule(who=AGENTS)
    def undo(self, who: int) -> None:
        """Whatever was done last and can still be undone."""
        row, _ = self.state(self.talk)
        with self.db.reading() as conn:
            acts = self.undoing.open_to(conn, self.people[who], row.complaint_id, self.clock())
        for act in acts[:1]:
            with self.step(self.talk), suppress(Refused):
                self.undoing.undo(self.people[who], row.complaint_id, act.id, self.clock())

    @rule(who=AGENTS)
    def leave(self, who: int) -> None:
        with self.step(self.talk):
            self.agents.leave(self.people[who], self.clock())

    @rule(who=AGENTS, presence=st.sampled_from(["available", "busy", "away"]))
    def present(self, who: int, presence: str) -> None:
        self.agents.present(self.people[who], presence, self.clock())

    # ---- Calls

    @rule(sid=st.sampled_from(SIDS), text=st.sampled_from(SAYINGS), proposal=st.sampled_from(PROPOSALS))
    def caller_says(self, sid: str, text: str, proposal: Any) -> None:
        """A call begins, or goes on, while nobody has accepted it."""
        with self.db.writing() as conn:
            calls.start(conn, sid, "open", self.clock())
        self.slow.proposal = proposal
        heard = Heard("phone", ("phone", "+8613900000000"), text, f"p:{next(self.keys)}", self.clock(), sid)
        with self.step(sid):
            self.reception.receive(heard)

    def call(self, sid: str) -> Any:
        """The open handoff of this call, or None."""
        with self.db.reading() as conn:
            return handoffs.open_of(conn, sid) if calls.get(conn, sid) else None

    @rule(sid=st.sampled_from(SIDS))
    def caller_asks(self, sid: str) -> None:
        if self.state(sid)[0] is not None:
            with self.step(sid):
                self.reception.ask_human(sid, "asked", f"0:{next(self.keys)}", self.clock(), "+8613900000000")

    @rule(sid=st.sampled_from(SIDS), who=AGENTS)
    def accepts_call(self, sid: str, who: int) -> None:
        wish = self.call(sid)
        if wish is not None:
            with self.step(sid):
                done = self.agents.accept_call(self.people[who], wish.id, self.clock(), f"leg{who}")
            assert done == (self.state(sid)[0].agent_id == self.people[who]) or not done

    @rule(sid=st.sampled_from(SIDS), outcome=st.sampled_from(OUTCOMES), hold=st.booleans())
    def call_ends(self, sid: str, outcome: str, hold: bool) -> None:
        wish = self.call(sid)
        if wish is not None:
            with self.step(sid):
                if hold:
                    self.agents.hold_call(wish.id, self.clock())
                self.agents.end_call(wish.id, outcome, self.clock())

    @rule(sid=st.sampled_from(SIDS))
    def call_is_passed(self, sid: str) -> None:
        wish = self.call(sid)
        if wish is not None:
            with self.step(sid):
                self.agents.pass_call(wish.id, self.clock())

    @rule(sid=st.sampled_from(SIDS))
    def nobody_picks_up(self, sid: str) -> None:
        """A call back is promised in place of the call."""
        row, _ = self.state(sid)
        if row is not None and row.speaker == conversation.WAITING:
            with self.step(sid):
                self.reception.unreached(sid, self.clock())

    # ---- The office, and the process

    @rule(seconds=PAUSES)
    def time_passes(self, seconds: int) -> None:
        """The office's rounds after it: whoever waits is told, absent agents are relieved, the kept is
        answered."""
        self.clock.pass_(seconds=seconds)
        self.slow.proposal = None
        for chore in (
            self.reception.chase_waiting,
            self.agents.release_absent,
            self.reception.finish_unanswered,
        ):
            with self.step(self.talk):
                chore(self.clock())

    @rule()
    def restart(self) -> None:
        self.db.close()
        self.begin_process()

    # ---- Readers by cursor

    @rule(who=AGENTS)
    def look(self, who: int) -> None:
        """The chat page, as its stream reads."""
        latest = news.since(self.house, self.talk, self.cursor)
        if latest is not None:
            assert latest.cursor > self.cursor
            self.cursor = latest.cursor
            self.read += [line.said.id for line in latest.lines]

    @rule(who=AGENTS)
    def desk_looks(self, who: int) -> None:
        self.desk_follows()

    def desk_follows(self) -> bool:
        """The desk, a few events at a time; whether there were any."""
        with self.db.reading() as conn:
            rows = live.signs(conn, self.desk_cursor, 5)
        self.desk_read += [row.id for row in rows]
        self.desk_cursor = self.desk_read[-1] if self.desk_read else 0
        return bool(rows)

    # ---- What always holds

    @invariant()
    def one_speaks(self) -> None:
        with self.db.reading() as conn:
            for id in (self.talk, *SIDS):
                row = conversations.get(conn, id)
                if row is None:
                    continue
                assert (row.speaker == conversation.AGENT) == (row.agent_id is not None)
                wish = handoffs.open_of(conn, id)
                if row.speaker == conversation.AGENT:
                    assert wish is not None
                    assert wish.agent_id == row.agent_id
                if row.speaker == conversation.WAITING:
                    assert wish is not None
                    assert wish.agent_id is None

    @invariant()
    def read_once_and_in_order(self) -> None:
        assert self.read == sorted(set(self.read))
        assert self.desk_read == sorted(set(self.desk_read))

    @precondition(lambda self: self.talk)
    @invariant()
    def everybodys_words_are_kept_once(self) -> None:
        with self.db.reading() as conn:
            for key, text in self.sent.items():
                row = messages.by_key(conn, key)
                assert row is not None
                assert row.words == text
            for key, id in self.agent_lines.items():
                row = messages.by_key(conn, key)
                assert row is not None
                assert row.id == id
            rows = messages.of_conversation(conn, self.talk)
        assert sum(row.author == "customer" and row.words != "" for row in rows) == len(self.sent)
        assert sum(row.author == "agent" for row in rows) == len(self.agent_lines)

    def settle(self) -> None:
        """In the end nothing waits for an answer, and both readers have everything that was ever said."""
        self.clock.pass_(seconds=60)
        self.slow.proposal = None
        for _ in range(3):
            self.reception.finish_unanswered(self.clock())
            self.clock.pass_(seconds=30)
        self.look(0)
        while self.desk_follows():
            pass
        with self.db.reading() as conn:
            shown = [row.id for row in messages.of_conversation(conn, self.talk, limit=10_000) if row.words]
            assert not messages.pending(conn, self.talk)
            last = events.last(conn)
        assert self.read == shown
        assert self.desk_read[-1] == last
        assert len(self.desk_read) == last  # ids have no gaps: nothing was passed over


Interleavings.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    phases=[phase for phase in Phase if phase is not Phase.explain],
    suppress_health_check=list(HealthCheck),
)
TestInterleavings = Interleavings.TestCase
