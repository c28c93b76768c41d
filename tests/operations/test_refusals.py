"""What no search can work with is refused by name: whose figure it is, and which."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.operations.problems import Recipe, random_problem

from doorstep.adapters.instances.any_format import read_any
from doorstep.domain.problem import Problem
from doorstep.domain.travel import TravelTimes, by_slot
from doorstep.domain.units import Seconds
from doorstep.operations.errors import UnplannableInput
from doorstep.operations.search import search


def _plain() -> Problem:
    return random_problem(np.random.default_rng(1), 4, Recipe(slots=1, dimensions=1, shifts=2, profiles=1))


def _refusal(problem: Problem) -> str:
    with pytest.raises(UnplannableInput) as refused:
        search(problem, seconds=1, seed=1, iterations=1)
    return str(refused.value)


def test_a_leg_that_no_van_can_be_back_from_is_named_by_its_ends_and_profile():
    problem = _plain()
    stop, shift = problem.stops[0], problem.shifts[0]
    seconds = by_slot(problem.times["car"]).seconds.copy()
    seconds[0, stop.location, shift.end] = 2**28 - 1
    times = {"car": TravelTimes((Seconds(0),), seconds, by_slot(problem.times["car"]).metres)}
    said = _refusal(replace(problem, times=times))
    at_stop = {f"stop {s.stop_id!r}" for s in problem.stops if s.location == stop.location}

    assert "a leg of 268,435,455 s with profile 'car', from " in said
    assert any(f"from {who} to where shift {shift.shift_id!r}" in said for who in at_stop)
    assert "Leave one of the two out where no road leads" in said


def test_a_shift_that_ends_beyond_all_days_is_named():
    problem = _plain()
    late = replace(problem.shifts[1], ends=Seconds(2**28))

    assert f"got shift {late.shift_id!r}, which ends at 268,435,456 s, and a leg of" in _refusal(
        replace(problem, shifts=(problem.shifts[0], late))
    )


def test_a_text_without_times_is_told_that_its_distances_are_too_long(tmp_path: Path):
    path = tmp_path / "far.vrp"
    path.write_text(
        "NAME : far\nTYPE : CVRP\nDIMENSION : 3\nEDGE_WEIGHT_TYPE : EUC_2D\nCAPACITY : 9\nNODE_COORD_SECTION\n"
        "1 0 0\n2 150000000 0\n3 0 150000000\nDEMAND_SECTION\n1 0\n2 1\n3 1\nDEPOT_SECTION\n1\n-1\nEOF\n"
    )
    said = _refusal(read_any(path))

    assert "from stop '2' to stop '3'" in said
    assert "take a coarser unit (of a text without times, distances are the seconds)" in said
