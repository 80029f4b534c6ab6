from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import settings
from store import audit, events, heartbeats
from store.db import Database
from tests.fakes.complaints import NOON
from tests.fakes.twilio_api import TwilioApi
from tools import doctor, trail, training
from tools.finding import Finding

WEAK = {"JIESU_SECRET_KEY": "changeme"}


def ours(tmp_path: Path, **env: str) -> settings.Settings:
    return settings.load({"JIESU_DATA_DIR": str(tmp_path), **env})


def levels(findings: object) -> list[str]:
    return [finding.level for finding in findings]  # type: ignore[attr-defined]


def test_without_twilio_the_phone_door_is_for_the_simulator(tmp_path: Path) -> None:
    (finding,) = doctor.phone(ours(tmp_path))
    assert finding.level == "warn"
    assert "simulator only" in finding.what
    assert "TWILIO_AUTH_TOKEN" in finding.to_do


PUBLIC = "https://complaints.example.com"
SECOND = {"voice_url": f"{PUBLIC}/voice/incoming", "voice_fallback_url": "https://static.example/f.xml"}


def with_twilio(tmp_path: Path, api: TwilioApi, **env: str) -> list[Finding]:
    given = {"JIESU_PUBLIC_URL": PUBLIC, **api.environment(), **env}
    return list(doctor.phone(ours(tmp_path, **given)))


def test_an_account_that_is_well(tmp_path: Path) -> None:
    key = {"TWILIO_API_KEY": "SK" + "0" * 32, "TWILIO_API_SECRET": "a-key-secret-of-thirty-two-bytes"}
    with TwilioApi(numbers=[SECOND]) as api:
        findings = with_twilio(tmp_path, api, **key)
    assert levels(findings) == ["ok"] * 4
    told = "".join(map(str, findings))
    assert api.token not in told
    assert key["TWILIO_API_SECRET"] not in told


@pytest.mark.parametrize(
    ("kind", "level", "words"),
    [("auth", "wrong", "refuses the credentials"), ("broken", "warn", "could not be asked")],
)
def test_credentials_that_twilio_refuses(tmp_path: Path, kind: str, level: str, words: str) -> None:
    with TwilioApi() as api:
        api.refuse(kind)
        findings = with_twilio(tmp_path, api)
    (found,) = [finding for finding in findings if words in finding.what]
    assert found.level == level
    assert api.token not in "".join(map(str, findings))


def test_an_account_that_is_suspended(tmp_path: Path) -> None:
    with TwilioApi(standing="suspended") as api:
        assert "wrong" in levels(f for f in with_twilio(tmp_path, api) if "suspended" in f.what)


def test_a_number_without_a_fallback_is_wrong(tmp_path: Path) -> None:
    with TwilioApi(numbers=[SECOND, SECOND | {"voice_fallback_url": ""}]) as api:
        findings = with_twilio(tmp_path, api)
    (found,) = [finding for finding in findings if "fallback" in finding.what]
    assert (found.level, found.what[0]) == ("wrong", "1")
    assert "./jiesu fallback" in found.to_do


def test_a_token_without_the_account_is_half_of_it(tmp_path: Path) -> None:
    our = ours(tmp_path, JIESU_PUBLIC_URL=PUBLIC, TWILIO_AUTH_TOKEN="a-token-of-at-least-sixteen-bytes")
    assert levels(doctor.phone(our)) == ["ok", "warn"]


def test_real_calls_need_https(tmp_path: Path) -> None:
    our = ours(tmp_path, TWILIO_AUTH_TOKEN="a-token-of-at-least-sixteen-bytes")
    assert levels(doctor.phone(our)) == ["ok", "wrong", "warn"]


def test_when_calls_were_last_looked_for(tmp_path: Path) -> None:
    with TwilioApi() as api:
        our = ours(tmp_path, **api.environment())
    base = Database(our.database_url)
    base.migrate()

    def told() -> Finding:
        (found,) = [finding for finding in doctor.database(our) if "last looked for" in finding.what]
        return found

    assert told().what.endswith("never")
    with base.writing() as conn:
        heartbeats.beat(conn, "sweep", NOON)
    base.close()
    assert told().what.endswith("2026-03-02 04:00 UTC")
    assert doctor._swept(NOON, running=True).level == "warn"
    assert doctor._swept(datetime.now(UTC), running=True).level == "ok"


@pytest.mark.parametrize(
    ("url", "proxies", "expected"),
    [
        ("https://complaints.example.com", "1", ["ok"]),
        ("https://complaints.example.com", "0", ["ok", "warn"]),
        ("http://127.0.0.1:8000", "0", ["warn"]),
        ("http://complaints.example.com", "0", ["wrong"]),
    ],
)
def test_the_public_address_needs_tls(tmp_path: Path, url: str, proxies: str, expected: list[str]) -> None:
    our = ours(tmp_path, JIESU_PUBLIC_URL=url, JIESU_PROXIES=proxies)
    assert levels(doctor.address(our)) == expected


def test_a_secret_that_others_can_read_is_found(tmp_path: Path) -> None:
    our = ours(tmp_path)
    assert levels(doctor.secrets(our)) == ["ok"]
    (tmp_path / "secret_key").chmod(0o644)
    assert levels(doctor.secrets(our)) == ["wrong", "ok"]


def test_a_changed_model_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "problem", lambda: "jiesu.tar.gz was changed after training")
    finding = next(iter(doctor.model()))
    assert finding.level == "wrong"
    assert "Rasa is not started" in finding.what


def test_a_year_whose_working_days_are_unknown_is_told() -> None:
    assert levels(doctor.calendar(date(2025, 6, 1)))[0] == "ok"
    assert "warn" in levels(doctor.calendar(date(2090, 6, 1)))


def test_settings_that_cannot_be_used_are_told_and_the_rest_is_examined(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in WEAK.items():
        monkeypatch.setenv(name, value)
    findings = doctor.everything()
    assert findings[0].level == "wrong"
    assert "JIESU_SECRET_KEY" in findings[0].what
    assert "changeme" not in str(findings[0])
    assert len(findings) > 3


def test_everything_wrong_says_what_to_do() -> None:
    assert all(finding.to_do for finding in doctor.everything() if finding.level != "ok")


def a_trail(tmp_path: Path) -> Database:
    """A database whose events are all in the chain, and the note of its head."""
    our = ours(tmp_path)
    base = Database(our.database_url)
    base.migrate()
    with base.writing() as conn:
        for _ in range(3):
            events.append(conn, "note_added", NOON)
        audit.seal(conn, lambda: "salt", 10)
        head = audit.head(conn)
    assert head is not None
    our.audit_heads.write_text(f"2026-03-02T04:00:00Z {head.seq} {head.hash}\n")
    return base


def test_a_trail_that_is_whole_is_said_to_be(tmp_path: Path) -> None:
    base = a_trail(tmp_path)
    (finding,) = trail.examine(base, ours(tmp_path).audit_heads)
    assert finding.level == "ok"
    assert "3 links are sound, and agree with 1 notes" in finding.what
    (unnoted,) = trail.examine(base, tmp_path / "no-notes.txt")
    assert unnoted.level == "warn"
    base.close()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE events SET name = 'logged_in' WHERE id = 2", "link 2 was changed, or its event; 1 links"),
        ("DROP TRIGGER audit_no_delete; DELETE FROM audit WHERE seq = 2", "link 2 is missing"),
        ("DROP TRIGGER audit_no_delete; DELETE FROM audit WHERE seq = 3", "the end was cut off at link 3"),
    ],
)
def test_the_first_bad_link_of_the_trail_is_named(change: str, said: str, tmp_path: Path) -> None:
    base = a_trail(tmp_path)
    with base.writing() as conn:
        for statement in change.split(";"):
            conn.exec_driver_sql(statement)
    base.close()
    (finding,) = [found for found in doctor.database(ours(tmp_path)) if "trail" in found.what]
    assert finding.level == "wrong"
    assert said in finding.what
    assert "docs/people.md" in finding.to_do


def test_a_note_of_the_trail_that_was_tampered_with_is_no_note(tmp_path: Path) -> None:
    base = a_trail(tmp_path)
    heads = ours(tmp_path).audit_heads
    heads.write_text(heads.read_text() + "2026-03-02T05:00:00Z 4 short\n")
    (finding,) = trail.examine(base, heads)
    base.close()
    assert finding.level == "wrong"
    assert "line 2 is not a note" in finding.what
