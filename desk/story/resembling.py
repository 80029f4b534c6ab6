"""Other customers' complaints like this one, now: is it one mishap, or many?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from desk.door import user
from desk.shown import SHAPES, Show, marks, number
from store import similar

DAYS = timedelta(days=7)
MOST = 5


def similar_to(conn: Any, row: Any, known: list[Any], words: Show) -> list[dict[str, Any]]:
    """In which ways others are alike, how many, and the newest of them."""
    told = {fact.field: fact.value for fact in known}
    found = similar.like(conn, row, told, user(), words.now - DAYS, MOST)
    return [
        {
            "way": one.way,
            "value": words.category(one.value) if one.way == "category" else marks(one.value),
            "code": one.value,
            "since": (words.now - DAYS).date().isoformat(),
            "count": one.count,
            "newest": [
                {
                    "number": other.number,
                    "shown": number(other.number),
                    "tier": other.tier,
                    "shape": SHAPES[other.tier],
                    "opened": other.opened_at,
                    "state": other.state,
                }
                for other in one.newest
            ],
        }
        for one in found
    ]
