"""When two customers are one person."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import joining
from core.joining import Contact, Edge

MOBILE, OTHER, LANDLINE = "+8613800138000", "+8613912345678", "+861065529988"
ONE = Contact(1, said=frozenset({MOBILE}), orders=frozenset({"88231"}), names=frozenset({"陈明"}))
TWO = Contact(2, called=frozenset({MOBILE}), orders=frozenset({"88231"}))
BARE = Contact(2)


# ---- What proves it


def test_a_number_alone_proves_nothing():
    """Anybody can leave anybody's number."""
    left = Contact(1, said=frozenset({MOBILE}))
    for other in (Contact(2, said=frozenset({MOBILE})), Contact(2, called=frozenset({MOBILE}))):
        assert joining.proof(left, other, ()) == ""
        assert joining.signs(left, other, ()) == ("phone",)


def test_an_order_alone_proves_nothing():
    one, other = (Contact(n, orders=frozenset({"88231"})) for n in (1, 2))
    assert joining.proof(one, other, ()) == ""
    assert joining.signs(one, other, ()) == ("order",)


def test_the_order_with_the_number_or_the_name():
    assert joining.proof(ONE, TWO, ()) == joining.BY_ORDER
    named = Contact(2, orders=frozenset({"88231"}), names=frozenset({"陈明"}))
    assert joining.proof(ONE, named, ()) == joining.BY_ORDER


def test_a_parcel_is_read_by_whoever_holds_the_box():
    one, other = (
        replace(ONE, orders=frozenset(), parcels=frozenset({"SF1"})),
        replace(TWO, orders=frozenset()),
    )
    other = replace(other, parcels=frozenset({"SF1"}))
    assert joining.proof(one, other, ()) == ""
    assert joining.signs(one, other, ()) == ("phone", "parcel")


def test_a_shared_number_proves_nothing_and_suggests_nobody():
    assert joining.proof(ONE, TWO, {MOBILE}) == ""
    assert joining.signs(ONE, TWO, {MOBILE}) == ("order",)
    assert joining.signs(replace(ONE, orders=frozenset()), TWO, {MOBILE}) == ()


def test_two_names_are_two_people_until_somebody_asks():
    assert joining.proof(ONE, replace(TWO, names=frozenset({"王芳"})), ()) == ""


def test_a_call_that_reached_them_at_the_number_that_calls():
    reached = Contact(1, said=frozenset({MOBILE}), reached=frozenset({MOBILE}))
    assert joining.proof(reached, Contact(2, called=frozenset({MOBILE})), ()) == joining.BY_CALL
    assert joining.proof(Contact(2, called=frozenset({MOBILE})), reached, ()) == joining.BY_CALL
    both = Contact(2, said=frozenset({MOBILE}), reached=frozenset({MOBILE}))
    assert joining.proof(reached, both, ()) == joining.BY_CALL


def test_a_call_that_reached_one_proves_nothing_of_another_who_only_left_the_number():
    reached = Contact(1, said=frozenset({MOBILE}), reached=frozenset({MOBILE}))
    assert joining.proof(reached, Contact(2, said=frozenset({MOBILE})), ()) == ""


def test_strangers_have_no_sign():
    assert joining.proof(ONE, BARE, ()) == ""
    assert joining.signs(ONE, BARE, ()) == ()


@pytest.mark.parametrize(
    ("phone", "customers", "names", "expected"),
    [
        (MOBILE, 1, (), True),
        (MOBILE, joining.MOST_CUSTOMERS, ("陈明", "陈明"), True),
        (MOBILE, joining.MOST_CUSTOMERS + 1, (), False),
        (MOBILE, 2, ("陈明", "王芳"), False),
        (LANDLINE, 1, (), False),
        ("+442071838750", 1, (), False),
    ],
)
def test_whose_number_it_is(phone, customers, names, expected):
    assert joining.personal(phone, customers, names) is expected


@pytest.mark.parametrize(
    ("caller", "left", "shared", "expected"),
    [
        (MOBILE, MOBILE, (), True),
        (MOBILE, OTHER, (), False),
        (MOBILE, None, (), False),
        (None, None, (), False),
        (MOBILE, MOBILE, (MOBILE,), False),
    ],
)
def test_the_number_of_the_complaint_from_the_telephone_that_was_left(caller, left, shared, expected):
    assert joining.said_from(caller, left, shared) is expected


# ---- Who belongs together


def edges(*pairs):
    return [Edge(n, one, other) for n, (one, other) in enumerate(pairs, 1)]


def test_two_chains_become_one_person():
    assert joining.together(1, edges((1, 2), (2, 3), (4, 5))) == {1, 2, 3}
    assert joining.together(5, edges((1, 2), (2, 3), (4, 5), (3, 4))) == {1, 2, 3, 4, 5}
    assert joining.together(9, edges((1, 2))) == {9}


def test_undoing_in_the_middle_of_a_chain_leaves_both_ends_joined():
    chain = edges((1, 2), (2, 3), (3, 4))
    assert joining.parting(2, 3, chain) == (2,)


def test_in_a_circle_the_latest_join_goes_with_it():
    circle = edges((1, 2), (2, 3), (1, 3))
    assert joining.parting(1, 2, circle) == (1, 3)
    assert joining.parting(1, 3, circle) == (3, 2)


def test_those_who_are_not_together_need_no_parting():
    assert joining.parting(1, 4, edges((1, 2), (3, 4))) == ()
    assert joining.parting(1, 1, edges((1, 2))) == ()


def test_a_no_holds_along_the_chain():
    no = frozenset({frozenset({1, 3})})
    assert joining.contradicts(1, 3, [], no) == no
    assert joining.contradicts(1, 2, edges((2, 3)), no) == no
    assert joining.contradicts(4, 2, edges((2, 3), (1, 4)), no) == no
    assert joining.contradicts(1, 2, edges((4, 5)), no) == frozenset()


def test_a_no_between_two_who_are_together_already_stops_nothing_within():
    no = frozenset({frozenset({1, 3})})
    assert joining.contradicts(1, 2, edges((1, 2)), no) == frozenset()


CUSTOMERS = st.integers(1, 6)
PAIRS = st.lists(st.tuples(CUSTOMERS, CUSTOMERS).filter(lambda two: two[0] != two[1]), max_size=12)


@given(PAIRS)
def test_together_is_the_same_for_all_who_are_together(pairs):
    known = edges(*pairs)
    for one in range(1, 7):
        group = joining.together(one, known)
        assert one in group
        assert all(joining.together(other, known) == group for other in group)


@given(PAIRS, CUSTOMERS, CUSTOMERS)
def test_after_a_parting_the_two_are_apart_and_nothing_else_was_undone_in_vain(pairs, one, other):
    known = edges(*pairs)
    undone = joining.parting(one, other, known)
    left = [edge for edge in known if edge.id not in undone]
    assert one == other or other not in joining.together(one, left)
    assert len(set(undone)) == len(undone)
    before = joining.together(one, known)
    assert all(edge.one in before for edge in known if edge.id in undone)
    if one != other and other in before:
        # Each of the others still holds: who was together stays so with at least one of the two.
        sides = joining.together(one, left), joining.together(other, left)
        assert undone
        assert not sides[0] & sides[1]
    else:
        assert undone == ()


ACTS = st.lists(
    st.tuples(st.sampled_from(["prove", "confirm", "no", "undo"]), CUSTOMERS, CUSTOMERS), max_size=25
)


@settings(max_examples=300)
@given(ACTS)
def test_whom_a_person_has_parted_no_proof_brings_together(acts):
    """Any sequence of proofs, confirmations, noes and undoings, as `reception.joining` does them."""
    ids, known, apart = itertools.count(1), [], set()
    for act, one, other in acts:
        pair = frozenset({one, other})
        against = joining.contradicts(one, other, known, apart)
        joined = other in joining.together(one, known)
        if one == other:
            continue
        if act == "undo":
            gone = joining.parting(one, other, known)
            apart |= {edge.pair for edge in known if edge.id in gone} | ({pair} if gone else set())
            known = [edge for edge in known if edge.id not in gone]
        elif act == "no" and not joined:
            apart.add(pair)
        elif not joined and (not against or (act == "confirm" and against == {pair})):
            apart.discard(pair)
            known.append(Edge(next(ids), one, other))
        for two in apart:
            first, second = two
            assert second not in joining.together(first, known)
