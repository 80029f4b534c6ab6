import pytest

from tools import cli
from tools.say import Failure


def test_an_unknown_command_is_told_which_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["rnu"]) == 2
    assert "run test check demo doctor bench" in capsys.readouterr().out


def test_an_expected_failure_shows_no_stack_trace(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: object) -> int:
        raise Failure("The disk is full.", "free some space.")

    monkeypatch.setitem(cli.COMMANDS, "demo", fails)
    assert cli.main(["demo"]) == 1
    assert capsys.readouterr().out == "\njiesu: The disk is full.\nWhat to do: free some space.\n"


def test_the_usage_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 0
    text = capsys.readouterr().out
    assert all(f"./jiesu {name}" in text for name in cli.COMMANDS)
