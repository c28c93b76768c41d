"""Who and what can drive: depots, vehicles, shifts."""

from dataclasses import dataclass

from doorstep.domain.places import Place
from doorstep.domain.problem import Battery
from doorstep.domain.units import Cents, Metres, Seconds
from doorstep.domain.windows import TimeWindow

USUAL_RELOAD = Seconds(900)
"""How long loading a vehicle again takes where nobody says: an assumption."""

USUAL_CHARGE_W = 11_000
"""What a vehicle takes at a plug where nobody says: an assumption."""


@dataclass(frozen=True, slots=True)
class Depot:
    """Where routes start and end."""

    depot_id: str
    place: Place
    opens: Seconds
    closes: Seconds
    timezone: str


@dataclass(frozen=True, slots=True)
class Vehicle:
    """What carries parcels. Capacities in grams and millilitres; None: not limited, of costs: the tariff's.

    `duty_rules` names the legal rule set that binds whoever drives it; empty: the driver's own does. `own_capacities`
    are in units of the company's own, by name. It makes up to `max_trips` a shift, and loads for `reload` between two.
    `range_m` and `max_route` bound its way; one with a `battery` may charge. With `lifo` what was picked up last is
    brought first. `partner` is the subcontractor whose it is; empty: our own.
    """

    vehicle_id: str
    depot_id: str
    profile: str
    capacity_g: int
    capacity_ml: int | None
    cents_per_km: int | None
    fixed_cents: Cents | None
    max_stops: int | None
    offers: frozenset[str]
    duty_rules: str = ""
    own_capacities: tuple[tuple[str, int], ...] = ()
    max_trips: int = 1
    reload: Seconds = Seconds(0)
    cents_per_stop: int = 0
    range_m: Metres | None = None
    max_route: Seconds | None = None
    lifo: bool = False
    battery: Battery | None = None
    partner: str = ""

    @property
    def hired(self) -> bool:
        """Whether it is a partner's and costs what the partner asks; one of which no price is told costs as ours do."""
        return bool(self.partner) and (
            self.cents_per_stop > 0 or self.cents_per_km is not None or self.fixed_cents is not None
        )


@dataclass(frozen=True, slots=True)
class Plug:
    """Where batteries fill, on a day: what the company says of a charger, before it has a row in matrices."""

    charger_id: str
    place: Place
    watts: int
    cents_per_kwh: int
    windows: tuple[TimeWindow, ...] = ()


@dataclass(frozen=True, slots=True)
class Shift:
    """One driver, one vehicle, one depot, one span of time.

    `duty_rules` names the legal rule set that binds this shift; empty: none. `skills` are the driver's. `contract` is
    employed, self (employed), or empty where nobody says. `max_strain` are units of stairs and parking that the driver
    may be asked for. `territory` is the name of the area that it has, if any.
    """

    shift_id: str
    depot_id: str
    vehicle_id: str
    driver_id: str | None
    date: str
    starts: Seconds
    ends: Seconds
    wage_cents_per_hour: int | None
    duty_rules: str = ""
    skills: frozenset[str] = frozenset()
    contract: str = ""
    max_strain: int | None = None
    territory: str = ""
