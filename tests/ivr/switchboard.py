"""A hotline whose phone company can also be asked to move calls, and the hands that the desk has on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core import events as names
from reception.lines import Lines
from reception.telephone import Gone, Unreachable
from simulator import Call, Exchange
from simulator.exchange import Ended
from store import conversations, events
from tests.ivr.conftest import Hotline


@dataclass
class Company:
    """The phone company's other side: it moves the simulated calls, or cannot be asked."""

    exchange: Exchange
    down: bool = False

    def send(self, call: str, url: str) -> None:
        self._ask(lambda: self.exchange.send(call, url))

    def hang_up(self, call: str) -> None:
        self._ask(lambda: self.exchange.complete(call))

    def _ask(self, act: Callable[[], None]) -> None:
        if self.down:
            raise Unreachable("no answer", again=True)
        try:
            act()
        except (KeyError, Ended):
            raise Gone("no such call") from None


@dataclass
class Desk:
    """A hotline with its lines, and the calls that its phone company knows."""

    hotline: Hotline
    company: Company
    lines: Lines

    def dial(self, number: str = "+8613800138000", **agents: object) -> Call:
        phones = {f"client:{name}": phone for name, phone in agents.items()}
        return self.hotline.caller(number, agents=phones, exchange=self.company.exchange).dial()

    def act(self, what: str, call: Call, who: str, *more: object) -> None:
        getattr(self.lines, what)(self.hotline.agents[who], call.sid, *more, self.hotline.clock())

    def events(self, call: Call) -> list[tuple[str, int | None]]:
        told = {names.AGENT_ACCEPTED, names.CALL_HELD, names.CALL_RESUMED, names.CALL_PASSED}
        with self.hotline.house.db.reading() as conn:
            rows = events.of_complaint(conn, self.hotline.complaint(call).id)
            return [(row.name, row.user_id) for row in rows if row.name in told]

    def speaker(self, call: Call) -> tuple[str, int | None]:
        with self.hotline.house.db.reading() as conn:
            row = conversations.fetch(conn, call.sid)
            return row.speaker, row.agent_id


def at_desk(hotline: Hotline) -> Desk:
    company = Company(Exchange(clock=hotline.clock))
    return Desk(hotline, company, Lines(hotline.house.db, hotline.house.content, company))  # type: ignore[arg-type]
