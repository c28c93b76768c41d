"""Where a detour beats the direct way, taking a stop out can make a route late; no such route may be returned."""

import numpy as np
import pytest
from benchmarks.bench_laws import random_law_problem

from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Seconds
from doorstep.domain.valuation import Rates, Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.operations.check import check
from doorstep.operations.schedule import schedule
from doorstep.operations.search import search


def refused(problem: Problem, seed: int, iterations: int) -> list[str]:
    found = search(problem, seconds=1, seed=seed, iterations=iterations)
    report = check(problem, schedule(problem, found.sequences, seed=seed, problem_sha256=""))
    left_out = tuple(f"Stop {stop!r}" for stop in report.left_out)
    return [violation for violation in report.violations if not violation.startswith(left_out)]


@pytest.mark.parametrize("seed", [2701, 3433, 7177, 8792])
def test_a_priced_route_that_grew_late_is_not_returned(seed):
    assert refused(random_law_problem(seed), seed, 150) == []


def distances_without_a_triangle(seed: int) -> Problem:
    """Return a problem priced by distance alone whose direct ways are often slower than detours."""
    rng = np.random.default_rng(seed)
    legs = rng.integers(50, 1500, size=(1, 19, 19)).astype(np.int32)
    legs[0, np.arange(19), np.arange(19)] = 0
    opens = rng.integers(0, 6000, size=18)
    windows = [TimeWindow(Seconds(int(at)), Seconds(int(at) + 1500)) for at in opens]
    stops = tuple(Stop(f"s{i}", (f"s{i}",), i + 1, (windows[i],), Seconds(60), (1,)) for i in range(18))
    shifts = tuple(PlannedShift(f"h{k}", f"v{k}", None, Seconds(0), Seconds(9000), 0, 0, (12,)) for k in range(9))
    rates = {shift.shift_id: Rates(cents_per_km=1000) for shift in shifts}
    times = {"car": TravelTimes((Seconds(0),), legs, legs)}
    return Problem(
        "c", "d", "2026-11-20", "UTC", "EUR", ("parcels",), (None,) * 19, stops, shifts, times,
        Valuation("distance", (), {}, {}, rates),
    )  # fmt: skip


def test_a_route_priced_by_distance_that_grew_late_is_not_returned():
    assert [refused(distances_without_a_triangle(seed), seed, 400) for seed in range(60)] == [[]] * 60
