"""Which depot serves which stop: the nearest that may and can, everybody once."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.operations.depots import on_a_map
from tests.operations.problems import random_problem, random_sequences, rich

from doorstep.domain.problem import Pair, PlannedShift, Problem
from doorstep.domain.travel import by_slot
from doorstep.domain.units import Seconds
from doorstep.domain.windows import TimeWindow
from doorstep.operations.cells import catchments as told
from doorstep.operations.cells.catchments import catchments
from doorstep.operations.cells.crews import errands
from doorstep.operations.cells.flat import flat


def served(problem: Problem, most: float = 1000, bound: dict[str, str] | None = None) -> dict[str, int]:
    """Return by errand the number of the depot that serves it."""
    found = catchments(problem, flat(problem), most, bound or {})
    return {x: k for k, one in enumerate(found) for x in one.anchors}


@pytest.mark.parametrize("seed", range(20))
def test_every_errand_and_every_shift_is_in_exactly_one_catchment(seed):
    problem = random_problem(np.random.default_rng(seed), 30, rich(shifts=6))
    begun = random_sequences(np.random.default_rng(seed), problem) if seed % 2 else {}
    anchor = {stop.stop_id: x for x, errand in errands(problem).items() for stop in errand}
    bound = {anchor[x]: r for r, halts in begun.items() for x in halts}
    found = catchments(problem, flat(problem), 10, bound)

    assert sorted(x for one in found for x in one.anchors) == sorted(errands(problem))
    assert sorted(s.shift_id for one in found for s in one.shifts) == sorted(s.shift_id for s in problem.shifts)
    assert all(any(s.shift_id == bound[x] for s in one.shifts) for one in found for x in one.anchors if x in bound)


def line(*doors: float, vans: tuple[int, ...] = (9, 9), depots: tuple[float, ...] = (0, 50)) -> Problem:
    """Return a day along a line, with depots at 0 and 50 km unless it is said otherwise."""
    return on_a_map([[x, 0] for x in depots], [[x, 0] for x in doors], vans)


def with_shifts(problem: Problem, *changes: dict[str, Any]) -> Problem:
    """Return the day with shifts changed, each by its own."""
    shifts: list[PlannedShift] = [replace(s, **change) for s, change in zip(problem.shifts, changes, strict=True)]
    return replace(problem, shifts=tuple(shifts))


def test_a_stop_is_served_from_the_nearest_depot():
    assert served(line(1, 24, 26, 60)) == {"s0": 0, "s1": 0, "s2": 1, "s3": 1}


def test_near_is_what_travel_says_and_not_the_line():
    problem = line(24)
    times = by_slot(problem.times["car"])
    times.seconds[0, 0, 2] = times.seconds[0, 2, 0] = 9000

    assert served(problem) == {"s0": 1}


def test_where_the_nearest_depot_is_full_who_loses_least_goes_to_another():
    assert served(line(1, 20, 5, 10, vans=(3, 9))) == {"s0": 0, "s1": 1, "s2": 0, "s3": 0}


def test_a_depot_without_hours_left_is_full():
    problem = with_shifts(line(10, 10, 10, 10), {"ends": Seconds(7 * 3600 + 2600)}, {})

    assert sorted(served(problem).values()) == [0, 0, 1, 1]


def test_no_shift_is_given_more_than_the_most_stops_while_another_may_serve_them():
    assert sorted(served(line(*range(10), vans=(99, 99)), most=5).values()) == [0] * 5 + [1] * 5


def test_nothing_goes_to_a_shift_that_may_make_no_stop():
    assert set(served(with_shifts(line(1, 2, 3), {"max_stops": 0}, {})).values()) == {1}


def test_a_stop_goes_where_somebody_has_its_skills_is_named_or_works_at_its_hours():
    problem = line(1, 2, 3, 4)
    late = (TimeWindow(Seconds(20 * 3600), Seconds(21 * 3600)),)
    changes: list[dict[str, Any]] = [
        {}, {"needs": frozenset({"crane"})}, {"only": frozenset({"h1"})}, {"windows": late}
    ]  # fmt: skip
    stops = tuple(replace(s, **change) for s, change in zip(problem.stops, changes, strict=True))
    problem = replace(problem, stops=stops)
    problem = with_shifts(problem, {}, {"offers": frozenset({"crane"}), "ends": Seconds(22 * 3600)})

    assert served(problem) == {"s0": 0, "s1": 1, "s2": 1, "s3": 1}


def test_room_of_who_has_a_skill_is_kept_for_who_needs_it():
    problem = line(1, 2, 3, vans=(2, 9))
    stops = (*problem.stops[:2], replace(problem.stops[2], needs=frozenset({"crane"})))
    problem = with_shifts(replace(problem, stops=stops), {"offers": frozenset({"crane"})}, {})

    assert served(problem)["s2"] == 0


def test_a_pair_is_served_from_one_depot():
    problem = replace(line(1, 30, 49, 20), pairs=(Pair("s0", "s1"), Pair("s2", "s3")))

    assert served(problem) == {"s0": 0, "s2": 1}


def test_what_a_shift_has_begun_is_served_from_its_depot():
    assert served(line(1, 2), bound={"s1": "h1"}) == {"s0": 0, "s1": 1}


def test_a_shift_that_may_reload_elsewhere_or_ends_there_comes_near_the_stops_around():
    problem = line(49, 48, vans=(9, 9), depots=(0, 90))

    assert set(served(problem).values()) == {1}
    assert set(served(with_shifts(problem, {"reloads": (2,), "max_trips": 3}, {})).values()) == {0}
    assert set(served(with_shifts(problem, {"end": 2}, {})).values()) == {0}


def test_gates_of_one_yard_are_one_depot():
    problem = on_a_map([[0, 0], [0.1, 0], [60, 0]], [[x, y] for x in (1, 12, 55) for y in (9, -9)], (9, 9, 9))

    assert [len(one.shifts) for one in catchments(problem, flat(problem), 9, {})] == [2, 1]


@pytest.mark.parametrize("seed", range(5))
def test_where_too_many_rows_begin_routes_straight_lines_do(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    problem = on_a_map(rng.uniform(0, 99, (5, 2)).tolist(), rng.uniform(0, 99, (30, 2)).tolist(), (7,) * 5)
    by_travel = served(problem)
    monkeypatch.setattr(told, "MOST_ASKED", 0)
    by_lines = served(problem)

    assert sum(by_travel[x] != by_lines[x] for x in by_travel) <= 2
