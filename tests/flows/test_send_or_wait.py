"""Who leaves now, and who waits for better company: by futures drawn from past days, and never too long."""

import weakref
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, permutations, takewhile
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from tests.operations.explain.street import at, stop, street, van
from tests.operations.random_events import broken_promises
from tests.strategies import seeds

from doorstep.adapters.problem_files import problem_sha256
from doorstep.domain.events import Event, Ordered, Rewindowed, Ticked
from doorstep.domain.places import Place
from doorstep.domain.plan import Plan, Route
from doorstep.domain.problem import Problem, Stop
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import PriceCurve
from doorstep.domain.windows import LATEST, TimeWindow
from doorstep.flows.dispatch import Dispatched, Effort, dispatch
from doorstep.flows.quote import quote, quoting_day
from doorstep.operations.check import check, impossible_stops
from doorstep.operations.dispatch import send_or_wait
from doorstep.operations.dispatch.futures import Waves, sampled
from doorstep.operations.dispatch.verdicts import Verdict
from doorstep.operations.dispatch.waves import departures, held, with_orders
from doorstep.operations.schedule import schedule

pytestmark = pytest.mark.usefixtures("kernels")

BRIEFLY = Effort(seconds=1, seed=1, iterations=200)
EVERY, LATER = at(30), Seconds(1801)
NOW = Seconds(0)

Past = Sequence[Sequence[Ordered]]


def came(minute: int, k: int, **more: Any) -> Ordered:
    """Return an order of a past day at place k."""
    names = {"stop_id": more.pop("stop_id", f"s{k}"), "order_ids": (f"past {minute}",)}
    return Ordered(at(minute), replace(stop(k, **more), **names), Place(-8.6 + 0.012 * k, 41.1))


def dispatched(problem: Problem, past: Past, now: Seconds = NOW, *, seed: int = 1) -> Dispatched:
    """Decide at a second of a day of which nobody was told anything."""
    waves = Waves(past, EVERY, futures=6)
    effort = replace(BRIEFLY, seed=seed)
    return dispatch(problem, untold(problem), [Ticked(now)], effort=effort, sha256_of=problem_sha256, waves=waves)


def untold(problem: Problem) -> Plan:
    """Return the plan of a day of which nobody was told anything."""
    return schedule(problem, {}, seed=1, problem_sha256=problem_sha256(problem))


def verdicts(found: Dispatched) -> dict[str, Verdict]:
    assert found.decision is not None
    return {row.stop_id: row for row in found.decision.verdicts(found.alternatives[0].plan)}


def goes(found: Dispatched) -> set[str]:
    return {x for x, row in verdicts(found).items() if row.goes}


def free_van(k: int, **more: Any) -> Any:
    return van(k, free_departure=True, **more)


def test_the_travel_of_one_future_is_held_at_a_time(monkeypatch):
    laid: list[weakref.ref[Any]] = []

    def noted(problem: Problem, future: Sequence[Ordered]) -> Problem:
        assert not [one for one in laid if one() is not None]
        larger = with_orders(problem, future)
        (travel,) = larger.times.values()
        assert isinstance(travel, TravelTimes)
        laid.append(weakref.ref(travel.seconds))
        return larger

    monkeypatch.setattr(send_or_wait, "with_orders", noted)
    elsewhere = replace(came(20, 11), place=Place(-8.55, 41.12))
    dispatched(street([stop(10)], [free_van(k) for k in range(2)]), [[elsewhere]])

    assert len(laid) >= 6


# Against the slow truth


def truth(problem: Problem, past: Past, stop_id: str) -> tuple[float, float]:
    """Return the mean cost of all futures if a stop leaves now, and if it waits, each planned by trying everything."""
    costs = []
    for future in sampled(problem, Waves(past, EVERY, futures=6), 1):
        whole = with_orders(replace(problem, now=NOW), future)
        waiting = held(whole, {stop_id}, LATER)
        costs.append((min(_costs(whole, stop_id)), min(_costs(waiting))))
    return float(np.mean([c for c, _ in costs])), float(np.mean([c for _, c in costs]))


def _costs(problem: Problem, sent: str = "") -> Iterator[int]:
    """Yield the costs of all plans of one or two vans; with `sent` of those in which that stop leaves at once."""
    every = [s.stop_id for s in problem.stops]
    shifts = [s.shift_id for s in problem.shifts]
    for count in range(len(every) + 1):
        for chosen in combinations(every, count):
            for order in permutations(chosen):
                for cut in range(len(order) + 1):
                    if len(shifts) == 1 and cut < len(order):
                        continue
                    by = {x: part for x, part in zip(shifts, (order[:cut], order[cut:]), strict=False) if part}
                    plan = schedule(problem, by, seed=1, problem_sha256="")
                    leaves = departures(plan)
                    if check(problem, plan).holds and (not sent or leaves.get(sent, LATER) < LATER):
                        yield plan.cents["total"]


def test_an_order_waits_for_one_that_comes_next_door_every_day() -> None:
    problem = street([stop(10)], [free_van(0), free_van(1)])
    past = [[came(20, 11)], [came(25, 10)], [came(5, 12)]]
    now, later = truth(problem, past, "s10")
    assert later < now - 1000

    row = verdicts(found := dispatched(problem, past))["s10"]

    assert not row.goes
    assert (row.share, row.must) == (0.0, False)
    assert departures(found.alternatives[0].plan)["s10"] > EVERY
    assert row.why == "it went with this wave in 0 of 6 futures"


def test_an_order_goes_at_once_where_every_minute_costs_and_nobody_comes_near() -> None:
    problem = street([stop(10)], [free_van(0, capacities=(1,)), free_van(1, capacities=(1,))])
    dearer = PriceCurve((Seconds(0), at(60)), {"lateness": (Cents(0), Cents(6000))})
    problem = problem.valued(replace(problem.valuation, curves={"s10": dearer}))
    past = [[came(20, 11)], [came(25, 10)], []]
    now, later = truth(problem, past, "s10")
    assert now < later - 1000

    row = verdicts(found := dispatched(problem, past))["s10"]

    assert row.goes
    assert row.share == 1.0
    (route,) = [r for r in found.alternatives[0].plan.routes if r.visits]
    assert route.leaves_at <= EVERY
    assert {s.shift_id: s.loaded_at for s in found.problem.shifts}[route.shift_id] == route.leaves_at


# What always holds


def test_without_past_days_everybody_goes() -> None:
    problem = street([stop(3), stop(10)], [free_van(0), free_van(1)])
    found = dispatched(problem, [])
    plain = dispatch(problem, untold(problem), [Ticked(NOW)], effort=BRIEFLY, sha256_of=problem_sha256)

    assert found.alternatives[0].plan == plain.alternatives[0].plan
    assert all(leaves <= EVERY for leaves in departures(found.alternatives[0].plan).values())


def test_who_could_not_be_served_any_more_goes_whatever_may_come() -> None:
    problem = street([stop(10, windows=[(0, 40)]), stop(9, windows=[(0, 40)])], [free_van(0), free_van(1)])
    rows = verdicts(dispatched(problem, [[came(20, 11), came(20, 9)]]))

    assert rows["s9"].must is False, "it is 9 minutes away"
    assert rows["s10"].must
    assert rows["s10"].goes
    assert rows["s10"].why == "if it waited until 00:30, nobody could serve it any more"


def test_nobody_is_left_out_for_having_waited() -> None:
    """One van, and it is away for longer than the other's window once it has left."""
    stops = [stop(1, windows=[(0, 45)]), stop(19, windows=[(0, 25)])]
    found = dispatched(street(stops, [free_van(0, ends=at(600))]), [[came(20, 1), came(20, 2)]])

    assert goes(found) == {"s1", "s19"}
    assert found.alternatives[0].plan.unserved == ()


def test_a_van_that_may_as_well_leave_later_is_not_loaded() -> None:
    problem = street([stop(3, windows=[(300, 320)])], [van(0)])
    found = dispatched(problem, [[], [came(20, 1)]])

    assert goes(found) == set()
    assert [s.loaded_at for s in found.problem.shifts] == [None]


def test_a_van_that_comes_back_takes_later_waves_too() -> None:
    twice = free_van(0, reloads=(0,), max_trips=2)
    problem = street([stop(2, windows=[(0, 20)]), stop(10)], [twice])
    found = dispatched(problem, [[came(20, 11)], [came(15, 10)]])
    (route,) = found.alternatives[0].plan.routes

    assert goes(found) == {"s2"}
    assert [v.stop_id for v in route.visits] == ["s2", "0", "s10"]


def test_what_an_earlier_wave_has_on_board_is_brought_while_the_next_one_leaves() -> None:
    stops = [stop(k, windows=[(0, 35)]) for k in (4, 8, 12)]
    one = dispatched(street(stops, [free_van(0), free_van(1)]), [[]])
    assert goes(one) == {"s4", "s8", "s12"}

    (route,) = one.alternatives[0].plan.routes
    new = replace(came(6, 5, windows=[(0, 30)], stop_id="new"), unserved=Cents(100_000))
    waves = Waves([[]], EVERY, futures=2)
    other = dispatch(
        one.problem, one.alternatives[0].plan, [new], effort=BRIEFLY, sha256_of=problem_sha256, waves=waves
    )

    for way in other.alternatives:
        routes = {r.shift_id: [v.stop_id for v in r.visits] for r in way.plan.routes}
        assert routes.pop(route.shift_id) == [v.stop_id for v in route.visits]
        assert list(routes.values()) == [["new"]]


def loaded_early(*, vans: int = 2, **more: Any) -> tuple[Dispatched, Route]:
    """Return a day in which a van was loaded for doors 10 and 12, and leaves for them after more than five minutes."""
    stops = [stop(k, windows=[(20, 30)]) for k in (10, 12)]
    found = dispatched(street(stops, [free_van(k, **more) for k in range(vans)]), [[]])
    (loaded,) = [s for s in found.problem.shifts if s.loaded_at is not None]
    (route,) = found.alternatives[0].plan.routes
    assert at(5) < route.leaves_at == loaded.loaded_at
    assert sorted(visited(route)) == ["s10", "s12"]
    return found, route


def visited(route: Route) -> list[str]:
    return [visit.stop_id for visit in route.visits]


def gone_on(found: Dispatched, *events: Event) -> Iterator[dict[str, list[str]]]:
    """Yield what each van does after events, the best way first; nobody is asked to wait."""
    plan = found.alternatives[0].plan
    next_ = dispatch(found.problem, plan, events, effort=BRIEFLY, sha256_of=problem_sha256)
    yield from ({route.shift_id: visited(route) for route in way.plan.routes} for way in next_.alternatives)


NEXT_DOOR = replace(came(5, 11, stop_id="new"), unserved=Cents(100_000))


def test_nothing_gets_on_a_van_that_stands_loaded_and_has_not_left() -> None:
    found, told = loaded_early()
    for routes in gone_on(found, NEXT_DOOR):
        assert routes.pop(told.shift_id) == visited(told)
        assert list(routes.values()) == [["new"]]
    alone, told = loaded_early(vans=1)
    assert list(gone_on(alone, NEXT_DOOR)) == [{"h0": visited(told)}] * 3


def test_a_van_that_stands_loaded_may_take_a_new_order_on_its_next_trip() -> None:
    found, told = loaded_early(vans=1, reloads=(0,), max_trips=2)

    assert list(gone_on(found, NEXT_DOOR)) == [{"h0": [*visited(told), "0", "new"]}] * 3


def test_a_wave_adds_nothing_to_a_van_that_an_earlier_one_loaded() -> None:
    found, told = loaded_early()
    plan, waves = found.alternatives[0].plan, Waves([[]], at(10), futures=2)
    soon = replace(NEXT_DOOR, stop=replace(NEXT_DOOR.stop, windows=(TimeWindow(at(16), at(20)),)))
    again = dispatch(found.problem, plan, [soon], effort=BRIEFLY, sha256_of=problem_sha256, waves=waves)

    assert again.decision is not None
    assert set(again.decision.must) == {"new"}
    for way in again.alternatives:
        routes = {route.shift_id: visited(route) for route in way.plan.routes}
        assert routes.pop(told.shift_id) == visited(told)
        assert list(routes.values()) == [["new"]]


@pytest.mark.parametrize("more", [{}, {"max_working": at(300)}])
def test_a_quote_has_nothing_get_on_a_van_that_stands_loaded(more: dict[str, Any]) -> None:
    found, told = loaded_early(**more)
    windows = [TimeWindow(at(0), at(100))]
    day = quoting_day(found.problem, found.alternatives[0].plan, at(5))
    offers = quote(day, NEXT_DOOR, windows).offers
    alone, _ = loaded_early(vans=1, reloads=(0,), max_trips=2, **more)
    (refused,) = quote(quoting_day(alone.problem, alone.alternatives[0].plan, at(5)), NEXT_DOOR, windows).refusals

    assert {"h0", "h1"} - {offer.shift_id for offer in offers} == {told.shift_id}
    assert "loaded before its goods were there" in refused.why
    assert "could, if it came back to load it" in refused.why


def test_what_is_fetched_at_a_door_goes_behind_a_loaded_trip_as_it_was_quoted() -> None:
    found, told = loaded_early(vans=1)
    fetched = replace(NEXT_DOOR, stop=replace(NEXT_DOOR.stop, amounts=(0,), picks=(1,)))
    day = quoting_day(found.problem, found.alternatives[0].plan, at(5))
    (offer,) = quote(day, fetched, [TimeWindow(at(0), at(100))]).offers

    assert offer.position == 3
    assert list(gone_on(found, fetched)) == [{"h0": [*visited(told), "new"]}] * 3


def test_a_loaded_trip_that_cannot_be_driven_as_told_is_driven_otherwise_with_nothing_more_on_board() -> None:
    found, told = loaded_early()
    first, last = visited(told)
    later = Rewindowed(at(5), f"o{first[1:]}", (TimeWindow(at(29), at(30)),))
    for routes in gone_on(found, later, NEXT_DOOR):
        assert routes.pop(told.shift_id) == [last, first]
        assert list(routes.values()) == [["new"]]


def random_day(rng: np.random.Generator) -> tuple[Problem, Past, Seconds]:
    """Return stops along the street, vans of several kinds, and days like it."""
    stops = [_random_stop(rng, k) for k in rng.choice(np.arange(1, 20), size=int(rng.integers(1, 6)), replace=False)]
    vans = [
        van(k, free_departure=bool(rng.random() < 0.5), starts=at(int(rng.choice([0, 0, 20, 40, 90]))),
            capacities=(int(rng.integers(1, 5)),), **({"reloads": (0,), "max_trips": 3} if rng.random() < 0.4 else {}))
        for k in range(int(rng.integers(1, 4)))
    ]  # fmt: skip
    unserved = {s.stop_id: Cents(100_000) for s in stops if rng.random() < 0.8}
    past = [
        [came(int(rng.integers(0, 200)), int(rng.integers(1, 20))) for _ in range(int(rng.integers(0, 5)))]
        for _ in range(int(rng.integers(1, 4)))
    ]
    return street(stops, vans, unserved=unserved), past, at(int(rng.integers(0, 60)))


def _random_stop(rng: np.random.Generator, k: int) -> Stop:
    opens = int(rng.integers(0, 120))
    windows = [(opens, opens + int(rng.integers(10, 200)))] if rng.random() < 0.7 else []
    return stop(int(k), windows=windows, release=at(int(rng.choice([0, 0, 0, 70]))))


@settings(max_examples=25, deadline=None)
@given(seeds)
@example(330).via("one van, and some that must be served come after it has left")
@example(615_597).via("and one of those that wait has a price as high as one that can't")
@example(1721).via("a van is filled with others beside one that can't wait")
def test_law_what_goes_is_loaded_what_waits_is_held_and_nobody_waits_too_long(seed: int) -> None:
    problem, past, now = random_day(np.random.default_rng(seed))
    found = dispatched(problem, past, now)
    decision, rows, best = found.decision, verdicts(found), found.alternatives[0].plan
    assert decision is not None
    left_out = {row.stop_id for row in best.unserved}

    for way in found.alternatives:
        assert len(way.report.violations) == len(way.report.left_out), "the plan is accepted"
        leaves = departures(way.plan)
        assert all(leaves.get(x, LATEST) > decision.next for x in decision.held)
    for x, row in rows.items():
        late = bool(too_late(problem, x, now, Seconds(decision.next + 1)))
        assert not late or row.goes or x in left_out, "who can't wait goes"
        assert not (late and x in decision.held)
        assert not (row.goes and x in decision.held)
    plain = dispatch(
        problem, untold(problem), [Ticked(now)], effort=BRIEFLY, sha256_of=problem_sha256
    ).alternatives[0].plan  # fmt: skip
    assert len(left_out) <= len(plain.unserved), "nobody is left out because somebody waits"
    routes = {route.shift_id: route for route in best.routes}
    for shift in found.problem.shifts:
        if shift.loaded_at is not None:
            route = routes[shift.shift_id]
            first = _first_trip(route)
            assert now <= shift.loaded_at == route.leaves_at <= decision.next
            assert first
            assert all(rows[x].goes for x in first), "nothing but what is sent is loaded"


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_law_what_stands_loaded_leaves_as_it_is_whatever_is_ordered_meanwhile(seed: int) -> None:
    problem, past, now = random_day(np.random.default_rng(seed))
    found = dispatched(problem, past, now)
    plan, soon = found.alternatives[0].plan, Seconds(now + 30)
    standing = {s.shift_id for s in found.problem.shifts if s.loaded_at is not None and s.loaded_at > soon}
    new = replace(came(soon // 60, 1 + seed % 19, stop_id="new"), at=soon, unserved=Cents(100_000))

    for waves in (None, Waves(past, EVERY, futures=2)):
        again = dispatch(found.problem, plan, [new], effort=BRIEFLY, sha256_of=problem_sha256, waves=waves)
        for way in again.alternatives:
            assert len(way.report.violations) == len(way.report.left_out)
            for route in plan.routes:
                if route.shift_id in standing:
                    (other,) = [r for r in way.plan.routes if r.shift_id == route.shift_id]
                    assert other.leaves_at == route.leaves_at
                    assert _first_trip(other) == _first_trip(route)


def _first_trip(route: Route) -> list[str]:
    return [v.stop_id for v in takewhile(lambda v: v.kind != "reload", route.visits)]


def too_late(problem: Problem, stop_id: str, now: Seconds, until: Seconds) -> tuple[str, ...]:
    """Return why nobody could serve a stop that waits, were it the only one."""
    alone = replace(
        held(problem, {stop_id}, until),
        stops=tuple(s for s in held(problem, {stop_id}, until).stops if s.stop_id == stop_id),
        valuation=replace(problem.valuation, unserved={}), now=now,
    )  # fmt: skip
    return impossible_stops(alone)


@settings(max_examples=8, deadline=None)
@given(seeds)
def test_law_the_same_seed_gives_the_same_answer_and_what_is_loaded_stays_so_from_wave_to_wave(seed: int) -> None:
    problem, past, now = random_day(np.random.default_rng(seed))
    one, other = dispatched(problem, past, now), dispatched(problem, past, now)
    assert one.alternatives == other.alternatives
    assert one.decision == other.decision

    waves = Waves(past, EVERY, futures=2)
    plan, problem = one.alternatives[0].plan, one.problem
    for step in (1, 2, 3):
        then = Seconds(now + step * EVERY)
        events: list[Event] = [Ticked(then)]
        if step % 2 == 0:
            events.insert(0, came(then // 60, 1 + (seed + step) % 19, stop_id=f"new{step}"))
        again = dispatch(problem, plan, events, effort=BRIEFLY, sha256_of=problem_sha256, waves=waves)
        for way in again.alternatives:
            assert list(broken_promises(problem, plan, events[-1], again.problem, way.plan)) == []
            assert len(way.report.violations) == len(way.report.left_out)
        plan, problem = again.alternatives[0].plan, again.problem
