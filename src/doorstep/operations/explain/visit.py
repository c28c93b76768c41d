"""Why this driver and this time: what every other choice would have cost, the cheapest of them solved again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from doorstep.domain.plan import Plan, Visit
from doorstep.domain.problem import Halt, Problem
from doorstep.domain.sequences import sequences_of
from doorstep.domain.units import Cents, Seconds
from doorstep.operations.differences import Difference
from doorstep.operations.driving import Book, drive, earliest_departure
from doorstep.operations.errors import UnknownStop
from doorstep.operations.explain.insertion import Insertion, errand_of, insertions, without
from doorstep.operations.explain.on_board import carrier_of
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

    `adds` is what the visit adds to its route over the same route without it. `latest` is the last second at which
    the van could knock here without anything of this route coming too late. `instead` are the cheapest other shifts,
    solved again; `cannot` says by shift by how much its best place breaks bounds as the plan stands. Where the van has
    the goods `on_board`, no other shift is looked at. What is `held`, driven or frozen, is nobody's to choose any more,
    and says no more than its time.
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
    places = list(insertions(problem, without(sequences, errand), errand))
    here = tuple(sequences[route.shift_id])
    others = {} if on_board else _best_by_shift(i for i in places if i.shift.shift_id != route.shift_id)
    able = sorted((i for i in others.values() if not i.breaks), key=lambda i: i.cents)[:MOST_SHOWN]
    return WhyHere(
        visit=visit,
        shift_id=route.shift_id,
        driver_id=route.driver_id,
        adds=next((i.cents for i in places if i.halts == here), Cents(0)),
        latest=_latest(problem, route.shift_id, sequences, visit),
        instead=tuple(i for other in able for i in _instead(problem, plan, stop_id, other, (seconds, seed))),
        cannot={shift_id: i.breaks for shift_id, i in others.items() if i.breaks},
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


def _latest(problem: Problem, shift_id: str, sequences: Mapping[str, Sequence[Halt]], visit: Visit) -> Seconds:
    """Return the last knock after which the rest of the route is still in time, by halving."""
    shift = next(s for s in problem.shifts if s.shift_id == shift_id)
    halts = list(sequences[shift_id])
    after = halts[halts.index(visit.stop_id) + 1 :]
    stop = next(s for s in problem.stops if s.stop_id == visit.stop_id)
    book = Book.of(problem)
    low = int(visit.starts_at)
    high = min(int(shift.ends), stop.windows[-1].closes if stop.windows else int(shift.ends)) + 1

    def in_time(knock: int) -> bool:
        onward = replace(shift, start=stop.location, starts=Seconds(knock + stop.service), driven=(), loaded_at=None)
        driven = drive(book, onward, after, earliest_departure(book, onward, after))
        return driven.missed == 0 and driven.returns_at <= shift.ends

    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if in_time(middle) else (low, middle)
    return Seconds(low)
