"""What no search can work with is refused by name: whose figure it is, and which."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.operations.problems import Recipe, random_problem
from tests.operations.timed import arrival_functions

from doorstep.adapters.instances.any_format import read_any
from doorstep.domain.duty import BreakRule
from doorstep.domain.problem import Battery, Charger, Pair, Problem
from doorstep.domain.travel import TravelTimes, by_slot
from doorstep.domain.units import Cents, Metres, Seconds
from doorstep.domain.valuation import Rates
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


def _by_function(stop: Mapping[str, Any], shift: Mapping[str, Any], rates: Rates | None = None, **more: Any) -> Problem:
    problem = _plain()
    travel = arrival_functions(np.random.default_rng(1), len(problem.places))
    valuation = replace(problem.valuation, rates={"h1": rates or Rates()})
    stops = (problem.stops[0], replace(problem.stops[1], **stop), *problem.stops[2:])
    shifts = (problem.shifts[0], replace(problem.shifts[1], **shift))
    return replace(problem, stops=stops, shifts=shifts, times={"car": travel}, **{"valuation": valuation, **more})


RULE = BreakRule("Art. 7", "driving", Seconds(16_200), Seconds(2_700))


@pytest.mark.parametrize(
    ("problem", "named"),
    [
        (_by_function({"picks": (1,)}, {}), "'picks' of stop 's1'"),
        (_by_function({"release": Seconds(60)}, {}), "'release' of stop 's1'"),
        (_by_function({}, {"max_metres": Metres(0)}), "'max_metres' of shift 'h1'"),
        (_by_function({}, {"reloads": (0,), "max_trips": 2}), "'reloads' of shift 'h1'"),
        (_by_function({}, {"battery": Battery(9, 9, 1, 1)}), "'battery' of shift 'h1'"),
        (_by_function({}, {"breaks": (RULE,)}), "'breaks' of shift 'h1'"),
        (_by_function({}, {"max_driving": Seconds(0)}), "'max_driving' of shift 'h1'"),
        (_by_function({}, {"max_working": Seconds(9)}), "'max_working' of shift 'h1'"),
        (_by_function({}, {"frozen": ("s1",)}), "'frozen' of shift 'h1'"),
        (_by_function({}, {"lifo": True}), "'lifo' of shift 'h1'"),
        (_by_function({}, {}, Rates(cents_per_stop=1)), "'cents_per_stop' of shift 'h1'"),
        (_by_function({}, {}, Rates(even_cents_per_hour=1)), "'even_cents_per_hour' of shift 'h1'"),
        (_by_function({}, {}, pairs=(Pair("s0", "s1"),)), "'pairs' with stop 's0'"),
        (_by_function({}, {}, chargers=(Charger("c", 0, 1, 1),)), "'chargers' with 'c'"),
    ],
)
def test_what_is_not_planned_with_arrival_functions_is_named(problem, named):
    assert _refusal(problem).startswith(f"Expected travel times by slot beside {named}, got arrival functions for")


def test_pairings_and_two_forms_of_travel_are_named_beside_arrival_functions():
    problem = _by_function({}, {})
    paired = problem.valued(replace(problem.valuation, pairings={"tariff": {"h1": {"s1": Cents(5)}}}))
    slots = {**problem.times, "bike": _plain().times["car"]}
    mixed = replace(problem, times=slots, shifts=(problem.shifts[0], replace(problem.shifts[1], profile="bike")))

    assert "beside 'pairings' with shift 'h1', got" in _refusal(paired)
    assert "beside shifts that have these, got arrival functions for profile 'car'" in _refusal(mixed)
