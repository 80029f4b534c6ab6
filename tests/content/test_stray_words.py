"""No words in code: what anyone reads or hears is in content/, what customers say is in data/."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
CHINESE = re.compile("[\u3400-\u9fff]")
# The Chinese notation of numbers is a table of arithmetic, not wording.
NOTATION = {"core/numerals.py", "core/number.py", "core/references.py"}
SKIPPED = {"tests", "content", "data", "node_modules", "models", "var", "vendor", "build", "dist"}


def sources(*endings: str) -> list[Path]:
    found = (path for ending in endings for path in ROOT.rglob(f"*{ending}"))
    return [
        p for p in found if not any(part in SKIPPED or part[0] == "." for part in p.relative_to(ROOT).parts)
    ]


def strays(paths: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in paths
        if str(path.relative_to(ROOT)) not in NOTATION
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if CHINESE.search(line)
    ]


def test_no_chinese_in_python() -> None:
    assert strays(sources(".py")) == []


def test_no_chinese_in_templates_and_scripts() -> None:
    assert strays(sources(".html", ".j2", ".jinja", ".js", ".css", ".xml")) == []


def test_the_search_finds_a_stray(tmp_path: Path) -> None:
    assert CHINESE.search('say("您好")')
    assert not CHINESE.search('say("hello, 。")')
