"""Whatever a caller does, eight inputs deep and whoever is on duty: no dead end, no loop, no error.

Our own door in this process, Rasa dead. Random calls share one hotline, as callers do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from simulator import Call, accepts, busy, declines, fails, rings_out, voicemail
from tests.ivr.conftest import Hotline, hotline_at

DEPTH = 8
MOST_TURNS = 60
FIRST, SECOND = "client:first", "client:second"
PHONES = (accepts(2, talk=30), accepts(4, talk=5), declines(2), voicemail(3), busy(), fails(), rings_out())
WISHES = ("人工", "转人工", "找真人", "找你们领导")
ANSWERS = ("换一台", "没有", "行", "对", "不是", "不录", "喂", "算了")
WORDS = (*WISHES, *ANSWERS, "我要投诉", "送来的冰箱坏了", "操你妈")
INPUTS = some.one_of(
    some.sampled_from([("keys", key) for key in ("0", "00", *"123456789", "*", "#", "13800138000#")]),
    some.sampled_from([("words", words) for words in WORDS]),
    some.sampled_from([("mumble", "那个嗯啊"), ("silence", ""), ("both", "1")]),
    some.tuples(some.just("keys"), some.text("0123456789#*", min_size=1, max_size=16)),
)
STAFF = some.lists(some.sampled_from(PHONES), max_size=2)


class Shared:
    """The hotline that all these calls go to; its name is short, so that a failing example can be read."""

    def __init__(self, hotline: Hotline) -> None:
        self.hotline = hotline
        self.numbers = iter(range(10**6))

    def __repr__(self) -> str:
        return "hotline"

    @contextmanager
    def call(self, staff: list, withheld: bool = False) -> Iterator[Call]:
        """Somebody who has never called before; a phone that failed earlier works again."""
        there = dict(zip((FIRST, SECOND), staff, strict=False))
        with self.hotline.house.db.writing() as conn:
            conn.exec_driver_sql("update users set line_out_until = null")
        for address in (FIRST, SECOND):
            self.hotline.staff(address, presence="available" if address in there else "away")
        number = "anonymous" if withheld else f"+86137{next(self.numbers):08d}"
        call = self.hotline.call(number, agents=there)
        try:
            yield call
        finally:
            call.hang_up()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    found = hotline_at(tmp_path_factory.mktemp("walks"))
    yield Shared(found)
    found.house.db.close()


def do(call: Call, kind: str, text: str) -> None:
    if kind == "keys":
        call.press(text)
    elif kind == "words":
        call.says(text)
    elif kind == "mumble":
        call.says(text, confidence=0.2)
    elif kind == "both":
        call.acts(keys=text, words="人工")
    else:
        call.silent()


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(inputs=some.lists(INPUTS, min_size=1, max_size=DEPTH), staff=STAFF, withheld=some.booleans())
@example(inputs=[("keys", "0")] * DEPTH, staff=[], withheld=False)
@example(inputs=[("silence", "")] * DEPTH, staff=[rings_out()], withheld=False)
@example(inputs=[("keys", "#")] * DEPTH, staff=[declines(1), busy()], withheld=True)
def test_no_call_is_lost(shared: Shared, inputs: list, staff: list, withheld: bool) -> None:
    with shared.call(staff, withheld) as call:
        for kind, text in inputs:
            if not call.listening:
                break
            do(call, kind, text)
        check(shared.hotline, call)
        then_silent(shared.hotline, call)
        check(shared.hotline, call)


def check(hotline: Hotline, call: Call) -> None:
    """No error, no finding, no answer that differs; the line is up, or ended with a sentence."""
    assert call.faults == [], call.heard
    assert call.differences == []
    assert call.listening or call.ended in ("machine", "caller"), (call.ended, call.heard)
    if call.ended == "machine":
        assert call.last, "hung up without a word"
        assert hotline.complaint(call) is not None


def then_silent(hotline: Hotline, call: Call) -> None:
    """From wherever that led, silence ends within a count: with a person, or a goodbye with a promise. Who
    has given up and said no to being called is left alone, and kept as such for the supervisor."""
    for _ in range(MOST_TURNS):
        if not call.listening:
            break
        call.silent()
    assert not call.listening, ("silence goes round in circles", call.heard[-6:])
    if not call.bridged:
        left_alone = hotline.complaint(call).kind == "hidden"
        assert left_alone or "callback" in hotline.promises(call), call.heard


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(inputs=some.lists(INPUTS, max_size=DEPTH - 1), wish=some.sampled_from(["0", "00", *WISHES]))
def test_a_wish_rings_from_wherever_a_call_is(shared: Shared, inputs: list, wish: str) -> None:
    with shared.call([accepts(2, talk=30)]) as call:
        for kind, text in inputs:
            if call.listening:
                do(call, kind, text)
        deaf = call.waiting is not None and call.waiting.name == "Record"
        if not call.listening or (deaf and not wish.isdigit()):
            return
        rung, since = len(call.rung), len(call.documents)
        do(call, "keys" if wish.isdigit() else "words", wish)
        assert len(call.rung) > rung, call.heard
        assert "<Dial" in call.documents[since], call.heard
        assert call.faults == []
