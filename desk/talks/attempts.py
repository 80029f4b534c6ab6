"""Tries to reach the customer: each is written down, and what it claims is not taken for what is certain."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, request

from core import attempts as rules
from core.roles import HANDLE, PHONE, TALK
from desk.door import LONGEST_TEXT, allowed, blueprint, house, needs, now, user
from desk.forms import done, row_of
from desk.talks import phone
from reception.acting import Refused


@blueprint.post("/complaints/<number>/tried")
@needs(HANDLE)
def tried(number: str) -> Any:
    """One try by telephone or message, with what was said. That somebody was reached keeps no promise yet:
    the customer is asked whether it is so."""
    row, words = row_of(number), request.form.get("words", "").strip()[:LONGEST_TEXT]
    means, purpose, result = (request.form.get(name, "") for name in ("means", "purpose", "result"))
    if (
        means not in rules.RESULTS
        or purpose not in rules.PURPOSES
        or result not in rules.RESULTS[rules.PHONE]
    ):
        abort(400)
    log = house().attempts.log
    return done(number, lambda: log(user().id, row.id, means, purpose, result, words, now()), "attempts")


def may_call() -> bool:
    """Whether the person at the desk can be connected over a line of ours: it is there, with a number to call
    from, this person has a phone, and may see numbers in full."""
    twilio = current_app.extensions["jiesu_settings"].twilio
    return bool(house().telephone and twilio.caller_id and phone.kind()) and allowed(PHONE)


@blueprint.post("/complaints/<number>/call")
@needs(TALK)
def call_out(number: str) -> Any:
    """Call the customer: when he has picked up, one's own phone rings."""
    if not allowed(PHONE):
        abort(403)
    row, purpose = row_of(number), request.form.get("purpose", "")
    if purpose not in rules.PURPOSES:
        abort(400)
    if phone.wants_json():
        try:
            house().lines.call_out(user().id, row.id, purpose, now())
        except Refused as refusal:
            return phone.told(refusal.why, 409)
        return {"done": True}
    return done(number, lambda: house().lines.call_out(user().id, row.id, purpose, now()), "attempts")
