"""Large prices, amounts and ways change no rule: must-serve comes first, and what fits a van fits the day."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from doorstep.domain.duty import BreakRule
from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import PriceCurve, Rates, Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.operations.check import check
from doorstep.operations.errors import UnplannableInput
from doorstep.operations.must_serve import LEAST, must_count
from doorstep.operations.schedule import schedule
from doorstep.operations.search import layout, search
from doorstep.operations.search.loop import open_run

DAY = Seconds(36_000)


def _problem(amounts: Sequence[int], room: int, *, vans: int = 1, leg: int = 600, **prices: Any) -> Problem:
    """Return stops s0, s1, ... on a line, a leg apart, and vans that start at its end."""
    n = len(amounts)
    at = np.abs(np.arange(n + 1)[:, None] - np.arange(n + 1)[None, :]).astype(np.int32)
    stops = tuple(Stop(f"s{i}", (f"o{i}",), i + 1, (), Seconds(60), (a,)) for i, a in enumerate(amounts))
    shifts = tuple(PlannedShift(f"h{k}", f"v{k}", None, Seconds(0), DAY, 0, 0, (room,)) for k in range(vans))
    rates = {s.shift_id: Rates(cents_per_hour=2000, cents_per_km=30) for s in shifts}
    given: dict[str, Any] = {"curves": {}, "unserved": {}, "rates": rates} | prices
    return Problem(
        "co", "d", "2026-03-02", "UTC", "EUR", ("ml",), (None,) * (n + 1), stops, shifts,
        {"car": TravelTimes((Seconds(0),), (at * 300)[None], (at * leg)[None])},
        Valuation("profit", ("test",), **given),
    )  # fmt: skip


def _shifts(problem: Problem, **more: Any) -> Problem:
    return replace(problem, shifts=tuple(replace(s, **more) for s in problem.shifts))


def _curved(problem: Problem) -> Problem:
    curves = {s.stop_id: PriceCurve((Seconds(0), DAY), {"failure": (Cents(0), Cents(500))}) for s in problem.stops}
    return problem.valued(replace(problem.valuation, curves=curves))


def _distance_only(problem: Problem) -> Problem:
    rates = {shift_id: Rates(cents_per_km=30) for shift_id in problem.valuation.rates}
    return problem.valued(replace(problem.valuation, rates=rates))


REST = BreakRule("lunch", "elapsed", Seconds(0), Seconds(1800), windows=(TimeWindow(Seconds(7200), Seconds(14_400)),))
KINDS: Mapping[str, Callable[[Problem], Problem]] = {
    "plain": lambda problem: problem,
    "distance alone": _distance_only,
    "curves": _curved,
    "ways limited": lambda problem: _shifts(_curved(problem), max_metres=10**9),
    "free departure": lambda problem: _shifts(_curved(problem), free_departure=True),
    "breaks": lambda problem: _shifts(problem, breaks=(REST,)),
}


def _served(problem: Problem, iterations: int) -> set[object]:
    found = search(problem, seconds=1, seed=1, iterations=iterations)
    return {halt for halts in found.sequences.values() for halt in halts if isinstance(halt, str)}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("worth", [2 * 10**9, 3 * 10**10])
def test_a_stop_that_must_be_served_comes_before_any_that_pays_well(kind: str, worth: int) -> None:
    problem = KINDS[kind](_problem([1, 1], 1, unserved={"s1": Cents(worth)}))

    assert _served(problem, 200) == {"s0"}


@pytest.mark.parametrize("kind", ["plain", "ways limited", "free departure", "breaks"])
def test_a_stop_that_must_be_served_is_served_however_dear_the_van_and_the_hour(kind: str) -> None:
    problem = KINDS[kind](_problem([1], 1))
    late = PriceCurve((Seconds(0), Seconds(60)), {"lateness": (Cents(0), Cents(10**11))})
    rates = {"h0": Rates(cents_per_hour=2000, fixed_cents=10**9)}
    problem = problem.valued(replace(problem.valuation, curves={"s0": late}, rates=rates))

    assert _served(problem, 200) == {"s0"}


@pytest.mark.parametrize("kind", KINDS)
def test_dear_optional_stops_are_counted_to_the_cent_and_the_dearest_come_first(kind: str) -> None:
    worth = {f"s{k}": Cents(10**10 * (k + 1) + k) for k in range(5)}
    problem = KINDS[kind](_problem([1] * 5, 2, unserved=worth))
    found = search(problem, seconds=1, seed=1, iterations=500)
    plan = schedule(problem, found.sequences, seed=1, problem_sha256="", departures=found.departures)

    assert {x for x in found.sequences["h0"] if isinstance(x, str)} == {"s3", "s4"}
    assert check(problem, plan).violations == ()
    assert found.price == pytest.approx(check(problem, plan).total, abs=20)


def test_usual_prices_count_what_they_always_did() -> None:
    assert must_count(_problem([1] * 1000, 100, vans=20)) == LEAST


def test_prices_that_no_search_can_add_up_are_refused_and_the_dearest_is_named() -> None:
    problem = _problem([1, 1], 1, unserved={"s0": Cents(7), "s1": Cents(5 * 10**11)})
    with pytest.raises(UnplannableInput, match="The dearest is leaving out stop s1 with 500,000,000,000"):
        search(problem, seconds=1, seed=1)


@pytest.mark.parametrize("kind", KINDS)
def test_the_plan_is_the_same_whatever_the_unit_of_amounts(kind: str) -> None:
    amounts = [3, 9, 4, 7, 5, 8, 2, 6] * 4
    small, large = (KINDS[kind](_problem([a * unit for a in amounts], 30 * unit, vans=8)) for unit in (1, 30_000_000))
    assert sum(s.amounts[0] for s in large.stops) > 2**31

    asked = [search(problem, seconds=1, seed=1, iterations=2000) for problem in (small, large)]

    assert asked[0].sequences == asked[1].sequences
    assert sum(len(route) for route in asked[0].sequences.values()) >= len(amounts)


@pytest.mark.parametrize("kind", KINDS)
def test_legs_across_half_the_world_are_driven_where_nobody_limits_the_way(kind: str) -> None:
    problem = KINDS[kind](_problem([1] * 10, 10, leg=20_000_000))

    assert len(_served(problem, 500)) == 10


def test_a_price_that_changes_in_thirty_years_takes_no_more_room_than_one_of_today() -> None:
    problem = _problem([1] * 3, 3)
    curves = {
        s.stop_id: PriceCurve((Seconds(0), Seconds(10**9)), {"failure": (Cents(0), Cents(10 * k))})
        for k, s in enumerate(problem.stops, 1)
    }
    problem = problem.valued(replace(problem.valuation, curves=curves))

    assert layout.curves(problem).bins.shape[1] < 100
    assert open_run(problem, 1, None).price > 0
