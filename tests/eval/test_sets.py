"""The files that understanding is measured on are well-formed, and nobody learns from them."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import yaml

from core.learned import NOTHING_LEARNED
from core.references import KINDS
from core.text import fold
from core.tiers import FLAGS
from core.wanted import KINDS as OUTCOMES
from reception.content import load
from tools.evaluate import customers, reading
from tools.evaluate.reading import several
from tools.evaluate.tasks import NO, TASKS, YES
from wiring import CONTENT

ROOT = Path(__file__).parents[2]
SETS = sorted((ROOT / "tests" / "eval" / "dev").iterdir()) + sorted(
    (ROOT / "tests" / "eval" / "held").iterdir()
)
TABLES = [file for file in SETS if file.suffix == ".tsv"]
DIALOGUES = [file for file in SETS if file.suffix == ".jsonl"]
VOCABULARY = load(CONTENT, today=date(2026, 3, 2), learned=NOTHING_LEARNED).vocabulary
CATEGORIES = {category.code for category in VOCABULARY.categories}
FACTS = {"wanted", "phone", "order_no", "waybill", "amounts", "when"}
BY_CHANCE = 6  # characters: shorter messages (ok, are you there) are said alike by everybody
MOST_SHARED = {"dev": 0.08, "held": 0.04}  # of a file's messages, the shortest included


def name(file: Path) -> str:
    return f"{file.parent.name}-{file.stem}"


@cache
def bare(text: str) -> str:
    """Without blanks, punctuation, capitals, and in simplified characters."""
    return re.sub(r"[\W_]+", "", fold(text, VOCABULARY.simplify)).lower()


@cache
def sentences() -> dict[Path, list[tuple[int, str]]]:
    """Every sentence that something is learnt from, with its line."""
    found = {}
    for file in (ROOT / "data" / "labelled").glob("*.tsv"):
        rows = file.read_text(encoding="utf-8").split("\n")
        found[file] = [(place, row.split("\t")[0]) for place, row in enumerate(rows, 1) if place > 1 and row]
    for file in (ROOT / "data" / "nlu").glob("*.yml"):
        rows = file.read_text(encoding="utf-8").split("\n")
        found[file] = [(place, row[6:]) for place, row in enumerate(rows, 1) if row.startswith("    - ")]
    return found


def messages(file: Path) -> list[tuple[int, str]]:
    """What is measured: messages with their line."""
    if file.suffix == ".tsv":
        return [(place, it.text) for place, it in enumerate(reading.read(file), 2)]
    return [(place, text) for place, one in enumerate(customers.read(file), 1) for text in one.opening]


@cache
def learnt() -> dict[str, list[str]]:
    """Where each bare sentence stands in data/."""
    known = defaultdict(list)
    for source, rows in sentences().items():
        for place, text in rows:
            known[bare(text)].append(f"{source.relative_to(ROOT)}:{place}")
    return known


def shared(file: Path) -> list[tuple[str, str]]:
    """The messages of a file that stand in data/ too: bare, and with the places of both."""
    texts = ((place, bare(text)) for place, text in messages(file))
    return [
        (text, f"{name(file)}:{place} {text} = {', '.join(learnt()[text])}")
        for place, text in texts
        if text in learnt()
    ]


def test_both_sets_hold_every_task() -> None:
    tasks = {*TASKS, "references", "dialogues"}
    assert {file.stem for file in SETS if file.parent.name == "dev"} == tasks
    assert {file.stem for file in SETS if file.parent.name == "held"} >= tasks - {"wanted"}


@pytest.mark.parametrize("file", TABLES, ids=name)
def test_a_table_is_well_formed(file: Path) -> None:
    examples = reading.read(file)
    assert len(examples) >= 100
    assert all(example.text.strip() and example.label for example in examples)
    texts = [example.text for example in examples]
    assert len(texts) == len(set(texts))


@pytest.mark.parametrize("file", [file for file in TABLES if file.stem in TASKS], ids=name)
def test_every_label_is_one_that_its_task_knows(file: Path) -> None:
    known, examples = set(TASKS[file.stem].labels(VOCABULARY)), reading.read(file)
    one_of_them = file.stem in ("human_request", "complaint", "mood", "resigned")
    codes = [{it.label} if one_of_them else several(it.label) or {"none"} for it in examples]
    assert {code for of_one in codes for code in of_one} <= known | {"none"}
    if file.stem == "human_request":
        assert {it.label for it in examples} == {YES, NO}


@pytest.mark.parametrize("file", [file for file in TABLES if file.stem == "references"], ids=name)
def test_every_fact_is_of_a_kind_that_is_read(file: Path) -> None:
    for example in reading.read(file):
        facts = json.loads(example.label)
        assert set(facts) <= set(KINDS), example
        assert all(facts.values()), example


@pytest.mark.parametrize("file", DIALOGUES, ids=name)
def test_every_customer_expects_what_can_be(file: Path) -> None:
    made = customers.read(file)
    assert len({one.id for one in made}) == len(made)
    for one in made:
        assert set(one.answers) == set(customers.ANSWERS), one.id
        assert len(one.opening) < customers.MOST_TURNS, one.id
        expect = one.expect
        assert set(expect) == {"kind", "categories", "tier", "facts", "flags", "human"}, one.id
        assert expect["kind"] in ("complaint", "grumble", "other"), one.id
        assert expect["tier"] in (1, 2, 3), one.id
        assert isinstance(expect["human"], bool), one.id
        assert set(expect["categories"]) <= CATEGORIES, one.id
        assert set(expect["flags"]) <= set(FLAGS), one.id
        assert set(expect["facts"]) <= FACTS, one.id
        assert set(expect["facts"].get("wanted", [])) <= set(OUTCOMES), one.id


@pytest.mark.parametrize("file", SETS, ids=name)
def test_nothing_is_measured_on_what_was_learnt(file: Path) -> None:
    leaked = [where for text, where in shared(file) if len(text) > BY_CHANCE]
    assert not leaked, "\n".join(leaked)


@pytest.mark.parametrize("file", TABLES, ids=name)
def test_few_messages_are_said_alike_by_chance(file: Path) -> None:
    assert len(shared(file)) <= MOST_SHARED[file.parent.name] * len(messages(file))


def test_what_is_held_back_is_not_developed_on() -> None:
    held = {bare(text) for file in SETS if file.parent.name == "held" for _, text in messages(file)}
    dev = {bare(text) for file in SETS if file.parent.name == "dev" for _, text in messages(file)}
    assert not [text for text in held & dev if len(text) > BY_CHANCE]


@pytest.mark.parametrize("file", sorted((ROOT / "data" / "labelled").glob("*.tsv")), ids=lambda it: it.stem)
def test_what_is_learnt_is_well_formed_and_said_once(file: Path) -> None:
    task, examples = TASKS[file.stem], reading.read(file)
    texts = [example.text for example in examples]
    assert len(texts) == len(set(texts))
    known = {*task.labels(VOCABULARY), "none"}
    assert {code for it in examples for code in it.label.split(",")} <= known


def test_the_assistant_learns_from_enough_sentences() -> None:
    counted = {}
    for file in (ROOT / "data" / "nlu").glob("*.yml"):
        groups = yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]
        counted[file.stem] = [line for group in groups for line in group.get("examples", "").splitlines()]
    everything = [line for lines in counted.values() for line in lines]
    alike = [line for stem, lines in counted.items() if stem.startswith("lookalikes") for line in lines]
    assert len(set(everything)) >= 2500
    assert len(set(alike)) >= 600
    assert len(everything) == sum(len(rows) for file, rows in sentences().items() if file.suffix == ".yml")
