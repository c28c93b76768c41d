"""Solving one problem: what is searched is scheduled, checked, and no van leaves earlier than it pays."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.operations.explain.street import stop, street, van

from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Seconds
from doorstep.domain.valuation import Rates, Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.flows.solve import solve
from doorstep.operations.check import check

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


# Each of these changes the plan, and the plan as it was is refused


def _both(plain: Problem, asked: Problem) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return who goes where without and with what is asked for; what was best without it does not hold with it."""
    found = [solve(problem, seconds=1, seed=1, problem_sha256="", iterations=1500) for problem in (plain, asked)]
    assert all(report.holds and not plan.unserved for plan, report in found)
    assert not check(asked, found[0][0]).holds
    was, now = ({r.shift_id: [v.stop_id for v in r.visits] for r in plan.routes} for plan, _ in found)
    return was, now


def _with(problem: Problem, k: int, **more: Any) -> Problem:
    """Return the problem with stop k changed."""
    stops = tuple(replace(s, **more) if s.stop_id == f"s{k}" else s for s in problem.stops)
    return replace(problem, stops=stops)


def test_skills_change_the_plan():
    vans = [van(0), van(1, offers=frozenset({"two people"}))]
    plain = street([stop(k) for k in (2, 3, 4)], vans)
    plain = plain.valued(replace(plain.valuation, rates={"h0": Rates(cents_per_km=10), "h1": Rates(cents_per_km=1000)}))
    was, now = _both(plain, _with(plain, 3, needs=frozenset({"two people"})))

    assert set(was) == {"h0"}
    assert now["h1"] == ["s3"]
    assert sorted(now["h0"]) == ["s2", "s4"]


def test_the_most_stops_of_a_shift_change_the_plan():
    plain = street([stop(k) for k in (2, 3, 4)], [van(0), van(1)])
    limited = replace(plain, shifts=tuple(replace(s, max_stops=2) for s in plain.shifts))
    was, now = _both(plain, limited)

    assert [len(route) for route in was.values()] == [3]
    assert sorted(len(route) for route in now.values()) == [1, 2]


def test_several_windows_of_a_stop_change_the_plan():
    plain = street([stop(k) for k in (2, 3, 4)], [van(0)])
    early, late = TimeWindow(Seconds(0), Seconds(60)), TimeWindow(Seconds(480), Seconds(540))
    _, now = _both(plain, _with(plain, 3, windows=(early, late)))
    earlier, _ = solve(_with(plain, 3, windows=(early,)), seconds=1, seed=1, problem_sha256="", iterations=1500)

    assert now["h0"] == ["s2", "s4", "s3"], "too late for the first window, on the way back in time for the second"
    assert [row.stop_id for row in earlier.unserved] == ["s3"], "with the first window alone nobody gets there"


def test_each_of_several_capacities_changes_the_plan():
    stops = [stop(k, amounts=(1, 4 if k < 4 else 1)) for k in (2, 3, 4)]
    plain = replace(street(stops, [van(0, capacities=(3, 99)), van(1, capacities=(3, 99))]), dimensions=("kg", "l"))

    for capacities in ((3, 5), (2, 99)):
        was, now = _both(plain, replace(plain, shifts=tuple(replace(s, capacities=capacities) for s in plain.shifts)))
        assert [len(route) for route in was.values()] == [3]
        assert sorted(len(route) for route in now.values()) == [1, 2]
        assert len({"s2", "s3"} & set(now.get("h0", ()))) == 1 or capacities == (2, 99), "eight litres are too many"
