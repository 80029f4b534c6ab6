"""The number that a promised call back goes to: whatever was keyed or agreed where one was asked for."""

from __future__ import annotations

import pytest

from simulator import rings_out
from tests.ivr.conftest import Hotline

NUMBERS = {
    "02162345678": "+862162345678",
    "075588886666": "+8675588886666",
    "4008001234": "+864008001234",
    "13912345678": "+8613912345678",
}


@pytest.mark.parametrize(("keyed", "kept"), NUMBERS.items(), ids=NUMBERS)
def test_a_withheld_caller_keys_any_number_that_can_be_called(
    hotline: Hotline, keyed: str, kept: str
) -> None:
    call = hotline.call("anonymous")
    call.press("0").press(f"{keyed}#")
    assert hotline.fact(call, "phone") == kept
    assert hotline.fact(call, "story") is None
    assert "打尾号" in "".join(call.last)


@pytest.mark.parametrize(("keyed", "kept"), NUMBERS.items(), ids=NUMBERS)
def test_another_number_takes_the_place_of_the_one_that_called(
    hotline: Hotline, keyed: str, kept: str
) -> None:
    call = hotline.call()
    call.says("送来的灯坏了").press("0").press("1").press(f"{keyed}#")
    assert hotline.fact(call, "phone") == kept
    assert hotline.fact(call, "story") == "送来的灯坏了"


def test_a_yes_to_the_promise_is_no_story(hotline: Hotline) -> None:
    hotline.staff("client:one")
    call = hotline.call(agents={"client:one": rings_out()})
    call.press("0").press("1").says("行")
    assert hotline.fact(call, "story") is None
    call.says("冰箱修了三回还不制冷")
    assert hotline.fact(call, "story") == "冰箱修了三回还不制冷"
