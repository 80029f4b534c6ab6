"""The whole record, and the desk's list."""

import json
from datetime import timedelta
from typing import Any

import pytest

from store import complaints, customers, facts, files, handoffs, notes, overview, promises, record, users
from tests.fakes.complaints import NOON, complaint, database


@pytest.fixture
def db(tmp_path):
    return database(tmp_path)


def agent(conn, name="李敏"):
    about: dict[str, Any] = {
        "login": name,
        "public_name": name,
        "role": "agent",
        "password_hash": "",
        "phone": None,
    }
    return users.add(conn, at=NOON, **about)


def promise(conn, id, kind="callback", hours=4):
    due = NOON + timedelta(hours=hours)
    return promises.make(conn, id, kind=kind, made_at=NOON, due_at=due, calendar="office")


def test_a_new_complaint_has_every_field_and_no_guess(db):
    with db.writing() as conn:
        whole = record.whole(conn, complaint(conn, 1, registered=False))
    assert whole["state"] == "draft"
    assert whole["words"][0]["words"] == "送来就坏了"
    assert whole["opened_at"] == NOON.isoformat()
    assert (whole["issues"], whole["loss_claimed"], whole["evidence"]) == ([], [], [])
    assert [whole[field] for field in ("core_issue", "happened", "reference", "wanted", "owner")] == [
        None
    ] * 5
    assert whole["tier"]["level"] == 1
    assert whole["customer"]["phone"] is None


def test_it_is_json_and_holds_no_cookie(db):
    with db.writing() as conn:
        text = json.dumps(record.whole(conn, complaint(conn, 1)))
    assert "cookie-1" not in text
    assert "chat-1" not in text


def test_each_fact_stands_with_its_source_and_the_newest_counts(db):
    with db.writing() as conn:
        id = complaint(conn, 1)
        facts.learn(conn, id, "wanted", {"kinds": ["repair"], "words": "修好"}, by="rule", at=NOON)
        facts.learn(conn, id, "wanted", {"kinds": ["refund"], "words": "退钱"}, by="answer", at=NOON)
        whole = record.whole(conn, id)
    assert whole["wanted"] == {"kinds": ["refund"], "words": "退钱"}
    assert whole["facts"]["wanted"] == {
        "value": {"kinds": ["refund"], "words": "退钱"},
        "by": "answer",
        "at": NOON.isoformat(),
        "message": None,
    }


def test_the_tier_is_told_with_the_words_that_decided(db):
    with db.writing() as conn:
        id = complaint(conn, 1, tier=3)
        for level, rule, words in ((2, "loss", "三万"), (3, "gas", "煤气漏了")):
            about: dict[str, Any] = {"level": level, "rule": rule, "words": [words], "by": "rule", "at": NOON}
            complaints.signal(conn, id, kind="tier", code=str(level), **about)
        about = {"level": 3, "rule": "gas", "words": ["煤气漏了"], "by": "rule", "at": NOON}
        complaints.signal(conn, id, kind="flag", code="safety", **about)
        whole = record.whole(conn, id)
    assert (whole["tier"]["level"], whole["tier"]["rule"], whole["tier"]["words"]) == (3, "gas", ["煤气漏了"])
    assert [flag["flag"] for flag in whole["flags"]] == ["safety"]


def test_owner_handoffs_promises_evidence_and_links(db):
    with db.writing() as conn:
        id, other, user = complaint(conn, 1), complaint(conn, 2), agent(conn)
        complaints.change(conn, id, owner_id=user, taken_at=NOON)
        complaints.link(conn, id, other, "repeat")
        asked = handoffs.ask(conn, conversation_id="chat-1", complaint_id=id, reason="asked", at=NOON)
        handoffs.change(conn, asked, tried=[user])
        promise(conn, id)
        photo: dict[str, Any] = {
            "kind": "photo",
            "name": "a.jpg",
            "type": "image/jpeg",
            "size": 3,
            "sha256": "f" * 64,
        }
        files.keep(
            conn, id="file-1", complaint_id=id, conversation_id="chat-1", message_id=1, at=NOON, **photo
        )
        whole = record.whole(conn, id)
        number = complaints.get(conn, other).number
    assert whole["owner"] == {"user": user, "name": "李敏", "taken_at": NOON.isoformat()}
    assert [link["number"] for link in whole["links"]] == [number]
    assert whole["handoffs"][0]["tried"] == ["李敏"]
    assert whole["promises"][0]["due_at"] == (NOON + timedelta(hours=4)).isoformat()
    assert whole["evidence"][0]["sha256"] == "f" * 64


def test_a_number_said_in_an_earlier_complaint_is_not_forgotten(db):
    with db.writing() as conn:
        earlier, later = complaint(conn, 1), complaint(conn, 2)
        customer = complaints.get(conn, earlier).customer_id
        complaints.change(conn, later, customer_id=customer)
        facts.learn(conn, earlier, "phone", "+8613800138000", by="answer", at=NOON)
        known = record.whole(conn, later)["customer"]
    assert (known["phone"], known["phone_by"]) == ("+8613800138000", "earlier")


def test_a_caller_is_known_by_the_number_that_called(db):
    with db.writing() as conn:
        id = complaint(conn, 1)
        customer = customers.known_as(conn, "phone", "+8613900139000", NOON)
        complaints.change(conn, id, customer_id=customer)
        known = record.whole(conn, id)["customer"]
    assert (known["phone"], known["phone_by"]) == ("+8613900139000", "caller_id")


def test_notes_stay_in_the_house(db):
    with db.writing() as conn:
        id = complaint(conn, 1)
        notes.add(conn, id, agent(conn), "内部的话", NOON)
        assert "内部的话" not in json.dumps(record.whole(conn, id), ensure_ascii=False)


def test_the_list_is_by_tier_then_by_what_is_due_first(db):
    with db.writing() as conn:
        late, soon, grave, none = (complaint(conn, n) for n in range(1, 5))
        complaints.change(conn, grave, tier=3)
        promise(conn, late, hours=9)
        promise(conn, soon, hours=1)
        promise(conn, soon, kind="plan", hours=20)
        lines = overview.open_lines(conn, ["wanted"])
    assert [line.complaint.id for line in lines] == [grave, soon, late, none]
    assert lines[1].due.kind == "callback"


def test_the_list_leaves_out_what_is_over_and_drafts_without_a_word(db):
    with db.writing() as conn:
        over, empty, spoken = complaint(conn, 1), complaint(conn, 2, registered=False), complaint(conn, 3)
        complaints.change(conn, over, state="closed")
        conn.exec_driver_sql("UPDATE messages SET author = 'assistant' WHERE complaint_id = ?", (empty,))
        lines = overview.open_lines(conn, [])
    assert [line.complaint.id for line in lines] == [spoken]


def test_a_line_knows_its_facts_its_conversation_and_who_waits(db):
    with db.writing() as conn:
        id = complaint(conn, 1)
        facts.learn(conn, id, "story", "沙发破了", by="rule", at=NOON)
        facts.learn(conn, id, "phone", "+8613800138000", by="rule", at=NOON)
        handoffs.ask(conn, conversation_id="chat-1", complaint_id=id, reason="asked", at=NOON)
        line = overview.lines(conn, [id], ["story"])[id]
    assert line.facts == {"story": "沙发破了"}
    assert line.chat.id == "chat-1"
    assert line.handoff.reason == "asked"
