"""Who and what can drive: depots, vehicles, shifts."""

from dataclasses import dataclass

from doorstep.domain.places import Place
from doorstep.domain.units import Cents, Seconds


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
    """What carries parcels. Capacities in grams and millilitres; None: not limited.

    `duty_rules` names the legal rule set that binds whoever drives it; empty: the driver's own does.
    """

    vehicle_id: str
    depot_id: str
    profile: str
    capacity_g: int
    capacity_ml: int | None
    cents_per_km: int | None
    fixed_cents: Cents
    max_stops: int | None
    offers: frozenset[str]
    duty_rules: str = ""


@dataclass(frozen=True, slots=True)
class Shift:
    """One driver, one vehicle, one depot, one span of time.

    `duty_rules` names the legal rule set that binds this shift; empty: none.
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
