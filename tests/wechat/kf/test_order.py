"""What is pulled late counts from when it was written, and orders by that."""

from __future__ import annotations

import pytest

from store import wechat as rows
from tests.wechat.kf.conftest import ACCOUNT, CORP, USER
from wechat.kf_api import address


def until(desk):
    with desk.house.db.reading() as conn:
        (right,) = rows.rights_of(conn, CORP, address(ACCOUNT, USER), desk.clock())
    return (right.until - desk.clock()).total_seconds() / 3600


@pytest.mark.parametrize(("hours", "left"), [(0, 48), (10, 38), (47, 1)])
def test_what_is_pulled_late_counts_from_when_it_was_written(desk, hours, left):
    desk.kf.says(USER, "洗衣机漏水", rings=False)
    desk.clock.pass_(hours=hours)
    desk.pull()
    assert until(desk) == pytest.approx(left, abs=0.01)


@pytest.mark.parametrize("days", [-2, -400])
def test_a_wrong_clock_neither_shuts_nor_lengthens(desk, days):
    desk.kf.says(USER, "洗衣机漏水")
    (given,) = desk.kf.messages[ACCOUNT]
    given["send_time"] -= days * 86400
    desk.pull()
    assert until(desk) == pytest.approx(48, abs=0.01)


def failure(desk, why):
    desk.kf._event(ACCOUNT, USER, "msg_send_fail", True, fail_msgid="unknown", fail_type=why)


def state(desk):
    with desk.house.db.reading() as conn:
        return rows.gone(conn, CORP, address(ACCOUNT, USER)), desk.rights()


@pytest.mark.parametrize("why", [4, 10])
def test_who_writes_after_a_failure_keeps_what_that_opens(desk, why):
    """Both are pulled at once; only the times on them tell which was first."""
    desk.kf.says(USER, "洗衣机漏水")
    desk.clock.pass_(seconds=60)
    failure(desk, why)
    desk.clock.pass_(seconds=60)
    desk.kf.says(USER, "第三次了")
    desk.kf.messages[ACCOUNT].reverse()
    desk.pull()
    assert state(desk) == (False, {"message": 5})


@pytest.mark.parametrize(("why", "gone"), [(4, False), (10, True)])
def test_a_failure_after_all_that_was_written_shuts_it(desk, why, gone):
    desk.kf.says(USER, "洗衣机漏水")
    desk.clock.pass_(seconds=60)
    failure(desk, why)
    desk.pull()
    assert state(desk) == (gone, {})
