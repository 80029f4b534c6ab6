"""All cue lists of content/ as Rasa's environment reads them, and what was learnt when it is there."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import opencc

from bot import files
from core.learned import NOT_LEARNED, NOTHING_LEARNED, Learned
from core.understanding import LISTS, Vocabulary

LEARNED = files.CONTENT.parent / "models" / "learned.json"
logger = logging.getLogger(__name__)


def load(learned: Learned | None = None) -> Vocabulary:
    """Raises core.content.ContentError when a file says something that cannot be. `learned`: what is on disk
    unless given."""
    known = _from_disk() if learned is None else learned
    return Vocabulary.from_lists(files.read, opencc.OpenCC("t2s").convert, known)


def _from_disk() -> Learned:
    """None of it when there is nothing readable: the cue lists stand alone, plainer."""
    try:
        return Learned.from_mapping(json.loads(LEARNED.read_text(encoding="utf-8")))
    except (OSError, *NOT_LEARNED) as problem:
        logger.warning("understanding by cue lists alone: %s", type(problem).__name__)
        return NOTHING_LEARNED


def sources() -> list[Path]:
    """Every file that decides what `load` returns, besides the code."""
    return [LEARNED, *(files.CONTENT / f"{name}.yml" for name in LISTS)]
