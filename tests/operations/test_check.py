"""What the checker says, on plans small enough to compute by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from doorstep.domain.places import Place
from doorstep.domain.plan import Plan, Route, Unserved, Visit
from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Cents, Metres, Seconds
from doorstep.domain.valuation import PriceCurve, Rates, Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.operations.check import check, impossible_stops
from doorstep.operations.checking.money import on_curve as _on_curve
from doorstep.operations.checking.travel import arrival as _arrival

PLACES = (Place(-8.61, 41.15), Place(-8.60, 41.15), Place(-8.60, 41.16))


def _problem(**changes) -> Problem:
    """Two stops, one van; every leg takes 600 s and 5,000 m, and double the time from second 30,000 on."""
    leg = 600 * (1 - np.eye(3, dtype=np.int32))
    seconds = np.stack([leg, 2 * leg]).astype(np.int32)
    stops = (
        Stop("a", ("o1",), 1, (TimeWindow(Seconds(29_000), Seconds(29_500)),), Seconds(100), (3,)),
        Stop("b", ("o2", "o3"), 2, (), Seconds(50), (4,), strain=5),
    )
    shift = PlannedShift("h", "v", "d", Seconds(28_000), Seconds(40_000), 0, 0, (10,))
    curve = PriceCurve((Seconds(29_000), Seconds(30_000)), {"failure": (Cents(0), Cents(99))})
    rates = Rates(3600, 100, 500, 360, Seconds(1000), 720, 2, 10, 3600)
    problem = Problem(
        "acme", "d1", "2026-03-02", "UTC", "EUR", ("parcels",), PLACES, stops, (shift,),
        {"car": TravelTimes((Seconds(0), Seconds(30_000)), seconds, np.stack([leg * 25 // 3] * 2).astype(np.int32))},
        Valuation("profit", ("tariff",), {"b": curve}, {"b": Cents(700)}, {"h": rates}),
    )  # fmt: skip
    return replace(problem, **changes)


def _plan() -> Plan:
    """Leave at 28,000; at a 28,600, open 29,000, gone 29,100; at b 29,700, gone 29,750; back 250 + 2 x 350 later."""
    a = Visit("a", ("o1",), PLACES[1], Seconds(28_600), Seconds(29_000), Seconds(29_100), (4,), {})
    failure = Cents(69)
    b = Visit(
        "b", ("o2", "o3"), PLACES[2], Seconds(29_700), Seconds(29_700), Seconds(29_750), (0,), {"failure": failure}
    )
    cents = {
        "time": Cents(2300), "waiting": Cents(40), "distance": Cents(1500), "fixed": Cents(500),
        "overtime": Cents(340), "strain": Cents(30 + 1700), "failure": failure,
    }  # fmt: skip
    route = Route("h", "v", "d", Seconds(28_000), Seconds(30_700), Metres(15_000), Seconds(2_700), cents, (a, b))
    whole = {**cents, "total": Cents(sum(cents.values()))}
    return Plan(
        "p", "acme", "d1", "2026-03-02", "UTC", "EUR", "profit", 1, "", ("tariff",), whole, (route,), ()
    )  # fmt: skip


def _with_visit(k: int, **changes) -> Plan:
    plan = _plan()
    visits = list(plan.routes[0].visits)
    visits[k] = replace(visits[k], **changes)
    return replace(plan, routes=(replace(plan.routes[0], visits=tuple(visits)),))


def test_a_plan_computed_by_hand_holds():
    report = check(_problem(), _plan())

    assert report.violations == ()
    assert report.holds
    assert report.total == 2300 + 40 + 1500 + 500 + 340 + 1730 + 69
    assert report.cents["strain"] == 1730


def test_a_sentence_names_route_visit_stop_and_both_figures():
    found = check(_problem(), _with_visit(1, arrives_at=Seconds(29_701))).violations

    assert found == ("Route 'h', visit 2 (stop 'b'): expected arrives_at 08:15, found 08:15:01.",)


def test_travel_across_an_edge_is_stretched_and_rounded_up():
    legs = np.array([[[0, 100], [100, 0]], [[0, 33], [33, 0]], [[0, 7], [7, 0]]], np.int32)
    times = TravelTimes((Seconds(0), Seconds(50), Seconds(60)), legs, legs)

    assert _arrival(times, 0, 1, 0) == 60 + math.ceil((math.ceil(50 * 33 / 100) - 10) * 7 / 33)
    assert _arrival(times, 0, 1, 60) == 67
    assert [_arrival(times, 0, 1, t) for t in range(200)] == sorted(_arrival(times, 0, 1, t) for t in range(200))


def test_a_price_between_knots_is_rounded_down_and_flat_outside():
    curve = PriceCurve((Seconds(10), Seconds(13)), {"failure": (Cents(0), Cents(-10))})
    cents = curve.parts["failure"]

    assert [_on_curve(curve, cents, at) for at in (0, 10, 11, 12, 13, 99)] == [0, 0, -4, -7, -10, -10]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"windows": (TimeWindow(Seconds(0), Seconds(9)),)},
            "expected service to start by 00:00:09, found arrival at 07:56:40",
        ),
        ({"needs": frozenset({"fridge"})}, "stop 'a' needs fridge, which this shift does not offer"),
        ({"amounts": (7,)}, "expected at most 10 parcels on board, found 11"),
    ],
)
def test_a_stop_that_does_not_fit_is_named(changes, says):
    problem = _problem()
    problem = replace(problem, stops=(replace(problem.stops[0], **changes), problem.stops[1]))

    assert any(says in sentence for sentence in check(problem, _plan()).violations)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"ends": Seconds(30_699)}, "expected to be back by 08:31:39, found 08:31:40"),
        ({"starts": Seconds(28_001)}, "expected to leave no earlier than 07:46:41, found 07:46:40"),
        ({"max_stops": 1}, "expected at most 1 stops, found 2"),
        ({"vehicle_id": "w"}, "expected vehicle 'w', found 'v'"),
        ({"driver_id": None}, "expected driver None, found 'd'"),
        ({"shift_id": "other"}, "expected a shift of the problem, found an unknown one"),
    ],
)
def test_a_shift_that_does_not_fit_is_named(changes, says):
    problem = _problem()
    problem = replace(problem, shifts=(replace(problem.shifts[0], **changes),))

    assert any(says in sentence for sentence in check(problem, _plan()).violations)


def test_the_second_of_two_windows_counts():
    problem = _problem()
    windows = (TimeWindow(Seconds(0), Seconds(10)), TimeWindow(Seconds(29_000), Seconds(29_500)))
    problem = replace(problem, stops=(replace(problem.stops[0], windows=windows), problem.stops[1]))

    assert check(problem, _plan()).holds


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1.5, "9", None, True, 10**40, -(10**16), [1]])
@pytest.mark.parametrize("name", ["arrives_at", "starts_at", "leaves_at", "load_after", "cents"])
def test_a_figure_that_is_none_is_a_sentence_not_an_exception(name, value):
    wrong = {"load_after": (value,), "cents": {"failure": value}}.get(name, value)

    found = check(_problem(), _with_visit(1, **{name: wrong})).violations

    assert any("visit 2" in sentence and "expected a whole number" in sentence for sentence in found)


@pytest.mark.parametrize("value", [float("nan"), None, [], 10**40, -5])
def test_absurd_route_and_plan_figures_are_sentences(value):
    plan = _plan()
    routes = [replace(plan.routes[0], **{name: value}) for name in ("leaves_at", "returns_at", "metres", "seconds")]
    routes += [replace(plan.routes[0], shift_id=value), replace(plan.routes[0], cents={"time": value})]

    assert all(not check(_problem(), replace(plan, routes=(route,))).holds for route in routes)
    assert not check(_problem(), replace(plan, cents={"total": value})).holds
    assert not check(_problem(), replace(plan, unserved=(Unserved("o1", "a", "", value),))).holds
    assert not check(_problem(), replace(plan, unserved=(Unserved(value, "a", "", Cents(0)),))).holds


def test_a_stop_that_must_be_served_may_not_be_left_out():
    plan = replace(
        _plan(), routes=(), unserved=tuple(Unserved(o, "", "", Cents(0)) for o in ("o1", "o2", "o3")), cents={}
    )

    report = check(_problem(), plan)

    assert report.left_out == ("a",)
    assert "Stop 'a': expected a visit, because it has no price for leaving it out; found none." in report.violations
    assert "Stop 'b': expected 700 cents for leaving it out, found 0." in report.violations


def test_a_stop_that_no_shift_could_take_is_a_note():
    problem = _problem()
    problem = replace(problem, stops=(replace(problem.stops[0], amounts=(11,)), problem.stops[1]))
    plan = replace(
        _plan(), routes=(), unserved=tuple(Unserved(o, "", "", Cents(0)) for o in ("o1", "o2", "o3")), cents={}
    )

    report = check(problem, plan)

    assert report.left_out == ()
    assert report.notes == impossible_stops(problem)
    assert "Stop 'a' must be served, but it does not fit into any vehicle" in report.notes[0]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"needs": frozenset({"fridge", "lift"})}, "no shift offers fridge, lift"),
        (
            {"windows": (TimeWindow(Seconds(0), Seconds(9)),)},
            "its last window closes at 00:00:09, and the earliest arrival is 07:56:40",
        ),
        ({"service": Seconds(99_999)}, "no shift that serves it is back before it ends: 'h' ends at 11:06:40"),
    ],
)
def test_why_no_shift_fits_is_said(changes, says):
    problem = _problem()
    problem = replace(problem, stops=(replace(problem.stops[0], **changes), problem.stops[1]))

    (sentence,) = impossible_stops(problem)

    assert says in sentence


def test_an_empty_route_costs_nothing():
    plan = _plan()
    idle = Route("h", "v", "d", Seconds(28_000), Seconds(28_000), Metres(0), Seconds(0), {}, ())
    rows = tuple(Unserved(o, "", "", Cents(700 if o == "o2" else 0)) for o in ("o1", "o2", "o3"))
    report = check(
        _problem(), replace(plan, routes=(idle,), unserved=rows, cents={"unserved": Cents(700), "total": Cents(700)})
    )

    assert report.left_out == ("a",)
    assert len(report.violations) == 1
    assert report.cents == {"unserved": 700}
