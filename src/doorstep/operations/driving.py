"""Drive the halts of one shift in order: when, how far, how loaded, how charged.

It follows and never judges: a late, overloaded or empty van drives on, and the checker says so.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from doorstep.domain.plan import Visit
from doorstep.domain.problem import Break, Charge, Charger, Halt, Pair, PlannedShift, Problem, Reload, Stop
from doorstep.domain.units import Cents, Metres, Seconds
from doorstep.domain.windows import TimeWindow
from doorstep.operations.prices import door_cents, energy_cents

Amounts = tuple[int, ...]


def knock(windows: Sequence[TimeWindow], arrives: int) -> Seconds | None:
    """Return when service starts for a van that arrives at `arrives`; None when every window has closed.

    >>> knock((TimeWindow(Seconds(100), Seconds(200)),), 50)
    100
    """
    if not windows:
        return Seconds(arrives)
    return next((Seconds(max(arrives, w.opens)) for w in windows if arrives <= w.closes), None)


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """A problem by its ids.

    `pairs` by either of their stops; `brings`: what is loaded at a pick-up; `fetched`: the deliveries of pairs;
    `vetoes`: reasons by who and stop.
    """

    problem: Problem
    stops: Mapping[str, Stop]
    chargers: Mapping[str, Charger]
    pairs: Mapping[str, Pair]
    vetoes: Mapping[tuple[str | None, str], str]
    brings: Mapping[str, Amounts]
    fetched: frozenset[str]

    @classmethod
    def of(cls, problem: Problem) -> "Book":
        """Return the problem by its ids."""
        stops = {stop.stop_id: stop for stop in problem.stops}
        return cls(
            problem=problem,
            stops=stops,
            chargers={charger.charger_id: charger for charger in problem.chargers},
            pairs={stop_id: pair for pair in problem.pairs for stop_id in (pair.pickup, pair.delivery)},
            vetoes={(veto.who, veto.stop_id): veto.reason for veto in problem.vetoes},
            brings={pair.pickup: stops[pair.delivery].amounts for pair in problem.pairs},
            fetched=frozenset(pair.delivery for pair in problem.pairs),
        )

    def trips(self, halts: Sequence[Halt]) -> list[list[Stop]]:
        """Return the stops between the reloads; one list more than there are reloads."""
        trips: list[list[Stop]] = [[]]
        for halt in halts:
            if isinstance(halt, Reload):
                trips.append([])
            elif isinstance(halt, str):
                trips[-1].append(self.stops[halt])
        return trips

    def loaded(self, trip: Sequence[Stop]) -> Amounts:
        """Return what is on board when a trip begins."""
        brought = [stop.amounts for stop in trip if stop.stop_id not in self.fetched]
        return tuple(sum(amounts) for amounts in zip(self._none(), *brought, strict=True))

    def served(self, load: Amounts, stop: Stop) -> Amounts:
        """Return what is on board when a stop has been served."""
        none = self._none()
        picks, goods = stop.picks or none, self.brings.get(stop.stop_id, none)
        return tuple(a - b + c + d for a, b, c, d in zip(load, stop.amounts, picks, goods, strict=True))

    def kind(self, stop: Stop) -> str:
        """Return what a plan calls the visit of this stop."""
        only_picks = any(stop.picks) and not any(stop.amounts)
        return "pickup" if stop.stop_id in self.brings or only_picks else "stop"

    def _none(self) -> Amounts:
        return (0,) * len(self.problem.dimensions)


def released(trip: Sequence[Stop]) -> Seconds:
    """Return the first second at which everything of a trip is there."""
    return max((stop.release for stop in trip), default=Seconds(0))


def earliest_departure(book: Book, shift: PlannedShift, halts: Sequence[Halt]) -> Seconds:
    """Return when the van could leave at the earliest: the shift has begun, its first trip is released."""
    return max(shift.starts, released(book.trips(halts)[0]))


@dataclass(frozen=True, slots=True)
class Drive:
    """What a route's halts and legs add up to.

    `waiting` is at the depot before leaving, at doors, plugs and reloads, and before breaks; `rested` the breaks.
    `missed` counts halts whose every window had closed. `lowest` is the least the battery held, in mWh.
    """

    stops: tuple[Stop, ...]
    visits: tuple[Visit, ...]
    leaves_at: Seconds
    returns_at: Seconds
    metres: Metres
    waiting: Seconds
    rested: Seconds
    missed: int
    lowest: int


def drive(book: Book, shift: PlannedShift, halts: Sequence[Halt], leaves_at: Seconds) -> Drive:
    """Return what happens when a shift leaves at `leaves_at` and halts in this order."""
    trips = book.trips(halts)
    van = _Van(book, shift, int(leaves_at), shift.start, book.loaded(trips[0]))
    van.waiting = 0 if shift.free_departure else leaves_at - shift.starts
    later = iter(trips[1:])
    for halt in halts:
        van.halt(halt, later)
    van.go(shift.end)
    return Drive(
        stops=tuple(stop for trip in trips for stop in trip),
        visits=tuple(van.visits),
        leaves_at=leaves_at,
        returns_at=Seconds(van.at),
        metres=Metres(van.metres),
        waiting=Seconds(van.waiting),
        rested=Seconds(van.rested),
        missed=van.missed,
        lowest=van.lowest,
    )


@dataclass(slots=True)
class _Van:
    """A van on its way: `at` is now, `here` its row in the matrices, `level` its battery's in mWh."""

    book: Book
    shift: PlannedShift
    at: int
    here: int
    load: Amounts
    metres: int = 0
    waiting: int = 0
    rested: int = 0
    missed: int = 0
    kept: set[int] = field(default_factory=set)
    visits: list[Visit] = field(default_factory=list)
    level: int = field(init=False)
    lowest: int = field(init=False)

    def __post_init__(self) -> None:
        battery = self.shift.battery
        self.level = self.lowest = battery.starts_with_wh * 1000 if battery else 0

    def go(self, location: int) -> None:
        """Drive a leg."""
        times = self.book.problem.times[self.shift.profile]
        metres = times.distance(self.here, location, self.at)
        self.metres += metres
        self.level -= metres * self.shift.battery.wh_per_km if self.shift.battery else 0
        self.lowest = min(self.lowest, self.level)
        self.at, self.here = times.arrival(self.here, location, self.at), location

    def halt(self, halt: Halt, later: Iterator[list[Stop]]) -> None:
        """Drive to a halt and do there what it is for; `later` yields the trips that reloads begin."""
        match halt:
            case Reload():
                self._reload(halt, next(later))
            case Charge():
                self._charge(halt)
            case Break():
                self._rest(halt)
            case _:
                self._serve(self.book.stops[halt])

    def _serve(self, stop: Stop) -> None:
        """Serve a stop."""
        self.go(stop.location)
        begins = self._opening(stop.windows)
        self.load = self.book.served(self.load, stop)
        cents = door_cents(self.book.problem.valuation, self.shift.shift_id, stop.stop_id, begins)
        self._stay(self.book.kind(stop), stop.stop_id, begins, stop.service, cents, stop.order_ids)

    def _reload(self, halt: Reload, trip: Sequence[Stop]) -> None:
        """Fetch the goods of the next trip, once they are there."""
        self.go(halt.location)
        begins = max(self.at, released(trip))
        self.load = self.book.loaded(trip)
        self._stay("reload", str(halt.location), begins, self.shift.reload_seconds)

    def _charge(self, halt: Charge) -> None:
        """Stand at a plug; without a battery nothing flows."""
        charger, battery = self.book.chargers[halt.charger_id], self.shift.battery
        self.go(charger.location)
        begins = self._opening(charger.windows)
        flown = 0
        if battery:
            watts = min(charger.watts, battery.charge_w)
            flown = min(halt.seconds * watts * 1000 // 3600, battery.capacity_wh * 1000 - self.level)
            self.level += flown
        self._stay("charge", halt.charger_id, begins, halt.seconds, energy_cents(charger, flown))

    def _rest(self, halt: Break) -> None:
        """Rest where the van stands, once the first rule that asks for a break in a window lets it."""
        due = self._due(halt)
        begins = self._opening(due)
        self.kept |= {k for k, windows in self._asked(halt) if any(w.opens <= begins <= w.closes for w in windows)}
        self.rested += halt.seconds
        self._stay("break", "", begins, halt.seconds)

    def _due(self, halt: Break) -> tuple[TimeWindow, ...]:
        """Return the windows that this break waits for: those of the first rule it can keep and none has."""
        return next((windows for k, windows in self._asked(halt) if k not in self.kept), ())

    def _asked(self, halt: Break) -> list[tuple[int, tuple[TimeWindow, ...]]]:
        """Return the rules that ask for a break in windows and are content with this length."""
        return [
            (k, rule.windows)
            for k, rule in enumerate(self.shift.breaks)
            if rule.windows and halt.seconds >= rule.length
        ]

    def _opening(self, windows: Sequence[TimeWindow]) -> int:
        """Return when something may begin here: now, where every window has closed."""
        begins = knock(windows, self.at)
        self.missed += begins is None
        return self.at if begins is None else begins

    def _stay(
        self,
        kind: str,
        stop_id: str,
        begins: int,
        lasts: int,
        cents: Mapping[str, Cents] | None = None,
        order_ids: tuple[str, ...] = (),
    ) -> None:
        """Wait until it begins, stay while it lasts, and note the visit."""
        visit = Visit(
            stop_id=stop_id,
            order_ids=order_ids,
            place=self.book.problem.places[self.here],
            arrives_at=Seconds(self.at),
            starts_at=Seconds(begins),
            leaves_at=Seconds(begins + lasts),
            load_after=self.load,
            cents=cents or {},
            kind=kind,
        )
        self.visits.append(visit)
        self.waiting += begins - self.at
        self.at = visit.leaves_at
