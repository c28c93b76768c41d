"""A quote is the schedule's own difference, to the cent; what the day fixes stays; no place is cheaper."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.operations.problems import Recipe, random_problem, rich
from tests.operations.random_events import random_event, random_moment
from tests.strategies import seeds

from doorstep.domain.events import Ordered, Ticked
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Halt, PlannedShift, Problem, Reload
from doorstep.domain.units import Seconds
from doorstep.domain.windows import TimeWindow
from doorstep.flows.dispatch import after, as_told
from doorstep.operations.check import check
from doorstep.operations.happenings import happened
from doorstep.operations.progress import RunningDay, loaded_last
from doorstep.operations.quote import Quote, Quoted, Quoter
from doorstep.operations.schedule import schedule
from doorstep.operations.search import search
from doorstep.operations.unavoidable import giving_way

pytestmark = pytest.mark.usefixtures("kernels")
LAW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MINUTE = 60
EVERY = 10_000
"""More places than any problem here has."""

PLAIN = st.builds(
    Recipe,
    shifts=st.integers(1, 4),
    slots=st.integers(1, 5),
    dimensions=st.integers(0, 2),
    optional=st.just(1.0),
    picked=st.sampled_from((0.0, 0.3)),
    released=st.sampled_from((0.0, 0.3)),
    choosy=st.sampled_from((0.0, 0.3)),
    vetoed=st.sampled_from((0.0, 0.3)),
    paired=st.sampled_from((0.0, 0.4)),
    paired_up=st.sampled_from((0.0, 0.5)),
    multi_trip=st.sampled_from((0.0, 0.7)),
    lifo=st.sampled_from((0.0, 0.3)),
    bounded=st.sampled_from((0.0, 0.7)),
    frozen=st.sampled_from((0.0, 0.4)),
    even=st.sampled_from((0.0, 0.7)),
    subcontracted=st.sampled_from((0.0, 0.7)),
)


@dataclass(frozen=True)
class Case:
    """A running day, the order that comes in, and windows to offer."""

    day: RunningDay
    order: Ordered
    windows: tuple[TimeWindow, ...]

    def quoted(self, **more: Any) -> Quoted:
        return Quoter(self.day, as_told(self.day), **more).quote(self.order, self.windows)


def case(seed: int, recipe: Recipe, stops: int) -> Case:
    """Return a random day at a random second of it."""
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, stops, recipe)
    plan = planned(problem)
    if check(problem, plan).infeasible:
        problem = replace(problem, shifts=tuple(replace(s, frozen=()) for s in problem.shifts))
        plan = planned(problem)
    at = random_moment(rng, problem, plan) if rng.random() < 0.7 else Seconds(0)
    day, _ = giving_way(after(problem, plan, [Ticked(at)])[0])
    order = random_event(rng, day.problem, at, "order")
    assert isinstance(order, Ordered)
    opens = [int(rng.integers(max(0, at - 3600), max(at, 6 * 3600) + 12 * 3600)) for _ in range(4)]
    windows = tuple(TimeWindow(Seconds(t), Seconds(t + int(rng.integers(0, 3 * 3600)))) for t in opens)
    stop = replace(order.stop, windows=(), strain=int(rng.integers(0, 4)), release=Seconds(0))
    if rng.random() < 0.3:
        stop = replace(stop, release=Seconds(at + int(rng.integers(0, 7200))))
    return Case(day, replace(order, stop=stop), windows)


def planned(problem: Problem) -> Plan:
    found = search(problem, seconds=1, seed=1, iterations=100)
    return schedule(problem, found.sequences, seed=1, problem_sha256="x", departures=found.departures)


def with_order(of: Case, window: TimeWindow) -> Problem:
    """Return the day's problem once the order has come in with one window."""
    stop = replace(of.order.stop, windows=(window,))
    return happened(of.day, replace(of.order, stop=stop)).problem


def put(day: RunningDay, shift_id: str, position: int, stop_id: str) -> dict[str, tuple[Halt, ...]]:
    """Return what everybody has before them with the new stop as visit `position` (from 1) of a route."""
    halts = day.sequences.get(shift_id, ())
    return {**day.sequences, shift_id: (*halts[: position - 1], stop_id, *halts[position - 1 :])}


def departures_of(told: Plan, day: RunningDay, **more: Seconds) -> dict[str, Seconds]:
    fixed = {s.shift_id for s in day.problem.shifts if s.loaded_at is None}
    return {r.shift_id: r.leaves_at for r in told.routes if r.shift_id in fixed} | more


def booked(of: Case, quote: Quote) -> tuple[Problem, Plan]:
    """Return the whole day scheduled with the new stop where the quote has it."""
    problem, stop_id = with_order(of, quote.window), of.order.stop.stop_id
    departures = departures_of(as_told(of.day), of.day, **{quote.shift_id: quote.leaves_at})
    sequences = put(of.day, quote.shift_id, quote.position, stop_id)
    return problem, schedule(problem, sequences, seed=0, problem_sha256="", departures=departures)


def added(after: Plan, before: Plan) -> dict[str, int]:
    by = {part: after.cents.get(part, 0) - before.cents.get(part, 0) for part in {*after.cents, *before.cents}}
    return {part: cents for part, cents in by.items() if cents and part != "total"}


def is_the_difference(of: Case, quote: Quote) -> None:
    problem, plan = booked(of, quote)
    visit = next(v for r in plan.routes for v in r.visits if v.stop_id == of.order.stop.stop_id)
    before = set(check(of.day.problem, as_told(of.day)).infeasible)

    assert dict(quote.cents) == added(plan, as_told(of.day))
    assert (visit.arrives_at, visit.starts_at) == (quote.arrives_at, quote.starts_at)
    assert not set(check(problem, plan).infeasible) - before


@LAW
@given(seed=seeds, recipe=PLAIN, stops=st.integers(0, 14))
def test_a_quote_is_the_schedules_difference_to_the_cent_and_feasible(seed: int, recipe: Recipe, stops: int) -> None:
    of = case(seed, recipe, stops)

    for quote in of.quoted().offers:
        is_the_difference(of, quote)


@LAW
@given(seed=seeds, stops=st.integers(0, 10))
def test_so_it_is_with_breaks_batteries_hours_and_free_departures(seed: int, stops: int) -> None:
    of = case(seed, rich(optional=1.0), stops)

    for quote in of.quoted().offers:
        is_the_difference(of, quote)


def every_place(of: Case, window: TimeWindow) -> Iterator[int]:
    """Yield what the whole day costs more with the stop anywhere the checker lets it, the slow and plain way."""
    told, problem = as_told(of.day), with_order(of, window)
    new = next(s for s in problem.stops if s.stop_id == of.order.stop.stop_id)
    before = set(check(of.day.problem, told).infeasible)
    for shift in of.day.problem.shifts:
        halts = of.day.sequences.get(shift.shift_id, ())
        for position in range(len(shift.driven) + 1, len(halts) + 2):
            ahead, loaded = halts[len(shift.driven) : position - 1], loaded_last(shift)
            if loaded is not None and new.release > loaded and not any(isinstance(h, Reload) for h in ahead):
                continue  # it lies at the depot, and the van has left
            sequences = put(of.day, shift.shift_id, position, new.stop_id)
            late = {} if any(isinstance(h, Reload) for h in halts[: position - 1]) else {shift.shift_id: new.release}
            for leaves in ({shift.shift_id: at} for at in departures(of.day, told, shift, late)):
                plan = schedule(
                    problem, sequences, seed=0, problem_sha256="", departures=departures_of(told, of.day, **leaves)
                )
                broken = check(problem, plan).infeasible
                mine = [sentence for sentence in broken if sentence.startswith(f"Route {shift.shift_id!r}")]
                if not mine and not set(broken) - before:
                    yield sum(added(plan, told).values())


def departures(day: RunningDay, told: Plan, shift: PlannedShift, late: dict[str, Seconds]) -> Sequence[Seconds]:
    """Return when a van may leave: as told, and as early as it can."""
    route = next((r for r in told.routes if r.shift_id == shift.shift_id), None)
    if shift.loaded_at is not None:
        return (shift.loaded_at,)
    halts = list(day.sequences.get(shift.shift_id, ()))
    first = halts[: next((k for k, h in enumerate(halts) if isinstance(h, Reload)), len(halts))]
    ready = [s.release for s in day.problem.stops if s.stop_id in first]
    earliest = max(shift.starts, day.problem.now or 0, late.get(shift.shift_id, 0), *ready, 0)
    return (Seconds(earliest), Seconds(max(earliest, route.leaves_at if route else 0)))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=seeds, recipe=PLAIN, stops=st.integers(0, 9))
def test_no_place_is_cheaper_and_none_is_overlooked(seed: int, recipe: Recipe, stops: int) -> None:
    of = case(seed, recipe, stops)
    quoted = of.quoted(best=EVERY)
    now = of.day.problem.now or 0
    prices = {quote.window: quote.total for quote in quoted.offers}

    for window in of.windows:
        truth = min(every_place(of, window), default=None) if window.closes >= now else None
        assert prices.get(window) == truth
