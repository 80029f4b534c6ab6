import tomllib
from pathlib import Path

import pytest

from tools import envs, places, stamp


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    folder = tmp_path / ".venv"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").touch()
    said = {"lock": "lock-1", "groups": ["app", "dev"], "path": str(folder)}
    stamp.write(folder / envs.STAMP, said)
    return folder


def test_nothing_is_missing_when_the_lock_is_the_same(venv: Path) -> None:
    assert envs.missing_groups(venv, {"app", "dev"}, "lock-1") == set()


def test_run_after_test_takes_nothing_away(venv: Path) -> None:
    assert envs.missing_groups(venv, {"app"}, "lock-1") == set()


def test_a_new_lock_brings_all_groups_that_were_there(venv: Path) -> None:
    assert envs.missing_groups(venv, {"app"}, "lock-2") == {"app", "dev"}


def test_a_copied_environment_is_not_trusted(venv: Path, tmp_path: Path) -> None:
    venv.rename(tmp_path / "copy")
    assert envs.missing_groups(tmp_path / "copy", {"app"}, "lock-1") == {"app", "dev"}


def test_an_environment_whose_python_is_gone_is_made_again(venv: Path) -> None:
    (venv / "bin" / "python").unlink()
    assert envs.missing_groups(venv, {"app"}, "lock-1") == {"app", "dev"}


def test_from_nothing(tmp_path: Path) -> None:
    assert envs.missing_groups(tmp_path / "none", {"rasa"}, "lock-1") == {"rasa"}


@pytest.mark.parametrize(
    ("engine", "groups"),
    [
        ("", {"app"}),
        ("none", {"app"}),
        ("azure", {"app"}),
        ("vosk", {"app", "vosk"}),
        ("faster_whisper", {"app", "faster-whisper"}),
        ("GOOGLE_CLOUD", {"app", "google-cloud"}),
    ],
)
def test_only_the_engine_that_is_set_is_brought(
    engine: str, groups: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[set[str]] = []
    monkeypatch.setenv("JIESU_HEARING", engine)
    monkeypatch.setattr(envs, "_sync", lambda _venv, wanted, _name: asked.append(wanted))
    envs.application()
    assert asked == [groups]


def test_every_engine_s_group_is_in_the_lock() -> None:
    groups = tomllib.loads((places.ROOT / "pyproject.toml").read_text())["dependency-groups"]
    assert set(envs.ENGINES.values()) <= set(groups)
