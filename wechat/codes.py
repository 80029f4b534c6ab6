"""What WeChat's error codes mean for us (Tencent, "Global return codes" and the pages of each call).

The answer's status is always 200; its body decides.
"""

from __future__ import annotations

TOKEN = "token"
ADDRESS = "address"
DAILY = "daily"
WINDOW = "window"
SPENT = "spent"
CONTACT = "contact"
MEDIA = "media"
TEMPLATE = "template"
PERMISSION = "permission"
BUSY = "busy"
SESSION = "session"
OTHER = "other"
UNKNOWN = "unknown"
"""No answer, or none that can be read: it may have arrived."""

MEANINGS = {
    40001: TOKEN,
    40014: TOKEN,
    42001: TOKEN,
    40164: ADDRESS,
    45009: DAILY,
    45015: WINDOW,
    45047: SPENT,
    40003: CONTACT,
    40007: MEDIA,
    40037: TEMPLATE,
    40200: PERMISSION,
    48001: PERMISSION,
    -1: BUSY,
    95018: SESSION,
}


def meaning(code: int) -> str:
    """What a code means, `OTHER` for one that is not listed."""
    return MEANINGS.get(code, OTHER)
