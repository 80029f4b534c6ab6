from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import settings
from tools import doctor, training

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
