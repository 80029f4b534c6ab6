"""Whatever core decides, the house knows how to do."""

from typing import get_args

from core import acts
from reception.carrying import _CARRIED


def test_every_act_is_carried_out():
    assert set(_CARRIED) == set(get_args(acts.Act))
