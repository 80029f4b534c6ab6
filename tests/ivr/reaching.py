"""Calls brought to each node of the flow the way a caller gets there: no address is forged."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from simulator import Call, accepts, rings_out
from simulator.document import Verb
from tests.ivr.conftest import Hotline
from tests.ivr.switchboard import at_desk

SOMEBODY = "client:somebody"
OTHER = "client:other"
DIALS = "<Dial"
STORY = "送来的冰箱坏了"
MOST_TURNS = 40


def node_of(call: Call) -> str:
    """Where the line stands: the node that the next address names; "" once the call is over."""
    if call.waiting is None:
        return ""
    return parse_qs(urlsplit(call.waiting.get("action")).query)["n"][0]


def verb_of(call: Call) -> Verb:
    """What hears the caller now; a call that does not listen fails the test."""
    assert call.waiting is not None, f"{call.ended}: {call.heard}"
    return call.waiting


def offered(call: Call, since: int) -> bool:
    """Whether any document from this one on rings somebody."""
    return any(DIALS in body for body in call.documents[since:])


def _told(hotline: Hotline) -> Call:
    call = hotline.call()
    call.says(STORY)
    return call


def _asked_for_result(hotline: Hotline) -> Call:
    """The question that is open after the story: what the caller wants."""
    return _told(hotline)


def _asked_for_keys(hotline: Hotline) -> Call:
    return _told(hotline).says("换一台")


def _asked_for_number(hotline: Hotline) -> Call:
    return _asked_for_keys(hotline).says("没有")


def _read_back(hotline: Hotline) -> Call:
    return _asked_for_number(hotline).says("行")


def _registered(hotline: Hotline) -> Call:
    return _read_back(hotline).says("对")


def _asked_for_status(hotline: Hotline) -> Call:
    return hotline.call().says("我上次投诉的事办到哪一步了")


def _greeted(hotline: Hotline) -> Call:
    """Talking without a question that is open: a greeting is answered, the story has not begun."""
    return hotline.call().says("你好")


def _waiting(hotline: Hotline) -> Call:
    """Somebody is on duty and does not pick up."""
    hotline.staff(OTHER)
    call = hotline.call(agents={OTHER: rings_out()})
    return call.press("0")


def _closed(hotline: Hotline) -> Call:
    return hotline.call().press("0")


def _nobody_came(hotline: Hotline) -> Call:
    call = _waiting(hotline)
    for _ in range(MOST_TURNS):
        if node_of(call) != "wait":
            return call
        call.silent()
    raise AssertionError("the waiting room never ends")


def _number_asked(hotline: Hotline) -> Call:
    return hotline.call(number="anonymous").press("0")


def _call_promised(hotline: Hotline) -> Call:
    return _closed(hotline).press("1")


def _talked(hotline: Hotline) -> Call:
    hotline.staff(OTHER)
    return hotline.call(agents={OTHER: accepts(2, talk=30)}).press("0")


def _held(hotline: Hotline) -> Call:
    """Whoever talks has put the caller on hold, from the desk."""
    desk = at_desk(hotline)
    hotline.staff(OTHER)
    phones = {OTHER: accepts(2, during=lambda call: desk.act("hold", call, OTHER))}
    return hotline.call(agents=phones, exchange=desk.company.exchange).press("0")


def _recording(hotline: Hotline) -> Call:
    return hotline.call().press("0").press("0").press("0")


WAYS: dict[str, Callable[[Hotline], Call]] = {
    "open": lambda hotline: hotline.call(),
    "story": _greeted,
    "fact": _asked_for_result,
    "digits": _asked_for_keys,
    "phone": _asked_for_number,
    "confirm": _read_back,
    "status": _asked_for_status,
    "done": _registered,
    "wait": _waiting,
    "closed": _closed,
    "nobody_came": _nobody_came,
    "number": _number_asked,
    "told": _call_promised,
    "after": _talked,
    "held": _held,
    "record": _recording,
}


def bring(hotline: Hotline, node: str) -> Call:
    """A call that stands at this node; from now on somebody is on duty who picks up and talks to the end."""
    call = WAYS[node](hotline)
    assert node_of(call) == node, f"{node_of(call) or call.ended}: {call.heard}"
    assert call.faults == []
    hotline.staff(SOMEBODY)
    call.caller.agents = {**call.caller.agents, SOMEBODY: accepts(1, talk=30, caller_ends=True)}
    return call
