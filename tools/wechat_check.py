"""`./jiesu doctor` on WeChat: what the account's own side says of it, and what each refusal takes away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import requests

import settings as setting
import wiring
from core import wechat_codes as codes
from core import wechat_refusals as refusals
from reception.content import ContentError
from reception.written_files import read_yaml
from store import heartbeats, wechat, wechat_refusals
from store.db import Connection
from tools import places, stack, supervise
from tools.finding import Finding, Findings, ok, warn, wrong
from wechat.api import API, Api
from wechat.calls import Failed
from wechat.worker import NAME

SECONDS = 5.0
WORKER_MAY_REST = timedelta(minutes=2)
A_DAY = timedelta(hours=24)
CLOCKS_DIFFER = timedelta(seconds=30)
"""Half of the shortest window in which something may be sent."""
FEW = 1000
"""Calls left today below which the day may end badly."""
CONSOLE = "mp.weixin.qq.com"
GUIDE = "see docs/wechat.md"
CALLS = {
    "message/custom/send": "nothing can be answered on WeChat",
    "message/template/send": "after 48 hours customers hear nothing on WeChat",
    "media/get": "pictures and voices cannot be fetched",
}
"""What is lost without the permission to call this."""


def examine(our: setting.Settings) -> Findings:
    """The account, asked as the worker asks it. Nothing is sent to a customer."""
    api = wiring.wechat_api(our)
    if api is None:
        yield warn("WeChat: no account is set, its door is closed", GUIDE)
        return
    yield ok("WeChat: safe mode, whatever is not encrypted is refused")
    if not our.secure:
        yield wrong("WeChat cannot reach this address safely", "set JIESU_PUBLIC_URL=https://...")
    if our.wechat.template:
        yield ok("WeChat: a template message is set")
    else:
        lost = "WeChat: no template message; after 48 hours customers hear nothing there, people must call"
        yield warn(lost, f"set WECHAT_TEMPLATE_PROGRESS: {GUIDE}")
    yield from _callback(our)
    words = _words()
    refused = _refusal(api.token)
    if refused is not None:
        yield _told("WeChat gives no token", refused, words)
        return
    yield ok("WeChat: AppID and AppSecret accepted, a token was given")
    yield from _addresses(api, words)
    yield _clock(our.wechat.api_url or API, datetime.now(UTC))
    for path, loss in CALLS.items():
        yield _allowed(api, path, loss, words)


def examine_kf(our: setting.Settings) -> Findings:
    """WeChat customer service, where it is set: whether we are known there, and which accounts we may answer
    in. That the list can be had shows that our address is allowed too."""
    api = wiring.kf_api(our)
    if api is None:
        return
    try:
        accounts = api.accounts()
    except Failed as refused:
        yield _told("WeChat customer service does not let us in", refused, _words())
        return
    if accounts:
        yield ok(f"WeChat customer service: {len(accounts)} accounts are ours to answer in")
    else:
        yield warn("WeChat customer service: no account is managed by the API", "see docs/wechat-kf.md")


ASKED = (examine, examine_kf)


def worker(conn: Connection, now: datetime, running: bool) -> Findings:
    """Who answers: does it live, and does anything wait for a person?"""
    beat = heartbeats.last(conn, NAME)
    if running and (beat is None or now - beat > WORKER_MAY_REST):
        yield wrong("WeChat's worker does not work: nobody is answered there", "see log/wechat.log")
    unread = len(wechat.unread(conn))
    if unread:
        yield warn(f"{unread} contacts from WeChat could not be read", "look at them on the desk")
    yield from turned_away(conn, now)


def turned_away(conn: Connection, now: datetime) -> Findings:
    """Pushes that the doors turned away in the last day, where there are too many for passers-by."""
    words, rows = _words("wechat_refusals"), wechat_refusals.since(conn, now - A_DAY)
    for door in (refusals.SERVICE, refusals.KF):
        counts = {row.reason: int(row.many) for row in rows if row.door == door}
        for reason, count in refusals.many(counts).items():
            told = f"WeChat ({door}): {count} pushes in a day, {reason}"
            yield warn(told, str(words.get(reason, GUIDE)))


def _words(group: str = "wechat_errors") -> Mapping[str, Any]:
    """What each refusal means, in English; nothing while content/ cannot be read, which is told elsewhere."""
    try:
        return dict(read_yaml(places.ROOT / "content" / "english" / "labels.yml")[group])
    except ContentError:
        return {}


def _callback(our: setting.Settings) -> Findings:
    """Its own process, while we run."""
    if not supervise.running(supervise.folders(our.data_dir)):
        return
    if stack.answers(f"http://127.0.0.1:{our.wechat.port}/healthz"):
        yield ok(f"WeChat's callback answers on port {our.wechat.port}")
    else:
        yield wrong(f"WeChat's callback is silent on port {our.wechat.port}", "see log/wechat-callback.log")


def _refusal(call: Callable[[], object]) -> Failed | None:
    try:
        call()
    except Failed as failure:
        return failure
    return None


def _told(what: str, refused: Failed, words: Mapping[str, Any]) -> Finding:
    """A refusal, in words a person can act on."""
    told = f"{what} (code {refused.code})" if refused.code else what
    if refused.meaning == codes.ADDRESS and refused.address:
        here = refused.address
        return wrong(
            f"{told}: {here} is not on the account's IP allow-list", f"add {here} at {CONSOLE}: {GUIDE}"
        )
    if refused.meaning in (codes.BUSY, codes.UNKNOWN):
        return warn(f"{told}: WeChat could not be asked", "run this again; then check the network")
    return wrong(told, str(words.get(refused.meaning, GUIDE)))


def _addresses(api: Api, words: Mapping[str, Any]) -> Findings:
    """That the list can be had shows that our address is on the allow-list, and the network open."""
    try:
        count = len(api.addresses())
    except Failed as refused:
        yield _told("WeChat does not tell where its pushes come from", refused, words)
        return
    yield ok(f"WeChat: our address is allowed; pushes come from {count} networks of its own")


def _clock(base: str, now: datetime) -> Finding:
    """WeChat's own clock against ours: by a wrong one, windows close at the wrong time."""
    try:
        with requests.get(base, timeout=SECONDS, allow_redirects=False) as answer:
            off = abs(parsedate_to_datetime(answer.headers.get("Date", "")) - now)
    except (requests.RequestException, ValueError, TypeError):
        return warn("WeChat did not tell its time", "run this again")
    if off > CLOCKS_DIFFER:
        return wrong(
            f"this machine's clock is {off.total_seconds():.0f} s off WeChat's", "set the clock (NTP)"
        )
    return ok(f"clock: {off.total_seconds():.0f} s from WeChat's")


def _allowed(api: Api, path: str, loss: str, words: Mapping[str, Any]) -> Finding:
    try:
        left = api.left_today(path)
    except Failed as refused:
        return _told(f"WeChat, {path}: not allowed, {loss}", refused, words)
    if not left:
        return wrong(f"WeChat, {path}: today's calls are used up, {loss}", str(words.get(codes.DAILY, GUIDE)))
    if left < FEW:
        return warn(f"WeChat, {path}: only {left} calls are left today", str(words.get(codes.DAILY, GUIDE)))
    return ok(f"WeChat, {path}: allowed, {left} calls left today")
