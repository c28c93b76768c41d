"""Why this driver and this time: what every other choice would have cost, the cheapest of them solved again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from doorstep.domain.plan import Plan, Visit
from doorstep.domain.problem import Problem
from doorstep.domain.sequences import sequences_of
from doorstep.domain.units import Cents, Seconds
from doorstep.operations.dispatch.differences import Difference
from doorstep.operations.errors import UnknownStop
from doorstep.operations.explain.insertion import Insertion, errand_of, insertions, without
from doorstep.operations.explain.on_board import carrier_of
from doorstep.operations.explain.one_route import OneRoute, may_be_driven
from doorstep.operations.explain.what_if import held_by, what_if

MOST_SHOWN = 3
"""Other shifts that are solved again: whoever asks wants the nearest alternatives."""


@dataclass(frozen=True, slots=True)
class Instead:
    """The best plan found in which another shift makes this visit."""

    shift_id: str
    driver_id: str | None
    difference: Difference


@dataclass(frozen=True, slots=True)
class WhyHere:
    """What speaks for a visit's driver and time.

    `adds` is what the visit adds to its route over the same route without it. `latest` is the last second, inside the
    window of the knock, at which somebody could knock here with all of the route as the checker allows it; so it is at
    every fifth minute until then. `instead` are the cheapest other shifts, solved again; `cannot` says by shift by how
    much its best place, which the checker refuses, breaks bounds as the plan stands. Where the van has the goods
    `on_board`, no other shift is looked at. What is `held`, driven or frozen, is nobody's to choose any more, and says
    no more than its time.
    """

    visit: Visit
    shift_id: str
    driver_id: str | None
    adds: Cents
    latest: Seconds
    instead: tuple[Instead, ...]
    cannot: Mapping[str, Mapping[str, int]]
    held: bool = False
    on_board: bool = False


def why_here(problem: Problem, plan: Plan, stop_id: str, *, seconds: float = 0.5, seed: int = 1) -> WhyHere:
    """Return what other shifts would cost for one visit; `seconds` bounds each second search.

    Raises UnknownStop where the plan does not visit the stop.
    """
    found = next(((r, v) for r in plan.routes for v in r.visits if v.stop_id == stop_id), None)
    if found is None or stop_id not in {s.stop_id for s in problem.stops}:
        raise UnknownStop(f"Expected a stop that the plan visits, got {stop_id!r}.")
    route, visit = found
    sequences, _ = sequences_of(plan, problem)
    errand = errand_of(problem, stop_id)
    if held_by(problem, errand) is not None:
        return WhyHere(visit, route.shift_id, route.driver_id, Cents(0), visit.starts_at, (), {}, held=True)
    on_board = carrier_of(problem, sequences, stop_id) is not None
    places = insertions(problem, without(sequences, errand), errand)
    here = OneRoute.of(problem, route, sequences[route.shift_id])
    others = {} if on_board else _best_by_shift(i for i in places if i.shift.shift_id != route.shift_id)
    cannot = {k: i.breaks for k, i in others.items() if i.breaks and not may_be_driven(problem, i.shift, i.halts)}
    able = sorted((i for k, i in others.items() if k not in cannot), key=lambda i: i.cents)[:MOST_SHOWN]
    return WhyHere(
        visit=visit,
        shift_id=route.shift_id,
        driver_id=route.driver_id,
        adds=here.adds(errand),
        latest=here.latest(visit),
        instead=tuple(i for other in able for i in _instead(problem, plan, stop_id, other, (seconds, seed))),
        cannot=cannot,
        on_board=on_board,
    )


def _best_by_shift(places: Iterable[Insertion]) -> dict[str, Insertion]:
    """Return for each shift the place that breaks least, the cheapest of those."""
    best: dict[str, Insertion] = {}
    for place in places:
        known = best.get(place.shift.shift_id)
        if known is None or _rank(place) < _rank(known):
            best[place.shift.shift_id] = place
    return best


def _rank(place: Insertion) -> tuple[int, int, int]:
    return len(place.breaks), sum(place.breaks.values()), place.cents


def _instead(
    problem: Problem, plan: Plan, stop_id: str, other: Insertion, effort: tuple[float, int]
) -> Iterable[Instead]:
    """Yield the plan with the other shift, if solving again confirms that it can."""
    answer = what_if(problem, plan, stop_id, shift_id=other.shift.shift_id, seconds=effort[0], seed=effort[1])
    if answer.holds:
        yield Instead(other.shift.shift_id, other.shift.driver_id, answer.difference)
