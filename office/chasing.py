"""Promises coming due: people are warned, the customer hears of a delay before it happens, a breach is kept.

Warned at 80 % (tier 3 also at 50 %), told at 90 % with a new time, missed when due, the head of service
at 150 % or at the second miss. A promise of less than half an hour pages at once and tells the customer
when it is due.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from core import complaint, conversation, promises
from core import events as names
from office import alarms
from reception.content import Content, UnfilledSlot
from reception.registering import hasten_promises
from reception.slots import said_due
from store import complaints, events, messages, record, users
from store import promises as rows
from store.db import Connection, Database, Row

log = logging.getLogger("jiesu.office")

TOLD = frozenset({"callback", "plan", "progress"})
"""Promises that the customer was told of. The others are among ourselves: a breach is ours alone."""
OVER = (complaint.CLOSED, complaint.WITHDRAWN)
DONE = (complaint.FOLLOWING_UP, complaint.FEEDING_BACK)
MOOT_WHEN_DONE = ("plan", "progress", "resolve")
"""What nobody can keep any more once the work on a complaint is done."""
SHORT = timedelta(minutes=30)
MOST_RENEWALS = 2
RAISED_TO = 2
RULE = "promise_missed"
LATEST_LOOK = timedelta(days=1)


class Chaser:
    """Looks at promises not kept yet, when there may be something to do, each in its own transaction."""

    def __init__(self, db: Database, content: Content) -> None:
        self._db = db
        self._content = content

    def chase(self, now: datetime, *, may_tell: bool = True) -> None:
        """One look at all that is due. With `may_tell` False no customer hears anything: the clock is in
        doubt."""
        with self._db.reading() as conn:
            found = rows.chased(conn, now, OVER, DONE, MOOT_WHEN_DONE)
        resting: dict[int, datetime] = {}
        for id in found:
            try:
                rests_until = self._one(id, now, may_tell)
            except Exception as error:
                log.error("promise %s: %s", id, type(error).__name__)
                continue
            if rests_until is not None:
                resting[id] = rests_until
        if resting:
            with self._db.writing() as conn:
                rows.look_again(conn, resting)

    def _one(self, id: int, now: datetime, may_tell: bool) -> datetime | None:
        """Do what is to be done; returns when to look again, None: at the next look."""
        with self._db.reading() as conn:
            look = _Look(conn, self._content, id, now)
            if not look.to_do(may_tell):
                return look.next_look() if not look.to_do(may_tell=True) else None
        with self._db.writing() as conn:
            look = _Look(conn, self._content, id, now)
            for act in look.to_do(may_tell):
                getattr(look, act)()
        return None


class _Look:
    """One promise in one transaction."""

    def __init__(self, conn: Connection, content: Content, id: int, now: datetime) -> None:
        self.conn, self.content, self.now = conn, content, now
        self.row = rows.get(conn, id)
        self.complaint = complaints.get(conn, self.row.complaint_id)
        row = self.row
        made = promises.Promise(row.kind, self.complaint.tier, row.made_at, row.due_at, row.calendar, "")
        self.stage = promises.stage(made, now, content.promises.warnings, content.hours)
        self.warnings = promises.warning_times(
            row.made_at, row.due_at, made.tier, content.promises.warnings, content.hours, row.calendar
        )

    def next_look(self) -> datetime:
        """When there may be something to do again, in whichever tier the complaint is by then."""
        made, due = self.row.made_at, self.row.due_at
        by = (self.content.promises.warnings, self.content.hours, self.row.calendar)
        times = {promises.notify_at(made, due, *by), due, promises.escalate_at(made, due, *by)}
        for tier in promises.CALENDAR_OF_TIER:
            times |= set(promises.warning_times(made, due, tier, *by))
        return min((at for at in times if at > self.now), default=self.now + LATEST_LOOK)

    def to_do(self, may_tell: bool) -> list[str]:
        """Names of what is to be done now, in order; empty when somebody kept it meanwhile."""
        if self.row.kept_at is not None or self.row.state not in ("open", "renewed", "missed"):
            return []
        late = self.stage in ("missed", "escalate")
        wanted = [
            ("warn", self._unwarned()),
            ("tell", may_tell and self._must_tell()),
            ("miss", late and self.row.missed_at is None),
            ("escalate", self.stage == "escalate" and not self._escalated()),
        ]
        return [name for name, now in wanted if now]

    def _unwarned(self) -> bool:
        passed = [at for at in self.warnings if at <= self.now]
        fresh = passed and (self.row.warned_at is None or self.row.warned_at < passed[-1])
        return bool(fresh) and self.row.missed_at is None

    def _must_tell(self) -> bool:
        if self.row.kind not in TOLD or self.row.state != "open" or self._raised(alarms.PROMISE_UNTOLD):
            return False
        short = self.row.due_at - self.row.made_at < SHORT
        return self.stage in (("missed", "escalate") if short else ("notify", "missed", "escalate"))

    def _escalated(self) -> bool:
        return self._raised(alarms.PROMISE_ESCALATED)

    def _raised(self, reason: str) -> bool:
        return alarms.raised(self.conn, reason, self.now, self.complaint.id, once=self.row.id)

    def warn(self) -> None:
        """The desk sees that time runs out; a short one pages at once."""
        rows.change(self.conn, self.row.id, warned_at=self.now)
        self._event(names.PROMISE_WARNED, promise=self.row.id, kind=self.row.kind)
        if self.row.due_at - self.row.made_at < SHORT:
            self._alarm(alarms.PROMISE_LATE)

    def tell(self) -> None:
        """The new time is stored, then said. Who cannot be written to is a task for a person."""
        self._alarm(alarms.PROMISE_LATE)
        chat = self._chat()
        if chat is None or rows.renewals(self.conn, self.row.id) >= MOST_RENEWALS:
            self._alarm(alarms.PROMISE_UNTOLD)
            return
        due_at = self._renew()
        self._say(chat, due_at)

    def _chat(self) -> Row[Any] | None:
        """The newest conversation of this complaint that can be written to later."""
        found = record.conversations_of(self.conn, self.complaint.id)
        return next((row for row in reversed(found) if row.channel != "phone"), None)

    def _renew(self) -> datetime:
        row = self.row
        made = promises.promise(
            row.kind, self.complaint.tier, self.now, self.content.hours, self.content.promises
        )
        new = rows.make(
            self.conn,
            self.complaint.id,
            kind=row.kind,
            made_at=self.now,
            due_at=made.due_at,
            calendar=made.calendar,
            provisional=made.provisional,
            renews=row.id,
        )
        rows.change(self.conn, row.id, state="renewed", told_at=self.now)
        self._event(names.PROMISE_RENEWED, promise=new, renews=row.id, kind=row.kind)
        return made.due_at

    def _say(self, chat: Row[Any], due_at: datetime) -> None:
        slots = {
            "old_due": said_due(self.content, self.row.due_at, self.now, chat.channel),
            "promised": self.content.label("promise_kinds", self.row.kind),
            "reason": self.content.label("delay_reasons", "no_answer"),
            "due": said_due(self.content, due_at, self.now, chat.channel),
            "owner": users.names(self.conn).get(self.complaint.owner_id, ""),
        }
        try:
            line = self.content.say("utter_delay", chat.channel, **slots)
        except UnfilledSlot:
            line = self.content.say("utter_delay_no_owner", chat.channel, **slots)
        said = messages.say(
            self.conn,
            conversation_id=chat.id,
            complaint_id=self.complaint.id,
            author=conversation.SYSTEM,
            words=line.text,
            at=self.now,
            reply=line.reply,
            buttons=line.buttons,
        )
        self._event(names.CUSTOMER_TOLD, promise=self.row.id, message=said)

    def miss(self) -> None:
        """Due and not kept: it stays missed, also when it is kept later."""
        rows.change(self.conn, self.row.id, state="missed", missed_at=self.now)
        self._event(names.PROMISE_MISSED, promise=self.row.id, kind=self.row.kind)
        self._alarm(alarms.PROMISE_MISSED)
        if self.row.kind not in TOLD:
            return
        self._flag()
        self._raise_tier()
        if rows.missed_before(self.conn, self.row.id):
            self.escalate()

    def escalate(self) -> None:
        """The head of service is told, once."""
        alarms.raise_alarm(
            self.conn,
            alarms.PROMISE_ESCALATED,
            self.now,
            self.complaint.id,
            once=self.row.id,
            promise=self.row.id,
        )

    def _flag(self) -> None:
        if RULE not in complaints.flags(self.conn, self.complaint.id):
            self._signal("flag", RULE, 1)

    def _raise_tier(self) -> None:
        """A higher tier makes what is still promised due sooner, never later."""
        if self.complaint.tier >= RAISED_TO:
            return
        complaints.change(self.conn, self.complaint.id, tier=RAISED_TO)
        self._signal("tier", str(RAISED_TO), RAISED_TO)
        self._event(names.TIER_RAISED, tier=RAISED_TO, rule=RULE)
        hasten_promises(self.conn, self.content, self.complaint.id, self.now)

    def _signal(self, kind: str, code: str, level: int) -> None:
        words = [self.content.label("promise_kinds", self.row.kind)]
        complaints.signal(
            self.conn,
            self.complaint.id,
            kind=kind,
            code=code,
            level=level,
            rule=RULE,
            words=words,
            by="rule",
            at=self.now,
        )

    def _alarm(self, reason: str) -> None:
        alarms.raise_alarm(
            self.conn, reason, self.now, self.complaint.id, once=self.row.id, promise=self.row.id
        )

    def _event(self, name: str, **data: Any) -> None:
        events.append(self.conn, name, self.now, complaint_id=self.complaint.id, **data)
