"""The next right sentence: what fits this complaint now, filled from stored rows, and what not to say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core import categories, scripts
from core.conversation import AGENT
from core.intake import GRAVE
from desk.door import house, user
from desk.shown import marks
from reception.replies import UnfilledSlot, fill
from reception.slots import EVERY, said_due, slots_for
from store import facts, messages, promises

SLOTS = frozenset(EVERY - {"cue", "no_tail", "tail", "state"} | {"company", "caller_id", "old_due"})
"""What a script may name: the rows of a complaint, and the agent's own name as {owner}."""
DUE_KINDS = ("callback", "progress", "plan", "follow_up")
"""Of which promise a script's {due} speaks: the first of these that is open and not late."""


@dataclass(frozen=True)
class Sentence:
    """A line ready to be sent: every slot is filled."""

    label: str
    words: str


@dataclass(frozen=True)
class Guidance:
    """What to say next, what else fits, what to do and what not to say; `canned` fits at any time."""

    next: Sentence | None
    others: list[Sentence]
    do: list[str]
    avoid: list[str]
    canned: list[Sentence]


def guidance(conn: Any, row: Any, channel: str, missing: Iterable[str], at: datetime) -> Guidance:
    """What an agent is given for this complaint, as it stands."""
    content, slots = house().content, _slots(conn, row, at)
    moment = scripts.Moment(row.tier, row.mood, row.state, channel, frozenset(missing))
    fitting = scripts.fitting(content.scripts, moment)
    own = [script for script in fitting if script.when]
    said = _said(conn, row.id)
    ready_made, hello = _filled([line for script in own for line in script.say], slots), _hello(said, slots)
    # In danger nobody is greeted before the question whether people are safe.
    filled = [*ready_made, *hello] if row.tier == GRAVE else [*hello, *ready_made]
    still = scripts.unsaid([scripts.Say(line.label, line.words) for line in filled], said)
    ready = [Sentence(line.label, line.words) for line in still]
    return Guidance(
        next=ready[0] if ready else None,
        others=ready[1:],
        do=[line.words for line in _filled([scripts.Say("", do) for one in own for do in one.do], slots)],
        avoid=list(dict.fromkeys(words for script in own for words in script.avoid)),
        canned=_filled([line for script in fitting if not script.when for line in script.say], slots),
    )


def _hello(said: list[str], slots: dict[str, str]) -> list[Sentence]:
    """A person's first sentence is the house's own; none once they spoke. A matter that has no name yet is
    what the customer told."""
    content = house().content
    line = scripts.Say("", content.variant("utter_agent_first", "web").text)
    return [] if said else _filled([line], {"what": content.page("chat.what_you_told"), **slots})


def _said(conn: Any, complaint_id: int) -> list[str]:
    """What agents have said on this complaint, in writing."""
    return [row.words for row in messages.of_complaint(conn, complaint_id) if row.author == AGENT]


def _slots(conn: Any, row: Any, at: datetime) -> dict[str, str]:
    """What the rows can fill, with the agent's own name."""
    content = house().content
    own = {"company": content.company.written, "owner": user().public_name}
    own |= {"caller_id": content.company.numbers["caller_id"].shown}
    known = slots_for(conn, content, row.id, "web", at, wanted=SLOTS - {"due", "what"})
    known.pop("what", None)
    return {**known, **own, **_named(conn, row.id), **_times(promises.of_complaint(conn, row.id), at)}


def _named(conn: Any, complaint_id: int) -> dict[str, str]:
    """{what}: the matter by the name we give it. The customer's sentence would say "you" and mean us, and
    "mine" and mean theirs."""
    content = house().content
    all_known = content.vocabulary.categories
    codes = [issue["category"] for issue in facts.value(conn, complaint_id, "issues") or []]
    names = [categories.by_code(code, all_known).name for code in codes if code != categories.OTHER]
    return {"what": content.page("desk.joiner").join(names)} if names else {}


def _times(rows: Iterable[Any], at: datetime) -> dict[str, str]:
    """{due}: what is promised next; {old_due}: the call that was promised and not made."""
    found = list(rows)
    coming = {row.kind: row.due_at for row in reversed(found) if row.state == "open" and row.due_at > at}
    late = [row.due_at for row in found if row.kind == "callback" and row.missed_at and row.kept_at is None]
    due = next((coming[kind] for kind in DUE_KINDS if kind in coming), None)
    told = {"due": due, "old_due": late[0] if late else None}
    return {name: said_due(house().content, moment, at, "chat") for name, moment in told.items() if moment}


def _filled(lines: Iterable[scripts.Say], slots: dict[str, str]) -> list[Sentence]:
    """The lines with their slots filled. One that speaks of what no row holds is not offered."""
    made = []
    for line in lines:
        try:
            made.append(Sentence(line.label, marks(fill("script", line.words, slots))))
        except UnfilledSlot:
            continue
    return made
