"""Pictures and sounds that WeChat holds for three days: what we fetch at once, and what we uploaded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from core import events as names
from store import events
from store.schema import messages
from store.schema import wechat_media as table
from store.schema import wechat_uploads as uploads

DUE = "due"
FETCHED = "fetched"
"""A sound that is with us and was not heard yet."""
KEPT = "kept"
HEARD, UNHEARD = "heard", "unheard"
"""A sound with words, and one that a person has to listen to."""
EXPIRED, REFUSED, TOO_LARGE, LOST = "expired", "refused", "too_large", "lost"
"""Never with us: gone at WeChat, not what it was sent as, too large, not to be had in three days."""
MISSED = (EXPIRED, REFUSED, TOO_LARGE, LOST)
VOICE = "voice"


def expect(
    conn: Connection,
    message_id: int,
    complaint_id: int,
    account: str,
    media_id: str,
    kind: str,
    at: datetime,
) -> None:
    """Note that this message's bytes are to be fetched now."""
    row = {"message_id": message_id, "complaint_id": complaint_id, "account": account}
    more = {"media_id": media_id, "kind": kind, "state": DUE, "attempts": 0, "due_at": at}
    conn.execute(table.insert().values(**row, **more))


def due(conn: Connection, now: datetime, state: str = DUE, limit: int = 20) -> Sequence[Row[Any]]:
    """What is to be fetched by now, or what in another state waits for a hand, the longest due first."""
    query = select(table).where(table.c.due_at <= now, table.c.state == state).order_by(table.c.due_at)
    return conn.execute(query.limit(limit)).all()


def claim(conn: Connection, id: int, state: str, now: datetime, lease: timedelta) -> Row[Any] | None:
    """Compare and set: the row, its attempt counted and nobody else's until the lease ends; else None."""
    free = (table.c.id == id, table.c.state == state, table.c.due_at <= now)
    values = {"due_at": now + lease, "attempts": table.c.attempts + 1}
    return conn.execute(update(table).where(*free).values(**values).returning(table)).one_or_none()


def get(conn: Connection, id: int) -> Row[Any]:
    return conn.execute(select(table).where(table.c.id == id)).one()


def by_file(conn: Connection, file_id: str) -> Row[Any] | None:
    return conn.execute(select(table).where(table.c.file_id == file_id)).one_or_none()


def voices(conn: Connection, complaint_id: int) -> Sequence[Row[Any]]:
    """The sounds of a complaint, each with when it came, oldest first."""
    query = select(table, messages.c.at).join(messages, messages.c.id == table.c.message_id)
    mine = query.where(table.c.complaint_id == complaint_id, table.c.kind == VOICE)
    return conn.execute(mine.order_by(table.c.id)).all()


def put_into_words(conn: Connection, complaint_id: int) -> set[int]:
    """Messages that only brought a sound whose words are another message."""
    query = select(table.c.message_id).where(table.c.complaint_id == complaint_id, table.c.state == HEARD)
    return set(conn.execute(query).scalars())


def of_messages(conn: Connection, message_ids: Sequence[int]) -> Sequence[Row[Any]]:
    """What these messages brought."""
    return conn.execute(select(table).where(table.c.message_id.in_(message_ids))).all()


def unheard_since(conn: Connection, conversation_id: str) -> datetime | None:
    """When the newest sound of this conversation came that nobody has heard or answered yet."""
    query = select(func.max(messages.c.at)).join(table, table.c.message_id == messages.c.id)
    waits = (table.c.kind == VOICE, table.c.state.in_((DUE, FETCHED)), messages.c.answered.is_(False))
    found: datetime | None = conn.execute(
        query.where(messages.c.conversation_id == conversation_id, *waits)
    ).scalar()
    return found


def miss(conn: Connection, row: Row[Any], state: str, at: datetime) -> None:
    """It will never be with us; the complaint says so."""
    change(conn, row.id, state=state, due_at=None)
    events.append(conn, names.MEDIA_MISSED, at, complaint_id=row.complaint_id, media=row.kind, missed=state)


def change(conn: Connection, id: int, **values: Any) -> None:
    conn.execute(update(table).where(table.c.id == id).values(**values))


def unfetched(conn: Connection) -> dict[str, int]:
    """How many have no file with us, by state."""
    query = select(table.c.state, func.count()).where(table.c.file_id.is_(None)).group_by(table.c.state)
    return {state: many for state, many in conn.execute(query)}


def note_upload(conn: Connection, file_id: str, account: str, media_id: str, at: datetime) -> None:
    """WeChat holds this file of ours for this account, by this name, for three days."""
    row = {"file_id": file_id, "account": account, "media_id": media_id, "at": at}
    conn.execute(uploads.insert().values(**row))


def uploaded(conn: Connection, file_id: str, account: str, since: datetime) -> str | None:
    """The name by which WeChat holds this file of ours, if it was uploaded since then."""
    mine = (uploads.c.file_id == file_id, uploads.c.account == account, uploads.c.at > since)
    query = select(uploads.c.media_id).where(*mine).order_by(uploads.c.id.desc()).limit(1)
    return conn.execute(query).scalar()
