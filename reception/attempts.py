"""Tries to reach a customer, and what the customer says of them.

That somebody rang is a claim: it leaves the promised call open. Only a line that connected, or the
customer's own word, keeps it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core import attempts as rules
from core import events
from reception.acting import Refused
from reception.content import Content
from reception.joining import prove
from reception.registering import next_notice
from store import attempts, conversations, handoffs
from store import events as event_rows
from store import promises as promise_rows
from store.db import Connection, Database

DENIED = "contact_denied"


@dataclass(frozen=True)
class Attempts:
    """The log of tries. Every method takes when; who acts is an agent, or the customer in a conversation."""

    db: Database
    content: Content

    def log(
        self, user_id: int, complaint_id: int, means: str, purpose: str, result: str, words: str, at: datetime
    ) -> int:
        """Write down a try that was made outside of our own line. Nothing is kept by it. Raises Refused."""
        if not rules.allowed(means, purpose, result):
            raise Refused("bad_attempt")
        with self.db.writing() as conn:
            seen = self.content.company.numbers["caller_id"].shown if means == rules.PHONE else None
            return attempts.add(
                conn,
                complaint_id,
                user_id,
                at=at,
                means=means,
                purpose=purpose,
                result=result,
                words=words,
                caller_id=seen,
            )

    def ended(self, attempt_id: int, status: str, at: datetime) -> None:
        """A call of ours has ended, with this status at the phone company. It counts when both have talked,
        by our own rows. Repeating it is safe."""
        with self.db.writing() as conn:
            row = attempts.get(conn, attempt_id)
            if row is None or row.result != rules.CALLING:
                return
            talked = row.call_sid is not None and handoffs.talked(conn, row.call_sid)
            result = rules.of_call(status, talked)
            attempts.settle(conn, row.id, result=result, at=at, confirmed=True if talked else None)
            ids = {"complaint_id": row.complaint_id, "user_id": row.user_id}
            event_rows.append(conn, events.ATTEMPT_ENDED, at, **ids, attempt=row.id, result=result)
            if rules.keeps(result, talked):
                contacted(conn, self.content, row.complaint_id, at)

    def confirm(self, conversation_id: str, attempt_id: int, yes: bool, at: datetime) -> bool:
        """The customer says whether a call reached him. Yes keeps the promised call; no pages a supervisor,
        since somebody has claimed it. False when it is not this customer's to say, or was said before."""
        with self.db.writing() as conn:
            row = attempts.get(conn, attempt_id)
            talk = conversations.get(conn, conversation_id)
            if row is None or talk is None or talk.complaint_id != row.complaint_id:
                return False
            if row.result != rules.REACHED or not attempts.confirm(conn, row.id, yes, at):
                return False
            ids = {"complaint_id": row.complaint_id, "conversation_id": talk.id}
            event_rows.append(conn, events.ATTEMPT_CONFIRMED, at, **ids, attempt=row.id, yes=yes)
            if yes:
                prove(conn, row.complaint_id, at)
                contacted(conn, self.content, row.complaint_id, at, made_by=row.at)
            else:
                event_rows.append(conn, events.SUPERVISOR_PAGED, at, **ids, reason=DENIED)
            return True


def contacted(
    conn: Connection, content: Content, complaint_id: int, at: datetime, made_by: datetime | None = None
) -> None:
    """A person has spoken with the customer, and that is certain: the promised call is kept, and so is the
    next notice, after which another is due. `made_by`: they spoke then, so what was promised later is not
    kept."""
    promise_rows.keep(conn, complaint_id, "callback", at, made_by=made_by)
    next_notice(conn, content, complaint_id, at, made_by)
