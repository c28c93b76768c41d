"""What would become of an errand if a shift had nothing else to do: its ways, its figures at best, its rests.

Everything here leans towards *it can be done*: legs at their best hour, no waits that a later departure avoids. What
even so can't be done can't be done at all.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise, product

from doorstep.domain.duty import BreakRule
from doorstep.domain.problem import PlannedShift, Stop
from doorstep.operations.checking.driving import Course, drive, too_late
from doorstep.operations.checking.duty import duty
from doorstep.operations.checking.halts import Halted, at_reload, at_stop, driven_halts, ready
from doorstep.operations.checking.question import Question
from doorstep.operations.checking.travel import least_metres, least_seconds, opened

Errand = tuple[Stop, ...]
"""A stop and, where it is one of a pair, what has to be served with it, pick-ups first."""

Way = tuple[list[Halted], int]
"""Halts, and when the van leaves at the earliest."""

BOUNDS = ("max_stops", "max_metres", "max_seconds", "max_driving", "max_working")


def halts_of_errand(errand: Errand) -> list[Halted]:
    """Return the halts that serve an errand, in its order."""
    return [at_stop(stop) for stop in errand]


def ahead(errand: Errand, shift: PlannedShift) -> Errand:
    """Return what of an errand a shift has not done yet."""
    over = {past.halt for past in shift.driven}
    return tuple(stop for stop in errand if stop.stop_id not in over)


def ways(question: Question, errand: Errand, shift: PlannedShift) -> Iterator[Way]:
    """Yield the ways to run an errand: with its goods on board, or fetching them first."""
    halts, earliest = as_if_loaded(question, errand, shift)
    past, released = len(shift.driven), max(ready(halts[len(shift.driven) :]), default=0)
    if shift.loaded_at is None or released <= shift.loaded_at:
        yield halts, earliest if past or shift.loaded_at is not None else max(earliest, released)
    if shift.max_trips > 1 + sum(halt.kind == "reload" for halt in halts):
        for row in shift.reloads:
            yield [*halts[:past], at_reload(shift, row), *halts[past:]], earliest


def as_if_loaded(question: Question, errand: Errand, shift: PlannedShift) -> Way:
    """Return the way that an errand would take if its goods had been there from the start."""
    earliest = max(shift.starts, question.problem.now or 0) if shift.loaded_at is None else shift.loaded_at
    if shift.driven and shift.loaded_at is None:
        earliest = min(earliest, shift.driven[0].arrives_at)
    return [*driven_halts(question, shift), *halts_of_errand(ahead(errand, shift))], earliest


def in_time(question: Question, shift: PlannedShift, way: Way) -> bool:
    """Return whether a van comes before every window closes, and home before its shift ends."""
    course = drive(question.problem, shift, *way)
    return course.back <= shift.ends and punctual(way, course)


def punctual(way: Way, course: Course) -> bool:
    """Return whether a van comes before every window closes."""
    return not any(too_late("", way[0], course))


# How much it takes


def at_best(question: Question, shift: PlannedShift, way: Way) -> Mapping[str, int]:
    """Return what a way takes at least of everything that a shift bounds, by the bound's name."""
    halts, n = way[0], len(shift.driven)
    course, times = drive(question.problem, shift, *way), question.problem.times[shift.profile]
    legs = list(pairwise([shift.start, *(halt.location for halt in halts), shift.end]))[n:]
    least = sum(least_seconds(times, *leg) for leg in legs)
    driving = sum(course.travel[:n]) + least
    past = course.leaves[n - 1] - course.paid_from if n else 0
    lasts = past + least + sum(halt.lasts for halt in halts[n:])
    return {
        "max_stops": sum(halt.stop is not None for halt in halts),
        "max_metres": sum(course.metres[:n]) + sum(least_metres(times, *leg) for leg in legs),
        "max_seconds": lasts if shift.free_departure else course.back - course.paid_from,
        "max_driving": driving,
        "max_working": driving + sum(halt.lasts for halt in halts if halt.kind not in ("break", "charge")),
    }


def bound_of(shift: PlannedShift, name: str) -> int | None:
    """Return what a shift allows at most, None where it says nothing."""
    most = {
        "max_stops": shift.max_stops,
        "max_metres": shift.max_metres,
        "max_seconds": shift.max_seconds,
        "max_driving": shift.max_driving,
        "max_working": shift.max_working,
    }
    return most[name]


def excess(question: Question, errand: Errand, shift: PlannedShift, name: str) -> tuple[int, int]:
    """Return by how much the errand alone exceeds a bound at best (0 or less: not at all), and what it takes."""
    most = bound_of(shift, name)
    if most is None:
        return 0, 0
    takes = min((at_best(question, shift, way)[name] for way in ways(question, errand, shift)), default=0)
    return takes - most, takes


# Rests


def rule_broken(question: Question, errand: Errand, shift: PlannedShift) -> BreakRule | None:
    """Return the first rule that a shift can't keep if it runs this errand, wherever it rests."""
    found = list(ways(question, errand, shift)) if shift.breaks else []
    for rule in shift.breaks:
        if not any(_keeps(question, shift, rule, way) for way in found):
            return rule
    return None


def _keeps(question: Question, shift: PlannedShift, rule: BreakRule, way: Way) -> bool:
    """Return whether a van can run its way and keep one rule, resting in some of the gaps between its halts."""
    halts, leaves_at = way
    sole = replace(shift, breaks=(rule,), max_driving=None, max_working=None)
    for rests in _rests(rule, len(halts) - len(shift.driven) + 1):
        resting = _with_rests(sole, halts, rests)
        if rule.windows:
            resting = _when_open(question, sole, rule, (resting, leaves_at))
        course = drive(question.problem, sole, resting, leaves_at)
        within = course.back <= shift.ends and punctual((resting, leaves_at), course)
        most = shift.max_seconds
        if within and most is not None:
            within = at_best(question, sole, (resting, leaves_at))["max_seconds"] <= most
        if within and not any(duty("", sole, resting, _kindest(question, sole, rule, resting, course),
                                   now=question.problem.now)):  # fmt: skip
            return True
    return False


def _rests(rule: BreakRule, gaps: int) -> list[tuple[int, ...]]:
    """Return seconds of rest by gap to try, the shortest in all first: none, whole breaks and parts of a split one."""
    if rule.windows:
        return [(0,) * gaps, *(tuple(int(rule.length) * (k == gap) for k in range(gaps)) for gap in range(gaps))]
    lengths = sorted({0, int(rule.length), *(int(part) for part in rule.split)})
    return sorted(product(lengths, repeat=gaps), key=sum)


def _with_rests(shift: PlannedShift, halts: Sequence[Halted], rests: Sequence[int]) -> list[Halted]:
    n = len(shift.driven)
    resting = list(halts[:n])
    for rest, halt in zip(rests, [*halts[n:], None], strict=True):
        if rest:
            resting.append(Halted("break", resting[-1].location if resting else shift.start, rest))
        resting += [] if halt is None else [halt]
    return resting


def _when_open(question: Question, shift: PlannedShift, rule: BreakRule, way: Way) -> list[Halted]:
    """Return the halts, each rest of them begun when a window for it opens."""
    came = drive(question.problem, shift, *way).arrives
    return [
        replace(halt, begins_at=opened(rule.windows, at) or 0) if halt.kind == "break" and halt.driven is None else halt
        for halt, at in zip(way[0], came, strict=True)
    ]


def _kindest(
    question: Question, shift: PlannedShift, rule: BreakRule, halts: Sequence[Halted], course: Course
) -> Course:
    """Return the course with legs at their best hour and no waits at doors but such as a rule takes for a rest."""
    if rule.windows:
        return course
    n, times = len(shift.driven), question.problem.times[shift.profile]
    legs = pairwise([shift.start, *(halt.location for halt in halts), shift.end])
    travel = [
        course.travel[k] if k < n or (k < len(halts) and halts[k].kind == "break") else least_seconds(times, *leg)
        for k, leg in enumerate(legs)
    ]
    waits = [rule.length if rule.waiting_counts and halt.windows else 0 for halt in halts[n:]]
    arrives = [*course.arrives[:n], *(at - wait for at, wait in zip(course.starts[n:], waits, strict=True))]
    return replace(course, travel=travel, arrives=arrives)
