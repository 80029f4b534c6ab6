"""Facts with a shape: telephone, order, waybill, complaint number, amount, when. Several in one sentence.

Values: `phone` E.164 for mainland China; `order_no` and `waybill` as written, letters in capitals, without
blanks and dashes; `complaint_number` ten digits with right check digits; `amount` whole yuan, rounded down,
the lower bound of a vague one ("two or three thousand" is 2000), the words kept; `when` an ISO date, date
with time ("2025-02-28T15:00"), month, year or time as far as the words leave no doubt, else "". A month or a
year is never invented.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import chain

from core import ids, moments
from core.dialled import private
from core.labels import NO_LABELS, Labels
from core.message import CLAUSE, Message, Reference
from core.money import Money

__all__ = ["NO_LABELS", "Labels", "Reference", "find", "private"]

KINDS = ("phone", "order_no", "waybill", "complaint_number", "amount", "when")


def find(folded: str, labels: Labels = NO_LABELS, today: date | None = None) -> list[Reference]:
    """All references of a folded text from left to right, none overlapping another. `today` (in the
    customer's zone) gives yesterday its date; without it such a value stays ""."""
    message = Message(folded, labels, today)
    money = Money(message)
    # Who comes first has the first choice: each begins when the one before is through, and finds no more
    # where something was found. A unit of money is surer than a date, a date surer than a bare number.
    for it in chain(
        ids.numbered(message),
        money.priced(),
        moments.not_times(message),
        moments.times(message),
        money.counted(),
    ):
        message.take(it)
    return _judged(message, sorted((it for it in message.found if it.kind in KINDS), key=lambda it: it.start))


def _judged(message: Message, found: list[Reference]) -> list[Reference]:
    """The same, those marked that the customer denies."""
    judged: list[Reference] = []
    next_of: dict[str, Reference] = {}
    for it in reversed(found):
        judged.append(replace(it, denied=True) if _denied(message, it, next_of.get(it.kind)) else it)
        next_of[it.kind] = it
    return judged[::-1]


def _denied(message: Message, it: Reference, after: Reference | None) -> bool:
    """Said not to be this one, or corrected by the next of its kind."""
    words = message.words
    if message.ends(words.not_this, it.start, near=16):
        clause = CLAUSE.search(message.folded, it.end)
        end = clause.end() if clause else len(message.folded)
        return not words.rhetorical.search(message.folded, it.end, end)
    return bool(after and words.retracted.fullmatch(message.folded, it.end, after.start))
