"""`./jiesu eval TASK FILE`: a table with the confusions and the worst mistakes, then one JSON line."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.evaluate import dialogues, report, tasks
from tools.evaluate.judging import judged_file, vocabulary
from tools.evaluate.scores import found
from tools.evaluate.tasks import Judged
from tools.say import Failure, line

WORST = 12
LONGEST_SHOWN = 60
NAMES = (*tasks.TASKS, "references", "dialogues")


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 when the file was scored, whatever the figures; 1 when it could not be read."""
    if list(arguments) != ["report"] and (len(arguments) != 2 or arguments[0] not in NAMES):
        line("Usage: ./jiesu eval TASK FILE, or ./jiesu eval report")
        line(f"TASK is one of: {', '.join(NAMES)}. How FILE looks: docs/understanding.md")
        return 2
    try:
        if list(arguments) == ["report"]:
            report.write()
        else:
            score(arguments[0], Path(arguments[1]))
    except Failure as failure:
        line(f"\njiesu: {failure}")
        return 1
    return 0


def score(name: str, file: Path) -> dict[str, float]:
    """Print the table and the JSON line; returns the figures."""
    if name == "dialogues":
        return _summed(name, file, *dialogues.score(file))
    judged, measures = judged_file(name, file, vocabulary())
    _table(judged)
    _mistakes(judged)
    return _summed(name, file, measures, len(judged))


def _table(judged: Sequence[Judged]) -> None:
    """Precision, recall and F1 of each code, and what it was taken for."""
    truth, guess = [it.truth for it in judged], [it.guess for it in judged]
    codes = sorted({code.split("=")[0] for codes in (*truth, *guess) for code in codes})
    if any("=" in code for codes in truth for code in codes):
        truth = [frozenset(code.split("=")[0] for code in it.truth) for it in judged]
        guess = [frozenset(code.split("=")[0] for code in it.guess) for it in judged]
    line(f"{'label':<22}{'there':>6}{'prec':>7}{'recall':>8}{'F1':>7}  taken for")
    for code in codes:
        one = found(truth, guess, code)
        taken: dict[str, int] = {}
        for there, said in zip(truth, guess, strict=True):
            for other in (said - there) if code in there - said else ():
                taken[other] = taken.get(other, 0) + 1
        shown = ", ".join(
            f"{other} {count}" for other, count in sorted(taken.items(), key=lambda it: -it[1])[:4]
        )
        line(f"{code:<22}{one.there:>6}{one.precision:>7.2f}{one.recall:>8.2f}{one.f1:>7.2f}  {shown}")


def _mistakes(judged: Sequence[Judged]) -> None:
    wrong = [it for it in judged if it.truth != it.guess]
    if wrong:
        line(f"\n{len(wrong)} of {len(judged)} differ; the first {min(WORST, len(wrong))}:")
    for it in wrong[:WORST]:
        text = it.text if len(it.text) <= LONGEST_SHOWN else f"{it.text[:LONGEST_SHOWN]}…"
        line(f"  {_codes(it.truth)} taken for {_codes(it.guess)}: {text}")


def _codes(codes: frozenset[str]) -> str:
    return "+".join(sorted(codes)) or "nothing"


def _summed(name: str, file: Path, measures: Mapping[str, float], lines: int) -> dict[str, float]:
    line()
    for measure, value in measures.items():
        line(f"{measure:<24}{value:>8.3f}")
    rounded = {measure: round(value, 4) for measure, value in measures.items()}
    line(json.dumps({"task": name, "file": file.name, "lines": lines, **rounded}))
    return rounded


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
