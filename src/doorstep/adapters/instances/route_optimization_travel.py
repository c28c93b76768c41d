"""Where a Route Optimization request's calls and vehicles are, and the legs between: by tags, or by coordinates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from doorstep.adapters.instances.coordinates import Ways, straight_legs
from doorstep.adapters.instances.route_optimization_parts import (
    NOT_YET,
    Call,
    Shipment,
    Vehicle,
    flag,
    place_of,
    seconds_of,
)
from doorstep.adapters.instances.rows import NOWHERE, Row, Rows
from doorstep.adapters.strict_json import LARGEST, Spot
from doorstep.domain.errors import YourInput
from doorstep.domain.places import Place
from doorstep.domain.travel import AskedTimes, TravelTimes
from doorstep.domain.units import Seconds

Array = NDArray[np.int32]
MODES = {"TRAVEL_MODE_UNSPECIFIED": "car", "DRIVING": "car", "WALKING": "foot"}
MATRIX = ("rows", "vehicleStartTag")
MOST_TAGS = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """Locations of calls (where legs end, where they begin) and of vehicles' ends, and legs by a network's name."""

    legs: Mapping[str, TravelTimes]
    network: tuple[str, ...]
    places: tuple[Place | None, ...]
    calls: Mapping[str, tuple[int, int]]
    ends: tuple[tuple[int, int], ...]
    said: str = ""
    attribution: str = ""


def ground(
    request: Spot, model: Spot, shipments: Sequence[Shipment], vehicles: Sequence[Vehicle], ways: Ways
) -> Ground:
    """Return where everything is and how long it takes, by the model's matrices or else between coordinates."""
    if model.get("durationDistanceMatrices") is not None:
        return _by_tags(model, shipments, vehicles)
    return _by_coordinates(request, shipments, vehicles, ways)


def _named_calls(shipments: Sequence[Shipment]) -> list[tuple[str, Call]]:
    return [(shipment.stop_id(call), call) for shipment in shipments for call in shipment.calls]


# Tags and matrices


def _by_tags(model: Spot, shipments: Sequence[Shipment], vehicles: Sequence[Vehicle]) -> Ground:
    sources = model.at("durationDistanceMatrixSrcTags").texts()
    ends = model.get("durationDistanceMatrixDstTags")
    targets = sources if ends is None or not ends.value else ends.texts()
    if len(set(sources)) < len(sources) or len(set(targets)) < len(targets) or len(sources) > MOST_TAGS:
        raise model.at("durationDistanceMatrixSrcTags").wrong(
            f"expected each tag once, and at most {MOST_TAGS:,} tags."
        )
    both = [tag for tag in sources if tag in set(targets)]
    at = {tag: k for k, tag in enumerate(both)}
    pick = np.ix_([sources.index(tag) for tag in both], [targets.index(tag) for tag in both])
    matrices = list(model.at("durationDistanceMatrices").items(100))
    tags = [_start_tag(matrix) for matrix in matrices]
    legs = {}
    for matrix, tag in zip(matrices, tags, strict=True):
        seconds, metres = _matrix(matrix, len(sources), len(targets))
        legs[tag] = TravelTimes((Seconds(0),), seconds[pick][None], metres[pick][None])
        still = np.flatnonzero(np.diagonal(seconds[pick]) | np.diagonal(metres[pick]))
        if len(still):
            raise matrix.wrong(
                f"expected 0 s and 0 m from a tag to itself, got others from {both[still[0]]!r}; {NOT_YET}."
            )
    calls = {}
    places: list[Place | None] = [None] * len(both)
    for name, call in _named_calls(shipments):
        where = _location(call.spot, "tags", at)
        calls[name] = (where, where)
        places[where] = place_of(call.spot, "arrivalLocation", "arrivalWaypoint") or places[where]
    return Ground(
        legs=legs,
        network=tuple(_network(vehicle, tags) for vehicle in vehicles),
        places=tuple(places),
        calls=calls,
        ends=tuple((_end(v.spot, "startTags", at), _end(v.spot, "endTags", at)) for v in vehicles),
    )


def _start_tag(matrix: Spot) -> str:
    tag = matrix.only(MATRIX, NOT_YET).get("vehicleStartTag")
    return "" if tag is None or tag.value == "" else tag.text()


def _network(vehicle: Vehicle, tags: Sequence[str]) -> str:
    """Return the tag of the matrix that a vehicle drives by."""
    given = vehicle.spot.get("startTags")
    own = set() if given is None else set(given.texts())
    fitting = [tag for tag in tags if tag in own or tag == ""]
    if len(fitting) != 1:
        raise vehicle.spot.wrong(f"expected one matrix for its startTags (by vehicleStartTag), got {len(fitting)}.")
    return fitting[0]


def _location(spot: Spot, key: str, at: Mapping[str, int]) -> int:
    tags = spot.at(key)
    known = [at[tag] for tag in tags.texts() if tag in at]
    if len(known) != 1:
        raise tags.refused("one tag that is a row and a column of the matrices")
    return known[0]


def _end(spot: Spot, key: str, at: Mapping[str, int]) -> int:
    return NOWHERE if spot.get(key) is None else _location(spot, key, at)


def _matrix(spot: Spot, sources: int, targets: int) -> tuple[Array, Array]:
    rows = list(spot.at("rows").items(MOST_TAGS))
    if len(rows) != sources:
        raise spot.at("rows").wrong(f"expected {sources} rows, one for each source tag, got {len(rows)}.")
    seconds, metres = np.zeros((sources, targets), np.int32), np.zeros((sources, targets), np.int32)
    for k, row in enumerate(rows):
        durations = [seconds_of(item) for item in row.at("durations").items(MOST_TAGS)]
        meters = row.get("meters")
        far = [0] * targets if meters is None else [round(item.number(0, LARGEST)) for item in meters.items(MOST_TAGS)]
        if len(durations) != targets or len(far) != targets:
            raise row.wrong(
                f"expected {targets} durations and meters, one for each tag, got {len(durations)} and {len(far)}."
            )
        seconds[k], metres[k] = durations, far
    return seconds, metres


# Coordinates


class _Places:
    """Distinct places in the order in which they are first named."""

    def __init__(self) -> None:
        self.known: dict[Place, int] = {}

    def at(self, place: Place) -> int:
        return self.known.setdefault(place, len(self.known))


def _by_coordinates(request: Spot, shipments: Sequence[Shipment], vehicles: Sequence[Vehicle], ways: Ways) -> Ground:
    places, calls = _Places(), {}
    for name, call in _named_calls(shipments):
        arrival = place_of(call.spot, "arrivalLocation", "arrivalWaypoint")
        if arrival is None:
            raise call.spot.wrong("expected an arrivalLocation, because there are no matrices; found none.")
        departure = place_of(call.spot, "departureLocation", "departureWaypoint") or arrival
        calls[name] = (places.at(arrival), places.at(departure))
    ends = tuple(
        (
            _end_place(v.spot, "startLocation", "startWaypoint", places),
            _end_place(v.spot, "endLocation", "endWaypoint", places),
        )
        for v in vehicles
    )
    modes = [MODES[vehicle.mode] for vehicle in vehicles]
    found = {mode: _legs(request, tuple(places.known), mode, ways) for mode in dict.fromkeys(modes)}
    return Ground(
        legs={mode: one[0] for mode, one in found.items()},
        network=tuple(modes),
        places=tuple(places.known),
        calls=calls,
        ends=ends,
        said="; ".join(dict.fromkeys(one[1] for one in found.values())),
        attribution="; ".join(dict.fromkeys(one[2] for one in found.values() if one[2])),
    )


def _end_place(spot: Spot, location: str, waypoint: str, places: _Places) -> int:
    found = place_of(spot, location, waypoint)
    return NOWHERE if found is None else places.at(found)


def _legs(request: Spot, places: Sequence[Place], mode: str, ways: Ways) -> tuple[TravelTimes, str, str]:
    """Return legs, how they came about, and whom to name; geodesic ones where the request asks for them."""
    if not flag(request, "useGeodesicDistances"):
        found = ways(places, mode)
        return found.legs, found.said, found.attribution
    speed = request.at("geodesicMetersPerSecond").number(0.1, 1000)
    return straight_legs(places, metres_per_second=speed, detour=1.0), f"geodesic lines at {speed:g} m/s", ""


# Rows


@dataclass(frozen=True, slots=True)
class VehicleKind:
    """What makes vehicles alike on the road and at doors."""

    network: str
    multiple: float
    extra: tuple[tuple[str, int], ...]

    @property
    def name(self) -> str:
        """The profile's name in a problem."""
        factor = "" if self.multiple == 1 else f" x {self.multiple:g}"
        extra = "".join(f" +{seconds} s {name}" for name, seconds in self.extra)
        return f"{self.network or 'car'}{factor}{extra}"


@dataclass(frozen=True, slots=True, eq=False)
class LaidOut:
    """Rows by stop and by vehicle's ends; `service` is what every vehicle needs, `lasts` what each kind does."""

    rows: Rows
    at: Mapping[str, int]
    service: Mapping[str, int]
    lasts: Mapping[str, tuple[int, ...]]
    ends: tuple[tuple[int, int], ...]
    kinds: tuple[VehicleKind, ...]
    kind_of: tuple[int, ...]

    def times(self, legs: Mapping[str, TravelTimes]) -> dict[str, TravelTimes]:
        """Return legs between all rows by profile."""
        return {kind.name: self._legs(legs[kind.network], kind, k) for k, kind in enumerate(self.kinds)}

    def _legs(self, legs: TravelTimes, kind: VehicleKind, k: int) -> TravelTimes:
        if isinstance(legs, AskedTimes):
            return self.rows.asked(legs.legs, k, (kind.multiple, 1))
        seconds = np.minimum(np.floor(legs.seconds[0] * kind.multiple + 0.5), LARGEST).astype(np.int32)
        return self.rows.legs(seconds, legs.metres[0].copy(), k)


def laid_out(shipments: Sequence[Shipment], vehicles: Sequence[Vehicle], net: Ground) -> LaidOut:
    """Return the rows that a problem needs."""
    known = {name for shipment in shipments for call in shipment.calls for name in call.types}
    kind_at = [
        VehicleKind(net.network[k], v.multiple, tuple(sorted((n, s) for n, s in v.extra.items() if n in known and s)))
        for k, v in enumerate(vehicles)
    ]
    kinds = tuple(dict.fromkeys(kind_at))
    rows, at, service, lasts = Rows(len(net.places)), {}, {}, {}
    for name, call in _named_calls(shipments):
        each = tuple(call.seconds + sum(dict(kind.extra).get(one, 0) for one in call.types) for kind in kinds)
        beyond = tuple(seconds - min(each) for seconds in each)
        reached, leaves = net.calls[name]
        if any(beyond):
            _refuse_unseen(call, vehicles)
        lasts[name], service[name] = each, min(each)
        at[name] = rows.at(Row(reached, leaves, (), beyond if any(beyond) else ()))
    nowhere = rows.at(Row(NOWHERE, NOWHERE)) if any(NOWHERE in ends for ends in net.ends) else NOWHERE
    ends = tuple((nowhere if a == NOWHERE else a, nowhere if b == NOWHERE else b) for a, b in net.ends)
    return LaidOut(rows, at, service, lasts, ends, kinds, tuple(kinds.index(kind) for kind in kind_at))


def _refuse_unseen(call: Call, vehicles: Sequence[Vehicle]) -> None:
    """Refuse what would be counted wrongly because seconds at a door stand in the legs."""
    for vehicle in vehicles:
        if vehicle.rests or vehicle.rhythm or vehicle.travels is not None:
            raise YourInput(
                f"{call.spot.where}: expected visit durations alike for all vehicles, because {vehicle.spot.where} has "
                f"breaks or a travelDurationLimit; {NOT_YET}."
            )
