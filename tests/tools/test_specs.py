"""The description of Twilio's REST side comes whole and as pinned, or not at all."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from tools import assets, places, shell, specs, versions
from tools.say import Failure


def package(folder: Path, name: str, content: bytes) -> tuple[Path, str]:
    file = folder / "package.tgz"
    with tarfile.open(file, "w:gz") as out:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        out.addfile(member, io.BytesIO(content))
    digest = base64.b64encode(hashlib.sha512(file.read_bytes()).digest()).decode()
    return file, f"sha512-{digest}"


def test_the_one_file_is_taken_out(tmp_path: Path) -> None:
    tarball, integrity = package(tmp_path, specs.MEMBER, b"{}")
    assert specs.extract(tarball, integrity) == b"{}"


def test_another_package_of_the_same_name_is_refused(tmp_path: Path) -> None:
    tarball, _ = package(tmp_path, specs.MEMBER, b"{}")
    with pytest.raises(Failure, match="SHA-512 differs"):
        specs.extract(tarball, versions.TWILIO_SPECS_INTEGRITY)


def test_what_was_changed_after_it_was_fetched_is_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tarball, integrity = package(tmp_path, specs.MEMBER, b"{}")
    fetched: list[Path] = []

    def fetch(folder: Path) -> Path:
        fetched.append(folder)
        return tarball

    monkeypatch.setattr(places, "TWILIO_SPEC", tmp_path / "specs" / "spec.json")
    monkeypatch.setattr(versions, "TWILIO_SPECS_INTEGRITY", integrity)
    monkeypatch.setattr(specs, "_fetched", fetch)
    specs.bring()
    specs.bring()
    assert len(fetched) == 1
    places.TWILIO_SPEC.write_text("[]")
    specs.bring()
    assert len(fetched) == 2
    assert places.TWILIO_SPEC.read_bytes() == b"{}"


def test_without_a_registry_it_is_said_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise Failure("The network did not answer.", "check the connection.")

    monkeypatch.setattr(places, "TWILIO_SPEC", tmp_path / "specs" / "spec.json")
    monkeypatch.setattr(shell, "run", refused)
    monkeypatch.setattr(assets, "find_npm", lambda: ["npm"])
    specs.bring_or_say()
    told = capsys.readouterr().out
    assert "the contract tests will fail" in told
    assert "The network did not answer" in told
    assert not places.TWILIO_SPEC.exists()
