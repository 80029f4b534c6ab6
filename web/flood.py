"""A flood is kept and marked, never dropped: whoever complains in anger also writes fast.

Counted in this process and not in the store: it decides nothing, and a count must not cost every
message a commit.
"""

from __future__ import annotations

import threading
from collections import Counter

from flask import current_app, request

from reception.heard import Answer
from store import complaints, conversations
from web.door import house, log

MOST = {"conversation": 30, "source": 120}
"""Messages in one minute."""
MARK = "flood"


class Counts:
    """How often each was seen in the running minute."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute = 0
        self._seen: Counter[tuple[str, str]] = Counter()

    def hit(self, kind: str, value: str, minute: int) -> int:
        with self._lock:
            if minute != self._minute:
                self._minute = minute
                self._seen.clear()
            self._seen[kind, value] += 1
            return self._seen[kind, value]


def note(answer: Answer) -> None:
    """Count this message; past the limit its complaint gets a mark, once. Never in the way of an answer."""
    counts: Counts = current_app.extensions.setdefault("jiesu_flood", Counts())
    minute = int(house().clock().timestamp() // 60)
    seen = {"conversation": answer.conversation, "source": request.remote_addr or ""}
    over = [kind for kind, value in seen.items() if counts.hit(kind, value, minute) == MOST[kind] + 1]
    if not over:
        return
    log.warning("a flood, by %s", over[0])
    try:
        _mark(answer.conversation, over[0])
    except Exception:
        log.exception("a flood was not marked")


def _mark(conversation: str, by: str) -> None:
    with house().db.writing() as conn:
        row = conversations.get(conn, conversation)
        if row is None or row.complaint_id is None:
            return
        complaints.signal(
            conn,
            row.complaint_id,
            kind=MARK,
            code=by,
            level=0,
            rule="rate",
            words=[],
            by="rule",
            at=house().clock(),
        )
