"""What no search can work with, said in a sentence before one begins."""

from collections.abc import Mapping, Sequence

from doorstep.domain.problem import Halt, Problem
from doorstep.operations.errors import StopTwice, UnknownStop, UnplannableInput
from doorstep.operations.must_serve import refuse_prices

LAST = 2**28
"""The last second at which a van may be under way: eight years and a half."""


def refuse_unplannable(problem: Problem, seconds: float, iterations: int | None) -> None:
    """Raise where figures would overflow the kernels, or there is no budget."""
    if iterations is None and not 0 < seconds < 10**7:
        raise UnplannableInput(f"Expected a search of more than 0 seconds, got {seconds}.")
    if iterations is not None and iterations < 0:
        raise UnplannableInput(f"Expected 0 iterations or more, got {iterations}.")
    _refuse_late(problem)
    _refuse_amounts(problem)
    refuse_prices(problem)


def _refuse_late(problem: Problem) -> None:
    """Raise where a van could still be under way after the last second that the kernels know."""
    last = max(problem.shifts, key=lambda shift: shift.ends, default=None)
    legs = [(profile, times.most_seconds()) for profile, times in problem.times.items()]
    profile, most = max(legs, key=lambda leg: int(leg[1].max(initial=0)), default=("", None))
    longest = 0 if most is None else int(most.max(initial=0))
    if last is None or most is None or last.ends + longest <= LAST:
        return
    start, end = divmod(int(most.argmax()), len(most))
    raise UnplannableInput(
        f"Expected every leg that begins by the end of a shift to end by second {LAST:,}, got shift {last.shift_id!r}, "
        f"which ends at {last.ends:,} s, and a leg of {longest:,} s with profile {profile!r}, from "
        f"{_who(problem, start)} to {_who(problem, end)}. Leave one of the two out where no road leads from one to the "
        "other; else take a coarser unit (of a text without times, distances are the seconds)."
    )


def _who(problem: Problem, row: int) -> str:
    """Return in words who is at a place."""
    for shift in problem.shifts:
        if row in (shift.start, shift.end):
            return f"where shift {shift.shift_id!r} {'starts' if row == shift.start else 'ends'}"
    stops = (f"stop {stop.stop_id!r}" for stop in problem.stops if stop.location == row)
    return next(stops, f"place {row}")


def _refuse_amounts(problem: Problem) -> None:
    """Raise where what a van may carry in all its trips doesn't fit into 32 bits."""
    trips = 1 + max((s.max_trips if s.reloads else 1 for s in problem.shifts), default=1)
    for dim, name in enumerate(problem.dimensions):
        amounts = [(int(s.amounts[dim]) + int(s.picks[dim] if s.picks else 0), s.stop_id) for s in problem.stops]
        in_all, room = sum(a for a, _ in amounts), max((int(s.capacities[dim]) for s in problem.shifts), default=0)
        if min(in_all, room * trips) >= 2**31:
            most, whose = max(amounts)
            raise UnplannableInput(
                f"Expected {name} below {2**31:,}, of all stops or of what a van may carry in a day, got {in_all:,}"
                f" and room for {room:,} at a time. Most has stop {whose}, {most:,}. Use a larger unit."
            )


def refuse_bad_start(problem: Problem, start: Mapping[str, Sequence[Halt]]) -> None:
    """Raise where a start names what the problem doesn't have, or a stop twice."""
    shifts, stops = {s.shift_id for s in problem.shifts}, {s.stop_id for s in problem.stops}
    given = [halt for sequence in start.values() for halt in sequence if isinstance(halt, str)]
    unknown = [x for x in start if x not in shifts] + [x for x in given if x not in stops]
    if unknown:
        raise UnknownStop(f"Expected a start with shifts and stops of the problem, got {unknown[0]!r}.")
    if len(set(given)) < len(given):
        raise StopTwice("Expected a start that visits every stop at most once, got one that visits a stop again.")
