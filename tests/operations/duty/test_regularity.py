from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from tests.operations.problems import random_problem

from doorstep.domain.places import Place
from doorstep.domain.problem import PlannedShift
from doorstep.domain.units import Seconds
from doorstep.domain.valuation import Rates
from doorstep.operations.duty.regularity import (
    familiarity_prices,
    irregular_seconds,
    unusual_day,
    with_familiarity,
    with_regular_days,
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


def weeks(days: str, many: int = 6) -> list[str]:
    """Return the dates of some days of the week (Monday is 0) in the weeks before that of 2026-03-02."""
    return [f"{date(2026, 3, 2) - timedelta(weeks=w + 1) + timedelta(days=int(d))}" for w in range(many) for d in days]


def test_a_day_is_unusual_on_which_a_driver_seldom_works_or_that_is_one_more_than_usual():
    week = ["2026-03-02", "2026-03-03", "2026-03-04"]

    assert not unusual_day(weeks("0124") + week[:2], "2026-03-04")
    assert unusual_day(weeks("014") + week[:2], "2026-03-04"), "never on a Wednesday"
    assert not unusual_day(weeks("012") + week[:2], "2026-03-04")
    assert not unusual_day(weeks("04") + week[:1], "2026-03-06")
    assert unusual_day(weeks("04") + week[:2], "2026-03-06"), "a third day, where two are usual"
    assert not unusual_day([*weeks("4", 3), "2026-03-02"], "2026-03-03"), "hardly known"


def test_an_unusual_day_costs_its_price_once():
    problem = random_problem(np.random.default_rng(1), 8)
    problem = replace(
        problem, day="2026-03-04", shifts=(replace(problem.shifts[0], driver_id="d"), *problem.shifts[1:])
    )
    before = problem.valuation.rates.get(problem.shifts[0].shift_id, Rates())
    for worked, more in ((weeks("2"), 0), (weeks("1"), 700)):
        priced = with_regular_days(problem, {"d": worked}, 700).valuation.rates
        assert priced.get(problem.shifts[0].shift_id, Rates()).fixed_cents == before.fixed_cents + more
