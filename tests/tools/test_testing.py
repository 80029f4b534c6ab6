from pathlib import Path

import pytest

from tools import testing


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("tests/bot/test_a.py", "tests/web/test_b.py"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    return tmp_path


def test_without_arguments_everything_runs(root: Path) -> None:
    assert testing.plan([], root) == testing.Plan(app=["tests"], bot=["tests/bot"])


def test_options_go_to_both(root: Path) -> None:
    plan = testing.plan(["-k", "word"], root)
    assert plan == testing.Plan(app=["tests", "-k", "word"], bot=["tests/bot", "-k", "word"])


def test_paths_go_where_they_belong(root: Path) -> None:
    web, bot = "tests/web/test_b.py::test_x", "tests/bot/test_a.py"
    assert testing.plan([web, "-x"], root) == testing.Plan(app=[web, "-x"], bot=None)
    assert testing.plan([bot], root) == testing.Plan(app=None, bot=[bot])
    assert testing.plan([web, bot], root) == testing.Plan(app=[web], bot=[bot])


@pytest.mark.parametrize(
    ("codes", "expected"),
    [([0, 0], 0), ([0, 5], 0), ([5, 0], 0), ([5, 5], 5), ([1, 0], 1), ([5, 2], 2), ([0, 1], 1), ([5], 5)],
)
def test_one_environment_may_have_nothing_to_do(codes: list[int], expected: int) -> None:
    assert testing.verdict(codes) == expected


def test_the_closing_line_counts_all_runs(tmp_path: Path) -> None:
    suite = "<testsuites><testsuite tests='{}' failures='{}' errors='{}' skipped='{}'/></testsuites>"
    (tmp_path / "app.xml").write_text(suite.format(10, 1, 1, 0))
    (tmp_path / "bot.xml").write_text(suite.format(5, 0, 0, 2))
    assert testing.closing(tmp_path.glob("*.xml")) == "11 passed, 2 failed, 2 skipped"
    assert testing.closing([]) == "0 passed, 0 failed"
