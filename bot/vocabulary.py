"""All cue lists of content/ as Rasa's environment reads them, and what was learnt when it is there."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import opencc

from bot import files
from core import categories, emotion, escape, references, tiers, understanding, wanted
from core.learned import NOT_LEARNED, NOTHING_LEARNED, Learned
from core.understanding import Vocabulary

LEARNED = files.CONTENT.parent / "models" / "learned.json"
LISTS = (
    *("answers.yml", "categories.yml", "emotions.yml", "escape.yml", "references.yml", "tiers.yml"),
    "wanted.yml",
)
logger = logging.getLogger(__name__)
_simplify = opencc.OpenCC("t2s")


def load(learned: Learned | None = None) -> Vocabulary:
    """Raises core.content.ContentError when a file says something that cannot be. `learned`: what is on disk
    unless given."""
    return Vocabulary(
        simplify=_simplify.convert,
        wishes_for_human=escape.Wishes.from_mapping(files.read("escape.yml")),
        emotions=emotion.EmotionCues.from_mapping(files.read("emotions.yml")),
        rules=tiers.Rules.from_mapping(files.read("tiers.yml")),
        categories=categories.from_list(files.read("categories.yml")),
        wanted=wanted.Wishes.from_mapping(files.read("wanted.yml")),
        labels=references.Labels.from_mapping(files.read("references.yml")),
        remarks=understanding.remarks_from(files.read("answers.yml")),
        learned=_from_disk() if learned is None else learned,
    )


def _from_disk() -> Learned:
    """None of it when there is nothing readable: the cue lists stand alone, plainer."""
    try:
        return Learned.from_mapping(json.loads(LEARNED.read_text(encoding="utf-8")))
    except (OSError, *NOT_LEARNED) as problem:
        logger.warning("understanding by cue lists alone: %s", type(problem).__name__)
        return NOTHING_LEARNED


def sources() -> list[Path]:
    """Every file that decides what `load` returns, besides the code."""
    return [LEARNED, *(files.CONTENT / name for name in LISTS)]
