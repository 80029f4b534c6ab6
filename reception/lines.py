"""What the desk does with a live call: hold it, take it back, pass it on, end it; and ring for who waits.

A live call leaves whatever it does and goes on at our own address, `/voice/resumed`; what is stored about
it changes when that request arrives, since only then the talk has really ended.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core import ringplan
from core.attempts import CALLING, NOT_MADE, PHONE
from core.call import BACK, FREE, HOLD, PASS
from reception import phones
from reception.acting import Refused
from reception.content import Content
from reception.telephone import LONGEST_CALL, Gone, Telephone, Unreachable
from store import attempts, calls, conversations, handoffs, record, users
from store import notes as note_rows
from store.db import Connection, Database, Row

HELD = "held"
NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
RINGS_OUT = timedelta(minutes=1)
"""A second press within this time is the same call."""
TAKEN_OUT = (HOLD, BACK, PASS)
"""What takes a call out of a talk or a ring, whose end the phone company then reports."""
OFFERED_FOR = timedelta(seconds=10)
"""How long an agent is kept for a caller whose call was told to ring and has not said so."""


@dataclass(frozen=True)
class Lines:
    """The agents' hands on the line. Every method takes who acts, on which conversation, and when.

    `trunk`: our own carrier can call telephones in mainland China.

    Raises `reception.desk.Refused`, in codes of labels.yml `errors`: no_line (no account with the phone
    company), not_talking (this call is not this agent's), call_over, line_failed.
    """

    db: Database
    content: Content
    telephone: Telephone | None
    trunk: bool = False
    public_url: str = ""

    def call_out(self, user_id: int, complaint_id: int, purpose: str, at: datetime) -> int:
        """Call the customer for this agent, whose own phone rings when the customer has picked up, and no
        other. The try stands in the log from the start; returns its id, the same for a second press.

        Raises Refused: also no_phone (this agent has none) and no_number (none is known, or no line of ours
        reaches it)."""
        telephone = self._phone()
        with self.db.writing() as conn:
            going = attempts.calling(conn, complaint_id, at - RINGS_OUT)
            if going is not None:
                return int(going.id)
            number = record.number_of(conn, complaint_id) or ""
            if not _has_phone(conn, user_id):
                raise Refused("no_phone")
            if not NUMBER.fullmatch(number) or not ringplan.reachable(f"tel:{number}", self.trunk):
                raise Refused("no_number")
            seen = self.content.company.numbers["caller_id"].shown
            about = {"means": PHONE, "purpose": purpose, "result": CALLING, "words": "", "caller_id": seen}
            id = attempts.add(conn, complaint_id, user_id, at=at, **about)
        try:
            sid = telephone.call(number, self._address("outgoing", id), self._address("outgoing/over", id))
        except Unreachable:
            with self.db.writing() as conn:
                attempts.settle(conn, id, result=NOT_MADE, at=at, confirmed=None)
            raise Refused("line_failed") from None
        with self.db.writing() as conn:
            attempts.called(conn, id, sid)
        return id

    def _address(self, path: str, attempt: int) -> str:
        return f"{self.public_url}/voice/{path}?x={attempt}{self._overrides()}"

    def _overrides(self) -> str:
        overrides = str(self.content.calls["engine"].get("overrides") or "")
        return f"#{overrides}" if overrides else ""

    def hold(self, user_id: int, conversation_id: str, at: datetime) -> None:
        """The caller hears that the agent comes back, and music. The agent's own leg ends with it."""
        call = self._own(user_id, conversation_id, at)
        if call.node != HELD:
            self._send(call, HOLD)

    def resume(self, user_id: int, conversation_id: str, at: datetime) -> None:
        """The phone of the agent who holds this call is rung, and no other."""
        call = self._own(user_id, conversation_id, at)
        if call.node != HELD:
            raise Refused("not_talking")
        self._send(call, BACK, user_id)

    def pass_on(
        self, user_id: int, conversation_id: str, to_user_id: int | None, note: str, at: datetime
    ) -> None:
        """Another agent's phone is rung, or with None anybody's; the note is on the desk by then, and stays
        there when this is refused. Who was passed the call and does not accept leaves it to the others."""
        call = self._own(user_id, conversation_id, at)
        with self.db.writing() as conn:
            row = conversations.fetch(conn, conversation_id)
            if to_user_id is not None and (to_user_id == user_id or not _has_phone(conn, to_user_id)):
                raise Refused("no_phone")
            if note.strip():
                note_rows.add(conn, row.complaint_id, user_id, note.strip(), at)
        self._send(call, PASS, to_user_id or 0)

    def hang_up(self, user_id: int, conversation_id: str, at: datetime) -> None:
        """End the call for everybody: who ends it has talked."""
        call = self._own(user_id, conversation_id, at)
        with self.db.writing() as conn:
            handoff = handoffs.open_of(conn, conversation_id)
            if handoff is not None and handoff.first_word_at is None:
                handoffs.change(conn, handoff.id, first_word_at=handoff.accepted_at)
        try:
            self._phone().hang_up(call.sid)
        except Unreachable:
            raise Refused("line_failed") from None

    def ring_waiting(self, at: datetime) -> int:
        """Offer whoever is free to those in the waiting room, the gravest and longest waiting first; returns
        how many calls were sent to ring. An agent is offered to one caller only, and to no caller for whom
        that phone has rung in vain just now: those are tried again at the caller's next turn."""
        if self.telephone is None:
            return 0
        with self.db.reading() as conn:
            offers = self._offers(conn, at)
        return sum(self._offer(row, agents, at) for row, agents in offers)

    def _offers(self, conn: Connection, at: datetime) -> list[tuple[Row[Any], tuple[int, ...]]]:
        """Callers and the agents to ring for each; all who are free, when only one caller waits."""
        rows = [
            row
            for row in handoffs.in_waiting_room(conn, at - phones.SEEN)
            if row.offered_at is None or row.offered_at < at - OFFERED_FOR
        ]
        offers, given = [], set[int]()
        for row in rows:
            conversation = conversations.fetch(conn, row.conversation_id)
            found = phones.for_call(
                conn, self.content, conversation, row, row.tier, at, trunk=self.trunk, waits=True
            )
            out = given | set((row.counts or {}).get("rung", []))
            group = ringplan.next_group(found.legs, out, self.content.flow.ring_together)
            chosen = tuple(leg.agent for leg in (group if len(rows) == 1 else group[:1]))
            given |= set(chosen)
            if chosen:
                offers.append((row, chosen))
        return offers

    def _offer(self, row: Row[Any], agents: tuple[int, ...], at: datetime) -> bool:
        """Reserve the agents for this caller, then make the call ring them. A line that could not be moved
        finds them at its own next turn."""
        with self.db.writing() as conn:
            call = calls.get(conn, row.sid)
            if call is None or call.resume != row.resume:
                return False
            handoffs.change(conn, row.id, offered_at=at)
            calls.change(conn, row.sid, counts={**(row.counts or {}), "ringing": list(agents)})
        try:
            self._send(row, FREE, agents[0] if len(agents) == 1 else 0)
        except Refused:
            with self.db.writing() as conn:
                handoffs.change(conn, row.id, offered_at=None)
            return False
        return True

    def _own(self, user_id: int, conversation_id: str, at: datetime) -> Row[Any]:
        """The live call that this agent has accepted: talking, or on hold."""
        self._phone()
        with self.db.reading() as conn:
            call = calls.get(conn, conversation_id)
            handoff = handoffs.open_of(conn, conversation_id)
        if call is None or call.ended_at or call.started_at < at - LONGEST_CALL or call.resume is None:
            raise Refused("call_over")
        if handoff is None or handoff.agent_id != user_id:
            raise Refused("not_talking")
        if call.node != HELD and call.agent_leg is None:
            raise Refused("not_talking")
        return call

    def _phone(self) -> Telephone:
        if self.telephone is None:
            raise Refused("no_line")
        return self.telephone

    def _send(self, call: Row[Any], do: str, agent: int = 0) -> None:
        """The call goes on where it stands, with what is to be done. A repeat finds the stored answer.

        Where it goes is stored before it is sent: the ring or talk that it leaves is reported too, perhaps
        first, and must not count as over then (https://www.twilio.com/docs/voice/twiml/dial#action).
        """
        named = f"&a={agent}" if agent else ""
        to = f"{call.resume}&do={do}{named}{self._overrides()}"
        self._moves(call.sid, to if do in TAKEN_OUT else None)
        try:
            self._phone().send(call.sid, to)
        except Unreachable as problem:
            self._moves(call.sid, None)
            raise Refused("call_over" if isinstance(problem, Gone) else "line_failed") from None

    def _moves(self, sid: str, to: str | None) -> None:
        with self.db.writing() as conn:
            calls.change(conn, sid, moving_to=to)


def _has_phone(conn: Connection, user_id: int) -> bool:
    user = users.get(conn, user_id)
    return user is not None and bool(user.phone)
