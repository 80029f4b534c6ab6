"""The documents themselves: decisions are whole, links lead somewhere, what is refused elsewhere is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.golden.script import scripts

ROOT = Path(__file__).resolve().parents[2]
DECISIONS = sorted(file for file in (ROOT / "docs" / "decisions").glob("*.md") if file.name != "README.md")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)\s#]*)(#[^)\s]+)?\)")
ROOMS = (
    *("actions", "api", "bot", "content", "core", "data", "demo", "desk", "docs", "hearing", "ivr", "office"),
    *("reception", "simulator", "store", "tests", "tools", "web", "wechat"),
)
NAMED = re.compile(rf"(?<![\w/.])(?:{'|'.join(ROOMS)})/[\w/-]+\.(?:css|html|js|md|py|tsv|typ|yml)\b")
"""A file of ours, named by its path from here."""
CODE = sorted(
    file
    for room in ROOMS
    for kind in ("*.py", "*.yml", "*.html", "*.js", "*.css")
    for file in (ROOT / room).rglob(kind)
)
HEADS = re.compile(r"^\*\*(.+?)\*\*", re.MULTILINE)


def anchors(file: Path) -> set[str]:
    """The headings of a page as links name them."""
    heads = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", DECISIONS, ids=lambda file: file.stem)
def test_a_decision_says_why_what_it_costs_and_what_would_change_it(page: Path) -> None:
    heads = HEADS.findall(page.read_text("utf-8"))
    assert heads[0] == "Chosen."
    assert any(head.startswith("Why") for head in heads)
    assert {"Cost.", "Would change our mind."} <= set(heads)


def test_every_decision_is_in_the_list() -> None:
    listed = re.findall(r"\]\(([\w-]+\.md)\)", (ROOT / "docs" / "decisions" / "README.md").read_text("utf-8"))
    assert sorted(listed) == [page.name for page in DECISIONS]


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    dead = []
    for path, anchor in LINK.findall(page.read_text("utf-8")):
        if re.match(r"[a-z]+:", path):
            continue
        target = (page.parent / path).resolve() if path else page
        inside = target.is_relative_to(ROOT) and target.exists()
        if not inside or (anchor and target.suffix == ".md" and anchor[1:] not in anchors(target)):
            dead.append(f"{path}{anchor or ''}")
    assert dead == []


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_files_that_a_document_names_are_there(page: Path) -> None:
    """`NN` in a name says that it is an example."""
    named = [path for path in NAMED.findall(page.read_text("utf-8")) if "NN" not in path]
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_documents_that_the_code_names_are_there() -> None:
    named = {
        path for file in CODE for path in NAMED.findall(file.read_text("utf-8")) if path.startswith("docs/")
    }
    assert len(named) > 10
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


def test_every_page_can_be_found_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    strays = [page.name for page in (ROOT / "docs").glob("*.md") if f"docs/{page.name}" not in readme]
    assert sorted(strays) == ["wechat-kf.md"], "wechat.md leads there"


def test_every_known_fault_of_a_conversation_is_in_the_changelog() -> None:
    told = (ROOT / "CHANGELOG.md").read_text("utf-8").partition("### Known limits")[2]
    listed = set(re.findall(r"\(golden (\d\d)\)", told))
    assert listed == {script.file.stem[:2] for script in scripts() if script.known_fault}
