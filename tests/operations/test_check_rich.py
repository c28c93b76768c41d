"""What the checker says of trips, pairs, batteries, breaks and days under way, on plans computed by hand.

Five rows on a line: ten minutes and ten kilometres between neighbours, the depot at row 0.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.operations.problems import rich
from tests.operations.test_check_oracle import random_plan

from doorstep.domain.duty import BreakRule
from doorstep.domain.places import Place
from doorstep.domain.plan import Plan, Route, Visit
from doorstep.domain.problem import (
    Battery,
    Break,
    Charge,
    Charger,
    Driven,
    Halt,
    Pair,
    PlannedShift,
    Problem,
    Reload,
    Stop,
    Veto,
)
from doorstep.domain.travel import ArrivalFunctions, TravelTimes
from doorstep.domain.units import Cents, Metres, Seconds
from doorstep.domain.valuation import Rates, Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.operations.check import check, impossible_stops
from doorstep.operations.checking.travel import arrival
from doorstep.operations.schedule import schedule

BEGIN = Seconds(28_800)
LINE = np.abs(np.subtract.outer(np.arange(5), np.arange(5)))[None]


def _stop(stop_id: str, row: int, **changes: Any) -> Stop:
    return replace(Stop(stop_id, (f"o-{stop_id}",), row, (), Seconds(300), (2,)), **changes)


def _problem(stops: Sequence[Stop], shift: dict[str, Any] | None = None, **changes: Any) -> Problem:
    one = PlannedShift("h", "v", "d", BEGIN, Seconds(64_800), 0, 0, (10,))
    times = TravelTimes((Seconds(0),), (LINE * 600).astype(np.int32), (LINE * 10_000).astype(np.int32))
    prices = Valuation("profit", ("m",), {}, {}, {"h": Rates(cents_per_hour=3600, waiting_cents_per_hour=360)})
    return Problem(
        "c", "d", "2026-03-02", "UTC", "EUR", ("kg",), tuple(Place(0, k / 10) for k in range(5)), tuple(stops),
        (replace(one, **(shift or {})),), {"car": times}, **{"valuation": prices, **changes},
    )  # fmt: skip


def _says(problem: Problem, halts: Sequence[Halt], leaves_at: int | None = None) -> tuple[str, ...]:
    """Return what must not be driven; every figure of the schedule must be right."""
    departures = {} if leaves_at is None else {"h": Seconds(leaves_at)}
    report = check(problem, schedule(problem, {"h": list(halts)}, seed=1, problem_sha256="", departures=departures))

    assert report.violations == report.infeasible
    return report.infeasible


def _visit(what: str, at: tuple[int, int, int], load: int, row: int, **cents: int) -> Visit:
    kind, _, stop_id = what.partition(" ")
    orders = (f"o-{stop_id}",) if kind in ("stop", "pickup") else ()
    arrives, starts, leaves = (Seconds(BEGIN + second) for second in at)
    prices = {part: Cents(c) for part, c in cents.items()}
    return Visit(stop_id, orders, Place(0, row / 10), arrives, starts, leaves, (load,), prices, kind)


def test_a_day_of_every_kind_of_halt_computed_by_hand_holds():
    """Left with 2 kg for a; fetched 3 for b, rested when the window opened, charged, brought b, reloaded, went to c."""
    noon = TimeWindow(Seconds(31_500), Seconds(40_000))
    lunch = BreakRule("lunch", "elapsed", Seconds(0), Seconds(600), windows=(noon,))
    problem = _problem(
        (
            _stop("a", 1), _stop("p", 2, amounts=(0,)), _stop("b", 3, amounts=(3,)),
            _stop("c", 1, amounts=(9,), release=Seconds(36_000), picks=(1,)),
        ),
        {
            "reloads": (0,), "max_trips": 2, "reload_seconds": Seconds(120), "breaks": (lunch,), "lifo": True,
            "battery": Battery(20_000, 12_000, 200, 11_000, 1_500), "max_driving": Seconds(4_800),
            "max_seconds": Seconds(9_100),
        },
        pairs=(Pair("p", "b"),),
        chargers=(Charger("plug", 2, 22_000, 40),),
        valuation=Valuation(
            "profit", ("m",), {}, {},
            {"h": Rates(3600, 10, waiting_cents_per_hour=360, cents_per_stop=25, even_seconds=Seconds(9_000),
                        even_cents_per_hour=3600)},
            {"familiarity": {"h": {"a": Cents(-7)}}},
        ),
    )  # fmt: skip
    visits = (
        _visit("stop a", (600, 600, 900), 0, 1, tariff=25, familiarity=-7),
        _visit("pickup p", (1500, 1500, 1800), 3, 2, tariff=25),
        # The window opens at 2,700: 900 s of waiting, then ten unpaid minutes.
        _visit("break", (1800, 2700, 3300), 3, 2),
        # Half an hour at the battery's 11 kW brings 5.5 kWh: 220 cents.
        _visit("charge plug", (3300, 3300, 5100), 3, 2, energy=220),
        _visit("stop b", (5700, 5700, 6000), 0, 3, tariff=25),
        # c's goods are released at 7,200; the van comes at 7,800, so there is no wait.
        _visit("reload 0", (7800, 7800, 7920), 9, 0),
        _visit("stop c", (8520, 8520, 8820), 1, 1, tariff=25),
    )
    # Back after 9,420 s, of which 600 are a break: 8,820 paid, 900 of them waiting; 180 short of a fair share.
    cents = {
        "time": 7_920, "waiting": 90, "distance": 80 * 10, "energy": 220, "tariff": 100, "familiarity": -7,
        "fairness": 180,
    }  # fmt: skip
    money = {part: Cents(c) for part, c in cents.items()}
    back, paid = Seconds(BEGIN + 9_420), Seconds(8_820)
    route = Route("h", "v", "d", BEGIN, back, Metres(80_000), paid, money, visits)
    plan = Plan(
        "p", "c", "d", "2026-03-02", "UTC", "EUR", "profit", 1, "", ("m",),
        {**money, "total": Cents(sum(cents.values()))}, (route,), (),
    )  # fmt: skip

    report = check(problem, plan)

    assert report.violations == ("Route 'h': expected at most 2 h 31 min 40 s from start to return, found 2 h 37 min.",)
    assert report.total == sum(cents.values())


@pytest.mark.parametrize(
    ("shift", "halts", "says"),
    [
        ({}, ("a", "b", "c"), "expected at most 10 kg on board, found 12 on leaving"),
        ({"reloads": (0,), "max_trips": 2}, ("a", "b", Reload(0), "c"), None),
        ({"reloads": (0,), "max_trips": 2}, ("a", Reload(0), "b", "c"), None),
        ({"reloads": (0,)}, ("a", Reload(0), "b", "c"), "expected at most 1 trips, found 2"),
        ({"reloads": (0,), "max_trips": 2, "capacities": (7,)}, ("a", Reload(0), "b", "c"), "found 8 after visit 2"),
    ],
)
def test_trips_must_each_fit(shift, halts, says):
    stops = (_stop("a", 1, amounts=(4,)), _stop("b", 2, amounts=(4,)), _stop("c", 3, amounts=(4,)))

    found = _says(_problem(stops, shift), halts)

    assert any(says in sentence for sentence in found) if says else found == ()


def test_picks_stay_on_board_until_the_trip_ends():
    stops = (_stop("a", 1, amounts=(0,), picks=(6,)), _stop("b", 2, amounts=(5,)), _stop("c", 3, amounts=(5,)))
    problem = _problem(stops, {"reloads": (0,), "max_trips": 2})

    assert _says(problem, ("b", "c", "a")) == ()
    assert _says(problem, ("a", Reload(0), "b", "c")) == ()
    assert "found 11 after visit 2 (stop 'a')" in _says(problem, ("b", "a", "c"))[0]


@pytest.mark.parametrize(
    ("halts", "says"),
    [
        (("p", "q", "e", "d"), None),
        (("p", "d", "q", "e"), None),
        (("p", "q", "d", "e"), "visit 3 (stop 'd'): expected what was picked up last to be delivered first, found 'e'"),
        (("d", "p", "q", "e"), "expected pick-up 'p' before delivery 'd', found visits 2 and 1"),
        (("p", Reload(0), "d", "q", "e"), "'p' and delivery 'd' in one trip, found visits 1 and 3 with a reload"),
    ],
)
def test_pairs_ride_in_order(halts, says):
    stops = (_stop("p", 1, amounts=(0,)), _stop("d", 2), _stop("q", 3, amounts=(0,)), _stop("e", 4))
    shift = {"reloads": (0,), "max_trips": 2, "lifo": True}

    found = _says(_problem(stops, shift, pairs=(Pair("p", "d"), Pair("q", "e"))), halts)

    assert says in found[0] if says else found == ()


def test_half_a_pair_may_not_be_served():
    problem = _problem((_stop("p", 1, amounts=(0,)), _stop("d", 2)), pairs=(Pair("p", "d"),))
    problem = problem.valued(replace(problem.valuation, unserved={"p": Cents(5), "d": Cents(7)}))

    assert _says(problem, ()) == ()
    assert _says(problem, ("p",)) == ("Pick-up 'p' and delivery 'd': expected both or neither, found 'p' alone.",)


@pytest.mark.parametrize(
    ("halts", "says"),
    [
        (("a", Break(Seconds(2700)), "b"), None),
        ((Break(Seconds(2700)), "a", "b"), "found 1 h on coming back"),
        (("a", Break(Seconds(900)), "b", Break(Seconds(1800))), None),
        (("a", Break(Seconds(1800)), "b", Break(Seconds(900))), "found 1 h on coming back"),
        (("a", "b"), "a break of 45 min before more than 41 min 40 s of driving (EU), found 1 h on coming back"),
        (("a", Break(Seconds(2699)), "b"), "found 1 h on coming back"),
    ],
)
def test_breaks_reset_what_was_driven(halts, says):
    rule = BreakRule("EU", "driving", Seconds(2500), Seconds(2700), split=(Seconds(900), Seconds(1800)))
    problem = _problem((_stop("a", 2), _stop("b", 3)), {"breaks": (rule,)})

    found = _says(problem, halts)

    assert says in found[0] if says else found == ()


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (BreakRule("r", "working", Seconds(2400), Seconds(600)), None),
        (
            BreakRule("r", "working", Seconds(2399), Seconds(600)),
            "39 min 59 s of work (r), found 40 min on coming back",
        ),
        (BreakRule("r", "working", Seconds(2399), Seconds(600), waiting_counts=True), None),
        (BreakRule("r", "working", Seconds(2399), Seconds(601), waiting_counts=True), "found 40 min on coming back"),
        (BreakRule("r", "elapsed", Seconds(3000), Seconds(600)), None),
        (
            BreakRule("r", "elapsed", Seconds(2999), Seconds(600)),
            "49 min 59 s of the shift (r), found 50 min on coming",
        ),
        (BreakRule("r", "elapsed", Seconds(3000), Seconds(600), so_far=Seconds(1)), "found 50 min 1 s on coming back"),
        (BreakRule("r", "elapsed", Seconds(2999), Seconds(600), so_far=Seconds(999), waiting_counts=True), None),
    ],
)
def test_each_rule_counts_its_own_seconds(rule, says):
    """Ten minutes there and ten minutes waited; ten minutes of service, ten more, and ten back: 1,200 driven."""
    opens = Seconds(BEGIN + 1200)
    stops = (_stop("a", 1, windows=(TimeWindow(opens, opens),)), _stop("b", 1, service=Seconds(900)))

    found = _says(_problem(stops, {"breaks": (rule,)}), ("a", "b"))

    assert says in found[0] if says else found == ()


@pytest.mark.parametrize(
    ("battery", "halts", "says"),
    [
        (Battery(10_000, 8_000, 100, 7_200), ("a",), None),
        (Battery(10_000, 7_999, 100, 7_200), ("a",), "at least 0 Wh in the battery, found -1 Wh on coming back"),
        (Battery(10_000, 8_000, 100, 7_200, 1), ("a",), "at least 1 Wh in the battery, found 0 Wh on coming back"),
        (Battery(10_000, 4_500, 100, 7_200, 500), ("a", Charge("plug", Seconds(2000))), None),
        (Battery(10_000, 4_500, 100, 7_200, 500), ("a", Charge("plug", Seconds(1999))), "found 498 Wh on coming back"),
        (Battery(5_000, 5_000, 100, 7_200, 1_001), ("a", Charge("plug", Seconds(9999))), "found 1000 Wh on reaching"),
        (None, ("a", Charge("plug", Seconds(60))), "expected no charge, because the vehicle has no battery"),
    ],
)
def test_the_battery_holds_its_reserve(battery, halts, says):
    problem = _problem((_stop("a", 4),), {"battery": battery}, chargers=(Charger("plug", 4, 50_000, 30),))

    found = _says(problem, halts)

    assert says in found[0] if says else found == ()


def test_a_free_departure_is_paid_from_leaving():
    opens = Seconds(BEGIN + 3600)
    problem = _problem((_stop("a", 1, windows=(TimeWindow(opens, opens),)),), {"free_departure": True})
    early, late = (
        check(problem, schedule(problem, {"h": ["a"]}, seed=1, problem_sha256="", departures={"h": Seconds(at)}))
        for at in (BEGIN, BEGIN + 3000)
    )

    assert (early.violations, late.violations) == ((), ())
    assert early.cents == {"time": 1500, "waiting": 300}
    assert late.cents == {"time": 1500}


def test_goods_that_are_not_released_keep_the_van_at_the_depot():
    problem = _problem((_stop("a", 1, release=Seconds(BEGIN + 600)),))

    assert check(problem, schedule(problem, {"h": ["a"]}, seed=1, problem_sha256="")).cents["waiting"] == 60
    assert _says(problem, ("a",), BEGIN + 599) == (
        "Route 'h': expected to leave no earlier than 08:10, when its goods are released, found 08:09:59.",
    )


def test_a_veto_says_why():
    problem = _problem((_stop("a", 1),), vetoes=(Veto("d", "a", "The dog bites."),))

    assert _says(problem, ("a",)) == ("Route 'h', visit 1 (stop 'a'): expected somebody else than 'd': The dog bites.",)


def test_what_was_driven_is_no_mistake_and_counts_go_on():
    """The van came to a an hour after its window had closed; now is later still, and b is on board."""
    came = Seconds(BEGIN + 3600)
    past = Driven("a", came, came, Seconds(came + 300), Metres(99_000))
    stops = (_stop("a", 1, windows=(TimeWindow(BEGIN, BEGIN),), needs=frozenset({"lift"})), _stop("b", 2))
    shift = {"driven": (past,), "loaded_at": BEGIN, "max_metres": Metres(129_000), "max_driving": Seconds(5400)}
    problem = _problem(stops, shift, now=Seconds(came + 1000))

    assert _says(problem, ("a", "b")) == ()
    assert "128999 m, found 129000 m" in _says(_problem(stops, {**shift, "max_metres": Metres(128_999)}), ("a", "b"))[0]
    assert (
        "1 h 29 min 59 s of driving, found 1 h 30 min"
        in _says(_problem(stops, {**shift, "max_driving": Seconds(5399)}), ("a", "b"))[0]
    )


def test_a_plan_must_repeat_what_was_driven():
    came = Seconds(BEGIN + 600)
    past = Driven("a", came, came, Seconds(came + 300), Metres(10_000))
    problem = _problem((_stop("a", 1), _stop("b", 2)), {"driven": (past,), "loaded_at": BEGIN}, now=came)

    assert "visit 1: expected 'a', as it was driven" in _says(problem, ("b", "a"))[0]


@pytest.mark.parametrize(
    ("shift", "stop", "rest", "says"),
    [
        ({}, {"amounts": (11,)}, {}, "it takes 11 kg, the largest has room for 10 kg"),
        ({}, {"picks": (11,)}, {}, "it takes 11 kg, the largest has room for 10 kg"),
        ({}, {"release": Seconds(64_000)}, {}, "its goods are there at 17:46:40, too late for every shift"),
        ({}, {"only": frozenset({"x"})}, {}, "no shift that could bring it may come: only 'x' may come"),
        ({}, {}, {"vetoes": (Veto("d", "a", "The dog bites."),)}, "may come: 'd' must not come (The dog bites.)"),
        ({"max_stops": 0}, {}, {}, "it takes 1 stop even alone, and shift 'h' allows 0 stops"),
        ({"max_metres": Metres(79_999)}, {}, {}, "is 80 km even alone, and shift 'h' allows 79.999 km"),
        ({"max_driving": Seconds(4_799)}, {}, {}, "at the wheel even alone, and shift 'h' allows 1 h 19 min 59 s"),
        ({"max_working": Seconds(5_099)}, {}, {}, "1 h 25 min of driving and service"),
        ({"max_seconds": Seconds(5_099)}, {}, {}, "1 h 25 min from leaving to being back"),
        ({"battery": Battery(9_000, 7_999, 100, 1)}, {}, {}, "has the range"),
        (
            {"battery": Battery(9_000, 4_000, 100, 1)}, {},
            {"chargers": (Charger("far", 4, 0, 0), Charger("near", 1, 9, 0))}, None,
        ),
        ({"battery": Battery(6_000, 6_000, 100, 1)}, {}, {"chargers": (Charger("x", 1, 9, 0),)}, None),
        ({"battery": Battery(5_999, 5_999, 100, 1)}, {}, {"chargers": (Charger("x", 1, 9, 0),)}, "has the range"),
        ({"max_metres": Metres(80_000), "max_driving": Seconds(4_800), "max_seconds": Seconds(5_100)}, {}, {}, None),
    ],
)  # fmt: skip
def test_why_nobody_could_take_a_stop_is_said(shift, stop, rest, says):
    found = impossible_stops(_problem((_stop("a", 4, **stop),), shift, **rest))

    assert says in found[0] if says else found == ()


def test_a_pair_that_fits_nowhere_is_said_of_both():
    stops = (_stop("p", 1, amounts=(0,)), _stop("d", 2, amounts=(11,)))

    found = impossible_stops(_problem(stops, pairs=(Pair("p", "d"),)))

    assert [sentence[:8] for sentence in found] == ["Stop 'p'", "Stop 'd'"]
    assert all("with the rest of its pair: 'p', 'd'" in sentence for sentence in found)


def test_what_is_driven_already_is_never_impossible():
    past = Driven("a", Seconds(BEGIN + 1), Seconds(BEGIN + 1), Seconds(BEGIN + 2), Metres(0))

    assert impossible_stops(_problem((_stop("a", 1, amounts=(99,)),), {"driven": (past,)})) == ()


@given(st.data())
def test_travel_by_arrival_functions_is_as_the_domain_defines_it(data):
    knots = sorted(data.draw(st.lists(st.integers(0, 90), min_size=1, max_size=6)))
    there, latest = [], 0
    for at in knots:
        latest = max(latest, at + data.draw(st.integers(0, 40)))
        there.append(latest)
    times = ArrivalFunctions(
        np.array([0, 0, len(knots), len(knots) + 1, len(knots) + 1]),
        np.array([*knots, 0], np.int32),
        np.array([*there, 5], np.int32),
        np.ones((2, 2), np.int32),
    )

    assert [arrival(times, 0, 1, at) for at in range(100)] == [times.arrival(0, 1, at) for at in range(100)]
    assert (arrival(times, 1, 0, 7), arrival(times, 1, 1, 7)) == (12, 7)


HOSTILE: st.SearchStrategy[object] = st.sampled_from(
    (None, True, -1, 10**40, 10**5000, [10**5000], float("nan"), float("inf"), "", "x" * 10**4, "\ud800", [], [[]], {},
     {None: 1}, {"time": None}, (), (None,), b"x", Place(0, 0), object, 1.5, "9" * 5000)
)  # fmt: skip


@given(st.integers(0, 2**20), st.integers(0, 99), HOSTILE, st.data())
def test_whatever_a_plan_holds_the_checker_answers(seed, pick, value, data):
    problem, plan = random_plan(seed, rich(optional=1.0), 6)
    wrong: Plan = _poisoned(plan, pick, value, data.draw)

    report = check(problem, wrong)

    assert all(isinstance(sentence, str) and len(sentence) < 2000 for sentence in report.violations)


def _poisoned(plan: Plan, pick: int, value: object, draw: Any) -> Any:
    """Put the value into some field of the plan, a route, a visit or a row."""
    where = draw(st.sampled_from(("plan", "route", "visit", "row")))
    anything: dict[str, Any] = {}
    if where == "row" and plan.unserved:
        row = plan.unserved[pick % len(plan.unserved)]
        anything[draw(st.sampled_from(sorted(type(row).__slots__)))] = value
        return replace(plan, unserved=(*plan.unserved, replace(row, **anything)))
    if where in ("plan", "row") or not plan.routes:
        anything[draw(st.sampled_from(sorted(type(plan).__slots__)))] = value
        return replace(plan, **anything)
    route = plan.routes[pick % len(plan.routes)]
    if where == "visit" and route.visits:
        visit = route.visits[pick % len(route.visits)]
        anything[draw(st.sampled_from(sorted(type(visit).__slots__)))] = value
        route = replace(route, visits=tuple(replace(visit, **anything) if v is visit else v for v in route.visits))
    else:
        anything[draw(st.sampled_from(sorted(type(route).__slots__)))] = value
        route = replace(route, **anything)
    return replace(plan, routes=(*plan.routes, route) if pick % 2 else (route,))
