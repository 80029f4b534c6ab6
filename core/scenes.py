"""What a scanned code says: a shop, an order, or something else, by how it begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.content import ContentError, mapping_at, text_at

REFERENCE, ORDER = "reference", "order_no"
Table = Mapping[str, str]


def table_from(value: object, where: str) -> Table:
    """Fields of a complaint by the beginning of a code. Raises ContentError without one for all others."""
    given = mapping_at(value, where)
    if "" not in given:
        raise ContentError(where, 'one that begins with "" is needed, for all others')
    return {start: text_at(field, f"{where}.{start}") for start, field in given.items()}


def fact_of(scene: str, table: Table) -> tuple[str, Any]:
    """The fact that a code stands for, as its field and value: that of the longest beginning which fits."""
    start = max((start for start in table if scene.startswith(start)), key=len)
    field, value = table[start], scene[len(start) :].strip()
    return field, {"kind": ORDER, "value": value, "words": value} if field == REFERENCE else value
