"""The seven steps from the rows: nothing moves without what it needs, and promises are kept by acts alone."""

from datetime import timedelta

import pytest

from core import complaint, follow_up
from core import events as names
from core.follow_up import Answers
from reception.acting import Refused, Stale
from reception.follow_ups import FollowUps
from reception.handling import Handling
from reception.keeping import Names
from reception.memos import Memos
from reception.pausing import Pauses
from reception.settling import Finding, Line, Settling
from reception.steps import Steps
from store import (
    attempts,
    complaints,
    events,
    facts,
    follow_ups,
    memos,
    messages,
    pauses,
    promises,
    remedies,
    steps,
    users,
)
from tests.fakes.complaints import complaint as new_complaint

FINE = Answers(4, 5, 5, "", "yes", "")


class World:
    """One registered complaint with its promises, the people who deal with it, and their rooms."""

    def __init__(self, db, content, clock):
        self.db, self.content, self.clock = db, content, clock
        drawn = iter(f"{n:08}" for n in range(50_000_000, 50_001_000))
        from core import number

        ids = Names(
            conversation=lambda: "c", number=lambda: number.make(int(next(drawn))), sender=lambda i, g: i
        )
        self.handling = Handling(db, content)
        self.steps = Steps(db, content)
        self.memos = Memos(db, content)
        self.settling = Settling(db, content)
        self.follow_ups = FollowUps(db, content, ids)
        self.pauses = Pauses(db, content)
        with db.writing() as conn:
            self.id = new_complaint(conn, 1, registered=False)
            complaints.change(conn, self.id, department="货运部")
            from reception.registering import register

            facts.learn(conn, self.id, "issues", [{"category": "damage"}], by="rule", at=clock())
            facts.learn(conn, self.id, "phone", "+8613800138000", by="answer", at=clock())
            register(conn, content, self.id, clock())
            self.li = self.person(conn, "li", "agent")
            self.zhou = self.person(conn, "zhou", "handler", "货运部")
            self.wang = self.person(conn, "wang", "supervisor")
            self.zhao = self.person(conn, "zhao", "supervisor")
            self.sun = self.person(conn, "sun", "follow_up")

    def person(self, conn, login, role, department=None):
        made = users.add(
            conn, login=login, public_name=login, role=role, password_hash="", at=self.clock(), phone=None
        )
        if department:
            from sqlalchemy import update

            from store.schema import users as table

            conn.execute(update(table).where(table.c.id == made).values(department=department))
        return made

    @property
    def row(self):
        with self.db.reading() as conn:
            return complaints.get(conn, self.id)

    @property
    def seq(self):
        return self.row.sequence

    def read(self, look, *more):
        with self.db.reading() as conn:
            return look(conn, self.id, *more)

    def promise(self, kind):
        rows = [row for row in self.read(promises.of_complaint) if row.kind == kind]
        return max(rows, key=lambda row: row.id).state

    def names(self):
        return [row.name for row in self.read(events.of_complaint)]

    def said(self):
        return [row.words for row in self.read(messages.of_complaint) if row.author != "customer"]

    # ---- One step each

    def owned(self):
        self.handling.own(self.li, self.id, self.seq, self.clock())
        return self

    def found(self):
        what = Finding("查了装车记录，没垫东西", "packing", "没垫", "department", "us")
        self.settling.find(self.li, self.id, self.seq, what, self.clock())
        return self

    def asked(self, department="货运部"):
        self.clock.pass_(minutes=1)
        due = self.clock() + timedelta(hours=20)
        about = {"department": department, "facts": "两箱碎了", "ask": "查装车", "due_at": due}
        return self.memos.send(self.li, self.id, self.seq, **about, at=self.clock())

    def replied(self):
        memo = self.asked()
        self.memos.reply(self.zhou, memo, "装车没垫", self.clock())
        self.go_on()
        return self

    def go_on(self, reason=""):
        self.clock.pass_(minutes=1)
        return self.steps.go_on(self.li, self.id, self.seq, reason, self.clock())

    def agreed(self, answer="accepted"):
        self.clock.pass_(minutes=1)
        self.settling.offer(self.li, self.id, self.seq, ["退款", "换新"], "退款还是换新？", self.clock())
        self.settling.answer(self.li, self.id, self.seq, answer, 0, "那就退吧", self.clock())
        return self

    def remedy(self, amount=38_000, by=None):
        line = Line("refund", "原路退回", amount)
        return self.settling.propose(by or self.li, self.id, self.seq, line, self.clock())

    def done(self, id):
        self.clock.pass_(minutes=1)
        self.settling.done(self.li, self.id, id, "流水 8812", "", self.seq, self.clock())

    def followed(self):
        """Everything up to the follow-up."""
        self.owned().found().replied().agreed()
        line = self.remedy()
        self.go_on()
        self.done(line)
        self.go_on()
        assert self.row.state == complaint.FOLLOWING_UP
        return self

    def answered(self, answers=FINE):
        self.clock.pass_(minutes=1)
        return self.follow_ups.record(self.sun, self.id, self.seq, answers, self.clock())

    def fed_back(self):
        self.clock.pass_(minutes=1)
        self.follow_ups.pass_on(self.sun, self.id, self.seq, ["货运部"], "客户认可", self.clock())
        self.follow_ups.tell_customer(self.sun, self.id, self.seq, "装车都垫了", False, self.clock())
        return self

    def closed(self):
        self.followed().answered()
        self.fed_back()
        self.steps.close(self.sun, self.id, self.seq, self.clock())
        return self


@pytest.fixture
def world(db, content, clock):
    return World(db, content, clock)


def refused(act, why, needs=()):
    with pytest.raises(Refused) as found:
        act()
    assert found.value.why == why
    assert found.value.needs >= set(needs)


def test_the_straight_way_keeps_every_promise_by_what_was_done(world):
    world.owned()
    assert (world.row.state, world.promise("accept")) == (complaint.INVESTIGATING, "kept")
    world.found()
    memo = world.asked()
    assert world.row.state == complaint.MEMO_SENT
    refused(world.go_on, "move_refused", {"replies_or_reason"})
    world.memos.take(world.zhou, memo, world.clock())
    world.memos.reply(world.zhou, memo, "装车没垫", world.clock())
    assert world.go_on() == complaint.CONFERRING
    refused(world.go_on, "move_refused", {"customer_agreed", "remedies_approved"})
    assert world.promise("plan") == "open"
    world.agreed()
    assert world.promise("plan") == "kept"
    line = world.remedy()
    assert world.go_on() == complaint.CARRYING_OUT
    refused(world.go_on, "move_refused", {"remedies_proved"})
    assert world.promise("resolve") == "open"
    world.done(line)
    assert world.go_on() == complaint.FOLLOWING_UP
    assert (world.promise("resolve"), world.promise("progress")) == ("kept", "cancelled")
    assert world.promise("follow_up") == "open"
    assert world.answered().code == follow_up.CONFIRMED
    assert (world.row.state, world.promise("follow_up")) == (complaint.FEEDING_BACK, "kept")
    close = lambda: world.steps.close(world.sun, world.id, world.seq, world.clock())  # noqa: E731
    refused(close, "move_refused", {"passed_on", "customer_told"})
    assert world.promise("final") == "open"
    world.fed_back()
    assert world.promise("final") == "kept"
    close()
    assert (world.row.state, world.row.outcome) == (complaint.CLOSED, follow_up.CONFIRMED)
    assert world.row.closed_at == world.clock()
    assert world.promise("callback") == "cancelled"
    assert "装车都垫了" in world.said()
    assert "包装没包好" in world.said()[-1]


def test_a_stale_page_moves_nothing(world):
    world.owned()
    with pytest.raises(Stale):
        world.settling.find(world.li, world.id, 0, Finding("x"), world.clock())
    assert names.FINDING_RECORDED not in world.names()


def test_only_the_owner_works_on_it(world):
    world.owned()
    found = Finding("查过")
    refused(lambda: world.settling.find(world.wang, world.id, world.seq, found, world.clock()), "not_owner")
    refused(lambda: world.steps.go_on(world.wang, world.id, world.seq, "", world.clock()), "move_refused")


def test_steps_are_skipped_only_with_a_reason(world):
    world.owned()
    skip = lambda to, code, words: world.steps.skip(  # noqa: E731
        world.li, world.id, world.seq, to, code, words, world.clock()
    )
    refused(lambda: skip(complaint.FOLLOWING_UP, "solved_on_contact", " "), "reason_missing")
    refused(lambda: skip(complaint.FOLLOWING_UP, "no_time", "换好了"), "reason_missing")
    refused(lambda: skip(complaint.FEEDING_BACK, "solved_on_contact", "换好了"), "move_refused")
    skip(complaint.FOLLOWING_UP, "solved_on_contact", "当场换好了")
    assert world.row.state == complaint.FOLLOWING_UP
    assert {kind: world.promise(kind) for kind in ("plan", "resolve", "progress", "final", "follow_up")} == {
        "plan": "cancelled",
        "resolve": "cancelled",
        "progress": "cancelled",
        "final": "open",
        "follow_up": "open",
    }


def test_a_memo_is_answered_by_its_department_or_told_to_the_owner(world):
    world.owned()
    other = world.asked("仓储部")
    refused(lambda: world.memos.reply(world.zhou, other, "没有", world.clock()), "not_your_memo")
    refused(lambda: world.memos.reply(world.wang, other, "没有", world.clock()), "not_your_memo")
    world.memos.reply(world.li, other, "电话里说没发错", world.clock())
    refused(lambda: world.memos.reply(world.li, other, "又说", world.clock()), "memo_over")
    with world.db.reading() as conn:
        assert memos.get(conn, other).replied_by == world.li


def test_a_recused_person_answers_no_memo(world):
    memo = world.owned().asked()
    with world.db.writing() as conn:
        from store.schema import recusals

        conn.execute(
            recusals.insert().values(
                complaint_id=world.id,
                recused_id=world.zhou,
                reason="涉事",
                user_id=world.wang,
                at=world.clock(),
            )
        )
    refused(lambda: world.memos.take(world.zhou, memo, world.clock()), "not_your_memo")


def test_waiting_no_longer_for_a_department_takes_a_reason(world):
    world.owned().asked()
    assert world.go_on("仓储部三天没回") == complaint.CONFERRING
    assert [row.data["reason"] for row in world.read(steps.moves)][-1] == "仓储部三天没回"


def test_a_memo_sent_to_the_past_or_to_nobody_is_refused(world):
    world.owned()
    send = lambda **more: world.memos.send(  # noqa: E731
        world.li,
        world.id,
        world.seq,
        **{
            "department": "货运部",
            "facts": "x",
            "ask": "y",
            "due_at": world.clock() + timedelta(hours=1),
            **more,
        },
        at=world.clock(),
    )
    refused(lambda: send(due_at=world.clock()), "bad_time")
    refused(lambda: send(department="外星部"), "unknown_department")
    assert world.row.state == complaint.INVESTIGATING


def test_a_plan_offers_a_choice_and_keeps_the_answer(world):
    world.owned().replied()
    offer = lambda *options: world.settling.offer(  # noqa: E731
        world.li, world.id, world.seq, options, "", world.clock()
    )
    refused(lambda: offer("退款"), "too_few_options")
    refused(lambda: offer("退款", "退款 "), "too_few_options")
    offer("退款", "换新")
    assert world.promise("plan") == "open"
    answer = lambda what, chosen, words: world.settling.answer(  # noqa: E731
        world.li, world.id, world.seq, what, chosen, words, world.clock()
    )
    refused(lambda: answer("accepted", None, "行"), "choice_missing")
    refused(lambda: answer("accepted", 2, "行"), "choice_missing")
    refused(lambda: answer("thinking", None, ""), "customer_words_missing")
    answer("unreachable", None, "")
    assert world.promise("plan") == "open"
    answer("rejected", None, "都不要")
    assert world.promise("plan") == "kept"
    refused(world.go_on, "move_refused", {"customer_agreed"})
    world.steps.back(world.li, world.id, world.seq, "客户要说法", world.clock())
    assert world.row.state == complaint.INVESTIGATING


def test_money_beyond_the_limit_needs_others_and_small_lines_add_up(world):
    world.owned().replied().agreed()
    first = world.remedy(40_000)
    second = world.remedy(40_000)
    approved = lambda id: world.db and world.read(lambda conn, _: remedies.get(conn, id)).approved_at  # noqa: E731
    assert (bool(approved(first)), bool(approved(second))) == (True, False)
    assert world.names().count(names.SUPERVISOR_PAGED) == 1
    approve = lambda who, id: world.settling.approve(who, world.id, id, world.seq, world.clock())  # noqa: E731
    refused(world.go_on, "move_refused", {"remedies_approved"})
    refused(lambda: approve(world.li, second), "move_refused")
    approve(world.wang, second)
    assert approved(second)
    large = world.remedy(1_000_000)
    approve(world.wang, large)
    assert not approved(large)
    refused(lambda: approve(world.wang, large), "second_approver")
    approve(world.zhao, large)
    assert approved(large)
    refused(lambda: world.remedy(None), "amount_missing")


def test_a_remedy_is_done_with_proof_only(world):
    world.owned().replied().agreed()
    line = world.remedy()
    world.go_on()
    done = lambda proof, file: world.settling.done(  # noqa: E731
        world.li, world.id, line, proof, file, world.seq, world.clock()
    )
    refused(lambda: done(" ", ""), "proof_missing")
    refused(lambda: done("流水", "somebody-elses-file"), "proof_missing")
    done("流水 8812", "")
    refused(lambda: done("流水 8812", ""), "remedy_over")


def test_a_missed_visit_keeps_why_and_takes_another_day(world):
    world.owned().replied().agreed()
    day = {"day": "2026-03-05", "from": "09:00", "to": "11:00", "person": "刘师傅", "place": "和平路1号"}
    line = world.settling.propose(
        world.li, world.id, world.seq, Line("repair", "上门修", None, day), world.clock()
    )
    again = {**day, "day": "2026-03-06"}
    world.settling.missed(world.li, world.id, line, "客户不在家", again, world.seq, world.clock())
    kept = world.read(lambda conn, _: remedies.get(conn, line)).appointment
    assert kept["day"] == "2026-03-06"
    assert [(one["day"], one["why"]) for one in kept["missed"]] == [("2026-03-05", "客户不在家")]


def test_who_worked_on_it_does_not_ask_the_customer(world):
    world.followed()
    with world.db.writing() as conn:
        from sqlalchemy import update

        from store.schema import users as table

        conn.execute(update(table).where(table.c.id.in_([world.li, world.zhou])).values(role="follow_up"))
    for worker in (world.li, world.zhou):
        refused(
            lambda who=worker: world.follow_ups.record(who, world.id, world.seq, FINE, world.clock()),
            "not_fair",
        )
    refused(
        lambda: world.follow_ups.record(world.wang, world.id, world.seq, FINE, world.clock()), "move_refused"
    )
    refused(lambda: world.answered(Answers()), "no_answers")


def test_not_solved_reopens_with_a_supervisor_a_tier_and_new_promises(world):
    world.followed()
    assert world.answered(Answers(4, 4, 2, "", "no", "还是坏的")).code == follow_up.REOPENED
    row = world.row
    assert (row.state, row.reopened, row.tier) == (complaint.INVESTIGATING, 1, 2)
    assert row.owner_id in (world.wang, world.zhao)
    assert {world.promise(kind) for kind in ("callback", "plan", "progress", "resolve", "final")} == {"open"}
    assert "没办好就不算完" in world.said()[-1]
    assert world.read(steps.passed) == {complaint.INVESTIGATING}
    world.clock.pass_(minutes=1)
    work = lambda: world.steps.go_on(row.owner_id, world.id, world.seq, "", world.clock())  # noqa: E731
    refused(work, "move_refused", {"memo"})


def test_what_else_there_is_becomes_a_linked_complaint_and_asks_nothing_again(world):
    world.followed()
    world.answered(Answers(5, 5, 5, "发票也没给", "yes", ""))
    with world.db.reading() as conn:
        [link] = complaints.linked(conn, world.id)
        other = complaints.by_number(conn, link.number)
        assert (link.link, other.state, other.customer_id) == ("split", "registered", world.row.customer_id)
        assert facts.value(conn, other.id, "phone") == "+8613800138000"
        assert facts.value(conn, other.id, "story") == "发票也没给"
        assert promises.open_of(conn, other.id, "callback") is not None


@pytest.mark.parametrize(
    ("answers", "outcome", "days"),
    [
        (Answers(2, 4, 4, "", "yes", ""), follow_up.LESSON, 14),
        (Answers(4, 4, 4, "", "unsure", ""), follow_up.CONFIRMED, 7),
        (Answers(3, 3, 3, "", "yes", "还行吧"), follow_up.HIDDEN, 14),
    ],
)
def test_each_outcome_leaves_its_trace(world, answers, outcome, days):
    world.followed()
    assert world.answered(answers).code == outcome
    looks = [row for row in world.read(follow_ups.actions_of) if row.kind == follow_ups.SECOND_LOOK]
    assert timedelta(days=days - 3) <= looks[0].due_at - world.clock() <= timedelta(days=days)
    lessons = [row for row in world.read(follow_ups.actions_of) if row.kind == "correction"]
    assert bool(lessons) == (outcome == follow_up.LESSON)
    flagged = world.read(complaints.flags)
    assert ("hidden_dissatisfaction" in flagged) == (outcome == follow_up.HIDDEN)
    world.fed_back()
    world.steps.close(world.wang, world.id, world.seq, world.clock())
    assert world.row.outcome == outcome


def test_unreachable_only_after_three_tries_in_three_parts_over_two_days(world):
    world.followed()
    give_up = lambda: world.follow_ups.give_up(world.sun, world.id, world.seq, world.clock())  # noqa: E731
    for hours in (6, 14, 5):  # an evening, the next morning, the next afternoon
        refused(give_up, "move_refused", {"answers_or_attempts"})
        world.clock.pass_(hours=hours)
        with world.db.writing() as conn:
            call = {"means": "phone", "purpose": "follow_up", "result": "not_reached", "words": ""}
            attempts.add(conn, world.id, world.sun, at=world.clock(), **call)
    give_up()
    assert world.promise("follow_up") == "kept"
    world.clock.pass_(minutes=1)
    world.fed_back()
    world.steps.close(world.sun, world.id, world.seq, world.clock())
    assert world.row.outcome == follow_up.UNREACHABLE


def test_neither_owner_nor_agent_closes(world):
    world.followed().answered()
    world.fed_back()
    refused(lambda: world.steps.close(world.li, world.id, world.seq, world.clock()), "move_refused")
    with world.db.writing() as conn:
        complaints.change(conn, world.id, owner_id=world.wang)
    refused(lambda: world.steps.close(world.wang, world.id, world.seq, world.clock()), "move_refused")
    world.steps.close(world.zhao, world.id, world.seq, world.clock())
    assert world.row.state == complaint.CLOSED


def test_without_a_cause_nothing_is_closed(world):
    world.owned().replied().agreed()
    line = world.remedy()
    world.go_on()
    world.done(line)
    world.go_on()
    world.answered()
    world.fed_back()
    refused(
        lambda: world.steps.close(world.sun, world.id, world.seq, world.clock()),
        "move_refused",
        {"cause", "responsibility"},
    )


def test_a_withdrawal_takes_two_people_and_the_customers_words(world):
    world.owned()
    settle = lambda who, yes: world.steps.settle_withdrawal(who, world.id, world.seq, yes, world.clock())  # noqa: E731
    refused(lambda: settle(world.wang, True), "move_refused", {"customer_words"})
    world.steps.ask_withdrawal(world.wang, world.id, world.seq, "我不投诉了，撤了吧", world.clock())
    refused(lambda: settle(world.wang, True), "move_refused", {"second_person"})
    refused(lambda: settle(world.li, True), "move_refused")
    assert world.row.state == complaint.INVESTIGATING
    settle(world.zhao, True)
    assert (world.row.state, world.row.outcome) == (complaint.WITHDRAWN, "withdrawn")
    assert world.promise("final") == "cancelled"


def test_a_withdrawal_that_is_not_confirmed_leaves_it_open(world):
    world.owned()
    world.steps.ask_withdrawal(world.li, world.id, world.seq, "撤了吧", world.clock())
    again = lambda: world.steps.ask_withdrawal(world.li, world.id, world.seq, "撤", world.clock())  # noqa: E731
    refused(again, "withdrawal_waits")
    world.steps.settle_withdrawal(world.wang, world.id, world.seq, False, world.clock())
    assert (world.row.state, world.promise("final")) == (complaint.INVESTIGATING, "open")
    again()


def test_closed_is_reopened_by_a_supervisor_within_thirty_days(world):
    world.closed()
    reopen = lambda who: world.steps.reopen(who, world.id, world.seq, "又坏了", world.clock())  # noqa: E731
    refused(lambda: reopen(world.li), "move_refused")
    world.clock.pass_(days=31)
    refused(lambda: reopen(world.wang), "too_late_to_reopen")
    world.clock.pass_(days=-2)
    reopen(world.wang)
    assert (world.row.owner_id, world.row.state, world.row.outcome) == (
        world.wang,
        complaint.INVESTIGATING,
        None,
    )
    assert not world.read(follow_ups.open_looks)


def test_the_second_look_reopens_what_is_not_mended(world):
    world.closed()
    [look] = world.read(follow_ups.open_looks)
    world.clock.pass_(days=7)
    world.follow_ups.look_again(world.sun, look.id, False, "门店说还在漏", world.clock())
    assert (world.row.state, world.row.reopened) == (complaint.INVESTIGATING, 1)


def test_a_pause_moves_the_due_time_and_the_customers_word_ends_it(world):
    world.owned()
    [before] = [row for row in world.read(promises.of_complaint) if row.kind == "plan"]
    until = world.clock() + timedelta(days=2)
    about = {
        "kind": "plan",
        "reason": "customer_to_answer",
        "until": until,
        "words": "等您选",
        "by_phone": False,
    }
    world.pauses.pause(world.li, world.id, world.seq, **about, at=world.clock())
    [paused] = [row for row in world.read(promises.of_complaint) if row.kind == "plan"]
    assert paused.due_at > before.due_at
    assert paused.look_at == until
    assert world.said()[-1] == "等您选"
    assert world.pauses.end_what_is_over(world.clock()) == 0
    world.clock.pass_(hours=1)
    with world.db.writing() as conn:
        from store import conversations

        chat = conversations.fetch(conn, "chat-1")
        messages.hear(
            conn, conversation=chat, complaint_id=world.id, key="later", words="我选退款", at=world.clock()
        )
    world.clock.pass_(hours=3)
    assert world.pauses.end_what_is_over(world.clock()) == 1
    [after] = [row for row in world.read(promises.of_complaint) if row.kind == "plan"]
    assert after.due_at - before.due_at == timedelta(hours=1)
    refused(
        lambda: world.pauses.pause(world.li, world.id, world.seq, **about, at=world.clock()),
        "supervisor_renews",
    )
    world.pauses.pause(world.wang, world.id, world.seq, **about, at=world.clock())
    assert len(world.read(pauses.of_complaint)) == 2


def test_only_plan_and_remedies_are_paused_and_not_for_long(world):
    world.owned()
    about = {"kind": "plan", "reason": "third_party", "words": "等厂家", "by_phone": True}
    pause = lambda until, **more: world.pauses.pause(  # noqa: E731
        world.li, world.id, world.seq, **{**about, **more}, until=until, at=world.clock()
    )
    refused(lambda: pause(world.clock() + timedelta(days=9)), "bad_time")
    refused(lambda: pause(world.clock() + timedelta(days=1), kind="callback"), "bad_request")
    refused(lambda: pause(world.clock() + timedelta(days=1), reason="tired"), "bad_request")
    assert not world.read(pauses.of_complaint)


def test_looking_again_asks_for_a_new_yes(world):
    """What the customer agreed to was for what was known then."""
    world.owned().found().replied().agreed()
    world.remedy()
    world.clock.pass_(minutes=1)
    world.steps.back(world.li, world.id, world.seq, "客户说不要了", world.clock())
    world.asked()
    world.go_on("部门上回答过")
    refused(world.go_on, "move_refused", {"customer_agreed"})
    world.agreed()
    assert world.go_on() == complaint.CARRYING_OUT


def test_going_back_is_no_way_around_reopening(world):
    world.closed()
    refused(
        lambda: world.steps.back(world.zhao, world.id, world.seq, "再看看", world.clock()), "move_refused"
    )
    assert world.row.state == complaint.CLOSED


def test_who_once_owned_it_does_not_close_it(world):
    world.handling.own(world.wang, world.id, world.seq, world.clock())
    world.followed().answered()
    world.fed_back()
    refused(lambda: world.steps.close(world.wang, world.id, world.seq, world.clock()), "not_fair_to_close")
    assert world.row.state == complaint.FEEDING_BACK


def test_the_department_does_not_tick_off_the_second_look(world):
    world.closed()
    (look,) = [one for one in world.read(follow_ups.actions_of) if one.kind == follow_ups.SECOND_LOOK]
    for who in (world.zhou, world.wang):
        act = lambda who=who: world.follow_ups.finish_action(who, look.id, world.clock())  # noqa: E731
        refused(act, "move_refused")


def test_a_higher_tier_leaves_a_clock_that_stands_still(world):
    world.owned()
    (plan,) = [one for one in world.read(promises.of_complaint) if one.kind == "plan"]
    with world.db.writing() as conn:
        until = world.clock() + timedelta(days=3)
        pauses.begin(
            conn, plan, world.li, reason="third_party", at=world.clock(), until=until, due_at=plan.due_at
        )
    world.handling.set_tier(world.wang, world.id, 2, "金额大", world.seq, world.clock())
    assert [one.state for one in world.read(promises.of_complaint) if one.kind == "plan"] == ["open"]
    (pause,) = world.read(pauses.of_complaint)
    world.pauses.resume(world.li, world.id, pause.id, world.seq, world.clock())
    states = [one.state for one in world.read(promises.of_complaint) if one.kind == "plan"]
    assert sorted(states) == ["open", "replaced"]


def test_owning_again_changes_nothing_and_what_is_over_is_not_owned(world):
    world.owned()
    before = world.row
    world.clock.pass_(minutes=5)
    world.handling.own(world.li, world.id, world.seq, world.clock())
    assert (world.row.taken_at, world.row.sequence) == (before.taken_at, before.sequence)
    with world.db.writing() as conn:
        complaints.change(conn, world.id, state=complaint.WITHDRAWN)
    refused(lambda: world.handling.own(world.wang, world.id, world.seq, world.clock()), "move_refused")
