"""Customers whom an earlier version lost, bored or misunderstood."""

from datetime import timedelta

import pytest

from store import complaints, conversations, events, facts, handoffs, messages, users
from store import promises as promise_rows
from tests.reception.conftest import Customer, add_agent

STORY = "冰箱买来三天就坏了"


def newest(db):
    with db.reading() as conn:
        row = complaints.of_customer(conn, 1)[0]
        return row, {field: fact.value for field, fact in facts.current(conn, row.id).items()}


def test_a_story_told_after_a_quiet_quarter_of_an_hour_opens_a_new_complaint(db, reception, clock, customer):
    customer.says("你好")
    reception.register_silent(clock.pass_(minutes=16), timedelta(minutes=15))
    assert customer.says(f"{STORY}，要退款，电话13800138000") != ["utter_added"]
    row, _ = newest(db)
    assert row.state == "draft"
    with db.reading() as conn:
        assert [link.link for link in complaints.linked(conn, row.id)] == ["related"]


def test_a_thank_you_after_the_end_opens_nothing(db, customer):
    customer.says("就是说说而已，不用回我")
    customer.says("谢谢")
    with db.reading() as conn:
        assert len(complaints.of_customer(conn, 1)) == 1


def test_a_burst_is_never_answered_twice(db, with_rasa, clock, rasa):
    import threading

    customer = Customer(with_rasa, clock)
    customer.says("你好")
    rasa.delay = 0.3
    threads = []
    for n in range(6):
        clock.pass_(milliseconds=100)
        heard = customer.heard(f"{STORY}，第{n}句", key=f"burst{n}")
        threads.append(threading.Thread(target=with_rasa.receive, args=(heard,), daemon=True))
        threads[-1].start()
    for thread in threads:
        thread.join(10)
    asked = [body["metadata"]["message"] for body in rasa.heard]
    assert len(asked) == len(set(asked))
    with db.reading() as conn:
        said = messages.of_conversation(conn, customer.conversation)
    assert all(row.answered for row in said)
    assert sum(row.author == "assistant" for row in said) <= 1 + 2 * len(asked)


def test_red_line_words_reach_the_supervisor_while_an_agent_speaks(db, agents, agent, clock, customer):
    customer.says(STORY)
    agents.take(agent, customer.conversation, clock())
    assert customer.says("我不想活了") == []
    row, _ = newest(db)
    with db.reading() as conn:
        assert events.happened(conn, row.id, "supervisor_paged")


@pytest.fixture
def gone(db, agents, agent, clock, customer):
    """An agent who took the conversation and whose browser has vanished."""
    customer.says(STORY)
    agents.present(agent, users.AVAILABLE, clock())
    agents.take(agent, customer.conversation, clock())
    clock.pass_(minutes=5)
    return agent


def test_an_agent_who_vanished_is_replaced_by_the_search_for_another(db, agents, gone, clock, customer):
    assert agents.release_absent(clock()) == 1
    with db.reading() as conn:
        last = [row.reply for row in messages.of_conversation(conn, customer.conversation)][-2:]
        assert conversations.fetch(conn, customer.conversation).speaker == "assistant"
    assert last == ["utter_handed_back", "utter_nobody"]


def test_another_agent_may_take_over_from_one_who_vanished(db, agents, gone, clock, customer):
    with db.writing() as conn:
        other = add_agent(conn, clock, "wang", "王强")
    agents.take(other, customer.conversation, clock())
    with db.reading() as conn:
        assert conversations.fetch(conn, customer.conversation).agent_id == other


def test_logging_out_hands_on(agents, agent, clock, customer):
    customer.says(STORY)
    agents.take(agent, customer.conversation, clock())
    assert agents.leave(agent, clock()) == 1
    assert customer.says("你还在吗") != []


def test_a_resolved_complaint_owes_no_notice_and_calls_none_kept(db, handling, agent, clock, customer):
    """What nobody gave is not owed any more, and not called kept; the call back and the answer are owed."""
    customer.says(f"{STORY}，要退款，电话13800138000")
    customer.says("跳过")
    customer.says("对")
    row, _ = newest(db)
    handling.resolve(agent, row.id, "换了一台", row.sequence, clock())
    with db.reading() as conn:
        states = {p.kind: p.state for p in promise_rows.of_complaint(conn, row.id)}
    assert states == {
        "accept": "kept",
        "callback": "open",
        "plan": "cancelled",
        "progress": "cancelled",
        "resolve": "cancelled",
        "final": "open",
        "follow_up": "open",
    }


def test_a_notice_of_progress_reaches_the_customer_and_promises_the_next(
    db, handling, agent, clock, customer
):
    customer.says(f"{STORY}，要退款，电话13800138000")
    customer.says("跳过")
    customer.says("对")
    row, _ = newest(db)
    handling.progress(agent, row.id, "查过了，是压缩机的毛病", row.sequence, clock())
    with db.reading() as conn:
        assert messages.of_conversation(conn, customer.conversation)[-1].words.startswith("查过了")
        states = [p.state for p in promise_rows.of_complaint(conn, row.id) if p.kind == "progress"]
    assert sorted(states) == ["kept", "open"]


def test_the_queue_holds_only_those_who_wait(db, customer):
    customer.says(STORY)
    customer.says("人工")
    with db.reading() as conn:
        assert handoffs.waiting(conn) == []


def test_a_status_question_is_no_trap(customer):
    assert customer.says("我的投诉办到哪了") == ["utter_status_ask"]
    assert customer.says("我买的冰箱坏了没人管") != ["utter_status_ask"]


def test_number_and_digits_may_come_one_after_the_other(reception, clock):
    owner = Customer(reception, clock, name="cookie-1")
    owner.says(f"{STORY}，要退款，电话13800138000")
    owner.says("跳过")
    owner.says("对")
    stranger = Customer(reception, clock, name="cookie-2")
    stranger.says("查进度")
    assert stranger.says(owner.answer.complaint.number) == ["utter_status_tail"]
    assert stranger.says("8000") == ["utter_status_no_owner"]


def test_a_wish_beats_giving_up(customer):
    customer.says("冰箱不冷")
    assert "utter_resigned" not in customer.says("算了不修了，换一台")


def test_not_a_repair_but_a_refund(db, customer):
    customer.says("冰箱不冷")
    customer.says("不要修了，我要退货")
    _, known = newest(db)
    assert known["wanted"]["kinds"] == ["refund"]


def test_the_first_waybill_stays_unless_it_is_corrected(db, customer):
    customer.says("快递单号SF1234567890123送来就压坏了，要退款")
    customer.says("SF9999999999999")
    _, known = newest(db)
    assert known["reference"]["value"] == "SF1234567890123"


def test_an_angry_first_word_gets_two_ways_even_without_a_story(customer):
    assert customer.says("你们这群废物！！三次了！！") == ["utter_angry_nobody"]


def test_two_ways_are_offered_once(customer):
    customer.says("太过分了！！送来就压坏了，气死我了")
    assert customer.says("先登记") == ["utter_registered_here"]


def test_register_first_is_registered_also_when_rasa_lives(with_rasa, clock, rasa):
    customer = Customer(with_rasa, clock)
    rasa.reply = ["utter_angry"]
    customer.says("太过分了！！送来就压坏了，气死我了")
    assert customer.says("先登记") == ["utter_registered_here"]


def test_what_the_model_misses_the_rules_have_understood(with_rasa, clock, rasa):
    customer = Customer(with_rasa, clock)
    rasa.reply = ["utter_missed_once"]
    assert "utter_missed_once" not in customer.says("空调漏水")
    assert "utter_missed_once" not in customer.says("修")


def test_only_explicit_words_mean_that_nobody_is_to_answer(db, with_rasa, clock, rasa):
    customer = Customer(with_rasa, clock)
    customer.says("转人工")
    rasa.reply = ["utter_vent_only"]
    customer.says("不行，我现在就要")
    row, _ = newest(db)
    assert row.state != "closed"


@pytest.mark.parametrize("words", ["椅子腿断了", "我3号订的桌子腿断了", "打火机打不着火"])
def test_furniture_is_no_injury(db, customer, words):
    customer.says(words)
    assert newest(db)[0].tier == 1


@pytest.mark.parametrize(
    "words", ["你们送货把我腿砸断了", "骑手撞了我妈，现在在医院", "孩子吃了你们的果冻卡住了"]
)
def test_an_injury_is(db, customer, words):
    customer.says(words)
    assert newest(db)[0].tier == 3
