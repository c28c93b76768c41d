"""What can't be helped any more, because the day went so: it gives way, and somebody is told."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from doorstep.domain.problem import Halt, PlannedShift, Problem
from doorstep.domain.units import Seconds, clock
from doorstep.operations.check import check
from doorstep.operations.progress import RunningDay, is_over, standing, stops_of
from doorstep.operations.schedule import schedule


def giving_way(day: RunningDay) -> tuple[RunningDay, tuple[str, ...]]:
    """Return the day in which nothing is asked for that can't be any more, and in words what gave way.

    Stops that were to come first in a fixed order no longer must where they can't; whoever begins after the last
    window for a rest has closed need not rest in it. That a van is home late needs no leave, only words.
    """
    shifts = tuple(_thawed(day.problem, _without_past_rests(s, day.problem.now)) for s in day.problem.shifts)
    notes = (*_thaws(day.problem, shifts), *_late_home(day.problem))
    return replace(day, problem=replace(day.problem, shifts=shifts)), notes


def _without_past_rests(shift: PlannedShift, now: Seconds | None) -> PlannedShift:
    if shift.loaded_at is not None:
        return shift
    begins = max(now or 0, shift.starts)
    asked = tuple(rule for rule in shift.breaks if not rule.windows or rule.windows[-1].closes >= begins)
    return replace(shift, breaks=asked)


def _thawed(problem: Problem, shift: PlannedShift) -> PlannedShift:
    """Return the shift with as many of its frozen stops as it can still make in their order."""
    while shift.frozen and not can_make(problem, shift, shift.frozen):
        shift = replace(shift, frozen=shift.frozen[:-1])
    return shift


def can_make(problem: Problem, shift: PlannedShift, ahead: Sequence[Halt]) -> bool:
    """Return whether a shift can make some halts after what it has driven and go home, with nothing else to do."""
    ours = {*stops_of(shift), *ahead, *shift.frozen}
    alone = replace(
        problem,
        stops=tuple(s for s in problem.stops if s.stop_id in ours),
        shifts=(shift,),
        pairs=tuple(p for p in problem.pairs if {p.pickup, p.delivery} <= ours),
        vetoes=tuple(v for v in problem.vetoes if v.stop_id in ours),
    )
    halts = {shift.shift_id: (*(d.halt for d in shift.driven), *ahead)}
    return not check(alone, schedule(alone, halts, seed=0, problem_sha256="")).infeasible


def _thaws(problem: Problem, shifts: tuple[PlannedShift, ...]) -> Iterator[str]:
    for before, after in zip(problem.shifts, shifts, strict=True):
        lost = before.frozen[len(after.frozen) :]
        if lost:
            yield f"Shift {before.shift_id} can't go to {', '.join(lost)} in that order any more."


def _late_home(problem: Problem) -> Iterator[str]:
    """Yield the shifts that are under way and home after their end, whatever they do."""
    for shift in problem.shifts:
        if not shift.driven or is_over(shift):
            continue
        here = standing(problem, shift)
        home = problem.times[shift.profile].arrival(here, shift.end, shift.driven[-1].leaves_at)
        if home > shift.ends:
            yield f"Shift {shift.shift_id} ends at {clock(shift.ends)} and can't be back before {clock(home)}."
