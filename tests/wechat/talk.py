"""A service account at work in one process: WeChat's side on the wire, its pushes come in directly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from store import conversations, customers, messages, users, wechat_sends
from store.wechat_sends import RESERVED
from tests.fakes.clock import Clock
from tests.wechat.conftest import OPENID
from wechat.outbound import Sender

TEMPLATE = "TPL_0123456789_abcdef-ghij"


@dataclass
class Talk:
    """One customer of the account, and the hands that answer."""

    house: Any
    clock: Clock
    fake: Any
    sender: Sender

    def __post_init__(self) -> None:
        self.customer = self.fake.customer(OPENID)

    def says(self, words: str, *, answered: bool = True) -> None:
        self.customer.says(words)
        if answered:
            self.turn()

    def turn(self, **later: float) -> None:
        """Time passes, what waits is answered, and what may go out is sent."""
        self.answer(**(later or {"seconds": 3}))
        self.work()

    def answer(self, **later: float) -> None:
        """Time passes, and what waits is answered."""
        self.clock.pass_(**later)
        bursts = self.house.reception.bursts
        for id in bursts.due(self.clock()):
            bursts.answer(id, self.clock())

    def work(self, **later: float) -> int:
        if later:
            self.clock.pass_(**later)
        return self.sender.work(self.clock())

    def read(self) -> list[str]:
        """What the customer reads of us, bubble by bubble."""
        return [seen.words for seen in self.fake.seen(OPENID) if not seen.mine and seen.kind == "text"]

    @property
    def id(self) -> str:
        with self.house.db.reading() as conn:
            who = customers.find(conn, "openid", OPENID)
            assert who is not None
            found = conversations.of_customer(conn, who, "wechat")
        assert found is not None
        return found

    @property
    def row(self) -> Any:
        with self.house.db.reading() as conn:
            return conversations.fetch(conn, self.id)

    def agent(self) -> int:
        """A colleague who has taken over."""
        with self.house.db.writing() as conn:
            about = {"login": "li", "public_name": "李敏", "role": "agent"}
            user = users.add(conn, **about, password_hash="", phone=None, at=self.clock())
        self.house.agents.take(user, self.id, self.clock())
        return user

    def notice(self, words: str = "要晚一天。", reply: str = "utter_delay") -> int:
        """The house tells the customer something unasked."""
        with self.house.db.writing() as conn:
            about = {"conversation_id": self.id, "complaint_id": self.row.complaint_id, "author": "system"}
            return messages.say(conn, **about, words=words, reply=reply, at=self.clock())

    def states(self) -> list[str]:
        """What became of each message that was to go out."""
        with self.house.db.reading() as conn:
            return [row.state for row in wechat_sends.of_conversation(conn, self.id)]

    def sends(self) -> list[Any]:
        with self.house.db.reading() as conn:
            return list(wechat_sends.of_conversation(conn, self.id))

    def leave_reserved(self, message: int) -> None:
        """As if the process had ended between the reservation and WeChat's answer."""
        with self.house.db.writing() as conn:
            about: dict[str, Any] = {"kind": "text", "author": "system", "messages": [message]}
            wechat_sends.reserve(conn, self.id, **about, right_id=None, at=self.clock())
            conversations.change(conn, self.id, sent_up_to=message)
        assert self.states()[-1] == RESERVED
