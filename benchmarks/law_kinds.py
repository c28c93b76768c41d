"""The kinds of random problem on which the laws are held, each by name, with how many of it a full run draws.

Problem `n` of a kind is always the same. In every second problem each stop has a price for leaving it out, so that
there is always a feasible plan; in the others some must be served. But in the plain kind that price is so high that
vans fill up and limits bind. Days under way and frozen stops are made of a plan: what is past and frozen was possible.
"""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from tests.operations.problems import Recipe, random_problem, rich

from doorstep.domain.plan import Plan, Route
from doorstep.domain.problem import Driven, PlannedShift, Problem
from doorstep.domain.sequences import sequences_of
from doorstep.domain.travel import ArrivalFunctions, TravelTimes
from doorstep.domain.units import Cents, Seconds


@dataclass(frozen=True)
class Kind:
    """One kind of problem: what its recipe has beyond a plain one, and what becomes of it once it was planned.

    `then` is "" or what a second problem is made of the first one's plan: "frozen" or "under way".
    """

    count: int
    features: Mapping[str, Any] = field(default_factory=dict)
    stops: tuple[int, int] = (0, 20)
    functions: bool = False
    then: str = ""


EVERYTHING: dict[str, Any] = {
    name: value for name, value in vars(rich(frozen=0.0)).items() if value != getattr(Recipe(), name)
}
PLAIN = "prices by the hour"
KINDS: Mapping[str, Kind] = {
    PLAIN: Kind(20_000),
    "one slot": Kind(6_000, {"slots": 1, "curved": 0.0}),
    "one slot, alike, distance alone": Kind(
        6_000, {"slots": 1, "curved": 0.0, "priced_hours": False, "alike": True, "profiles": 1}
    ),
    "who comes has a price": Kind(4_000, {"paired_up": 0.5, "even": 0.5, "subcontracted": 0.4}),
    "vetoes and named drivers": Kind(4_000, {"choosy": 0.15, "vetoed": 0.15}),
    "free departure": Kind(4_000, {"free": 0.8}),
    "arrival functions": Kind(4_000, {"free": 0.8}, functions=True),
    "bounds of time and way": Kind(4_000, {"bounded": 0.6}),
    "releases": Kind(4_000, {"released": 0.4}),
    "trips": Kind(4_000, {"multi_trip": 0.8, "released": 0.2}),
    "picks": Kind(4_000, {"picked": 0.3}),
    "pairs": Kind(4_000, {"paired": 0.5}),
    "pairs, last in first out": Kind(4_000, {"paired": 0.6, "lifo": 0.8}),
    "pairs, picks and trips": Kind(4_000, {"paired": 0.4, "picked": 0.2, "multi_trip": 0.7}),
    "batteries": Kind(4_000, {"electric": 0.8}),
    "breaks": Kind(4_000, {"resting": 0.9}),
    "breaks, driving and working time": Kind(4_000, {"resting": 0.7, "legal": 0.7, "bounded": 0.3}),
    "frozen stops": Kind(2_000, then="frozen"),
    "frozen stops, everything at once": Kind(2_000, EVERYTHING, then="frozen"),
    "under way": Kind(2_000, then="under way"),
    "under way, everything at once": Kind(2_000, EVERYTHING, then="under way"),
    "everything at once": Kind(3_800, EVERYTHING),
    "everything at once, 40 to 80 stops": Kind(200, EVERYTHING, (40, 80)),
}
"""All kinds; the counts add up to 100,000."""

DEAR = 20
"""How much dearer it is to leave a stop out than in a plain problem."""


def kind_rng(name: str, n: int) -> np.random.Generator:
    """Return the generator of problem `n` of a kind; the plain kind's seed is `n` itself."""
    return np.random.default_rng(n) if name == PLAIN else np.random.default_rng([zlib.crc32(name.encode()), n])


def law_problem(name: str, n: int, rng: np.random.Generator) -> Problem:
    """Return problem `n` of a kind, drawn with a generator from which somebody may go on drawing."""
    kind = KINDS[name]
    recipe = Recipe(
        shifts=int(rng.integers(1, 6)),
        slots=int(rng.integers(1, 7)),
        dimensions=int(rng.integers(0, 4)),
        span_km=float(rng.choice([1.0, 12.0, 60.0])),
        alike=bool(rng.random() < 0.3),
        priced_hours=bool(rng.random() < 0.8),
        optional=1.0 if n % 2 else 0.4,
    )
    low, high = kind.stops
    problem = random_problem(rng, int(rng.integers(low, high + 1)), replace(recipe, **kind.features))
    if name != PLAIN:
        dear = {stop_id: Cents(DEAR * cents) for stop_id, cents in problem.valuation.unserved.items()}
        problem = problem.valued(replace(problem.valuation, unserved=dear))
    if not kind.functions:
        return problem
    return replace(problem, times={profile: _as_functions(times) for profile, times in problem.times.items()})


def _as_functions(times: object) -> ArrivalFunctions:
    """Return arrival functions through what travel by slots says at the edges and halfway between them."""
    if not isinstance(times, TravelTimes):
        raise TypeError
    edges = [int(edge) for edge in times.edges]
    at = sorted({*edges, *((a + b) // 2 for a, b in zip(edges, [*edges[1:], 86_400], strict=True))})
    n = times.seconds.shape[1]
    legs = [(i, j) for i in range(n) for j in range(n)]
    there = [[int(times.arrival(i, j, leaves)) for leaves in at] if i != j else [] for i, j in legs]
    begins = np.cumsum([0, *(len(knots) for knots in there)])
    return ArrivalFunctions(
        begins.astype(np.int64),
        np.array([leaves for knots in there if knots for leaves in at], np.int32),
        np.array([arrives for knots in there for arrives in knots], np.int32),
        times.metres[0],
    )


def frozen(problem: Problem, plan: Plan, rng: np.random.Generator) -> Problem:
    """Return the problem in which some routes' first stops are decided as in the plan."""
    shifts = []
    for shift in problem.shifts:
        route = _route_of(plan, shift)
        served = [visit.stop_id for visit in route.visits if visit.kind in ("stop", "pickup")] if route else []
        count = int(rng.integers(0, len(served) + 1)) if rng.random() < 0.7 else 0
        shifts.append(replace(shift, frozen=tuple(served[:count])))
    return replace(problem, shifts=tuple(shifts))


def under_way(problem: Problem, plan: Plan, rng: np.random.Generator) -> Problem:
    """Return the problem at some second of the plan at which no van has left its last halt: what is past is driven."""
    routes = [route for route in plan.routes if route.visits]
    if not routes:
        return problem
    last = min(route.visits[-1].leaves_at for route in routes)
    first = min(min(route.leaves_at for route in routes) - 1800, last)
    now = Seconds(int(rng.integers(first, last + 1)))
    shifts = tuple(_past(problem, plan, shift, now) for shift in problem.shifts)
    return replace(problem, shifts=shifts, now=now)


def _past(problem: Problem, plan: Plan, shift: PlannedShift, now: Seconds) -> PlannedShift:
    route = _route_of(plan, shift)
    if route is None or route.leaves_at > now:
        return shift
    halts = sequences_of(plan, problem)[0][shift.shift_id]
    left = [route.leaves_at, *(visit.leaves_at for visit in route.visits)]
    driven = tuple(
        Driven(halt, visit.arrives_at, visit.starts_at, visit.leaves_at, metres)
        for halt, visit, metres, since in zip(halts, route.visits, _metres(problem, shift, route), left, strict=False)
        if since <= now
    )
    return replace(shift, driven=driven, loaded_at=route.leaves_at)


def _metres(problem: Problem, shift: PlannedShift, route: Route) -> Iterator[Any]:
    """Return the metres to each visit of a route."""
    times, here, clock = problem.times[shift.profile], shift.start, route.leaves_at
    row_of: dict[tuple[str, str], int] = {("reload", str(row)): row for row in shift.reloads}
    row_of |= {("charge", charger.charger_id): charger.location for charger in problem.chargers}
    for kind in ("stop", "pickup"):
        row_of |= {(kind, stop.stop_id): stop.location for stop in problem.stops}
    for visit in route.visits:
        there = row_of.get((visit.kind, visit.stop_id), here)
        yield 0 if visit.kind == "break" else times.distance(here, there, clock)
        here, clock = there, visit.leaves_at


def _route_of(plan: Plan, shift: PlannedShift) -> Route | None:
    return next((route for route in plan.routes if route.shift_id == shift.shift_id and route.visits), None)
