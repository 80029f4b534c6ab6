"""Talking with customers: handing on, second thoughts, and what is certain about a call."""

from datetime import timedelta

import pytest

from core import complaint as states
from core import events as names
from reception.acting import Refused
from reception.attempts import Attempts
from reception.evidence import Sealed
from reception.undoing import Undoing
from store import (
    attempts,
    complaints,
    conversations,
    events,
    handoffs,
    messages,
    notes,
    promises,
    typing,
    users,
)
from store import files as file_rows
from tests.reception.conftest import Customer, add_agent


@pytest.fixture
def undoing(db, content):
    return Undoing(db, content)


@pytest.fixture
def log(db, content):
    return Attempts(db, content)


def present(db, user, clock):
    with db.writing() as conn:
        users.set_presence(conn, user, users.AVAILABLE, clock() + timedelta(hours=1))


@pytest.fixture
def other(db, clock):
    with db.writing() as conn:
        id = add_agent(conn, clock, "zhou", "周二")
    present(db, id, clock)
    return id


@pytest.fixture
def asked(customer, agent, db, clock):
    """A customer with a story who waits for a person; the agent is there."""
    present(db, agent, clock)
    customer.says("送来的沙发扶手裂了，要求退款，电话13800138000")
    customer.reception.ask_human(customer.conversation, "asked", "ask:1", clock())
    return customer


def row(db, customer):
    with db.reading() as conn:
        return conversations.fetch(conn, customer.conversation)


def case(db, customer):
    with db.reading() as conn:
        return complaints.get(conn, conversations.fetch(conn, customer.conversation).complaint_id)


def open_promise(db, customer, kind):
    with db.reading() as conn:
        return promises.open_of(conn, case(db, customer).id, kind)


def wish(db, customer):
    with db.reading() as conn:
        return handoffs.open_of(conn, customer.conversation)


def lines(db, customer):
    with db.reading() as conn:
        return [(one.author, one.words) for one in messages.of_conversation(conn, customer.conversation)]


def last_act(db, customer, name):
    with db.reading() as conn:
        found = [one for one in events.of_complaint(conn, case(db, customer).id) if one.name == name]
    return found[-1].id


def undo(undoing, db, customer, user, name, at):
    return undoing.undo(user, case(db, customer).id, last_act(db, customer, name), at)


# ---- Handing on


def test_a_talk_is_handed_on_to_a_colleague_with_a_note(agents, agent, other, asked, db, clock):
    agents.take(agent, asked.conversation, clock())
    agents.hand_on(agent, asked.conversation, f"user:{other}", "要经理批", clock())
    assert row(db, asked).speaker == "waiting"
    assert (wish(db, asked).reason, wish(db, asked).sought) == ("passed", f"user:{other}")
    assert agent in wish(db, asked).tried
    author, words = lines(db, asked)[-1]
    assert author == "system"
    assert "李敏请同事接着办" in words
    with db.reading() as conn:
        assert [one.words for one in notes.of_complaint(conn, case(db, asked).id)] == ["要经理批"]
    agents.take(other, asked.conversation, clock())
    assert row(db, asked).agent_id == other


def test_a_talk_is_handed_on_only_to_somebody_who_is_here(agents, agent, other, asked, db, clock):
    agents.take(agent, asked.conversation, clock())
    with db.writing() as conn:
        users.set_presence(conn, other, users.AWAY, clock() + timedelta(hours=1))
    for to in (f"user:{other}", "role:supervisor", "department:货运部", "user:999", "user:x", "nobody", ""):
        with pytest.raises(Refused, match="nobody_free"):
            agents.hand_on(agent, asked.conversation, to, "", clock())
    assert row(db, asked).agent_id == agent


def test_a_group_that_nobody_knows_is_not_sought(agents, agent, other, asked, db, clock):
    agents.take(agent, asked.conversation, clock())
    with db.writing() as conn:
        users.change(conn, other, role="supervisor")
    for to in ("role:zz", "role:", "role:agent", "role:admin_agent"):
        with pytest.raises(Refused, match="nobody_free"):
            agents.hand_on(agent, asked.conversation, to, "", clock())
    agents.hand_on(agent, asked.conversation, "role:supervisor", "", clock())
    assert wish(db, asked).sought == "role:supervisor"


def test_nobody_hands_on_what_somebody_else_speaks_in(agents, agent, other, asked, db, clock):
    agents.take(agent, asked.conversation, clock())
    with pytest.raises(Refused, match="taken"):
        agents.hand_on(other, asked.conversation, "", "", clock())


# ---- Second thoughts


def test_a_line_taken_back_keeps_its_words_for_the_house(agents, undoing, agent, asked, db, clock):
    agents.take(agent, asked.conversation, clock())
    id = agents.say(agent, asked.conversation, "这句说错了", "k1", clock())
    clock.pass_(seconds=9)
    undo(undoing, db, asked, agent, names.MESSAGE_SAID, clock())
    with db.reading() as conn:
        line = messages.get(conn, id)
    assert (line.words, line.taken_back_at) == ("这句说错了", clock())
    undo(undoing, db, asked, agent, names.MESSAGE_SAID, clock())


def test_a_first_word_taken_back_was_no_contact(agents, undoing, agent, asked, db, clock):
    due = open_promise(db, asked, "callback").due_at
    agents.take(agent, asked.conversation, clock())
    agents.say(agent, asked.conversation, "说错了", "k1", clock())
    assert open_promise(db, asked, "callback") is None
    undo(undoing, db, asked, agent, names.MESSAGE_SAID, clock())
    assert open_promise(db, asked, "callback").due_at == due
    assert wish(db, asked).first_word_at is None
    agents.say(agent, asked.conversation, "我来办", "k2", clock())
    assert open_promise(db, asked, "callback") is None


def test_a_first_word_taken_back_after_another_was_said_is_still_contact(
    agents, undoing, agent, asked, db, clock
):
    agents.take(agent, asked.conversation, clock())
    agents.say(agent, asked.conversation, "说错了", "k1", clock())
    first = last_act(db, asked, names.MESSAGE_SAID)
    clock.pass_(seconds=1)
    agents.say(agent, asked.conversation, "我来办", "k2", clock())
    undoing.undo(agent, case(db, asked).id, first, clock())
    assert open_promise(db, asked, "callback") is None


def test_a_promise_that_was_missed_is_missed_again_when_the_word_is_taken_back(
    agents, undoing, agent, asked, db, clock
):
    promise = open_promise(db, asked, "callback")
    with db.writing() as conn:
        promises.change(conn, promise.id, state="missed", missed_at=promise.due_at)
    agents.take(agent, asked.conversation, clock())
    agents.say(agent, asked.conversation, "说错了", "k1", clock())
    undo(undoing, db, asked, agent, names.MESSAGE_SAID, clock())
    with db.reading() as conn:
        assert promises.get(conn, promise.id).state == "missed"
        assert promises.get(conn, promise.id).kept_at is None


def test_a_take_over_undone_gives_the_place_in_the_queue_back(agents, undoing, agent, asked, db, clock):
    before = wish(db, asked)
    clock.pass_(seconds=30)
    agents.take(agent, asked.conversation, clock())
    assert case(db, asked).owner_id == agent
    undo(undoing, db, asked, agent, names.AGENT_ACCEPTED, clock())
    now = wish(db, asked)
    assert (now.id, now.asked_at, now.agent_id) == (before.id, before.asked_at, None)
    assert row(db, asked).speaker == "waiting"
    assert (case(db, asked).owner_id, case(db, asked).state) == (None, states.REGISTERED)
    assert open_promise(db, asked, "accept") is not None
    assert "人还在找" in lines(db, asked)[-1][1]


def test_a_take_over_from_the_assistant_undone_lets_it_speak_again(
    agents, undoing, agent, customer, db, clock
):
    customer.says("送来的沙发扶手裂了，要求退款")
    agents.take(agent, customer.conversation, clock())
    undo(undoing, db, customer, agent, names.AGENT_ACCEPTED, clock())
    assert row(db, customer).speaker == "assistant"
    assert wish(db, customer) is None
    assert customer.says("在吗") != []


def test_a_take_over_from_an_absent_colleague_undone_seeks_somebody(
    agents, undoing, agent, other, asked, db, clock
):
    agents.take(agent, asked.conversation, clock())
    with db.writing() as conn:
        users.set_presence(conn, agent, users.AWAY, clock() - timedelta(minutes=5))
    agents.take(other, asked.conversation, clock())
    undo(undoing, db, asked, other, names.AGENT_ACCEPTED, clock())
    assert row(db, asked).speaker == "waiting"
    assert wish(db, asked).reason == "agent_gone"


def test_a_take_over_with_a_word_said_is_not_undone(agents, undoing, agent, asked, db, clock):
    agents.take(agent, asked.conversation, clock())
    agents.say(agent, asked.conversation, "我来办", "k1", clock())
    with pytest.raises(Refused, match="built_on"):
        undo(undoing, db, asked, agent, names.AGENT_ACCEPTED, clock())


def test_an_ownership_on_which_work_was_built_stays(agents, undoing, agent, asked, db, clock):
    agents.take(agent, asked.conversation, clock())
    with db.writing() as conn:
        complaints.change(conn, case(db, asked).id, state=states.MEMO_SENT)
    undo(undoing, db, asked, agent, names.AGENT_ACCEPTED, clock())
    assert case(db, asked).owner_id == agent


@pytest.mark.parametrize("on", [True, False])
def test_giving_a_talk_away_is_undone(on, agents, undoing, agent, other, asked, db, clock):
    agents.take(agent, asked.conversation, clock())
    handoff = wish(db, asked).id
    if on:
        agents.hand_on(agent, asked.conversation, "", "", clock())
    else:
        agents.hand_back(agent, asked.conversation, "", clock())
    undo(undoing, db, asked, agent, names.HANDED_ON if on else names.HANDED_BACK, clock())
    assert (row(db, asked).speaker, row(db, asked).agent_id) == ("agent", agent)
    assert wish(db, asked).id == handoff
    assert asked.says("在吗") == []
    agents.say(agent, asked.conversation, "在的", "k9", clock())


def test_what_a_colleague_has_taken_meanwhile_is_theirs(agents, undoing, agent, other, asked, db, clock):
    agents.take(agent, asked.conversation, clock())
    agents.hand_on(agent, asked.conversation, "", "", clock())
    agents.take(other, asked.conversation, clock())
    with pytest.raises(Refused, match="built_on"):
        undo(undoing, db, asked, agent, names.HANDED_ON, clock())
    assert row(db, asked).agent_id == other


def test_a_note_taken_back_stays_marked(handling, undoing, agent, asked, db, clock):
    handling.note(agent, case(db, asked).id, "写错地方", clock())
    undo(undoing, db, asked, agent, names.NOTE_ADDED, clock())
    with db.reading() as conn:
        (note,) = notes.of_complaint(conn, case(db, asked).id)
    assert (note.words, note.taken_back_at) == ("写错地方", clock())


def test_only_ones_own_last_seconds_can_be_undone(agents, undoing, agent, other, asked, db, clock):
    agents.take(agent, asked.conversation, clock())
    agents.say(agent, asked.conversation, "我来办", "k1", clock())
    act = last_act(db, asked, names.MESSAGE_SAID)
    with pytest.raises(Refused, match="too_late"):
        undoing.undo(other, case(db, asked).id, act, clock())
    with pytest.raises(Refused, match="too_late"):
        undoing.undo(agent, case(db, asked).id + 99, act, clock())
    clock.pass_(seconds=13)
    with pytest.raises(Refused, match="too_late"):
        undoing.undo(agent, case(db, asked).id, act, clock())


def test_what_is_offered_is_what_can_be_undone(agents, undoing, agent, other, asked, db, clock):
    agents.take(agent, asked.conversation, clock())

    def offered(who=agent):
        with db.reading() as conn:
            return [one.name for one in undoing.open_to(conn, who, case(db, asked).id, clock())]

    assert offered() == [names.AGENT_ACCEPTED]
    assert offered(other) == []
    agents.say(agent, asked.conversation, "我来办", "k1", clock())
    assert offered() == [names.MESSAGE_SAID]
    undo(undoing, db, asked, agent, names.MESSAGE_SAID, clock())
    assert offered() == [names.AGENT_ACCEPTED]
    clock.pass_(seconds=11)
    assert offered() == []


# ---- Typing


def test_whoever_sends_does_not_type_any_more(agents, agent, asked, db, clock):
    agents.take(agent, asked.conversation, clock())
    until = clock() + timedelta(seconds=60)
    with db.writing() as conn:
        typing.begin(conn, asked.conversation, "agent", until)
        typing.begin(conn, asked.conversation, "customer", until)
    agents.say(agent, asked.conversation, "我来办", "k1", clock())
    asked.says("好")
    with db.reading() as conn:
        assert not typing.now(conn, asked.conversation, "agent", clock())
        assert not typing.now(conn, asked.conversation, "customer", clock())


# ---- What is certain about a call


def test_a_claim_leaves_the_clock_running_and_the_customers_word_stops_it(log, agent, asked, db, clock):
    id = log.log(agent, case(db, asked).id, "phone", "callback", "reached", "说好周三上门", clock())
    assert open_promise(db, asked, "callback") is not None
    assert log.confirm(asked.conversation, id, True, clock())
    assert open_promise(db, asked, "callback") is None
    assert not log.confirm(asked.conversation, id, False, clock()), "said once"


def test_a_claim_that_the_customer_denies_pages_a_supervisor(log, agent, asked, db, clock):
    id = log.log(agent, case(db, asked).id, "phone", "callback", "reached", "", clock())
    assert log.confirm(asked.conversation, id, False, clock())
    assert open_promise(db, asked, "callback") is not None
    with db.reading() as conn:
        happened = events.of_complaint(conn, case(db, asked).id)
        assert attempts.get(conn, id).confirmed is False
    paged = [one for one in happened if one.name == names.SUPERVISOR_PAGED]
    assert paged[-1].data["reason"] == "contact_denied"


def test_nobody_confirms_somebody_elses_call(log, agent, asked, reception, clock, db):
    id = log.log(agent, case(db, asked).id, "phone", "callback", "reached", "", clock())
    stranger = Customer(reception, clock, name="cookie-9")
    stranger.says("送来的柜子少了一块板")
    assert not log.confirm(stranger.conversation, id, True, clock())
    assert not log.confirm(asked.conversation, id + 99, True, clock())
    assert not log.confirm("nothing", id, True, clock())


@pytest.mark.parametrize("result", ["not_reached", "busy", "wrong_number", "left_message"])
def test_a_try_in_vain_asks_the_customer_nothing(result, log, agent, asked, db, clock):
    id = log.log(agent, case(db, asked).id, "phone", "callback", result, "", clock())
    with db.reading() as conn:
        assert attempts.unanswered_claim(conn, case(db, asked).id) is None
    assert not log.confirm(asked.conversation, id, True, clock())


def test_a_try_that_cannot_be_is_refused(log, agent, asked, db, clock):
    with pytest.raises(Refused, match="bad_attempt"):
        log.log(agent, case(db, asked).id, "message", "callback", "busy", "", clock())


def test_files_that_were_said_belong_to_the_line(agents, agent, asked, db, clock):
    agents.take(agent, asked.conversation, clock())
    file = Sealed("f" * 22, "document", "单据.pdf", "application/pdf", 10, "0" * 64)
    id = agents.say(agent, asked.conversation, "", "k1", clock(), (file,))
    again = agents.say(agent, asked.conversation, "", "k1", clock(), (file,))
    assert again == id
    with db.reading() as conn:
        (kept,) = file_rows.of_messages(conn, [id])
    assert (kept.conversation_id, kept.user_id) == (asked.conversation, agent)


def test_a_line_that_told_of_progress_is_not_taken_back(asked, agents, handling, agent, undoing, db, clock):
    """A promise was kept by it."""
    agents.take(agent, asked.conversation, clock())
    read = case(db, asked)
    handling.progress(agent, read.id, "查到压缩机坏了", read.sequence, clock())
    with pytest.raises(Refused, match="built_on"):
        undoing.undo(agent, read.id, last_act(db, asked, names.MESSAGE_SAID), clock())


def test_nobody_writes_into_a_colleagues_talk(asked, agents, handling, agent, other, db, clock):
    agents.take(agent, asked.conversation, clock())
    read = case(db, asked)
    with pytest.raises(Refused, match="taken"):
        handling.progress(other, read.id, "查到压缩机坏了", read.sequence, clock())


def test_who_has_just_taken_over_is_not_sent_away_for_who_was_gone(asked, agents, agent, other, db, clock):
    agents.take(agent, asked.conversation, clock())
    clock.pass_(hours=2)
    agents.take(other, asked.conversation, clock())
    assert not agents._leave_one(asked.conversation, agent, clock())
    assert row(db, asked).agent_id == other


def test_a_hand_on_undone_owes_no_call(asked, agents, agent, other, undoing, db, clock):
    agents.take(agent, asked.conversation, clock())
    agents.say(agent, asked.conversation, "您好", "k:1", clock())
    clock.pass_(seconds=5)
    agents.hand_on(agent, asked.conversation, "", "", clock())
    clock.pass_(seconds=3)
    undo(undoing, db, asked, agent, names.HANDED_ON, clock())
    assert open_promise(db, asked, "callback") is None


def test_a_hand_on_undone_before_a_word_still_owes_the_call(asked, agents, agent, other, undoing, db, clock):
    """Nobody has spoken yet, so somebody is still to; the first word keeps it."""
    agents.take(agent, asked.conversation, clock())
    agents.hand_on(agent, asked.conversation, "", "", clock())
    clock.pass_(seconds=3)
    undo(undoing, db, asked, agent, names.HANDED_ON, clock())
    assert open_promise(db, asked, "callback") is not None
    agents.say(agent, asked.conversation, "您好", "k:1", clock())
    assert open_promise(db, asked, "callback") is None
