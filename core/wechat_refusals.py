"""Why WeChat's doors turn a request away, and when that many of them mean that a setting is wrong."""

from __future__ import annotations

from collections.abc import Mapping

SERVICE, KF = "service", "kf"
"""The doors: of the service account, and of Kf's bell."""
UNSIGNED, SIGNATURE, ACCOUNT, BROKEN, TOO_LARGE, STALE = (
    "unsigned",
    "signature",
    "account",
    "broken",
    "too_large",
    "stale",
)
"""No signature at all, as from anybody who tries the address; a wrong one; another account's; not to be
deciphered or read; too large; and one that was taken although its time is far from ours."""
MEAN_A_SETTING = (SIGNATURE, ACCOUNT, BROKEN, STALE)
MANY = 10
"""In a day. Passers-by make some; a wrong token or key refuses every push, three times each."""


def many(counts: Mapping[str, int]) -> dict[str, int]:
    """The reasons, by their counts in a day, that somebody has to look into."""
    return {reason: count for reason, count in counts.items() if reason in MEAN_A_SETTING and count >= MANY}
