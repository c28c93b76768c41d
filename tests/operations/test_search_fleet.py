"""The fleet search's promises: feasible whatever the fleet, priced as the schedule prices, the same again."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.operations.problems import Recipe, random_problem, random_sequences

from doorstep.domain.problem import Pair, PlannedShift, Problem, Stop, Veto
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Cents, Metres, Seconds
from doorstep.domain.valuation import PriceCurve, Rates, Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.operations.check import check
from doorstep.operations.schedule import schedule
from doorstep.operations.search import kernel_fleet as kernel
from doorstep.operations.search.fleet import FleetRun, fits

pytestmark = pytest.mark.usefixtures("kernels")
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SEEDS = st.integers(0, 10**6)


def _fleet_problem(seed: int, stops: int) -> Problem:
    """Return a problem with everything that this search knows, here and there."""
    rng = np.random.default_rng(seed)
    recipe = Recipe(
        shifts=int(rng.integers(1, 7)), slots=1, dimensions=int(rng.integers(0, 3)), two_windows=0, curved=0
    )
    problem = random_problem(rng, stops, recipe)
    some = [bool(x) for x in rng.random(8) < 0.5]
    shifts = tuple(_wish(rng, s, some) for s in problem.shifts)
    doors = tuple(_picked(rng, s) if some[4] and recipe.dimensions else s for s in problem.stops)
    names = [s.shift_id for s in shifts]
    if some[5]:
        doors = tuple(replace(s, only=frozenset(rng.choice(names, 2))) if rng.random() < 0.3 else s for s in doors)
    vetoes = tuple(Veto(str(rng.choice(names)), s.stop_id, "dog") for s in doors if some[6] and rng.random() < 0.2)
    return replace(problem, stops=doors, shifts=shifts, vetoes=vetoes, valuation=_valued(rng, problem, some[7]))


def _wish(rng: np.random.Generator, shift: PlannedShift, some: list[bool]) -> PlannedShift:
    return replace(
        shift,
        free_departure=some[0] and rng.random() < 0.7,
        max_seconds=Seconds(int(rng.integers(3600, 6 * 3600))) if some[1] and rng.random() < 0.7 else None,
        max_metres=Metres(int(rng.integers(20_000, 80_000))) if some[2] and rng.random() < 0.7 else None,
        max_stops=shift.max_stops if some[3] else None,
    )


def _picked(rng: np.random.Generator, stop: Stop) -> Stop:
    return replace(stop, picks=tuple(int(rng.integers(0, 12)) for _ in stop.amounts)) if rng.random() < 0.5 else stop


def _valued(rng: np.random.Generator, problem: Problem, fair: bool) -> Valuation:
    """Return rates without strain, tariffs, even hours, flat curves and prices by who comes."""
    valuation = problem.valuation
    rates = {
        k: replace(
            r, cents_per_strain=0, cents_per_stop=int(rng.integers(0, 90)), even_seconds=Seconds(9000 if fair else 0),
            even_cents_per_hour=int(rng.integers(0, 700)) if fair else 0,
        )
        for k, r in valuation.rates.items()
    }  # fmt: skip
    flat = {
        s.stop_id: PriceCurve((Seconds(0),), {"failure": (Cents(int(rng.integers(-90, 90))),)}) for s in problem.stops
    }
    pairings = {
        s.shift_id: {x.stop_id: Cents(int(rng.integers(-50, 400))) for x in problem.stops if rng.random() < 0.3}
        for s in problem.shifts
        if rng.random() < 0.3
    }
    return replace(valuation, rates=rates, curves=flat, pairings={"familiarity": pairings} if pairings else {})


def _priced_by_distance(seed: int, stops: int) -> Problem:
    """Return a problem without paid hours whose vans stand at one depot and differ in room and price."""
    rng = np.random.default_rng(seed)
    recipe = Recipe(shifts=1, slots=1, dimensions=int(rng.integers(1, 3)), two_windows=0, curved=0, needy=0,
                    priced_hours=False)  # fmt: skip
    problem = random_problem(rng, stops, recipe)
    first, rates, shifts = problem.shifts[0], {}, []
    for k in range(int(rng.integers(2, 9))):
        kind = k if rng.random() < 0.5 else 0
        room = int(20 + 15 * (kind % 4))
        shifts.append(replace(first, shift_id=f"h{k}", vehicle_id=f"v{k}", capacities=(room,) * recipe.dimensions,
                              max_stops=None))  # fmt: skip
        rates[f"h{k}"] = Rates(cents_per_km=50 + 17 * (kind % 4), fixed_cents=300 * (kind % 3))
    return replace(problem, shifts=tuple(shifts), valuation=replace(problem.valuation, rates=rates))


def _violations(problem: Problem, run: FleetRun) -> list[str]:
    plan = schedule(problem, run.sequences(), seed=1, problem_sha256="", departures=run.departures())
    return [v for v in check(problem, plan).violations if "no price for leaving it out" not in v]


def _searched(problem: Problem, iterations: int = 300, seed: int = 1) -> FleetRun:
    run = FleetRun(problem, seed, None)
    run.advance(iterations, 0.0, 1.0 / max(1, iterations))
    return run


@QUICK
@given(seed=SEEDS, stops=st.integers(1, 20), made=st.sampled_from((_fleet_problem, _priced_by_distance)))
def test_every_fleets_plan_is_feasible_and_priced_right(seed, stops, made):
    problem = made(seed, stops)
    run = _searched(problem)
    plan = schedule(problem, run.sequences(), seed=1, problem_sha256="", departures=run.departures())
    must = [u.stop_id for u in plan.unserved if u.stop_id not in problem.valuation.unserved]
    visits = sum(len(r.visits) for r in plan.routes)

    assert fits(problem)
    assert _violations(problem, run) == []
    if not must:
        assert run.price == pytest.approx(plan.cents["total"], abs=4 * visits + 4 * len(plan.routes) + 0.01)


@QUICK
@given(seed=SEEDS, stops=st.integers(1, 15))
def test_any_start_is_taken_as_far_as_it_fits_and_never_made_worse(seed, stops):
    problem = _fleet_problem(seed, stops)
    given_plan = random_sequences(np.random.default_rng(seed), problem)
    run = FleetRun(problem, 1, given_plan)
    before = run.price
    run.advance(20, 0.0, 0.05)

    assert _violations(problem, run) == []
    assert run.price <= before


@QUICK
@given(seed=SEEDS, stops=st.integers(2, 15), made=st.sampled_from((_fleet_problem, _priced_by_distance)))
def test_what_is_kept_up_step_by_step_equals_what_is_computed_afresh(seed, stops, made):
    run = _searched(made(seed, stops), 200)
    row, seg, cum, rr, rt, rload = (a.copy() for a in run.plan)
    for r in range(run.m):
        kernel.refresh_from_python(run.plan, run.world, run.size, run.fleet[0], r)
    served = np.flatnonzero(row.reshape(-1, 8)[: run.n, kernel.ROUTE] >= 0)

    assert np.array_equal(row.reshape(-1, 8)[served], run.plan[0].reshape(-1, 8)[served])
    assert np.array_equal(rt.reshape(-1, 8)[:, : kernel.MONEY], run.plan[4].reshape(-1, 8)[:, : kernel.MONEY])
    assert np.array_equal(rload, run.plan[5])
    assert np.array_equal(rr, run.plan[3])
    if run.timed:
        assert np.array_equal(seg.reshape(-1, 8)[served], run.plan[1].reshape(-1, 8)[served])
    if run.mixed:
        assert np.array_equal(cum.reshape(run.n, -1)[served], run.plan[2].reshape(run.n, -1)[served])


def test_the_same_seed_and_iterations_give_the_same_plan():
    problem = _fleet_problem(7, 40)

    assert _searched(problem, 2000).sequences() == _searched(problem, 2000).sequences()


# What the fleet is for: each of these changes the plan


def _line(stops: int = 6, **shift: object) -> Problem:
    """Return stops a kilometre and a minute apart on a line from the depot; two equal vans cost a euro a metre."""
    legs = (np.abs(np.subtract.outer(np.arange(stops + 2), np.arange(stops + 2))) * 60).astype(np.int32)[None]
    doors = tuple(Stop(f"s{k}", (f"o{k}",), k, (), Seconds(60), (1,)) for k in range(1, stops + 1))
    van = PlannedShift("a", "a", "ann", Seconds(0), Seconds(36_000), 0, 0, (10,))
    vans = tuple(replace(van, shift_id=k, vehicle_id=k, driver_id=d, **shift) for k, d in (("a", "ann"), ("b", "bob")))  # type: ignore[arg-type]
    valuation = Valuation("cost", (), {}, {}, {k: Rates(cents_per_km=100_000) for k in "ab"})
    return Problem(
        "c", "d", "2026-11-20", "UTC", "EUR", ("parcels",), (None,) * (stops + 2), doors, vans,
        {"car": TravelTimes((Seconds(0),), legs, legs * 1000 // 60)}, valuation,
    )  # fmt: skip


def _routes(problem: Problem) -> dict[str, set[str]]:
    return {k: set(v) for k, v in _searched(problem, 1500).sequences().items()}


def _rated(problem: Problem, **rates: Rates) -> Problem:
    return problem.valued(replace(problem.valuation, rates={**problem.valuation.rates, **rates}))


def test_one_van_drives_what_one_van_can():
    assert len(_routes(_line())) == 1


def test_the_cheaper_van_drives():
    assert set(_routes(_rated(_line(), a=Rates(cents_per_km=100_000, fixed_cents=5)))) == {"b"}
    assert set(_routes(_rated(_line(), b=Rates(cents_per_km=100_001)))) == {"a"}


def test_a_dear_large_van_drives_only_for_a_large_load():
    problem = _rated(_line(), b=Rates(cents_per_km=100_000, fixed_cents=10**6))
    small = replace(problem, shifts=(replace(problem.shifts[0], capacities=(2,)), problem.shifts[1]))

    assert set(_routes(problem)) == {"a"}
    assert set(_routes(small)) == {"b"}


def test_vans_serve_the_stops_around_their_depots():
    problem = _line(capacities=(3,))
    vans = (replace(s, start=at, end=at) for s, at in zip(problem.shifts, (2, 5), strict=True))
    far = replace(problem, shifts=tuple(vans))

    assert _routes(far) == {"a": {"s1", "s2", "s3"}, "b": {"s4", "s5", "s6"}}


def test_a_van_may_end_where_it_did_not_begin():
    problem = _line()
    through = replace(problem, shifts=(problem.shifts[0], replace(problem.shifts[1], end=7)))

    assert _searched(through).sequences() == {"b": ("s1", "s2", "s3", "s4", "s5", "s6")}


@pytest.mark.parametrize(
    "bound",
    [
        {"max_seconds": Seconds(1000)},
        {"max_metres": Metres(7000), "start": 3, "end": 3},
        {"max_stops": 4},
        {"capacities": (4,)},
    ],
)
def test_a_bound_on_every_route_makes_two_of_one(bound):
    assert len(_routes(_line(**bound))) == 2


def test_a_free_departure_makes_room_for_a_longest_duration():
    early = TimeWindow(Seconds(9000), Seconds(9600))
    problem = _line(max_seconds=Seconds(1500))
    late = replace(problem, stops=tuple(replace(s, windows=(early,)) for s in problem.stops))
    free = replace(late, shifts=tuple(replace(s, free_departure=True) for s in late.shifts))

    assert _routes(late) == {}
    assert sorted(x for route in _routes(free).values() for x in route) == ["s1", "s2", "s3", "s4", "s5", "s6"]
    assert all(departure > 8000 for departure in _searched(free).departures().values())


def test_hours_are_paid_from_a_free_departure_on():
    window = (TimeWindow(Seconds(9000), Seconds(9600)),)
    problem = _rated(_line(1, free_departure=True), a=Rates(3600, 0, waiting_cents_per_hour=3600))
    late = replace(problem, stops=tuple(replace(s, windows=window) for s in problem.stops), shifts=problem.shifts[:1])

    assert _searched(late).price == 180
    assert _searched(late).departures() == {"a": 8940}


def test_pick_ups_need_room_when_they_come_on_board():
    problem = _line(2, capacities=(10,))
    full = (replace(problem.stops[0], amounts=(0,), picks=(8,)), replace(problem.stops[1], amounts=(8,)))

    assert _searched(replace(problem, stops=full)).sequences() == {"a": ("s2", "s1")}


def test_who_may_not_come_does_not():
    problem = _line()
    vetoed = replace(problem, vetoes=(Veto("ann", "s3", "dog"), Veto("ann", "s4", "dog")))
    kept = replace(problem, stops=tuple(replace(s, only=frozenset({"bob"})) for s in problem.stops))

    assert set(_routes(vetoed)) == {"b"}
    assert set(_routes(kept)) == {"b"}


def test_a_stop_is_given_to_who_costs_less_there():
    problem = _line()
    known = {"familiarity": {"a": {s.stop_id: Cents(-5) for s in problem.stops}}}

    assert set(_routes(problem.valued(replace(problem.valuation, pairings=known)))) == {"a"}


def test_stops_are_left_out_that_cost_more_than_their_prize():
    problem = _line()
    prizes = {s.stop_id: Cents(100 if k >= 3 else 10**7) for k, s in enumerate(problem.stops)}

    assert _routes(problem.valued(replace(problem.valuation, unserved=prizes))) == {"a": {"s1", "s2", "s3"}}


def test_a_route_begins_for_stops_that_pay_only_together():
    problem = _line(8)
    prizes = {s.stop_id: Cents(250_000) for s in problem.stops}
    served = _routes(problem.valued(replace(problem.valuation, unserved=prizes)))

    assert served == {"a": {f"s{k}" for k in range(1, 9)}}


def test_a_route_begins_for_a_far_quarter_that_pays_only_together():
    problem = _line(40)
    far = np.arange(42) > 5
    metres = np.where(far[:, None] == far[None, :], 0, 100_000).astype(np.int32)[None]
    prizes = {s.stop_id: Cents(1_500_000 if far[s.location] else 10_000) for s in problem.stops}
    problem = replace(
        problem.valued(replace(problem.valuation, unserved=prizes)),
        times={"car": replace(problem.times["car"], metres=metres)},
        shifts=tuple(replace(s, capacities=(40,)) for s in problem.shifts),
    )

    assert {x for ids in _routes(problem).values() for x in ids} == {s.stop_id for s in problem.stops}


@pytest.mark.parametrize(
    "richer",
    [
        {"reloads": (0,), "max_trips": 2}, {"max_driving": Seconds(9)}, {"frozen": ("s1",)}, {"loaded_at": Seconds(5)},
    ],
)  # fmt: skip
def test_what_this_search_does_not_know_it_does_not_take(richer):
    assert fits(_line())
    assert not fits(_line(**richer))


def test_pairs_releases_and_moving_curves_are_left_to_others():
    problem = _line()
    moving = {"s1": PriceCurve((Seconds(0), Seconds(9)), {"failure": (Cents(0), Cents(9))})}

    assert not fits(replace(problem, pairs=(Pair("s1", "s2"),)))
    assert not fits(replace(problem, stops=tuple(replace(s, release=Seconds(9)) for s in problem.stops)))
    assert not fits(problem.valued(replace(problem.valuation, curves=moving)))


@QUICK
@given(seed=st.integers(0, 10**6), stops=st.integers(1, 4))
def test_a_plan_is_never_dearer_than_leaving_everybody_out(seed, stops):
    problem = _fleet_problem(seed, stops)
    rng = np.random.default_rng(seed)
    unserved = {s.stop_id: Cents(int(rng.integers(50, 3000))) for s in problem.stops}
    problem = problem.valued(replace(problem.valuation, unserved=unserved))

    assert _searched(problem, 100).price <= sum(unserved.values()) + 1e-6
