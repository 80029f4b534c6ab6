"""The demo's honesty: what must arrive, and that a missing fact is named."""

from __future__ import annotations

import copy
from datetime import UTC, datetime

import pytest

import settings
from tools import bench, demo
from tools.backoffice import BackOffice
from tools.say import Failure

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def contact(name="A"):
    return next(case for case in demo.read_cases() if case.name == name).contacts[0]


def complaint(of):
    """What the back office holds when everything arrived."""
    want = of.expect
    return {
        "opened_at": NOW.isoformat(),
        "words": [{"author": "customer", "words": words} for words in of.words]
        + [{"author": "assistant", "words": "-"}],
        "tier": {"level": want["tier"]},
        "issues": [{"category": code} for code in want["issues"]],
        "loss_claimed": [{"amount": amount} for amount in want.get("amounts", [])],
        "wanted": {"kinds": list(want["wanted"])},
        "flags": [{"flag": flag} for flag in want.get("flags", [])],
        "promises": [{"kind": kind} for kind in want["promises"]],
        "customer": {"phone": "+8613900000000"},
        "handoffs": [{}],
        "links": [{"link": "repeat"}],
    }


def test_the_five_documented_cases_are_played_by_phone_and_chat():
    cases = demo.read_cases()
    assert [case.name for case in cases] == list("ABCDE")
    assert {one.door for case in cases for one in case.contacts} == {"phone", "web"}
    assert len(cases[2].contacts) == 2
    assert all(set(one.expect) <= set(demo.FACTS) for case in cases for one in case.contacts)


@pytest.mark.parametrize("name", list("ABDE"))
def test_everything_there_is_complete(name):
    assert demo.missing_facts(complaint(contact(name)), contact(name)) == []


@pytest.mark.parametrize(
    ("lose", "named"),
    [
        (lambda c: c["loss_claimed"].pop(), "amount"),
        (lambda c: c["issues"].clear(), "issue"),
        (lambda c: c["promises"].clear(), "promise"),
        (lambda c: c["words"].pop(0), "words once"),
        (lambda c: c["words"].append(c["words"][0]), "words once"),
        (lambda c: c.update(wanted=None), "wanted"),
        (lambda c: c["tier"].update(level=1), "tier"),
        (lambda c: c["customer"].update(phone=None), "phone"),
    ],
)
def test_a_missing_fact_is_named(lose, named):
    whole = copy.deepcopy(complaint(contact()))
    lose(whole)
    assert any(named in fault for fault in demo.missing_facts(whole, contact()))


def test_what_did_not_arrive_is_said():
    assert demo.missing_facts(None, contact()) == ["it did not arrive"]


def test_an_earlier_demos_complaint_is_not_taken_for_this_one():
    office = BackOffice("", complaints={"1": complaint(contact())})
    assert demo.received(office, contact(), NOW) is not None
    assert demo.received(office, contact(), NOW.replace(hour=5)) is None


def test_without_a_running_system_it_says_how_to_start_one(tmp_path):
    our = settings.load({"JIESU_DATA_DIR": str(tmp_path), "JIESU_PORT": "1"})
    with pytest.raises(Failure) as failure:
        demo.Stage(our).check()
    assert "./jiesu run" in str(failure.value)


def test_percentiles_are_values_of_the_sample():
    times = [float(n) for n in range(1, 101)]
    assert (bench.part(times, 50), bench.part(times, 95), bench.part(times, 99)) == (50, 95, 99)
    assert bench.part([7.0], 99) == 7.0
