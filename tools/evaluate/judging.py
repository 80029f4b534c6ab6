"""One labelled file judged by one vocabulary."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from core.due import ZONE
from core.learned import Learned
from core.understanding import Vocabulary
from reception.content import load
from tools.evaluate import tasks
from tools.evaluate.reading import check, read
from tools.evaluate.tasks import Judged
from tools.say import Failure
from wiring import CONTENT, learned

ANY_LABEL = ("complaint",)  # what is none of its labels is `other`: files of shop questions have their own


def judged_file(name: str, file: Path, words: Vocabulary) -> tuple[list[Judged], dict[str, float]]:
    """Every message of a file with its judgement, and the figures of the task. Raises Failure."""
    examples, reader = read(file), tasks.reader(words, _today())
    if name == "references":
        try:
            judged = tasks.judge_references(examples, reader)
        except (ValueError, TypeError, OverflowError) as wrong:
            raise Failure(f"{file}: {wrong}.") from None
        return judged, tasks.measures_of_references(judged)
    task = tasks.TASKS[name]
    if name not in ANY_LABEL:
        check(examples, task.allowed(words), file)
    judged = tasks.judge(task, examples, words, reader)
    return judged, task.measures(judged)


def vocabulary(known: Learned | None = None) -> Vocabulary:
    """As reception has it; with `known` instead of what is learned now."""
    return load(CONTENT, today=_today(), learned=learned() if known is None else known).vocabulary


def _today() -> date:
    return datetime.now(UTC).astimezone(ZONE).date()
