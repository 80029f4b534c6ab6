"""What one request of the provider's says, and how it is answered."""

from __future__ import annotations

import re
import uuid

from flask import Response, request

SID = re.compile(r"[A-Za-z0-9_\-]{1,64}")
LARGEST_AGENT = 10**9


def sid() -> str:
    """The call's id. Without a usable one the call still gets a conversation, and a person."""
    given = form("CallSid")
    return given if SID.fullmatch(given) else f"lost-{uuid.uuid4().hex}"


def form(name: str) -> str:
    return request.form.get(name, "")


def other_end() -> str:
    """The number at the customer's end: who calls, or whom we call.
    https://www.twilio.com/docs/voice/twiml#request-parameters"""
    return form("To" if form("Direction").startswith("outbound") else "From")


def whole(name: str) -> int | None:
    """A whole number from our own address, or None."""
    given = request.args.get(name, "")
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        return None
    return int(given) if int(given) < LARGEST_AGENT else None


def xml(document: str) -> Response:
    return Response(document, content_type="text/xml; charset=utf-8")
