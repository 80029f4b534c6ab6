"""How long what was just done at the desk can be undone."""

from __future__ import annotations

from datetime import datetime, timedelta

WITHIN = timedelta(seconds=10)
"""What the page shows."""
ON_ITS_WAY = timedelta(seconds=2)
"""What a press in the last moment may take to arrive."""


def in_time(done_at: datetime, at: datetime) -> bool:
    """Whether what was done then can still be undone now."""
    return done_at - ON_ITS_WAY <= at <= done_at + WITHIN + ON_ITS_WAY
