"""The number that calls, as the phone company shows it."""

from __future__ import annotations

from collections.abc import Collection


def shown_number(caller: str, withheld: Collection[str]) -> str | None:
    """The number in E.164, or None when it is withheld (one of these words, in small letters) or none at all.

    Twilio sends words spelled on a keypad for withheld numbers, one of which looks Chinese:
    https://www.twilio.com/docs/voice/twiml#twilios-request-to-your-application. A call by SIP has the number
    before its @, with or without "sip:".
    """
    bare = caller.strip().lower().removeprefix("sip:").split("@")[0]
    digits = bare.removeprefix("+")
    if bare in withheld or not (digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 15):
        return None
    return _e164(bare, digits)


def _e164(bare: str, digits: str) -> str:
    """A domestic trunk may send a number as it is dialled at home: a mobile, or a landline with its 0."""
    if bare.startswith("+"):
        return bare
    if digits.startswith("86") and len(digits) >= 12:
        return f"+{digits}"
    return f"+86{digits.removeprefix('0')}"
