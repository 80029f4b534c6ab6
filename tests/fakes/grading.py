"""A text graded at once, as reception does it in two steps: by its words when it is read, by counts later."""

from __future__ import annotations

from core.tiers import by_counts, by_words, gravest_first


def grade(folded, rules, *, amount=None, contacts=1, mood=0, flags=()):
    counted = by_counts(rules, amount, contacts=contacts, mood=mood, flags=flags)
    return gravest_first([*by_words(folded, rules), *counted])


def tier_of(raised, at_least=1):
    return max([at_least, *(reason.level for reason in raised)])


def flags_of(raised):
    return {reason.flag for reason in raised if reason.flag}
