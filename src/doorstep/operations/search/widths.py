"""How wide the kernel's whole numbers are: 16 bits where a day fits, metres counted in wider steps if they must."""

from doorstep.domain.problem import Problem

MOST_16 = 65_535
"""The largest number that 16 bits hold."""


def fits_16(problem: Problem) -> bool:
    """Return whether every second of a shift fits 16 bits; a leg longer than any shift can't be driven anyway."""
    return max(int(shift.ends - shift.starts) for shift in problem.shifts) < MOST_16


def metre_unit(problem: Problem) -> int:
    """Return how many metres the kernel counts as one: 1 unless some leg is longer than 16 bits can say."""
    longest = max(int(problem.times[shift.profile].metres.max(initial=0)) for shift in problem.shifts)
    return max(1, -(-longest // MOST_16)) if fits_16(problem) else 1
