import numpy as np
import pytest
from tests.operations.problems import random_problem

from doorstep.domain.places import Place
from doorstep.domain.problem import PlannedShift
from doorstep.domain.units import Seconds
from doorstep.operations.duty.regularity import (
    familiarity_prices,
    irregular_seconds,
    with_familiarity,
    with_regular_starts,
)
from doorstep.operations.schedule import schedule

HOUR = 3600


def test_knowing_a_door_saves_more_the_better_it_is_known():
    problem = random_problem(np.random.default_rng(1), 8)
    here = problem.places[problem.stops[0].location]
    assert here is not None
    driver = next(s.driver_id for s in problem.shifts if s.driver_id)
    near, far = Place(here.lon + 0.0005, here.lat), Place(here.lon + 0.002, here.lat)
    once, often = (
        familiarity_prices(problem, {driver: [near] * times + [far]}, 60)[f"h{driver[1:]}"][problem.stops[0].stop_id]
        for times in (1, 10)
    )

    assert (once, often) == (-20, -50)


@pytest.mark.parametrize("lat", [0.0, 41.0, -38.0, 69.6])
def test_near_means_the_same_everywhere(lat):
    problem = random_problem(np.random.default_rng(1), 3)
    shift = PlannedShift("h", "v", "d", Seconds(0), Seconds(1), 0, 0, ())
    at = Place(25.0, lat)
    moved = type(problem)(**{f: getattr(problem, f) for f in problem.__slots__} | {
        "shifts": (shift,), "places": (at,) * len(problem.places),
    })  # fmt: skip
    east = 74 / 111_195 / np.cos(np.radians(lat))

    assert familiarity_prices(moved, {"d": [Place(25.0 + east, lat)]}, 60)
    assert not familiarity_prices(moved, {"d": [Place(25.0 + east * 1.05, lat)]}, 60)


def test_a_plan_is_cheaper_with_the_driver_who_knows_the_doors():
    problem = random_problem(np.random.default_rng(1), 8)
    shift = next(s for s in problem.shifts if s.driver_id)
    known = [p for p in problem.places if p is not None]
    priced = with_familiarity(problem, {shift.driver_id or "": known}, 60)
    stops = {shift.shift_id: [s.stop_id for s in problem.stops]}
    before, after = (schedule(p, stops, seed=1, problem_sha256="x").cents for p in (problem, priced))

    assert after["familiarity"] < 0
    assert after["total"] == before["total"] + after["familiarity"]


def test_an_unusual_start_is_priced_beyond_a_quarter_of_an_hour():
    shift = PlannedShift("h0", "v", "d0", Seconds(6 * HOUR), Seconds(14 * HOUR), 0, 0, ())
    usual = [Seconds(8 * HOUR), Seconds(8 * HOUR + 300), Seconds(15 * HOUR)]

    assert irregular_seconds(shift, usual) == 2 * HOUR + 300 - 900
    assert irregular_seconds(shift, [Seconds(6 * HOUR + 800)]) == 0
    assert irregular_seconds(shift, []) == 0


def test_a_shift_at_an_unusual_hour_costs_more_to_send_out():
    problem = random_problem(np.random.default_rng(1), 8)
    shift = next(s for s in problem.shifts if s.driver_id)
    late = {shift.driver_id or "": [Seconds(shift.starts + HOUR + 900)] * 3}
    priced = with_regular_starts(problem, late, 500)
    fixed = [p.valuation.rates[shift.shift_id].fixed_cents for p in (problem, priced)]

    assert fixed[1] - fixed[0] == 500
