"""What the search plans inside legal limits, appended to the driver's record, is legal; prices of duty change plans."""

from dataclasses import replace

import numpy as np
import pytest
from tests.operations.duty.rosters import day
from tests.operations.problems import Recipe, random_problem

from doorstep.domain.duty import DutyRecord
from doorstep.domain.problem import Problem
from doorstep.domain.units import Cents, Seconds
from doorstep.operations.duty.limits import todays_limits, with_limits
from doorstep.operations.duty.records import of_route
from doorstep.operations.duty.regularity import with_familiarity
from doorstep.operations.duty.rules import rule_set
from doorstep.operations.duty.validator import breaches
from doorstep.operations.schedule import schedule
from doorstep.operations.search import search
from doorstep.operations.territory import compactness, home_areas, with_territories

HOUR = 3600


def long_day(seed: int) -> Problem:
    """Return a day with far legs and long services, in which breaks and totals bind."""
    recipe = Recipe(shifts=3, profiles=1, windowed=0.0, needy=0.0, optional=1.0, curved=0.0, span_km=60.0)
    problem = random_problem(np.random.default_rng(seed), 40, recipe)
    shifts = tuple(
        replace(s, starts=Seconds(7 * HOUR), ends=Seconds(19 * HOUR), capacities=(10**6,) * 2, max_stops=None)
        for s in problem.shifts
    )
    return replace(problem, shifts=shifts).valued(
        replace(problem.valuation, unserved={s.stop_id: Cents(20_000) for s in problem.stops}, rates={})
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["eu-561", "eu-van", "us-395"])
def test_a_searched_day_is_legal_after_the_day_before(kernels, name):
    del kernels
    rules, problem = rule_set(name, "2026-03-02"), long_day(1)
    yesterday = DutyRecord(problem.timezone, tuple(day("2026-03-01T09:00", "D4:00 B0:45 D3:00 W2:00")))
    limits = todays_limits(rules, yesterday, problem.day, Seconds(7 * HOUR), ends=Seconds(19 * HOUR))
    legal = replace(problem, shifts=tuple(with_limits(s, limits) for s in problem.shifts))
    found = search(legal, iterations=2000, seconds=0, seed=1)
    plan = schedule(legal, found.sequences, seed=1, problem_sha256="x", departures=found.departures)

    assert sum(route.seconds for route in plan.routes) > 15 * HOUR
    for route, shift in zip(plan.routes, legal.shifts, strict=True):
        today = of_route(route, problem.day, problem.timezone, starts=shift.starts)
        assert breaches(rules, yesterday.then(today)) == ()


@pytest.mark.slow
def test_without_limits_the_same_day_is_not_legal(kernels):
    del kernels
    rules, problem = rule_set("eu-561", "2026-03-02"), long_day(1)
    found = search(problem, iterations=2000, seconds=0, seed=1)
    plan = schedule(problem, found.sequences, seed=1, problem_sha256="x")
    records = [DutyRecord(problem.timezone, of_route(r, problem.day, problem.timezone)) for r in plan.routes]

    assert any(breaches(rules, record) for record in records)


def small_day() -> Problem:
    recipe = Recipe(shifts=3, profiles=1, slots=1, windowed=0.5, needy=0.0, optional=0.0, curved=0.0, alike=True)
    problem = random_problem(np.random.default_rng(8), 45, recipe)
    shifts = tuple(
        replace(s, driver_id=f"d{k}", starts=Seconds(7 * HOUR), ends=Seconds(20 * HOUR), capacities=(200,) * 2,
                max_stops=None, start=0, end=0)
        for k, s in enumerate(problem.shifts)
    )  # fmt: skip
    return replace(problem, shifts=shifts)


@pytest.mark.slow
def test_territories_make_a_plan_more_compact_at_a_price(kernels):
    del kernels
    problem = small_day()
    west_to_east = sorted(problem.stops, key=lambda s: (problem.places[s.location] or 0).lon)  # type: ignore[union-attr]
    places = [place for place in (problem.places[s.location] for s in west_to_east) if place is not None]
    thirds = {f"h{k}": places[15 * k : 15 * k + 15] for k in range(3)}
    priced = with_territories(problem, home_areas(problem, {}, thirds), 300)
    plain, compact = (search(p, iterations=4000, seconds=0, seed=1).sequences for p in (problem, priced))
    cents = [
        sum(v for k, v in schedule(problem, s, seed=1, problem_sha256="x").cents.items() if k == "total")
        for s in (plain, compact)
    ]

    assert compactness(problem, compact).mean_metres < compactness(problem, plain).mean_metres
    assert cents[0] <= cents[1], "compactness has its price"


@pytest.mark.slow
def test_doors_go_to_whom_they_are_familiar(kernels):
    del kernels
    problem = small_day()
    known = [place for place in (problem.places[s.location] for s in problem.stops[:10]) if place is not None]
    priced = with_familiarity(problem, {"d2": known * 5}, 2_000)
    mine = {stop for stop, _ in priced.valuation.pairings["familiarity"]["h2"].items()}
    before, after = (search(p, iterations=4000, seconds=0, seed=1).sequences.get("h2", ()) for p in (problem, priced))

    assert len(mine.intersection(after)) > len(mine.intersection(before))
