"""What went out on WeChat, by the way on which it went: the service account or Kf."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, case, func, select

from core.wechat_files import OPENID
from core.wechat_refusals import KF, SERVICE
from store.schema import conversations, identities
from store.schema import wechat_sends as table
from store.wechat_sends import SENT, TEMPLATE


def counted(conn: Connection, since: datetime) -> dict[str, dict[str, int]]:
    """How many messages were reserved since then, by way, then by how they ended; a template message that
    was sent counts as "template". A customer whom the service account knows is written to by it."""
    known = select(identities.c.id).where(
        identities.c.customer_id == conversations.c.customer_id, identities.c.kind == OPENID
    )
    way = case((known.exists(), SERVICE), else_=KF)
    told = (table.c.kind == TEMPLATE) & (table.c.state == SENT)
    state = case((told, TEMPLATE), else_=table.c.state)
    query = (
        select(way, state, func.count())
        .join(conversations, conversations.c.id == table.c.conversation_id)
        .where(table.c.at >= since)
        .group_by(way, state)
    )
    found: dict[str, dict[str, int]] = {}
    for name, ended, many in conn.execute(query):
        found.setdefault(name, {})[ended] = many
    return dict(sorted(found.items(), reverse=True))
