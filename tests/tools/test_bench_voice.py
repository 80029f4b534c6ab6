"""The benchmark of many calls: what it makes of its measurements, and that its calls are real ones."""

from __future__ import annotations

import random
from pathlib import Path
from types import SimpleNamespace

import pytest

from simulator import Line
from tests.ivr.conftest import hotline_at
from tools import bench, bench_voice
from tools.bench_voice import Answered, Caught, Pause, Task
from tools.say import Failure

AT_ONCE = 10**9


def table(caught: list[Caught]) -> dict[str, bench.Result]:
    found = bench.Bench({}, SimpleNamespace())  # type: ignore[arg-type]
    bench_voice.note(found, "x", caught, seconds=10.0)
    return {result.name: result for result in found.results}


def wishes(times: list[float], rings: bool = True) -> list[Answered]:
    return [Answered(wish=True, rings=rings, client=time + 1, server=time) for time in times]


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_voice, "CALLERS", 2)
    monkeypatch.setattr(bench_voice, "CALLS_EACH", 50)


def test_the_table_is_made_of_every_caller() -> None:
    slow = Answered(wish=False, rings=False, client=3001.0, server=40.0)
    found = table([Caught(wishes([4.0] * 50)), Caught([*wishes([4.0] * 49 + [16.0]), slow])])
    assert found["x: webhooks"].found == 10.1
    assert found["x: caller waits, median"].found == 5.0
    assert (found["x: caller waits, longest"].found, found["x: caller waits, longest"].target) == (3001, 3000)
    assert "MISSED" in found["x: caller waits, longest"].verdict
    assert found["x: wish for a person in the server, p99"].found == 4.0
    assert "met" in found["x: wish for a person in the server, p99"].verdict
    assert found["x: any webhook in the server, p99"].found == 16.0
    assert found["x: wishes that ring at once"].found == 100.0


def test_the_second_slowest_of_a_hundred_wishes_decides() -> None:
    found = table([Caught(wishes([4.0] * 98 + [15.5, 90.0]))])
    assert found["x: wish for a person in the server, p99"].found == 15.5
    assert "MISSED" in found["x: wish for a person in the server, p99"].verdict


def test_wishes_that_ring_nobody_show() -> None:
    assert table([Caught(wishes([1.0] * 75) + wishes([1.0] * 25, rings=False))])[
        "x: wishes that ring at once"
    ].found == pytest.approx(75)


def test_times_of_broken_calls_are_not_told() -> None:
    with pytest.raises(Failure, match="1 simulated calls"):
        table([Caught(wishes([4.0] * 100), broken=["ended by document"])])
    with pytest.raises(Failure, match="only 99 wishes"):
        table([Caught(wishes([4.0] * 99))])


def test_server_time_is_read_from_the_header() -> None:
    assert bench_voice.server_time({"Server-Timing": "app;dur=12.345, rasa;dur=0.000"}) == 12.345


@pytest.mark.parametrize("kind", range(4))
def test_a_call_of_the_benchmark_is_a_whole_call(tmp_path: Path, kind: int) -> None:
    hotline = hotline_at(tmp_path)
    hotline.staff("client:a")
    wished: list[bool] = []

    def deliver(path: str, body: str, headers: dict[str, str]):
        wished.append("Digits=0" in body)
        return hotline.line.deliver(path, body, headers)

    task = Task("", "", ("client:a",), ("送来的柜子坏了", "换一台"), 1, 1, AT_ONCE, 0)
    line = Line(hotline.line.public_url, hotline.line.token, deliver)
    bench_voice.play(task, line, Pause(random.Random(1), AT_ONCE), kind)
    assert sum(wished) == 1
    with hotline.house.db.reading() as conn:
        told = conn.exec_driver_sql("select outcome from handoffs").scalars().all()
    assert told == (["accepted"] if kind % 2 == 0 else ["callback"])
    hotline.house.db.close()
