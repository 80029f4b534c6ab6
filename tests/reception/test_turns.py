"""One provider event, one message, one answer; turns of a conversation run one at a time."""

import threading
from datetime import timedelta

import pytest

from store import complaints, events, handoffs, messages, users
from store import promises as promise_rows
from tests.reception.conftest import Customer, add_agent

STORY = "冰箱买来三天就坏了"


def rows(db, conversation):
    with db.reading() as conn:
        return messages.of_conversation(conn, conversation)


def test_the_same_event_three_times_is_one_message_and_one_answer(db, reception, customer):
    heard = customer.heard(STORY, key="SM1")
    first = reception.receive(heard)
    assert reception.receive(heard) == first
    assert reception.receive(heard) == first
    assert [row.author for row in rows(db, first.conversation)] == ["customer", "assistant"]


def test_the_same_event_three_times_at_once(db, with_rasa, clock, rasa):
    rasa.delay = 0.3
    customer = Customer(with_rasa, clock)
    customer.says("你好")
    heard = customer.heard(STORY, key="SM2")
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(with_rasa.receive(heard)), daemon=True)
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    said = [row for row in rows(db, customer.conversation) if row.reply == "utter_ask_wanted"]
    assert len(answers) == 3
    assert len(said) == 1
    assert {one.id for answer in answers for one in answer.said} == {said[0].id}
    assert any(answer.pending for answer in answers), "a retry during the turn is told to wait"


def test_two_messages_at_once_are_one_turn_or_two_but_never_cross(db, with_rasa, clock, rasa):
    rasa.delay = 0.2
    customer = Customer(with_rasa, clock)
    customer.says("你好")
    heards = [customer.heard(f"{STORY}，第{n}句", key=f"burst{n}") for n in range(4)]
    threads = [threading.Thread(target=with_rasa.receive, args=(heard,), daemon=True) for heard in heards]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    found = rows(db, customer.conversation)
    assert sum(row.author == "customer" for row in found) == 5
    assert all(row.answered for row in found)
    asked = [body["metadata"]["message"] for body in rasa.heard]
    assert len(asked) == len(set(asked)), "no message is asked about twice"


def test_an_unknown_conversation_is_never_adopted(reception, clock):
    customer = Customer(reception, clock)
    customer.conversation = "somebody-elses"
    customer.says(STORY)
    assert customer.conversation != "somebody-elses"


def test_a_person_who_takes_over_during_the_answer_is_not_talked_over(
    db, with_rasa, agents, agent, clock, rasa
):
    customer = Customer(with_rasa, clock)
    customer.says(STORY)
    rasa.reply = lambda _body: agents.take(agent, customer.conversation, clock()) and named_answer()
    assert customer.says("那怎么办呢") == []
    assert customer.answer.speaker == "agent"
    authors = [row.author for row in rows(db, customer.conversation)]
    assert authors[-2:] == ["customer", "system"]


def named_answer():
    return ["utter_how_long"]


def test_while_an_agent_speaks_the_bot_is_silent_and_returns_with_a_sentence(
    db, reception, agents, agent, clock, customer
):
    customer.says(STORY)
    agents.take(agent, customer.conversation, clock())
    assert customer.says("你是谁") == []
    assert customer.says("人工") == []
    agents.say(agent, customer.conversation, "我是李敏，在看您的记录", "k1", clock())
    agents.say(agent, customer.conversation, "我是李敏，在看您的记录", "k1", clock())
    agents.hand_back(agent, customer.conversation, "", clock())
    assert customer.says("还有，赠品也没给") != []
    found = rows(db, customer.conversation)
    assert [row.reply for row in found if row.author == "system"] == ["utter_joined", "utter_handed_back"]
    assert sum(row.author == "agent" for row in found) == 1


@pytest.fixture
def on_duty(db, agent, clock):
    with db.writing() as conn:
        users.set_presence(conn, agent, users.AVAILABLE, clock() + timedelta(hours=1))
    return agent


def test_a_wish_for_a_person_is_queued_in_the_same_turn(db, customer, on_duty):
    customer.says(STORY)
    assert customer.says("转人工") == ["utter_finding_human"]
    assert customer.answer.handoff is not None
    assert customer.says("快点") == ["utter_waiting_kept"]
    with db.reading() as conn:
        assert len(handoffs.waiting(conn)) == 1


def test_those_who_wait_are_offered_a_call_and_then_given_a_time(db, reception, customer, on_duty, clock):
    customer.says(f"{STORY}，电话13800138000")
    customer.says("转人工")
    assert reception.chase_waiting(clock.pass_(seconds=30)) == 0
    assert reception.chase_waiting(clock.pass_(seconds=31)) == 1
    assert reception.chase_waiting(clock.pass_(seconds=31)) == 0
    assert reception.chase_waiting(clock.pass_(minutes=5)) == 1
    last = rows(db, customer.conversation)[-1]
    assert last.reply == "utter_nobody_came"
    with db.reading() as conn:
        assert promise_rows.open_of(conn, last.complaint_id, "callback") is not None


def test_the_second_agent_is_refused(db, agents, agent, clock, customer):
    from reception.acting import Refused

    customer.says(STORY)
    with db.writing() as conn:
        other = add_agent(conn, clock, "wang", "王强")
    agents.take(agent, customer.conversation, clock())
    with pytest.raises(Refused):
        agents.take(other, customer.conversation, clock())
    with pytest.raises(Refused):
        agents.say(other, customer.conversation, "x", "k", clock())


def test_a_taken_chat_has_an_owner_and_a_kept_promise(db, agents, agent, clock, customer):
    customer.says(f"{STORY}，要退货，电话13800138000")
    customer.says("跳过")
    customer.says("对")
    agents.take(agent, customer.conversation, clock())
    with db.reading() as conn:
        row = complaints.of_customer(conn, 1)[0]
        states = {promise.kind: promise.state for promise in promise_rows.of_complaint(conn, row.id)}
    assert (row.owner_id, row.state) == (agent, "investigating")
    assert states["accept"] == "kept"


def test_a_stale_save_is_refused(db, handling, agent, clock, customer):
    from reception.acting import Stale

    customer.says(STORY)
    with db.reading() as conn:
        read = complaints.of_customer(conn, 1)[0]
    customer.says("要退货")
    with pytest.raises(Stale):
        handling.set_tier(agent, read.id, 2, "第二次说了", read.sequence, clock())


def test_what_a_crash_left_unanswered_is_finished(db, reception, clock, content):
    from reception.keeping import keep

    customer = Customer(reception, clock)
    heard = customer.heard(STORY, key="lost")
    with db.writing() as conn:
        keep(conn, heard, reception.turns.understand(STORY, clock()), content.vocabulary, reception.ids, ())
    assert reception.finish_unanswered(clock.pass_(seconds=10)) == 0
    assert reception.finish_unanswered(clock.pass_(seconds=10)) == 1
    again = reception.receive(heard)
    assert [said.reply for said in again.said] == ["utter_ask_wanted"]


def test_events_of_a_complaint_are_numbered_without_gaps(db, customer):
    customer.says(STORY)
    customer.says("要退货")
    with db.reading() as conn:
        row = complaints.of_customer(conn, 1)[0]
        numbers = [event.sequence for event in events.of_complaint(conn, row.id)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert row.sequence == numbers[-1]
