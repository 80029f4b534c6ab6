"""Who sits at the desk in these tests, and what customers do there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from playwright.sync_api import expect

from core.follow_up import Answers
from reception import accounts
from reception.heard import Heard
from reception.house import House
from reception.settling import Finding, Line
from store import complaints, conversations, memos, remedies, users

PASSWORD = "a fine long password"
STORY = "送来的沙发扶手裂了，要求退款，损失三千块，电话13800138000"
PEOPLE = {
    "li": ("李敏", "agent"),
    "zhou": ("周二", "agent"),
    "wang": ("王主管", "supervisor"),
    "wu": ("吴经办", "handler"),
    "zheng": ("郑回访", "follow_up"),
    "qian": ("钱审", "auditor"),
    "zhao": ("赵管", "admin"),
    "sun": ("孙全", "admin_agent"),
}
"""Name and role, by login."""


def add_people(house: House) -> dict[str, int]:
    """Their accounts, by login; the supervisor is there to be sought, whoever else is."""
    hashed = accounts.hashed(PASSWORD)
    with house.db.writing() as conn:
        made = {
            login: users.add(
                conn,
                login=login,
                public_name=name,
                role=role,
                password_hash=hashed,
                at=house.clock(),
                phone=None,
            )
            for login, (name, role) in PEOPLE.items()
        }
        users.set_presence(conn, made["wang"], users.AVAILABLE, house.clock() + timedelta(hours=1))
        users.change(conn, made["wu"], department="货运部")
    return made


def say(page: Any, words: str) -> None:
    page.locator("#text").fill(words)
    page.locator("#composer .send").click()


def complain(customer: Any, story: str = STORY) -> None:
    """Tell the story and ask for a person."""
    say(customer, story)
    expect(customer.locator("#log .line.assistant, #log .line.system").first).to_be_visible()
    customer.locator("button.human").click()


STORIES = (
    "你们师傅态度太差了，骂人，我要投诉他",
    "装的热水器漏气，我妈头晕送医院了",
    "送来的柜子压坏了，我要换新的",
)


def stage(house: House, people: dict[str, int], reach: str, key: str) -> int:
    """A registered complaint that has come as far as this state, by what people do; returns its id."""
    at = house.clock
    first = house.reception.receive(Heard("web", ("cookie", key), STORIES[0], f"{key}:1", at(), None))
    second = Heard("web", ("cookie", key), "电话13800138003", f"{key}:2", at(), first.conversation)
    house.reception.receive(second)
    with house.db.reading() as conn:
        id = int(conversations.fetch(conn, first.conversation).complaint_id)
    for state, act in _way(house, people, id):
        if state == reach:
            break
        act()
    with house.db.reading() as conn:
        assert complaints.get(conn, id).state == reach
    return id


def _way(house: House, people: dict[str, int], id: int) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Step by step from accepted to closed."""
    at, li = house.clock, people["li"]

    def seq() -> int:
        with house.db.reading() as conn:
            return int(complaints.get(conn, id).sequence)

    def memo() -> None:
        due = at() + timedelta(hours=20)
        asked = {"department": "货运部", "facts": "两箱碎了", "ask": "查装车"}
        house.memos.send(li, id, seq(), **asked, due_at=due, at=at())

    def answered() -> None:
        with house.db.reading() as conn:
            [sent] = memos.of_complaint(conn, id)
        house.memos.reply(people["wu"], sent.id, "装车没垫", at())
        house.steps.go_on(li, id, seq(), "", at())

    def agreed() -> None:
        house.settling.offer(li, id, seq(), ["退款", "换新"], "退款还是换新？", at())
        house.settling.answer(li, id, seq(), "accepted", 0, "那就退吧", at())
        house.settling.propose(li, id, seq(), Line("refund", "原路退回", 38_000), at())
        house.steps.go_on(li, id, seq(), "", at())

    def done() -> None:
        with house.db.reading() as conn:
            [line] = remedies.of_complaint(conn, id)
        house.settling.done(li, id, line.id, "流水 8812", "", seq(), at())
        house.steps.go_on(li, id, seq(), "", at())

    def asked() -> None:
        fine = Answers(4, 5, 5, "", "yes", "")
        house.follow_ups.record(people["zheng"], id, seq(), fine, at())

    def closed() -> None:
        zheng = people["zheng"]
        house.follow_ups.pass_on(zheng, id, seq(), ["货运部", "服务监督部"], "客户认可", at())
        house.follow_ups.tell_customer(zheng, id, seq(), "装车都垫了", False, at())
        house.steps.close(zheng, id, seq(), at())

    def found() -> None:
        house.settling.find(li, id, seq(), what, at())
        memo()

    what = Finding("查了装车记录，没垫东西", "packing", "没垫", "department", "us")
    yield "registered", lambda: house.handling.own(li, id, seq(), at())
    yield "investigating", found
    yield "memo_sent", answered
    yield "conferring", agreed
    yield "carrying_out", done
    yield "following_up", asked
    yield "feeding_back", closed
