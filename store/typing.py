"""Who is typing in a conversation now. Rows end by themselves and leave no event: nobody is told later that
somebody once began a sentence."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from store.schema import typing as table


def begin(conn: Connection, conversation_id: str, author: str, until: datetime) -> None:
    """This author ("customer" or "agent") types until then, unless it is said again."""
    row = {"conversation_id": conversation_id, "author": author, "until": until}
    same = insert(table).values(row)
    again = {"until": same.excluded.until}
    conn.execute(same.on_conflict_do_update(index_elements=["conversation_id", "author"], set_=again))


def end(conn: Connection, conversation_id: str, author: str) -> None:
    mine = (table.c.conversation_id == conversation_id, table.c.author == author)
    conn.execute(table.delete().where(*mine))


def now(conn: Connection, conversation_id: str, author: str, at: datetime) -> bool:
    """Whether this author types at this moment."""
    mine = (table.c.conversation_id == conversation_id, table.c.author == author, table.c.until > at)
    return conn.execute(select(table.c.author).where(*mine)).first() is not None


def prune(conn: Connection, before: datetime) -> int:
    """Forget who stopped before then. Returns how many."""
    return conn.execute(table.delete().where(table.c.until < before)).rowcount
