"""`./jiesu eval report`: every task on our own development files, written into docs/understanding.md."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.learned import NOTHING_LEARNED
from tools import places
from tools.evaluate import dialogues
from tools.evaluate.judging import judged_file, vocabulary
from tools.say import Failure, line, step

PAGE = places.ROOT / "docs" / "understanding.md"
SETS = places.ROOT / "tests" / "eval"
EDITIONS = ("dev", "held")
_BLOCK = re.compile(r"(<!-- figures -->\n).*(<!-- end of figures -->)", re.DOTALL)
HEAD = (
    "| task | figure | to reach | dev | held | cue lists alone, dev |",
    "|---|---|---|---|---|---|",
)


@dataclass(frozen=True)
class Figure:
    """One measure of a task and the limit it is held to; `most` turns the limit round. Judged as it is
    printed, so that a mark never contradicts the figure beside it."""

    task: str
    measure: str
    limit: float
    most: bool = False

    def row(self, found: Mapping[str, Mapping[str, float]]) -> str:
        cells = [self._cell(column, found) for column in COLUMNS]
        sign = "at most" if self.most else "at least"
        return f"| {self.task} | {self.measure} | {sign} {self.limit:g} | {' | '.join(cells)} |"

    def _cell(self, column: str, found: Mapping[str, Mapping[str, float]]) -> str:
        """Empty when nothing was measured. The cue lists alone are held to nothing."""
        if not found.get(column):
            return ""
        value = round(found[column][self.measure], 3)
        reached = value <= self.limit if self.most else value >= self.limit
        return f"{value:.3f}" + (MISSED if column in EDITIONS and not reached else "")


COLUMNS = (*EDITIONS, "cues")
MISSED = " (missed)"
FIGURES = (
    Figure("human_request", "recall", 0.99),
    Figure("human_request", "false_alarms", 0.02, most=True),
    Figure("complaint", "macro_f1", 0.88),
    Figure("complaint", "false_alarms_on_other", 0.05, most=True),
    Figure("mood", "within_one", 0.97),
    Figure("mood", "angry_f1", 0.85),
    Figure("mood", "furious_below_angry", 0, most=True),
    Figure("red_flags", "recall_safety", 0.97),
    Figure("red_flags", "recall_self_harm", 0.97),
    *(Figure("red_flags", f"recall_{flag}", 0.93) for flag in ("legal", "media", "regulator")),
    *(Figure("red_flags", f"recall_{flag}", 0.93) for flag in ("privacy", "group", "violence")),
    Figure("red_flags", "precision", 0.85),
    Figure("resigned", "hidden_f1", 0.8),
    Figure("category", "macro_f1", 0.85),
    Figure("references", "exact", 0.95),
    Figure("dialogues", "facts_kept", 0.97),
    Figure("dialogues", "facts_asked_again", 0, most=True),
    Figure("dialogues", "tier_right", 0.92),
    Figure("dialogues", "red_line_too_low", 0, most=True),
)


def write(page: Path = PAGE) -> None:
    """Measure everything and replace the page's table. Raises Failure when the page has no place for it."""
    text = page.read_text(encoding="utf-8")
    if not _BLOCK.search(text):
        raise Failure(f"{page.name} has no place for the figures (<!-- figures -->).")
    rows: list[str] = []
    for task in dict.fromkeys(figure.task for figure in FIGURES):
        with step(f"Measuring {task}"):
            found = _found(task)
        rows += [figure.row(found) for figure in FIGURES if figure.task == task]
    table = "\n".join((*HEAD, *rows))
    page.write_text(_BLOCK.sub(lambda found: f"{found[1]}{table}\n{found[2]}", text), encoding="utf-8")
    line(table)


def _found(task: str) -> dict[str, dict[str, float]]:
    """The figures of both editions, and of the cue lists alone where these do the same work."""
    if task == "dialogues":
        sets = {edition: SETS / edition / "dialogues.jsonl" for edition in EDITIONS}
        return {edition: dialogues.score(file, tell=False)[0] for edition, file in sets.items()}
    files = {edition: SETS / edition / f"{task}.tsv" for edition in EDITIONS}
    found = {edition: judged_file(task, file, vocabulary())[1] for edition, file in files.items()}
    if task != "references":
        found["cues"] = judged_file(task, files["dev"], vocabulary(NOTHING_LEARNED))[1]
    return found
