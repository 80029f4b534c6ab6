"""A phone for the simulator that is a browser: it rings, is answered and pressed where an agent does."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulator import Call, phones
from simulator.exchange import Exchange

WITHIN = 20.0
"""Seconds of a real clock that somebody at the desk may take."""


@dataclass
class Switchboard(Exchange):
    """An exchange whose calls go on in the test's own thread, which is the only one that may touch a page."""

    orders: list[tuple[str, str]] = field(default_factory=list)

    def send(self, sid: str, url: str) -> None:
        call = self._live(sid)
        if isinstance(call, Call) and call.working:
            super().send(sid, url)  # it goes on by itself, when the talk returns
        else:
            self.orders.append((sid, url))

    def catch_up(self, page: Any) -> None:
        """Let the call that was sent elsewhere from the desk go there."""
        until = time.monotonic() + WITHIN
        while not self.orders:
            assert time.monotonic() < until, "nothing was asked of the phone company"
            page.wait_for_timeout(50)
        super().send(*self.orders.pop(0))


class BrowserPhone:
    """As `simulator.Phone`, but what it does is read off the page. The wire is the simulator's.

    page: the phone's window. rings: what the agent does when it rings. during: what is done in the talk.
    rings_for: seconds of a real clock until it rings out.
    """

    after = 1.0
    thinks = 0.0
    talk = 30.0
    caller_ends = False

    def __init__(
        self,
        page: Any,
        address: str,
        exchange: Exchange,
        rings: Callable[[], None],
        during: Callable[[Call], None] | None = None,
        rings_for: float = WITHIN,
    ) -> None:
        self.page, self.address, self.exchange = page, address, exchange
        self.rings = rings
        self.rings_for = rings_for
        self.talks = [during] if during is not None else []
        self._sid, self._does, self._key = "", "", ""

    @property
    def does(self) -> str:
        """Rings in the browser, once for each leg."""
        leg = [one for one in self.exchange.calls.values() if one.to == self.address][-1]
        if leg.sid != self._sid:
            self.hang_up()
            self._sid, self._key = leg.sid, ""
            self._does = self._ring()
        return self._does

    def _ring(self) -> str:
        if not self.page.evaluate("sid => standIn.ring(sid)", self._sid):
            return phones.RINGS_OUT
        self.rings()
        status = self._await("standIn.call.status()", lambda now: now in ("open", "closed"), ring_out=True)
        return {"open": phones.PICKS_UP, "closed": phones.BUSY}.get(status, phones.RINGS_OUT)

    @property
    def key(self) -> str:
        """What is pressed once the whisper listens; what was pressed before is lost, as on a real line."""
        if not self._key:
            self.page.evaluate("standIn.call.digits.length = 0")
            self._key = self._await("standIn.call.digits[0] || ''", bool)
        return self._key

    @property
    def during(self) -> Callable[[Call], None]:
        """The talk, and then the leg ends in the browser too."""

        def talk(call: Call) -> None:
            if self.talks:
                self.talks.pop(0)(call)
            self.hang_up()

        return talk

    def hang_up(self) -> None:
        self.page.evaluate("standIn.hangUp()")

    def _await(self, what: str, enough: Callable[[Any], bool], ring_out: bool = False) -> Any:
        until = time.monotonic() + (self.rings_for if ring_out else WITHIN)
        while not enough(now := self.page.evaluate(what)):
            if time.monotonic() > until:
                if ring_out:
                    self.hang_up()
                    return "rang out"
                raise AssertionError(f"{what} stays {now!r}")
            self.page.wait_for_timeout(50)
        return now
