"""Complaints as a table for export: content, process, result, satisfaction, and what is to be changed. No
phone number and no name of a customer leaves with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from desk.reports.charts import COUNT, TEXT, WHEN, Cell, Column, Table, Teller
from desk.shown import Show, number
from store.figure_exports import Exported

FEN = 100
COLUMNS = (
    ("reports.number", TEXT),
    ("reports.col_kind", TEXT),
    ("queue.column_tier", TEXT),
    ("queue.column_state", TEXT),
    ("reports.channel", TEXT),
    ("reports.col_opened", WHEN),
    ("reports.col_registered", WHEN),
    ("reports.department", TEXT),
    ("queue.column_owner", TEXT),
    ("reports.mood", TEXT),
    ("reports.col_issues", TEXT),
    ("reports.col_what", TEXT),
    ("reports.col_story", TEXT),
    ("complaint.wanted", TEXT),
    ("reports.col_process", TEXT),
    ("reports.causes", TEXT),
    ("reports.sides", TEXT),
    ("reports.col_result", TEXT),
    ("reports.col_ending", TEXT),
    ("reports.q1", COUNT),
    ("reports.q2", COUNT),
    ("reports.q3", COUNT),
    ("reports.q5", TEXT),
    ("reports.col_actions", TEXT),
)


def complaint_table(found: Iterable[Exported], say: Teller, show: Show, people: Mapping[int, str]) -> Table:
    columns = tuple(Column(say.word(words), form) for words, form in COLUMNS)
    rows = tuple(tuple(_row(one, say, show, people)) for one in found)
    return Table("complaints", say.word("reports.sheet_complaints"), columns, rows)


def _row(one: Exported, say: Teller, show: Show, people: Mapping[int, str]) -> list[Cell]:
    row, finding = one.complaint, next(iter(reversed(one.findings)), None)
    return [
        Cell(number(row.number)),
        Cell(say.label("kinds", row.kind)),
        Cell(say.label("tiers", row.tier)),
        Cell(say.label("states", row.state)),
        Cell(say.label("channels", row.channel)),
        say.when(row.opened_at),
        say.when(row.registered_at),
        Cell(row.department or ""),
        Cell(people.get(row.owner_id, "")),
        Cell(say.label("moods", row.mood)),
        *(Cell(_fact(show, one.facts, field)) for field in ("issues", "core_issue", "story", "wanted")),
        Cell(_lines(_move(say, move) for move in one.moves)),
        Cell(say.content.work.causes.get(finding.cause, "") if finding else ""),
        Cell(say.label("responsibility", finding.responsibility) if finding else ""),
        Cell(_lines(_remedy(say, remedy) for remedy in one.remedies if remedy.refused_at is None)),
        Cell(say.label("outcomes", row.outcome)),
        *_scores(one, say),
        Cell(_lines(_action(say, action) for action in one.actions)),
    ]


def _fact(show: Show, facts: Mapping[str, Any], field: str) -> str:
    return show.content.page("desk.joiner").join(show.fact(field, facts[field])) if field in facts else ""


def _lines(told: Iterable[str]) -> str:
    return "\n".join(told)


def _move(say: Teller, move: Any) -> str:
    reason = move.data.get("reason")
    named = say.label("skip_reasons", reason) if reason else ""
    return " ".join(filter(None, (say.when(move.at).text, say.label("states", move.data.get("to")), named)))


def _remedy(say: Teller, remedy: Any) -> str:
    amount = f"¥{remedy.amount / FEN:,.2f}" if remedy.amount is not None else ""
    done = say.label("remedy_states", "done") if remedy.done_at else ""
    return " ".join(filter(None, (say.label("remedy_kinds", remedy.kind), amount, remedy.words, done)))


def _scores(one: Exported, say: Teller) -> list[Cell]:
    """The last follow-up that was answered."""
    answered = [asked for asked in one.follow_ups if asked.q3 is not None]
    if not answered:
        return [Cell("")] * 4
    last = answered[-1]
    scores = [say.count(score) if score is not None else Cell("") for score in (last.q1, last.q2, last.q3)]
    return [*scores, Cell(say.label("cause_answers", last.q5))]


def _action(say: Teller, action: Any) -> str:
    named = (say.label("action_kinds", action.kind), say.label("action_tags", action.tag))
    done = say.label("remedy_states", "done") if action.done_at else say.when(action.due_at).text
    return " ".join(filter(None, (*named, action.words, action.department, done)))
