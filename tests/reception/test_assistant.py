"""Rasa and its faults: whatever it does, the customer is answered in time and the complaint goes on."""

import time

import pytest

from reception import assistant as assistants
from reception.assistant import Assistant, NoAnswer, names_in
from store import conversations
from tests.fakes.rasa import FakeRasa, named
from tests.reception.conftest import Customer

STORY = "冰箱买来三天就坏了"


@pytest.fixture
def customer(with_rasa, clock):
    return Customer(with_rasa, clock)


def test_a_proposed_side_answer_is_said(customer, rasa):
    customer.says(STORY)
    rasa.reply = ["utter_how_long", "utter_ask_wanted"]
    assert customer.says("那得等到啥时候嘛") == ["utter_how_long", "utter_ask_wanted_again"]


def test_rasa_hears_marks_never_values(customer, rasa):
    customer.says(f"{STORY}，电话13800138000，要退款")
    sent = rasa.heard[-1]
    assert sent["metadata"]["known"] == {"phone": "1", "story": "1", "wanted": "1"}
    assert "13800138000" not in str(sent["metadata"])
    assert sent["sender"] not in (customer.conversation, "default")


@pytest.mark.parametrize(
    "words", ["/restart", "／restart", "\u3000/restart", "\u200b/inform{}", " \u2060／x"]
)
def test_a_slash_never_reaches_rasa_as_a_command(customer, rasa, words):
    customer.says(STORY)
    customer.says(words)
    assert not any(
        body["message"].lstrip("\u3000 \u200b\u2060").startswith(("/", "／")) for body in rasa.heard
    )


def test_a_registration_that_rasa_proposes_is_said_only_from_rows(customer, rasa):
    customer.says(STORY)
    rasa.reply = ["utter_registered"]
    customer.says("大概就是这么个情况")
    assert customer.answer.complaint is not None
    assert customer.answer.complaint.number in customer.answer.said[-1].words.replace(" ", "")


FAULTS = {
    "empty": lambda rasa: setattr(rasa, "reply", b"[]"),
    "html": lambda rasa: setattr(rasa, "reply", b"<html>502</html>"),
    "wrong types": lambda rasa: setattr(rasa, "reply", b'[{"text": 5, "custom": {"reply": 7}}]'),
    "a text without a name": lambda rasa: setattr(rasa, "reply", '[{"text": "编号None"}]'.encode()),
    "an unknown name": lambda rasa: setattr(rasa, "reply", b'[{"text": "x"}, {"custom": {"reply": "DROP"}}]'),
    "500": lambda rasa: setattr(rasa, "status", 500),
    "redirect": lambda rasa: setattr(rasa, "status", 302),
    "10 MB": lambda rasa: setattr(rasa, "reply", b"[" + b" " * 10_000_000 + b"]"),
    "deep nesting": lambda rasa: setattr(rasa, "reply", b"[" * 100_000),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_leads_to_the_scripted_question(customer, rasa, fault):
    FAULTS[fault](rasa)
    assert customer.says(STORY) == ["utter_ask_wanted"]


@pytest.mark.parametrize("manner", ["delay", "drip"])
def test_the_deadline_bounds_the_whole_exchange(customer, rasa, monkeypatch, manner):
    monkeypatch.setattr("reception.turns.DEADLINES", {"web": 0.4})
    setattr(rasa, manner, 0.2 if manner == "drip" else 5)
    start = time.monotonic()
    assert customer.says(STORY) == ["utter_ask_wanted"]
    assert time.monotonic() - start < 2


def test_a_late_answer_is_never_spoken_and_rasa_knows_us_under_a_new_name(customer, rasa, monkeypatch, db):
    monkeypatch.setattr("reception.turns.DEADLINES", {"web": 0.3})
    rasa.delay = 0.6
    customer.says(STORY)
    rasa.delay = 0
    monkeypatch.setattr("reception.turns.DEADLINES", {"web": 2.5})
    time.sleep(0.5)
    customer.says("退款")
    senders = [body["sender"] for body in rasa.heard]
    assert senders[0] != senders[1]
    with db.reading() as conn:
        assert conversations.fetch(conn, customer.conversation).sender_generation == 2


def test_the_circuit_opens_after_three_failures_and_rests(rasa):
    asker = Assistant(rasa.url)
    rasa.status = 500
    for _ in range(5):
        with pytest.raises(NoAnswer):
            asker.ask("s", "x", {}, 1)
    assert len(rasa.heard) == 3
    assert asker.resting


def test_a_refused_port_answers_at_once():
    start = time.monotonic()
    with pytest.raises(NoAnswer):
        Assistant("http://127.0.0.1:1").ask("s", "x", {}, 2)
    assert time.monotonic() - start < 0.5


def test_names_are_read_in_order():
    import json

    body = json.dumps(named("s", ["utter_hours", "utter_ask_story"])).encode()
    assert names_in(200, body) == ["utter_hours", "utter_ask_story"]
    assert assistants.LARGEST_ANSWER == 262144


def test_the_fake_answers_like_rasa():
    fake = FakeRasa()
    try:
        assert Assistant(fake.url).ask("s", "x", {}, 2) == ["utter_ask_wanted"]
    finally:
        fake.close()
