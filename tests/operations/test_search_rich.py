"""The rich search: each thing that couples a route changes the plan; what it plans holds and costs what it says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.operations.problems import Recipe, random_problem, rich

from doorstep.domain.duty import BreakRule
from doorstep.domain.problem import (
    Battery,
    Break,
    Charge,
    Charger,
    Halt,
    Pair,
    PlannedShift,
    Problem,
    Reload,
    Stop,
    Veto,
)
from doorstep.domain.travel import ArrivalFunctions, TravelTimes
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import Rates, Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.operations.check import check
from doorstep.operations.errors import KernelDisagrees, UnplannableInput
from doorstep.operations.schedule import schedule
from doorstep.operations.search import search
from doorstep.operations.search.loop import Result
from doorstep.operations.search.rich import wanted
from doorstep.operations.search.rich_twin import refuse_disagreement

MINUTE = 60
"""Seconds and metres between neighbours on the line."""


def stop(k: int, at: int, **more: Any) -> Stop:
    """Return stop k at a place of the line, one unit of goods, no window."""
    windows = tuple(TimeWindow(Seconds(a), Seconds(b)) for a, b in more.pop("windows", ()))
    more = {"amounts": (1,), "service": Seconds(0), **more}
    return Stop(f"s{k}", (f"o{k}",), at, windows, **more)


def fetch(k: int, at: int, **more: Any) -> Stop:
    """Return a stop where goods of a pair are fetched and nothing is brought."""
    return stop(k, at, amounts=(0,), **more)


def shift(k: int, **more: Any) -> PlannedShift:
    """Return a van that stands at place 0 all day and holds ten units."""
    more = {"starts": Seconds(0), "ends": Seconds(36_000), "capacities": (10,), "start": 0, "end": 0, **more}
    return PlannedShift(f"h{k}", f"v{k}", f"d{k}", **more)


def line(
    stops: Sequence[Stop], shifts: Sequence[PlannedShift], rates: Rates | Mapping[str, Rates] | None = None, **more: Any
) -> Problem:
    """Return a day on a straight road, a minute and 60 m from place to place; distance costs unless rates say more."""
    places = 1 + max([s.location for s in stops], default=0)
    between = (np.abs(np.subtract.outer(np.arange(places), np.arange(places))) * MINUTE).astype(np.int32)[None]
    rates = rates or Rates(cents_per_km=1000)
    by_shift = {s.shift_id: rates for s in shifts} if isinstance(rates, Rates) else rates
    prices = Valuation("test", (), {}, more.pop("unserved", {}), by_shift, more.pop("pairings", {}))
    return Problem(
        "test", "d", "2026-01-01", "UTC", "EUR", ("load",), (None,) * places, tuple(stops), tuple(shifts),
        {"car": TravelTimes((Seconds(0),), between, between)}, prices, **more,
    )  # fmt: skip


def planned(problem: Problem, *, seed: int = 1, iterations: int = 300, **more: Any) -> Result:
    """Return the search's answer; it must hold, and cost what it says, where all that must be served is."""
    result = search(problem, seconds=1, seed=seed, iterations=iterations, **more)
    plan = schedule(problem, result.sequences, seed=seed, problem_sha256="", departures=result.departures)
    report = check(problem, plan)

    assert not report.violations
    assert abs(report.total - result.price) <= 5 * sum(len(r.visits) + 2 for r in plan.routes)
    return result


def stops_of(halts: Sequence[Halt]) -> list[str]:
    return [halt for halt in halts if isinstance(halt, str)]


def test_a_van_that_may_reload_serves_what_one_load_does_not() -> None:
    stops = [stop(k, 2) for k in range(4)]
    small = {"capacities": (2,), "reload_seconds": Seconds(60)}
    once = line(stops, [shift(0, **small)], unserved={s.stop_id: Cents(500) for s in stops})
    often = replace(once, shifts=(shift(0, reloads=(0,), max_trips=2, **small),))

    assert len(stops_of(planned(once).sequences["h0"])) == 2
    assert planned(often).sequences["h0"].count(Reload(0)) == 1


def test_trips_are_no_more_than_allowed() -> None:
    stops = [stop(k, 2) for k in range(4)]
    van = shift(0, capacities=(1,), reloads=(0,), max_trips=3)
    result = planned(line(stops, [van], unserved={s.stop_id: Cents(5000) for s in stops}))

    assert result.sequences["h0"].count(Reload(0)) == 2


def test_a_reload_is_where_it_costs_least() -> None:
    stops = [stop(0, 8), stop(1, 9)]
    van = shift(0, capacities=(1,), reloads=(0, 7), max_trips=2)

    assert Reload(7) in planned(line(stops, [van])).sequences["h0"]


def test_what_is_released_late_goes_with_a_later_trip() -> None:
    early, late = stop(0, 3, windows=((0, 600),)), stop(1, 3, release=Seconds(2000))
    van = shift(0, reloads=(0,), max_trips=2)

    assert planned(line([early, late], [van])).sequences["h0"] == ("s0", Reload(0), "s1")
    assert len(planned(line([early, replace(late, release=Seconds(0))], [van])).sequences["h0"]) == 2


def test_waiting_for_a_release_costs_waiting() -> None:
    rates = Rates(cents_per_km=1000, waiting_cents_per_hour=3600)
    result = planned(line([stop(0, 5, release=Seconds(1000))], [shift(0)], rates))

    assert result.price == pytest.approx(600 + 1000)


def test_a_pair_is_fetched_before_it_is_brought_by_the_same_van() -> None:
    stops = [fetch(0, 6), stop(1, 2), stop(2, 1), fetch(3, 7)]
    pairs = (Pair("s0", "s1"), Pair("s3", "s2"))
    result = planned(line(stops, [shift(0), shift(1)], pairs=pairs))
    loose = planned(line(stops, [shift(0), shift(1)]))

    for halts in result.sequences.values():
        for pair in pairs:
            assert (pair.pickup in halts) == (pair.delivery in halts)
            assert pair.pickup not in halts or halts.index(pair.pickup) < halts.index(pair.delivery)
    assert result.price >= loose.price


def test_a_pair_needs_room_only_while_it_is_on_board() -> None:
    stops = [fetch(0, 1), stop(1, 2), fetch(2, 3), stop(3, 4)]
    pairs = (Pair("s0", "s1"), Pair("s2", "s3"))
    result = planned(line(stops, [shift(0, capacities=(1,))], pairs=pairs))

    assert result.sequences["h0"] == ("s0", "s1", "s2", "s3")


def test_lifo_brings_first_what_was_fetched_last() -> None:
    stops = [fetch(0, 1), stop(1, 3, windows=((0, 200),)), fetch(2, 2), stop(3, 4)]
    pairs = (Pair("s0", "s1"), Pair("s2", "s3"))
    free = planned(line(stops, [shift(0)], pairs=pairs))
    stacked = planned(line(stops, [shift(0, lifo=True)], pairs=pairs))

    assert free.sequences["h0"] == ("s0", "s2", "s1", "s3")
    assert stacked.price > free.price


def test_picks_fill_the_van_until_the_trip_ends() -> None:
    bring, take = stop(0, 5, amounts=(10,)), stop(1, 3, amounts=(0,), picks=(6,))
    result = planned(line([bring, take], [shift(0)]))
    loose = planned(line([bring, replace(take, picks=(0,))], [shift(0)], Rates(cents_per_km=1000, cents_per_stop=1)))

    assert result.sequences["h0"] == ("s0", "s1")
    assert set(loose.sequences["h0"]) == {"s0", "s1"}


def test_what_a_delivery_picks_up_counts_from_there_on() -> None:
    stops = [fetch(0, 1), stop(1, 2, picks=(5,)), stop(2, 3, amounts=(9,))]
    result = planned(line(stops, [shift(0)], pairs=(Pair("s0", "s1"),)))

    assert stops_of(result.sequences["h0"]).index("s2") < stops_of(result.sequences["h0"]).index("s1")


def test_a_driver_may_veto_a_stop_and_a_stop_may_name_its_drivers() -> None:
    stops = [stop(0, 3), stop(1, 3, only=frozenset({"d1"}))]
    problem = line(stops, [shift(0), shift(1)], vetoes=(Veto("d1", "s0", "the dog"),))

    assert planned(problem).sequences == {"h0": ("s0",), "h1": ("s1",)}


def test_familiarity_sends_the_driver_who_knows_the_place() -> None:
    pairings = {"familiarity": {"h1": {"s0": Cents(-50)}}, "tariff": {"h1": {"s1": Cents(90)}}}
    stops = [stop(0, 3), stop(1, 3)]
    result = planned(line(stops, [shift(0), shift(1)], pairings=pairings))
    both = planned(line(stops, [shift(0), shift(1)], Rates(cents_per_km=1000, cents_per_stop=40)))

    assert stops_of(result.sequences.get("h1", ())) == ["s0"] or result.price == 360
    assert both.price == pytest.approx(360 + 80)


def test_a_price_by_stop_makes_another_van_serve() -> None:
    rates = {"h0": Rates(cents_per_km=1000, cents_per_stop=100), "h1": Rates(cents_per_km=1000)}

    assert list(planned(line([stop(0, 3)], [shift(0), shift(1)], rates)).sequences) == ["h1"]


def test_fairness_splits_a_day_in_two() -> None:
    stops = [stop(k, 2, service=Seconds(1800)) for k in range(4)]
    rates = Rates(cents_per_km=100)
    even = Rates(cents_per_km=100, even_seconds=Seconds(3840), even_cents_per_hour=1000)
    together = planned(line(stops, [shift(0), shift(1)], {"h0": rates, "h1": rates}, vetoes=(Veto("x", "s0", ""),)))
    apart = planned(line(stops, [shift(0), shift(1)], even))

    assert sorted(len(h) for h in together.sequences.values()) == [4]
    assert sorted(len(h) for h in apart.sequences.values()) == [2, 2]


@pytest.mark.parametrize("limit", [{"max_metres": 720}, {"max_driving": Seconds(720)}, {"max_working": Seconds(720)}])
def test_a_limit_of_way_or_hours_needs_a_second_van(limit: dict[str, Any]) -> None:
    stops = [stop(0, 6), stop(1, 6), stop(2, 5), stop(3, 5, service=Seconds(100))]
    unserved = {s.stop_id: Cents(3000) for s in stops}
    result = planned(line(stops, [shift(0, **limit), shift(1, **limit)], unserved=unserved))
    far = planned(line([stop(0, 7)], [shift(0, **limit)], unserved={"s0": Cents(3000)}))

    assert len(result.sequences) == (2 if "max_working" in limit else 1)
    assert not far.sequences


def test_a_break_is_taken_before_the_law_asks_for_it() -> None:
    rule = BreakRule("driving", "driving", Seconds(900), Seconds(300))
    stops = [stop(0, 10), stop(1, 12)]
    result = planned(line(stops, [shift(0, breaks=(rule,))]))

    assert result.sequences["h0"].count(Break(Seconds(300))) == 1


def test_a_break_may_be_taken_in_two_parts() -> None:
    rule = BreakRule("driving", "driving", Seconds(1000), Seconds(2700), split=(Seconds(900), Seconds(1800)))
    stops = [stop(0, 6), stop(1, 12, windows=((0, 1700),)), stop(2, 12, windows=((3000, 3600),))]
    result = planned(line(stops, [shift(0, breaks=(rule,), ends=Seconds(4320))]))

    assert sum(h.seconds for h in result.sequences["h0"] if isinstance(h, Break)) == 2700


def test_a_break_is_placed_where_the_van_would_wait() -> None:
    rule = BreakRule("lunch", "elapsed", Seconds(0), Seconds(600), windows=(TimeWindow(Seconds(0), Seconds(9000)),))
    stops = [stop(0, 3), stop(1, 5, windows=((2000, 2600),))]
    rates = Rates(cents_per_hour=3600, waiting_cents_per_hour=3600, cents_per_km=10)
    result = planned(line(stops, [shift(0, breaks=(rule,))], rates))
    plan = schedule(line(stops, [shift(0, breaks=(rule,))], rates), result.sequences, seed=1, problem_sha256="")

    assert plan.routes[0].returns_at == 2300
    assert plan.routes[0].seconds == 1700


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=12, deadline=None, derandomize=True)
def test_no_break_is_taken_that_no_rule_and_no_price_asks_for(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, int(rng.integers(1, 15)), Recipe(resting=0.9, legal=0.5, optional=1.0, free=0.3))
    result = search(problem, seconds=1, seed=1, iterations=100)
    plans = [result.sequences, *_with_one_break_less(result.sequences)]
    reports = [
        check(problem, schedule(problem, halts, seed=0, problem_sha256="", departures=result.departures))
        for halts in plans
    ]

    assert not [r for r in reports[1:] if r.holds and r.total <= reports[0].total]


def _with_one_break_less(sequences: Mapping[str, Sequence[Halt]]) -> Iterator[dict[str, Sequence[Halt]]]:
    for shift_id, halts in sequences.items():
        for k, halt in enumerate(halts):
            if isinstance(halt, Break):
                yield {**sequences, shift_id: (*halts[:k], *halts[k + 1 :])}


def test_a_meal_is_eaten_inside_its_window() -> None:
    lunch = BreakRule("lunch", "elapsed", Seconds(0), Seconds(300), windows=(TimeWindow(Seconds(1000), Seconds(1500)),))
    result = planned(line([stop(0, 3), stop(1, 20)], [shift(0, breaks=(lunch,))]))

    assert Break(Seconds(300)) in result.sequences["h0"]


def test_an_electric_van_charges_on_the_way() -> None:
    battery = Battery(capacity_wh=1000, starts_with_wh=1000, wh_per_km=1000, charge_w=20_000)
    chargers = (Charger("near", 5, 20_000, 50), Charger("far", 11, 20_000, 1))
    stops = [stop(0, 10), stop(1, 12)]
    van = shift(0, battery=battery)
    result = planned(line(stops, [van], chargers=chargers))
    big = planned(line(stops, [replace(van, battery=replace(battery, capacity_wh=9000, starts_with_wh=9000))]))

    assert any(isinstance(h, Charge) for h in result.sequences["h0"])
    assert len(big.sequences["h0"]) == 2


def test_a_stop_out_of_range_is_left_out() -> None:
    battery = Battery(capacity_wh=1000, starts_with_wh=1000, wh_per_km=1000, charge_w=20_000, reserve_wh=200)
    result = planned(line([stop(0, 10)], [shift(0, battery=battery)], unserved={"s0": Cents(10_000)}))

    assert not result.sequences


def test_a_van_that_may_choose_leaves_late_and_still_reloads() -> None:
    stops = [stop(k, 2, windows=((5000, 6000),)) for k in range(2)]
    van = shift(0, capacities=(1,), reloads=(0,), max_trips=2, free_departure=True)
    rates = Rates(cents_per_hour=3600, waiting_cents_per_hour=3600)
    result = planned(line(stops, [van], rates))

    assert result.departures["h0"] == 4880
    assert result.price == pytest.approx(480)


def test_frozen_stops_come_first_and_the_rest_is_planned_behind_them() -> None:
    stops = [stop(k, k + 1) for k in range(6)]
    result = planned(line(stops, [shift(0, frozen=("s4", "s1")), shift(1)]))

    assert result.sequences["h0"][:2] == ("s4", "s1")
    assert sorted(s for halts in result.sequences.values() for s in stops_of(halts)) == [f"s{k}" for k in range(6)]


def test_frozen_stops_that_need_another_load_are_fetched_for_by_themselves() -> None:
    stops = [stop(k, k + 1) for k in range(5)]
    van = shift(0, capacities=(2,), reloads=(0,), max_trips=3, frozen=("s4", "s1", "s3"))
    halts = planned(line(stops, [van])).sequences["h0"]

    assert stops_of(halts)[:3] == ["s4", "s1", "s3"]
    assert Reload(0) in halts[:4]


def test_frozen_stops_are_split_into_trips_where_the_room_is_needed_later() -> None:
    """A reload directly before the pair's delivery would tear it: the only one is before its pick-up."""
    stops = [stop(0, 1, amounts=(4,)), fetch(1, 2), stop(2, 3, amounts=(6,)), stop(3, 4, amounts=(5,)), stop(4, 5)]
    pair = Pair("s1", "s4")
    van = shift(0, capacities=(12,), reloads=(0,), max_trips=2, frozen=("s0", "s1", "s2", "s3"))

    assert planned(line(stops, [van], pairs=(pair,))).sequences["h0"] == ("s0", Reload(0), "s1", "s2", "s3", "s4")


def test_frozen_stops_after_which_no_meal_fits_are_driven_nonetheless() -> None:
    lunch = BreakRule("lunch", "elapsed", Seconds(0), Seconds(600), windows=(TimeWindow(Seconds(9000), Seconds(9100)),))
    van = shift(0, ends=Seconds(9700), breaks=(lunch,), frozen=("s0",))
    result = search(line([stop(0, 5, windows=((0, 8000),))], [van]), seconds=1, seed=1, iterations=20)

    assert result.sequences["h0"] == ("s0",)


def test_a_van_that_may_choose_leaves_when_its_meal_is_due() -> None:
    """Leaving at once it would be out for too long, leaving as late as it may it would miss the meal."""
    lunch = BreakRule("lunch", "elapsed", Seconds(0), Seconds(600), windows=(TimeWindow(Seconds(5000), Seconds(5100)),))
    van = shift(0, free_departure=True, max_seconds=Seconds(15_500), breaks=(lunch,))
    result = planned(line([stop(0, 5, windows=((20_000, 21_000),))], [van]))

    assert 4800 <= result.departures["h0"] <= 5100


def test_what_a_frozen_stop_fetched_is_brought_before_anything_else_is() -> None:
    stops = [fetch(0, 1), stop(1, 9), stop(2, 9), stop(3, 9)]
    van = shift(0, capacities=(2,), max_stops=2, frozen=("s0",), free_departure=True)
    result = search(line(stops, [van], pairs=(Pair("s0", "s1"),)), seconds=1, seed=1, iterations=20)

    assert result.sequences["h0"] == ("s0", "s1")


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_whatever_stops_are_frozen_the_search_ends_and_agrees_with_the_definition(seed: int) -> None:
    problem = random_problem(np.random.default_rng(seed), 15, rich())
    found = search(problem, seconds=1, seed=1, iterations=150)  # it raises where it disagrees with the definition

    for shift in problem.shifts:
        served = [halt for halt in found.sequences.get(shift.shift_id, ()) if isinstance(halt, str)]
        assert tuple(served[: len(shift.frozen)]) == shift.frozen


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_last_in_first_out_holds_beside_vans_that_do_as_they_like(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, 16, Recipe(paired=1.0, lifo=0.5, optional=1.0))
    result = search(problem, seconds=1, seed=1, iterations=150)
    plan = schedule(problem, result.sequences, seed=0, problem_sha256="", departures=result.departures)

    assert check(problem, plan).violations == ()


def test_a_plan_with_frozen_stops_is_held_against_the_definition_too() -> None:
    problem = line([stop(0, 3), stop(1, 3, windows=((0, 200),)), stop(2, 9)], [shift(0, frozen=("s0",))])
    late, fine = {"h0": ("s0", "s2", "s1")}, {"h0": ("s0", "s1", "s2")}
    hopeless = replace(problem, shifts=(shift(0, frozen=("s2", "s1")),))

    refuse_disagreement(problem, fine, {}, 1080)
    refuse_disagreement(hopeless, {"h0": ("s2", "s1", "s0")}, {}, 1e12)
    with pytest.raises(KernelDisagrees, match="priced"):
        refuse_disagreement(problem, fine, {}, 1500)
    with pytest.raises(KernelDisagrees, match="driven"):
        refuse_disagreement(problem, late, {}, 1080)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_what_was_planned_may_be_frozen_over_several_trips(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, int(rng.integers(1, 15)), rich(frozen=0.0, optional=1.0, multi_trip=0.8))
    first = search(problem, seconds=1, seed=1, iterations=60)
    done = {k: tuple(stops_of(halts)[: int(rng.integers(4))]) for k, halts in first.sequences.items()}
    frozen = replace(problem, shifts=tuple(replace(s, frozen=done.get(s.shift_id, ())) for s in problem.shifts))
    result = search(frozen, seconds=1, seed=3, iterations=20, start=first.sequences)
    plan = schedule(frozen, result.sequences, seed=0, problem_sha256="", departures=result.departures)

    assert check(frozen, plan).violations == ()


def test_what_was_fetched_already_is_brought_by_the_van_that_has_it() -> None:
    stops = [fetch(0, 1), stop(1, 9), stop(2, 9)]
    result = planned(line(stops, [shift(0, frozen=("s0",)), shift(1)], pairs=(Pair("s0", "s1"),)))

    assert result.sequences["h0"][0] == "s0"
    assert "s1" in result.sequences["h0"]


def test_optional_pairs_are_left_out_whole() -> None:
    stops = [stop(0, 9), stop(1, 1), stop(2, 1)]
    result = planned(line(stops, [shift(0)], pairs=(Pair("s0", "s1"),), unserved={"s0": Cents(100), "s1": Cents(100)}))

    assert result.sequences == {"h0": ("s2",)}
    assert result.price == pytest.approx(120 + 200)


def test_stops_of_several_pairs_are_refused_by_name() -> None:
    stops = [stop(0, 1), stop(1, 2), stop(2, 3)]
    with pytest.raises(UnplannableInput, match="'s0' in 2"):
        planned(line(stops, [shift(0)], pairs=(Pair("s0", "s1"), Pair("s0", "s2"))))


def test_arrival_functions_beside_pairs_are_refused() -> None:
    begins = np.array([0, 0, 1, 2, 2], np.int64)
    knots = np.zeros(2, np.int32)
    travel = ArrivalFunctions(begins, knots, knots + 60, np.full((2, 2), 60, np.int32))
    problem = line([stop(0, 1), stop(1, 1)], [shift(0)], pairs=(Pair("s0", "s1"),))

    with pytest.raises(UnplannableInput, match="arrival functions"):
        planned(replace(problem, times={"car": travel}))


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_every_plan_holds_and_costs_what_the_schedule_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, int(rng.integers(1, 20)), rich(frozen=0.0))
    result = search(problem, seconds=1, seed=seed % 1000, iterations=60)
    plan = schedule(problem, result.sequences, seed=0, problem_sha256="", departures=result.departures)

    report = check(problem, plan)

    assert [v for v in report.violations if "no price for leaving it out" not in v] == []
    if wanted(problem) and all(u.stop_id in problem.valuation.unserved for u in plan.unserved):
        assert abs(report.total - result.price) <= 5 * sum(len(r.visits) + 2 for r in plan.routes) + 1


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_a_plan_is_taken_back_as_a_start_and_its_beginning_may_be_frozen(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, int(rng.integers(1, 15)), rich(frozen=0.0, free=0.0, optional=1.0))
    first = search(problem, seconds=1, seed=1, iterations=60)
    again = search(problem, seconds=1, seed=2, iterations=1, start=first.sequences)
    done = {
        k: tuple(stops_of(halts)[:2]) for k, halts in first.sequences.items() if not set(halts) & {Reload(0), Reload(1)}
    }
    shifts = tuple(replace(s, frozen=done.get(s.shift_id, ())) for s in problem.shifts)
    frozen = search(replace(problem, shifts=shifts), seconds=1, seed=3, iterations=20, start=first.sequences)

    assert again.price <= first.price + 1
    for shift_id, stop_ids in done.items():
        assert tuple(stops_of(frozen.sequences.get(shift_id, ()))[: len(stop_ids)]) == stop_ids


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_small_pick_up_and_delivery_days_are_solved_to_the_optimum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    amounts = [0 if k in (0, 2) else int(rng.integers(1, 6)) for k in range(6)]
    stops = [stop(k, int(rng.integers(1, 12)), amounts=(amounts[k],)) for k in range(6)]
    pairs = (Pair("s0", "s1"), Pair("s2", "s3"))
    problem = line(stops, [shift(0)], pairs=pairs)
    result = planned(problem, iterations=500)

    best = min(_metres(stops, order) for order in permutations(range(6)) if _may_be_driven(stops, order))
    assert result.price == pytest.approx(best)


def _metres(stops: Sequence[Stop], order: Sequence[int]) -> int:
    places = [0, *(stops[k].location for k in order), 0]
    return sum(abs(a - b) * MINUTE for a, b in pairwise(places))


def _may_be_driven(stops: Sequence[Stop], order: Sequence[int]) -> bool:
    load = stops[4].amounts[0] + stops[5].amounts[0]
    if order.index(0) > order.index(1) or order.index(2) > order.index(3) or load > 10:
        return False
    for k in order:
        load += stops[k + 1].amounts[0] if k in (0, 2) else -stops[k].amounts[0]
        if load > 10:
            return False
    return True


def test_equal_seeds_give_equal_plans() -> None:
    problem = random_problem(np.random.default_rng(3), 20, rich(frozen=0.0))
    one, two = (search(problem, seconds=1, seed=5, iterations=200) for _ in range(2))

    assert (one.sequences, one.departures, one.price) == (two.sequences, two.departures, two.price)
