"""How a person stands to a complaint, read from rows; and that the condition for many agrees with it."""

import itertools
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.complaint import STATES
from core.roles import ROLES
from core.sight import NOTHING, sees
from store import complaints, handoffs, messages, sight, users
from store import schema as t
from tests.fakes.complaints import NOON, complaint, database


@pytest.fixture
def db(tmp_path):
    return database(tmp_path)


def person(conn, role, department=None):
    login = f"{role}-{users.count(conn)}"
    about = {"login": login, "public_name": login, "password_hash": "x", "at": NOON, "phone": None}
    id = users.add(conn, role=role, **about)
    conn.execute(t.users.update().where(t.users.c.id == id).values(department=department))
    return users.get(conn, id)


def memo(conn, id, department, recalled=None):
    about = {"facts": "x", "ask": "y", "due_at": NOON, "sent_at": NOON, "user_id": 1}
    conn.execute(
        t.memos.insert().values(complaint_id=id, department=department, recalled_at=recalled, **about)
    )


def recuse(conn, id, user_id):
    about = {"reason": "x", "user_id": user_id, "at": NOON}
    conn.execute(t.recusals.insert().values(complaint_id=id, recused_id=user_id, **about))


def chat_of(conn, id):
    return conn.execute(select(t.conversations.c.id).where(t.conversations.c.complaint_id == id)).scalar_one()


def accepted(conn, id, user_id):
    asked = handoffs.ask(conn, conversation_id=chat_of(conn, id), complaint_id=id, reason="asked", at=NOON)
    handoffs.accept(conn, asked, user_id, NOON)


def wrote(conn, id, user_id):
    about = {"conversation_id": chat_of(conn, id), "complaint_id": id, "author": "agent", "words": "您好"}
    messages.say(conn, at=NOON, agent_id=user_id, **about)


def asked_afterwards(conn, id, user_id):
    conn.execute(
        t.follow_ups.insert().values(complaint_id=id, user_id=user_id, at=NOON, words="", outcome="kept")
    )


@pytest.mark.parametrize("way", [accepted, wrote, asked_afterwards])
def test_what_is_ones_own_besides_owning_it(way, db):
    with db.writing() as conn:
        id, who, other = complaint(conn, 1), person(conn, "agent"), person(conn, "agent")
        assert not sight.standing(conn, id, who).own
        way(conn, id, who.id)
        assert sight.standing(conn, id, who).own
        assert not sight.standing(conn, id, other).own


def test_whoever_serves_the_customer_now_sees_what_was_before(db):
    with db.writing() as conn:
        who = person(conn, "agent")
        old, now = complaint(conn, 1), complaint(conn, 2)
        same = complaints.get(conn, now).customer_id
        complaints.change(conn, old, state="closed", customer_id=same)
        assert not sight.standing(conn, old, who).own
        complaints.change(conn, now, owner_id=who.id)
        assert sight.standing(conn, old, who).own
        complaints.change(conn, now, state="closed")
        assert not sight.standing(conn, old, who).own


def test_a_department_sees_what_it_answers_for_and_what_it_was_asked_until_that_is_recalled(db):
    with db.writing() as conn:
        id, who = complaint(conn, 1), person(conn, "handler", "logistics")
        complaints.change(conn, id, department="after_sales")
        assert not sight.standing(conn, id, who).department
        memo(conn, id, "logistics", recalled=NOON + timedelta(hours=1))
        assert not sight.standing(conn, id, who).department
        memo(conn, id, "logistics")
        assert sight.standing(conn, id, who).department
        assert not sight.standing(conn, id, person(conn, "handler")).department
        complaints.change(conn, id, department="logistics", state="draft")
        conn.execute(t.memos.update().values(recalled_at=NOON))
        assert not sight.standing(conn, id, who).department


def test_one_and_many_agree_for_every_role_and_state(db):
    """The condition for lists finds exactly the complaints that the rule for one lets through."""
    with db.writing() as conn:
        people = [person(conn, role, place) for role in (*ROLES, "king") for place in (None, "logistics")]
        for n, state in enumerate(STATES):
            ids = [complaint(conn, 100 * n + k) for k in range(6)]
            for id in ids:
                complaints.change(conn, id, state=state)
            complaints.change(conn, ids[1], department="logistics")
            memo(conn, ids[2], "logistics")
            for who, id in itertools.product(people, ids[3:]):
                accepted_by = {ids[3]: accepted, ids[4]: wrote, ids[5]: recuse}[id]
                if accepted_by is not accepted or who is people[0]:
                    accepted_by(conn, id, who.id)
        for who in people:
            listed = set(conn.execute(select(t.complaints.c.id).where(sight.visible(who))).scalars())
            every = conn.execute(select(t.complaints.c.id)).scalars().all()
            alone = {id for id in every if sees(who.role, sight.standing(conn, id, who)) != NOTHING}
            assert listed == alone
            assert not listed & sight.recused(conn, who.id)
        agents = [
            len(set(conn.execute(select(t.complaints.c.id).where(sight.visible(w))).scalars()))
            for w in people
        ]
        assert len(set(agents)) > 3  # the cases differ, so agreeing says something
