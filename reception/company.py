"""The company's name and the numbers that we print or say, from company.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.content import ContentError


@dataclass(frozen=True)
class Number:
    """A telephone number that we print or say. `example`: stands for a real one and rings nowhere."""

    code: str
    shown: str
    spoken: str
    purpose: str
    owner: str
    example: bool

    @property
    def digits(self) -> str:
        return "".join(filter(str.isdigit, self.shown))


@dataclass(frozen=True)
class Company:
    """The company's name, written and spoken, and its number registry by code."""

    written: str
    spoken: str
    numbers: Mapping[str, Number]


def read_company(data: Any) -> Company:
    """What company.yml says. Raises ContentError."""
    name, numbers = (data or {}).get("name"), (data or {}).get("numbers")
    if not isinstance(name, dict) or not name.get("written") or not name.get("spoken"):
        raise ContentError("company.yml: name", "needs `written:` and `spoken:`")
    read = {number.code: number for number in map(_read_number, numbers or ())}
    missing = [code for code in ("hotline", "caller_id") if code not in read]
    if missing:
        raise ContentError("company.yml: numbers", f"the number {missing[0]} is not registered")
    return Company(str(name["written"]), str(name["spoken"]), read)


def _read_number(raw: Any) -> Number:
    needed = ("code", "shown", "spoken", "purpose", "owner")
    for key in needed:
        if not isinstance(raw, dict) or not isinstance(raw.get(key), str):
            raise ContentError("company.yml: numbers", f"each number needs `{key}:` as a text: {raw!r}")
    return Number(**{key: raw[key] for key in needed}, example=bool(raw.get("example", False)))
