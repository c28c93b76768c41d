"""What if: the same day with one decision taken by hand, solved again, and what that changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from doorstep.domain.plan import Plan
from doorstep.domain.problem import Halt, Problem, Stop
from doorstep.domain.sequences import sequences_of
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.windows import TimeWindow
from doorstep.operations.check import check
from doorstep.operations.differences import Difference, difference, promises
from doorstep.operations.errors import UnknownStop
from doorstep.operations.explain.insertion import insertions, without
from doorstep.operations.explain.relaxing import NOBODY
from doorstep.operations.schedule import schedule
from doorstep.operations.search import search


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The best plan found under a decision, priced as today's valuation prices it, and its difference from before.

    `holds` is False where the decision can't be followed: no plan was found that serves the stop so.
    """

    plan: Plan
    difference: Difference
    holds: bool


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

    The rest of the plan may follow. Raises UnknownStop where the problem has no such stop or shift.
    """
    stop = next((s for s in problem.stops if s.stop_id == stop_id), None)
    if stop is None or (shift_id and shift_id not in {s.shift_id for s in problem.shifts}):
        raise UnknownStop(f"Expected a stop and a shift of the problem, got {stop_id!r} and {shift_id!r}.")
    if left_out:
        return solved(problem, plan, without_stop(problem, stop), stop_id, (seconds, seed))
    decided = replace(
        stop,
        only=stop.only if shift_id is None else frozenset({shift_id}),
        windows=stop.windows if window is None else (window,),
    )
    return solved(problem, plan, _with(problem, decided), stop_id, (seconds, seed))


def without_stop(problem: Problem, stop: Stop) -> Problem:
    """Return the problem in which nobody may serve a stop, and nobody must."""
    unserved = {stop.stop_id: Cents(0), **problem.valuation.unserved}
    free = replace(problem, valuation=replace(problem.valuation, unserved=unserved))
    return _with(free, replace(stop, only=frozenset({NOBODY})))


def solved(problem: Problem, before: Plan, decided: Problem, stop_id: str, effort: tuple[float, int]) -> WhatIf:
    """Solve a problem with a decision in it, from the plan before; `effort` is seconds and a seed."""
    sequences, _ = sequences_of(before, problem)
    start = _start(decided, dict(sequences), stop_id)
    found = search(decided, seconds=effort[0], seed=effort[1], start=start)
    sha = before.problem_sha256
    after = schedule(problem, found.sequences, seed=effort[1], problem_sha256=sha, departures=found.departures)
    judged = check(decided, schedule(decided, found.sequences, seed=1, problem_sha256=sha, departures=found.departures))
    served = any(stop_id in halts for halts in found.sequences.values())
    wanted = next(s for s in decided.stops if s.stop_id == stop_id).only != frozenset({NOBODY})
    holds = served == wanted and len(judged.violations) == len(judged.left_out)
    return WhatIf(after, difference(before, after, promises(problem)), holds)


def _with(problem: Problem, stop: Stop) -> Problem:
    return replace(problem, stops=tuple(stop if s.stop_id == stop.stop_id else s for s in problem.stops))


def _start(decided: Problem, sequences: dict[str, tuple[Halt, ...]], stop_id: str) -> Mapping[str, Sequence[Halt]]:
    """Return the plan with the stop at its cheapest place under the decision; without it where there is none."""
    stop = next(s for s in decided.stops if s.stop_id == stop_id)
    paired = {x for pair in decided.pairs for x in (pair.pickup, pair.delivery)}
    if stop_id in paired:
        return sequences
    rest = without(sequences, stop_id)
    places = [i for i in insertions(decided, rest, stop) if not i.breaks]
    if not places:
        return rest
    best = min(places, key=lambda i: i.cents)
    return {**rest, best.shift.shift_id: best.halts}


def arrival_window(at: Seconds, give: Seconds) -> TimeWindow:
    """Return the window around a second of the day."""
    return TimeWindow(Seconds(at - give), Seconds(at + give))
