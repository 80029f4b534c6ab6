"""What the back office is sent, signed as Standard Webhooks say.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md: `webhook-id` is
the event's and stays the same at every attempt, `webhook-timestamp` is the attempt's, the signature
covers id, timestamp and the body's bytes. The body is always the whole complaint, so a receiver may
drop an id it knows and a sequence lower than the one it has.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from standardwebhooks import Webhook

from store.deliveries import Claimed

SHORTEST_KEY = 24
MOST_KEYS = 2
AGENT = "Jiesu-Webhooks/1"


class WeakSecret(ValueError):
    """The key cannot be used; the text says what is wrong, without the key."""


def event_id(row: Claimed) -> str:
    """The same at every attempt; never met twice, not even when the database is set back to yesterday."""
    about = f"{row.number}|{row.event_id}|{row.event_at.isoformat()}"
    return f"evt_{row.event_id}_{hashlib.sha256(about.encode()).hexdigest()[:16]}"


def body(row: Claimed, complaint: Mapping[str, Any]) -> bytes:
    """UTF-8 JSON: type, the moment of the event, the complaint's sequence, the whole complaint."""
    whole = {
        "type": row.type,
        "timestamp": row.event_at.isoformat(),
        "sequence": complaint["sequence"],
        "data": complaint,
    }
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def headers(row: Claimed, content: bytes, at: datetime) -> dict[str, str]:
    """The headers of one attempt made `at` (UTC). With two keys both sign, so that one can be changed."""
    id, text = event_id(row), content.decode()
    signatures = [key.sign(id, at, text) for key in keys(row.secret)]
    return {
        "content-type": "application/json; charset=utf-8",
        "user-agent": AGENT,
        "webhook-id": id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def keys(secret: str) -> list[Webhook]:
    """The signing keys of a destination: one, or two parted by a space. Raises WeakSecret."""
    words = secret.split()
    if not 1 <= len(words) <= MOST_KEYS:
        raise WeakSecret("one key is needed, or two parted by a space")
    return [Webhook(_key(word)) for word in words]


def _key(word: str) -> bytes:
    try:
        key = base64.b64decode(word.removeprefix("whsec_") + "==", validate=False)
    except (binascii.Error, ValueError):
        raise WeakSecret("a key is base64 after whsec_") from None
    if len(key) < SHORTEST_KEY:
        raise WeakSecret(f"a key needs at least {SHORTEST_KEY} bytes")
    return key
