"""A quote is the schedule's own difference, to the cent; what the day fixes stays; no place is cheaper."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.operations.problems import Recipe, random_problem, rich
from tests.operations.random_events import random_event, random_moment
from tests.strategies import seeds

from doorstep.domain.duty import BreakRule
from doorstep.domain.errors import YourInput
from doorstep.domain.events import Ordered, Ticked
from doorstep.domain.places import Place
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Halt, PlannedShift, Problem, Reload, Stop, Veto
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Cents, Seconds, clock
from doorstep.domain.valuation import PriceCurve, Rates, Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.flows.hear_events import after
from doorstep.operations.check import check
from doorstep.operations.dispatch.happenings import happened
from doorstep.operations.dispatch.told_plan import as_told
from doorstep.operations.dispatch.unavoidable import giving_way
from doorstep.operations.new_place import NewLegs
from doorstep.operations.progress import RunningDay, loaded_last
from doorstep.operations.quote import Quote, Quoted, Quoter
from doorstep.operations.quote.alone import unladen
from doorstep.operations.quote.why import ruled_out
from doorstep.operations.schedule import schedule
from doorstep.operations.search import kernel_quote, search, warm

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
    offers = of.quoted().offers
    assume(offers)

    for quote in offers:
        is_the_difference(of, quote)


@LAW
@given(seed=seeds, stops=st.integers(0, 10))
def test_so_it_is_with_breaks_batteries_hours_and_free_departures(seed: int, stops: int) -> None:
    of = case(seed, rich(optional=1.0), stops)
    offers = of.quoted().offers
    assume(offers)

    for quote in offers:
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


@LAW
@given(seed=seeds, stops=st.integers(1, 8))
def test_what_is_offered_is_not_said_to_be_ruled_out(seed: int, stops: int) -> None:
    of = case(seed, rich(), stops)
    quoter = Quoter(of.day, as_told(of.day))
    alone = unladen(of.day.problem, quoter.newcomer(of.order))

    assert not [quote for quote in of.quoted().offers if ruled_out(alone, quote.window)]


SAID = re.compile(r"Shift (\S+) could, if it came back to load it .*: at the depot at .*, there at (\S+)\. ")


@LAW
@given(seed=seeds, stops=st.integers(1, 8))
def test_who_is_said_to_come_back_could(seed: int, stops: int) -> None:
    recipe = Recipe(shifts=2, optional=1.0, multi_trip=1.0, bounded=0.3, even=0.3, picked=0.3, frozen=0.2)
    of = case(seed, recipe, stops)
    for refusal in of.quoted().refusals:
        for shift_id, knocks in SAID.findall(refusal.why):
            assert knocks in {clock(at) for at in back_and_there(of, refusal.window, shift_id)}


def back_and_there(of: Case, window: TimeWindow, shift_id: str) -> Iterator[Seconds]:
    """Yield when the new stop is served if the shift reloads before it somewhere that the checker lets it."""
    told, problem, stop_id = as_told(of.day), with_order(of, window), of.order.stop.stop_id
    before = set(check(of.day.problem, told).infeasible)
    shift = next(s for s in problem.shifts if s.shift_id == shift_id)
    halts = of.day.sequences.get(shift_id, ())
    for depot, k in product(shift.reloads, range(len(shift.driven), len(halts) + 1)):
        sequences = {**of.day.sequences, shift_id: (*halts[:k], Reload(depot), stop_id, *halts[k:])}
        plan = schedule(problem, sequences, seed=0, problem_sha256="", departures=departures_of(told, of.day))
        if not set(check(problem, plan).infeasible) - before:
            yield from (v.starts_at for r in plan.routes for v in r.visits if v.stop_id == stop_id)


# Claims, on a straight road of 20 places, a minute (about a kilometre) from one to the next


def at(minute: int) -> Seconds:
    return Seconds(minute * MINUTE)


def spot(k: float) -> Place:
    return Place(-8.6 + 0.012 * k, 41.1)


def stop(k: int, **more: Any) -> Stop:
    windows = tuple(TimeWindow(at(a), at(b)) for a, b in more.pop("windows", ()))
    return Stop(f"s{k}", (f"o{k}",), k, windows, **{"service": Seconds(60), "amounts": (1,), **more})


def van(k: int, **more: Any) -> PlannedShift:
    shared = {"starts": at(10), "ends": at(600), "capacities": (10,), "start": 0, "end": 0}
    return PlannedShift(f"h{k}", f"v{k}", f"d{k}", **{**shared, **more})


def road(stops: Sequence[Stop], vans: Sequence[PlannedShift], **more: Any) -> Problem:
    """Return a day on the road; a minute of driving costs 10 cents, a kilometre 100."""
    between = (np.abs(np.subtract.outer(np.arange(20), np.arange(20))) * MINUTE).astype(np.int32)[None]
    rates = {s.shift_id: Rates(cents_per_hour=600, cents_per_km=100) for s in vans}
    return Problem(
        "test", "d", "2026-01-01", "UTC", "EUR", ("load",), tuple(spot(k) for k in range(20)), tuple(stops),
        tuple(vans), {"car": TravelTimes((Seconds(0),), between, between * 16)},
        Valuation("test", (), {}, {s.stop_id: Cents(100_000) for s in stops}, rates), **more,
    )  # fmt: skip


def asked(problem: Problem, sequences: dict[str, list[Halt]], order: Ordered, *spans: tuple[int, int]) -> Quoted:
    """Quote an order in windows given in minutes, everybody going by the sequences until then."""
    plan = schedule(problem, sequences, seed=1, problem_sha256="x")
    day, _ = after(problem, plan, [Ticked(order.at)])
    return Quoter(day, as_told(day)).quote(order, [TimeWindow(at(a), at(b)) for a, b in spans])


def ordered(k: float, minute: int = 0, **more: Any) -> Ordered:
    new = Stop("new", ("n1",), 0, (), **{"service": Seconds(60), "amounts": (1,), **more})
    return Ordered(at(minute), new, spot(k))


def reasons(quoted: Quoted) -> str:
    assert not quoted.offers
    return " ".join(refusal.why for refusal in quoted.refusals)


TWO = road([stop(2), stop(8)], [van(0)])
TOLD: dict[str, list[Halt]] = {"h0": ["s2", "s8"]}


def test_windows_come_cheapest_first_each_with_its_promise() -> None:
    quoted = asked(TWO, TOLD, ordered(5), (60, 90), (0, 30))

    early, late = quoted.offers
    assert (early.window.opens, late.window.opens) == (0, at(60))
    assert (early.shift_id, early.position, early.after, early.before) == ("h0", 2, "s2", "s8")
    assert (early.arrives_at, early.cents) == (at(16), {"time": Cents(10)})
    assert (early.later, early.latest) == (1, MINUTE)
    assert late.starts_at == at(60)


def test_a_window_that_is_named_twice_is_one() -> None:
    twice = asked(TWO, TOLD, ordered(5), (0, 30), (0, 30), (0, 1), (0, 1))

    assert twice == asked(TWO, TOLD, ordered(5), (0, 30), (0, 1))
    assert asked(TWO, TOLD, ordered(5), (0, 30), (0, 30)) == asked(TWO, TOLD, ordered(5), (0, 30))
    assert len(asked(TWO, TOLD, ordered(5, minute=70), (0, 60), (0, 60)).refusals) == 1


def test_a_place_without_a_row_is_quoted_by_the_ways_around_it() -> None:
    (offer,) = asked(TWO, TOLD, ordered(5.5), (0, 30)).offers

    assert (offer.after, offer.before) == ("s2", "s8")
    assert offer.arrives_at == pytest.approx(at(13) + 3.5 * MINUTE, abs=5)


def test_what_is_late_for_others_is_in_the_price() -> None:
    curve = PriceCurve((at(19), at(29)), {"lateness": (Cents(0), Cents(1000))})
    dear = TWO.valued(replace(TWO.valuation, curves={"s8": curve}))

    (offer,) = asked(dear, TOLD, ordered(5), (0, 19)).offers

    assert offer.cents == {"time": 10, "lateness": 100}
    assert offer.others == {"lateness": 100}
    assert offer.door == {}


def test_a_van_that_has_left_brings_nothing_more_but_fetches_on_its_way() -> None:
    gone = asked(TWO, TOLD, ordered(5, minute=12), (0, 60))
    (fetched,) = asked(TWO, TOLD, ordered(5, minute=12, amounts=(0,), picks=(1,)), (0, 60)).offers

    assert reasons(gone) == "Every van that could bring it was loaded before its goods were there."
    assert (fetched.position, fetched.after) == (2, "s2")


def test_who_could_come_back_to_load_is_said_where_every_van_has_left() -> None:
    back = replace(TWO, shifts=(van(0, reloads=(0,), max_trips=2),))
    order = ordered(3, minute=12)

    said = reasons(asked(back, TOLD, order, (0, 60)))
    assert "1 loaded before its goods were there." in said
    assert "Shift h0 could, if it came back to load it after s2: at the depot at 00:15, there at 00:18." in said
    assert "could," not in reasons(asked(back, TOLD, order, (0, 17)))
    assert "could," not in reasons(asked(TWO, TOLD, order, (0, 60)))
    assert "could," not in reasons(asked(replace(back, shifts=(van(0, reloads=(0,)),)), TOLD, order, (0, 60)))


def test_what_is_driven_and_frozen_stays_first() -> None:
    frozen = replace(TWO, shifts=(van(0, frozen=("s2", "s8")),))

    (offer,) = asked(frozen, TOLD, ordered(5), (0, 60)).offers

    assert offer.position == 3


@pytest.mark.parametrize(
    ("vans", "order", "why"),
    [
        ([], ordered(5), "There is no shift."),
        ([van(0)], ordered(5, needs=frozenset({"fridge"})), "No shift offers fridge."),
        ([van(0, max_stops=2), van(1)], ordered(5, needs=frozenset({"fridge"})), "No shift offers fridge."),
        (
            [van(0, max_stops=2, offers=frozenset({"fridge"})), van(1, offers=frozenset({"lift"}))],
            ordered(5, needs=frozenset({"fridge"})),
            "Of 2 shifts: 1 with as many stops as it may have, 1 not offering fridge.",
        ),
        ([van(0)], ordered(5, only=frozenset({"h7"})), "No shift that could bring it may come: only 'h7' may come."),
        ([van(0, max_stops=2), van(1)], ordered(5, only=frozenset({"h0"})), "1 not let come."),
        ([van(0, max_stops=2)], ordered(5), "1 with as many stops as it may have"),
        ([van(0, capacities=(2,))], ordered(5), "1 without room for it"),
        ([van(0, capacities=(2,))], ordered(5, amounts=(3,)), "it takes 3 load, the largest has room for 2 load."),
        ([van(0, ends=at(28))], ordered(19), "No shift that serves it is back before it ends: 'h0' ends at 00:28"),
        ([van(0, ends=at(50))], ordered(19), "Shift h0 comes nearest: with it, it would miss"),
        ([van(0)], ordered(19, release=at(700)), "Its goods are there at 11:40, too late for every shift"),
    ],
)
def test_nobody_can_serve_it_and_why(vans: Sequence[PlannedShift], order: Ordered, why: str) -> None:
    stops = [stop(2), stop(8)] if vans else []
    told: dict[str, list[Halt]] = TOLD if vans else {}

    assert why in reasons(asked(road(stops, vans), told, order, (0, 60)))


def test_a_veto_keeps_a_driver_away() -> None:
    vetoed = replace(TWO, vetoes=(Veto("d0", "new", "the dog"),))

    assert "'d0' must not come (the dog)" in reasons(asked(vetoed, TOLD, ordered(5), (0, 60)))


def test_how_much_too_late_it_would_be_is_said() -> None:
    frozen = replace(TWO, shifts=(van(0, frozen=("s2", "s8")),))

    assert "closes at 00:23, and the earliest arrival is 00:29." in reasons(asked(TWO, TOLD, ordered(19), (0, 23)))
    assert "it would get there 2 min after the window closes" in reasons(asked(frozen, TOLD, ordered(19), (0, 29)))


def test_a_window_that_is_over_is_said_to_be() -> None:
    assert reasons(asked(TWO, TOLD, ordered(5, minute=70), (0, 60))) == "It is over: now is 01:10."


@pytest.mark.parametrize(
    ("order", "windows", "sentence"),
    [
        (ordered(5), [], "Expected 1 to 100 windows"),
        (ordered(5), [(0, k) for k in range(10_000)], "got 10,000"),
        (ordered(5, amounts=(1, 2)), [(0, 60)], "Expected 1 amounts, one for each of load, got 2"),
        (ordered(5, picks=(1, 2)), [(0, 60)], "Expected 1 amounts"),
        (replace(ordered(5), stop=replace(ordered(5).stop, order_ids=("o2",))), [(0, 60)], "Expected a new order"),
    ],
)
def test_what_cannot_be_quoted_is_refused_in_a_sentence(order: Ordered, windows: Any, sentence: str) -> None:
    with pytest.raises(YourInput, match=sentence):
        asked(TWO, TOLD, order, *windows)


def test_a_place_beyond_all_roads_is_too_far_and_no_crash() -> None:
    far = replace(ordered(5), place=Place(179.9, -89.9))

    assert "No shift reaches it inside its windows" in reasons(asked(TWO, TOLD, far, (0, 60)))


def test_a_van_that_may_choose_leaves_in_time_for_the_window() -> None:
    free = road([], [van(0, free_departure=True)])

    (offer,) = asked(free, {}, ordered(5), (300, 330)).offers

    assert offer.leaves_at >= at(295)
    assert offer.cents["time"] == 110


def test_a_break_that_binds_is_kept_the_slower_way() -> None:
    rule = BreakRule(name="rest", counted="working", after=at(20), length=at(30))
    bound = replace(TWO, shifts=(van(0, breaks=(rule,)),))

    (offer,) = asked(bound, TOLD, ordered(5), (0, 60)).offers
    nobody = asked(bound, TOLD, ordered(5, service=at(5)), (0, 60))

    assert offer.slow
    assert not nobody.offers


def test_once_the_legs_are_known_better_the_same_place_is_priced_again() -> None:
    plan = schedule(TWO, TOLD, seed=1, problem_sha256="x")
    day, _ = after(TWO, plan, [Ticked(Seconds(0))])
    quoter, order = Quoter(day, as_told(day)), ordered(5.5)
    (offer,) = quoter.quote(order, [TimeWindow(at(0), at(60))]).offers
    rows, far = (2, 8), np.full((1, 2), 600, np.int32)

    again = quoter.once_more(order, offer, {"car": NewLegs(rows, far, far, far, far)})

    assert again is not None
    assert (again.shift_id, again.position) == (offer.shift_id, offer.position)
    assert again.arrives_at == at(13) + 600


def test_what_is_compiled_ahead_is_what_any_day_asks_for() -> None:
    for seed in range(4):
        case(seed, Recipe(slots=1 + seed, dimensions=seed % 3), 6).quoted()
        case(seed, rich(), 6).quoted()
    asked(road([], [van(0)]), {}, ordered(5.5), (0, 30))
    warm.main(["quote"])
    kernels: Sequence[Any] = (kernel_quote.lay_out, kernel_quote.quote)

    assert [len(kernel.signatures) for kernel in kernels] == [1, 1]
