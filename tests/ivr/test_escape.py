"""A person from everywhere: each way of asking for one, and of failing to be understood, at every node.

Rasa is dead in all of this. Each node is reached by a call that walks there.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.callflow import Flow, spoken_seconds
from simulator import Call
from tests.ivr.conftest import Hotline
from tests.ivr.reaching import DIALS, WAYS, bring, node_of, offered

SPOKEN_SECONDS = 15.0
#: Nobody hears what is said into a recording, so there a wish is a key.
DEAF = {"record"}
#: Nodes at which a call back is promised already.
SETTLED = ("done", "closed", "nobody_came", "number", "told", "record")

WISHES: dict[str, Callable[[Call], Call]] = {
    "0": lambda call: call.press("0", at_once=True),
    "00": lambda call: call.press("00", at_once=True),
    "人工": lambda call: call.says("人工"),
    "转人工": lambda call: call.says("转人工"),
    "找真人": lambda call: call.says("找真人"),
    "找你们领导": lambda call: call.says("找你们领导"),
}
MISSES: dict[str, Callable[[Call], Call]] = {
    "hash": lambda call: call.press("#", at_once=True),
    "star": lambda call: call.press("*", at_once=True),
    "silence": lambda call: call.silent(),
    "cursing": lambda call: call.says("操你妈的王八蛋"),
    "mumbling": lambda call: call.says("那个嗯啊", confidence=0.2),
    "wrong key": lambda call: call.press("8", at_once=True),
}


def listening(flow: Flow) -> set[str]:
    """Every node at which a caller can say, press or leave out something."""
    return {name for name, node in flow.nodes.items() if node.kind not in ("ring", "leave")}


def test_every_node_that_listens_is_walked_to(hotline: Hotline) -> None:
    assert set(WAYS) == listening(hotline.house.content.flow)


def seconds_of_speech(hotline: Hotline, said: list[str]) -> float:
    return spoken_seconds("".join(said), hotline.house.content.flow.pace)


def prompt(call: Call) -> list[str]:
    """What the prompt says that is standing now; music is no speech."""
    assert call.waiting is not None
    return [verb.text for verb in call.waiting.inside if verb.name == "Say"]


@pytest.mark.parametrize(
    ("node", "wish"), [(node, wish) for node in WAYS for wish in WISHES if wish.isdigit() or node not in DEAF]
)
def test_a_wish_rings_somebody_in_the_next_document(hotline: Hotline, node: str, wish: str) -> None:
    call = bring(hotline, node)
    since, talks, said = len(call.documents), len(call.bridged), prompt(call)
    WISHES[wish](call)
    assert DIALS in call.documents[since], call.last
    assert len(call.bridged) > talks, "nobody was connected"
    assert seconds_of_speech(hotline, said + call.last) <= SPOKEN_SECONDS
    assert call.faults == []


@pytest.mark.parametrize("miss", MISSES)
@pytest.mark.parametrize("node", WAYS)
def test_what_is_not_understood_rings_somebody_at_the_second_time(
    hotline: Hotline, node: str, miss: str
) -> None:
    """Where a promise is stored, or a talk is over, a goodbye that says so is right as well; on hold, the way
    out said again."""
    call = bring(hotline, node)
    since, before = len(call.documents), len(call.heard)
    for _ in range(2):
        if not call.ended and not offered(call, since):
            MISSES[miss](call)
    assert call.faults == []
    if offered(call, since):
        assert seconds_of_speech(hotline, call.heard[before:]) <= SPOKEN_SECONDS, call.heard
    else:
        assert is_settled(hotline, call, node), (node_of(call), call.last)


def is_settled(hotline: Hotline, call: Call, node: str) -> bool:
    """What was said last repeats the time of a promise that is stored; or, after a talk, is the goodbye
    that the caller was told of (没事就挂机); or, on hold, who comes back and the way to another."""
    heard = "".join(call.last)
    if node == "held":  # a person has the call and comes back; silence is what they asked for
        return node_of(call) == "held" and "按零" in heard
    if node == "after":
        return call.ended == "machine" and "再见" in heard and hotline.complaint(call).state != "draft"
    if node not in SETTLED or "callback" not in hotline.promises(call):
        return False
    return any(promise in heard for promise in ("前打", "前有人看"))


@pytest.mark.parametrize("node", [node for node in WAYS if node not in DEAF])
def test_a_wish_to_complain_is_kept_and_a_person_offered(hotline: Hotline, node: str) -> None:
    """我要投诉 is no wish for a person but the beginning of a complaint."""
    call = bring(hotline, node)
    since = len(call.documents)
    call.says("我要投诉")
    assert "我要投诉" in hotline.words(call)
    assert hotline.complaint(call) is not None
    heard = "".join(call.last)
    assert offered(call, since) or "人工" in heard or "按零" in heard, heard
    assert call.faults == []
