"""One planning question: stops, shifts, travel times and the valuation that prices any answer."""

from dataclasses import dataclass, replace

from doorstep.domain.duty import BreakRule
from doorstep.domain.places import Place
from doorstep.domain.travel import TimesByProfile
from doorstep.domain.units import Metres, Seconds
from doorstep.domain.valuation import Valuation
from doorstep.domain.windows import TimeWindow

MOST_STOPS = 100_000
"""Stops of one request: half a GB where it is read, some 2 GB in each process that searches a cell, and at the effort
that the benchmark plans with (0.018 s a stop) 40 minutes of one core, a fifth of them for laying out cells."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A place where a vehicle halts once, for one or more orders.

    `location` is its row in the matrices. Service starts inside one of `windows` (sorted, apart; none: any
    time); an early van waits. `amounts` follow the problem's `dimensions` and are taken on board where the trip
    begins, or at the pick-up when the stop is the second of a pair; `picks` are taken on board here and stay there
    until the trip ends. `needs` are skills that the shift must offer. `strain` is the burden of stairs and parking,
    in units. A trip with this stop leaves no earlier than `release`. `only` names the shifts or drivers that may
    come (none: all). Where `giver` names a shift, its van hands goods over to another here: nobody ordered that, so the
    stop has no orders.
    """

    stop_id: str
    order_ids: tuple[str, ...]
    location: int
    windows: tuple[TimeWindow, ...]
    service: Seconds
    amounts: tuple[int, ...]
    needs: frozenset[str] = frozenset()
    strain: int = 0
    picks: tuple[int, ...] = ()
    release: Seconds = Seconds(0)
    only: frozenset[str] = frozenset()
    giver: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Goods that are fetched at one stop and brought to another by the same route, later.

    While they are on board they weigh the delivery's `amounts`.
    """

    pickup: str
    delivery: str


@dataclass(frozen=True, slots=True)
class Veto:
    """A stop that a driver (or a shift) must not be given, and why: the driver's word counts."""

    who: str
    stop_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Charger:
    """Where an electric vehicle may charge, at `location`, inside `windows` (none: any time)."""

    charger_id: str
    location: int
    watts: int
    cents_per_kwh: int
    windows: tuple[TimeWindow, ...] = ()


@dataclass(frozen=True, slots=True)
class Battery:
    """What an electric vehicle can store, starts with, uses and takes; it never holds less than `reserve_wh`."""

    capacity_wh: int
    starts_with_wh: int
    wh_per_km: int
    charge_w: int
    reserve_wh: int = 0


@dataclass(frozen=True, slots=True)
class PlannedShift:
    """A driver, a vehicle and a span of time that may become one route.

    Leaves `start` no earlier than `starts`, is back at `end` no later than `ends`. `capacities` follow the
    problem's `dimensions`. `max_stops` counts stops, both of a pair; `profile` picks the matrices. With
    `free_departure` the van leaves as late as serves the route best and its driver is paid from then, else it leaves at
    `starts`. `max_seconds` bounds the time from leaving to being back, `max_metres` the way.

    At `reloads` (rows of the matrices) it may fetch new goods, up to `max_trips` - 1 times, `reload_seconds` each.
    `lifo`: what was picked up last is delivered first. `breaks` and the rest bound what the driver may do today by
    law: seconds at the wheel, and seconds at work (breaks apart).

    While the day runs: `driven` halts come first, as they happened; then the `frozen` stops, in that order. The goods
    of the first trip were put on board at `loaded_at` (None: not yet), so nothing released later can be on it.
    """

    shift_id: str
    vehicle_id: str
    driver_id: str | None
    starts: Seconds
    ends: Seconds
    start: int
    end: int
    capacities: tuple[int, ...]
    offers: frozenset[str] = frozenset()
    max_stops: int | None = None
    profile: str = "car"
    free_departure: bool = False
    max_seconds: Seconds | None = None
    max_metres: Metres | None = None
    reloads: tuple[int, ...] = ()
    max_trips: int = 1
    reload_seconds: Seconds = Seconds(0)
    lifo: bool = False
    battery: Battery | None = None
    breaks: tuple[BreakRule, ...] = ()
    max_driving: Seconds | None = None
    max_working: Seconds | None = None
    frozen: tuple[str, ...] = ()
    driven: "tuple[Driven, ...]" = ()
    loaded_at: Seconds | None = None


@dataclass(frozen=True, slots=True)
class Reload:
    """A halt at a depot between two trips, at a row of the matrices."""

    location: int


@dataclass(frozen=True, slots=True)
class Charge:
    """A halt at a charger, for so many seconds at the plug."""

    charger_id: str
    seconds: Seconds


@dataclass(frozen=True, slots=True)
class Break:
    """A driver's rest where the van last halted, before it drives on."""

    seconds: Seconds


Halt = str | Reload | Charge | Break
"""What a sequence is made of: stop ids, and the halts that serve nobody."""


@dataclass(frozen=True, slots=True)
class Driven:
    """A halt that is over or under way, with its times as they were or are now expected.

    `metres` is the way there. What happened is taken as it is: nothing about it can be a mistake of a plan.
    """

    halt: Halt
    arrives_at: Seconds
    starts_at: Seconds
    leaves_at: Seconds
    metres: Metres


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Everything the search and the checker may look at, and nothing else.

    `places[i]` is where matrix row i lies (None where an instance has no coordinates). Times are seconds
    since local midnight of `day` in `timezone`. While the day runs, `now` is the present: no van leaves a halt, or the
    depot, before it unless that is driven already.
    """

    company: str
    depot_id: str
    day: str
    timezone: str
    currency: str
    dimensions: tuple[str, ...]
    places: tuple[Place | None, ...]
    stops: tuple[Stop, ...]
    shifts: tuple[PlannedShift, ...]
    times: TimesByProfile
    valuation: Valuation
    pairs: tuple[Pair, ...] = ()
    vetoes: tuple[Veto, ...] = ()
    chargers: tuple[Charger, ...] = ()
    now: Seconds | None = None

    def valued(self, valuation: Valuation) -> "Problem":
        """Return the same question under other prices."""
        return replace(self, valuation=valuation)
