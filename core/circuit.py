"""A breaker for a neighbour that fails: three failures in a row keep us from asking it for ten seconds."""

from __future__ import annotations

from dataclasses import dataclass

FAILURES = 3
OPEN_SECONDS = 10.0


@dataclass(frozen=True)
class Circuit:
    """Failures in a row, and until when (monotonic seconds) nobody asks."""

    failures: int = 0
    open_until: float = 0.0

    def closed(self, now: float) -> bool:
        """Whether the neighbour may be asked."""
        return now >= self.open_until

    def after(self, worked: bool, now: float) -> Circuit:
        """The circuit after one exchange. One more failure after the pause opens it again at once."""
        if worked:
            return Circuit()
        failures = self.failures + 1
        return Circuit(failures, now + OPEN_SECONDS if failures >= FAILURES else 0.0)
