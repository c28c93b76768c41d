"""What a shift may do at all: who drives, when and how far, and which stops it may be given."""

from collections.abc import Iterator, Sequence

from doorstep.domain.plan import Route
from doorstep.domain.problem import PlannedShift, Problem
from doorstep.operations.checking.driving import Course
from doorstep.operations.checking.figures import shown
from doorstep.operations.checking.halts import Halted, ready, trips
from doorstep.operations.checking.question import Question, may_come
from doorstep.operations.checking.times import lasting, moment


def who_drives(who: str, shift: PlannedShift, route: Route) -> Iterator[str]:
    """Compare vehicle and driver."""
    if route.vehicle_id != shift.vehicle_id:
        yield f"{who}: expected vehicle {shift.vehicle_id!r}, found {shown(route.vehicle_id)}."
    if route.driver_id != shift.driver_id:
        yield f"{who}: expected driver {shift.driver_id!r}, found {shown(route.driver_id)}."


def departure(
    who: str, problem: Problem, shift: PlannedShift, halts: Sequence[Halted], driven: Course
) -> Iterator[str]:
    """Say where a route leaves before its shift, its goods or the present, or not when it was loaded."""
    leaves_at, at = driven.leaves_at, driven.arrives[0]
    if shift.loaded_at is not None:
        yield from _as_loaded(who, shift.loaded_at, halts, leaves_at)
    elif halts[0].driven is not None:
        if leaves_at > at:
            found = f"found {moment(leaves_at)}"
            yield f"{who}: expected to leave by {moment(at)}, when it came to its first visit, {found}."
    else:
        reasons = ((ready(halts)[0], ", when its goods are released"), (problem.now or 0, ", which is now"))
        for earliest, why in ((shift.starts, ""), *reasons):
            if leaves_at < earliest:
                yield f"{who}: expected to leave no earlier than {moment(earliest)}{why}, found {moment(leaves_at)}."
                return


def _as_loaded(who: str, loaded_at: int, halts: Sequence[Halted], leaves_at: int) -> Iterator[str]:
    if leaves_at != loaded_at:
        yield f"{who}: expected to leave at {moment(loaded_at)}, when it was loaded, found {moment(leaves_at)}."
    for i in trips(halts)[0]:
        stop = halts[i].stop
        if stop is not None and halts[i].driven is None and stop.release > loaded_at:
            yield (
                f"{who}, visit {i + 1} ({halts[i].name}): expected goods released by {moment(loaded_at)}, when the "
                f"van was loaded, found {moment(stop.release)}."
            )


def span(who: str, shift: PlannedShift, driven: Course) -> Iterator[str]:
    """Say where a route comes back too late, or is too long in time or way."""
    if driven.back > shift.ends:
        yield f"{who}: expected to be back by {moment(shift.ends)}, found {moment(driven.back)}."
    seconds, metres = driven.back - driven.paid_from, sum(driven.metres)
    if shift.max_seconds is not None and seconds > shift.max_seconds:
        yield f"{who}: expected at most {lasting(shift.max_seconds)} from start to return, found {lasting(seconds)}."
    if shift.max_metres is not None and metres > shift.max_metres:
        yield f"{who}: expected at most {shift.max_metres} m, found {metres} m."


def counts(who: str, shift: PlannedShift, halts: Sequence[Halted]) -> Iterator[str]:
    """Say where there are too many stops or trips."""
    ahead = [halt for halt in halts if halt.driven is None]
    stops = sum(halt.stop is not None for halt in halts)
    if shift.max_stops is not None and stops > shift.max_stops and any(halt.stop for halt in ahead):
        yield f"{who}: expected at most {shift.max_stops} stops, found {stops}."
    n_trips = 1 + sum(halt.kind == "reload" for halt in halts)
    if n_trips > shift.max_trips and any(halt.kind == "reload" for halt in ahead):
        yield f"{who}: expected at most {shift.max_trips} trips, found {n_trips}."


def allowed(who: str, question: Question, shift: PlannedShift, halts: Sequence[Halted]) -> Iterator[str]:
    """Say which stops this shift or its driver must not be given, and why."""
    for i, halt in enumerate(halts, 1):
        stop = halt.stop
        if stop is None or halt.driven is not None:
            continue
        missing = sorted(stop.needs - shift.offers)
        if missing:
            yield f"{who}: stop {stop.stop_id!r} needs {', '.join(missing)}, which this shift does not offer."
        if not may_come(shift, stop):
            came = " or ".join(repr(who) for who in (shift.shift_id, shift.driver_id) if who is not None)
            yield f"{who}, visit {i} ({halt.name}): expected one of {shown(sorted(stop.only))}, found {came}."
        for refused, why in question.refusals(shift, stop):
            yield f"{who}, visit {i} ({halt.name}): expected somebody else than {refused!r}: {why}"


def driven_first(who: str, shift: PlannedShift, happened: int) -> Iterator[str]:
    """Say where a route does not begin with what has been driven already."""
    if happened < len(shift.driven):
        halt = shift.driven[happened].halt
        yield f"{who}, visit {happened + 1}: expected {shown(halt)}, as it was driven, found something else."


def frozen_first(who: str, shift: PlannedShift, halts: Sequence[Halted]) -> Iterator[str]:
    """Say where a route does not begin with what is already decided."""
    if not shift.frozen:
        return
    ahead = [halt for halt in halts if halt.driven is None]
    found = [halt.stop.stop_id for halt in ahead if halt.stop is not None][: len(shift.frozen)]
    if found != list(shift.frozen):
        k = next((k for k, (a, b) in enumerate(zip(shift.frozen, found, strict=False)) if a != b), len(found))
        yield (
            f"{who}: expected its frozen stops first, {shift.frozen[k]!r} as number {k + 1}, "
            f"found {repr(found[k]) if k < len(found) else 'none'}."
        )
