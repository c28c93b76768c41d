"""Travel across traffic slots: who leaves later never arrives earlier; whole seconds are never early."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.domain.errors import YourInput
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Seconds


def one_leg(edges: list[int], seconds: list[int]) -> TravelTimes:
    legs = np.zeros((len(edges), 2, 2), dtype=np.int32)
    legs[:, 0, 1] = seconds
    return TravelTimes(tuple(map(Seconds, edges)), legs, 2 * legs)


@st.composite
def legs(draw: st.DrawFn) -> TravelTimes:
    edges = sorted({0, *draw(st.lists(st.integers(1, 4_000), max_size=5))})
    return one_leg(edges, draw(st.lists(st.integers(0, 3_000), min_size=len(edges), max_size=len(edges))))


def exact(times: TravelTimes, leaves: int) -> tuple[Fraction, int]:
    """Return the arrival with no rounding, by the share of the leg that is done, and how many edges were passed."""
    at, left, passed = Fraction(leaves), Fraction(1), 0
    k = sum(edge <= leaves for edge in times.edges[1:])
    while k + 1 < len(times.edges):
        whole, until = int(times.seconds[k, 0, 1]), times.edges[k + 1] - at
        if left * whole <= until:
            break
        left -= until / whole
        at, k, passed = Fraction(times.edges[k + 1]), k + 1, passed + 1
    return at + left * int(times.seconds[k, 0, 1]), passed


@given(legs(), st.integers(0, 5_000), st.integers(0, 5_000))
def test_who_leaves_later_never_arrives_earlier(times, one, other):
    first, second = sorted((one, other))

    assert times.arrival(0, 1, first) <= times.arrival(0, 1, second)


@given(legs(), st.integers(0, 5_000))
def test_whole_seconds_are_never_early_and_within_a_slot_exact(times, leaves):
    true, passed = exact(times, leaves)
    found = times.arrival(0, 1, leaves)

    assert found >= true
    assert passed or found == true


def test_what_is_left_at_an_edge_takes_the_next_slots_pace():
    times = one_leg([0, 1_000], [600, 900])

    assert times.arrival(0, 1, 400) == 1_000
    assert times.arrival(0, 1, 700) == 1_000 + 450
    assert times.arrival(0, 1, 999) == 1_000 + 899, "599 s left, half as long again, rounded up"
    assert times.distance(0, 1, 999) == 1_200, "the metres of the slot in which it began"


@pytest.mark.parametrize("edges", [[], [10], [0, 5, 5], [0, 9, 3]])
def test_edges_that_do_not_rise_from_zero_are_refused(edges):
    with pytest.raises(YourInput, match="edges that start at 0 and rise"):
        one_leg(edges, [1] * len(edges))


@pytest.mark.parametrize(
    ("legs", "says"),
    [
        ([[0, np.nan], [1, 0]], "seconds of 0 or more, got nan from location 0 to 1 in slot 0"),
        ([[0, 5], [np.inf, 0]], "got inf from location 1 to 0 in slot 0"),
        ([[0.0, 5.0], [5.0, 0.0]], "Expected whole seconds, got a matrix of float64; round them"),
        ([[0, 5], [-7, 0]], "got -7 from location 1 to 0 in slot 0"),
        ([["0", "a"], ["b", "0"]], "Expected whole seconds, got a matrix of"),
    ],
)
def test_a_leg_that_is_no_whole_number_is_named(legs, says):
    good = np.zeros((1, 2, 2), dtype=np.int32)

    with pytest.raises(YourInput, match=says):
        TravelTimes((Seconds(0),), np.array([legs]), good)
