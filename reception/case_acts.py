"""What customers do on a complaint's own page: a line to whoever works on it, photos, "not done after all".

Nobody but a person answers there, so nothing is asked of the assistant; what the words plainly say is read as
in every other channel, and a danger in them pages a supervisor. In a WeChat conversation such a line is kept
like any other, but gives us no right to send there: WeChat grants that only for what it has delivered itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from core import case
from core import events as names
from core.intake import GRAVE
from core.turn import PAGED
from core.understanding import Understood
from reception.acting import Refused
from reception.content import Content
from reception.evidence import seal
from reception.heard import Heard, Upload
from reception.keeping import Kept, keep, open_draft
from reception.learning import LONGEST_STORY
from reception.reception import Reception
from reception.registering import hasten_promises, make_promise, register
from reception.reopening import RETURNS_WITHIN, reopen
from reception.splitting import CARRIED
from store import case as rows
from store import complaints, conversations, events, facts, limits, messages
from store.db import Connection, Database, Row

AN_HOUR = timedelta(hours=1)
MOST_LINES = 20
"""Lines about one complaint in an hour."""
MOST_PHOTOS = 60
"""Photos of the customer about one complaint in all."""
IDENTIFYING = {"phone": ("phone",), "reference": ("order_no", "waybill")}
"""Facts by which a customer is found, with the kinds of reference that they are read from."""


@dataclass(frozen=True)
class Letter:
    """What was sent: `asks` is what the form said it does, `proof` how its writer came in (core.case), `key`
    the same for the same form."""

    words: str
    key: str
    proof: str
    asks: str = case.WRITE
    uploads: Sequence[Upload] = ()


@dataclass(frozen=True)
class Taken:
    """What became of it: the complaint it is about now, what was done (core.case), and the reply that danger
    in the words calls for, "" without one."""

    complaint: int
    done: str
    reply: str = ""


@dataclass(frozen=True)
class CaseActs:
    """The customer acts; every method takes the complaint that the page is about, and when."""

    db: Database
    content: Content
    reception: Reception

    def take(self, complaint_id: int, letter: Letter, at: datetime) -> Taken:
        """Keep words and photos. After the end they reopen the complaint, or begin a new one linked to it.
        The same key again does nothing more. Raises Refused ("case_over" when the form meant a complaint
        that goes on, "too_often", "case_photos"), SQLAlchemyError or OSError when it could not be kept."""
        with self.db.reading() as conn:
            before = messages.by_key(conn, letter.key)
            if before is not None:
                return _again(conn, before, complaint_id, letter)
            if letter.uploads and len(rows.photos(conn, complaint_id)) + len(letter.uploads) > MOST_PHOTOS:
                raise Refused("case_photos")
        understood = self.reception.turns.understand(letter.words, at)
        sealed = tuple(seal(self.reception.data_dir, upload) for upload in letter.uploads)
        with self.db.writing() as conn:
            before = messages.by_key(conn, letter.key)
            if before is not None:
                return _again(conn, before, complaint_id, letter)
            done, chat = self._open(conn, complaint_id, letter, at)
            told = Heard(chat.channel, ("", ""), letter.words, letter.key, at, chat.id)
            tier = complaints.get(conn, chat.complaint_id).tier
            meant = _believed(conn, chat.complaint_id, letter.proof, understood)
            kept = keep(conn, told, meant, self.content.vocabulary, self.reception.ids, sealed)
            messages.mark_answered(conn, [kept.message])
            if done == case.ANEW:
                self._register(conn, kept, letter.words, at)
            elif complaints.get(conn, kept.complaint).tier > tier:
                hasten_promises(conn, self.content, kept.complaint, at)
            self._page(conn, kept, at)
            return Taken(kept.complaint, done, _reply(conn, kept.complaint, kept.message))

    def _open(
        self, conn: Connection, complaint_id: int, letter: Letter, at: datetime
    ) -> tuple[str, Row[Any]]:
        """What is done, and the conversation that it is said in, about a complaint that goes on."""
        row = complaints.get(conn, complaint_id)
        may = case.may(row.state, row.registered_at, row.closed_at, at, RETURNS_WITHIN)
        if may != case.WRITE and letter.asks == case.WRITE:
            raise Refused("case_over")
        if limits.hit(conn, f"case:said:{complaint_id}", at, AN_HOUR) > MOST_LINES:
            raise Refused("too_often")
        chat = self._conversation(conn, row, at)
        if may == case.REOPEN:
            reopen(conn, self.content, row, letter.words, None, at)
        if may == case.ANEW:
            self._begin(conn, chat, row, at)
        return may, conversations.fetch(conn, chat.id)

    def _conversation(self, conn: Connection, row: Row[Any], at: datetime) -> Row[Any]:
        """Where customer and house write to each other about this. Who has only telephoned gets one that is
        over from its start: a line from the page is no place where a notice of ours would reach them."""
        found = conversations.written_of(conn, row.id) or rows.conversation(conn, row.id)
        if found is not None:
            return conversations.fetch(conn, found)
        ids = self.reception.ids
        own = ids.conversation()
        conversations.start(
            conn, id=own, channel="web", customer_id=row.customer_id, sender=ids.sender(own, 1), at=at
        )
        conversations.change(conn, own, complaint_id=row.id, ended_at=at)
        return conversations.fetch(conn, own)

    def _begin(self, conn: Connection, chat: Row[Any], row: Row[Any], at: datetime) -> None:
        """A new complaint of the same person, linked; nothing about them is asked again."""
        id = open_draft(conn, chat, at, self.reception.ids)
        known = facts.current(conn, row.id)
        for field in CARRIED:
            if field in known:
                facts.learn(conn, id, field, known[field].value, by=known[field].by, at=at)

    def _register(self, conn: Connection, kept: Kept, words: str, at: datetime) -> None:
        if facts.value(conn, kept.complaint, "story") is None:
            story = words[:LONGEST_STORY]
            facts.learn(conn, kept.complaint, "story", story, by="rule", at=at, message_id=kept.message)
        register(conn, self.content, kept.complaint, at)

    def _page(self, conn: Connection, kept: Kept, at: datetime) -> None:
        """A danger waits for nobody to look: whoever is in charge is paged, and a call is promised."""
        for flag in _flags(conn, kept.complaint, kept.message):
            events.append(conn, names.SUPERVISOR_PAGED, at, complaint_id=kept.complaint, reason=flag)
            if flag != "self_harm":
                make_promise(conn, self.content, kept.complaint, "callback", at, "callback_after_wish")


def _believed(conn: Connection, complaint_id: int, proof: str, understood: Understood) -> Understood:
    """What may be learned of the words. A page can be open before somebody else: what we call and what we
    look for is never replaced from there, and on number and digits not even learned. Whoever works on it
    reads the words."""
    fixed = IDENTIFYING if proof != case.LINK else facts.current(conn, complaint_id).keys() & IDENTIFYING
    kinds = {kind for field in fixed for kind in IDENTIFYING[field]}
    return replace(
        understood, references=tuple(one for one in understood.references if one.kind not in kinds)
    )


def _again(conn: Connection, before: Row[Any], complaint_id: int, letter: Letter) -> Taken:
    """What the first of two equal forms has done."""
    about = int(before.complaint_id)
    done = letter.asks if about == complaint_id else case.ANEW
    return Taken(about, done, _reply(conn, about, before.id))


def _flags(conn: Connection, complaint_id: int, message: int) -> list[str]:
    """What this message raised that somebody in charge is called for."""
    raised = {
        row.code
        for row in complaints.signals_of(conn, complaint_id)
        if row.kind == "flag" and row.message_id == message
    }
    return [flag for flag in PAGED if flag in raised]


def _reply(conn: Connection, complaint_id: int, message: int) -> str:
    raised = _flags(conn, complaint_id, message)
    if "self_harm" in raised:
        return "utter_self_harm"
    danger = "safety" in raised and complaints.get(conn, complaint_id).tier >= GRAVE
    return "utter_danger" if danger else ""
