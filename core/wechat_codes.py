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
LENGTH = "length"
KIND = "kind"
SIZE = "size"
"""Of a file that is uploaded: not of a kind that is taken, or too large."""
OTHER = "other"
UNKNOWN = "unknown"
"""No answer, or none that can be read: it may have arrived."""

MEANINGS = {
    40001: TOKEN,
    40014: TOKEN,
    42001: TOKEN,
    40013: TOKEN,
    40125: TOKEN,
    40164: ADDRESS,
    60020: ADDRESS,
    45009: DAILY,
    45015: WINDOW,
    43004: WINDOW,
    45047: SPENT,
    40003: CONTACT,
    40004: KIND,
    40005: KIND,
    40006: SIZE,
    40007: MEDIA,
    40009: SIZE,
    40037: TEMPLATE,
    47003: TEMPLATE,
    40200: PERMISSION,
    48001: PERMISSION,
    48002: PERMISSION,
    48004: PERMISSION,
    50002: PERMISSION,
    76022: PERMISSION,
    -1: BUSY,
    45011: BUSY,
    45002: LENGTH,
    95018: SESSION,
    # What Kf tells later of a message that it had taken (fail_type of msg_send_fail)
    1: PERMISSION,
    2: PERMISSION,
    4: WINDOW,
    5: SESSION,
    6: SPENT,
    8: PERMISSION,
    10: CONTACT,
    11: PERMISSION,
}


def meaning(code: int) -> str:
    """What a code means, `OTHER` for one that is not listed."""
    return MEANINGS.get(code, OTHER)
