"""The desk's English says what its Chinese says: the same names, the same slots, nothing left out."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.content import ContentError
from reception.content import Words, load_words
from reception.replies import slots_of
from reception.translated import over
from reception.written_files import read_yaml

NOT_THE_DESK = ("chat", "case", "hours", "paper")
"""Read by customers, or printed: only what a page of the desk shows too has its English."""
SPOKEN = ("states_said", "fields_said", "delay_reasons", "notices", "languages", "whisper", "hearing_hints")
"""Labels that are only said to customers, or heard on the phone."""
BY_NAME_ELSEWHERE = {
    "categories": "categories.yml",
    "missing_details": "categories.yml",
    "causes": "causes.yml",
}
"""Kinds whose Chinese names stand in a file of their own."""


def ends(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(tree, dict):
        for key, inner in tree.items():
            yield from ends(inner, f"{path}.{key}".strip("."))
    else:
        yield path, tree


def of(folder: Path, name: str) -> dict[str, Any]:
    return dict(ends(read_yaml(folder / name)))


def shown_at_the_desk(folder: Path) -> set[str]:
    pages = of(folder, "pages.yml")
    written = "".join(file.read_text("utf-8") for file in (folder.parent / "desk").rglob("*.html"))
    elsewhere = {
        path
        for path in pages
        if path.split(".")[0] in NOT_THE_DESK and not re.search(rf"[\"']{re.escape(path)}[\"']", written)
    }
    return set(pages) - elsewhere


def named(folder: Path) -> set[str]:
    labels = of(folder, "labels.yml")
    elsewhere = {
        f"{kind}.{entry['code']}"
        for kind, file in BY_NAME_ELSEWHERE.items()
        for entry in read_yaml(folder / file)
    }
    return {path for path in labels if path.split(".")[0] not in SPOKEN} | elsewhere


@pytest.mark.parametrize(("name", "wanted"), [("pages.yml", shown_at_the_desk), ("labels.yml", named)])
def test_every_word_of_the_desk_has_its_english_and_no_other(name: str, wanted: Any, folder: Path) -> None:
    english, chinese = set(of(folder / "english", name)), wanted(folder)
    assert sorted(chinese - english) == [], f"content/english/{name} lacks these"
    assert sorted(english - chinese) == [], f"content/english/{name} names what content/{name} does not"


@pytest.mark.parametrize("name", ["pages.yml", "labels.yml"])
def test_both_have_the_same_slots(name: str, folder: Path) -> None:
    english, chinese = of(folder / "english", name), of(folder, name)
    differing = {
        path: (slots_of(chinese[path]), slots_of(words))
        for path, words in english.items()
        if path in chinese and set(slots_of(words)) != set(slots_of(chinese[path]))
    }
    assert differing == {}


def test_english_is_in_english(folder: Path) -> None:
    own = {"desk.other_language"}
    everything = {**of(folder / "english", "pages.yml"), **of(folder / "english", "labels.yml")}
    han = {path for path, words in everything.items() if re.search("[\u4e00-\u9fff。，！？：]", words)}
    assert han - own == set()


def test_what_is_said_stays_as_it_is_in_every_language(words: Words) -> None:
    english = words.read_in("en")
    assert (words.label("states", "draft"), english.label("states", "draft")) == (
        "没登记完",
        "Not registered",
    )
    assert english.page("queue.take") != words.page("queue.take")
    assert english.say("utter_here", "chat") == words.say("utter_here", "chat")
    assert english.scripts == words.scripts
    assert words.read_in("xx") is words


def test_what_is_not_translated_is_shown_in_chinese() -> None:
    base = {"a": {"b": "乙", "c": "丙"}, "d": ["丁"]}
    assert over("x.yml", base, {"a": {"b": "B"}}) == {"a": {"b": "B", "c": "丙"}, "d": ["丁"]}


def test_a_slot_that_nobody_fills_is_refused_in_words() -> None:
    with pytest.raises(ContentError, match=r"english/pages\.yml: queue: first_ones.*\{limt\}"):
        over("english/pages.yml", {"queue": {"first_ones": "{limit}件"}}, {"queue": {"first_ones": "{limt}"}})


def test_a_folder_without_english_serves_the_house_alone(folder: Path, tmp_path: Path) -> None:
    for path in folder.glob("*.yml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert dict(load_words(tmp_path).written) == {}
