"""What may still be written to a WeChat customer, until when, and by which right.

A customer's message opens five messages for 48 hours; a tap on the menu, a follow or a scanned code opens
three for one minute, and no 48 hours (Tencent, "Customer service messages", rules by trigger). The numbers
change by announcement, so they are data: content/wechat.yml.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.content import ContentError, mapping_at, whole_at

MESSAGE = "message"
MENU = "menu"
FOLLOW = "follow"
SCAN = "scan"
TRIGGERS = (MESSAGE, MENU, FOLLOW, SCAN)

AGENT, ASSISTANT = "agent", "assistant"
KEPT_FOR_A_PERSON = 1
"""Messages that the assistant never uses: the last one is a person's."""


PUSHED_WITHIN = timedelta(hours=1)
"""A push that says it is older was not late, its clock or ours is wrong: WeChat repeats for 15 s."""
PULLED_WITHIN = timedelta(days=3)
"""The same of what is pulled from Kf: WeCom keeps messages for three days."""


@dataclass(frozen=True)
class Grant:
    """How many messages one act of the customer opens, and for how long."""

    messages: int
    lasts: timedelta


@dataclass(frozen=True)
class Right:
    """A right to send: `left` messages until `until`, opened by the customer's act `by`."""

    by: str
    left: int
    until: datetime
    id: int = 0


def grants_from(value: object, where: str) -> dict[str, Grant]:
    """The grants by trigger. Raises ContentError for one that is missing, unknown, or no number."""
    given = mapping_at(value, where)
    if set(given) != set(TRIGGERS):
        raise ContentError(where, f"exactly these are needed: {', '.join(TRIGGERS)}")
    return {name: _grant(mapping_at(given[name], f"{where}.{name}"), f"{where}.{name}") for name in TRIGGERS}


def _grant(given: Mapping[str, object], where: str) -> Grant:
    units = [unit for unit in ("hours", "minutes") if unit in given]
    if len(units) != 1 or set(given) != {"messages", *units}:
        raise ContentError(where, "write messages, and hours or minutes")
    count = whole_at(given["messages"], f"{where}.messages", least=1)
    return Grant(count, timedelta(**{units[0]: whole_at(given[units[0]], f"{where}.{units[0]}", least=1)}))


def acted_at(told: datetime, heard: datetime, within: timedelta) -> datetime:
    """When the customer acted: by WeChat's clock, unless that says later than we heard of it, or earlier than
    `within` before; then when we heard of it. What customers did is put in order by this."""
    return told if heard - within <= told <= heard else heard


def begins(by: str, acted: datetime, heard: datetime, grants: Mapping[str, Grant]) -> datetime:
    """From when a pushed act's right counts: from the act, the stricter of the two clocks. At most half of it
    is over when we hear of it: a clock that is wrong by a minute must not shut a right of a minute."""
    return max(acted, heard - grants[by].lasts / 2)


def opened(by: str, at: datetime, grants: Mapping[str, Grant]) -> Right:
    """The right that an act of the customer at that time opens."""
    grant = grants[by]
    return Right(by, grant.messages, at + grant.lasts)


def alive(rights: Iterable[Right], now: datetime) -> list[Right]:
    """Rights that can be used now, the one that ends first in front: it would be lost first."""
    usable = [right for right in rights if right.left > 0 and right.until > now]
    return sorted(usable, key=lambda right: right.until)


def left(rights: Iterable[Right], now: datetime) -> int:
    """How many messages may still be sent now."""
    return sum(right.left for right in alive(rights, now))


def to_use(
    rights: Sequence[Right],
    author: str,
    now: datetime,
    *,
    handoff: bool = False,
    must: bool = False,
    many: int = 1,
) -> Right | None:
    """The right that this author's next message uses; None: it may not be sent so, or not all `many` of them.

    The assistant leaves the last message to a person, and with two left says only that one comes (`handoff`).
    A notice leaves it too, unless it is one that the customer must hear of (`must`).
    """
    usable = alive(rights, now)
    return usable[0] if usable and left(usable, now) >= many + _kept(author, handoff, must) else None


def _kept(author: str, handoff: bool, must: bool) -> int:
    if author == AGENT or must:
        return 0
    return KEPT_FOR_A_PERSON + (author == ASSISTANT and not handoff)


def used(right: Right) -> Right:
    return replace(right, left=right.left - 1)


def shut(right: Right) -> Right:
    """WeChat says that nothing more may be sent (45015, 45047): it is believed."""
    return replace(right, left=0)
