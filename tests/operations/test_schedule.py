"""The schedule's arithmetic, by hand and by law."""

from dataclasses import replace

import numpy as np
import pytest
from tests.operations.problems import Recipe, random_problem, random_sequences

from doorstep.domain.outlook import ArrivalSpread, Outlook
from doorstep.domain.places import Place
from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import PriceCurve, Rates, Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.operations.errors import StopTwice, UnknownStop
from doorstep.operations.schedule import knock, schedule


def _seconds(*values: int) -> tuple[Seconds, ...]:
    return tuple(Seconds(v) for v in values)


@pytest.fixture
def problem() -> Problem:
    """Two stops on a line: ten minutes and ten kilometres between neighbours, one slot."""
    line = np.abs(np.subtract.outer(np.arange(3), np.arange(3)))[None]
    stops = (
        Stop("a", ("o1",), 1, (TimeWindow(Seconds(36_000), Seconds(36_600)),), Seconds(300), (5,), strain=3),
        Stop("b", ("o2", "o3"), 2, (), Seconds(600), (7,), strain=2),
    )
    rates = Rates(
        cents_per_hour=3600, cents_per_km=10, fixed_cents=500, waiting_cents_per_hour=1800,
        overtime_after=Seconds(3600), overtime_cents_per_hour=7200, strain_free=4, cents_per_strain=11,
        strain_cents_per_overtime_hour=3600,
    )  # fmt: skip
    curve = PriceCurve(_seconds(36_000, 37_000), {"failure": (Cents(100), Cents(201)), "ticket": (Cents(0), Cents(-3))})
    return Problem(
        "c", "d", "2026-03-02", "UTC", "EUR", ("kg",), (Place(0, 0), None, Place(0, 0.1)), stops,
        (PlannedShift("h", "v", "dr", Seconds(34_200), Seconds(60_000), 0, 0, (20,)),),
        {"car": TravelTimes(_seconds(0), (line * 600).astype(np.int32), (line * 10_000).astype(np.int32))},
        Valuation("profit", ("m",), {"b": curve}, {"a": Cents(55), "b": Cents(101)}, {"h": rates}),
    )  # fmt: skip


def test_a_route_is_timed_and_priced_as_by_hand(problem):
    plan = schedule(problem, {"h": ["a", "b"]}, seed=1, problem_sha256="x")
    (route,) = plan.routes
    a, b = route.visits

    assert (a.arrives_at, a.starts_at, a.leaves_at, a.load_after) == (34_800, 36_000, 36_300, (7,))
    assert (b.arrives_at, b.starts_at, b.leaves_at, b.load_after) == (36_900, 36_900, 37_500, (0,))
    assert (route.leaves_at, route.returns_at, route.metres, route.seconds) == (34_200, 38_700, 40_000, 4_500)
    # 4500 s paid of which 1200 s wait; 900 s beyond the hour; one unit of strain beyond four.
    assert dict(route.cents) == {
        "time": 3300, "distance": 400, "fixed": 500, "overtime": 1800, "waiting": 600, "strain": 11 + 900,
        "failure": 190, "ticket": -3,
    }  # fmt: skip
    assert plan.cents["total"] == sum(v for k, v in plan.cents.items() if k != "total") == 7698


def test_a_stop_left_out_shares_its_price_among_its_orders(problem):
    plan = schedule(problem, {}, seed=1, problem_sha256="x")

    assert plan.routes == ()
    assert [(u.order_id, u.cents) for u in plan.unserved] == [("o1", 55), ("o2", 51), ("o3", 50)]
    assert dict(plan.cents) == {"unserved": 156, "total": 156}


def test_reasons_name_what_rules_a_stop_out(problem):
    a = problem.stops[0]
    odd = (
        replace(a, needs=frozenset({"fridge"})),
        replace(a, stop_id="heavy", amounts=(21,)),
        replace(a, stop_id="late", windows=(TimeWindow(Seconds(0), Seconds(34_799)),)),
    )
    reasons = [u.reason for u in schedule(replace(problem, stops=odd), {}, seed=1, problem_sha256="x").unserved]

    assert "fridge" in reasons[0]
    assert "fit" in reasons[1]
    assert "windows" in reasons[2]


def test_quantiles_and_success_follow_spread_and_outlook(problem):
    spread = ArrivalSpread("m", bias=60, bias_per_hour=120, sd0=100, sd_per_hour=0)
    outlook = Outlook("o2", "r", "m", _seconds(36_000, 37_800), (0.5, 0.9), (0.4, 0.8), (0.6, 1.0), 3)
    plan = schedule(problem, {"h": ["a", "b"]}, seed=1, problem_sha256="x", spread=spread, outlooks={"o2": outlook})
    b = plan.routes[0].visits[1]

    assert b.p50 == round(36_900 + 60 + 120 * 0.75)
    assert b.p05 is not None
    assert b.p95 is not None
    assert b.p95 - b.p50 == pytest.approx(164.5, abs=1)
    assert b.p50 - b.p05 == pytest.approx(164.5, abs=1)
    assert b.success == pytest.approx(0.7)


def test_knocking_waits_for_the_next_window_and_fails_after_the_last():
    windows = (TimeWindow(Seconds(10), Seconds(20)), TimeWindow(Seconds(40), Seconds(50)))

    assert [knock(windows, t) for t in (0, 10, 20, 21, 50, 51)] == [10, 10, 20, 40, 50, None]
    assert knock((), 51) == 51


def test_what_the_problem_lacks_is_named(problem):
    with pytest.raises(UnknownStop, match="'zz'"):
        schedule(problem, {"h": ["zz"]}, seed=1, problem_sha256="x")
    with pytest.raises(UnknownStop, match="'yy'"):
        schedule(problem, {"yy": []}, seed=1, problem_sha256="x")
    with pytest.raises(StopTwice, match="'a'"):
        schedule(problem, {"h": ["a", "a"]}, seed=1, problem_sha256="x")


@pytest.mark.parametrize("seed", range(20))
def test_parts_sum_to_the_total_in_random_plans(seed):
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, 12, Recipe(shifts=3))
    plan = schedule(problem, random_sequences(rng, problem), seed=seed, problem_sha256="x")
    parts = {k: v for k, v in plan.cents.items() if k != "total"}

    assert plan.cents["total"] == sum(parts.values())
    assert sum(u.cents for u in plan.unserved) == parts.get("unserved", 0)
    for route in plan.routes:
        assert route.seconds == route.returns_at - route.leaves_at
        assert route.visits[-1].load_after == (0, 0)
