"""Solving one problem: what is searched is scheduled, checked, and no van leaves earlier than it pays."""

import numpy as np
import pytest

from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Seconds
from doorstep.domain.valuation import Rates, Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.flows.solve import solve

pytestmark = pytest.mark.usefixtures("kernels")


def _problem(rates: Rates) -> Problem:
    legs = np.array([[[0, 600, 600], [600, 0, 300], [600, 300, 0]]], np.int32)
    hours = (TimeWindow(Seconds(36_000), Seconds(37_000)), TimeWindow(Seconds(39_000), Seconds(40_000)))
    stops = tuple(Stop(f"door-{k}", (f"order-{k}",), k, (hours[k - 1],), Seconds(60), (1,)) for k in (1, 2))
    shift = PlannedShift(
        "early", "van-1", "ana", Seconds(28_800), Seconds(50_000), 0, 0, (9,), free_departure=True
    )  # fmt: skip
    return Problem(
        "acme", "hub", "2026-03-02", "UTC", "EUR", ("parcels",), (None,) * 3, stops, (shift,),
        {"car": TravelTimes((Seconds(0),), legs, legs)},
        Valuation("cost", (), {}, {}, {"early": rates}),
    )  # fmt: skip


@pytest.mark.parametrize("waiting", [0, 3600])
def test_a_van_that_may_choose_leaves_as_late_as_is_cheapest(waiting):
    problem = _problem(Rates(cents_per_hour=3600, waiting_cents_per_hour=waiting))
    plan, report = solve(problem, seconds=0.2, seed=1, problem_sha256="")

    assert report.holds
    assert plan.routes[0].leaves_at == 37_000 - 600


def test_a_start_is_taken_as_far_as_it_fits():
    problem = _problem(Rates(cents_per_km=1000))
    plan, report = solve(problem, seconds=0.1, seed=1, problem_sha256="", start={"early": ("door-2", "door-1")})

    assert report.holds
    assert [visit.stop_id for visit in plan.routes[0].visits] == ["door-1", "door-2"]
