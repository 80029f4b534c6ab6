import sys
from pathlib import Path

import pytest

from tools import places, shell
from tools.say import Failure, seconds


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "LOGS", tmp_path)


def fails_saying(words: str) -> Failure:
    code = f"import sys; sys.exit({words!r})"
    with pytest.raises(Failure) as caught:
        shell.run([sys.executable, "-c", code], "Fetching a thing", advice="try the other thing.")
    return caught.value


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("npm error code ENOTFOUND", "network"),
        ("Temporary failure in name resolution", "network"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
    ],
)
def test_usual_causes_are_named(words: str, meant: str) -> None:
    failure = fails_saying(words)
    assert meant in failure.wrong
    assert words in failure.wrong


def test_another_failure_quotes_its_log_and_gives_the_advice() -> None:
    failure = fails_saying("something odd")
    assert "something odd" in failure.wrong
    assert failure.to_do == "try the other thing."


def test_a_program_that_is_not_there_is_said() -> None:
    with pytest.raises(Failure, match="No such file"):
        shell.run(["/no/such/program"], "Fetching a thing")


def test_time_is_told_as_a_person_would() -> None:
    assert seconds(0.2) == "1 s"
    assert seconds(59.4) == "59 s"
    assert seconds(65) == "1 min 05 s"
