"""One answer on the wire."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sent:
    """What an answer is made of. `name`: of the file that it is to be saved as."""

    content: bytes
    type: str = "application/json; charset=utf-8"
    status: int = 200
    name: str = ""
