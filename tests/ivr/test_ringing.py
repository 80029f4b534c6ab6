"""What the end of a ring means: a table."""

import pytest

from core.call import Rang
from ivr import ringing
from ivr.ringing import Report


@pytest.mark.parametrize(
    ("report", "agent", "out", "rang", "outcome"),
    [
        (Report("true", "completed"), 7, (), Rang("accepted", talked=7), "accepted"),
        (Report("", "completed"), 7, (), Rang("accepted", talked=7), "accepted"),
        (Report("false", "completed"), 7, (7,), Rang("canceled"), "failed"),
        (Report("false", "failed"), 7, (7,), Rang("failed"), "failed"),
        (Report("false", "busy"), 7, (), Rang("busy"), "busy"),
        (Report("false", "no-answer"), 7, (), Rang("no-answer"), "no_answer"),
        (Report("false", "completed"), None, (8, 9), Rang("declined", (8,)), "failed"),
        (Report("false", "no-answer"), None, (8,), Rang("no-answer"), "no_answer"),
        (Report("", "never heard of"), None, (), Rang("unknown"), "failed"),
    ],
)
def test_how_a_ring_ended(report, agent, out, rang, outcome):
    found = ringing.ended(report, agent, (7, 8), out)
    assert found == rang
    assert ringing.outcome(found) == outcome


def test_how_hanging_up_ends_the_wish():
    assert ringing.outcome_of_hanging_up(None) == "customer_left"
    assert ringing.outcome_of_hanging_up(7) == "accepted"
