"""What people correct in the record: facts, flags, mood and department.

A save is stale when what it touches has changed since it was read. Words that came in meanwhile change
nothing of a name or a sum, so they refuse nothing; see docs/decisions/stale-is-what-a-save-touches.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core import events as names
from core import roles, tiers
from core.emotion import Mood
from reception.acting import Refused, Stale
from reception.content import Content
from reception.joining import PROVING, prove
from reception.registering import department_of
from store import complaints, conversations, events, facts, users
from store.db import Connection, Database

FLAGS = tuple(flag for flag in tiers.FLAGS if flag != "promise_missed")
"""What a person may set: whether a promise was missed stands in its row."""
GRAVE = 3
PERSON = "person"
FACT_EVENTS = (names.FACT_LEARNED, names.FACT_CORRECTED)


@dataclass(frozen=True)
class Correcting:
    """Corrections of the record. Every method takes who acts, the sequence number that was read, and when:
    raises Stale when the same thing has changed since, unless it says already what is to be written."""

    db: Database
    content: Content

    def fact(
        self, user_id: int, complaint_id: int, field: str, value: Any, sequence: int, at: datetime
    ) -> bool:
        """Write a fact (a value checked by core.corrections, None: nothing is known); the value before is
        kept. False when nothing changed."""
        with self.db.writing() as conn:
            if facts.value(conn, complaint_id, field) == value:
                return False
            if _touched(conn, complaint_id, sequence, FACT_EVENTS, field=field):
                raise Stale()
            changed = facts.correct(conn, complaint_id, field, value, user_id=user_id, at=at)
            if changed and field == "issues":
                self._assign(conn, complaint_id, user_id, at)
            if changed and field in PROVING:
                prove(conn, complaint_id, at)
            return changed

    def _assign(self, conn: Connection, complaint_id: int, user_id: int, at: datetime) -> None:
        """What it is about says who answers for it, until a person has said so."""
        row = complaints.get(conn, complaint_id)
        by_person = events.happened(conn, complaint_id, names.DEPARTMENT_SET)
        if row.department is None or by_person:
            return
        department = department_of(conn, self.content, complaint_id)
        if department != row.department:
            complaints.change(conn, complaint_id, department=department)

    def department(
        self, user_id: int, complaint_id: int, department: str, sequence: int, at: datetime
    ) -> None:
        """Another department answers for it. Raises Refused for one that does not exist."""
        if department not in self.content.work.departments:
            raise Refused("bad_desk_request")
        with self.db.writing() as conn:
            if complaints.get(conn, complaint_id).department == department:
                return
            if _touched(conn, complaint_id, sequence, (names.DEPARTMENT_SET,)):
                raise Stale()
            complaints.change(conn, complaint_id, department=department)
            told = {"department": department}
            events.append(conn, names.DEPARTMENT_SET, at, complaint_id=complaint_id, user_id=user_id, **told)

    def mood(
        self, user_id: int, complaint_id: int, mood: Mood, why: str, sequence: int, at: datetime
    ) -> None:
        """How the customer feels, as a person hears it: from now on the assistant speaks so too."""
        with self.db.writing() as conn:
            row = complaints.get(conn, complaint_id)
            if (row.mood, row.mood_level) == (mood.name, mood.level):
                return
            if _touched(conn, complaint_id, sequence, (names.MOOD_CHANGED, names.MOOD_SET)):
                raise Stale()
            complaints.change(conn, complaint_id, mood=mood.name, mood_level=mood.level)
            conversations.feel(conn, complaint_id, mood.name, mood.level)
            _signal(conn, complaint_id, ("mood", mood.name, mood.level), user_id, why, at)
            events.append(
                conn, names.MOOD_SET, at, complaint_id=complaint_id, user_id=user_id, mood=mood.name
            )

    def flag(self, user_id: int, complaint_id: int, flag: str, why: str, at: datetime) -> None:
        """Set a flag, with a reason; one that is set already stays as it is."""
        if flag not in FLAGS:
            raise Refused("bad_desk_request")
        with self.db.writing() as conn:
            if flag in complaints.flags(conn, complaint_id):
                return
            level = self.content.tiers.level_of(flag)
            _signal(conn, complaint_id, ("flag", flag, level), user_id, why, at)
            events.append(conn, names.FLAG_SET, at, complaint_id=complaint_id, user_id=user_id, flag=flag)

    def end_flag(self, user_id: int, complaint_id: int, flag: str, why: str, at: datetime) -> None:
        """Take a flag away, with a reason; it is kept as taken away. A grave one only a lead takes away:
        raises Refused."""
        with self.db.writing() as conn:
            held = [one for one in complaints.signals_of(conn, complaint_id) if one.kind == "flag"]
            levels = [one.level for one in held if one.code == flag]
            user = users.get(conn, user_id)
            if max(levels, default=0) >= GRAVE and not (user and roles.may(user.role, roles.LOWER)):
                raise Refused("flag_by_lead")
            if complaints.end_flag(conn, complaint_id, flag, user_id=user_id, why=why, at=at):
                told = {"flag": flag, "reason": why}
                events.append(conn, names.FLAG_ENDED, at, complaint_id=complaint_id, user_id=user_id, **told)


def _signal(
    conn: Connection, id: int, what: tuple[str, str, int], user_id: int, why: str, at: datetime
) -> None:
    """Keep what a person judged: its kind, code and level, with the words that they gave for it."""
    kind, code, level = what
    words, by = [why] if why else [], f"user:{user_id}"
    complaints.signal(conn, id, kind=kind, code=code, level=level, rule=PERSON, words=words, by=by, at=at)


def _touched(conn: Connection, complaint_id: int, sequence: int, of: tuple[str, ...], **about: Any) -> bool:
    """Whether an event of one of these names about the same thing came after this sequence number; a number
    that the complaint has not reached was never read, and is refused like an old one."""
    if sequence > complaints.get(conn, complaint_id).sequence:
        return True
    later = events.since(conn, complaint_id, sequence)
    return any(
        event.name in of and all(event.data.get(key) == value for key, value in about.items())
        for event in later
    )
