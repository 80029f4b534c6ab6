"""What of a message on WeChat may not have reached the customer: the words and files to send once more."""

from __future__ import annotations

from typing import Any

from reception.going_out import goes_itself, way_to
from store import conversations, files, messages, wechat_sends
from store.db import Connection, Row


def of(conn: Connection, send: Row[Any]) -> tuple[str, list[Row[Any]]]:
    """The words and the files of its lines that no message brought for sure. What was taken back is left
    out, and of a line in pieces whatever has arrived."""
    lines = [one for id in send.messages if (one := messages.get(conn, id)).taken_back_at is None]
    ours = [
        one
        for one in wechat_sends.of_conversation(conn, send.conversation_id)
        if one.state == wechat_sends.SENT and set(one.messages) & set(send.messages)
    ]
    told = bool(send.file_id) and any(one.kind == wechat_sends.TEXT for one in ours)
    words = [] if told else [line.words for line in lines if line.words]
    came = {one.file_id for one in ours}
    way = way_to(conn, conversations.fetch(conn, send.conversation_id).customer_id)
    enclosed = files.of_lines(conn, send.conversation_id, [line.id for line in lines])
    rest = [file for found in enclosed.values() for file in found if file.id not in came]
    return "\n".join(words), [file for file in rest if not told or goes_itself(way, file)]
