"""Access tokens as `stable_token` gives them out (Tencent, "Get stable access token")."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from simulator.wechat import codes

LASTS = timedelta(seconds=7200)
OVERLAP = timedelta(minutes=5)
"""For so long before its end a token is renewed, and the old one goes on."""
FORCED_APART = timedelta(seconds=30)
FORCED_A_DAY = 20


class Refused(Exception):
    """With WeChat's code."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


@dataclass
class Tokens:
    """The tokens of one account."""

    clock: Callable[[], datetime]
    given: int = 0
    _alive: dict[str, datetime] = field(default_factory=dict)
    _newest: str = ""
    _forced: list[datetime] = field(default_factory=list)

    def ask(self, force: bool = False) -> dict[str, object]:
        """The token in force; another one near its end, or when forced. Raises Refused."""
        now = self.clock()
        if force:
            self._force(now)
        if self._newest not in self._alive or self._alive[self._newest] - now <= OVERLAP:
            self._newest = "7_" + secrets.token_urlsafe(96)
            self._alive[self._newest] = now + LASTS
            self.given += 1
        ends = self._alive[self._newest]
        return {"access_token": self._newest, "expires_in": int((ends - now).total_seconds())}

    def holds(self, token: str) -> bool:
        return self._alive.get(token, self.clock()) > self.clock()

    def revoke(self) -> None:
        """No token is good any more, as after a change of the secret."""
        self._alive.clear()

    def _force(self, now: datetime) -> None:
        """A forced renewal ends the old token at once; it is allowed 20 times a day, 30 s apart."""
        today = [at for at in self._forced if now - at < timedelta(days=1)]
        if len(today) >= FORCED_A_DAY:
            raise Refused(codes.DAILY)
        if today and now - today[-1] < FORCED_APART:
            raise Refused(codes.TOO_FAST)
        self._forced = [*today, now]
        self._alive.clear()
