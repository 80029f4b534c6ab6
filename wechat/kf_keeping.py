"""What a message of WeChat customer service (Kf) means to us, kept once, in the transaction of its page."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from core import outgoing, quota
from core.quota import Right
from core.wechat_codes import CONTACT, SPENT, WINDOW, meaning
from core.wechat_files import KF
from reception.going_out import line_of
from reception.heard import Heard
from reception.house import House
from reception.telling import owe_call
from store import conversations, customers, messages, wechat_media, wechat_sends
from store import wechat as rows
from store.db import Connection, SQLAlchemyError
from wechat import follows, kf_message
from wechat.inbound import CHANNEL
from wechat.kf_api import address
from wechat.kf_message import Message
from wechat.push import Unreadable, whole

log = logging.getLogger("jiesu.wechat")

IDENTITY = KF
ENTERED = "enter"
WELCOME_LASTS = timedelta(seconds=20)
SHUTS = frozenset({WINDOW, SPENT})


@dataclass(frozen=True)
class Welcome:
    """The opening that an event's code allows, reserved, to be sent once. `id`: its row in the ledger."""

    id: int
    code: str
    words: str


@dataclass(frozen=True)
class Keeping:
    """Keeps the messages of one account's page."""

    conn: Connection
    house: House
    corp: str
    account: str
    now: datetime

    def one(self, given: Mapping[str, Any]) -> Welcome | None:
        """Keep a message or an event; the greeting that it allows, if it does and none was sent. One that we
        cannot work with is kept for people and holds up none of the others."""
        try:
            with self.conn.begin_nested():
                return self._one(given)
        except SQLAlchemyError:
            raise
        except Unreadable as why:
            self._for_people(given, _name(given), str(why))
        except Exception as error:
            log.error("a message of Kf was not understood: %s", type(error).__name__, exc_info=error)
            self._for_people(given, _name(given), "not understood")
        return None

    def _one(self, given: Mapping[str, Any]) -> Welcome | None:
        message = kf_message.read(given, self.account)
        if message.type == kf_message.EVENT:
            act = EVENTS.get(message.event)
            if act is not None:
                return act(self, message, given)
            self._for_people(given, message.id, "unknown event")
        elif message.origin != kf_message.CUSTOMER:
            self._for_people(given, message.id, "said in WeCom's own client")
        elif message.type in kf_message.KNOWN:
            self._message(message)
        else:
            self._unsupported(message, given)
        return None

    def _message(self, message: Message) -> None:
        """A number says the option that was offered under it, as everywhere on WeChat."""
        heard = self._heard(message, message.words)
        offered = follows.offered(self.conn, heard.conversation)
        meant = self.house.content.wechat.options.meant(heard.words, offered)
        if meant is not None and message.type == kf_message.TEXT:
            heard = replace(heard, words=meant, typed=heard.words)
        kept = self.house.reception.bursts.keep(self.conn, heard)
        if kept is None:
            return
        self._open_right(message)
        follows.learn_scene(self.conn, self.house, self.corp, self._address(message), kept, self.now)
        if message.type in kf_message.MEDIA:
            expected = (self.corp, message.told("media_id"), message.type, self.now)
            wechat_media.expect(self.conn, kept.message, kept.complaint, *expected)
            self.house.reception.bursts.close_by(self.conn, kept.conversation, self.now)

    def _unsupported(self, message: Message, given: Mapping[str, Any]) -> None:
        """A type that we cannot show: kept as it came, and said so."""
        if self._open_right(message):
            self._for_people(given, message.id, "unknown type")
            follows.turn_down(self.conn, self.house, self._heard(message, ""))

    def _open_right(self, message: Message) -> bool:
        """It counts from when the customer wrote, not from when we pulled it."""
        right = quota.opened(quota.MESSAGE, self._acted(message), self.house.content.grants)
        return self._open(message, right)

    def _open(self, message: Message, right: Right, scene: str = "") -> bool:
        to, key = self._address(message), self._key(message.id)
        return rows.open_right(self.conn, self.corp, to, right, key, self.now, scene, self._acted(message))

    def _acted(self, message: Message) -> datetime:
        return quota.acted_at(message.at, self.now, quota.PULLED_WITHIN)

    def _heard(self, message: Message, words: str) -> Heard:
        to = self._address(message)
        who = customers.find(self.conn, IDENTITY, to)
        known = conversations.of_customer(self.conn, who, CHANNEL) if who is not None else None
        return Heard(CHANNEL, (IDENTITY, to), words, self._key(message.id), self.now, known)

    def _entered(self, message: Message, given: Mapping[str, Any]) -> Welcome | None:
        """Who opens the chat for the first time is greeted, if that is still allowed; the code of the place
        where they opened it is kept."""
        until = message.at + WELCOME_LASTS
        if not self._open(message, Right(ENTERED, 0, until), unquote(message.told("scene_param"))):
            return None
        code = message.told("welcome_code")
        return self._welcome(message, code) if code and self.now < until else None

    def _welcome(self, message: Message, code: str) -> Welcome | None:
        """The opening, said and reserved: the code allows it beside every other right."""
        heard = self._heard(message, "")
        said = follows.greet(self.conn, self.house, heard) if heard.conversation is None else None
        if said is None:
            return None
        about: dict[str, Any] = {"author": said.author, "messages": [said.id], "right_id": None}
        talk, kind = said.conversation_id, wechat_sends.TEXT
        id = wechat_sends.reserve(self.conn, talk, kind=kind, at=self.now, **about)
        conversations.change(self.conn, talk, sent_up_to=said.id)
        options = self.house.content.wechat.options
        return Welcome(id, code, options.numbered(said.words, tuple(said.buttons)))

    def _failed(self, message: Message, given: Mapping[str, Any]) -> None:
        """What WeCom had taken did not arrive: believed, as if it had been refused at once."""
        why = int(message.told("fail_type")) if message.told("fail_type").isdecimal() else 0
        sent = self._sent(message)
        self._shut(message, meaning(why), sent)
        if sent is None:
            self._for_people(given, message.id, "unknown message")
        elif sent.state in (wechat_sends.RESERVED, wechat_sends.SENT, wechat_sends.UNKNOWN):
            id = message.told("fail_msgid")
            wechat_sends.settle(self.conn, sent.id, wechat_sends.REFUSED, self.now, why, id)
            # The line ends with its lost piece: what went out after it must not go out twice.
            talk = conversations.fetch(self.conn, sent.conversation_id)
            if sent.messages and (talk.sent_up_to or 0) < sent.messages[-1]:
                conversations.change(self.conn, talk.id, sent_up_to=sent.messages[-1])
            self._call_instead(sent.messages)

    def _shut(self, message: Message, why: str, sent: Any) -> None:
        """What the customer did after the message that failed stands."""
        to, key = self._address(message), self._key(message.id)
        if why in SHUTS and sent is not None:
            rows.shut(self.conn, self.corp, to, sent.at, sent.right_id)
        elif why in SHUTS:
            rows.shut_before(self.conn, self.corp, to, self._acted(message))
        elif why == CONTACT and sent is not None:
            rows.mark_gone(self.conn, self.corp, to, key, sent.at)
        elif why == CONTACT:
            rows.mark_left(self.conn, self.corp, to, key, self.now, self._acted(message))

    def _sent(self, message: Message) -> Any:
        """The message of ours that failed. It may be told before we know the message's id."""
        found = wechat_sends.by_provider(self.conn, message.told("fail_msgid"))
        who = customers.find(self.conn, IDENTITY, self._address(message))
        if found is None and who is not None:
            return wechat_sends.in_flight(self.conn, who, wechat_sends.TEXT)
        return found

    def _call_instead(self, ids: list[int]) -> None:
        """Kf has no other way to write; what the customer must hear of is told by telephone."""
        said = [messages.get(self.conn, id) for id in ids]
        lines = [line_of(self.house.content, row) for row in said]
        if said[-1].complaint_id is not None and any(outgoing.must_know(line) for line in lines):
            owe_call(self.conn, self.house.content, said[-1].complaint_id, self.now)

    def _taken(self, message: Message, given: Mapping[str, Any]) -> None:
        """The session changed hands in WeCom's own client, or ended there."""
        self._for_people(given, message.id, "the session changed in WeCom's own client")

    def _for_people(self, given: Mapping[str, Any], id: str, why: str) -> None:
        rows.keep_unreadable(self.conn, self._key(id), kf_message.shown(given), why, self.now)

    def _address(self, message: Message) -> str:
        return address(message.account, message.user)

    def _key(self, id: str) -> str:
        return f"kf:{self.corp}:{id}"


def _name(given: Mapping[str, Any]) -> str:
    """The message's id; of one without, the whole of it."""
    return whole(str(given.get("msgid") or kf_message.shown(given)))


Act = Callable[[Keeping, Message, Mapping[str, Any]], Welcome | None]
EVENTS: dict[str, Act] = {
    "enter_session": Keeping._entered,
    "msg_send_fail": Keeping._failed,
    "session_status_change": Keeping._taken,
}
