"""The audit trail, examined by `./jiesu doctor`: is the chain whole, and as it was noted elsewhere?"""

from __future__ import annotations

from pathlib import Path

from core.audit import ADDED, ANCHOR, CHANGED, CUT, MISSING, noted
from store import audit
from store.db import Database
from tools.finding import Findings, ok, warn, wrong

FAULTS = {
    CHANGED: "link {at} was changed, or its event",
    MISSING: "link {at} is missing, or its event",
    ADDED: "event {at} was written past the chain",
    CUT: "the end was cut off at link {at}",
    ANCHOR: "link {at} is not what was noted of it: the chain was made anew",
}
RESTORE = "find out who could write to the database; restore the last sound backup (docs/people.md)"


def examine(base: Database, heads: Path) -> Findings:
    """The chain of hashes over everything that happened, and the notes of its head."""
    try:
        anchors = noted(heads.read_text("ascii")) if heads.exists() else {}
    except (OSError, ValueError) as problem:
        yield wrong(f"audit trail: {heads}: {problem}", "put the copy from the other machine back")
        return
    with base.reading() as connection:
        sound, fault = audit.examine(connection, anchors)
    if fault is not None:
        told = FAULTS[fault.what].format(at=fault.at)
        yield wrong(f"audit trail: {told}; {sound} links are sound", RESTORE)
    elif sound and not anchors:
        yield warn(f"audit trail: {sound} links are sound; no note of its head", "./jiesu run")
    else:
        yield ok(f"audit trail: {sound} links are sound, and agree with {len(anchors)} notes of its head")
