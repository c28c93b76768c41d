"""The static search's promises: what it returns may be driven and is as long as it says, whatever it went through."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Seconds
from doorstep.domain.valuation import Rates, Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.operations.search import kernel_static as kernel
from doorstep.operations.search import static
from doorstep.operations.search.static import ONE_LEFT_OUT, StaticRun

pytestmark = pytest.mark.usefixtures("kernels")
LAWS = settings(max_examples=40, deadline=None)


def problem(seed: int, n: int, *, vans: int, detours: bool = False, tight: bool = True) -> Problem:
    """Return stops on a square with windows and loads; with `detours`, legs that break the triangle inequality."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 1000, size=(n + 1, 2))
    legs = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    metres, seconds = (legs * rng.uniform(1, 3 if detours else 1, size=legs.shape) for _ in range(2))
    opens = rng.integers(0, 4000, n)
    wide = rng.integers(300, 5000 if tight else 9000, n)
    stops = tuple(
        Stop(f"s{k}", (f"o{k}",), k + 1, (TimeWindow(Seconds(int(opens[k])), Seconds(int(opens[k] + wide[k]))),),
             Seconds(60), (int(rng.integers(1, 10)),))
        for k in range(n)
    )  # fmt: skip
    shifts = tuple(PlannedShift(f"h{k}", f"v{k}", None, Seconds(0), Seconds(9000), 0, 0, (50,)) for k in range(vans))
    times = TravelTimes((Seconds(0),), seconds.astype(np.int32)[None], metres.astype(np.int32)[None])
    rates = {s.shift_id: Rates(cents_per_km=1000) for s in shifts}
    return Problem("p", "d", "2026-01-01", "UTC", "EUR", ("load",), (None,) * (n + 1), stops, shifts, {"car": times},
                   Valuation("distance", (), {}, {}, rates))  # fmt: skip


def driven(problem: Problem, sequences: Mapping[str, Sequence[str]]) -> tuple[int, int]:
    """Return (stops left out, metres) after driving every route by hand; fails where one may not be driven."""
    stops = {s.stop_id: s for s in problem.stops}
    times, total = problem.times["car"], 0
    assert isinstance(times, TravelTimes)
    for shift in problem.shifts:
        route = [stops.pop(x) for x in sequences.get(shift.shift_id, ())]
        assert sum(s.amounts[0] for s in route) <= shift.capacities[0]
        at, here = int(shift.starts), shift.start
        for stop in route:
            at = max(at + int(times.seconds[0, here, stop.location]), int(stop.windows[0].opens))
            assert at <= stop.windows[0].closes
            total += int(times.metres[0, here, stop.location])
            at, here = at + int(stop.service), stop.location
        if route:
            assert at + int(times.seconds[0, here, shift.end]) <= shift.ends
            total += int(times.metres[0, here, shift.end])
    return len(stops), total


def searched(run: StaticRun, iterations: int, chunk: int = 100) -> StaticRun:
    for k in range(0, iterations, chunk):
        run.advance(min(chunk, iterations - k), k / iterations, 1 / iterations)
    return run


def _excursions(run: StaticRun) -> int:
    return sum(tried - 2 for _, tried in run.paid.values())


def price(problem: Problem, run: StaticRun) -> float:
    left, metres = driven(problem, run.sequences())
    return metres + left * ONE_LEFT_OUT


@LAWS
@given(seed=st.integers(0, 10**6), n=st.integers(1, 30), vans=st.integers(1, 12), detours=st.booleans())
def test_every_plan_may_be_driven_and_costs_what_it_says(seed, n, vans, detours):
    given_problem = problem(seed, n, vans=vans, detours=detours)
    run = searched(StaticRun(given_problem, 1, None), 600)

    assert run.price == pytest.approx(price(given_problem, run), abs=1e-6)


@LAWS
@given(seed=st.integers(0, 10**6), n=st.integers(1, 30), vans=st.integers(1, 12), detours=st.booleans())
def test_excursions_leave_nothing_corrupt_and_never_lose_the_best(seed, n, vans, detours):
    given_problem = problem(seed, n, vans=vans, detours=detours)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(static, "EXCURSION", 70)
        patch.setattr(static, "PLANS", {True: (0.15, 0.2, 0.3), False: (0.3,)})
        patch.setattr(static, "LONG", 25 if seed % 2 else 0)
        patch.setattr(static, "AROUND", 8)
        run, best = StaticRun(given_problem, 1, None), np.inf
        for k in range(30):
            run.advance(50, k / 30, 1 / 1500)
            assert run.price == pytest.approx(price(given_problem, run), abs=1e-6)
            assert run.price <= best + 1e-9
            best = run.price

    assert _excursions(run) > 5


@LAWS
@given(seed=st.integers(0, 10**6), n=st.integers(2, 30), detours=st.booleans())
def test_what_the_kernel_keeps_by_changes_is_what_it_would_recompute(seed, n, detours):
    run = searched(StaticRun(problem(seed, n, vans=n, detours=detours), 1, None), 500)
    before, left = run.node.copy(), int(run.state[kernel.LEFT])
    cost, used = int(run.state[kernel.COST]), int(run.state[kernel.USED])
    following = run.node[kernel.NEXT].copy()
    kernel.follow(run.node, run.routes, run.stop, run.out, run.lasts, run.state, run.n, run.n_routes, following,
                  run.left)  # fmt: skip

    in_use = np.flatnonzero(before[kernel.ROUTE] >= 0)
    drives = in_use[(in_use < run.n) | (before[kernel.NEXT][in_use] < run.n)]
    assert (run.node[:, drives] == before[:, drives]).all()
    assert (run.state[kernel.COST], run.state[kernel.USED], run.state[kernel.LEFT]) == (cost, used, left)


def test_lower_bounds_and_lists_hide_no_cheaper_place():
    given_problem = problem(3, 12, vans=12, tight=False)
    run = searched(StaticRun(given_problem, 1, None), 4000)
    brute = searched(StaticRun(given_problem, 2, None), 20_000)

    assert run.price == pytest.approx(brute.price)


def test_the_same_seed_and_chunks_give_the_same_plan_excursions_included(monkeypatch):
    monkeypatch.setattr(static, "EXCURSION", 200)
    given_problem = problem(5, 40, vans=20)
    one, two = (searched(StaticRun(given_problem, 7, None), 4000) for _ in range(2))

    assert _excursions(one) > 1
    assert one.sequences() == two.sequences()


def test_a_start_is_taken_whole_and_never_made_worse():
    given_problem = problem(6, 40, vans=20)
    good = searched(StaticRun(given_problem, 1, None), 3000)
    again = StaticRun(given_problem, 2, good.sequences())
    taken = again.price
    searched(again, 500)

    assert taken == pytest.approx(good.price)
    assert again.price <= good.price


def test_a_start_with_too_much_on_one_van_is_taken_as_far_as_it_fits():
    given_problem = problem(7, 30, vans=20)
    run = StaticRun(given_problem, 1, {"h0": [s.stop_id for s in given_problem.stops]})

    assert driven(given_problem, run.sequences())[0] > 0
    assert driven(given_problem, searched(run, 300).sequences())[0] == 0


def test_a_stop_nobody_can_reach_in_time_is_left_out_and_the_rest_is_served():
    given_problem = problem(8, 10, vans=10)
    far = replace(given_problem.stops[0], windows=(TimeWindow(Seconds(0), Seconds(0)),))
    given_problem = replace(given_problem, stops=(far, *given_problem.stops[1:]))
    run = searched(StaticRun(given_problem, 1, None), 300)

    assert driven(given_problem, run.sequences())[0] == 1
    assert run.price == pytest.approx(price(given_problem, run))


def test_an_excursion_may_save_a_route(monkeypatch):
    given_problem = problem(9, 30, vans=30, tight=False)
    singles = {s.shift_id: [x.stop_id] for s, x in zip(given_problem.shifts, given_problem.stops, strict=True)}
    run = StaticRun(given_problem, 1, singles)
    run.advance(0, 0.0, 0.0)
    used = int(run.state[kernel.USED])
    monkeypatch.setattr(static, "EXCURSION", 300)
    monkeypatch.setattr(static, "EXCURSIONS", ("disband",))
    run.paid = {"disband": (1, 2)}
    run.excursion = replace(run.excursion, gone=300)
    for _ in range(4):
        run._travel(100)

    assert len(run.sequences()) < used
    assert run.price == pytest.approx(price(given_problem, run))
