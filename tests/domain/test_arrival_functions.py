"""Legs with their own arrival functions: nobody overtakes, and whole seconds are never early."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.operations.timed import HORIZON, arrival_functions

from doorstep.domain.errors import YourInput
from doorstep.domain.travel import ArrivalFunctions, by_slot

seeds = st.integers(0, 10**6)


def one_leg(at: list[int], there: list[int]) -> ArrivalFunctions:
    begins = np.array([0, 0, len(at), 2 * len(at), 2 * len(at)])
    twice = [np.array(side * 2, np.int32) for side in (at, there)]
    return ArrivalFunctions(begins, twice[0], twice[1], np.zeros((2, 2), np.int32))


def exact(at: list[int], there: list[int], leaves: int) -> Fraction:
    """Return the arrival with no rounding: the smallest value that the function has at that second."""
    if leaves <= at[0]:
        return Fraction(leaves + there[0] - at[0])
    for (a, p), (b, q) in pairwise(zip(at, there, strict=True)):
        if a < leaves <= b:
            return p + Fraction((q - p) * (leaves - a), b - a)
    return Fraction(leaves + there[-1] - at[-1])


@given(seeds, st.integers(0, HORIZON + 500), st.integers(0, HORIZON + 500))
def test_who_leaves_later_never_arrives_earlier(seed, one, other):
    travel = arrival_functions(np.random.default_rng(seed), 2)
    first, second = sorted((one, other))

    assert first <= travel.arrival(0, 1, first) <= travel.arrival(0, 1, second)


@given(seeds, st.integers(0, HORIZON + 500))
def test_arrivals_are_the_functions_rounded_up(seed, leaves):
    travel = arrival_functions(np.random.default_rng(seed), 2)
    first, end = travel.begins[1:3]
    at, there = travel.at[first:end].tolist(), travel.there[first:end].tolist()

    assert travel.arrival(0, 1, leaves) == -(-exact(at, there, leaves) // 1)


def test_at_a_step_the_smaller_value_holds():
    travel = one_leg([0, 100, 100, 200], [50, 150, 190, 290])

    assert [travel.arrival(0, 1, t) for t in (99, 100, 101)] == [149, 150, 191]


def test_outside_the_knots_a_leg_takes_as_long_as_there():
    travel = one_leg([100, 200], [150, 270])

    assert (travel.arrival(0, 1, 0), travel.arrival(0, 1, 1000)) == (50, 1070)


def test_staying_takes_no_time():
    assert one_leg([0], [9]).arrival(1, 1, 77) == 77


@given(seeds)
def test_least_mean_and_most_seconds_are_those_of_the_functions(seed):
    travel = arrival_functions(np.random.default_rng(seed), 3, slopes=False)
    first, end = travel.begins[1:3]
    takes = [travel.arrival(0, 1, t) - t for t in range(HORIZON + 1)]
    knots = (travel.there - travel.at)[first:end]

    assert (travel.least_seconds()[0, 1], travel.most_seconds()[0, 1]) == (knots.min(), knots.max())
    assert travel.least_seconds()[0, 1] == min(takes)
    assert travel.mean_seconds()[0, 1] == pytest.approx(sum(takes) / len(takes), rel=0.02, abs=2)
    assert (np.diag(travel.mean_seconds()) == 0).all()


@given(seeds, st.permutations(range(4)))
def test_some_of_the_locations_keep_their_legs(seed, rows):
    travel = arrival_functions(np.random.default_rng(seed), 4)
    part = travel.between(rows[:3])

    assert [part.arrival(i, j, 777) for i in range(3) for j in range(3)] == [
        travel.arrival(rows[i], rows[j], 777) for i in range(3) for j in range(3)
    ]
    assert (part.metres == travel.metres[np.ix_(rows[:3], rows[:3])]).all()


@pytest.mark.parametrize(
    ("at", "there", "says"),
    [
        ([0, 100], [90, 80], "never fall, got others on the leg from 0 to 1"),
        ([100, 0], [110, 120], "never fall"),
        ([0, 100], [0, 90], "never before the departure"),
        ([-5, 100], [0, 190], "from second 0 on"),
    ],
)
def test_functions_that_let_somebody_overtake_are_refused(at, there, says):
    with pytest.raises(YourInput, match=says):
        one_leg(at, there)


def test_a_leg_without_knots_is_refused():
    knot = np.array([9], np.int32)

    with pytest.raises(YourInput, match="Expected knots for every leg"):
        ArrivalFunctions(np.array([0, 0, 1, 1, 1]), knot, knot, np.zeros((2, 2), np.int32))


def test_what_needs_matrices_by_slot_says_so():
    with pytest.raises(YourInput, match="Expected travel times by slot"):
        by_slot(one_leg([0], [9]))
