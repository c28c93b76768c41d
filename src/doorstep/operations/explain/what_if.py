"""What if: the same day with one decision taken by hand, solved again, and what that changes."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace

from doorstep.domain.plan import Plan
from doorstep.domain.problem import Halt, Problem, Stop
from doorstep.domain.sequences import sequences_of
from doorstep.domain.windows import TimeWindow
from doorstep.operations.check import check
from doorstep.operations.dispatch.differences import Difference, difference, promises
from doorstep.operations.errors import UnknownStop
from doorstep.operations.explain.insertion import (
    Errand,
    Sequences,
    errand_of,
    insertions,
    may_come,
    outside,
    without,
)
from doorstep.operations.explain.on_board import carrier_of, with_carriers
from doorstep.operations.explain.relaxing import left_away
from doorstep.operations.schedule import schedule
from doorstep.operations.search import search


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The best plan found under a decision, priced as today's valuation prices it, and its difference from before.

    `holds` is False where the decision can't be followed: no plan was found that serves the stop so. `on_board_of` is
    then the shift whose van has the goods, `held_by` the one that has driven there or is bound to, where that is why.
    `breaks` says which rules of the problem the decision sets aside, and by how much: who may come, windows, or that
    the stop must be served. All else that must be served and was, still is.
    """

    plan: Plan
    difference: Difference
    holds: bool
    on_board_of: str | None = None
    held_by: str | None = None
    breaks: Mapping[str, int] = field(default_factory=dict)


def what_if(  # noqa: PLR0913 - each is named where it is given
    problem: Problem,
    plan: Plan,
    stop_id: str,
    *,
    shift_id: str | None = None,
    window: TimeWindow | None = None,
    left_out: bool = False,
    seconds: float = 1.0,
    seed: int = 1,
) -> WhatIf:
    """Return what giving a stop to a shift, visiting it inside a window, or leaving it out would change.

    The rest of the plan may follow. What is driven or frozen stays where it is, and what is on board of a van comes
    with that van or not at all. Raises UnknownStop where the problem has no such stop or shift.
    """
    stop = next((s for s in problem.stops if s.stop_id == stop_id), None)
    if stop is None or shift_id not in {None, *(s.shift_id for s in problem.shifts)}:
        raise UnknownStop(f"Expected a stop and a shift of the problem, got {stop_id!r} and {shift_id!r}.")
    sequences, _ = sequences_of(plan, problem)
    holder, carrier = held_by(problem, errand_of(problem, stop_id)), carrier_of(problem, sequences, stop_id)
    if (left_out and holder) or shift_id not in (None, holder or carrier or shift_id):
        nothing = difference(plan, plan, promises(problem))
        return WhatIf(plan, nothing, False, None if holder else carrier, holder)
    problem = with_carriers(problem, sequences)
    errand = errand_of(problem, stop_id)
    if left_out:
        return _solved(problem, plan, left_away(problem, errand), errand, (seconds, seed), wanted=False)
    mine = tuple(_decided(s, shift_id, window if s.stop_id == stop_id else None) for s in errand)
    return _solved(problem, plan, _must(problem, mine), errand, (seconds, seed), wanted=True)


def held_by(problem: Problem, errand: Errand) -> str | None:
    """Return the shift that has driven an errand, or is bound to; None where anybody may still do it."""
    ids = {stop.stop_id for stop in errand}
    bound = ((s.shift_id, {*s.frozen, *(driven.halt for driven in s.driven)}) for s in problem.shifts)
    return next((shift_id for shift_id, halts in bound if not ids.isdisjoint(halts)), None)


def _solved(
    problem: Problem, before: Plan, decided: Problem, errand: Errand, effort: tuple[float, int], *, wanted: bool
) -> WhatIf:
    """Solve a problem with a decision in it, from the plan before; `effort` is seconds and a seed."""
    sequences, _ = sequences_of(before, problem)
    mine = tuple(s for s in decided.stops if s.stop_id in {stop.stop_id for stop in errand})
    start = _start(decided, sequences, mine) if wanted else without(sequences, errand)
    found = search(decided, seconds=effort[0], seed=effort[1], start=start)
    # Prices are today's, but whoever is told another window waits for it.
    after = schedule(
        decided, found.sequences, seed=effort[1], problem_sha256=before.problem_sha256, departures=found.departures
    )
    judged = check(decided, after)
    served = {halt for halts in found.sequences.values() for halt in halts}
    here = all((stop.stop_id in served) == wanted for stop in errand)
    holds = here and len(judged.violations) == len(judged.left_out) and not _lost(decided, sequences, served)
    breaks = _broken(problem, after, errand) if holds else {}
    return WhatIf(after, difference(before, after, promises(problem)), holds, breaks=breaks)


def _decided(stop: Stop, shift_id: str | None, window: TimeWindow | None) -> Stop:
    """Return the stop as it was decided: with one shift, and inside a window, its own ones kept where they overlap."""
    only = stop.only if shift_id is None else frozenset({shift_id})
    if window is None:
        return replace(stop, only=only)
    both = [(max(w.opens, window.opens), min(w.closes, window.closes)) for w in stop.windows]
    inside = tuple(TimeWindow(opens, closes) for opens, closes in both if opens <= closes)
    return replace(stop, only=only, windows=inside or (window,))


def _must(problem: Problem, decided: Errand) -> Problem:
    """Return the problem in which an errand must be done as it was decided."""
    mine = {stop.stop_id: stop for stop in decided}
    unserved = {x: cents for x, cents in problem.valuation.unserved.items() if x not in mine}
    stops = tuple(mine.get(s.stop_id, s) for s in problem.stops)
    return replace(problem, stops=stops, valuation=replace(problem.valuation, unserved=unserved))


def _lost(decided: Problem, before: Sequences, served: Container[Halt]) -> list[Halt]:
    """Return the stops that must be served, were, and are no more."""
    free = decided.valuation.unserved
    return [halt for halts in before.values() for halt in halts if halt not in free and _left(halt, served)]


def _left(halt: Halt, served: Container[Halt]) -> bool:
    return isinstance(halt, str) and halt not in served


def _broken(problem: Problem, after: Plan, errand: Errand) -> dict[str, int]:
    """Return which rules of a problem a plan breaks for an errand, and by how much; the decision asked for it."""
    shifts = {s.shift_id: s for s in problem.shifts}
    visits = {v.stop_id: (shifts[r.shift_id], v) for r in after.routes for v in r.visits}
    found: dict[str, int] = {}
    for stop in errand:
        shift, visit = visits.get(stop.stop_id, (None, None))
        if shift is None or visit is None:
            found |= {} if stop.stop_id in problem.valuation.unserved else {"must_serve": 1}
            continue
        found |= outside(stop, visit.starts_at)
        found |= {} if may_come(shift, stop) else {"let_come": 1}
    return found


def _start(decided: Problem, sequences: Sequences, errand: Errand) -> Mapping[str, Sequence[Halt]]:
    """Return the plan with the errand at its cheapest place under the decision; without it where there is none."""
    rest = without(sequences, errand)
    places = [i for i in insertions(decided, rest, errand) if not i.breaks]
    if not places:
        return rest
    best = min(places, key=lambda i: i.cents)
    return {**rest, best.shift.shift_id: best.halts}
