"""What a shift may do at all: who drives, when and how far, and which stops it may be given."""

from collections.abc import Iterator, Sequence

from doorstep.domain.plan import Route
from doorstep.domain.problem import PlannedShift
from doorstep.operations.checking.driving import Driven
from doorstep.operations.checking.figures import shown
from doorstep.operations.checking.halts import Halted, ready
from doorstep.operations.checking.question import Question, may_come


def who_drives(who: str, shift: PlannedShift, route: Route) -> Iterator[str]:
    """Compare vehicle and driver."""
    if route.vehicle_id != shift.vehicle_id:
        yield f"{who}: expected vehicle {shift.vehicle_id!r}, found {shown(route.vehicle_id)}."
    if route.driver_id != shift.driver_id:
        yield f"{who}: expected driver {shift.driver_id!r}, found {shown(route.driver_id)}."


def span(who: str, shift: PlannedShift, halts: Sequence[Halted], driven: Driven) -> Iterator[str]:
    """Say where a route leaves too early, comes back too late, or is too long in time or way."""
    released = ready(halts)[0]
    if driven.leaves_at < shift.starts:
        yield f"{who}: expected to leave no earlier than {shift.starts} s, found {driven.leaves_at} s."
    elif driven.leaves_at < released:
        yield (
            f"{who}: expected to leave no earlier than {released} s, when its goods are released, "
            f"found {driven.leaves_at} s."
        )
    if driven.back > shift.ends:
        yield f"{who}: expected to be back by {shift.ends} s, found {driven.back} s."
    seconds, metres = driven.back - driven.paid_from, sum(driven.metres)
    if shift.max_seconds is not None and seconds > shift.max_seconds:
        yield f"{who}: expected at most {shift.max_seconds} s from start to return, found {seconds} s."
    if shift.max_metres is not None and metres > shift.max_metres:
        yield f"{who}: expected at most {shift.max_metres} m, found {metres} m."


def counts(who: str, shift: PlannedShift, halts: Sequence[Halted]) -> Iterator[str]:
    """Say where there are too many stops or trips."""
    stops = sum(halt.stop is not None for halt in halts)
    if shift.max_stops is not None and stops > shift.max_stops:
        yield f"{who}: expected at most {shift.max_stops} stops, found {stops}."
    n_trips = 1 + sum(halt.kind == "reload" for halt in halts)
    if n_trips > shift.max_trips:
        yield f"{who}: expected at most {shift.max_trips} trips, found {n_trips}."


def allowed(who: str, question: Question, shift: PlannedShift, halts: Sequence[Halted]) -> Iterator[str]:
    """Say which stops this shift or its driver must not be given, and why."""
    for i, halt in enumerate(halts, 1):
        stop = halt.stop
        if stop is None:
            continue
        missing = sorted(stop.needs - shift.offers)
        if missing:
            yield f"{who}: stop {stop.stop_id!r} needs {', '.join(missing)}, which this shift does not offer."
        if not may_come(shift, stop):
            came = " or ".join(repr(who) for who in (shift.shift_id, shift.driver_id) if who is not None)
            yield f"{who}, visit {i} ({halt.name}): expected one of {shown(sorted(stop.only))}, found {came}."
        refused = question.refusal(shift, stop)
        if refused:
            yield f"{who}, visit {i} ({halt.name}): expected somebody else than {refused[0]!r}: {refused[1]}"


def frozen_first(who: str, shift: PlannedShift, halts: Sequence[Halted]) -> Iterator[str]:
    """Say where a route does not begin with what is already decided."""
    if not shift.frozen:
        return
    found = [halt.stop.stop_id for halt in halts if halt.stop is not None][: len(shift.frozen)]
    if found != list(shift.frozen):
        k = next((k for k, (a, b) in enumerate(zip(shift.frozen, found, strict=False)) if a != b), len(found))
        yield (
            f"{who}: expected its frozen stops first and in order, so {shift.frozen[k]!r} as stop {k + 1}, "
            f"found {repr(found[k]) if k < len(found) else 'none'}."
        )
