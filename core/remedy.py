"""Remedies: which there are, what money one person may decide alone, and who must agree beyond that."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.content import ContentError, known_keys, list_at, mapping_at, text_at, whole_at
from core.due import ZONE

FEN = 100
"""Amounts are whole fen, the hundredth of a yuan, so that nothing is rounded."""
EARLIEST = 24 * 60
"""Minutes: who is reminded a day ahead has forgotten by then."""
_YUAN = re.compile(r"(?P<yuan>[0-9]{1,9})(?:\.(?P<fen>[0-9]{1,2}))?")


@dataclass(frozen=True)
class Kind:
    """One kind of remedy. `money`: it has an amount; `visit`: it can be done at the customer's place."""

    code: str
    money: bool = False
    visit: bool = False


@dataclass(frozen=True)
class Rules:
    """content/remedies.yml: the kinds by code, by role how much one person may decide, in fen, and how long
    before an agreed time whoever answers for it is reminded."""

    kinds: Mapping[str, Kind]
    limits: Mapping[str, int]
    remind: timedelta

    @classmethod
    def from_mapping(cls, value: object, where: str = "remedies.yml") -> Rules:
        """Raises ContentError: no kinds, one kind twice, a limit that is no whole number of yuan, a reminder
        that is no number of minutes."""
        given = mapping_at(value, where)
        known_keys(given, ("kinds", "limits", "remind"), where)
        kinds = [
            _kind(item, f"{where}.kinds[{n}]") for n, item in enumerate(list_at(given.get("kinds"), where), 1)
        ]
        codes = [kind.code for kind in kinds]
        if not kinds or len(set(codes)) < len(codes):
            raise ContentError(f"{where}.kinds", "name each kind of remedy once")
        limits = mapping_at(given.get("limits"), f"{where}.limits")
        yuan = {role: whole_at(limit, f"{where}.limits.{role}") for role, limit in limits.items()}
        remind = whole_at(given.get("remind"), f"{where}.remind", least=1, most=EARLIEST)
        return cls(
            {kind.code: kind for kind in kinds},
            {role: n * FEN for role, n in yuan.items()},
            timedelta(minutes=remind),
        )

    def limit(self, role: str) -> int:
        """How much this role may decide alone, in fen; a role that is not named, nothing."""
        return self.limits.get(role, 0)

    def approved(self, total: int, proposer: str, approvers: Sequence[str]) -> bool:
        """Whether the money of a complaint, `total` fen with this line, is decided by these roles: one of
        them may alone; or two of those who may decide most agree, since nobody may decide more."""
        roles = (proposer, *approvers)
        if any(total <= self.limit(role) for role in roles):
            return True
        most = max(self.limits.values(), default=0)
        return len([role for role in roles if role in self.limits and self.limit(role) == most]) >= 2


def window(appointment: Mapping[str, str]) -> tuple[datetime, datetime]:
    """From when to when a visit was agreed: its day and clock times are China's. Raises ValueError."""
    first, last = (
        datetime.strptime(f"{appointment['day']}T{appointment[end]}", "%Y-%m-%dT%H:%M").replace(tzinfo=ZONE)
        for end in ("from", "to")
    )
    return first, last


def _kind(value: object, where: str) -> Kind:
    given = mapping_at(value, where)
    known_keys(given, ("code", "money", "visit"), where)
    marks = {name: given.get(name, False) for name in ("money", "visit")}
    if not all(isinstance(mark, bool) for mark in marks.values()):
        raise ContentError(where, "money and visit are true, or left out")
    return Kind(text_at(given.get("code"), where), **marks)


def read_yuan(text: str) -> int | None:
    """The fen of a plain amount such as "1280" or "1,280.50"; None when it is none, or nothing at all."""
    found = _YUAN.fullmatch(text.strip().replace(",", "").removeprefix("¥"))
    if not found:
        return None
    fen = int(found["yuan"]) * FEN + int((found["fen"] or "0").ljust(2, "0"))
    return fen or None


def yuan(fen: int) -> str:
    """An amount as people write it: "1,280" or "1,280.50"."""
    whole, rest = divmod(fen, FEN)
    return f"{whole:,}.{rest:02}" if rest else f"{whole:,}"
