"""Drive the halts of one shift in order: when, how far, how loaded, how charged.

It follows and never judges: a late, overloaded or empty van drives on, and the checker says so. What has happened
already happens again as it did.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from doorstep.domain.plan import Visit
from doorstep.domain.problem import Break, Charge, Charger, Driven, Halt, Pair, PlannedShift, Problem, Reload, Stop
from doorstep.domain.units import Cents, Metres, Seconds
from doorstep.domain.windows import TimeWindow
from doorstep.operations.errors import UnknownStop
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
        """Return the problem by its ids; raises UnknownStop where a pair is none."""
        stops = {stop.stop_id: stop for stop in problem.stops}
        for pair in problem.pairs:
            if pair.pickup == pair.delivery or not {pair.pickup, pair.delivery} <= stops.keys():
                raise UnknownStop(
                    f"Expected a pair of two stops of the problem, got {pair.pickup!r}, {pair.delivery!r}."
                )
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
    """Return when the van could leave at the earliest, or when it was loaded.

    To leave, its shift must have begun and its first trip be released, and the present can't be undercut.
    """
    if shift.loaded_at is not None:
        return shift.loaded_at
    return max(shift.starts, released(book.trips(halts)[0]), book.problem.now or Seconds(0))


def happened(shift: PlannedShift, halts: Sequence[Halt]) -> tuple[Driven, ...]:
    """Return what was driven of these halts already, up to the first that differs."""
    agreed = takewhile(lambda both: both[0].halt == both[1], zip(shift.driven, halts, strict=False))
    return tuple(driven for driven, _ in agreed)


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
    """Return what happens when a shift leaves at `leaves_at` and halts in this order; what is driven has happened."""
    trips = book.trips(halts)
    van = _Van(book, shift, trips, int(leaves_at), shift.start, book.loaded(trips[0]))
    van.waiting = 0 if shift.free_departure else leaves_at - shift.starts
    past = happened(shift, halts)
    for driven in past:
        van.repeat(driven)
    if len(halts) > len(past) and (past or shift.loaded_at is not None):
        van.wait(book.problem.now or 0)  # with nothing left to do it is on its way home
    for halt in halts[len(past) :]:
        van.halt(halt)
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
    """A van on its way: `at` is now, `here` its row in the matrices, `level` its battery's in mWh.

    `trip` counts its trips from 0, `kept` are the rules whose break in a window it has had.
    """

    book: Book
    shift: PlannedShift
    trips: Sequence[Sequence[Stop]]
    at: int
    here: int
    load: Amounts
    trip: int = 0
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

    def repeat(self, driven: Driven) -> None:
        """Go and do what has happened, at its own times."""
        self._arrive(self._location(driven.halt), driven.arrives_at, driven.metres)
        self._do(driven.halt, driven.starts_at, driven.leaves_at - driven.starts_at)
        now = self.book.problem.now
        self.visits[-1] = replace(
            self.visits[-1], status="done" if now is not None and driven.leaves_at <= now else "frozen"
        )

    def halt(self, halt: Halt) -> None:
        """Drive to a halt, wait until it may begin, and do what it is for."""
        if not isinstance(halt, Break):
            self.go(self._location(halt))
        self._do(halt, self._begins(halt), self._lasts(halt))

    def go(self, location: int) -> None:
        """Drive a leg."""
        times = self.book.problem.times[self.shift.profile]
        metres = times.distance(self.here, location, self.at)
        self._arrive(location, times.arrival(self.here, location, self.at), metres)

    def wait(self, until: int) -> None:
        """Stand still."""
        self.waiting += max(0, until - self.at)
        self.at = max(self.at, until)

    def _arrive(self, location: int, at: int, metres: int) -> None:
        """Be there."""
        self.at, self.here = at, location
        self.metres += metres
        self.level -= metres * self.shift.battery.wh_per_km if self.shift.battery else 0
        self.lowest = min(self.lowest, self.level)

    def _location(self, halt: Halt) -> int:
        """Return the row of a halt."""
        match halt:
            case Reload(location):
                return location
            case Charge(charger_id):
                return self.book.chargers[charger_id].location
            case Break():
                return self.here
            case _:
                return self.book.stops[halt].location

    def _begins(self, halt: Halt) -> int:
        """Return when what a halt is for begins, for a van that is there."""
        match halt:
            case Reload():
                return max(self.at, released(self.trips[self.trip + 1]))
            case Charge(charger_id):
                return self._opening(self.book.chargers[charger_id].windows)
            case Break():
                return self._opening(self._due(halt))
            case _:
                return self._opening(self.book.stops[halt].windows)

    def _opening(self, windows: Sequence[TimeWindow]) -> int:
        """Return when something may begin here: now, where every window has closed."""
        begins = knock(windows, self.at)
        self.missed += begins is None
        return self.at if begins is None else begins

    def _due(self, halt: Break) -> tuple[TimeWindow, ...]:
        """Return the windows that this break waits for: those of the first rule it can keep and none has."""
        return next((windows for k, windows in self._asked(halt) if k not in self.kept), ())

    def _asked(self, halt: Break) -> list[tuple[int, tuple[TimeWindow, ...]]]:
        """Return the rules that ask for a break in windows and are content with this length."""
        rules = enumerate(self.shift.breaks)
        return [(k, rule.windows) for k, rule in rules if rule.windows and halt.seconds >= rule.length]

    def _lasts(self, halt: Halt) -> int:
        """Return how long it takes."""
        match halt:
            case Reload():
                return self.shift.reload_seconds
            case Charge() | Break():
                return halt.seconds
            case _:
                return self.book.stops[halt].service

    def _do(self, halt: Halt, begins: int, lasts: int) -> None:
        """Do what a halt is for, from `begins` on, and note the visit."""
        cents: Mapping[str, Cents] = {}
        match halt:
            case Reload():
                self.trip += 1
                self.load = self.book.loaded(self.trips[self.trip])
            case Charge(charger_id, seconds):
                cents = energy_cents(self.book.chargers[charger_id], self._charge(charger_id, seconds))
            case Break():
                asked = self._asked(halt)
                self.kept |= {k for k, windows in asked if any(w.opens <= begins <= w.closes for w in windows)}
                self.rested += lasts
            case _:
                self.load = self.book.served(self.load, self.book.stops[halt])
                cents = door_cents(self.book.problem.valuation, self.shift.shift_id, halt, begins)
        self._note(halt, begins, lasts, cents)

    def _charge(self, charger_id: str, seconds: int) -> int:
        """Return the mWh that flow in so many seconds; without a battery none do."""
        battery = self.shift.battery
        if battery is None:
            return 0
        watts = min(self.book.chargers[charger_id].watts, battery.charge_w)
        flown = min(seconds * watts * 1000 // 3600, battery.capacity_wh * 1000 - self.level)
        self.level += flown
        return flown

    def _note(self, halt: Halt, begins: int, lasts: int, cents: Mapping[str, Cents]) -> None:
        """Note a visit, and let it pass."""
        stop = self.book.stops[halt] if isinstance(halt, str) else None
        visit = Visit(
            stop_id=_named(halt),
            order_ids=stop.order_ids if stop else (),
            place=self.book.problem.places[self.here],
            arrives_at=Seconds(self.at),
            starts_at=Seconds(begins),
            leaves_at=Seconds(begins + lasts),
            load_after=self.load,
            cents=cents,
            kind=self.book.kind(stop) if stop else type(halt).__name__.lower(),
            status="frozen" if halt in self.shift.frozen else "planned",
        )
        self.visits.append(visit)
        self.waiting += begins - self.at
        self.at = visit.leaves_at


def _named(halt: Halt) -> str:
    """Return what a plan says in place of a stop's id."""
    match halt:
        case Reload(location):
            return str(location)
        case Charge(charger_id):
            return charger_id
        case Break():
            return ""
        case _:
            return halt
