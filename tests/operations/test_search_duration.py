"""The search that chooses when vans leave, against every second there is."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit
from tests.operations.timed import HORIZON, timed_problem

from doorstep.domain.problem import Problem
from doorstep.domain.travel import by_slot
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import Rates
from doorstep.domain.windows import TimeWindow
from doorstep.operations.check import check
from doorstep.operations.errors import UnplannableInput
from doorstep.operations.schedule import schedule
from doorstep.operations.search import Result, search
from doorstep.operations.search import kernel_duration as kernel
from doorstep.operations.search.duration import DurationRun
from doorstep.operations.search.parts import WHOLE
from doorstep.operations.search.twin import twin_route

pytestmark = pytest.mark.usefixtures("kernels")
QUICK = settings(max_examples=max(25, settings().max_examples // 2))

travels = st.sampled_from(("slots", "steps", "slopes"))
seeds = st.integers(0, 10**6)


@njit(**WHOLE)
def legs(mem, p, u, v, arrivals, latest):
    """Fill each second's arrival, and the last departure for it, as the kernel sees a leg."""
    for t in range(len(arrivals)):
        arrivals[t] = kernel.arc(mem, p, u, v, t)[0]
        latest[t] = kernel.leave_by(mem, p, u, v, t)


@QUICK
@given(seeds, travels)
def test_the_kernel_drives_every_leg_as_the_domain_says(seed, travel):
    problem = timed_problem(seed, 3, travel)
    run = DurationRun(problem, 1, None)
    at = [*(s.location for s in run.problem.stops), *dict.fromkeys(x for s in problem.shifts for x in (s.start, s.end))]
    u, v = np.random.default_rng(seed).choice(len(at), 2, replace=False)
    arrivals, latest = np.zeros(2 * HORIZON, np.int64), np.zeros(2 * HORIZON, np.int64)
    legs(run.mem, 0, int(u), int(v), arrivals, latest)
    true = np.array([problem.times["car"].arrival(at[u], at[v], t) for t in range(2 * HORIZON)])

    assert (arrivals == true).all()
    reached = np.searchsorted(true, np.arange(2 * HORIZON), side="right") - 1
    asked = (reached >= 0) & (reached < 2 * HORIZON - 1)
    assert (latest[asked] == reached[asked]).all()


def _cheapest_departure(problem: Problem, k: int, ids: tuple[str, ...]) -> tuple[float, int]:
    """Return price and second of the best departure by trying each one; infinite where none is feasible."""
    shift, stops = problem.shifts[k], {s.stop_id: s for s in problem.stops}
    seconds = range(int(shift.starts), int(shift.ends) if shift.free_departure else int(shift.starts) + 1)
    every = [(twin_route(problem, shift, [stops[x] for x in ids], at), at) for at in seconds]
    return min(((route.cents, at) for route, at in every if route.feasible), default=(np.inf, -1))


@QUICK
@given(seeds, travels)
def test_the_best_departure_is_the_best_of_all_seconds(seed, travel):
    problem = timed_problem(seed, 4, travel)
    order = np.random.default_rng(seed).permutation([s.stop_id for s in problem.stops])[: 1 + seed % 3]
    ids = tuple(str(x) for x in order)
    problem = replace(
        problem, vetoes=(), stops=tuple(replace(s, only=frozenset()) for s in problem.stops),
        shifts=tuple(replace(s, capacities=(99,)) for s in problem.shifts),
    )  # fmt: skip
    run = DurationRun(problem, 1, None)
    run.fill({problem.shifts[0].shift_id: ids}, {}, strict=False)
    true, _ = _cheapest_departure(problem, 0, ids)
    constants = dict(zip((s.stop_id for s in run.problem.stops), run.curves.constants, strict=True))

    found = run.live.rprice[0] + sum(constants[x] for x in ids)
    assert found == pytest.approx(true, abs=1e-6) if true < np.inf else run.live.rprice[0] >= 1e9


def _searched(problem: Problem, iterations: int = 200, **more) -> Result:
    return search(problem, seconds=1, seed=1, iterations=iterations, **more)


@QUICK
@given(seeds, travels, st.integers(1, 9))
def test_every_plan_found_holds_and_is_priced_as_the_plain_twin_does(seed, travel, stops):
    problem = timed_problem(seed, stops, travel)
    result = _searched(problem)
    plan = schedule(problem, result.sequences, departures=result.departures, seed=1, problem_sha256="")
    report = check(problem, plan)
    by_id = {s.stop_id: s for s in problem.stops}
    left = set(by_id) - {x for ids in result.sequences.values() for x in ids}
    must = left - set(problem.valuation.unserved)
    routes = [
        twin_route(problem, s, [by_id[str(x)] for x in result.sequences.get(s.shift_id, ())],
                   result.departures.get(s.shift_id))
        for s in problem.shifts
    ]  # fmt: skip

    assert [v for v in report.violations if "expected a visit" not in v] == []
    price = sum(r.cents for r in routes) + sum(problem.valuation.unserved.get(x, 0) for x in left)
    assert must or result.price == pytest.approx(price, abs=1e-6)


@QUICK
@given(seeds, travels)
def test_departures_that_are_found_cannot_be_bettered(seed, travel):
    problem = timed_problem(seed, 5, travel)
    result = _searched(problem)

    for k, shift in enumerate(problem.shifts):
        ids = tuple(str(x) for x in result.sequences.get(shift.shift_id, ()))
        leaves = result.departures.get(shift.shift_id, shift.starts)
        found = twin_route(problem, shift, [s for x in ids for s in problem.stops if s.stop_id == x], leaves)
        assert not ids or found.cents == pytest.approx(_cheapest_departure(problem, k, ids)[0], abs=1e-6)


def _one_way(problem: Problem, ids: list[str]) -> float:
    """Return the best price of one shift that serves all these stops, whatever their order."""
    return min(_cheapest_departure(problem, 0, order)[0] for order in permutations(ids))


@settings(max_examples=10)
@given(seeds, travels)
def test_small_days_are_solved_to_the_end(seed, travel):
    problem = timed_problem(seed, 3, travel)
    shift = replace(problem.shifts[0], capacities=(99,), ends=Seconds(int(problem.shifts[0].starts) + 1500))
    rates = {shift.shift_id: Rates(cents_per_hour=3600, waiting_cents_per_hour=3600)}
    problem = replace(problem, shifts=(shift,), valuation=replace(problem.valuation, rates=rates, unserved={}))
    true = _one_way(problem, [s.stop_id for s in problem.stops])

    result = _searched(problem)
    assert result.price == pytest.approx(true, abs=1e-6) if true < np.inf else result.price >= 1e9


class _Exact:
    """What routes cost at their best departure, as the kernel finds it (every second is tried in the laws above)."""

    def __init__(self, problem: Problem) -> None:
        self.run = DurationRun(problem, 1, None)
        self.problem, self.stops = problem, self.run.problem.stops
        self.constants = self.run.curves.constants
        self.out = self.run.ask.unserved + self.constants

    def price(self, r: int, order: Sequence[int]) -> float:
        """Return the price of a shift that serves these stops in this order; infinite where it can't."""
        run, shift = self.run, self.problem.shifts[r]
        follows = np.concatenate([np.zeros(run.n), run.n + np.arange(run.n_routes)]).astype(np.int32)
        for x, y in pairwise([run.n + r, *order, run.n + r]):
            follows[x] = y
        elsewhere = run.live._replace(it=np.zeros_like(run.live.it))
        found, leaves = np.zeros(run.n_routes), np.full(run.n_routes, -1, np.int32)
        run._work(
            kernel.LOOK_OVER,
            mem=run._memory(elsewhere),
            order=follows,
            leaves=leaves,
            prices=found,
        )
        if order and not twin_route(self.problem, shift, [self.stops[x] for x in order], int(leaves[r])).feasible:
            return np.inf
        return float(found[r] + self.constants[list(order)].sum())

    def optimum(self) -> float:
        """Return the price of the best plan, by trying every order of every set of stops on every shift."""
        sets = range(1 << self.run.n)
        every = [[x for x in range(self.run.n) if s >> x & 1] for s in sets]
        best = [0.0, *[np.inf] * (len(sets) - 1)]
        for r in range(self.run.n_routes):
            alone = [min(self.price(r, order) for order in permutations(stops)) for stops in every]
            best = [min(alone[part] + best[s ^ part] for part in sets if part & s == part) for s in sets]
        return float(min(best[s] + sum(self.out[x] for x in range(self.run.n) if not s >> x & 1) for s in sets))


def _optional(problem: Problem, seed: int) -> Problem:
    """Return the problem in which nobody must be served."""
    rng = np.random.default_rng(seed)
    unserved = {s.stop_id: Cents(int(rng.integers(50, 3000))) for s in problem.stops}
    return replace(problem, valuation=replace(problem.valuation, unserved=unserved))


def _annealed(problem: Problem, iterations: int) -> DurationRun:
    run = DurationRun(problem, 1, None)
    for done in range(0, iterations, 100):
        run.advance(100, done / iterations, 1 / iterations)
    return run


@settings(max_examples=25, derandomize=True)
@given(seeds, travels, st.booleans())
def test_small_days_are_solved_to_the_end_whoever_is_left_out_and_whoever_drives(seed, travel, optional):
    problem = timed_problem(seed, 3, travel)
    problem = _optional(problem, seed) if optional else problem

    assert _annealed(problem, 3000).price == pytest.approx(_Exact(problem).optimum(), abs=1e-3)


@QUICK
@given(seeds, travels, st.integers(1, 7))
def test_nobody_is_left_out_whom_one_place_in_the_plan_would_serve_for_less(seed, travel, stops):
    problem = _optional(timed_problem(seed, stops, travel), seed)
    run, exact = _annealed(problem, 300), _Exact(problem)
    index = {s.stop_id: x for x, s in enumerate(exact.stops)}
    routes = [[index[x] for x in run.sequences().get(s.shift_id, ())] for s in problem.shifts]
    left = set(index.values()) - {x for route in routes for x in route}
    more = [
        exact.price(r, [*route[:k], x, *route[k:]]) - exact.price(r, route) - exact.out[x]
        for x in left for r, route in enumerate(routes) for k in range(len(route) + 1)
    ]  # fmt: skip

    assert run.price <= exact.out.sum() + 1e-3
    assert min(more, default=0.0) >= -1e-3


def test_the_same_seed_and_iterations_give_the_same_plan():
    problem = timed_problem(5, 9, "slopes")

    assert _searched(problem).sequences == _searched(problem).sequences


def test_a_start_is_never_made_worse():
    problem = timed_problem(7, 9, "steps")
    first = _searched(problem, 500)

    assert _searched(problem, 100, start=first.sequences).price <= first.price + 1e-6


def test_a_van_leaves_later_rather_than_wait_at_the_first_door():
    problem = timed_problem(1, 1, "slots")
    car = by_slot(problem.times["car"])
    times = replace(car, seconds=np.full_like(car.seconds, 100))
    late = replace(problem.stops[0], windows=(TimeWindow(Seconds(2000), Seconds(2100)),), service=Seconds(60))
    shift = replace(problem.shifts[0], free_departure=True, starts=Seconds(0), ends=Seconds(4000), max_seconds=None)
    rates = Rates(cents_per_hour=3600, waiting_cents_per_hour=3600)
    problem = replace(
        problem, stops=(late,), shifts=(shift,), times={"car": times},
        valuation=replace(problem.valuation, curves={}, unserved={}, rates={shift.shift_id: rates}),
    )  # fmt: skip

    result = _searched(problem)

    assert 1900 <= result.departures[shift.shift_id] <= 2000
    assert result.price == pytest.approx(260)


def test_what_this_search_cannot_plan_is_refused_in_a_sentence():
    problem = timed_problem(1, 3, "steps")
    released = tuple(replace(s, release=Seconds(10)) for s in problem.stops)

    with pytest.raises(UnplannableInput):
        _searched(replace(problem, stops=released))


def test_leaving_a_stop_out_is_taken_where_it_is_cheaper():
    problem = timed_problem(3, 4, "steps")
    unserved = {s.stop_id: Cents(1) for s in problem.stops}
    rates = {s.shift_id: Rates(cents_per_hour=36_000, fixed_cents=100) for s in problem.shifts}

    result = _searched(replace(problem, valuation=replace(problem.valuation, unserved=unserved, rates=rates)))
    assert (result.sequences, result.price) == ({}, 4)
