"""What the priced search plans beyond hours and doors: who may come, how far, how evenly, what is settled."""

from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.operations.problems import Recipe, random_problem, random_sequences

from doorstep.domain.problem import Pair, Problem, Veto
from doorstep.domain.travel import TravelTimes, by_slot
from doorstep.domain.units import Cents, Metres, Seconds
from doorstep.domain.valuation import Rates
from doorstep.operations.check import check
from doorstep.operations.schedule import schedule
from doorstep.operations.search import Result, fleet, search
from doorstep.operations.search.kernel_prices import TOO_LATE
from doorstep.operations.search.loop import open_run
from doorstep.operations.search.priced import PricedRun, fits
from doorstep.operations.search.twin import twin_route

BOUND = st.builds(
    Recipe,
    shifts=st.integers(1, 5),
    slots=st.integers(1, 5),
    dimensions=st.integers(0, 2),
    optional=st.sampled_from((0.4, 1.0)),
    alike=st.booleans(),
    choosy=st.sampled_from((0.0, 0.3)),
    vetoed=st.sampled_from((0.0, 0.3)),
    paired_up=st.sampled_from((0.0, 0.5)),
    bounded=st.sampled_from((0.0, 0.7)),
    even=st.sampled_from((0.0, 0.7)),
    subcontracted=st.sampled_from((0.0, 0.7)),
    frozen=st.sampled_from((0.0, 0.4)),
)
PLAIN = Recipe(shifts=2, windowed=0, needy=0, optional=0, curved=0, alike=True, dimensions=1, profiles=1, slots=3)
pytestmark = pytest.mark.usefixtures("kernels")
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _searched(problem: Problem, iterations: int = 1500, **more: Any) -> Result:
    assert isinstance(open_run(problem, 1, None), PricedRun)
    return search(problem, seconds=1, seed=1, iterations=iterations, **more)


def _roomy(stops: int = 10, **rates: Any) -> Problem:
    """Return a day that two long, empty vans share, at 20 an hour and 40 cents a kilometre unless told."""
    problem = random_problem(np.random.default_rng(12), stops, PLAIN)
    shifts = tuple(
        replace(s, starts=Seconds(8 * 3600), ends=Seconds(30 * 3600), capacities=(10**6,), max_stops=None)
        for s in problem.shifts
    )
    rate = Rates(**{"cents_per_hour": 2000, "cents_per_km": 40, **rates})
    problem = replace(problem, shifts=shifts)
    return problem.valued(replace(problem.valuation, rates={s.shift_id: rate for s in shifts}))


def _who(result: Result, stop_id: str) -> str | None:
    return next((shift_id for shift_id, halts in result.sequences.items() if stop_id in halts), None)


@QUICK
@given(seed=st.integers(0, 10**6), recipe=BOUND, stops=st.integers(1, 18))
def test_any_given_route_is_priced_by_kernel_twin_and_schedule_alike(seed, recipe, stops):
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, stops, replace(recipe, frozen=0.0))
    sequences = random_sequences(rng, problem)
    run = PricedRun(problem, 1, None)
    run.fill(sequences, strict=False)
    routes = {r.shift_id: r for r in schedule(problem, sequences, seed=1, problem_sha256="x").routes}
    by_id = {s.stop_id: s for s in problem.stops}
    constants = dict(zip((s.stop_id for s in run.problem.stops), run.curves.constants, strict=True))

    for k, shift in enumerate(problem.shifts):
        visits = sequences[shift.shift_id]
        twin = twin_route(problem, shift, [by_id[x] for x in visits])
        kernel = run.plan.price[k] + sum(constants[x] for x in visits)
        rounded = sum(routes[shift.shift_id].cents.values()) if visits else 0
        assert kernel % TOO_LATE == pytest.approx(twin.cents % TOO_LATE, abs=1e-6 if kernel < TOO_LATE / 2 else 1e-3)
        assert kernel < TOO_LATE / 2 or not twin.feasible
        assert rounded == pytest.approx(twin.cents, abs=0.5 * 7 + 4 * len(visits) + 1e-6)


@QUICK
@given(seed=st.integers(0, 10**6), recipe=BOUND, stops=st.integers(1, 22))
def test_every_plan_found_passes_the_check_and_costs_what_the_search_says(seed, recipe, stops):
    problem = random_problem(np.random.default_rng(seed), stops, recipe)
    assume(fits(problem) and not fleet.fits(problem))
    result = _searched(problem, 300)
    plan = schedule(problem, result.sequences, seed=1, problem_sha256="x")
    left = {u.stop_id for u in plan.unserved if u.stop_id not in problem.valuation.unserved}
    wrong = [v for v in check(problem, plan).violations if "no price for leaving it out" not in v]

    assert wrong == []
    for shift in problem.shifts:
        assert result.sequences.get(shift.shift_id, ())[: len(shift.frozen)] == shift.frozen
    if not left:
        visits = sum(len(r.visits) for r in plan.routes)
        assert result.price == pytest.approx(plan.cents["total"], abs=4 * visits + 4 * len(plan.routes) + 0.01)


def test_a_veto_and_a_chosen_driver_decide_who_comes():
    problem = _roomy(fixed_cents=10**5)
    alone = _searched(problem)
    (shift_id,) = alone.sequences
    other = next(s for s in problem.shifts if s.shift_id != shift_id)
    vetoed = _searched(replace(problem, vetoes=(Veto(shift_id, "s3", "the dog"),)))
    chosen = tuple(
        replace(s, only=frozenset({other.driver_id or ""})) if s.stop_id == "s4" else s for s in problem.stops
    )

    assert len(alone.sequences) == 1
    assert _who(vetoed, "s3") not in (None, shift_id)
    assert _who(_searched(replace(problem, stops=chosen)), "s4") == other.shift_id


def test_a_familiar_driver_comes_where_it_pays():
    problem = _roomy(fixed_cents=1000)
    stops = [s.stop_id for s in problem.stops]
    first, second = (s.shift_id for s in problem.shifts)
    pairings = {
        "familiarity": {first: {x: Cents(-2000) for x in stops[:5]}, second: {x: Cents(-2000) for x in stops[5:]}}
    }
    result = _searched(problem.valued(replace(problem.valuation, pairings=pairings)))

    assert {*result.sequences[first]} == {*stops[:5]}
    assert {*result.sequences[second]} == {*stops[5:]}


def test_a_tariff_by_the_stop_goes_to_whom_it_is_worth():
    problem = _roomy()
    first, second = (s.shift_id for s in problem.shifts)
    rates = {first: Rates(cents_per_hour=2000, cents_per_km=40), second: Rates(cents_per_stop=1)}
    cheap = _searched(problem.valued(replace(problem.valuation, rates=rates)))
    dear = _searched(problem.valued(replace(problem.valuation, rates={**rates, second: Rates(cents_per_stop=10**5)})))

    assert [*cheap.sequences] == [second]
    assert [*dear.sequences] == [first]


def test_even_shares_of_the_day_are_bought_at_their_price():
    problem = _roomy(12, fixed_cents=1000)
    total = sum(_paid(problem, _searched(problem)))
    share = {"even_seconds": Seconds(total // 2), "even_cents_per_hour": 10**5}
    even = _paid(problem, _searched(_roomy(12, **share)))

    assert len(_paid(problem, _searched(problem))) == 1
    assert len(even) == 2
    assert abs(even[0] - even[1]) < 0.25 * total


def _paid(problem: Problem, result: Result) -> list[int]:
    return [r.seconds for r in schedule(problem, result.sequences, seed=1, problem_sha256="x").routes]


def test_no_van_drives_farther_or_longer_than_it_may():
    problem = _roomy(12, fixed_cents=1000)
    (route,) = schedule(problem, _searched(problem).sequences, seed=1, problem_sha256="x").routes
    short = tuple(replace(s, max_metres=Metres(int(route.metres * 0.8))) for s in problem.shifts)
    brief = tuple(replace(s, max_seconds=Seconds(int(route.seconds * 0.8))) for s in problem.shifts)

    assert len(_searched(replace(problem, shifts=short)).sequences) == 2
    assert len(_searched(replace(problem, shifts=brief)).sequences) == 2


def test_one_van_finds_the_cheapest_order_of_all():
    for seed in range(3):
        problem = _roomy(6)
        times = by_slot(problem.times["car"])
        rng = np.random.default_rng(seed)
        shuffled = np.roll(times.seconds, int(rng.integers(1, 6)), axis=1)
        problem = replace(problem, shifts=problem.shifts[:1], times={"car": replace(times, seconds=shuffled)})
        every = (twin_route(problem, problem.shifts[0], stops).cents for stops in permutations(problem.stops))

        assert _searched(problem).price == pytest.approx(min(every), abs=1e-6)


@pytest.mark.parametrize("warm", [False, True])
def test_a_seeded_search_is_repeated_and_never_lets_go_of_its_best(warm):
    problem = random_problem(np.random.default_rng(5), 14, replace(PLAIN, curved=0.7, windowed=0.3))
    start = random_sequences(np.random.default_rng(6), problem) if warm else {}
    one, other = list[float](), list[float]()
    first = _searched(problem, 12_000, start=start, on_progress=lambda p: one.append(p.price))
    second = _searched(problem, 12_000, start=start, on_progress=lambda p: other.append(p.price))

    assert first.sequences == second.sequences
    assert one == other == sorted(one, reverse=True)


def test_what_is_frozen_comes_first_and_nothing_between():
    problem = _roomy(12)
    frozen = ("s7", "s0", "s11")
    shifts = (problem.shifts[0], replace(problem.shifts[1], frozen=frozen))
    result = _searched(replace(problem, shifts=shifts))

    assert result.sequences[shifts[1].shift_id][:3] == frozen


def test_legs_of_a_thousand_kilometres_and_days_on_the_road_are_priced_to_the_second():
    problem = _roomy(9)
    times = by_slot(problem.times["car"])
    far = TravelTimes(times.edges, times.seconds * 40, times.metres * 90)
    shifts = tuple(replace(s, ends=Seconds(60 * 86_400)) for s in problem.shifts)
    problem = replace(problem, shifts=shifts, times={"car": far})
    result = _searched(problem)

    assert far.metres.max() > 10**6
    assert far.seconds.max() > 65_535
    assert result.price == pytest.approx(
        schedule(problem, result.sequences, seed=1, problem_sha256="x").cents["total"], abs=50
    )


def test_what_couples_a_route_is_left_to_another_search():
    problem = _roomy(4)
    late = tuple(replace(s, release=Seconds(3600)) for s in problem.stops)
    free = tuple(replace(s, free_departure=True) for s in problem.shifts)

    assert fits(problem)
    assert not fits(replace(problem, pairs=(Pair("s0", "s1"),)))
    assert not fits(replace(problem, stops=late))
    assert not fits(replace(problem, shifts=free))
