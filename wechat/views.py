"""The callback: check, keep, acknowledge. Everything else happens afterwards.

No answer within 5 s makes WeChat send again, three times in all, and then tell the customer that the account
is out of order; so 5xx is answered only when nothing could be kept.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import timedelta
from typing import NoReturn

from flask import Response, abort, request

from core import wechat_refusals as why
from store.db import SQLAlchemyError
from wechat import inbound, kf, push, transfer
from wechat.door import Account, account, blueprint, house, kf_envelope, log
from wechat.envelope import SALT, Envelope, Refused
from wechat.refusals import reason_of, refusals

LARGEST = 64 * 1024
STALE = timedelta(minutes=10)
ECHO = re.compile(r"[A-Za-z0-9_=+/-]{1,256}")
ACKNOWLEDGED = "success"


@blueprint.before_request
def limit() -> None:
    request.max_content_length = LARGEST


@blueprint.errorhandler(413)
def too_large(error: Exception) -> Response:
    """More than a push can hold; nothing of it is read."""
    refusals().count(_door(), why.TOO_LARGE, house().clock())
    return Response(status=413)


@blueprint.after_request
def write_counts(response: Response) -> Response:
    refusals().write(house().db, house().clock())
    return response


@blueprint.get("/wechat")
def verify() -> Response:
    """WeChat asks whether this address is ours, once, when it is entered in its settings."""
    open_door, asked = _open_door(), request.args
    try:
        open_door.envelope.check(
            asked.get("signature", ""), asked.get("timestamp", ""), asked.get("nonce", "")
        )
    except Refused as refusal:
        _turn_away(refusal)
    echo = asked.get("echostr", "")
    return _plain(echo) if ECHO.fullmatch(echo) else abort(400)


@blueprint.post("/wechat")
def receive() -> Response:
    """A message or an event, in safe mode only."""
    open_door = _open_door()
    text = _opened(open_door.envelope)
    _note_age(request.args.get("timestamp", ""))
    at = house().clock()
    try:
        pushed = push.read(text)
        if inbound.keep(house(), open_door, pushed, at):
            return _handed_on(open_door.envelope, pushed, as_json=text.lstrip().startswith("{"))
    except push.Unreadable as odd:
        inbound.keep_unreadable(house(), _name(text), text, str(odd), at)
    except SQLAlchemyError:
        raise  # nothing could be kept: the retry is wanted
    except Exception as error:
        log.error("a push was not understood: %s", type(error).__name__, exc_info=error)
        inbound.keep_unreadable(house(), _name(text), text, "not understood", at)
    return _plain(ACKNOWLEDGED)


def _handed_on(envelope: Envelope, pushed: push.Push, *, as_json: bool) -> Response:
    made, nonce = str(int(house().clock().timestamp())), secrets.token_hex(8)
    answer = transfer.reply(envelope, pushed, made, nonce, secrets.token_bytes(SALT), as_json)
    return Response(answer, mimetype="application/json" if as_json else "application/xml")


@blueprint.get("/wechat/kf")
def verify_kf() -> Response:
    """WeCom asks whether this address is ours; here the echo is sealed, and signed as the fourth part."""
    return _plain(_unsealed(_kf(), request.args.get("echostr", "")))


@blueprint.post("/wechat/kf")
def hear_kf() -> Response:
    """The bell of WeChat customer service: an account has something, which is pulled later."""
    text, at = _opened(_kf()), house().clock()
    try:
        kf.hear_bell(house(), push.read_fields(text), at)
    except push.Unreadable as odd:
        inbound.keep_unreadable(house(), _name(text), text, str(odd), at)
    return _plain(ACKNOWLEDGED)


def _opened(envelope: Envelope) -> str:
    """What was encrypted; whoever cannot prove to be WeChat is turned away and leaves nothing."""
    try:
        sealed = push.sealed_in(request.get_data())
    except push.Unreadable as odd:
        _turn_away(odd)
    return _unsealed(envelope, sealed)


def _unsealed(envelope: Envelope, sealed: str) -> str:
    asked = request.args
    try:
        return envelope.open(
            sealed, asked.get("msg_signature", ""), asked.get("timestamp", ""), asked.get("nonce", "")
        )
    except Refused as refusal:
        _turn_away(refusal)


def _turn_away(refusal: Exception) -> NoReturn:
    log.warning("turned away: %s", refusal)
    signed = bool(request.args.get("signature") or request.args.get("msg_signature"))
    refusals().count(_door(), reason_of(refusal, signed), house().clock())
    abort(403)


def _door() -> str:
    return why.KF if request.path.endswith("/kf") else why.SERVICE


def _open_door() -> Account:
    return account() or abort(404)


def _kf() -> Envelope:
    return kf_envelope() or abort(404)


def _note_age(timestamp: str) -> None:
    """An old one may be a repeat, which its key stops, or a wrong clock, which must not lose messages."""
    now = int(house().clock().timestamp())
    if timestamp.isascii() and timestamp.isdigit() and abs(now - int(timestamp)) > STALE.total_seconds():
        log.warning("a push with an old or future timestamp; is this machine's clock right?")
        refusals().count(_door(), why.STALE, house().clock())


def _name(text: str) -> str:
    return "wechat:unreadable:" + hashlib.sha256(text.encode()).hexdigest()[:40]


def _plain(text: str) -> Response:
    return Response(text, mimetype="text/plain")
