"""What WeChat's error codes mean; the table is the core's, so that the desk says the same."""

from __future__ import annotations

from core.wechat_codes import (
    ADDRESS,
    BUSY,
    CONTACT,
    DAILY,
    MEANINGS,
    MEDIA,
    OTHER,
    PERMISSION,
    SESSION,
    SPENT,
    TEMPLATE,
    TOKEN,
    UNKNOWN,
    WINDOW,
    meaning,
)

__all__ = [
    "ADDRESS",
    "BUSY",
    "CONTACT",
    "DAILY",
    "MEANINGS",
    "MEDIA",
    "OTHER",
    "PERMISSION",
    "SESSION",
    "SPENT",
    "TEMPLATE",
    "TOKEN",
    "UNKNOWN",
    "WINDOW",
    "meaning",
]
