"""A customer's words that a machine heard in a recording, after the call: kept, weighed, never answered.

They count as the customer's own: facts are learnt from them, a danger in them raises the tier and pages a
supervisor at once. Nothing is said to anybody, since nobody is there any more.
"""

from __future__ import annotations

from dataclasses import replace

from core import conversation, turn
from core.understanding import Understood
from reception import situation
from reception.carrying import Carrying
from reception.content import Content
from reception.heard import Heard
from reception.keeping import Kept, Names, keep
from reception.registering import hasten_promises
from store import messages
from store.db import Connection


def overhear(conn: Connection, content: Content, ids: Names, heard: Heard, understood: Understood) -> Kept:
    """Keep these words once: the same key again gives the message that is there."""
    before = messages.by_key(conn, heard.key)
    if before is not None:
        return Kept(before.id, before.conversation_id, before.complaint_id)
    kept = keep(conn, heard, understood, content.vocabulary, ids, ())
    standing = situation.read(conn, content, kept.conversation, heard.at, (kept.message,))
    if standing.raised:
        hasten_promises(conn, content, kept.complaint, heard.at)
    as_if_a_person_spoke = replace(standing.situation, speaker=conversation.AGENT)
    pages = turn.first(as_if_a_person_spoke, understood) or []
    Carrying(conn, content, standing, heard.at, heard.words, kept.message).carry_out(pages)
    messages.mark_answered(conn, [kept.message])
    return kept
