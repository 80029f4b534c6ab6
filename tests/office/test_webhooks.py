"""Signatures: known answers of the Standard Webhooks reference, and what a receiver must refuse."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from office import webhooks
from store.deliveries import Claimed
from tests.fakes.complaints import NOON, SECRET

# libraries/javascript/src/webhook.test.ts of github.com/standard-webhooks/standard-webhooks
PUBLIC = {
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "timestamp": 1614265330,
    "body": '{"test": 2432232314}',
    "signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
CHINESE = {
    "secret": "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "id": "msg_jiesu_0001",
    "timestamp": 1893456000,
    "body": '{"type":"complaint.opened","data":{"number":"TS-7K2M-Q9","words":"冰箱漏水，第三次了"}}',
    "signature": "v1,sktLUQOvH03TmcvmYFjD9rNfYTPzPd7CFuTeSyhdZoA=",
}
OTHER = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


def row(**changes) -> Claimed:
    values = {
        "id": 1,
        "destination_id": 1,
        "url": "http://127.0.0.1:9/",
        "secret": SECRET,
        "event_id": 7,
        "event_at": NOON,
        "number": "3820471683",
        "complaint_id": 3,
        "type": "complaint.updated",
        "attempts": 0,
        "lease": NOON,
    }
    return Claimed(**{**values, **changes})


@pytest.mark.parametrize("known", [PUBLIC, CHINESE], ids=["public", "chinese"])
def test_known_answers(known):
    at = datetime.fromtimestamp(known["timestamp"], UTC)
    (key,) = webhooks.keys(known["secret"])
    assert key.sign(known["id"], at, known["body"]) == known["signature"]


def test_the_body_is_the_whole_complaint_in_readable_utf_8():
    content = webhooks.body(row(), {"sequence": 4, "number": "3820471683", "story": "破了"})
    assert "破了" in content.decode()
    assert json.loads(content) == {
        "type": "complaint.updated",
        "timestamp": NOON.isoformat(),
        "sequence": 4,
        "data": {"sequence": 4, "number": "3820471683", "story": "破了"},
    }


def test_half_a_character_does_not_stop_a_delivery():
    content = webhooks.body(row(), {"sequence": 1, "story": "\ud83d"})
    assert json.loads(content)["data"]["story"] == "?"


def test_what_we_sign_a_receiver_accepts():
    now = datetime.now(UTC)
    content = webhooks.body(row(), {"sequence": 1, "story": "破了"})
    headers = webhooks.headers(row(), content, now)
    assert Webhook(SECRET).verify(content, headers)["sequence"] == 1
    for changed in ({**headers, "webhook-id": "evt_other"}, {**headers, "webhook-signature": "v1,"}):
        with pytest.raises((WebhookVerificationError, ValueError)):
            Webhook(SECRET).verify(content, changed)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(content + b" ", headers)


def test_while_a_key_changes_both_sign():
    headers = webhooks.headers(row(secret=f"{OTHER} {SECRET}"), b"{}", datetime.now(UTC))
    assert len(headers["webhook-signature"].split()) == 2
    for secret in (OTHER, SECRET):
        Webhook(secret).verify(b"{}", headers)


def test_the_id_is_the_events_at_every_attempt_and_never_another_ones():
    first = webhooks.event_id(row())
    assert webhooks.event_id(row(attempts=3, lease=NOON + timedelta(1), secret=OTHER)) == first
    others = [row(event_id=8), row(event_at=NOON + timedelta(seconds=1)), row(number="1000000192")]
    assert len({first, *map(webhooks.event_id, others)}) == 4


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_c2hvcnQ=", f"{SECRET} {OTHER} {SECRET}", "whsec_###"]
)
def test_weak_keys_are_refused_without_being_repeated(secret):
    with pytest.raises(webhooks.WeakSecret) as refused:
        webhooks.keys(secret)
    assert "c2hvcnQ" not in str(refused.value)


def test_known_answers_while_a_key_changes():
    at = datetime.fromtimestamp(CHINESE["timestamp"], UTC)
    keys = webhooks.keys(f"{CHINESE['secret']} {PUBLIC['secret']}")
    assert [key.sign(CHINESE["id"], at, CHINESE["body"]) for key in keys] == [
        CHINESE["signature"],
        "v1,QXH2SnNS994rUMi4YOf4SlRfT3NLM9lsmiALu38awho=",
    ]
