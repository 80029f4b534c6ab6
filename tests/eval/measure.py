"""What a model makes of a file of sentences: `.venv-rasa/bin/python tests/eval/measure.py MODEL FILE`.

FILE: tab-separated `text` and `label` (an intent) with a header line. "foreign" are the out_of_scope lines.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
FOREIGN = "out_of_scope"


async def guesses(model: str, rows: list[list[str]]) -> tuple[list[tuple[str, str, Any]], list[float]]:
    from rasa.core.agent import Agent

    agent = Agent.load(model)
    found, times = [], []
    for text, label in rows:
        start = time.perf_counter()
        parsed = await agent.parse_message(text)
        times.append(time.perf_counter() - start)
        ranking = [it for it in parsed["intent_ranking"] if it["name"] != "nlu_fallback"]
        found.append((text, label, ranking))
    return found, sorted(times)


def table(found: list[tuple[str, str, Any]], ambiguity: float = 0.05) -> None:
    own = [it for it in found if it[1] != FOREIGN]
    foreign = [it for it in found if it[1] == FOREIGN]
    print("threshold  own taken  of these right  foreign taken for something else")
    for threshold in (0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6):
        taken = [it for it in own if _sure(it[2], threshold, ambiguity)]
        right = sum(label == ranking[0]["name"] for _, label, ranking in taken)
        wrong = [it for it in foreign if _sure(it[2], threshold, ambiguity) and it[2][0]["name"] != FOREIGN]
        share = right / max(1, len(taken))
        print(
            f"{threshold:9.2f}  {len(taken) / len(own):9.2f}  {share:14.2f}  {len(wrong)} of {len(foreign)}"
        )


def _sure(ranking: Any, threshold: float, ambiguity: float) -> bool:
    first, second = ranking[0]["confidence"], ranking[1]["confidence"]
    return first >= threshold and first - second >= ambiguity


def main() -> None:
    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    model, file = sys.argv[1:3]
    rows = [line.split("\t") for line in Path(file).read_text(encoding="utf-8").splitlines()[1:]]
    found, times = asyncio.run(guesses(model, rows))
    right = sum(label == ranking[0]["name"] for _, label, ranking in found)
    print(f"{len(found)} lines, {right / len(found):.3f} right without a threshold")
    median, late = times[len(times) // 2] * 1000, times[len(times) * 95 // 100] * 1000
    print(f"a turn's understanding: median {median:.1f} ms, p95 {late:.1f} ms")
    table(found)
    for text, label, ranking in found:
        if label != ranking[0]["name"]:
            print(f"  {label} taken for {ranking[0]['name']} ({ranking[0]['confidence']:.2f}): {text}")


if __name__ == "__main__":
    main()
