"""What stands in a Route Optimization request (proto3 JSON of its REST API v1), read spot by spot.

Absent is zero, as proto3 has it; 64-bit numbers may be texts, and keys snake_case. Whatever is asked for that doorstep
can't plan is refused by name.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from doorstep.adapters.strict_json import LARGEST, SPLIT, Spot
from doorstep.domain.places import Place
from doorstep.domain.problem import MOST_STOPS

NOT_YET = "doorstep does not plan that yet, and leaving it out silently would change the problem"
MOST = MOST_STOPS
MAPS = (
    "loadDemands",
    "loadLimits",
    "extraVisitDurationForVisitType",
    "costs",
    "routeCosts",
    "maxLoads",
    "vehicleLoads",
)
"""Objects whose keys are names that a user chose."""

REQUEST = (
    "model", "label", "injectedFirstSolutionRoutes", "useGeodesicDistances", "geodesicMetersPerSecond", "solvingMode",
)  # fmt: skip
REQUEST_PASSED = (
    "parent", "timeout", "searchMode", "considerRoadTraffic", "populatePolylines", "populateTransitionPolylines",
    "allowLargeDeadlineDespiteInterruptionRisk", "maxValidationErrors",
)  # fmt: skip
"""Keys that change how an answer is made or drawn, not what is asked."""
MODEL = (
    "shipments", "vehicles", "globalStartTime", "globalEndTime", "durationDistanceMatrices",
    "durationDistanceMatrixSrcTags", "durationDistanceMatrixDstTags", "maxActiveVehicles",
)  # fmt: skip
SHIPMENT = (
    "pickups", "deliveries", "loadDemands", "penaltyCost", "allowedVehicleIndices", "costsPerVehicle",
    "costsPerVehicleIndices", "ignore", "label", "displayName", "shipmentType",
)  # fmt: skip
VISIT = (
    "arrivalLocation", "arrivalWaypoint", "departureLocation", "departureWaypoint", "tags", "timeWindows", "duration",
    "cost", "loadDemands", "visitTypes", "label",
)  # fmt: skip
VEHICLE = (
    "startLocation", "startWaypoint", "endLocation", "endWaypoint", "startTags", "endTags", "startTimeWindows",
    "endTimeWindows", "loadLimits", "costPerHour", "costPerTraveledHour", "costPerKilometer", "fixedCost", "travelMode",
    "travelDurationMultiple", "unloadingPolicy", "routeDurationLimit", "travelDurationLimit", "routeDistanceLimit",
    "extraVisitDurationForVisitType", "breakRule", "ignore", "label", "displayName",
)  # fmt: skip
WINDOW = (
    "startTime", "endTime", "softStartTime", "softEndTime", "costPerHourBeforeSoftStartTime",
    "costPerHourAfterSoftEndTime",
)  # fmt: skip
LIMIT = ("maxDuration", "softMaxDuration", "costPerHourAfterSoftMax")
BREAK_RULE = ("breakRequests", "frequencyConstraints")
ROUTE = ("vehicleIndex", "visits")
FIELDS = frozenset(
    (*REQUEST, *REQUEST_PASSED, *MODEL, *SHIPMENT, *VISIT, *VEHICLE, *WINDOW, *LIMIT, *BREAK_RULE, *ROUTE)
) | frozenset(
    ("latLng", "placeId", "maxLoad", "maxMeters", "earliestStartTime", "latestStartTime", "minDuration",
     "minBreakDuration", "maxInterBreakDuration", "vehicleStartTag", "shipmentIndex", "isPickup", "visitRequestIndex")
)  # fmt: skip
SNAKE = {re.sub(r"(?=[A-Z])", "_", name).lower(): name for name in FIELDS}


@dataclass(frozen=True, slots=True)
class Window:
    """When something may start, in seconds since midnight of the first day; None: no bound. Prices are by the hour."""

    opens: int | None
    closes: int | None
    soft_opens: int | None
    soft_closes: int | None
    early: float
    late: float


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A visit request: one half of a shipment, or all of it."""

    spot: Spot
    is_pickup: bool
    seconds: int
    cost: float
    windows: tuple[Window, ...]
    types: tuple[str, ...]
    demands: Mapping[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class Shipment:
    """A shipment with one or two calls, the pick-up first.

    `penalty` None: it must be served; `vehicles` None: any may serve it.
    """

    spot: Spot
    number: int
    calls: tuple[Call, ...]
    demands: Mapping[str, int]
    penalty: float | None
    vehicles: tuple[int, ...] | None
    by_vehicle: Mapping[int, float]

    def stop_id(self, call: Call) -> str:
        """Return the name of a call's stop."""
        half = ("-pickup" if call.is_pickup else "-delivery") if len(self.calls) > 1 else ""
        return f"shipment-{self.number}{half}"


@dataclass(frozen=True, slots=True)
class Limit:
    """What a route may last, and beyond which seconds it costs how much an hour."""

    most: int | None = None
    soft: int | None = None
    beyond: float = 0.0


@dataclass(frozen=True, slots=True)
class Rest:
    """A break that is asked for: it starts between two instants, and lasts at least so long."""

    opens: int
    closes: int
    lasts: int


@dataclass(frozen=True, slots=True, eq=False)
class Vehicle:
    """A vehicle; costs in the request's own money, None for no bound."""

    spot: Spot
    number: int
    starts: Window | None
    ends: Window | None
    limits: Mapping[str, int]
    per_hour: float
    per_traveled_hour: float
    per_km: float
    fixed: float
    mode: str
    multiple: float
    lifo: bool
    lasts: Limit
    travels: int | None
    metres: int | None
    extra: Mapping[str, int]
    rests: tuple[Rest, ...]
    rhythm: tuple[tuple[int, int], ...]

    @property
    def shift_id(self) -> str:
        """The shift's name."""
        return f"vehicle-{self.number}"


class Clock:
    """Turns timestamps into seconds since midnight (UTC) of the day on which the model begins."""

    def __init__(self, midnight: int) -> None:
        self.midnight = midnight

    def at(self, spot: Spot | None, *, up: bool) -> int | None:
        """Return a timestamp in whole seconds, rounded up or down."""
        if spot is None:
            return None
        instant, whole = instant_of(spot)
        found = instant - self.midnight + (1 if up and not whole else 0)
        if not 0 <= found <= LARGEST:
            raise spot.refused("a time from the day on which the model begins (globalStartTime)")
        return found

    def text(self, at: int) -> str:
        """Return seconds since midnight as a timestamp."""
        return datetime.fromtimestamp(self.midnight + at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def window(self, spot: Spot) -> Window:
        """Return a time window."""
        spot.only(WINDOW, NOT_YET)
        window = Window(
            opens=self.at(spot.get("startTime"), up=True),
            closes=self.at(spot.get("endTime"), up=False),
            soft_opens=self.at(spot.get("softStartTime"), up=True),
            soft_closes=self.at(spot.get("softEndTime"), up=False),
            early=money(spot, "costPerHourBeforeSoftStartTime"),
            late=money(spot, "costPerHourAfterSoftEndTime"),
        )
        bounds = [at for at in (window.opens, window.soft_opens, window.soft_closes, window.closes) if at is not None]
        if bounds != sorted(bounds):
            raise spot.refused("startTime, softStartTime, softEndTime and endTime in this order")
        return window


# Shipments


def shipments_of(model: Spot, clock: Clock, vehicles: int) -> tuple[Shipment, ...]:
    """Return the shipments that are to be planned, with their number in the request."""
    spots = list(_items(model, "shipments"))
    return tuple(_shipment(spot, k, clock, vehicles) for k, spot in enumerate(spots) if not flag(spot, "ignore"))


def _shipment(spot: Spot, number: int, clock: Clock, vehicles: int) -> Shipment:
    spot.only(SHIPMENT, NOT_YET)
    calls = [
        _call(one, clock, is_pickup=key == "pickups") for key in ("pickups", "deliveries") for one in _one(spot, key)
    ]
    if not calls:
        raise spot.refused("a pickup or a delivery")
    allowed = [k.whole(0, vehicles - 1) for k in _items(spot, "allowedVehicleIndices")]
    penalty = spot.get("penaltyCost")
    return Shipment(
        spot=spot,
        number=number,
        calls=tuple(calls),
        demands=_amounts(spot, "loadDemands", "amount"),
        penalty=None if penalty is None else money(spot, "penaltyCost"),
        vehicles=tuple(allowed) or None,
        by_vehicle=_by_vehicle(spot, vehicles),
    )


def _one(spot: Spot, key: str) -> list[Spot]:
    """Return the call of a kind; alternatives to choose from can't be planned."""
    found = list(_items(spot, key))
    if len(found) > 1:
        raise spot.at(key).wrong(f"expected one of {key}, got {len(found)} to choose from; {NOT_YET}.")
    return found


def _call(spot: Spot, clock: Clock, *, is_pickup: bool) -> Call:
    spot.only(VISIT, NOT_YET)
    windows = tuple(clock.window(one) for one in _items(spot, "timeWindows"))
    if len(windows) > 1 and any(w.early or w.late for w in windows):
        raise spot.at("timeWindows").wrong("expected one window where it has soft bounds with a price, got several.")
    for one, following in pairwise(windows):
        if one.closes is None or following.opens is None or following.opens <= one.closes:
            raise spot.at("timeWindows").wrong("expected windows in order and apart.")
    types = spot.get("visitTypes")
    return Call(
        spot=spot,
        is_pickup=is_pickup,
        seconds=seconds_of(spot.get("duration")),
        cost=money(spot, "cost"),
        windows=windows,
        types=() if types is None else types.texts(),
        demands=_amounts(spot, "loadDemands", "amount"),
    )


def _by_vehicle(spot: Spot, vehicles: int) -> dict[int, float]:
    costs, indices = spot.get("costsPerVehicle"), spot.get("costsPerVehicleIndices")
    if costs is None:
        return {}
    found = [item.number(0, 1e9) for item in costs.items(MOST)]
    given = range(vehicles) if indices is None else [item.whole(0, vehicles - 1) for item in indices.items(MOST)]
    if len(found) != len(given):
        raise costs.wrong(f"expected {len(given)} costs, one for each vehicle named, got {len(found)}.")
    return dict(zip(given, found, strict=True))


# Vehicles


def vehicles_of(model: Spot, clock: Clock) -> tuple[Vehicle, ...]:
    """Return the vehicles that may be used, with their number in the request; at least one."""
    spots = list(_items(model, "vehicles"))
    found = tuple(_vehicle(spot, k, clock) for k, spot in enumerate(spots) if not flag(spot, "ignore"))
    if not found:
        raise model.wrong("expected at least one vehicle that is not ignored, found none.")
    return found


def _vehicle(spot: Spot, number: int, clock: Clock) -> Vehicle:
    spot.only((*VEHICLE, "usedIfRouteIsEmpty", "routeModifiers"), NOT_YET)
    for key in ("usedIfRouteIsEmpty", "routeModifiers"):
        absent(spot, key)
    rule = (spot.get("breakRule") or Spot({}, f"{spot.where}.breakRule")).only(BREAK_RULE, NOT_YET)
    policy = _enum(spot, "unloadingPolicy", ("UNLOADING_POLICY_UNSPECIFIED", "LAST_IN_FIRST_OUT", "FIRST_IN_FIRST_OUT"))
    if policy == "FIRST_IN_FIRST_OUT":
        raise spot.at("unloadingPolicy").refused("LAST_IN_FIRST_OUT or none", NOT_YET)
    multiple = spot.get("travelDurationMultiple")
    return Vehicle(
        spot=spot,
        number=number,
        starts=_hours(spot, "startTimeWindows", clock),
        ends=_hours(spot, "endTimeWindows", clock),
        limits=_amounts(spot, "loadLimits", "maxLoad"),
        per_hour=money(spot, "costPerHour"),
        per_traveled_hour=money(spot, "costPerTraveledHour"),
        per_km=money(spot, "costPerKilometer"),
        fixed=money(spot, "fixedCost"),
        mode=_enum(spot, "travelMode", ("TRAVEL_MODE_UNSPECIFIED", "DRIVING", "WALKING")),
        multiple=1.0 if multiple is None else multiple.number(0.001, 1000),
        lifo=policy == "LAST_IN_FIRST_OUT",
        lasts=_limit(spot),
        travels=_most(spot, "travelDurationLimit", "maxDuration"),
        metres=_most(spot, "routeDistanceLimit", "maxMeters"),
        extra=_extra(spot),
        rests=_rests(rule, clock),
        rhythm=tuple(_rhythm(one) for one in _items(rule, "frequencyConstraints")),
    )


def _hours(spot: Spot, key: str, clock: Clock) -> Window | None:
    windows = list(_items(spot, key))
    if len(windows) > 1:
        raise spot.at(key).wrong(f"expected one window, got {len(windows)}; {NOT_YET}.")
    return clock.window(windows[0]) if windows else None


def _limit(spot: Spot) -> Limit:
    limit = spot.get("routeDurationLimit")
    if limit is None:
        return Limit()
    limit.only(LIMIT, NOT_YET)
    soft = limit.get("softMaxDuration")
    return Limit(
        most=_seconds_or_none(limit, "maxDuration"),
        soft=None if soft is None else seconds_of(soft),
        beyond=money(limit, "costPerHourAfterSoftMax"),
    )


def _most(spot: Spot, key: str, inner: str) -> int | None:
    limit = spot.get(key)
    if limit is None:
        return None
    limit.only((inner,), NOT_YET)
    return _seconds_or_none(limit, inner) if inner == "maxDuration" else whole64(limit.at(inner))


def _seconds_or_none(spot: Spot, key: str) -> int | None:
    found = spot.get(key)
    return None if found is None else seconds_of(found)


def _extra(spot: Spot) -> dict[str, int]:
    extra = spot.get("extraVisitDurationForVisitType")
    return {} if extra is None else {name: seconds_of(extra.at(name)) for name in extra.names()}


def _rests(rule: Spot, clock: Clock) -> tuple[Rest, ...]:
    found: list[Rest] = []
    for one in _items(rule, "breakRequests"):
        one.only(("earliestStartTime", "latestStartTime", "minDuration"), NOT_YET)
        opens = clock.at(one.at("earliestStartTime"), up=True)
        closes = clock.at(one.at("latestStartTime"), up=False)
        rest = Rest(opens or 0, closes or 0, seconds_of(one.at("minDuration")))
        if rest.closes < rest.opens:
            raise one.refused("a latestStartTime from earliestStartTime on")
        if found and rest.opens <= found[-1].closes:
            raise one.wrong("expected breaks in order, in windows apart: a plan would keep both by a single rest.")
        found.append(rest)
    return tuple(found)


def _rhythm(spot: Spot) -> tuple[int, int]:
    spot.only(("minBreakDuration", "maxInterBreakDuration"), NOT_YET)
    return seconds_of(spot.at("minBreakDuration")), seconds_of(spot.at("maxInterBreakDuration"))


# What many parts are made of


def camel(value: Any, *, names: bool = False) -> Any:
    """Return a document with its fields in camelCase; `names`: the keys here are a user's own."""
    if isinstance(value, dict):
        found: dict[str, Any] = {}
        for key, inner in value.items():
            field = key if names else str(SNAKE.get(key, key))
            found[field] = camel(inner, names=field in MAPS and not names)
        return found
    return [camel(item) for item in value] if isinstance(value, list) else value


def absent(spot: Spot, *keys: str) -> None:
    """Refuse what is there and says something."""
    for key in keys:
        found = spot.get(key)
        if found is not None and found.value not in ([], {}, 0, False, "", "0s"):
            raise found.refused("none", NOT_YET)


def flag(spot: Spot, key: str) -> bool:
    """Return whether a flag is set."""
    found = spot.get(key)
    if found is not None and not isinstance(found.value, bool):
        raise found.refused("true or false")
    return found is not None and bool(found.value)


def money(spot: Spot, key: str) -> float:
    """Return an amount of money, 0 where none is named."""
    found = spot.get(key)
    return 0.0 if found is None else found.number(0, 1e10)


def whole64(spot: Spot) -> int:
    """Return a whole number that may be written as text."""
    if isinstance(spot.value, str) and re.fullmatch(r"\d{1,12}", spot.value):
        return Spot(int(spot.value), spot.where).whole()
    return spot.whole()


def seconds_of(spot: Spot | None) -> int:
    """Return a duration such as "3.5s" in whole seconds, half a second rounded up; 0 where there is none."""
    if spot is None:
        return 0
    found = re.fullmatch(r"(\d{1,10}(?:\.\d{1,9})?)s", spot.value) if isinstance(spot.value, str) else None
    if found is None or float(found[1]) > LARGEST:
        raise spot.refused(f'a duration of up to {LARGEST:,} s such as "210s" or "3.5s"')
    return math.floor(float(found[1]) + 0.5)


def instant_of(spot: Spot) -> tuple[int, bool]:
    """Return the whole seconds of a timestamp since 1970, and whether it has no fraction."""
    try:
        found = datetime.fromisoformat(spot.text())
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not 1970 <= found.year < 9000:
        raise spot.refused('a timestamp such as "2026-03-02T08:00:00Z"')
    return math.floor(found.timestamp()), found.microsecond == 0


def place_of(spot: Spot, location: str, waypoint: str) -> Place | None:
    """Return coordinates given as a location or a waypoint; None where there are none."""
    found = spot.get(location)
    if found is None:
        way = spot.get(waypoint)
        if way is None:
            return None
        if way.get("location") is None:
            raise way.wrong("expected location.latLng, found none; a placeId can't be looked up here.")
        found = way.at("location").at("latLng")
    lat, lon = (found.get(key) or Spot(0.0, f"{found.where}.{key}") for key in ("latitude", "longitude"))
    return Place(lon.number(-180, 180), lat.number(-90, 90))


def _items(spot: Spot, key: str) -> Iterator[Spot]:
    found = spot.get(key)
    return iter(()) if found is None else found.items(MOST, SPLIT)


def _amounts(spot: Spot, key: str, inner: str) -> dict[str, int]:
    """Return amounts by load type; a limit without a number is none."""
    found = spot.get(key)
    if found is None:
        return {}
    loads = {name: found.at(name) for name in found.names()}
    for load in loads.values():
        load.only((inner,), NOT_YET)
    return {name: whole64(number) for name, load in loads.items() if (number := load.get(inner)) is not None}


def _enum(spot: Spot, key: str, names: tuple[str, ...]) -> str:
    found = spot.get(key)
    if found is None:
        return names[0]
    if isinstance(found.value, int) and not isinstance(found.value, bool) and 0 <= found.value < len(names):
        return names[found.value]
    if found.value not in names:
        raise found.refused(f"one of {', '.join(names)}", NOT_YET)
    return str(found.value)
