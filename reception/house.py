"""What every room of the house shares, wired once where a process starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from reception.attempts import Attempts
from reception.case_acts import CaseActs
from reception.case_links import Links
from reception.content import Content
from reception.correcting import Correcting
from reception.filing import Filing
from reception.follow_ups import FollowUps
from reception.handling import Handling
from reception.joining import Joining
from reception.lines import Lines
from reception.linking import Linking
from reception.memos import Memos
from reception.pausing import Pauses
from reception.settling import Settling
from reception.steps import Steps
from reception.undoing import Undoing
from store.db import Database

if TYPE_CHECKING:
    from reception.bell import Bell
    from reception.desk import Agents
    from reception.reception import Reception
    from reception.telephone import Telephone

Clock = Callable[[], datetime]


@dataclass(frozen=True, kw_only=True)
class House:
    """The database, the words, the clock, the folder for files, and those who act on them.

    `telephone`: the phone company, asked outside of calls; None without an account there. `trunk`: our own
    carrier's id with it, "" without one. `bell`: rings in the other processes; None where they only look.
    `case_links`: where a customer reads how a complaint stands.
    """

    db: Database
    content: Content
    clock: Clock
    data_dir: Path
    reception: Reception
    agents: Agents
    case_links: Links
    telephone: Telephone | None = None
    trunk: str = ""
    bell: Bell | None = None
    public_url: str = ""

    @cached_property
    def handling(self) -> Handling:
        """What the desk does about complaints."""
        return Handling(self.db, self.content)

    @cached_property
    def correcting(self) -> Correcting:
        """What people correct in the record."""
        return Correcting(self.db, self.content)

    @cached_property
    def undoing(self) -> Undoing:
        """Second thoughts about what was just done."""
        return Undoing(self.db, self.content)

    @cached_property
    def attempts(self) -> Attempts:
        """Tries to reach customers, and what customers say of them."""
        return Attempts(self.db, self.content)

    @cached_property
    def filing(self) -> Filing:
        """What people of the house file for a customer."""
        return Filing(self.db, self.content, self.reception)

    @cached_property
    def case_acts(self) -> CaseActs:
        """What customers do on a complaint's own page."""
        return CaseActs(self.db, self.content, self.reception)

    @cached_property
    def lines(self) -> Lines:
        """What the desk does with live calls."""
        return Lines(self.db, self.content, self.telephone, bool(self.trunk), self.public_url)

    @cached_property
    def steps(self) -> Steps:
        """The moves of a complaint from one of its seven steps to another."""
        return Steps(self.db, self.content)

    @cached_property
    def memos(self) -> Memos:
        """Written requests to departments, and their answers."""
        return Memos(self.db, self.content)

    @cached_property
    def settling(self) -> Settling:
        """Findings, plans and remedies."""
        return Settling(self.db, self.content)

    @cached_property
    def follow_ups(self) -> FollowUps:
        """Asking the customer afterwards, and feeding the answers back."""
        return FollowUps(self.db, self.content, self.reception.ids)

    @cached_property
    def pauses(self) -> Pauses:
        """Promises whose clock stands still."""
        return Pauses(self.db, self.content)

    @cached_property
    def joining(self) -> Joining:
        """Which customers are one person, as the desk says."""
        return Joining(self.db)

    @cached_property
    def linking(self) -> Linking:
        """Which complaints of one person are about the same thing, as the desk says."""
        return Linking(self.db)
