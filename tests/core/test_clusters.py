"""How many alike are no chance: as content/clusters.yml says it."""

from datetime import timedelta

import pytest

from core.clusters import Burst, Named, Rules
from core.content import ContentError

GOOD = {"burst": {"customers": 5, "minutes": 60, "again": 240}, "named": {"complaints": 3, "days": 30}}


def changed(part, **numbers):
    return {**GOOD, part: {**GOOD[part], **numbers}}


def test_the_numbers_are_read_with_their_units():
    rules = Rules.from_mapping(GOOD)
    assert rules.burst == Burst(5, timedelta(hours=1), timedelta(hours=4))
    assert rules.named == Named(3, timedelta(days=30))


@pytest.mark.parametrize(
    ("given", "where"),
    [
        (None, "clusters.yml"),
        ({"burst": GOOD["burst"]}, "clusters.yml: named"),
        ({**GOOD, "brust": {}}, "clusters.yml"),
        (changed("burst", customers=1), "clusters.yml: burst.customers"),
        (changed("burst", customers="5"), "clusters.yml: burst.customers"),
        (changed("burst", minutes=0), "clusters.yml: burst.minutes"),
        (changed("burst", minutes=1441), "clusters.yml: burst.minutes"),
        (changed("burst", again=59), "clusters.yml: burst.again"),
        (changed("burst", again=10081), "clusters.yml: burst.again"),
        (changed("burst", hours=1), "clusters.yml: burst"),
        (changed("named", complaints=1), "clusters.yml: named.complaints"),
        (changed("named", days=0), "clusters.yml: named.days"),
        (changed("named", days=True), "clusters.yml: named.days"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(given, where):
    with pytest.raises(ContentError) as refused:
        Rules.from_mapping(given)
    assert refused.value.where == where
