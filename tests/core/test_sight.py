"""Who sees which complaint, by a written table, and what stays of a record that is masked."""

import pytest

from core.complaint import STATES
from core.roles import ROLES
from core.sight import MASKED, NOTHING, REACH, WHOLE, Standing, masked_name, masked_record, sees

OPEN = [*STATES[:8]]
OVER = ["closed", "withdrawn"]


@pytest.mark.parametrize(
    ("role", "states", "standing", "seen"),
    [
        ("agent", OPEN, {}, WHOLE),
        ("agent", OVER, {}, NOTHING),
        ("agent", OVER, {"own": True}, WHOLE),
        ("agent", OVER, {"department": True}, NOTHING),
        ("handler", STATES, {}, NOTHING),
        ("handler", STATES, {"department": True}, WHOLE),
        ("handler", STATES, {"own": True}, WHOLE),
        ("supervisor", STATES, {}, WHOLE),
        ("admin_agent", STATES, {}, WHOLE),
        ("follow_up", ["following_up", "feeding_back", "closed", "withdrawn"], {}, WHOLE),
        ("follow_up", STATES[:6], {}, NOTHING),
        ("follow_up", STATES[:6], {"own": True}, WHOLE),
        ("auditor", STATES, {}, MASKED),
        ("auditor", STATES, {"own": True}, MASKED),
        ("admin", STATES, {"own": True, "department": True}, NOTHING),
        ("king", STATES, {"own": True, "department": True}, NOTHING),
    ],
)
def test_who_sees_what(role, states, standing, seen):
    assert {sees(role, Standing(state, **standing)) for state in states} == {seen}


@pytest.mark.parametrize("role", ROLES)
def test_who_is_recused_sees_nothing_whatever_the_role(role):
    for state in STATES:
        assert sees(role, Standing(state, own=True, department=True, recused=True)) == NOTHING


def test_every_role_that_reads_has_its_reach_and_no_other():
    assert {role for role, may in ROLES.items() if "read" in may} == set(REACH)


@pytest.mark.parametrize(
    ("name", "shown"), [("王小明", "王**"), ("李四", "李*"), ("Alexandra", "A**"), ("王", "王"), ("", "")]
)
def test_a_name_is_masked(name, shown):
    assert masked_name(name) == shown


def test_nothing_that_a_customer_said_stays_in_a_masked_record():
    secret = "13800138000 王小明 沙发坏了"
    why = {"rule": secret, "words": [secret], "by": "rule", "message": 1, "at": "2026-03-02T04:00:00+00:00"}
    plain = dict.fromkeys(("number", "kind", "state", "channel", "source", "opened_at"), "x")
    record = {
        **plain,
        "reopened": 0,
        "registered_at": None,
        "department": None,
        "owner": None,
        "promises": [],
        "handoffs": [],
        "sequence": 3,
        "customer": {
            "id": 1,
            "name": "王小明",
            "phone": secret,
            "phone_by": "answer",
            "contact_choice": "phone",
        },
        "words": [{"id": 1, "author": "customer", "name": None, "words": secret, "at": "then"}],
        "facts": {"story": {"value": secret, "by": "answer", "at": "then", "message": 1}},
        "evidence": [{"file": secret, "kind": "photo", "name": secret, "size": 9, "sha256": secret}],
        "mood": {"mood": "angry", "level": 3, "words": [secret]},
        "flags": [{"flag": "injury", **why}],
        "tier": {"level": 2, **why},
        "story": secret,
        "a new part": secret,
    }
    masked = masked_record(record)
    assert masked["words"] == [{"author": "customer", "name": None, "at": "then", "length": len(secret)}]
    assert masked["facts"] == [{"field": "story", "by": "answer", "at": "then"}]
    assert (masked["tier"], masked["flags"], masked["name"]) == (2, ["injury"], "王**")
    told = repr(masked)
    assert "13800138000" not in told
    assert "小明" not in told
    assert "沙发" not in told
