"""The audit trail: every event is sealed into a chain of hashes, so that one who changes, drops or adds an
event afterwards is found out. Pure: rows in, verdicts out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core import events

TITLE = "jiesu-audit-1"
"""Names the way of hashing, so that another way cannot be taken for this one."""
FIRST = "0" * 64
"""What stands before the first link."""

NOTE = re.compile(r"[1-9][0-9]* [0-9a-f]{64}")

CHANGED = "changed"
MISSING = "missing"
ADDED = "added"
CUT = "cut"
ANCHOR = "anchor"

LOOKED = {
    "seen": (events.COMPLAINT_SEEN,),
    "heard": (events.RECORDING_PLAYED,),
    "revealed": (events.REVEALED,),
    "searched": (events.COMPLAINTS_SEARCHED,),
    "exported": (events.SHEET_PRINTED, events.REPORT_EXPORTED, events.ORIGINAL_TAKEN),
    "joined": (
        events.CUSTOMERS_JOINED,
        events.CUSTOMERS_PARTED,
        events.CUSTOMERS_TOLD_APART,
        events.COMPLAINTS_LINKED,
        events.COMPLAINTS_UNLINKED,
    ),
    "links": (events.CASE_LINKS_ENDED,),
    "refused": (events.ACCESS_REFUSED,),
    "unreadable": (events.UNREADABLE_SEEN,),
    "login": (events.LOGGED_IN, events.LOGGED_OUT, events.LOGIN_FAILED, events.RECOVERY_CODE_USED),
    "accounts": (
        events.ACCOUNT_ADDED,
        events.ACCOUNT_CHANGED,
        events.ACCOUNT_DISABLED,
        events.ACCOUNT_ENABLED,
        events.PASSWORD_RESET,
        events.PASSWORD_CHANGED,
        events.SESSIONS_ENDED,
        events.SECOND_FACTOR_SET,
        events.SECOND_FACTOR_REMOVED,
    ),
}
"""What an auditor asks for, and the events that answer it."""


@dataclass(frozen=True)
class Link:
    """One event in the chain: its place, the event's hash, the hash before, and its own."""

    seq: int
    event_id: int
    event_hash: str
    prev: str
    hash: str


@dataclass(frozen=True)
class Fault:
    """The first thing wrong: `what` is CHANGED, MISSING, ADDED, CUT or ANCHOR, `at` the link's place (of
    ADDED: the event's id)."""

    what: str
    at: int


def event_hash(told: str) -> str:
    """The hash of everything that an event says, written out with its salt: without that, a number that can
    be guessed could be tried out against it."""
    return hashlib.sha256(told.encode()).hexdigest()


def link(seq: int, event_id: int, hashed: str, prev: str) -> Link:
    """The next link. All parts are of fixed length or digits, so none can pass for a part of another."""
    whole = "\n".join((TITLE, str(seq), hashed, prev))
    return Link(seq, event_id, hashed, prev, hashlib.sha256(whole.encode()).hexdigest())


def verify(chain: Iterable[tuple[Link, str | None]], anchors: Mapping[int, str]) -> tuple[int, Fault | None]:
    """Walk the chain with the event of each link, written out (None: it is gone), and compare it with what
    was noted of it elsewhere, hashes by place. Returns how many links are sound, and the first fault or
    None."""
    seq, before = 0, FIRST
    for found, event in chain:
        fault = _broken(found, event, seq + 1, before)
        if fault is None and anchors.get(found.seq, found.hash) != found.hash:
            fault = ANCHOR
        if fault is not None:
            return seq, Fault(fault, seq + 1)
        seq, before = found.seq, found.hash
    if anchors and max(anchors) > seq:
        return seq, Fault(CUT, seq + 1)
    return seq, None


def _broken(found: Link, event: str | None, seq: int, before: str) -> str | None:
    if found.seq != seq or event is None:
        return MISSING
    sound = found == link(seq, found.event_id, found.event_hash, before)
    return None if sound and event_hash(event) == found.event_hash else CHANGED


def noted(text: str) -> dict[int, str]:
    """The heads that were noted, hashes by place: lines of moment, place and hash. Raises ValueError naming
    the first line that is none: a note that was tampered with must not be passed over."""
    found: dict[int, str] = {}
    for n, line in enumerate(text.splitlines(), 1):
        parts = line.split()
        if len(parts) != 3 or not NOTE.fullmatch(" ".join(parts[1:])):
            raise ValueError(f"line {n} is not a note of the trail's head")
        found[int(parts[1])] = parts[2]
    return found
