"""Whose van has a stop's goods: what no change of rules can move to another."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from doorstep.domain.problem import Halt, Problem
from doorstep.operations.progress import RunningDay, fetched_at_doors


def carriers(problem: Problem, sequences: Mapping[str, Sequence[Halt]]) -> dict[str, str]:
    """Return by stop the shift whose van has its goods on board, loaded at a depot or fetched at a door.

    `sequences` is the plan by which everybody goes on; it tells what a van that was loaded has still to bring.
    """
    ahead = {s.shift_id: tuple(sequences.get(s.shift_id, ()))[len(s.driven) :] for s in problem.shifts}
    day = RunningDay(problem, ahead, {})
    aboard = ((s.shift_id, (*day.aboard(s), *fetched_at_doors(problem, s))) for s in problem.shifts)
    return {stop_id: shift_id for shift_id, stops in aboard for stop_id in stops}


def with_carriers(problem: Problem, sequences: Mapping[str, Sequence[Halt]]) -> Problem:
    """Return the problem in which nobody but the van that has a stop's goods on board may come there."""
    known = carriers(problem, sequences)
    if not known:
        return problem
    bound = (replace(s, only=frozenset({known[s.stop_id]})) if s.stop_id in known else s for s in problem.stops)
    return replace(problem, stops=tuple(bound))


def carrier_of(problem: Problem, sequences: Mapping[str, Sequence[Halt]], stop_id: str) -> str | None:
    """Return the shift whose van has a stop's goods on board; None where anybody may still load or fetch them."""
    return carriers(problem, sequences).get(stop_id)
