"""Fit the learned judgements of core/learned.py. Runs in `.venv-rasa`, which has scikit-learn.

`python -m tools.fit OUT` writes one JSON file. Each file of data/labelled/ is named like its judgement and
holds `text` and `label`, tab-separated; several labels of one text are separated by commas. The sentences of
data/nlu/ help where their intent says enough.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import MultiLabelBinarizer

from bot import vocabulary
from core.learned import MARK, MOST, NOTHING_LEARNED, features, row
from core.understanding import Vocabulary, by_cues

DATA = Path(__file__).resolve().parent.parent / "data"
APART = ("category", "red_flags", "wanted")
NONE = "none"
TODAY = date(2025, 1, 1)  # any day: what a date is worth plays no part here
RAREST = 2  # a gram must stand in so many sentences
LEAST = 8  # a gram whose weights have smaller roots is left out: under half a percent of the largest
RARITY = 10  # it is kept in tenths
STRENGTH = 10.0
ANSWERS = ("affirm", "deny", "skip", "inform", "correct", "choose_register", "wanted")
QUESTIONS = (
    *("ask_hours", "ask_machine", "ask_duration", "ask_blame", "ask_money", "ask_photo", "ask_status"),
    *("greet", "goodbye", "out_of_scope"),
)
PLAIN = (*ANSWERS, *QUESTIONS, "thanks")
# What an intent of data/nlu/ says about other judgements: most messages are answers, and data/labelled/
# holds outcries.
FROM_INTENTS: dict[str, dict[str, str]] = {
    "human_request": {
        "human": "yes",
        **dict.fromkeys((*PLAIN, "complain", "grumble", "resigned", "vent_only", "start"), "no"),
    },
    "complaint": {"complain": "complaint", "grumble": "grumble", **dict.fromkeys((*PLAIN, "human"), "other")},
    "resigned": {
        **{"resigned": "hidden", "complain": "explicit", "thanks": "satisfied"},
        **dict.fromkeys((*QUESTIONS, "inform", "affirm", "skip", "correct", "choose_register"), "neutral"),
    },
    "red_flags": dict.fromkeys((*PLAIN, "human", "start", "grumble", "resigned", "vent_only"), NONE),
    "wanted": dict.fromkeys(("affirm", "deny", "skip", "greet", "goodbye", "human", "start"), NONE),
    "category": dict.fromkeys((*QUESTIONS, "affirm", "deny", "skip", "thanks", "human", "start"), NONE),
    "mood": dict.fromkeys((*PLAIN, "start"), "0"),
}

# The same of other files of data/labelled/, for texts that the judgement's own file does not hold: most
# complaints raise no flag and ask for nobody.
FROM_FILES: dict[str, dict[str, str]] = {
    "red_flags": {"category": NONE, "complaint": NONE},
    "human_request": {"category": "no", "wanted": "no"},
    "wanted": {"category": NONE},
}

REPLY = "reply"
WISH = f"{MARK}wish "
Known = Mapping[str, list[str]]
"""The features of every sentence."""


@dataclass(frozen=True)
class Sentence:
    """The features of one sentence, and its labels."""

    features: list[str]
    labels: tuple[str, ...]


def main(arguments: Sequence[str]) -> int:
    files, intents = sorted((DATA / "labelled").glob("*.tsv")), _intents()
    texts = dict.fromkeys([text for text, _ in intents] + [text for file in files for text, _ in _read(file)])
    with ProcessPoolExecutor() as pool:  # reading takes longer than fitting
        known = dict(zip(texts, pool.map(_features, texts, chunksize=500), strict=True))
    fitted = {
        file.stem: fit(
            [Sentence(known[text], tuple(label.split(","))) for text, label in _rows(file, intents, known)],
            file.stem in APART,
        )
        for file in files
    }
    out = Path(arguments[0])
    new = out.with_name(out.name + ".new")
    new.write_text(json.dumps(fitted, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    new.replace(out)
    return 0


def _rows(file: Path, intents: list[tuple[str, str]], known: Known) -> list[tuple[str, str]]:
    """Text and label of every line, and of the sentences whose intent says the label."""
    own = dict(_read(file))
    says = FROM_INTENTS.get(file.stem, {})
    borrowed = [(text, says[intent]) for text, intent in intents if intent in says]
    for other, label in FROM_FILES.get(file.stem, {}).items():
        rows = _read(file.with_stem(other))
        borrowed += [(text, label) for text, told in rows if not _doubtful(file.stem, known[text], told)]
    return [*own.items(), *((text, label) for text, label in borrowed if text not in own)]


def _doubtful(judgement: str, found: list[str], label: str) -> bool:
    """A wish to be called back may be a wish for a person; many a complaint also says what is wanted."""
    return REPLY in label or (judgement == "wanted" and any(it.startswith(WISH) for it in found))


def _read(file: Path) -> list[tuple[str, str]]:
    rows = (row.split("\t") for row in file.read_text(encoding="utf-8").splitlines()[1:])
    return [(text, label) for text, label in rows]


def _intents() -> list[tuple[str, str]]:
    """Every sentence of data/nlu/ with its intent."""
    found = []
    for file in sorted((DATA / "nlu").glob("*.yml")):
        for group in YAML(typ="safe").load(file.read_text(encoding="utf-8"))["nlu"]:
            lines = group.get("examples", "").splitlines() if "intent" in group else []
            found += [(line.removeprefix("- "), group["intent"]) for line in lines]
    return found


def _features(text: str) -> list[str]:
    cued = by_cues(text, _words(), TODAY)
    return features(cued.folded, cued.marks())


@lru_cache(maxsize=1)
def _words() -> Vocabulary:
    return vocabulary.load(NOTHING_LEARNED)


def fit(sentences: list[Sentence], apart: bool) -> dict[str, Any]:
    """The judgement as core/learned.py reads it."""
    vectorizer = TfidfVectorizer(analyzer=lambda it: it.features, binary=True, min_df=RAREST)
    counted = vectorizer.fit_transform(sentences)
    labels = sorted({label for it in sentences for label in it.labels} - ({NONE} if apart else set()))
    model = LogisticRegression(C=STRENGTH, max_iter=300)
    if apart:
        truth = MultiLabelBinarizer(classes=labels).fit_transform(
            [[label for label in it.labels if label != NONE] for it in sentences]
        )
        # Seven times as fast for a yes or no; it would shrink the bias too, were that not scaled up.
        quick = LogisticRegression(C=STRENGTH, solver="liblinear", intercept_scaling=20)
        many = OneVsRestClassifier(quick).fit(counted, truth)
        weights = np.vstack([one.coef_ for one in many.estimators_])
        bias = np.array([one.intercept_[0] for one in many.estimators_])
    else:
        model.fit(counted, [it.labels[0] for it in sentences])
        weights, bias = model.coef_, model.intercept_
        if len(labels) == 2:  # scikit-learn keeps one row for two labels
            weights, bias = np.vstack([-weights / 2, weights / 2]), np.array([-bias[0] / 2, bias[0] / 2])
    return _written(labels, apart, weights, bias, vectorizer)


def _written(labels: list[str], apart: bool, weights: Any, bias: Any, vectorizer: Any) -> dict[str, Any]:
    step = float(np.abs(weights).max()) / MOST**2
    roots = np.rint(np.sign(weights) * np.sqrt(np.abs(weights) / step)).astype(int).T
    rarity = np.rint(vectorizer.idf_ * RARITY).astype(int)
    rows = {
        gram: row(int(rarity[place]), map(int, roots[place]))
        for gram, place in vectorizer.vocabulary_.items()
        if np.abs(roots[place]).max() >= LEAST
    }
    return {
        "labels": labels,
        "apart": apart,
        "bias": [round(float(one), 4) for one in bias],
        "step": round(step, 9),
        "rows": rows,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
