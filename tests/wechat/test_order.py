"""Rights count from when customers acted, by WeChat's clock, and late news takes nothing that is newer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from store import wechat as rows
from tests.wechat.conftest import APP, OPENID


@pytest.fixture
def late(customer, clock):
    """Pushes that are `ago` seconds old, by WeChat's clock, when they come."""

    def push(type: str, ago: float, **fields: str) -> None:
        made = str(int((clock() - timedelta(seconds=ago)).timestamp()))
        if type != "event":
            customer.last += 1
            fields["MsgId"] = str(customer.last)
        head = {"ToUserName": "gh_0", "FromUserName": OPENID, "MsgType": type, "CreateTime": made}
        told = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in {**head, **fields}.items())
        assert customer.push(f"<xml>{told}</xml>").get_data(as_text=True) == "success"

    return push


@pytest.fixture
def held(house, clock):
    """What may be sent: by which act, how many, for how many seconds."""

    def now() -> dict[str, tuple[int, float]]:
        with house.db.reading() as conn:
            found = rows.rights_of(conn, APP, OPENID, clock())
        return {one.by: (one.left, (one.until - clock()).total_seconds()) for one in found}

    return now


@pytest.fixture
def gone(house):
    def now() -> bool:
        with house.db.reading() as conn:
            return rows.gone(conn, APP, OPENID)

    return now


TWO_DAYS, A_MINUTE, AN_HOUR = 48 * 3600, 60, 3600


@pytest.mark.parametrize(
    ("ago", "seconds"),
    [
        (0, TWO_DAYS),
        (15, TWO_DAYS - 15),
        (-300, TWO_DAYS),
        (AN_HOUR, TWO_DAYS - AN_HOUR),
        (AN_HOUR + 1, TWO_DAYS),
        (-(10**9), TWO_DAYS),
    ],
    ids=["at once", "late", "from the future", "very late", "a wrong clock", "absurd"],
)
def test_a_right_begins_when_the_customer_wrote(late, held, ago, seconds):
    late("text", ago, Content="洗衣机漏水")
    left, lasts = held()["message"]
    assert left == 5
    assert abs(lasts - seconds) <= 1, "CreateTime has whole seconds"


@pytest.mark.parametrize(("ago", "seconds"), [(10, 50), (45, 30), (300, 30), (-300, 60), (2 * AN_HOUR, 60)])
def test_no_clock_shuts_or_lengthens_the_minute_after_a_tap(late, held, ago, seconds):
    late("event", ago, Event="CLICK", EventKey="status")
    assert abs(held()["menu"][1] - seconds) <= 1


def test_a_late_leave_takes_nothing_from_who_came_back(late, held, gone):
    late("text", 60, Content="洗衣机漏水")
    late("event", 0, Event="subscribe", EventKey="")
    late("event", 30, Event="unsubscribe", EventKey="")
    assert not gone()
    assert list(held()) == ["follow"], "the message was before the leave, the follow after it"


def test_a_late_leave_takes_nothing_from_a_newer_message(late, held, gone):
    late("text", 0, Content="洗衣机漏水")
    late("event", 20, Event="unsubscribe", EventKey="")
    assert not gone()
    assert held()["message"][0] == 5


@pytest.mark.parametrize("type", ["text", "event"])
def test_what_was_done_before_the_leave_opens_nothing(late, held, gone, type):
    late("event", 0, Event="unsubscribe", EventKey="")
    fields = {"Content": "漏水"} if type == "text" else {"Event": "subscribe", "EventKey": ""}
    late(type, 20, **fields)
    assert gone()
    assert held() == {}


def test_leaving_after_all_of_it_shuts_everything(late, held, gone):
    late("text", 20, Content="洗衣机漏水")
    late("event", 0, Event="unsubscribe", EventKey="")
    assert gone()
    assert held() == {}


def test_within_one_second_the_order_in_which_they_came_holds(late, gone):
    late("event", 0, Event="unsubscribe", EventKey="")
    late("event", 0, Event="subscribe", EventKey="")
    assert not gone()


def test_a_late_message_does_not_shorten_what_a_newer_one_opened(house, clock, late, held):
    late("text", 0, Content="第二句")
    with house.db.writing() as conn:
        (right,) = rows.rights_of(conn, APP, OPENID, clock())
        rows.set_left(conn, rows.Right(right.by, 3, right.until, right.id))
    late("text", 40, Content="第一句")
    left, lasts = held()["message"]
    assert left == 3, "what the newer one opened has counted since"
    assert lasts >= TWO_DAYS - 1
    with house.db.writing() as conn:
        rows.give_back(conn, right)
    assert held()["message"][0] == 4, "what never arrived is given back all the same"


def test_the_newest_code_is_the_one_scanned_last(house, clock, late):
    late("event", 0, Event="SCAN", EventKey="store:朝阳路店")
    late("event", 30, Event="SCAN", EventKey="store:海淀店")
    with house.db.writing() as conn:
        assert rows.take_scene(conn, APP, OPENID, clock() - timedelta(days=1)) == "store:朝阳路店"


def test_a_send_that_failed_is_compared_by_our_own_clock(house, clock, late, gone):
    """Ours is ten minutes fast: what the customer does afterwards seems older, and still counts."""
    late("text", 600, Content="洗衣机漏水")
    with house.db.writing() as conn:
        rows.mark_gone(conn, APP, OPENID, "gone:1", clock())
    assert gone()
    clock.pass_(seconds=60)
    late("text", 600, Content="我又来了")
    assert not gone()
