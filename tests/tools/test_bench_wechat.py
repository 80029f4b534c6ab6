"""The benchmark of WeChat's acknowledgements: what it makes of its times, and that its pushes are real."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.wechat import Account
from tests.wechat.running import installation
from tools import bench_wechat
from tools.bench import Result, Table
from tools.bench_wechat import Pushed, Task
from tools.say import Failure


def table(pushed: list[Pushed], kept: int) -> dict[str, Result]:
    found = Table()
    bench_wechat.note(found, pushed, kept, seconds=10.0, load=1.5)
    return {result.name: result for result in found.results}


def pushes(times: list[float], **more: Any) -> list[Pushed]:
    return [Pushed("o1", **{"again": False, "took": took, "status": 200, **more}) for took in times]


def test_the_second_slowest_of_a_hundred_decides() -> None:
    found = table(pushes([20.0] * 98 + [201.0, 900.0]), kept=100)
    assert found["WeChat, Rasa dead: acknowledged, median"].found == 20.0
    assert "MISSED" in found["WeChat, Rasa dead: acknowledged, p99"].verdict
    assert found["WeChat, Rasa dead: pushes"].found == 10.0
    assert found["WeChat, Rasa dead: load of the machine"].found == 1.5


def test_repeats_are_timed_and_not_kept_again() -> None:
    found = table(pushes([20.0]) + pushes([30.0], again=True), kept=1)
    assert found["WeChat, Rasa dead: acknowledged, longest"].found == 30.0


def test_times_mean_nothing_when_words_were_lost() -> None:
    with pytest.raises(Failure, match="1 of 2 pushes"):
        table(pushes([20.0]) + pushes([5000.0], status=0), kept=2)
    with pytest.raises(Failure, match="1 of 2 were kept"):
        table(pushes([20.0, 20.0]), kept=1)


def test_its_customers_are_kept_by_a_real_callback(tmp_path: Any) -> None:
    with installation(tmp_path) as made:
        made.start("wechat-callback")
        env = made.env
        account = Account(
            env["WECHAT_APP_ID"], env["WECHAT_APP_SECRET"], env["WECHAT_TOKEN"], env["WECHAT_AES_KEY"]
        )
        task = Task(f"{made.callback}/wechat", account, customers=3, first=0, bursts=2, quicker=1000.0)
        pushed = bench_wechat.customers_of(task)
        kept = bench_wechat.told(made.db.url, {one.openid for one in pushed})
    assert {one.status for one in pushed} == {200}
    assert kept == sum(not one.again for one in pushed) == 3 * 2 * len(bench_wechat.LINES)
