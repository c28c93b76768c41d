"""The plan by which everybody goes on until they hear of another."""

from doorstep.domain.plan import Plan
from doorstep.domain.units import Seconds
from doorstep.operations.driving import Book, earliest_departure
from doorstep.operations.progress import RunningDay
from doorstep.operations.schedule import schedule


def as_told(day: RunningDay) -> Plan:
    """Return the plan by which everybody goes on until they hear of another."""
    book = Book.of(day.problem)
    halts = day.sequences
    leaves = {
        s.shift_id: Seconds(max(day.leaves[s.shift_id], earliest_departure(book, s, halts[s.shift_id])))
        for s in day.problem.shifts
        if s.shift_id in day.leaves and s.shift_id in halts
    }
    return schedule(day.problem, halts, seed=0, problem_sha256="", departures=leaves)
