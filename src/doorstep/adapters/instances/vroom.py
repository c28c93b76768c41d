"""VROOM's JSON: jobs, vehicles and matrices, by its API page of 2025; the older `matrix` and `amount` too.

What doorstep can't plan yet is refused. VROOM serves as many jobs as it can, the more important first, and counts
travel time; doorstep also pays the time at the door, the same in every plan that serves the same jobs. Vehicles leave
when their time window opens.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from doorstep.adapters.strict_json import LARGEST, Spot
from doorstep.domain.errors import YourInput
from doorstep.domain.places import Place
from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.travel import TravelTimes, by_slot
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import Rates, Valuation
from doorstep.domain.windows import TimeWindow

DEPOT = "vroom"
"""Marks a problem that was read here, and whose last place is nowhere."""
DAY = 86_400
MOST_CENTS = 10**12
LATEST = 1 << 33
"""Times may be seconds since 1970, as VROOM's own examples have them."""
MOST = 20_000

NOT_YET = "doorstep does not plan that yet, and leaving it out silently would change the problem"
TOP = ("jobs", "vehicles", "matrices", "matrix", "shipments", "options")
JOB = (
    "id", "description", "location", "location_index", "setup", "service", "delivery", "pickup", "amount", "skills",
    "priority", "time_windows",
)  # fmt: skip
VEHICLE = (
    "id", "description", "profile", "start", "start_index", "end", "end_index", "capacity", "costs", "skills",
    "time_window", "max_tasks", "breaks", "speed_factor", "type",
)  # fmt: skip
COSTS = ("fixed", "per_hour", "per_km", "per_task_hour")
MATRIX = ("durations", "distances", "costs")


def is_vroom(root: Spot) -> bool:
    """Return whether a document is a VROOM problem."""
    return isinstance(root.value, dict) and "vehicles" in root.value and bool({"jobs", "shipments"} & set(root.value))


@dataclass(frozen=True, slots=True)
class _Frame:
    """What all rows share: how many locations and amounts there are, and the midnight that seconds count from."""

    locations: int
    amounts: int
    midnight: int
    horizon: int


def read_vroom(root: Spot, name: str) -> Problem:
    """Return the problem of a VROOM document; raises YourInput for what is wrong, or not supported yet."""
    root.only(TOP, NOT_YET)
    _absent(root, "shipments")
    jobs = [job.only(JOB, NOT_YET) for job in root.at("jobs").items(MOST)]
    vehicles = [vehicle.only(VEHICLE, NOT_YET) for vehicle in root.at("vehicles").items(MOST)]
    if not vehicles:
        raise root.at("vehicles").refused("at least one vehicle")
    matrices = _matrices(root, vehicles)
    frame = _frame(jobs, vehicles, matrices)
    shifts = tuple(_shift(vehicle, frame) for vehicle in vehicles)
    stops = tuple(_stop(job, frame) for job in jobs)
    _once(jobs)
    _once(vehicles)
    _no_shared_setup(jobs, stops)
    problem = Problem(
        company=name,
        depot_id=DEPOT,
        day=datetime.fromtimestamp(frame.midnight, UTC).date().isoformat(),
        timezone="UTC",
        currency="XXX",
        dimensions=tuple(f"amount_{k}" for k in range(1, frame.amounts + 1)),
        places=_places(jobs, vehicles, frame),
        stops=stops,
        shifts=shifts,
        times=_with_nowhere(matrices),
        valuation=Valuation("cost", (), {}, {}, {}),
    )
    return problem.valued(_valuation(problem, jobs, vehicles, root))


def _absent(spot: Spot, *keys: str) -> None:
    for key in keys:
        found = spot.get(key)
        if found is not None and found.value not in ([], 0):
            raise found.refused("none", NOT_YET)


def _once(spots: list[Spot]) -> None:
    seen: set[str] = set()
    for spot in spots:
        if _id(spot) in seen:
            raise spot.at("id").refused("each id once")
        seen.add(_id(spot))


def _no_shared_setup(jobs: list[Spot], stops: tuple[Stop, ...]) -> None:
    """VROOM counts set-up once for jobs in a row at one place; a service time per stop can't say that."""
    often = Counter(stop.location for stop in stops)
    for job, stop in zip(jobs, stops, strict=True):
        if _whole(job, "setup") and often[stop.location] > 1:
            raise job.at("setup").refused(f"no setup where {often[stop.location]} jobs share a location", NOT_YET)


# Matrices


def _matrices(root: Spot, vehicles: list[Spot]) -> dict[str, TravelTimes]:
    given = _given_matrices(root)
    profiles = sorted({_profile(vehicle) for vehicle in vehicles})
    if given is None:
        raise root.wrong(
            f"expected matrices with durations for profile {profiles[0]!r}, found none. Coordinates alone need a road "
            "network: add matrices (and location_index to jobs and vehicles), or import the company and use plan."
        )
    n = max((len(_durations(given, profile).value or ()) for profile in profiles), default=0)
    return {profile: _times(given.at(profile).only(MATRIX, NOT_YET), n) for profile in profiles}


def _given_matrices(root: Spot) -> Spot | None:
    """Return the matrices; an older file's single `matrix` holds the durations of cars."""
    older = root.get("matrix")
    if root.get("matrices") is not None or older is None:
        return root.get("matrices")
    return Spot({"car": {"durations": older.value}}, f"{older.where} as matrices")


def _profile(vehicle: Spot) -> str:
    profile = vehicle.get("profile")
    return "car" if profile is None else profile.text()


def _durations(matrices: Spot, profile: str) -> Spot:
    durations = matrices.at(profile).at("durations")
    durations.items(MOST)
    return durations


def _times(spot: Spot, n: int) -> TravelTimes:
    """Return a profile's legs; where VROOM has costs of its own, they take the place of metres."""
    seconds = spot.at("durations").array((n, n))
    by = spot.get("costs") or spot.get("distances")
    metres = np.zeros_like(seconds) if by is None else by.array((n, n))
    for array in (seconds, metres):
        np.fill_diagonal(array, 0)
    return TravelTimes((Seconds(0),), seconds[None], metres[None])


def _with_nowhere(matrices: Mapping[str, TravelTimes]) -> dict[str, TravelTimes]:
    """Add a last location that is no way from anywhere: where vehicles begin or end that have no start or end."""

    def wider(legs: NDArray[np.int32]) -> NDArray[np.int32]:
        return np.pad(legs, ((0, 0), (0, 1), (0, 1)))

    return {p: TravelTimes(t.edges, wider(t.seconds), wider(t.metres)) for p, t in matrices.items()}


# Time


def _frame(jobs: list[Spot], vehicles: list[Spot], matrices: Mapping[str, TravelTimes]) -> _Frame:
    spans = [pair for vehicle in vehicles if (pair := vehicle.get("time_window")) is not None]
    spans += [pair for job in jobs if (found := job.get("time_windows")) is not None for pair in found.items()]
    edges = [edge for pair in spans for edge in _span(pair)]
    midnight = min(edges, default=0) // DAY * DAY
    if max(edges, default=0) - midnight > LARGEST:
        raise YourInput(
            f"{vehicles[0].where}: expected time windows of one period, got from {min(edges)} to {max(edges)}; "
            "count all of them from the same moment."
        )
    longest = max(int(t.seconds.max(axis=2, initial=0).astype(np.int64).sum()) for t in matrices.values())
    at_doors = sum(_whole(job, "setup") + _whole(job, "service") for job in jobs)
    (n,) = {t.seconds.shape[1] for t in matrices.values()}
    capacity = vehicles[0].get("capacity")
    amounts = len(capacity.wholes()) if capacity is not None else 0
    return _Frame(n, amounts, midnight, min(LARGEST, max(edges, default=0) - midnight + longest + at_doors))


def _span(spot: Spot) -> tuple[int, int]:
    pair = spot.wholes(0, LATEST)
    if len(pair) != 2 or pair[0] > pair[1]:
        raise spot.refused("[start, end] with start <= end")
    return pair[0], pair[1]


def _whole(spot: Spot, key: str, default: int = 0, high: int = LARGEST) -> int:
    found = spot.get(key)
    return default if found is None else found.whole(0, high)


# Jobs and vehicles


def _amounts(spot: Spot, key: str, n: int) -> tuple[int, ...]:
    found = spot.get(key)
    amounts = (0,) * n if found is None else found.wholes()
    if found is not None and len(amounts) != n:
        raise found.refused(f"{n} amounts, as the first vehicle's capacity has")
    return amounts


def _location(spot: Spot, key: str, frame: _Frame) -> int:
    index = spot.at(key)
    if not isinstance(index.value, int) or isinstance(index.value, bool) or not 0 <= index.value < frame.locations:
        raise index.refused(f"a row of the matrices, from 0 to {frame.locations - 1}")
    return index.value


def _skills(spot: Spot) -> frozenset[str]:
    found = spot.get("skills")
    return frozenset() if found is None else frozenset(str(skill) for skill in found.wholes())


def _id(spot: Spot) -> str:
    return str(spot.at("id").whole(0, 2**64))


def _stop(job: Spot, frame: _Frame) -> Stop:
    if any(_amounts(job, "pickup", frame.amounts)):
        raise job.at("pickup").refused("nothing to pick up", NOT_YET)
    windows: list[TimeWindow] = []
    spans = job.get("time_windows")
    for span in () if spans is None else spans.items():
        opens, closes = _span(span)
        if windows and opens - frame.midnight <= windows[-1].closes:
            raise span.refused("windows in order and apart")
        windows.append(TimeWindow(Seconds(opens - frame.midnight), Seconds(closes - frame.midnight)))
    return Stop(
        stop_id=_id(job),
        order_ids=(_id(job),),
        location=_location(job, "location_index", frame),
        windows=tuple(windows),
        service=Seconds(_whole(job, "setup") + _whole(job, "service")),
        amounts=_amounts(job, "delivery" if job.get("amount") is None else "amount", frame.amounts),
        needs=_skills(job),
    )


def _shift(vehicle: Spot, frame: _Frame) -> PlannedShift:
    _absent(vehicle, "breaks")
    factor = vehicle.get("speed_factor")
    if factor is not None and factor.value != 1:
        raise factor.refused("a speed_factor of 1", "scale the durations of a profile of its own instead")
    span = vehicle.get("time_window")
    opens, closes = (frame.midnight, frame.midnight + frame.horizon) if span is None else _span(span)
    most = vehicle.get("max_tasks")
    return PlannedShift(
        shift_id=_id(vehicle),
        vehicle_id=_id(vehicle),
        driver_id=None,
        starts=Seconds(opens - frame.midnight),
        ends=Seconds(closes - frame.midnight),
        start=_end_of_route(vehicle, "start", frame),
        end=_end_of_route(vehicle, "end", frame),
        capacities=_amounts(vehicle, "capacity", frame.amounts),
        offers=_skills(vehicle),
        max_stops=None if most is None else most.whole(),
        profile=_profile(vehicle),
    )


def _end_of_route(vehicle: Spot, name: str, frame: _Frame) -> int:
    """Return the row of a vehicle's start or end, nowhere when it has none."""
    if vehicle.get(f"{name}_index") is None and vehicle.get(name) is None:
        return frame.locations
    return _location(vehicle, f"{name}_index", frame)


def _places(jobs: list[Spot], vehicles: list[Spot], frame: _Frame) -> tuple[Place | None, ...]:
    places: list[Place | None] = [None] * (frame.locations + 1)
    keyed = [(job, "location", "location_index") for job in jobs]
    keyed += [(vehicle, end, f"{end}_index") for vehicle in vehicles for end in ("start", "end")]
    for spot, key, index in keyed:
        found = spot.get(key)
        if found is not None:
            lon_lat = [item.number(-180, 180) for item in found.items()]
            if len(lon_lat) != 2 or not -90 <= lon_lat[1] <= 90:
                raise found.refused("[longitude, latitude]")
            places[_location(spot, index, frame)] = Place(*lon_lat)
    return tuple(places)


# Prices


def _valuation(problem: Problem, jobs: list[Spot], vehicles: list[Spot], root: Spot) -> Valuation:
    matrices = _given_matrices(root) or root
    by_costs = {p for p in problem.times if matrices.at(p).get("costs") is not None}
    rates = {shift.shift_id: _rates(v, shift, by_costs) for v, shift in zip(vehicles, problem.shifts, strict=True)}
    _distances_known(vehicles, rates, matrices)
    _door_time_paid_alike(vehicles, jobs, by_costs)
    worst = _worst_cost(problem, rates)
    prices = [worst * _weight(_priority(job), len(jobs)) for job in jobs]
    if max(prices, default=0) > MOST_CENTS:
        raise root.wrong("expected costs and priorities whose product fits in 12 digits; use smaller numbers.")
    unserved = {stop.stop_id: Cents(price) for stop, price in zip(problem.stops, prices, strict=True)}
    return Valuation("cost", ("VROOM costs and priorities",), {}, unserved, rates)


def _weight(priority: int, jobs: int) -> int:
    """Return a job's weight: the sum of priorities comes first, the number of jobs second."""
    return priority * (jobs + 1) + 1


def _priority(job: Spot) -> int:
    return _whole(job, "priority", 0, 100)


def _rates(vehicle: Spot, shift: PlannedShift, by_costs: set[str]) -> Rates:
    """Return VROOM's own defaults where nothing is said: a cent for each second."""
    costs = vehicle.get("costs") or Spot({}, f"{vehicle.where}.costs")
    costs.only(COSTS, NOT_YET)
    fixed = _whole(costs, "fixed")
    if shift.profile in by_costs:
        for key, default in (("per_hour", 3600), ("per_km", 0), ("per_task_hour", 0)):
            if _whole(costs, key, default) != default:
                raise costs.at(key).refused(f"{default} beside a matrix of costs", "VROOM takes one or the other")
        return Rates(cents_per_km=1000, fixed_cents=fixed)
    return Rates(
        cents_per_hour=_whole(costs, "per_hour", 3600), cents_per_km=_whole(costs, "per_km"), fixed_cents=fixed
    )


def _door_time_paid_alike(vehicles: list[Spot], jobs: list[Spot], by_costs: set[str]) -> None:
    """Doorstep pays a vehicle's hours at the door as on the road; refuse where that could prefer another plan."""
    if not any(_whole(job, "setup") + _whole(job, "service") for job in jobs):
        return
    paid = [v.get("costs") or Spot({}, v.where) for v in vehicles if _profile(v) not in by_costs]
    hours = [(_whole(costs, "per_hour", 3600), _whole(costs, "per_task_hour")) for costs in paid]
    if any(road != door for road, door in hours) and len(set(hours)) > 1:
        raise paid[0].wrong(
            f"expected per_hour alike for all vehicles, or per_task_hour equal to each one's per_hour; {NOT_YET}."
        )
    if len(set(hours)) == 1 and hours[0][1] not in (0, hours[0][0]):
        raise paid[0].at("per_task_hour").refused(f"0 or {hours[0][0]}, as per_hour", NOT_YET)


def _distances_known(vehicles: list[Spot], rates: Mapping[str, Rates], matrices: Spot) -> None:
    for vehicle in vehicles:
        matrix = matrices.at(_profile(vehicle))
        if rates[_id(vehicle)].cents_per_km and matrix.get("costs") is None and matrix.get("distances") is None:
            raise matrix.wrong("expected distances, because a vehicle of this profile pays per_km; found none.")


def _worst_cost(problem: Problem, rates: Mapping[str, Rates]) -> int:
    """Return cents that no plan for these jobs can exceed, so that one job more always counts for more than cost."""
    legs = [stop.location for stop in problem.stops] + [shift.start for shift in problem.shifts]
    per_hour = max(r.cents_per_hour for r in rates.values())
    per_km = max(r.cents_per_km for r in rates.values())
    every = [by_slot(times) for times in problem.times.values()]
    seconds = np.max([t.seconds.max(axis=(0, 2)) for t in every], axis=0)[legs].astype(np.int64).sum()
    metres = np.max([t.metres.max(axis=(0, 2)) for t in every], axis=0)[legs].astype(np.int64).sum()
    hours = (int(seconds) + sum(stop.service for stop in problem.stops)) * per_hour // 3600
    return hours + int(metres) * per_km // 1000 + sum(r.fixed_cents for r in rates.values()) + len(rates)
