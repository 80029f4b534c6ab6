"""The callback: check, keep, acknowledge. Everything else happens afterwards.

No answer within 5 s makes WeChat send again, three times in all, and then tell the customer that the account
is out of order; so 5xx is answered only when nothing could be kept.
"""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import NoReturn

from flask import Response, abort, request

from wechat import inbound, push
from wechat.door import Account, account, blueprint, house, log
from wechat.envelope import Refused

LARGEST = 64 * 1024
STALE = timedelta(minutes=10)
ECHO = re.compile(r"[A-Za-z0-9_=+/-]{1,256}")
ACKNOWLEDGED = "success"


@blueprint.before_request
def limit() -> None:
    request.max_content_length = LARGEST


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
    text = _opened(open_door)
    _note_age(request.args.get("timestamp", ""))
    at = house().clock()
    try:
        inbound.keep(house(), open_door, push.read(text), at)
    except push.Unreadable as why:
        inbound.keep_unreadable(house(), _name(text), text, str(why), at)
    return _plain(ACKNOWLEDGED)


def _opened(open_door: Account) -> str:
    """What was encrypted; whoever cannot prove to be WeChat is turned away and leaves nothing."""
    asked = request.args
    try:
        sealed = push.sealed_in(request.get_data())
        return open_door.envelope.open(
            sealed, asked.get("msg_signature", ""), asked.get("timestamp", ""), asked.get("nonce", "")
        )
    except (Refused, push.Unreadable) as refusal:
        _turn_away(refusal)


def _turn_away(why: Exception) -> NoReturn:
    log.warning("turned away: %s", why)
    abort(403)


def _open_door() -> Account:
    return account() or abort(404)


def _note_age(timestamp: str) -> None:
    """An old one may be a repeat, which its key stops, or a wrong clock, which must not lose messages."""
    now = int(house().clock().timestamp())
    if timestamp.isascii() and timestamp.isdigit() and abs(now - int(timestamp)) > STALE.total_seconds():
        log.warning("a push with an old or future timestamp; is this machine's clock right?")


def _name(text: str) -> str:
    return "wechat:unreadable:" + hashlib.sha256(text.encode()).hexdigest()[:40]


def _plain(text: str) -> Response:
    return Response(text, mimetype="text/plain")
