"""WeChat customer service (Kf) as WeCom shows it: a bell, pages of messages, sessions, late failures."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from simulator.wechat import codes, uploads
from simulator.wechat.answers import Sent
from simulator.wechat.platform import Seen
from simulator.wechat.pushing import Delivery
from simulator.wechat.server import CGI, Fake, Handler
from simulator.wechat.tokens import Refused

WRONG_SESSION = 95018
WRONG_TOKEN = 40014
WRONG_CODE = 95011
"""The stand-in's own choice: what WeCom answers to a used code is not documented."""
FROM_CUSTOMER, FROM_SYSTEM = 3, 4
NEW, ASSISTANT, POOL, PERSON, ENDED = range(5)
OURS = (NEW, ASSISTANT)
OVER, SPENT, REFUSED = 4, 6, 10
MESSAGES, WINDOW = 5, timedelta(hours=48)
KEPT = timedelta(days=3)
BELL_LASTS = timedelta(minutes=10)
WELCOME_LASTS = timedelta(seconds=20)
UNTOKENED_A_MINUTE = 10


@dataclass
class Session:
    """One customer's chat with one account."""

    state: int = NEW
    left: int = 0
    until: datetime | None = None
    refuses: bool = False
    seen: list[Seen] = field(default_factory=list)


@dataclass
class Kf:
    """The company's accounts behind a stand-in of their own, whose account's id is the company's. `page`: the
    most messages in one answer."""

    fake: Fake
    accounts: tuple[str, ...] = ("wkAjqAsimulated",)
    page: int = 1000
    sessions: dict[tuple[str, str], Session] = field(default_factory=dict)
    messages: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lock = threading.RLock()
        self._ids = itertools.count(1)
        self._bells: dict[str, datetime] = {}
        self._codes: dict[str, tuple[str, str, datetime]] = {}
        self._untokened: list[datetime] = []
        routes: dict[str, Handler] = {
            "gettoken": self._token,
            "kf/account/list": self._list,
            "kf/sync_msg": self._sync,
            "kf/send_msg": self._send,
            "kf/send_msg_on_event": self._send_on_event,
            "kf/service_state/get": self._state,
            "kf/service_state/trans": self._transfer,
            "media/get": self._media,
        }
        self.fake.uploads = uploads.KF
        self.fake.routes.update({CGI + name: act for name, act in routes.items()})

    # ---- what customers do

    def session(self, account: str, user: str) -> Session:
        return self.sessions.setdefault((account, user), Session())

    def read(self, user: str, account: str = "") -> list[str]:
        """The words that the customer reads."""
        return [seen.words for seen in self.session(account or self.accounts[0], user).seen]

    def says(self, user: str, words: str, **more: Any) -> str:
        """A text; returns its id."""
        return self.sends(user, "text", {"content": words}, **more)

    def sends(
        self, user: str, type: str, inside: Mapping[str, Any], *, account: str = "", rings: bool = True
    ) -> str:
        """A message of this type; `rings` False: its bell is missed."""
        account = account or self.accounts[0]
        session = self.session(account, user)
        session.left, session.until = MESSAGES, self.fake.clock() + WINDOW
        if session.state == ENDED:
            session.state = NEW
        told = {"external_userid": user, "origin": FROM_CUSTOMER, "msgtype": type, type: dict(inside)}
        return self._append(account, told, rings)

    def enters(self, user: str, *, account: str = "", rings: bool = True) -> str:
        """The customer opens the chat; returns the code for one greeting within 20 s."""
        account = account or self.accounts[0]
        code = f"CODE{next(self._ids)}"
        self._codes[code] = (account, user, self.fake.clock() + WELCOME_LASTS)
        self._event(account, user, "enter_session", rings, scene="oa_menu", welcome_code=code)
        return code

    def ring(self, account: str) -> Delivery:
        """The bell: only that there is something, and a token that is good for ten minutes."""
        token = f"ENC{next(self._ids)}"
        self._bells[token] = self.fake.clock() + BELL_LASTS
        told: dict[str, str | int] = {"ToUserName": self.fake.account.app_id, "MsgType": "event"}
        made = int(self.fake.clock().timestamp())
        return self.fake.push(
            {**told, "CreateTime": made, "Event": "kf_msg_or_event", "Token": token, "OpenKfId": account}
        )

    def _event(self, account: str, user: str, name: str, rings: bool, **more: Any) -> None:
        event = {"event_type": name, "open_kfid": account, "external_userid": user, **more}
        self._append(account, {"origin": FROM_SYSTEM, "msgtype": "event", "event": event}, rings)

    def _append(self, account: str, told: Mapping[str, Any], rings: bool) -> str:
        id = f"kf{next(self._ids):020d}"
        made = int(self.fake.clock().timestamp())
        shown = {"msgid": id, "send_time": made, **told}
        if told["msgtype"] != "event":
            shown["open_kfid"] = account
        with self._lock:
            self.messages.setdefault(account, []).append(shown)
        if rings:
            self.ring(account)
        return id

    # ---- what is called

    def _token(self, query: Mapping[str, str], body: Mapping[str, Any]) -> Mapping[str, Any]:
        account = self.fake.account
        if (query.get("corpid"), query.get("corpsecret")) != (account.app_id, account.secret):
            raise Refused(codes.WRONG_TOKEN)
        return codes.answer(0) | self.fake.platform.tokens.ask()

    def _list(self, query: Mapping[str, str], body: Mapping[str, Any]) -> Mapping[str, Any]:
        self._proved(query)
        return codes.answer(0) | {"account_list": [{"open_kfid": one, "name": one} for one in self.accounts]}

    def _sync(self, query: Mapping[str, str], body: Mapping[str, Any]) -> Mapping[str, Any]:
        """A page after the cursor, of the last three days."""
        self._proved(query)
        self._count_untokened(str(body.get("token", "")))
        held, now = self.messages.get(str(body["open_kfid"]), []), self.fake.clock().timestamp()
        first = next(
            (i for i, one in enumerate(held) if now - one["send_time"] < KEPT.total_seconds()), len(held)
        )
        start = max(first, int(str(body.get("cursor") or "C0")[1:]))
        end = min(len(held), start + min(self.page, int(body.get("limit", 1000))))
        more = {"next_cursor": f"C{end}", "has_more": int(end < len(held))}
        return codes.answer(0) | more | {"msg_list": held[start:end]}

    def _count_untokened(self, token: str) -> None:
        now = self.fake.clock()
        if self._bells.get(token, now) > now:
            return
        self._untokened = [at for at in self._untokened if now - at < timedelta(minutes=1)]
        if len(self._untokened) >= UNTOKENED_A_MINUTE:
            raise Refused(codes.DAILY)
        self._untokened.append(now)

    def _send(self, query: Mapping[str, str], body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Taken at once; that it did not arrive is told later."""
        self._proved(query)
        account, user, seen = str(body["open_kfid"]), str(body["touser"]), self._message(body)
        session = self.session(account, user)
        if session.state not in OURS:
            raise Refused(WRONG_SESSION)
        id = f"sent{next(self._ids):018d}"
        why = self._fails(session)
        if why:
            self._event(account, user, "msg_send_fail", True, fail_msgid=id, fail_type=why)
        else:
            session.left -= 1
            session.seen.append(seen)
        return codes.answer(0) | {"msgid": id}

    def _message(self, body: Mapping[str, Any]) -> Seen:
        """A text, or a picture or file that was uploaded; a file shows its name."""
        type = str(body["msgtype"])
        if type == "text":
            return Seen("text", str(body["text"]["content"]), self.fake.clock())
        if type not in ("image", "file"):
            raise Refused(codes.WRONG_TYPE)
        id = str(body[type]["media_id"])
        media = self.fake.platform.media_of(id)
        return Seen(type, media.name if type == "file" else "", self.fake.clock(), media=id)

    def _fails(self, session: Session) -> int:
        if session.refuses:
            return REFUSED
        if session.until is None or session.until <= self.fake.clock():
            return OVER
        return 0 if session.left else SPENT

    def _send_on_event(self, query: Mapping[str, str], body: Mapping[str, Any]) -> Mapping[str, Any]:
        self._proved(query)
        account, user, until = self._codes.pop(str(body["code"]), ("", "", self.fake.clock()))
        if until <= self.fake.clock():
            raise Refused(WRONG_CODE)
        words = str(body["text"]["content"])
        self.session(account, user).seen.append(Seen("text", words, self.fake.clock()))
        return codes.answer(0) | {"msgid": f"sent{next(self._ids):018d}"}

    def _state(self, query: Mapping[str, str], body: Mapping[str, Any]) -> Mapping[str, Any]:
        self._proved(query)
        session = self.session(str(body["open_kfid"]), str(body["external_userid"]))
        return codes.answer(0) | {"service_state": session.state}

    def _transfer(self, query: Mapping[str, str], body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The API may take back a session that waits for a person; one that has a person, or ended, not."""
        self._proved(query)
        session = self.session(str(body["open_kfid"]), str(body["external_userid"]))
        if session.state in (PERSON, ENDED):
            raise Refused(WRONG_SESSION)
        session.state = int(body["service_state"])
        return codes.answer(0)

    def _media(self, query: Mapping[str, str], body: Mapping[str, Any]) -> Sent:
        self._proved(query)
        media = self.fake.platform.media_of(query.get("media_id", ""))
        return Sent(media.content, media.type, name="media")

    def _proved(self, query: Mapping[str, str]) -> None:
        if not self.fake.platform.tokens.holds(query.get("access_token", "")):
            raise Refused(WRONG_TOKEN)
