"""The schedule's arithmetic, by hand and by law."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from tests.operations.problems import (
    Recipe,
    random_halts,
    random_problem,
    random_sequences,
    replanned,
    rich,
    under_way,
)
from tests.strategies import rich_assignments, seeds

from doorstep.domain.duty import BreakRule
from doorstep.domain.outlook import ArrivalSpread, Outlook
from doorstep.domain.places import Place
from doorstep.domain.plan import Plan
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
from doorstep.domain.sequences import sequences_of
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Cents, Metres, Seconds
from doorstep.domain.valuation import PARTS, PriceCurve, Rates, Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.operations.driving import Book, earliest_departure
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


def _planned(problem: Problem, *halts: Halt, leaves: int | None = None) -> Plan:
    departures = {} if leaves is None else {"h": Seconds(leaves)}
    return schedule(problem, {"h": halts}, departures=departures, seed=1, problem_sha256="x")


def _with_shift(problem: Problem, **changes: Any) -> Problem:
    return replace(problem, shifts=(replace(problem.shifts[0], **changes),))


def _with_stop(problem: Problem, stop_id: str, **changes: Any) -> Problem:
    return replace(problem, stops=tuple(replace(s, **changes) if s.stop_id == stop_id else s for s in problem.stops))


def _times(plan: Plan) -> list[tuple[int, int, int]]:
    return [(v.arrives_at, v.starts_at, v.leaves_at) for v in plan.routes[0].visits]


# Leaving


def test_a_van_that_may_leave_when_it_likes_leaves_no_earlier_than_its_first_wait_asks(problem):
    plan = _planned(_with_shift(problem, free_departure=True), "a", "b")
    (route,) = plan.routes

    assert (route.leaves_at, route.returns_at, route.seconds) == (35_400, 38_700, 3_300)
    assert "waiting" not in route.cents
    assert "overtime" not in route.cents


def test_a_van_leaves_when_it_is_told_and_is_paid_from_then_if_it_is_free(problem):
    free = _planned(_with_shift(problem, free_departure=True), "a", "b", leaves=35_000).routes[0]
    fixed = _planned(problem, "a", "b", leaves=35_000).routes[0]

    assert (free.leaves_at, free.seconds, free.cents["waiting"]) == (35_000, 3_700, 200)
    assert (fixed.leaves_at, fixed.seconds, fixed.cents["waiting"]) == (35_000, 4_500, 600)


def test_a_later_departure_never_makes_a_door_dearer(problem):
    """Each second later costs a cent at the door of b, and saves none."""
    curve = PriceCurve(_seconds(34_000, 40_000), {"failure": (Cents(0), Cents(6_000))})
    free = _with_shift(problem, free_departure=True, ends=Seconds(60_000))
    dearer = free.valued(replace(free.valuation, curves={"b": curve}))

    assert _planned(dearer, "b", "a").routes[0].leaves_at == 34_200


@pytest.mark.parametrize("seed", range(30))
def test_the_latest_departure_makes_nothing_worse_than_the_earliest(seed):
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, 10, rich(shifts=2, free=1.0))
    sequences = random_halts(rng, problem)
    latest = schedule(problem, sequences, seed=1, problem_sha256="x")
    book = Book.of(problem)
    soonest = {
        s.shift_id: earliest_departure(book, s, sequences[s.shift_id]) for s in problem.shifts if sequences[s.shift_id]
    }
    early = schedule(problem, sequences, departures=soonest, seed=1, problem_sha256="x")

    for late, soon in zip(latest.routes, early.routes, strict=True):
        assert late.leaves_at >= soon.leaves_at
        assert late.returns_at == soon.returns_at
        assert all(late.cents.get(part, 0) <= soon.cents.get(part, 0) for part in PARTS)


def test_a_trip_leaves_when_its_last_stop_is_released_and_waits_for_it(problem):
    plan = _planned(_with_stop(problem, "b", release=Seconds(35_100)), "a", "b")
    (route,) = plan.routes

    assert (route.leaves_at, route.seconds, route.cents["waiting"]) == (35_100, 4_500, 600)


# Loads


def test_a_second_trip_is_loaded_at_the_reload_once_its_goods_are_there(problem):
    problem = _with_shift(problem, reloads=(0,), max_trips=2, reload_seconds=Seconds(120))
    plan = _planned(_with_stop(problem, "b", release=Seconds(40_000)), "a", Reload(0), "b")
    a, reload, b = plan.routes[0].visits

    assert plan.routes[0].leaves_at == 34_200
    assert (reload.kind, reload.stop_id, reload.order_ids, reload.place) == ("reload", "0", (), Place(0, 0))
    assert (reload.arrives_at, reload.starts_at, reload.leaves_at) == (36_900, 40_000, 40_120)
    assert (a.load_after, reload.load_after, b.load_after) == ((0,), (7,), (0,))
    assert plan.routes[0].metres == 60_000


def test_the_goods_of_a_pair_are_on_board_between_its_stops_alone(problem):
    pair = replace(problem, pairs=(Pair("a", "b"),))
    a, b = _planned(pair, "a", "b").routes[0].visits

    # a also brings its own 5 from the depot; the 7 of b come on board there.
    assert (a.kind, a.load_after, b.kind, b.load_after) == ("pickup", (7,), "stop", (0,))


def test_what_is_picked_up_stays_on_board_until_the_trip_ends(problem):
    picking = _with_stop(_with_shift(problem, reloads=(0,), max_trips=2), "a", amounts=(0,), picks=(4,))
    a, b = _planned(picking, "a", "b").routes[0].visits
    alone, reload = _planned(picking, "a", Reload(0)).routes[0].visits

    assert (a.kind, a.load_after, b.load_after) == ("pickup", (11,), (4,))
    assert (alone.load_after, reload.load_after) == ((4,), (0,))


# Plugs and rests


def _electric(problem: Problem, **changes: Any) -> Problem:
    battery = Battery(capacity_wh=50_000, starts_with_wh=10_000, wh_per_km=200, charge_w=11_000)
    charger = Charger("c", 1, watts=22_000, cents_per_kwh=41, **changes)
    return replace(_with_shift(problem, battery=battery), chargers=(charger,))


def test_what_flows_at_a_plug_is_bounded_by_plug_vehicle_and_room(problem):
    """11 kW flow for half an hour: 5,500 Wh at 41 cents a kWh; later 46,000 Wh would flow, and 43,500 have room."""
    half = _planned(_electric(problem), "b", Charge("c", Seconds(1800)), "a").routes[0]
    whole = _planned(_electric(problem), "b", Charge("c", Seconds(20_000)), "a").routes[0]

    assert (half.visits[1].kind, half.visits[1].stop_id) == ("charge", "c")
    assert half.cents["energy"] == half.visits[1].cents["energy"] == 226
    assert whole.cents["energy"] == 1_886  # 20 km to b and 10 back used 6,000 of 10,000 Wh
    assert half.seconds - whole.seconds == 1_800 - 20_000


def test_a_plug_opens_when_it_opens_and_waiting_for_it_is_waiting(problem):
    windows = (TimeWindow(Seconds(40_000), Seconds(50_000)),)
    route = _planned(_electric(problem, windows=windows), Charge("c", Seconds(600)), "b").routes[0]

    assert (route.visits[0].arrives_at, route.visits[0].starts_at) == (34_800, 40_000)
    assert route.cents["waiting"] == 2_600


def test_without_a_battery_nothing_flows(problem):
    route = _planned(_with_shift(_electric(problem), battery=None), Charge("c", Seconds(600)), "b").routes[0]

    assert "energy" not in route.cents


def test_a_break_begins_where_the_van_stands_and_is_not_paid(problem):
    plan = _planned(problem, Break(Seconds(900)), "b", Break(Seconds(1_800)))
    first, _, last = plan.routes[0].visits

    assert (first.kind, first.stop_id, first.place, first.starts_at) == ("break", "", Place(0, 0), 34_200)
    assert (last.place, last.arrives_at, last.starts_at, last.leaves_at) == (Place(0, 0.1), 36_900, 36_900, 38_700)
    assert plan.routes[0].seconds == 39_900 - 34_200 - 2_700
    assert plan.routes[0].metres == 40_000


def _lunch(opens: int, closes: int, length: int) -> BreakRule:
    return BreakRule("lunch", "elapsed", Seconds(0), Seconds(length), windows=(TimeWindow(*_seconds(opens, closes)),))


def test_a_break_waits_for_the_window_of_the_first_rule_that_still_wants_one(problem):
    ruled = _with_shift(problem, breaks=(_lunch(40_000, 41_000, 1_800),))
    plan = _planned(ruled, Break(Seconds(900)), "b", Break(Seconds(1_800)), Break(Seconds(2_000)))

    # Too short for the rule; then it keeps it; then nobody wants another.
    assert _times(plan) == [
        (34_200, 34_200, 35_100),
        (36_300, 36_300, 36_900),
        (36_900, 40_000, 41_800),
        (41_800, 41_800, 43_800),
    ]
    assert plan.routes[0].cents["waiting"] == 1_550


def test_a_break_whose_windows_have_closed_begins_at_once(problem):
    late = _with_shift(problem, breaks=(_lunch(30_000, 31_000, 1_800),))

    assert _times(_planned(late, "b", Break(Seconds(1_800))))[1] == (36_000, 36_000, 37_800)


# Prices by who comes


def test_who_comes_has_a_price_and_so_has_an_uneven_day(problem):
    prices = replace(
        problem.valuation,
        rates={"h": Rates(cents_per_stop=150, even_seconds=Seconds(6_300), even_cents_per_hour=400)},
        pairings={"tariff": {"h": {"a": Cents(30)}}, "familiarity": {"h": {"b": Cents(-20)}}},
        curves={"a": PriceCurve(_seconds(0), {"instability": (Cents(7),)})},
    )
    route = _planned(problem.valued(prices), "a", "b", Break(Seconds(600))).routes[0]

    assert [dict(v.cents) for v in route.visits] == [
        {"tariff": 180, "instability": 7},
        {"tariff": 150, "familiarity": -20},
        {},
    ]
    # 4,500 s paid, 1,800 s less than a fair share.
    assert dict(route.cents) == {"instability": 7, "tariff": 330, "familiarity": -20, "fairness": 200}


# A day under way


def test_what_is_driven_keeps_its_times_and_nobody_leaves_before_now(problem):
    past = Driven("a", Seconds(34_900), Seconds(36_000), Seconds(36_500), Metres(11_000))
    running = replace(
        _with_shift(problem, driven=(past,), loaded_at=Seconds(34_300), frozen=("b",)), now=Seconds(37_000)
    )
    plan = _planned(running, "a", "b")
    a, b = plan.routes[0].visits

    assert plan.routes[0].leaves_at == 34_300
    assert (a.arrives_at, a.starts_at, a.leaves_at, a.status) == (34_900, 36_000, 36_500, "done")
    assert (b.arrives_at, b.status) == (37_600, "frozen")
    assert plan.routes[0].metres == 11_000 + 30_000
    # 100 s before it was loaded, 1,100 at the door of a, 500 until now.
    assert plan.routes[0].cents["waiting"] == 850


def test_a_van_of_which_nothing_is_said_comes_back_from_what_it_has_driven(problem):
    past = Driven("a", Seconds(34_900), Seconds(36_000), Seconds(36_500), Metres(11_000))
    running = _with_shift(problem, driven=(past,), loaded_at=Seconds(34_300))
    plan = schedule(running, {}, seed=1, problem_sha256="x")

    assert [v.stop_id for v in plan.routes[0].visits] == ["a"]
    assert plan.routes[0].returns_at == 37_100
    assert {u.stop_id for u in plan.unserved} == {"b"}


def test_a_van_that_is_not_loaded_leaves_no_earlier_than_now(problem):
    assert _planned(replace(problem, now=Seconds(35_000)), "b").routes[0].leaves_at == 35_000


# Names and reasons


@pytest.mark.parametrize(
    ("halt", "says"),
    [
        (Reload(3), "a row from 0 to 2, got 3"),
        (Reload(-1), "a row from 0 to 2, got -1"),
        (Charge("zz", Seconds(60)), "'zz'"),
        (Break(Seconds(-1)), "break of 0 s or more, got -1"),
    ],
)
def test_halts_that_cannot_be_are_named(problem, halt, says):
    with pytest.raises(UnknownStop, match=says):
        _planned(problem, halt, "a")


@pytest.mark.parametrize("pair", [Pair("a", "a"), Pair("a", "zz")])
def test_a_pair_that_is_none_is_named(problem, pair):
    with pytest.raises(UnknownStop, match="a pair of two stops of the problem, got 'a'"):
        _planned(replace(problem, pairs=(pair,)), "a")


def test_a_departure_of_an_unknown_shift_is_named(problem):
    with pytest.raises(UnknownStop, match="'zz'"):
        schedule(problem, {}, departures={"zz": Seconds(1)}, seed=1, problem_sha256="x")


def _reason(problem: Problem, stop_id: str) -> str:
    return next(u.reason for u in schedule(problem, {}, seed=1, problem_sha256="x").unserved if u.stop_id == stop_id)


def test_reasons_name_who_may_not_come(problem):
    only = _with_stop(problem, "a", only=frozenset({"anna"}))
    veto = replace(problem, vetoes=(Veto("dr", "a", "the dog"),))

    assert _reason(only, "a") == "No shift that could bring it may come: only 'anna' may come."
    assert _reason(veto, "a") == "No shift that could bring it may come: 'dr' must not come (the dog)."
    assert "believed to cost more" in _reason(veto, "b")


def test_reasons_name_a_partner_goods_range_and_bounds(problem):
    partner = replace(_with_stop(problem, "b", amounts=(21,)), pairs=(Pair("a", "b"),))
    goods = _with_stop(problem, "a", release=Seconds(36_500))
    battery = Battery(capacity_wh=9_000, starts_with_wh=7_000, wh_per_km=200, charge_w=0, reserve_wh=0)

    assert "It does not fit" in _reason(partner, "b")
    assert "It does not fit" in _reason(partner, "a")
    assert "there at 10:08:20, too late" in _reason(goods, "a")
    assert "range" in _reason(_with_shift(problem, battery=battery), "b")
    assert "believed" in _reason(_with_shift(problem, battery=battery), "a")
    assert "40 km even alone, and shift 'h' allows 39.999 km" in _reason(
        _with_shift(problem, max_metres=Metres(39_999)), "b"
    )
    assert "50 min from leaving to being back" in _reason(_with_shift(problem, max_seconds=Seconds(2_999)), "b")


def test_a_van_that_was_loaded_takes_no_later_goods_unless_it_reloads(problem):
    late = _with_stop(_with_shift(problem, loaded_at=Seconds(34_200)), "b", release=Seconds(35_000))

    assert "loaded before" in _reason(late, "b")
    assert "believed" in _reason(_with_shift(late, reloads=(0,), max_trips=2), "b")


# Laws


@given(rich_assignments())
def test_a_plan_turned_back_into_halts_and_departures_gives_the_same_plan(case):
    problem, sequences, departures = case
    plan = schedule(problem, sequences, departures=departures, seed=1, problem_sha256="x")

    again, told = sequences_of(plan, problem)

    assert again == {shift_id: tuple(halts) for shift_id, halts in sequences.items() if halts}
    assert schedule(problem, again, departures=told, seed=1, problem_sha256="x") == plan


@given(rich_assignments(), seeds)
def test_so_does_a_plan_of_a_day_under_way(case, seed):
    problem, sequences, departures = case
    rng = np.random.default_rng(seed)
    morning = schedule(problem, sequences, departures=departures, seed=1, problem_sha256="x")
    running = under_way(rng, problem, sequences, morning)
    plan = schedule(running, replanned(rng, running), seed=1, problem_sha256="x")

    again, told = sequences_of(plan, running)

    assert schedule(running, again, departures=told, seed=1, problem_sha256="x") == plan
    for shift in running.shifts:
        visits = next((r.visits for r in plan.routes if r.shift_id == shift.shift_id), ())
        driven = [(d.arrives_at, d.starts_at, d.leaves_at) for d in shift.driven]
        assert [(v.arrives_at, v.starts_at, v.leaves_at) for v in visits[: len(driven)]] == driven


@given(rich_assignments())
def test_parts_sum_to_the_total_and_nothing_is_lost(case):
    problem, sequences, departures = case
    plan = schedule(problem, sequences, departures=departures, seed=1, problem_sha256="x")

    assert sum(plan.cents[part] for part in PARTS if part in plan.cents) == plan.cents["total"]
    assert set(plan.cents) <= {*PARTS, "total"}
    for part in PARTS:
        routes = sum(route.cents.get(part, 0) for route in plan.routes)
        assert plan.cents.get(part, 0) == routes + (sum(u.cents for u in plan.unserved) if part == "unserved" else 0)
    visited = [o for route in plan.routes for visit in route.visits for o in visit.order_ids]
    orders = [o for stop in problem.stops for o in stop.order_ids]
    assert sorted(visited + [u.order_id for u in plan.unserved]) == sorted(orders)


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
