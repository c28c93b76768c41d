"""What a driver did, out of what is known: a plan's route, clocked shifts, attempts at doors.

Where the split of clocked time is not known, it is taken the careful way: all of it at the wheel, no break in it.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from doorstep.domain.duty import Activity, ActivityKind, DutyRecord, Instant, instant
from doorstep.domain.plan import Route
from doorstep.domain.units import Seconds

HALTS: dict[str, ActivityKind] = {
    "stop": "work", "pickup": "work", "reload": "work", "charge": "waiting", "break": "break",
}  # fmt: skip
"""What a driver does at each kind of halt."""


@dataclass(frozen=True, slots=True)
class Clocked:
    """One shift as `shifts.csv` tells it, in ISO 8601 with offset; None: not known."""

    clocked_in: str
    clocked_out: str
    left_depot: str | None = None
    back: str | None = None


def of_route(route: Route, day: str, zone: str, *, starts: Seconds | None = None) -> tuple[Activity, ...]:
    """Return a planned route as activities; duty begins at `starts` where the driver is paid before leaving."""
    begin = instant(day, 0, zone)
    return tuple(
        Activity(kind, Instant(begin + a), Instant(begin + b)) for kind, a, b in _route(route, starts) if b > a
    )


def of_clocked(clocked: Clocked, doors: Sequence[tuple[str, str]] = ()) -> tuple[Activity, ...]:
    """Return a clocked shift as activities; `doors` are (arrived, left) of its attempts, in any order.

    Between doors the driver is at the wheel, at them at work, and so before leaving the depot and after being back.
    Doors outside the clocked time are cut to it; without doors everything away from the depot is driving.
    """
    begins, ends = _at(clocked.clocked_in), _at(clocked.clocked_out)
    leaves = _at(clocked.left_depot) if clocked.left_depot else begins
    back = _at(clocked.back) if clocked.back else ends
    at_doors = sorted((max(begins, _at(a)), min(ends, _at(b))) for a, b in doors)
    spans: list[tuple[ActivityKind, int, int]] = [("work", begins, leaves), *(("work", a, b) for a, b in at_doors)]
    spans.append(("work", back, ends))
    return tuple(_joined(_filled(spans, begins, ends)))


def record(zone: str, shifts: Iterable[Sequence[Activity]]) -> DutyRecord:
    """Return a driver's record from the activities of their shifts, in any order.

    Raises YourInput where two shifts overlap.
    """
    return DutyRecord(zone, tuple(sorted((a for one in shifts for a in one), key=lambda a: a.begins)))


def merged(zone: str, logged: Iterable[Activity], clocked: Iterable[Activity]) -> DutyRecord:
    """Return a driver's record where a log (tachograph, logging device) goes before what shifts and doors tell.

    Of a clocked shift that part counts which no row of the log covers. Time that two rows of one kind of source both
    tell counts once, for the one that began first.
    """
    first = _one_at_a_time(logged)
    rest = [part for one in _one_at_a_time(clocked) for part in _outside(one, first)]
    return DutyRecord(zone, tuple(sorted([*first, *rest], key=lambda a: a.begins)))


def _one_at_a_time(activities: Iterable[Activity]) -> list[Activity]:
    """Return activities in order, each cut to what is left by those before."""
    found: list[Activity] = []
    at = -(2**62)
    for one in sorted(activities, key=lambda a: (a.begins, a.ends)):
        if one.ends > at:
            found.append(Activity(one.kind, Instant(max(at, one.begins)), one.ends))
            at = int(one.ends)
    return found


def _outside(one: Activity, others: Sequence[Activity]) -> Iterator[Activity]:
    """Yield what of an activity others, in order and apart, don't cover."""
    at = int(one.begins)
    for k in range(bisect_right(others, at, key=lambda a: a.ends), len(others)):
        if others[k].begins >= one.ends:
            break
        if others[k].begins > at:
            yield Activity(one.kind, Instant(at), others[k].begins)
        at = int(others[k].ends)
    if at < one.ends:
        yield Activity(one.kind, Instant(at), one.ends)


def _route(route: Route, starts: Seconds | None) -> Iterator[tuple[ActivityKind, int, int]]:
    at = int(route.leaves_at)
    if starts is not None:
        yield "waiting", starts, at
    for visit in route.visits:
        yield "driving", at, visit.arrives_at
        yield "waiting", visit.arrives_at, visit.starts_at
        yield HALTS[visit.kind], visit.starts_at, visit.leaves_at
        at = int(visit.leaves_at)
    yield "driving", at, route.returns_at


def _at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def _filled(spans: Sequence[tuple[ActivityKind, int, int]], begins: int, ends: int) -> Iterator[Activity]:
    """Yield spans cut to what is left by those before, and driving between them."""
    at = begins
    for kind, a, b in sorted(spans, key=lambda span: (span[1], span[2])):
        if b <= max(a, at):
            continue
        if a > at:
            yield Activity("driving", Instant(at), Instant(a))
        yield Activity(kind, Instant(max(a, at)), Instant(b))
        at = b
    if at < ends:
        yield Activity("driving", Instant(at), Instant(ends))


def _joined(activities: Iterable[Activity]) -> tuple[Activity, ...]:
    """Return activities with neighbours of one kind joined."""
    joined: list[Activity] = []
    for one in activities:
        if joined and joined[-1].kind == one.kind and joined[-1].ends == one.begins:
            joined[-1] = Activity(one.kind, joined[-1].begins, one.ends)
        else:
            joined.append(one)
    return tuple(joined)
