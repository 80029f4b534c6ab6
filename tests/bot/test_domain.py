"""Replies by name, and a domain in which nothing is missing and nothing left over."""

import asyncio
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bot.importer import RepliesImporter
from bot.replies import ByDoor

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def domain():
    return RepliesImporter(domain_path=str(ROOT / "domain.yml")).get_domain()


def said(domain, name):
    return asyncio.run(ByDoor(None, domain).generate(name, None, "collector", unused=1))


def test_the_words_come_from_content(domain):
    assert "utter_registered" in domain.responses


def test_every_reply_carries_its_name_and_nothing_is_filled_in(domain):
    for name, variants in domain.responses.items():
        answer = said(domain, name)
        assert answer["custom"] == {"reply": name}
        assert answer["text"] == next(it for it in variants if "channel" not in it)["text"]


def test_an_unknown_name_is_still_named(domain):
    assert said(domain, "utter_none_such") == {"text": "", "custom": {"reply": "utter_none_such"}}


def test_the_domain_file_holds_no_words():
    text = (ROOT / "domain.yml").read_text(encoding="utf-8")
    assert not any("\u4e00" <= mark <= "\u9fff" for mark in text)


def test_every_intent_has_sentences_and_a_rule():
    yaml = YAML(typ="safe")
    taught = {
        block["intent"]
        for path in (ROOT / "data" / "nlu").glob("*.yml")
        for block in yaml.load(path.read_text(encoding="utf-8"))["nlu"]
    }
    rules = yaml.load((ROOT / "data" / "rules.yml").read_text(encoding="utf-8"))["rules"]
    ruled = {step["intent"] for rule in rules for step in rule["steps"] if "intent" in step}
    own = set(YAML(typ="safe").load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"])
    assert own == taught
    assert own | {"nlu_fallback"} == ruled


def test_every_reply_of_a_rule_has_words(domain):
    rules = YAML(typ="safe").load((ROOT / "data" / "rules.yml").read_text(encoding="utf-8"))["rules"]
    named = {step["action"] for rule in rules for step in rule["steps"] if "action" in step}
    assert {name for name in named if name.startswith("utter_")} <= set(domain.responses)


def test_no_slot_steers_the_dialogue(domain):
    assert [
        slot.name for slot in domain.slots if slot.influence_conversation and slot.name != "requested_slot"
    ] == []


def test_held_out_lines_are_not_taught():
    taught = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "data" / "nlu").glob("*.yml"))
    known = {line.strip()[2:] for line in taught.splitlines() if line.startswith("    - ")}
    lines = (ROOT / "tests" / "eval" / "intents.tsv").read_text(encoding="utf-8").splitlines()[1:]
    assert {line.split("\t")[0] for line in lines} & known == set()
