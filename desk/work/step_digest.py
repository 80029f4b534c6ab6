"""What each folded step says of itself in one line: what was recorded there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core import complaint as states
from desk.shown import Show, marks, one_line

LONGEST = 36


def digests(row: Any, seen: Mapping[str, Any], words: Show) -> dict[str, str]:
    """One line for each step by its state, "" where nothing was recorded. `seen`: what the page shows."""
    made = {
        states.REGISTERED: seen["people"].get(row.owner_id, ""),
        states.INVESTIGATING: _finding(seen, words),
        states.MEMO_SENT: _memos(seen["memos"], words),
        states.CONFERRING: _plan(seen["plan"], words),
        states.CARRYING_OUT: _remedies(seen["remedies"], words),
        states.FOLLOWING_UP: _answers(seen["answer_rows"], words),
        states.FEEDING_BACK: words.when(row.closed_at),
    }
    return {state: marks(one_line(text, LONGEST)) for state, text in made.items()}


def _finding(seen: Mapping[str, Any], words: Show) -> str:
    if not seen["findings"]:
        return ""
    found = seen["findings"][-1]
    cause = seen["work"].causes.get(found.cause, "")
    who = words.label("responsibility", found.responsibility)
    return words.content.page("desk.joiner").join(part for part in (cause, who) if part) or found.facts


def _memos(memos: list[Any], words: Show) -> str:
    asked = [memo for memo in memos if memo.stage != "recalled"]
    if not asked:
        return ""
    back = sum(memo.stage == "replied" for memo in asked)
    return words.content.page("steps.memos_back", sent=str(len(asked)), back=str(back))


def _plan(plan: Any, words: Show) -> str:
    if plan is None or not plan.answer:
        return ""
    said = words.label("plan_answers", plan.answer)
    return f"{said} {plan.options[plan.chosen]}" if plan.chosen is not None else said


def _remedies(lines: list[Any], words: Show) -> str:
    done = [line for line in lines if line.state == "done"]
    named = [f"{words.label('remedy_kinds', line.row.kind)} {_money(line.amount)}".strip() for line in done]
    return words.content.page("desk.joiner").join(named)


def _money(amount: str) -> str:
    return f"¥{amount}" if amount else ""


def _answers(rows: Any, words: Show) -> str:
    return words.label("outcomes", rows[-1].outcome) if rows else ""
