"""What would become of an errand if a shift had nothing else to do: its ways, its figures at best, its rests.

Everything here leans towards *it can be done*: legs at their best hour, no waits that a later departure avoids. What
even so can't be done can't be done at all.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from doorstep.domain.duty import BreakRule
from doorstep.domain.problem import PlannedShift, Stop
from doorstep.operations.checking.driving import Course, drive, too_late
from doorstep.operations.checking.duty import duty, spells, tally
from doorstep.operations.checking.halts import Halted, at_reload, at_stop, driven_halts, ready
from doorstep.operations.checking.question import Question
from doorstep.operations.checking.travel import least_metres, least_seconds, opened

Errand = tuple[Stop, ...]
"""A stop and, where it is one of a pair, what has to be served with it, pick-ups first."""

Way = tuple[list[Halted], int]
"""Halts, and when the van leaves at the earliest."""

Rests = tuple[int, ...]
"""Seconds of rest by gap: before the first halt that is ahead, between two, and before the way home."""

Stand = tuple[tuple[int, bool], tuple[int, int, int]]
"""Parts of a split taken and whether anything is counted; when a van leaves, what is counted, seconds rested."""

HOMEWARD = 2
"""How many spells the way home is: a wait, and the drive."""

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
    sole = replace(shift, breaks=(rule,), max_driving=None, max_working=None)
    none = (0,) * (len(way[0]) - len(shift.driven) + 1)
    if _keeps_resting(question, sole, way, none):
        return True
    rests = _one_rest(rule, len(none)) if rule.windows else _rests(question, sole, way)
    return any(_keeps_resting(question, sole, way, one) for one in rests)


def _keeps_resting(question: Question, shift: PlannedShift, way: Way, rests: Rests) -> bool:
    """Return whether a van keeps the one rule of its shift, resting so long in each gap."""
    (halts, leaves_at), (rule,) = way, shift.breaks
    resting = _with_rests(shift, halts, rests)
    if rule.windows:
        resting = _when_open(question, shift, rule, (resting, leaves_at))
    course, most = drive(question.problem, shift, resting, leaves_at), shift.max_seconds
    if course.back > shift.ends or not punctual((resting, leaves_at), course):
        return False
    if most is not None and at_best(question, shift, (resting, leaves_at))["max_seconds"] > most:
        return False
    kindest = _kindest(question, shift, rule, resting, course)
    return not any(duty("", shift, resting, kindest, now=question.problem.now))


def _one_rest(rule: BreakRule, gaps: int) -> Iterator[Rests]:
    """Yield a whole break in each gap."""
    return (tuple(int(rule.length) * (k == gap) for k in range(gaps)) for gap in range(gaps))


def _rests(question: Question, shift: PlannedShift, way: Way) -> list[Rests]:
    """Return seconds of rest by gap that are worth trying, whole breaks and parts of a split one.

    Gap by gap, what is too late, breaks the rule or is in nothing better than another choice is followed no further:
    a few for each gap, however many parts the split has.
    """
    (rule,), n = shift.breaks, len(shift.driven)
    lengths = sorted({0, int(rule.length), *(int(part) for part in rule.split)})
    found: list[Rests] = [()]
    for k in range(n, len(way[0])):
        halts = way[0][: k + 1]
        stands = {rests: _stand(question, shift, (halts, way[1]), rests) for rests in _longer(found, lengths)}
        found = _unbeaten({rests: stand for rests, stand in stands.items() if stand is not None})
    return sorted(_longer(found, lengths), key=sum)


def _longer(found: Sequence[Rests], lengths: Sequence[int]) -> Iterator[Rests]:
    """Yield each choice so far with each length for the next gap, the shortest first."""
    return (rests for _, rests in sorted((sum(more), more) for one in found for more in ((*one, x) for x in lengths)))


def _stand(question: Question, shift: PlannedShift, way: Way, rests: Rests) -> Stand | None:
    """Return where a van stands once it has made the halts of its way so far, None where it came late or tired."""
    (halts, leaves_at), (rule,) = way, shift.breaks
    resting = _with_rests(shift, halts, (*rests, 0))
    course = drive(question.problem, shift, resting, leaves_at)
    if not punctual((resting, leaves_at), course):
        return None
    lived = list(spells(resting, _kindest(question, shift, rule, resting, course)))[:-HOMEWARD]
    counted = tally(rule, lived)
    return None if counted is None else ((counted[1], counted[0] > 0), (course.leaves[-1], counted[0], sum(rests)))


def _unbeaten(stands: Mapping[Rests, Stand]) -> list[Rests]:
    """Return the choices that no other beats: as many parts taken, and no later, no more tired, no more rested."""
    kept: dict[tuple[int, bool], list[tuple[int, int, int]]] = {}
    found = []
    for rests, (counts, figures) in stands.items():
        better = kept.setdefault(counts, [])
        if not any(all(a <= b for a, b in zip(one, figures, strict=True)) for one in better):
            better.append(figures)
            found.append(rests)
    return found


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
