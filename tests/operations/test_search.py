"""The search's promises: always feasible, priced as the schedule prices, the same again for the same seed."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.operations.problems import Recipe, random_problem, random_sequences

from doorstep.domain.plan import Route
from doorstep.domain.problem import PlannedShift, Problem
from doorstep.domain.problem import Stop as Halt
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import PriceCurve, Rates
from doorstep.operations.errors import StopTwice, UnknownStop, UnplannableInput
from doorstep.operations.schedule import schedule
from doorstep.operations.search import Progress, Result, Stop, search
from doorstep.operations.search.kernel_prices import TOO_LATE
from doorstep.operations.search.loop import open_run
from doorstep.operations.search.priced import PricedRun
from doorstep.operations.search.static import StaticRun, fits
from doorstep.operations.search.twin import twin_route

RECIPES = st.builds(
    Recipe,
    shifts=st.integers(1, 6),
    slots=st.integers(1, 6),
    dimensions=st.integers(0, 2),
    profiles=st.integers(1, 2),
    windowed=st.sampled_from((0.0, 0.6, 1.0)),
    optional=st.sampled_from((0.0, 0.4, 1.0)),
    alike=st.booleans(),
    priced_hours=st.booleans(),
)
pytestmark = pytest.mark.usefixtures("kernels")
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _searched(problem: Problem, iterations: int = 300, **more) -> Result:
    return search(problem, seconds=1, seed=1, iterations=iterations, **more)


def _infeasible(problem: Problem, result: Result) -> list[str]:
    stops = {s.stop_id: s for s in problem.stops}
    return [
        shift.shift_id
        for shift in problem.shifts
        if not twin_route(problem, shift, [stops[str(x)] for x in result.sequences.get(shift.shift_id, ())]).feasible
    ]


def _is_late(route: Route, shift: PlannedShift, stops: Mapping[str, Halt]) -> bool:
    windows = ((visit.starts_at, stops[visit.stop_id].windows) for visit in route.visits)
    return route.returns_at > shift.ends or any(w and at > w[-1].closes for at, w in windows)


@QUICK
@given(seed=st.integers(0, 10**6), recipe=RECIPES, stops=st.integers(1, 20))
def test_any_given_route_is_priced_by_kernel_twin_and_schedule_alike(seed, recipe, stops):
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, stops, recipe)
    sequences = random_sequences(rng, problem)
    run = PricedRun(problem, 1, None)
    run.fill(sequences, strict=False)
    plan = schedule(problem, sequences, seed=1, problem_sha256="x")
    routes = {route.shift_id: route for route in plan.routes}
    by_id = {s.stop_id: s for s in problem.stops}
    constants = dict(zip((s.stop_id for s in run.problem.stops), run.curves.constants, strict=True))

    for k, shift in enumerate(problem.shifts):
        visits = sequences[shift.shift_id]
        twin = twin_route(problem, shift, [by_id[x] for x in visits])
        late = bool(visits) and _is_late(routes[shift.shift_id], shift, by_id)
        kernel = run.plan.price[k] + sum(constants[x] for x in visits) - (TOO_LATE if late else 0)
        rounded = sum(routes[shift.shift_id].cents.values()) if visits else 0
        assert kernel == pytest.approx(twin.cents, abs=1e-3 if late else 1e-6)
        assert rounded == pytest.approx(twin.cents, abs=0.5 * 6 + 4 * len(visits) + 1e-6)
        assert twin.returns_at == (routes[shift.shift_id].returns_at if visits else shift.starts)


@QUICK
@given(seed=st.integers(0, 10**6), recipe=RECIPES, stops=st.integers(1, 25))
def test_every_plan_found_is_feasible_and_priced_right(seed, recipe, stops):
    problem = random_problem(np.random.default_rng(seed), stops, recipe)
    result = _searched(problem)
    plan = schedule(problem, result.sequences, seed=1, problem_sha256="x")
    must = {u.stop_id for u in plan.unserved} - set(problem.valuation.unserved)
    visits = sum(len(r.visits) for r in plan.routes)

    assert _infeasible(problem, result) == []
    assert result.price - 1e9 * len(must) == pytest.approx(
        plan.cents["total"] + _lowest(problem, must), abs=4 * visits + 3 * len(plan.routes) + 0.01
    )


def _lowest(problem: Problem, stop_ids: set[str]) -> int:
    curves = problem.valuation.curves
    return sum(min(curves[s].total(a) for a in curves[s].at) for s in stop_ids if s in curves)


@QUICK
@given(seed=st.integers(0, 10**6), stops=st.integers(1, 25))
def test_the_static_search_is_feasible_and_exact(seed, stops):
    recipe = Recipe(shifts=5, slots=1, dimensions=1, profiles=1, needy=0, optional=0, curved=0, two_windows=0,
                    alike=True, priced_hours=False)  # fmt: skip
    problem = random_problem(np.random.default_rng(seed), stops, recipe)
    problem = replace(problem, shifts=tuple(replace(s, start=0, end=0, max_stops=None) for s in problem.shifts))
    result = _searched(problem)
    metres = sum(r.metres for r in schedule(problem, result.sequences, seed=1, problem_sha256="x").routes)

    assert fits(problem)
    assert isinstance(open_run(problem, 1, None), StaticRun)
    assert _infeasible(problem, result) == []
    assert metres / 10 == pytest.approx(result.price % 10**9, abs=1e-3)


def test_the_static_and_the_priced_search_agree_on_what_is_cheapest():
    recipe = Recipe(shifts=3, slots=1, dimensions=1, profiles=1, windowed=0, needy=0, optional=0, curved=0, alike=True,
                    priced_hours=False)  # fmt: skip
    problem = random_problem(np.random.default_rng(4), 9, recipe)
    shifts = tuple(
        replace(s, start=0, end=0, max_stops=None, ends=Seconds(20 * 3600), capacities=(10**6,)) for s in problem.shifts
    )
    problem = replace(problem, shifts=shifts)
    static, priced = StaticRun(problem, 1, None), PricedRun(problem, 1, None)
    for run in (static, priced):
        run.advance(3000, 0.0, 1 / 3000)

    assert static.price == pytest.approx(priced.price, abs=0.01)


def test_the_same_seed_and_iterations_give_the_same_plan():
    problem = random_problem(np.random.default_rng(1), 40, Recipe(shifts=5))
    first, second = (_searched(problem, 3000) for _ in range(2))

    assert first.sequences == second.sequences
    assert first.price == second.price


def test_prices_that_differ_by_a_constant_give_the_same_plan():
    problem = random_problem(np.random.default_rng(2), 40, Recipe(shifts=5, optional=0))
    curves = {
        stop_id: PriceCurve(c.at, {p: tuple(Cents(v + 777) for v in cents) for p, cents in c.parts.items()})
        for stop_id, c in problem.valuation.curves.items()
    }
    dearer = problem.valued(replace(problem.valuation, curves=curves))

    assert _searched(dearer, 2000).sequences == _searched(problem, 2000).sequences


def test_a_start_is_never_made_worse():
    problem = random_problem(np.random.default_rng(3), 30, Recipe(shifts=4))
    good = _searched(problem, 3000)
    again = _searched(problem, 50, start=good.sequences)

    assert again.price <= good.price + 1e-3


def test_a_start_that_breaks_a_constraint_is_taken_as_far_as_it_fits():
    problem = random_problem(np.random.default_rng(5), 20, Recipe(shifts=2))
    crowded = {problem.shifts[0].shift_id: [s.stop_id for s in problem.stops]}

    assert _infeasible(problem, _searched(problem, 20, start=crowded)) == []


def test_a_stop_raised_from_progress_ends_the_search_with_its_best():
    problem = random_problem(np.random.default_rng(6), 30, Recipe(shifts=4))
    seen: list[Progress] = []

    def enough(progress: Progress) -> None:
        seen.append(progress)
        if len(seen) == 3:
            raise Stop

    result = _searched(problem, 100_000, on_progress=enough)

    assert result.interrupted
    assert result.iterations == seen[-1].iterations < 100_000
    assert result.price == seen[-1].price
    assert [p.price for p in seen] == sorted((p.price for p in seen), reverse=True)


def test_overtime_and_fixed_prices_decide_how_many_shifts_drive():
    recipe = Recipe(shifts=4, windowed=0, needy=0, optional=0, curved=0, alike=True, slots=1, dimensions=1, profiles=1)
    problem = random_problem(np.random.default_rng(8), 12, recipe)
    shifts = tuple(
        replace(s, starts=Seconds(0), ends=Seconds(30 * 3600), capacities=(10**6,), max_stops=None)
        for s in problem.shifts
    )
    problem = replace(problem, shifts=shifts)

    def used(rates: Rates) -> int:
        valuation = replace(problem.valuation, rates=dict.fromkeys((s.shift_id for s in shifts), rates))
        return len(_searched(problem.valued(valuation), 2000).sequences)

    assert used(Rates(cents_per_hour=1000, fixed_cents=10**6)) == 1
    assert used(Rates(cents_per_hour=1000, overtime_after=Seconds(3600), overtime_cents_per_hour=10**6)) == 4


def test_doors_that_open_at_different_hours_are_visited_in_that_order():
    recipe = Recipe(shifts=1, windowed=0, needy=0, optional=0, curved=0, slots=1, dimensions=0, profiles=1, span_km=1)
    problem = random_problem(np.random.default_rng(9), 6, recipe)
    shift = replace(problem.shifts[0], starts=Seconds(8 * 3600), ends=Seconds(20 * 3600), offers=frozenset())
    stops = tuple(replace(s, service=Seconds(600)) for s in problem.stops)
    problem = replace(problem, shifts=(replace(shift, max_stops=None),), stops=stops)
    late = Seconds(8 * 3600 + 1800)
    falling, rising = (Cents(0), Cents(5000)), (Cents(5000), Cents(0))
    curves = {
        s.stop_id: PriceCurve((late, Seconds(late + 60)), {"failure": falling if k < 3 else rising})
        for k, s in enumerate(stops)
    }
    result = _searched(problem.valued(replace(problem.valuation, curves=curves, rates={})), 2000)

    assert {*result.sequences[shift.shift_id][:3]} == {"s0", "s1", "s2"}


@pytest.mark.parametrize("count", [0, 1])
def test_a_problem_without_stops_or_shifts_has_an_empty_plan(count):
    problem = random_problem(np.random.default_rng(1), 3, Recipe(shifts=1))
    bare = replace(problem, stops=()) if count else replace(problem, shifts=())

    assert _searched(bare).sequences == {}


def test_what_cannot_be_searched_is_refused_in_a_sentence():
    problem = random_problem(np.random.default_rng(1), 3, Recipe(shifts=1))
    with pytest.raises(UnplannableInput, match="more than 0 seconds"):
        search(problem, seconds=0, seed=1)
    with pytest.raises(UnplannableInput, match="0 iterations or more"):
        _searched(problem, -1)
    with pytest.raises(UnknownStop, match="'zz'"):
        _searched(problem, start={"h0": ["zz"]})
    with pytest.raises(StopTwice):
        _searched(problem, start={"h0": ["s0", "s0"]})
    heavy = replace(problem, stops=tuple(replace(s, amounts=(2**30, 0)) for s in problem.stops))
    roomy = replace(heavy, shifts=tuple(replace(s, capacities=(2**31 - 1, 0)) for s in problem.shifts))
    with pytest.raises(UnplannableInput, match="Most has stop s2, 1,073,741,824"):
        _searched(roomy)
