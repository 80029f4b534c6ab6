"""The same person on WeChat, web and phone: what joins them, what follows, and how it is undone."""

import itertools
from typing import Any

import pytest
from sqlalchemy import event

from core import events as names
from reception.acting import Refused
from reception.attempts import Attempts
from reception.correcting import Correcting
from reception.joining import Joining, suggested
from store import complaints, conversations, events, facts, joins, record, schema, users
from tests.reception.conftest import Customer

MOBILE, OTHER = "+8613800138000", "+8613912345678"
STORY = "送来的沙发坏了，我要退款"


@pytest.fixture
def joining(db):
    return Joining(db)


@pytest.fixture
def made(reception, clock):
    """Customers by their channel; a call is a conversation of its own."""

    def make(channel, name, caller=None):
        customer = Customer(reception, clock, channel=channel, caller=caller, name=name)
        if channel == "phone":
            customer.conversation = "CA" + name.rjust(32, "0")
        if channel == "wechat":
            customer.who = ("openid", name)
        return customer

    return make


@pytest.fixture
def writer(made):
    return made("wechat", "openid-1")


@pytest.fixture
def caller(made):
    return made("phone", "1", caller=MOBILE)


def whose(db, customer):
    with db.reading() as conn:
        return complaint_of(conn, customer).customer_id


def complaint_of(conn, customer) -> Any:
    return complaints.get(conn, conversations.fetch(conn, customer.conversation).complaint_id)


def one_person(db, one, other):
    with db.reading() as conn:
        return complaint_of(conn, other).customer_id in joins.everyone(
            conn, complaint_of(conn, one).customer_id
        )


def happened(db, customer, name):
    with db.reading() as conn:
        told = events.of_complaint(conn, complaint_of(conn, customer).id)
        return [event for event in told if event.name == name]


def flags(db, customer):
    with db.reading() as conn:
        return complaints.flags(conn, complaint_of(conn, customer).id)


# ---- Proof


def test_the_same_order_from_the_number_that_calls_joins_in_that_message(db, writer, caller):
    writer.says(f"{STORY}，订单号88231567，电话13800138000")
    caller.says("沙发还是坏的，要退款")
    assert not one_person(db, writer, caller)
    caller.says("订单号88231567")
    assert one_person(db, writer, caller)
    (event,) = happened(db, caller, names.CUSTOMERS_JOINED)
    assert event.data["proof"] == "order"
    assert event.data["customers"] == sorted((whose(db, writer), whose(db, caller)))
    assert event.user_id is None


def test_a_joined_customer_who_comes_back_is_a_repeat(db, writer, caller):
    writer.says(f"{STORY}，订单号88231567，电话13800138000")
    caller.says("送来的沙发坏了要退款，订单号88231567")
    assert "repeat_contact" in flags(db, caller)
    assert "repeat_contact" not in flags(db, writer)


def test_the_rows_keep_their_customer(db, writer, caller):
    writer.says(f"{STORY}，订单号88231567，电话13800138000")
    caller.says("送来的沙发坏了要退款，订单号88231567")
    assert whose(db, writer) != whose(db, caller)
    with db.reading() as conn:
        own = complaint_of(conn, writer)
        assert [one.customer_id for one in record.of_same_customer(conn, own.id)] == [whose(db, caller)]


def test_a_number_that_somebody_left_joins_nobody(db, writer, caller):
    """A stranger can leave the number of anybody."""
    writer.says(f"{STORY}，电话13800138000")
    caller.says("沙发坏了要退款")
    assert not one_person(db, writer, caller)
    assert flags(db, caller) == set()
    with db.reading() as conn:
        assert suggested(conn, whose(db, caller)) == {whose(db, writer): ("phone",)}


def test_the_number_of_an_office_joins_nobody_and_suggests_nobody(db, made):
    first, *others = office = [made("web", f"cookie-{n}") for n in range(5)]
    for one in office:
        one.says(f"{STORY}，电话13800138000")
    with db.reading() as conn:
        assert joins.shared(conn, [MOBILE, OTHER]) == {MOBILE}
        assert suggested(conn, whose(db, first)) == {}
    for one in (first, others[0]):
        one.says("订单号88231567")
    assert not one_person(db, first, others[0])
    with db.reading() as conn:
        assert suggested(conn, whose(db, first)) == {whose(db, others[0]): ("order",)}


def test_an_order_that_many_name_joins_nobody_and_suggests_nobody(db, made):
    """Somebody's example, or what is typed where nothing fits."""
    many = [made("web", f"cookie-{n}") for n in range(5)]
    for one in many:
        one.says(f"{STORY}，订单号88231567")
    first, second = many[:2]
    with db.reading() as conn:
        assert suggested(conn, whose(db, first)) == {}
    for one in (first, second):
        one.says("电话13800138000")
    assert not one_person(db, first, second)
    with db.reading() as conn:
        assert suggested(conn, whose(db, first)) == {whose(db, second): ("phone",)}


def test_of_a_number_that_many_use_no_names_are_read(db, made):
    for n in range(5):
        made("web", f"cookie-{n}").says(f"{STORY}，电话13800138000")
    with db.reading() as conn:
        told = []
        event.listen(conn, "before_cursor_execute", lambda *given: told.append(given[2]))
        assert joins.shared(conn, [MOBILE, "+861088231567"]) == {MOBILE, "+861088231567"}
    assert len(told) == 3


def test_the_browsers_and_calls_of_one_person_are_no_office(db, people, joining, made, clock):
    """Joined customers count as one, so that somebody with many devices is still known."""
    _devices, ids = chain(db, joining, people, clock, made, n=6)
    with db.writing() as conn:
        for id in ids:
            facts.learn(conn, id, "phone", MOBILE, by="answer", at=clock())
        assert joins.shared(conn, [MOBILE]) == set()


def test_two_names_to_a_number_join_nobody(db, people, writer, caller, clock, content):
    correcting = Correcting(db, content)
    for customer, name in ((writer, "陈明"), (caller, "王芳")):
        customer.says(f"{STORY}，电话13800138000")
        with db.reading() as conn:
            row = complaint_of(conn, customer)
        correcting.fact(people["li"], row.id, "name", name, row.sequence, clock())
        customer.says("订单号88231567")
    assert not one_person(db, writer, caller)
    with db.reading() as conn:
        assert joins.shared(conn, [MOBILE]) == {MOBILE}
        assert suggested(conn, whose(db, caller)) == {whose(db, writer): ("order",)}


def test_a_name_that_the_desk_writes_down_can_prove_it(db, people, made, clock, content):
    correcting = Correcting(db, content)
    one, other = made("wechat", "openid-1"), made("web", "cookie-1")
    for customer in (one, other):
        customer.says(f"{STORY}，订单号88231567")
        assert not one_person(db, one, customer) or customer is one
        with db.reading() as conn:
            row = complaint_of(conn, customer)
        correcting.fact(people["li"], row.id, "name", "陈明", row.sequence, clock())
    assert one_person(db, one, other)


def test_a_call_that_the_customer_says_has_reached_them(db, people, writer, caller, clock, content):
    writer.says(f"{STORY}，电话13800138000")
    caller.says("我来催一下")
    attempts = Attempts(db, content)
    with db.reading() as conn:
        row = complaint_of(conn, writer)
    clock.pass_(hours=1)
    made = attempts.log(people["li"], row.id, "phone", "callback", "reached", "", clock())
    assert not one_person(db, writer, caller)
    assert attempts.confirm(writer.conversation, made, True, clock())
    assert one_person(db, writer, caller)
    assert happened(db, writer, names.CUSTOMERS_JOINED)[0].data["proof"] == "call"


def test_a_call_that_reached_nobody_proves_nothing(db, people, writer, caller, clock, content):
    writer.says(f"{STORY}，电话13800138000")
    caller.says("我来催一下")
    attempts = Attempts(db, content)
    with db.reading() as conn:
        row = complaint_of(conn, writer)
    made = attempts.log(people["li"], row.id, "phone", "callback", "reached", "", clock())
    assert attempts.confirm(writer.conversation, made, False, clock())
    assert not one_person(db, writer, caller)


def test_a_number_left_after_the_call_was_not_reached_by_it(db, people, writer, caller, clock, content):
    writer.says(f"{STORY}，电话13912345678")
    caller.says("我来催一下")
    attempts = Attempts(db, content)
    with db.reading() as conn:
        row = complaint_of(conn, writer)
    made = attempts.log(people["li"], row.id, "phone", "callback", "reached", "", clock())
    writer.says("号码错了，是13800138000")
    assert attempts.confirm(writer.conversation, made, True, clock())
    assert not one_person(db, writer, caller)


def test_the_complaints_number_from_the_telephone_that_was_left(db, writer, caller, reception, clock):
    number = registered(db, writer)
    caller.says("查进度")
    caller.says(f"{number}，8000")
    assert one_person(db, writer, caller)
    assert happened(db, caller, names.CUSTOMERS_JOINED)[0].data["proof"] == "number"


def test_the_complaints_number_from_another_telephone_only_tells_the_status(db, writer, made):
    number = registered(db, writer)
    stranger = made("phone", "2", caller=OTHER)
    stranger.says("查进度")
    replies = stranger.says(f"{number}，8000")
    assert any(reply.startswith("utter_status") for reply in replies)
    assert not one_person(db, writer, stranger)


def registered(db, customer) -> str:
    customer.says(f"{STORY}，电话13800138000")
    with db.writing() as conn:
        row = complaint_of(conn, customer)
        complaints.change(conn, row.id, state="registered", registered_at=row.opened_at)
    return str(row.number)


# ---- What people say


@pytest.fixture
def people(db, clock):
    with db.writing() as conn:
        about = {"role": "agent", "password_hash": "", "at": clock(), "phone": None}
        return {who: users.add(conn, login=who, public_name=who, **about) for who in ("li", "zhou")}


@pytest.fixture
def pair(db, writer, caller):
    """Two customers who may be one, with their complaints' ids."""
    writer.says(f"{STORY}，电话13800138000")
    caller.says("沙发坏了要退款")
    with db.reading() as conn:
        return complaint_of(conn, writer).id, complaint_of(conn, caller).id


def test_who_has_asked_says_that_they_are_one(db, pair, people, joining, writer, caller, clock):
    joining.same(people["li"], pair[0], pair[1], "客户说上周打过电话", clock())
    assert one_person(db, writer, caller)
    (event,) = happened(db, writer, names.CUSTOMERS_JOINED)
    assert (event.user_id, event.data["proof"]) == (people["li"], "asked")
    with db.reading() as conn:
        (join,) = joins.rows(conn, [event.data["join"]])
        assert (join.by, join.why) == (f"user:{people['li']}", "客户说上周打过电话")
        assert suggested(conn, whose(db, writer)) == {}
    joining.same(people["zhou"], pair[1], pair[0], "again", clock())
    assert len(happened(db, writer, names.CUSTOMERS_JOINED)) == 1


def test_who_has_asked_says_that_they_are_not(db, pair, people, joining, writer, caller, clock):
    joining.different(people["li"], pair[0], pair[1], "", clock())
    joining.different(people["li"], pair[0], pair[1], "", clock())
    assert len(happened(db, writer, names.CUSTOMERS_TOLD_APART)) == 1
    with db.reading() as conn:
        assert suggested(conn, whose(db, writer)) == {}
        assert suggested(conn, whose(db, caller)) == {}
    for customer in (writer, caller):
        customer.says("订单号88231567")
    assert not one_person(db, writer, caller)
    joining.same(people["zhou"], pair[0], pair[1], "后来想起来了", clock())
    assert one_person(db, writer, caller)


def test_a_join_is_undone_with_a_reason_and_does_not_come_back(db, people, joining, writer, caller, clock):
    for customer in (writer, caller):
        customer.says(f"{STORY}，订单号88231567，电话13800138000")
    assert "repeat_contact" in flags(db, caller)
    with db.reading() as conn:
        id, other = complaint_of(conn, writer).id, complaint_of(conn, caller).id
        (edge,) = joins.edges(conn, (whose(db, writer),))
    joining.undo(people["li"], id, edge.id, "是他父亲打的", clock())
    assert not one_person(db, writer, caller)
    assert "repeat_contact" not in flags(db, caller)
    with db.reading() as conn:
        assert complaints.linked(conn, other) == []
        (row,) = joins.rows(conn, [edge.id])
    assert (row.undone_by, row.undone_why) == (people["li"], "是他父亲打的")
    (event,) = happened(db, writer, names.CUSTOMERS_PARTED)
    assert (event.data["reason"], event.data["unlinked"]) == ("是他父亲打的", [other])
    for customer in (writer, caller):
        customer.says("我说了，订单号是88231567，电话13800138000")
    assert not one_person(db, writer, caller)
    with db.reading() as conn:
        assert suggested(conn, whose(db, writer)) == {}
    with pytest.raises(Refused):
        joining.undo(people["li"], id, edge.id, "x", clock())


def test_a_flag_that_a_person_set_stays_when_a_join_is_undone(
    db, people, joining, writer, caller, clock, content
):
    for customer in (writer, caller):
        customer.says(f"{STORY}，订单号88231567，电话13800138000")
    with db.writing() as conn:
        id = complaint_of(conn, caller).id
        by = {"rule": "person", "by": f"user:{people['li']}", "words": ["x"], "at": clock()}
        complaints.signal(conn, id, kind="flag", code="repeat_contact", level=1, **by)
        (edge,) = joins.edges(conn, (whose(db, writer),))
    joining.undo(people["li"], id, edge.id, "x", clock())
    assert "repeat_contact" in flags(db, caller)


def chain(db, joining, people, clock, made, n=4):
    """Customers joined one to the next, and the ids of their complaints."""
    customers = [made("web", f"cookie-{i}") for i in range(n)]
    for customer in customers:
        customer.says(STORY)
    with db.reading() as conn:
        ids = [complaint_of(conn, customer).id for customer in customers]
    for one, other in itertools.pairwise(ids):
        joining.same(people["li"], one, other, "asked", clock())
    return customers, ids


def test_two_chains_that_meet_are_one_person(db, joining, people, clock, made):
    customers, ids = chain(db, joining, people, clock, made)
    assert one_person(db, customers[0], customers[3])
    with db.reading() as conn:
        assert {row.id for row in record.of_same_customer(conn, ids[0])} == set(ids[1:])


def test_undone_in_the_middle_of_a_chain(db, joining, people, clock, made):
    customers, ids = chain(db, joining, people, clock, made)
    with db.reading() as conn:
        middle = joins.of_pair(conn, whose(db, customers[1]), whose(db, customers[2]))
    joining.undo(people["li"], ids[0], middle.id, "x", clock())
    assert one_person(db, customers[0], customers[1])
    assert one_person(db, customers[2], customers[3])
    assert not one_person(db, customers[0], customers[3])
    # A no stands between the halves: nobody joins them by another pair, only by taking that no back.
    with pytest.raises(Refused) as refusal:
        joining.same(people["zhou"], ids[0], ids[3], "x", clock())
    assert refusal.value.why == "not_one_person"
    joining.same(people["zhou"], ids[1], ids[2], "x", clock())
    assert one_person(db, customers[0], customers[3])


def test_a_circle_is_parted_altogether(db, joining, people, clock, made):
    customers, ids = chain(db, joining, people, clock, made, n=3)
    with db.writing() as conn:
        about = {"same": True, "proof": "order", "by": "rule", "why": "", "at": clock()}
        joins.add(conn, whose(db, customers[0]), whose(db, customers[2]), **about)
        first = joins.of_pair(conn, whose(db, customers[0]), whose(db, customers[1]))
    joining.undo(people["li"], ids[0], first.id, "x", clock())
    assert not one_person(db, customers[0], customers[1])
    assert one_person(db, customers[1], customers[2])


def test_whoever_is_one_person_already_is_not_told_apart(db, joining, people, clock, made):
    _customers, ids = chain(db, joining, people, clock, made, n=3)
    with pytest.raises(Refused):
        joining.different(people["li"], ids[0], ids[2], "", clock())
    with pytest.raises(Refused):
        joining.different(people["li"], ids[0], ids[0], "", clock())


# ---- What follows


def test_before_the_proof_the_caller_hears_nothing_of_the_other(db, writer, caller):
    writer.says(f"{STORY}，电话13800138000")
    caller.says("沙发坏了要退款")
    with db.reading() as conn:
        assert complaints.linked(conn, complaint_of(conn, caller).id) == []
        assert facts.value(conn, complaint_of(conn, caller).id, "story") == "沙发坏了要退款"


def test_on_wechat_the_status_of_the_joined_call_is_told(db, people, joining, made, clock):
    caller = made("phone", "3", caller=MOBILE)
    registered(db, caller)
    writer = made("wechat", "openid-1")
    writer.says("你好")
    assert writer.says("查进度") == ["utter_status_ask"]
    with db.reading() as conn:
        ids = complaint_of(conn, writer).id, complaint_of(conn, caller).id
    joining.same(people["li"], *ids, "asked", clock())
    (reply,) = writer.says("查进度")
    assert reply.startswith("utter_status")
    assert reply != "utter_status_ask"


def test_on_the_phone_the_joined_status_still_needs_the_number(db, people, joining, writer, caller, clock):
    registered(db, writer)
    caller.says("你好")
    with db.reading() as conn:
        ids = complaint_of(conn, writer).id, complaint_of(conn, caller).id
    joining.same(people["li"], *ids, "asked", clock())
    assert caller.says("查进度") == ["utter_status_ask"]


def test_the_number_of_the_joined_call_is_the_one_to_ring(db, people, joining, made, caller, clock):
    caller.says("我来催一下")
    writer = made("wechat", "openid-1")
    writer.says("你好")
    with db.reading() as conn:
        ids = complaint_of(conn, writer).id, complaint_of(conn, caller).id
        assert record.number_of(conn, ids[0]) is None
    joining.same(people["li"], *ids, "asked", clock())
    with db.reading() as conn:
        customer = record.whole(conn, ids[0])["customer"]
    assert (customer["phone"], customer["phone_by"]) == (MOBILE, "joined")


def test_a_number_that_only_a_colleague_wrote_down_is_not_the_one_to_ring(db, people, joining, made, clock):
    noted, writer = made("web", "cookie-1"), made("wechat", "openid-1")
    for customer in (noted, writer):
        customer.says("你好")
    with db.writing() as conn:
        ids = complaint_of(conn, writer).id, complaint_of(conn, noted).id
        own = complaint_of(conn, noted).customer_id
        noted_down = {"customer_id": own, "kind": "phone", "value": MOBILE, "confirmed": False}
        conn.execute(schema.identities.insert().values(noted_down))
    joining.same(people["li"], *ids, "asked", clock())
    with db.reading() as conn:
        assert record.number_of(conn, ids[0]) is None
