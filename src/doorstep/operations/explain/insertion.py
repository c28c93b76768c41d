"""One errand put at one place of one route: what it would cost, and which bounds it would break by how much."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from doorstep.domain.problem import Halt, PlannedShift, Problem, Reload, Stop
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import Rates
from doorstep.operations.driving import Book, Drive, drive, earliest_departure
from doorstep.operations.prices import route_cents
from doorstep.operations.progress import is_over, loaded_last

Errand = tuple[Stop, ...]
"""A stop, or both halves of its pair, the pick-up first."""

Sequences = Mapping[str, tuple[Halt, ...]]


PAST = ("left_without",)
"""What keeps an errand from a place because it has happened: the van was loaded, and these goods were not on it."""


@dataclass(frozen=True, slots=True)
class Insertion:
    """An errand at a position of a route. `breaks` says which bounds by how much; `cents` what the route then adds."""

    shift: PlannedShift
    halts: tuple[Halt, ...]
    cents: Cents
    breaks: dict[str, int]


def errand_of(problem: Problem, stop_id: str) -> Errand:
    """Return what has to be served with a stop; the first half of a pair that is driven needs nothing more."""
    ids = next(((p.pickup, p.delivery) for p in problem.pairs if stop_id in (p.pickup, p.delivery)), (stop_id,))
    over = {d.halt for s in problem.shifts for d in s.driven}
    stops = {s.stop_id: s for s in problem.stops}
    return tuple(stops[x] for x in ids if x == stop_id or x not in over)


def insertions(problem: Problem, sequences: Sequences, errand: Errand) -> Iterator[Insertion]:
    """Yield the errand at every open place of every shift, whatever that breaks at its doors and of the shift.

    The halves of a pair come one right after the other, or the second at the route's end. Places at which another stop
    would be too late are left away: only the errand's own bounds, and its shift's, are for changing. About 0.3 ms a
    place.
    """
    ids = {stop.stop_id for stop in errand}
    free = replace(problem, stops=tuple(_unbound(s) if s.stop_id in ids else s for s in problem.stops))
    books = (Book.of(problem), Book.of(free)) if any(s.windows for s in errand) else (Book.of(problem),)
    for shift in problem.shifts:
        if is_over(shift):
            continue
        halts = sequences.get(shift.shift_id, ())
        before = _price(shift, halts, books[0])
        for with_it in _ways(shift, halts, errand):
            yield from _each(books, shift, with_it, (errand, before))


def swaps(problem: Problem, sequences: Sequences, errand: Errand) -> Iterator[tuple[str, Insertion]]:
    """Yield the errand in the place of each stop that nothing binds, where that breaks nothing, with the stop's id."""
    bound = {x for pair in problem.pairs for x in (pair.pickup, pair.delivery)}
    book, ids = Book.of(problem), tuple(stop.stop_id for stop in errand)
    for shift in problem.shifts:
        halts = sequences.get(shift.shift_id, ())
        before = _price(shift, halts, book)
        for k in range(_first_open(shift, halts), len(halts)):
            given_up = halts[k]
            if isinstance(given_up, str) and given_up not in bound:
                with_it = (*halts[:k], *ids, *halts[k + 1 :])
                found = _each([book], shift, with_it, (errand, before))
                yield from ((given_up, swap) for swap in found if not swap.breaks)


def without(sequences: Mapping[str, Sequence[Halt]], errand: Errand) -> dict[str, tuple[Halt, ...]]:
    """Return the sequences without an errand."""
    gone = {stop.stop_id for stop in errand}
    return {shift_id: tuple(h for h in halts if h not in gone) for shift_id, halts in sequences.items()}


@dataclass(frozen=True, slots=True)
class Alone:
    """What a shift costs that does an errand and nothing else, how long that is after it starts, whether it may."""

    cents: Cents
    seconds: int
    fits: bool


def done_alone(problem: Problem, shift: PlannedShift, errand: Errand) -> Alone:
    """Return what becomes of a shift that does an errand and nothing else."""
    halts: tuple[Halt, ...] = tuple(stop.stop_id for stop in errand)
    book = Book.of(problem)
    fits = any(not found.breaks for found in _each([book], shift, halts, (errand, 0)))
    driven = drive(book, shift, halts, earliest_departure(book, shift, halts))
    return Alone(Cents(_cents(problem, shift, driven)), driven.returns_at - shift.starts, fits)


def _unbound(stop: Stop) -> Stop:
    return replace(stop, windows=(), release=Seconds(0))


def _ways(shift: PlannedShift, halts: tuple[Halt, ...], errand: Errand) -> Iterator[tuple[Halt, ...]]:
    """Yield the route's halts with the errand in them."""
    ids = tuple(stop.stop_id for stop in errand)
    for place in range(_first_open(shift, halts), len(halts) + 1):
        yield (*halts[:place], *ids, *halts[place:])
        if ids[1:] and place < len(halts):
            yield (*halts[:place], ids[0], *halts[place:], ids[1])


def _first_open(shift: PlannedShift, halts: Sequence[Halt]) -> int:
    """Return the first place that is neither driven nor frozen."""
    fixed = len(shift.driven)
    frozen = set(shift.frozen)
    while fixed < len(halts) and halts[fixed] in frozen:
        fixed += 1
    return fixed


def _each(
    books: Sequence[Book], shift: PlannedShift, halts: tuple[Halt, ...], about: tuple[Errand, int]
) -> Iterator[Insertion]:
    """Yield the insertion as its windows have it, and as it would be served on arrival, unless others come too late."""
    errand, before = about
    for k, book in enumerate(books):
        driven = drive(book, shift, halts, earliest_departure(book, shift, halts))
        late = sum(_is_late(stop, driven) for stop in errand) if k == 0 else 0
        if driven.missed > late:
            continue
        breaks: dict[str, int] = {}
        for stop in errand:
            breaks |= outside(stop, _knocks(stop, driven))
        breaks |= {**_bounds(book, shift, halts, driven), **_permission(books[0], shift, halts, errand)}
        found = {name: by for name, by in breaks.items() if by > 0}
        yield Insertion(shift, halts, Cents(_cents(book.problem, shift, driven) - before), found)


# What it breaks


def _knocks(stop: Stop, driven: Drive) -> int:
    return next(int(v.starts_at) for v in driven.visits if v.stop_id == stop.stop_id)


def _is_late(stop: Stop, driven: Drive) -> bool:
    return bool(stop.windows) and _knocks(stop, driven) > stop.windows[-1].closes


def outside(stop: Stop, at: int) -> dict[str, int]:
    """Return by how much the nearest window misses a knock, by stop and number of the window; {} where none does."""
    if not stop.windows or any(w.opens <= at <= w.closes for w in stop.windows):
        return {}
    windows = list(enumerate(stop.windows))
    early = [(w.opens - at, f"window_opens_earlier:{stop.stop_id}:{k}") for k, w in windows if w.opens > at]
    late = [(at - w.closes, f"window_closes_later:{stop.stop_id}:{k}") for k, w in windows if w.closes < at]
    by, change = min(early + late)
    return {change: by}


def may_come(shift: PlannedShift, stop: Stop) -> bool:
    """Return whether a stop that names who may come names this shift or its driver, or names nobody."""
    return not stop.only or not stop.only.isdisjoint({shift.shift_id, shift.driver_id})


def _bounds(book: Book, shift: PlannedShift, halts: Sequence[Halt], driven: Drive) -> dict[str, int]:
    """Return by how much a route exceeds what its shift and vehicle allow."""
    lasts = driven.returns_at - (driven.leaves_at if shift.free_departure else shift.starts)
    wheel, work = _at_work(driven)
    figures: dict[str, tuple[int, int | None]] = {
        "shift_ends_later": (driven.returns_at, shift.ends),
        "more_stops": (len(driven.stops), shift.max_stops),
        "more_metres": (driven.metres, shift.max_metres),
        "longer_shift": (lasts, shift.max_seconds),
        "more_driving": (wheel, shift.max_driving),
        "more_working": (work, shift.max_working),
    }
    found = {name: figure - most for name, (figure, most) in figures.items() if most is not None}
    found["more_range"] = _range_short(shift, driven)
    for name, over in zip(book.problem.dimensions, _overload(book, shift, halts), strict=True):
        found[f"more_room:{name}"] = over
    return found


def _at_work(driven: Drive) -> tuple[int, int]:
    """Return the seconds at the wheel, and at the wheel, at doors and at depots."""
    left = [driven.leaves_at, *(v.leaves_at for v in driven.visits)]
    came = [*(v.arrives_at for v in driven.visits), driven.returns_at]
    wheel = sum(a - b for a, b in zip(came, left, strict=True))
    return wheel, wheel + sum(v.leaves_at - v.starts_at for v in driven.visits if v.kind not in ("break", "charge"))


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


def _permission(book: Book, shift: PlannedShift, halts: Sequence[Halt], errand: Errand) -> dict[str, int]:
    """Return what keeps this shift from this errand, one each."""
    names = {shift.shift_id, shift.driver_id}
    found = {f"skill:{need}": 1 for stop in errand for need in sorted(stop.needs - shift.offers)}
    if not all(may_come(shift, stop) for stop in errand):
        found["let_come"] = 1
    if any((who, stop.stop_id) in book.vetoes for who in names for stop in errand):
        found["veto_lifted"] = 1
    ahead = halts[len(shift.driven) : halts.index(errand[0].stop_id)]
    loaded = loaded_last(shift)
    if loaded is not None and not any(isinstance(halt, Reload) for halt in ahead):
        over = book.problem.now is not None and loaded <= book.problem.now
        found["left_without" if over else "goods_earlier"] = max(stop.release for stop in errand) - loaded
    return found


# What it costs


def _price(shift: PlannedShift, halts: tuple[Halt, ...], book: Book) -> int:
    if not halts:
        return 0
    return _cents(book.problem, shift, drive(book, shift, halts, earliest_departure(book, shift, halts)))


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
