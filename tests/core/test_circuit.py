"""Three failures in a row, ten seconds of rest."""

from core.circuit import OPEN_SECONDS, Circuit


def test_opens_after_three_failures_and_closes_after_the_pause():
    circuit = Circuit()
    for _ in range(3):
        assert circuit.closed(100.0)
        circuit = circuit.after(False, 100.0)
    assert not circuit.closed(100.0 + OPEN_SECONDS - 0.1)
    assert circuit.closed(100.0 + OPEN_SECONDS)


def test_one_success_forgets_the_failures():
    circuit = Circuit().after(False, 1.0).after(False, 1.0).after(True, 1.0).after(False, 1.0)
    assert circuit.closed(1.0)


def test_a_failure_after_the_pause_opens_again_at_once():
    circuit = Circuit(failures=3, open_until=5.0).after(False, 6.0)
    assert not circuit.closed(7.0)
