"""Where VROOM's tasks and vehicles are and how long it takes between them: its matrices, or legs between coordinates.

What a task's set-up or a vehicle's type adds goes into rows of their own (see `rows`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from doorstep.adapters.instances.coordinates import Found, Ways, profile_of
from doorstep.adapters.instances.rows import NOWHERE, Row, Rows, rounded
from doorstep.adapters.instances.vroom_parts import NOT_YET, Task, Vehicle, often, place_spots
from doorstep.adapters.strict_json import Spot
from doorstep.domain.errors import YourInput
from doorstep.domain.places import Place
from doorstep.domain.travel import AskedTimes, TravelTimes
from doorstep.domain.units import Seconds

MATRIX = ("durations", "distances", "costs")
MOST = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class ProfileLegs:
    """Legs of a profile between locations, in one slot, and where the file has them costs, shape (n, n).

    Not `measured`: the file has no distances, and metres are 0.
    """

    travel: TravelTimes
    measured: bool = True
    costs: NDArray[np.int32] | None = None

    def longest(self) -> int:
        """Return seconds that no leg exceeds."""
        if isinstance(self.travel, AskedTimes):
            return self.travel.legs.longest()[0]
        return int(self.travel.seconds.max(initial=0))


@dataclass(frozen=True, slots=True)
class VehicleKind:
    """What makes vehicles alike on the road: profile, speed in hundredths, and a type that some task knows."""

    profile: str
    hundredths: int
    type: str

    @property
    def name(self) -> str:
        """The profile's name in a problem."""
        factor = "" if self.hundredths == 100 else f" x {self.hundredths / 100:g}"
        return f"{self.profile}{factor}{f' ({self.type})' if self.type else ''}"


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Locations, rows and legs of a document. `tasks` and `ends` hold the locations of tasks and vehicles' two ends."""

    legs: Mapping[str, ProfileLegs]
    places: tuple[Place | None, ...]
    tasks: tuple[int, ...]
    ends: tuple[tuple[int, int], ...]
    said: str = ""
    attribution: str = ""


def network(root: Spot, tasks: Sequence[Task], vehicles: Sequence[Vehicle], ways: Ways) -> Network:
    """Return where everything is and how long it takes, by the file's matrices or else by `ways`."""
    matrices = given_matrices(root)
    if matrices is not None:
        return _by_matrices(matrices, tasks, vehicles)
    return _by_coordinates(root, tasks, vehicles, ways)


def given_matrices(root: Spot) -> Spot | None:
    """Return the matrices; an older file's single `matrix` holds the durations of cars."""
    older = root.get("matrix")
    if root.get("matrices") is not None or older is None:
        return root.get("matrices")
    return Spot({"car": {"durations": older.value}}, f"{older.where} as matrices")


# Matrices


def _by_matrices(matrices: Spot, tasks: Sequence[Task], vehicles: Sequence[Vehicle]) -> Network:
    profiles = sorted({vehicle.profile for vehicle in vehicles})
    n = max(_size(matrices.at(profile).at("durations")) for profile in profiles)
    legs = {profile: _legs(matrices.at(profile).only(MATRIX, NOT_YET), n) for profile in profiles}
    places: list[Place | None] = [None] * n
    for spot, key, index in place_spots(tasks, vehicles):
        found = spot.get(key)
        if found is not None:
            places[_row(spot.at(index), n)] = _place(found)
    return Network(
        legs=legs,
        places=tuple(places),
        tasks=tuple(_row(task.spot.at("location_index"), n) for task in tasks),
        ends=tuple((_end_row(v.spot, "start", n), _end_row(v.spot, "end", n)) for v in vehicles),
    )


def _size(durations: Spot) -> int:
    durations.items(MOST)
    return len(durations.value)


def _legs(spot: Spot, n: int) -> ProfileLegs:
    found = {key: spot.get(key) for key in MATRIX}
    arrays = {key: None if one is None else _array(one, n) for key, one in found.items()}
    seconds = arrays["durations"]
    if seconds is None:
        raise spot.wrong("expected 'durations', found none; add it.")
    for array in arrays.values():
        if array is not None:
            np.fill_diagonal(array, 0)
    far = arrays["distances"]
    metres = np.zeros_like(seconds) if far is None else far
    return ProfileLegs(TravelTimes((Seconds(0),), seconds[None], metres[None]), far is not None, arrays["costs"])


def _array(spot: Spot, n: int) -> NDArray[np.int32]:
    try:
        return spot.array((n, n))
    except YourInput as error:
        if "got null" in f"{error}":
            raise YourInput(
                f"{error} OSRM writes null where no way leads from one place to another: give the leg a number, or "
                "leave one of the two places out."
            ) from None
        raise


def _row(index: Spot, n: int) -> int:
    if not isinstance(index.value, int) or isinstance(index.value, bool) or not 0 <= index.value < n:
        raise index.refused(f"a row of the matrices, from 0 to {n - 1}")
    return index.value


def _end_row(spot: Spot, end: str, n: int) -> int:
    """Return the row of a vehicle's start or end, nowhere when it has none."""
    if spot.get(f"{end}_index") is None and spot.get(end) is None:
        return NOWHERE
    return _row(spot.at(f"{end}_index"), n)


# Coordinates


@dataclass(slots=True)
class _Places:
    """Distinct places in the order in which they are first named."""

    known: dict[Place, int] = field(default_factory=dict)

    def at(self, spot: Spot) -> int:
        return self.known.setdefault(_place(spot), len(self.known))


def _by_coordinates(root: Spot, tasks: Sequence[Task], vehicles: Sequence[Vehicle], ways: Ways) -> Network:
    named = [task.spot for task in tasks if task.spot.get("location") is None]
    named += [v.spot for v in vehicles if v.spot.get("start") is None and v.spot.get("start_index") is not None]
    if named:
        profile = vehicles[0].profile
        raise root.wrong(
            f"expected matrices with durations for profile {profile!r}, found none, and {named[0].where} has no "
            "coordinates; add matrices, or a location to every job and vehicle."
        )
    places = _Places()
    at = tuple(places.at(task.spot.at("location")) for task in tasks)
    ends = tuple((_end_place(v.spot, "start", places), _end_place(v.spot, "end", places)) for v in vehicles)
    found = _found(vehicles, tuple(places.known), ways)
    legs = {profile: ProfileLegs(one.legs) for profile, one in found.items()}
    said = "; ".join(dict.fromkeys(one.said for one in found.values()))
    attribution = "; ".join(dict.fromkeys(one.attribution for one in found.values() if one.attribution))
    return Network(legs, tuple(places.known), at, ends, said, attribution)


def _found(vehicles: Sequence[Vehicle], places: Sequence[Place], ways: Ways) -> dict[str, Found]:
    """Return the legs of every profile; profiles that mean the same share them."""
    by_way: dict[str, Found] = {}
    found: dict[str, Found] = {}
    for vehicle in vehicles:
        if vehicle.profile not in found:
            way = profile_of(vehicle.spot.get("profile") or Spot("car", vehicle.spot.where))
            by_way[way] = by_way.get(way) or ways(places, way)
            found[vehicle.profile] = by_way[way]
    return found


def _end_place(spot: Spot, end: str, places: _Places) -> int:
    found = spot.get(end)
    return NOWHERE if found is None else places.at(found)


def _place(spot: Spot) -> Place:
    lon_lat = [item.number(-180, 180) for item in spot.items()]
    if len(lon_lat) != 2 or not -90 <= lon_lat[1] <= 90:
        raise spot.refused("[longitude, latitude]")
    return Place(*lon_lat)


# Rows


@dataclass(frozen=True, slots=True, eq=False)
class LaidOut:
    """Rows of a problem: `at` holds each task's, `service` its seconds there, `ends` the rows of each vehicle's ends.

    `extra` holds the seconds of set-up and service of each task by kind of vehicle, wherever they are counted.
    """

    rows: Rows
    at: tuple[int, ...]
    service: tuple[int, ...]
    ends: tuple[tuple[int, int], ...]
    kinds: tuple[VehicleKind, ...]
    kind_of: tuple[int, ...]
    lasts: tuple[tuple[tuple[int, int], ...], ...]

    def times(self, legs: Mapping[str, ProfileLegs]) -> dict[str, TravelTimes]:
        """Return legs between all rows by profile; where VROOM has costs of its own, they take the place of metres."""
        return {kind.name: self._legs(legs[kind.profile], kind, k) for k, kind in enumerate(self.kinds)}

    def _legs(self, legs: ProfileLegs, kind: VehicleKind, k: int) -> TravelTimes:
        if isinstance(legs.travel, AskedTimes):
            return self.rows.asked(legs.travel.legs, k, (kind.hundredths, 100))
        by = legs.travel.metres[0] if legs.costs is None else legs.costs
        return self.rows.legs(rounded(legs.travel.seconds[0], kind.hundredths), by.copy(), k)


def laid_out(tasks: Sequence[Task], vehicles: Sequence[Vehicle], net: Network) -> LaidOut:
    """Return the rows that a problem needs: its locations, nowhere, and tasks whose doors differ."""
    known = {name for task in tasks for name in (*task.setup_by_type, *task.service_by_type)}
    kind_at = [VehicleKind(v.profile, v.hundredths, v.kind if v.kind in known else "") for v in vehicles]
    kinds = tuple(dict.fromkeys(kind_at))
    rows = Rows(len(net.places))
    shared = often(net.tasks) | {start for start, _ in net.ends}
    lasts = tuple(tuple(task.lasts(kind.type) for kind in kinds) for task in tasks)
    doors = [
        _door(task, at, lasts[k], apart=at not in shared)
        for k, (task, at) in enumerate(zip(tasks, net.tasks, strict=True))
    ]
    _refuse_unseen(tasks, vehicles, doors)
    nowhere = rows.at(Row(NOWHERE, NOWHERE)) if any(NOWHERE in ends for ends in net.ends) else NOWHERE
    return LaidOut(
        rows=rows,
        at=tuple(rows.at(row) for row, _ in doors),
        service=tuple(service for _, service in doors),
        ends=tuple((nowhere if a == NOWHERE else a, nowhere if b == NOWHERE else b) for a, b in net.ends),
        kinds=kinds,
        kind_of=tuple(kinds.index(kind) for kind in kind_at),
        lasts=lasts,
    )


def _door(task: Task, at: int, lasts: Sequence[tuple[int, int]], *, apart: bool) -> tuple[Row, int]:
    """Return a task's row and its seconds at the door.

    A set-up that everybody needs who comes here is service. Where one may already be here, it makes the legs from
    elsewhere longer: right in sum, and as to when service starts where any time will do.
    """
    setups = [setup for setup, _ in lasts]
    if not any(setups) or apart:
        whole = [setup + service for setup, service in lasts]
        return Row(at, at, (), _beyond(whole)), min(whole)
    if task.spans:
        raise task.spot.at("setup" if task.setup else "setup_per_type").refused(
            "no setup beside time_windows where several tasks, or a task and a vehicle's start, share a location",
            NOT_YET,
        )
    services = [service for _, service in lasts]
    return Row(at, at, tuple(setups), _beyond(services)), min(services)


def _beyond(seconds: Sequence[int]) -> tuple[int, ...]:
    """Return by how much each exceeds the least."""
    least = min(seconds)
    return tuple(each - least for each in seconds) if any(each > least for each in seconds) else ()


def _refuse_unseen(tasks: Sequence[Task], vehicles: Sequence[Vehicle], doors: Sequence[tuple[Row, int]]) -> None:
    """Refuse what would be counted wrongly because seconds at a door stand in the legs."""
    resting = next((v.spot.where for v in vehicles if v.rests), None)
    bounded = next((v.spot.where for v in vehicles if "max_travel_time" in v.most), None)
    alike = "expected seconds alike for all vehicle types"
    for task, (row, _) in zip(tasks, doors, strict=True):
        if row.after and resting:
            raise task.spot.wrong(f"{alike}, because {resting} has breaks; {NOT_YET}.")
        if not row.plain and bounded:
            raise task.spot.wrong(
                f"{alike} and no setup where tasks share a location, because {bounded} has a max_travel_time; "
                f"{NOT_YET}."
            )
