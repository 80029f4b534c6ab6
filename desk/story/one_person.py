"""Which other customers are the same person, and which may be; a person at the desk who has asked says so.
Also which of a person's complaints are about the same thing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort

from core.roles import EDIT
from desk.door import allowed, blueprint, house, needs, now, user
from desk.forms import done, row_of, typed, whole
from desk.shown import Show, number
from reception.joining import ITSELF, suggested
from store import joins

MOST = 3
"""Suggestions at once: the page is for a complaint, not for tidying customers."""


def one_person(conn: Any, row: Any, words: Show, people: dict[int, str]) -> dict[str, Any]:
    """The joins of this complaint's customer, and whom to ask about. A customer of whom the reader may see no
    complaint is not named."""
    return {
        "joined": _joined(conn, row, words, people),
        "maybe": _maybe(conn, row, words) if allowed(EDIT) else [],
    }


def _joined(conn: Any, row: Any, words: Show, people: dict[int, str]) -> list[dict[str, Any]]:
    edges = joins.edges(conn, (row.customer_id,))
    return [
        {
            "id": join.id,
            "ends": [_named(end, words) for end in ends],
            "proof": join.proof,
            "why": join.why,
            "by": "" if join.by == ITSELF else people.get(int(join.by.removeprefix("user:")), ""),
            "at": join.at,
        }
        for join, ends in _shown(conn, row, joins.rows(conn, [edge.id for edge in edges]))
    ]


def _shown(conn: Any, row: Any, made: Sequence[Any]) -> list[tuple[Any, list[Any]]]:
    """Those of the joins that the reader may see, each with a complaint of everybody else in it."""
    others = {one for join in made for one in (join.customer_id, join.other_id)} - {row.customer_id}
    seen = joins.newest(conn, others, user())
    found = []
    for join in made:
        ends = [one for one in (join.customer_id, join.other_id) if one != row.customer_id]
        if all(one in seen for one in ends):
            found.append((join, [seen[one] for one in ends]))
    return found


def _maybe(conn: Any, row: Any, words: Show) -> list[dict[str, Any]]:
    found = suggested(conn, row.customer_id, user(), MOST)
    seen = joins.newest(conn, found, user())
    return [{**_named(seen[one], words), "signs": found[one]} for one in found]


def _named(row: Any, words: Show) -> dict[str, Any]:
    """A customer as the desk knows one: by the newest complaint that the reader may see."""
    return {
        "number": row.number,
        "shown": number(row.number),
        "channel": row.channel,
        "opened": words.when(row.opened_at),
        "state": row.state,
    }


@blueprint.post("/complaints/<number>/same")
@needs(EDIT)
def say_same(number: str) -> Any:
    """The customer of another complaint is the same person: somebody has asked, and says how they know."""
    row, other, why = row_of(number), row_of(typed("other")), typed("reason")
    act = house().joining.same
    return done(number, lambda: act(user().id, row.id, other.id, why, now()), "earlier")


@blueprint.post("/complaints/<number>/different")
@needs(EDIT)
def say_different(number: str) -> Any:
    row, other, why = row_of(number), row_of(typed("other")), typed("reason", optional=True)
    act = house().joining.different
    return done(number, lambda: act(user().id, row.id, other.id, why, now()), "earlier")


@blueprint.post("/complaints/<number>/part")
@needs(EDIT)
def part(number: str) -> Any:
    """A join was a mistake. Who may not see it shown cannot undo it."""
    row, join, why = row_of(number), whole("join"), typed("reason")
    with house().db.reading() as conn:
        if not _shown(conn, row, joins.rows(conn, (join,))):
            abort(404)
    return done(number, lambda: house().joining.undo(user().id, row.id, join, why, now()), "earlier")


@blueprint.post("/complaints/<number>/link")
@needs(EDIT)
def link(number: str) -> Any:
    """The later of these two complaints of one person is the earlier one come back."""
    row, other, why = row_of(number), row_of(typed("other")), typed("reason")
    act = house().linking.link
    return done(number, lambda: act(user().id, row.id, other.id, why, now()), "earlier")


@blueprint.post("/complaints/<number>/unlink")
@needs(EDIT)
def unlink(number: str) -> Any:
    """They are about two things after all."""
    row, other, why = row_of(number), row_of(typed("other")), typed("reason")
    act = house().linking.unlink
    return done(number, lambda: act(user().id, row.id, other.id, why, now()), "earlier")
