"""One stop put at one place of one route: what it would cost, and which bounds it would break by how much."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from doorstep.domain.problem import Halt, PlannedShift, Problem, Stop
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import Rates
from doorstep.operations.driving import Book, Drive, drive, earliest_departure
from doorstep.operations.prices import route_cents


@dataclass(frozen=True, slots=True)
class Insertion:
    """A stop at a position of a route. `breaks` says which bounds by how much; `cents` what the route then adds."""

    shift: PlannedShift
    halts: tuple[Halt, ...]
    cents: Cents
    breaks: dict[str, int]


def insertions(problem: Problem, sequences: dict[str, tuple[Halt, ...]], stop: Stop) -> Iterator[Insertion]:
    """Yield the stop at every open place of every shift, whatever that breaks at the stop and its shift.

    Places at which another stop would be too late are left away: only the stop's own bounds, and its shift's, are for
    changing. About 0.3 ms a place.
    """
    free = replace(problem, stops=tuple(_unbound(s) if s.stop_id == stop.stop_id else s for s in problem.stops))
    strict, loose = Book.of(problem), Book.of(free)
    for shift in problem.shifts:
        halts = sequences.get(shift.shift_id, ())
        before = _price(problem, shift, halts, strict)
        for place in range(_first_open(shift, halts), len(halts) + 1):
            with_it = (*halts[:place], stop.stop_id, *halts[place:])
            yield from _one(strict, loose, shift, with_it, (stop, before))


def without(sequences: dict[str, tuple[Halt, ...]], stop_id: str) -> dict[str, tuple[Halt, ...]]:
    """Return the sequences without one stop."""
    return {shift_id: tuple(h for h in halts if h != stop_id) for shift_id, halts in sequences.items()}


def _unbound(stop: Stop) -> Stop:
    return replace(stop, windows=(), release=Seconds(0))


def _first_open(shift: PlannedShift, halts: Sequence[Halt]) -> int:
    """Return the first place that is neither driven nor frozen."""
    fixed = len(shift.driven)
    frozen = set(shift.frozen)
    while fixed < len(halts) and halts[fixed] in frozen:
        fixed += 1
    return fixed


def _one(
    strict: Book, loose: Book, shift: PlannedShift, halts: tuple[Halt, ...], about: tuple[Stop, int]
) -> Iterator[Insertion]:
    """Yield the insertion as its windows have it, and as it would be served on arrival, unless others come too late."""
    stop, before = about
    for book in (strict, loose) if stop.windows else (strict,):
        driven = drive(book, shift, halts, earliest_departure(book, shift, halts))
        late = _lateness(stop, driven) if book is strict else 0
        if driven.missed > (1 if late else 0):
            continue
        breaks = {**_outside(stop, driven), **_bounds(book, shift, halts, driven), **_permission(strict, shift, stop)}
        cents = _cents(book.problem, shift, driven) - before
        yield Insertion(shift, halts, Cents(cents), {name: by for name, by in breaks.items() if by > 0})


def _knocks(stop: Stop, driven: Drive) -> int:
    return next(int(v.starts_at) for v in driven.visits if v.stop_id == stop.stop_id)


def _lateness(stop: Stop, driven: Drive) -> int:
    return max(0, _knocks(stop, driven) - stop.windows[-1].closes) if stop.windows else 0


def _outside(stop: Stop, driven: Drive) -> dict[str, int]:
    """Return by how much the nearest window misses the knock."""
    at = _knocks(stop, driven)
    if not stop.windows or any(w.opens <= at <= w.closes for w in stop.windows):
        return {}
    early = [(w.opens - at, f"window_opens_earlier:{k}") for k, w in enumerate(stop.windows) if w.opens > at]
    late = [(at - w.closes, f"window_closes_later:{k}") for k, w in enumerate(stop.windows) if w.closes < at]
    by, change = min(early + late)
    return {change: by}


def _bounds(book: Book, shift: PlannedShift, halts: Sequence[Halt], driven: Drive) -> dict[str, int]:
    """Return by how much a route exceeds what its shift and vehicle allow."""
    lasts = driven.returns_at - (driven.leaves_at if shift.free_departure else shift.starts)
    found = {
        "shift_ends_later": driven.returns_at - shift.ends,
        "more_stops": len(driven.stops) - (shift.max_stops or len(driven.stops)),
        "more_metres": 0 if shift.max_metres is None else driven.metres - shift.max_metres,
        "longer_shift": 0 if shift.max_seconds is None else lasts - shift.max_seconds,
        "more_range": _range_short(shift, driven),
    }
    for name, over in zip(book.problem.dimensions, _overload(book, shift, halts), strict=True):
        found[f"more_room:{name}"] = over
    return found


def _range_short(shift: PlannedShift, driven: Drive) -> int:
    """Return the watt-hours that are missing, rounded up."""
    return 0 if shift.battery is None else -((driven.lowest - shift.battery.reserve_wh * 1000) // 1000)


def _overload(book: Book, shift: PlannedShift, halts: Sequence[Halt]) -> list[int]:
    """Return by dimension how much the fullest moment exceeds the vehicle."""
    trips, most = book.trips(halts), [0] * len(book.problem.dimensions)
    for trip in trips:
        load = book.loaded(trip)
        most = [max(a, b) for a, b in zip(most, load, strict=True)]
        for stop in trip:
            load = book.served(load, stop)
            most = [max(a, b) for a, b in zip(most, load, strict=True)]
    return [a - b for a, b in zip(most, shift.capacities, strict=True)]


def _permission(book: Book, shift: PlannedShift, stop: Stop) -> dict[str, int]:
    """Return what keeps this shift from this stop, one each."""
    names = {shift.shift_id, shift.driver_id}
    found = {f"skill:{need}": 1 for need in sorted(stop.needs - shift.offers)}
    if stop.only and not stop.only & names:
        found["let_come"] = 1
    if any((who, stop.stop_id) in book.vetoes for who in names):
        found["veto_lifted"] = 1
    if stop.release and stop.release > _loaded(book, shift):
        found["goods_earlier"] = stop.release - _loaded(book, shift)
    return found


def _loaded(book: Book, shift: PlannedShift) -> int:
    """Return when the van was loaded; as late as anything is released, where it isn't yet."""
    return 2**31 if shift.loaded_at is None else int(shift.loaded_at)


def _price(problem: Problem, shift: PlannedShift, halts: Sequence[Halt], book: Book) -> int:
    if not halts:
        return 0
    return _cents(problem, shift, drive(book, shift, halts, earliest_departure(book, shift, halts)))


def _cents(problem: Problem, shift: PlannedShift, driven: Drive) -> int:
    """Return what a drive costs in all."""
    paid_from = driven.leaves_at if shift.free_departure else shift.starts
    own = route_cents(
        problem.valuation.rates.get(shift.shift_id, Rates()),
        paid=driven.returns_at - paid_from - driven.rested,
        waiting=driven.waiting,
        metres=driven.metres,
        strain=sum(s.strain for s in driven.stops),
    )
    return sum(own.values()) + sum(cents for visit in driven.visits for cents in visit.cents.values())
