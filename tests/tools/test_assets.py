"""Files from npm: brought once, never narrowed, and missed in words when npm cannot be reached."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tools import assets, places, shell
from tools.say import Failure

ROOT = places.ROOT


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """A checkout in which npm fills node_modules; the value: how it was asked."""
    asked: list[Sequence[str]] = []

    def install(command: Sequence[str], purpose: str, **_: Any) -> None:
        asked.append(list(command))
        wanted = assets.PAGES | assets.PAPER | ({} if "--omit=dev" in command else assets.TESTS)
        for source in wanted.values():
            file = tmp_path / "node_modules" / source
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()

    (tmp_path / "package-lock.json").write_text("{}")
    monkeypatch.setattr(places, "ROOT", tmp_path)
    monkeypatch.setattr(places, "ASSETS", tmp_path / "static" / "vendor")
    monkeypatch.setattr(assets, "find_npm", lambda: ["npm"])
    monkeypatch.setattr(shell, "run", install)
    return asked


def there() -> set[str]:
    files = (file for file in places.ASSETS.rglob("*") if file.is_file() and file.name != ".stamp")
    return {str(file.relative_to(places.ASSETS)) for file in files}


def test_running_needs_the_pages_and_the_paper_and_nothing_of_the_tests(npm: list[Sequence[str]]) -> None:
    assets.bring()
    assets.bring()
    assert there() == {*assets.PAGES, *assets.PAPER}
    assert {"twilio.min.js", "paper/NotoSansSC-Bold.ttf"} <= there()
    assert len(npm) == 1
    assert "--omit=dev" in npm[0]
    assert "--ignore-scripts" in npm[0]


def test_tests_widen_it_and_running_does_not_narrow_it(npm: list[Sequence[str]]) -> None:
    assets.bring()
    assets.bring(tests=True)
    assets.bring()
    assert there() >= {"twilio.min.js", "axe.min.js"}
    assert len(npm) == 2
    assert "--omit=dev" not in npm[1]


def test_what_is_passed_on_brings_its_licence(npm: list[Sequence[str]]) -> None:
    assets.bring()
    assert {"twilio.LICENSE.md", "echarts.LICENSE", "echarts.NOTICE", "paper/LICENSE_FONT"} <= there()


def test_another_lock_or_a_lost_file_brings_it_anew(npm: list[Sequence[str]]) -> None:
    assets.bring()
    (places.ROOT / "package-lock.json").write_text('{"other": 1}')
    assets.bring()
    (places.ASSETS / "twilio.min.js").unlink()
    assets.bring()
    assert len(npm) == 3


def test_without_npm_it_is_said_and_everything_goes_on(
    npm: list[Sequence[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise Failure("The network did not answer.", "check the connection.")

    monkeypatch.setattr(shell, "run", fails)
    assets.bring_or_say()
    told = capsys.readouterr().out
    assert "Without the phone in the browser" in told
    assert "check the connection" in told


def test_the_phones_script_is_a_dependency_pinned_with_its_integrity() -> None:
    named = json.loads((ROOT / "package.json").read_text())["dependencies"]["@twilio/voice-sdk"]
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"][
        "node_modules/@twilio/voice-sdk"
    ]
    assert named == locked["version"]
    assert locked["integrity"].startswith("sha512-")
    assert "dev" not in locked
