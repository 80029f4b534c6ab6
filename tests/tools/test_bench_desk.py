"""The benchmark of the desk: what it makes of its measurements, its rows, and a play of its crowd."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from store.db import Database
from tools import bench, bench_desk, bench_stored
from tools.bench_desk import SetUp
from tools.say import Failure

SETUP = SetUp("small", 4, most_kb=30.0)


def seen(**changed: Any) -> dict[str, Any]:
    times = {
        "to_customer": [10.0] * 99 + [600.0],
        "to_agent": [9.0],
        "from_assistant": [8.0],
        "pages": [7.0],
        "late": [1.0],
    }
    counts = {"sent": 80, "lost": 0, "doubled": 0, "disordered": 0, "open": 4 + bench_desk.AGENTS}
    return {**times, **counts, "faults": [], "kb": 31.0, "busy": 0.5, **changed}


def table(**changed: Any) -> dict[str, bench.Result]:
    made = bench.Table()
    bench_desk.note(made, SETUP, seen(**changed))
    return {result.name.split(": ")[1]: result for result in made.results}


def test_the_table_says_what_was_met_and_what_was_missed() -> None:
    found = table()
    assert "met" in found["agent to customer, p99"].verdict
    assert "MISSED" in found["memory each"].verdict
    slow = table(to_customer=[10.0] * 98 + [600.0] * 2)
    assert "MISSED" in slow["agent to customer, p99"].verdict


@pytest.mark.parametrize(
    "broken",
    [{"lost": 1}, {"doubled": 1}, {"disordered": 1}, {"faults": ["POST /x 500"]}, {"open": 53}],
)
def test_times_of_what_was_not_delivered_are_not_told(broken: dict[str, Any]) -> None:
    with pytest.raises(Failure, match="did not deliver"):
        table(**broken)


def test_a_long_history_is_what_it_says(tmp_path: Path) -> None:
    Database(f"sqlite:///{tmp_path}/jiesu.db").migrate()
    bench_stored.fill(tmp_path / "jiesu.db", 3000)
    with sqlite3.connect(tmp_path / "jiesu.db") as conn:

        def count(query: str) -> int:
            return int(conn.execute(f"SELECT count(*) FROM {query}").fetchone()[0])

        assert count("complaints") == 3000
        assert count("complaints WHERE state <> 'closed'") == bench_stored.OPEN
        assert count("handoffs WHERE ended_at IS NULL") == bench_stored.WAITING
        assert count("promises WHERE state = 'missed'") == 4 * 30
        assert count("events") == 8 * 3000
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
        assert conn.execute("PRAGMA quick_check").fetchone() == ("ok",)


@pytest.mark.timeout(300)
def test_a_play_of_the_crowd_delivers_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_desk, "AGENTS", 2)
    monkeypatch.setattr(bench_desk, "HELD", 1)
    monkeypatch.setattr(bench_desk, "PAUSE", 1.0)
    monkeypatch.setattr(bench_desk, "SECONDS", 4.0)
    made = bench.Table()
    bench_desk.live(made, SETUP)
    found = {result.name.split(": ")[1]: result.found for result in made.results}
    assert found["streams open"] == 6
    assert found["sentences"] > 0
    assert found["agent to customer, p99"] > 0
