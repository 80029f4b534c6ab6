"""What every room of the house shares, wired once where a process starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from reception.content import Content
from reception.handling import Handling
from reception.lines import Lines
from store.db import Database

if TYPE_CHECKING:
    from reception.desk import Agents
    from reception.reception import Reception
    from reception.telephone import Telephone

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class House:
    """The database, the words, the clock, the folder for files, and those who act on them.

    `telephone`: the phone company, asked outside of calls; None without an account there. `trunk`: our own
    carrier's id with it, "" without one.
    """

    db: Database
    content: Content
    clock: Clock
    data_dir: Path
    reception: Reception
    agents: Agents
    telephone: Telephone | None = None
    trunk: str = ""

    @cached_property
    def handling(self) -> Handling:
        """What the desk does about complaints."""
        return Handling(self.db, self.content)

    @cached_property
    def lines(self) -> Lines:
        """What the desk does with live calls."""
        return Lines(self.db, self.content, self.telephone, bool(self.trunk))
