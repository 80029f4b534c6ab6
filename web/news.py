"""What is new in a conversation since a cursor, and where it stands: read in one short transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core import events as names
from core.conversation import AGENT
from reception import answers, evidence, places
from reception.heard import ComplaintView, PromiseView, Said
from reception.house import House
from store import attempts, conversations, events, facts, files, handoffs, messages, typing, users

LINES = (names.MESSAGE_HEARD, names.MESSAGE_SAID)
MOST = 200


@dataclass(frozen=True)
class Picture:
    """A file as the page shows it; not `viewable` when there is no copy to look at. `ours`: it came from an
    agent, and can be taken away."""

    id: str
    name: str
    viewable: bool
    ours: bool = False


@dataclass(frozen=True)
class Line:
    """One sentence, and the files that came with it."""

    said: Said
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class Claim:
    """A call that an agent says reached the customer, who is asked whether it did."""

    attempt: int
    agent: str
    at: datetime


@dataclass(frozen=True)
class Standing:
    """Who speaks, whether anybody is being waited for, and the complaint once it is registered.

    ahead: how many wait in front, None when nobody is being looked for. minutes: how long that takes, None
    while that is not known.
    answering: the customer's last words still wait for the assistant's answer.
    types: the agent is writing now.
    """

    speaker: str = "assistant"
    agent: str | None = None
    ahead: int | None = None
    minutes: int | None = None
    answering: bool = False
    complaint: ComplaintView | None = None
    has_phone: bool = False
    types: bool = False
    claim: Claim | None = None

    @property
    def waiting(self) -> bool:
        return self.speaker == "waiting"

    @property
    def awaited(self) -> bool:
        """Somebody is about to say something, so a page without a script looks again by itself."""
        return self.speaker != "assistant" or self.answering


@dataclass(frozen=True)
class News:
    """The lines past a cursor, the new cursor, and where the conversation stands now. `taken_back`: earlier
    lines that were taken back past the cursor, as they look now."""

    cursor: int
    lines: tuple[Line, ...]
    standing: Standing
    taken_back: tuple[Line, ...] = ()


def history(house: House, conversation: str) -> News | None:
    """All of a conversation of ours; None when there is no such web conversation."""
    with house.db.reading() as conn:
        row = conversations.get(conn, conversation)
        if row is None or row.channel != "web":
            return None
        cursor = events.last(conn, conversation)
        lines = _lines(conn, messages.of_conversation(conn, conversation))
        return News(cursor, lines, _standing(conn, row, house.clock()))


def since(house: House, conversation: str, cursor: int) -> News | None:
    """What came after the cursor; None when nothing did."""
    with house.db.reading() as conn:
        new = events.after(conn, cursor, conversation_id=conversation, limit=MOST)
        if not new:
            return None
        row = conversations.fetch(conn, conversation)
        wanted = [event.data["message"] for event in new if event.name in LINES]
        gone = [event.data["message"] for event in new if event.name == names.MESSAGE_TAKEN_BACK]
        rows = [messages.get(conn, id) for id in wanted]
        changed = [messages.get(conn, id) for id in gone if id not in wanted]
        standing = _standing(conn, row, house.clock())
        return News(int(new[-1].id), _lines(conn, rows), standing, _lines(conn, changed))


def quiet(house: House, conversation: str, cursor: int) -> News:
    """Nothing new past the cursor, and where the conversation stands."""
    with house.db.reading() as conn:
        return News(cursor, (), _standing(conn, conversations.fetch(conn, conversation), house.clock()))


def exists(house: House, conversation: str) -> bool:
    with house.db.reading() as conn:
        row = conversations.get(conn, conversation)
        return row is not None and row.channel == "web"


def _lines(conn: Any, rows: Sequence[Any]) -> tuple[Line, ...]:
    """The sentences with their pictures. A bare wish for a person has no words and is left out; of a line
    that was taken back only that is left."""
    pictures: dict[int, list[Picture]] = {}
    ours = {row.id for row in rows if row.author == AGENT}
    there = [row.id for row in rows if row.taken_back_at is None]
    for file in files.of_messages(conn, there):
        viewable = file.kind == "photo" and file.type != evidence.HEIC
        picture = Picture(file.id, file.name, viewable, file.message_id in ours)
        pictures.setdefault(file.message_id, []).append(picture)
    lines = [Line(said, tuple(pictures.get(said.id, ()))) for said in answers.spoken(conn, rows)]
    return tuple(line for line in lines if line.said.words or line.pictures or line.said.taken_back)


def _standing(conn: Any, row: Any, at: datetime) -> Standing:
    wish = handoffs.open_of(conn, row.id)
    agent = users.names(conn).get(row.agent_id) if row.agent_id else None
    ahead = handoffs.ahead_of(conn, wish.id) if wish and row.speaker == "waiting" else None
    return Standing(
        speaker=row.speaker,
        agent=agent,
        ahead=ahead,
        minutes=places.minutes(conn, ahead, at) if ahead else None,
        answering=row.speaker == "assistant" and bool(messages.pending(conn, row.id)),
        complaint=answers.complaint_view(conn, row.complaint_id),
        has_phone=row.complaint_id is not None and "phone" in facts.current(conn, row.complaint_id),
        types=row.speaker == AGENT and typing.now(conn, row.id, AGENT, at),
        claim=_claim(conn, row.complaint_id),
    )


def _claim(conn: Any, complaint_id: int | None) -> Claim | None:
    """What only the customer can say: whether that call reached him."""
    row = attempts.unanswered_claim(conn, complaint_id) if complaint_id is not None else None
    return Claim(row.id, users.names(conn).get(row.user_id, ""), row.at) if row is not None else None


def next_promise(complaint: ComplaintView, now: datetime) -> PromiseView | None:
    """The open promise that comes due first; of those already late, the latest."""
    open_ones = [one for one in complaint.promises if one.state == "open"]
    coming = [one for one in open_ones if one.due_at >= now]
    return min(coming or open_ones, key=lambda one: one.due_at, default=None)
