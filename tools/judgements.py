"""The learned judgements (core/learned.py): fitted when their inputs changed, before the doors open."""

from __future__ import annotations

from pathlib import Path

from core.understanding import LISTS
from tools import places, stamp, training
from tools.say import step
from tools.shell import run


def inputs(root: Path = places.ROOT) -> list[Path]:
    """Every file that decides what is learned: sentences, cue lists, and the code that reads them."""
    reader = root / "bot" / "vocabulary.py"
    files = [root / "tools" / "fit.py", *training.imported([root / "tools" / "fit.py"], "bot", root)]
    files += training.imported([root / "tools" / "fit.py", reader], "core", root)
    files += [root / "content" / f"{name}.yml" for name in LISTS]
    for folder in ("labelled", "nlu"):
        files += (root / "data" / folder).iterdir()
    return [file for file in files if file.is_file()]


def needed() -> bool:
    """Are there none, or were they fitted from other inputs than those of now?"""
    return not places.LEARNED.exists() or stamp.read(_made_from()).get("inputs") != _digest()


def bring() -> None:
    """Fit them if need be. Raises Failure with what scikit-learn said when that goes wrong."""
    if not needed():
        return
    places.LEARNED.parent.mkdir(exist_ok=True)
    made_from = _digest()
    with step("Learning from the labelled sentences"):
        run([places.RASA_PYTHON, "-m", "tools.fit", places.LEARNED], "Learning", env=training.environment())
    stamp.write(_made_from(), {"inputs": made_from})


def _digest() -> str:
    return stamp.digest(inputs(), places.ROOT)


def _made_from() -> Path:
    return places.LEARNED.with_name("learned.inputs.json")
