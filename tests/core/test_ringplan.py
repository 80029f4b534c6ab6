"""Who is rung together, and in what order: a table."""

import pytest

from core.ringplan import FREE, REST, Leg, next_group, rank, reachable

A, B, C = Leg(1, "client:a"), Leg(2, "sip:b@desk.example"), Leg(3, "client:c")
BOSS = Leg(4, "client:boss", REST)
MOBILE, OTHER_MOBILE = Leg(5, "tel:+4930123456"), Leg(6, "tel:+4930123457")


@pytest.mark.parametrize(
    ("legs", "tried", "together", "group"),
    [
        ((), (), 10, ()),
        ((A, B, C), (), 10, (A, B, C)),
        ((A, B, C), (), 2, (A, B)),
        ((A, B, C), (1, 2), 2, (C,)),
        ((A, BOSS), (), 10, (A,)),
        ((BOSS, A), (1,), 10, (BOSS,)),
        ((BOSS,), (), 10, (BOSS,)),
        ((A, BOSS), (1, 4), 10, ()),
        ((MOBILE, A, B), (), 10, (A, B)),
        ((MOBILE, OTHER_MOBILE), (), 10, (MOBILE,)),
        ((MOBILE, OTHER_MOBILE), (5,), 10, (OTHER_MOBILE,)),
        ((MOBILE, BOSS), (), 10, (MOBILE,)),
    ],
)
def test_the_next_group(legs, tried, together, group):
    assert next_group(legs, tried, together) == group


@pytest.mark.parametrize(
    ("role", "available", "on_call", "first"),
    [
        ("agent", True, False, True),
        ("agent", False, False, False),
        ("supervisor", True, False, False),
        ("admin_agent", True, False, False),
        ("supervisor", False, True, True),
        ("agent", False, True, True),
    ],
)
def test_free_agents_and_who_is_on_call_come_first(role, available, on_call, first):
    assert rank(role, available, on_call) == (FREE if first else REST)


@pytest.mark.parametrize(
    ("address", "trunk", "can"),
    [
        ("tel:+8613900139000", False, False),
        ("tel:+8613900139000", True, True),
        ("tel:+4930123456", False, True),
        ("client:a", False, True),
        ("sip:+8613900139000@desk.example", False, True),
    ],
)
def test_a_telephone_in_mainland_china_needs_a_trunk(address, trunk, can):
    assert reachable(address, trunk) is can
