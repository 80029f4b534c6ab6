"""WeChat customer service's own side (Kf, on WeCom's API): messages pulled, words sent, the session kept.

Tencent, developer.work.weixin.qq.com: path 94670 (sync_msg), 94677 (send_msg), 95122 (send_msg_on_event),
94669 (service_state).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core import wechat_codes as codes
from wechat.calls import Calls, Failed, before_sending

API = "https://qyapi.weixin.qq.com"
ASK_TOKEN_EVERY = 3600.0
"""Seconds, of the 7200 that a token lasts; WeCom wants it kept, not asked for at every call."""
LARGEST_PAGE = 16 * 1024 * 1024
"""Bytes of an answer to a pull: whole chats are forwarded as one message."""
PAGE = 100
"""Messages in one answer; a thousand may be asked for, but one of long texts would be larger than we read."""
AMR = 0
BY_ASSISTANT = 1
"""The session's state in which only this API speaks."""
BETWEEN = "/"


@dataclass(frozen=True)
class Corp:
    """Whose accounts, and what proves it."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Page:
    """What was pulled at once: the messages as they came, oldest first, and where to go on."""

    messages: tuple[Mapping[str, Any], ...]
    cursor: str
    more: bool


def address(account: str, user: str) -> str:
    """A customer as one account knows them: the same person writes to another account as another one."""
    return f"{account}{BETWEEN}{user}"


class KfApi(Calls):
    """The calls for a company's Kf accounts. Every method may raise Failed."""

    def __init__(self, corp: Corp, base: str = API, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(base, ASK_TOKEN_EVERY, clock)
        self._corp = corp

    def text(self, to: str, words: str) -> str:
        """One message to an address; returns its id. That WeCom took it does not say that it arrives."""
        return self._send(to, {"msgtype": "text", "text": {"content": words}})

    def enclosure(self, to: str, kind: str, media_id: str) -> str:
        """One picture or file that was uploaded; as for a text."""
        return self._send(to, {"msgtype": kind, kind: {"media_id": media_id}})

    def _send(self, to: str, message: Mapping[str, Any]) -> str:
        """A session that is not ours is made ours, once, and the message sent once more: it was refused
        before."""
        account, _, user = to.partition(BETWEEN)
        body = {"touser": user, "open_kfid": account, **message}
        try:
            told = self._post("kf/send_msg", body)
        except Failed as failure:
            if failure.meaning != codes.SESSION:
                raise
            before_sending(lambda: self._post("kf/service_state/trans", _session(account, user)))
            told = self._post("kf/send_msg", body)
        return str(told.get("msgid", ""))

    def typing(self, to: str) -> None:
        """Kf has no such sign."""

    def template(self, to: str, template: str, fields: Mapping[str, str], url: str) -> str:
        """Kf has no such messages."""
        raise Failed(codes.PERMISSION)

    def welcome(self, code: str, words: str) -> str:
        """The one message that a code of an event allows; returns its id."""
        body = {"code": code, "msgtype": "text", "text": {"content": words}}
        return str(self._post("kf/send_msg_on_event", body).get("msgid", ""))

    def pull(self, account: str, cursor: str, token: str) -> Page:
        """What came after the cursor; "" begins three days back. Without a bell's token it may be asked for
        about ten times a minute."""
        body: dict[str, Any] = {"open_kfid": account, "limit": PAGE, "voice_format": AMR}
        told = self._post(
            "kf/sync_msg",
            {**body, **({"cursor": cursor} if cursor else {}), **({"token": token} if token else {})},
            LARGEST_PAGE,
        )
        listed, after = told.get("msg_list") or [], told.get("next_cursor") or cursor
        if not isinstance(listed, list) or not isinstance(after, str):
            raise Failed(codes.UNKNOWN)
        messages = tuple(one for one in listed if isinstance(one, dict))
        return Page(messages, after, bool(told.get("has_more")) and after != cursor)

    def accounts(self) -> list[str]:
        """The company's Kf accounts, up to a hundred."""
        told = self._post("kf/account/list", {"offset": 0, "limit": 100})
        return [str(one["open_kfid"]) for one in told.get("account_list") or [] if one.get("open_kfid")]

    def _token_answer(self) -> Mapping[str, Any]:
        """GET /cgi-bin/gettoken: the same token until it ends."""
        return self._call("gettoken", None, {"corpid": self._corp.id, "corpsecret": self._corp.secret})


def _session(account: str, user: str) -> dict[str, Any]:
    return {"open_kfid": account, "external_userid": user, "service_state": BY_ASSISTANT}
