"""What stands in VROOM's JSON, read spot by spot: tasks, vehicles and the plan that a file may bring along.

Keys and their meaning are those of VROOM's API page as of 2025; the older `amount` of a job is read too.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from doorstep.adapters.strict_json import LARGEST, SPLIT, Spot
from doorstep.domain.problem import MOST_STOPS

NOT_YET = "doorstep does not plan that yet, and leaving it out silently would change the problem"
TOP = ("jobs", "vehicles", "matrices", "matrix", "shipments", "options")
STEP = (
    "id", "description", "location", "location_index", "setup", "service", "setup_per_type", "service_per_type",
    "time_windows",
)  # fmt: skip
JOB = (*STEP, "delivery", "pickup", "amount", "skills", "priority")
SHIPMENT = ("pickup", "delivery", "amount", "skills", "priority", "description")
VEHICLE = (
    "id", "description", "profile", "start", "start_index", "end", "end_index", "capacity", "costs", "skills",
    "time_window", "max_tasks", "max_travel_time", "max_distance", "breaks", "speed_factor", "type", "steps",
)  # fmt: skip
MOSTS = ("max_tasks", "max_travel_time", "max_distance")
COSTS = ("fixed", "per_hour", "per_km", "per_task_hour")
BREAK = ("id", "time_windows", "service", "description", "max_load")
GIVEN_STEP = (
    "type", "id", "service_at", "service_after", "service_before", "description", "location", "location_index", "job",
    "arrival", "duration", "setup", "service", "waiting_time", "load", "distance", "violations",
)  # fmt: skip
"""Keys of a step, and those that an answer's steps have besides: an answer may be given back."""
STEP_TYPES = ("start", "job", "pickup", "delivery", "break", "end")
MOST = MOST_STOPS
LATEST = 1 << 33
"""Times may be seconds since 1970, as VROOM's own examples have them."""

Span = tuple[int, int]
Kind = Literal["job", "pickup", "delivery"]


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A job, or one half of a shipment; `shared` holds what a shipment says for both halves."""

    spot: Spot
    shared: Spot
    kind: Kind
    number: int
    spans: tuple[Span, ...]
    setup: int
    service: int
    setup_by_type: Mapping[str, int]
    service_by_type: Mapping[str, int]
    delivers: tuple[int, ...]
    picks: tuple[int, ...]
    skills: frozenset[str]
    priority: int

    @property
    def stop_id(self) -> str:
        """The stop's name: VROOM numbers jobs, pick-ups and deliveries apart."""
        return str(self.number) if self.kind == "job" else f"{self.kind}-{self.number}"

    def lasts(self, vehicle_type: str) -> tuple[int, int]:
        """Return the seconds of set-up and service for a type of vehicle."""
        return (
            self.setup_by_type.get(vehicle_type, self.setup),
            self.service_by_type.get(vehicle_type, self.service),
        )


@dataclass(frozen=True, slots=True)
class Rest:
    """A break of a vehicle."""

    number: int
    service: int
    spans: tuple[Span, ...]
    description: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Vehicle:
    """A vehicle; `span` None: any time. `hundredths` is what its seconds are multiplied with, in hundredths."""

    spot: Spot
    number: int
    profile: str
    hundredths: int
    kind: str
    capacity: tuple[int, ...]
    skills: frozenset[str]
    span: Span | None
    costs: Mapping[str, int]
    rests: tuple[Rest, ...]
    most: Mapping[str, int] = field(default_factory=dict)

    @property
    def shift_id(self) -> str:
        """The shift's name."""
        return str(self.number)


# Tasks


def tasks_of(root: Spot, amounts: int) -> tuple[Task, ...]:
    """Return all jobs, then pick-up and delivery of all shipments, each id once among its kind."""
    jobs = _list(root, "jobs")
    shipments = [spot.only(SHIPMENT, NOT_YET) for spot in _list(root, "shipments")]
    found = [_job(spot.only(JOB, NOT_YET), amounts) for spot in jobs]
    found += [task for spot in shipments for task in _shipment(spot, amounts)]
    _once((task.spot, task.stop_id) for task in found)
    return tuple(found)


def _list(root: Spot, key: str) -> list[Spot]:
    found = root.get(key)
    return [] if found is None else list(found.items(MOST, SPLIT))


def _once(named: Iterator[tuple[Spot, str]]) -> None:
    seen: set[str] = set()
    for spot, name in named:
        if name in seen:
            raise spot.at("id").refused("each id once")
        seen.add(name)


def _job(spot: Spot, amounts: int) -> Task:
    delivers = amounts_of(spot, "delivery" if spot.get("amount") is None else "amount", amounts)
    return _task(spot, spot, "job", delivers, amounts_of(spot, "pickup", amounts))


def _shipment(spot: Spot, amounts: int) -> tuple[Task, Task]:
    goods, none = amounts_of(spot, "amount", amounts), (0,) * amounts
    pickup, delivery = (spot.at(key).only(STEP, NOT_YET) for key in ("pickup", "delivery"))
    return _task(pickup, spot, "pickup", none, none), _task(delivery, spot, "delivery", goods, none)


def _task(spot: Spot, shared: Spot, kind: Kind, delivers: tuple[int, ...], picks: tuple[int, ...]) -> Task:
    return Task(
        spot=spot,
        shared=shared,
        kind=kind,
        number=_id(spot),
        spans=spans_of(spot),
        setup=whole(spot, "setup"),
        service=whole(spot, "service"),
        setup_by_type=_by_type(spot, "setup_per_type"),
        service_by_type=_by_type(spot, "service_per_type"),
        delivers=delivers,
        picks=picks if any(picks) else (),
        skills=_skills(shared),
        priority=whole(shared, "priority", high=100),
    )


def _by_type(spot: Spot, key: str) -> dict[str, int]:
    found = spot.get(key)
    return {} if found is None else {name: found.at(name).whole() for name in found.names()}


# Vehicles


def vehicles_of(root: Spot) -> tuple[Vehicle, ...]:
    """Return all vehicles, at least one, each id once."""
    spots = [spot.only(VEHICLE, NOT_YET) for spot in root.at("vehicles").items(MOST)]
    if not spots:
        raise root.at("vehicles").refused("at least one vehicle")
    capacity = spots[0].get("capacity")
    amounts = 0 if capacity is None else len(capacity.wholes())
    found = tuple(_vehicle(spot, amounts) for spot in spots)
    _once((vehicle.spot, vehicle.shift_id) for vehicle in found)
    return found


def _vehicle(spot: Spot, amounts: int) -> Vehicle:
    profile, kind, window = spot.get("profile"), spot.get("type"), spot.get("time_window")
    costs = (spot.get("costs") or Spot({}, f"{spot.where}.costs")).only(COSTS, NOT_YET)
    return Vehicle(
        spot=spot,
        number=_id(spot),
        profile="car" if profile is None else profile.text(),
        hundredths=_hundredths(spot),
        kind="" if kind is None else kind.text(),
        capacity=amounts_of(spot, "capacity", amounts),
        skills=_skills(spot),
        span=None if window is None else _span(window),
        costs={
            key: whole(costs, key, default)
            for key, default in (("fixed", 0), ("per_hour", 3600), ("per_km", 0), ("per_task_hour", 0))
        },
        rests=_rests(spot, amounts_of(spot, "capacity", amounts)),
        most={key: whole(spot, key) for key in MOSTS if spot.get(key) is not None},
    )


def _hundredths(spot: Spot) -> int:
    """Return what a speed factor makes of a second, in hundredths, as VROOM rounds it."""
    factor = spot.get("speed_factor")
    if factor is None:
        return 100
    number = factor.number(0, 5)
    if number < 0.01:
        raise factor.refused("a speed_factor from 0.01 to 5")
    return int(100 / number + 0.5)


def _rests(spot: Spot, capacity: tuple[int, ...]) -> tuple[Rest, ...]:
    breaks = spot.get("breaks")
    if breaks is None:
        return ()
    spots = [one.only(BREAK, NOT_YET) for one in breaks.items(100)]
    found = tuple(_rest(one, capacity) for one in spots)
    _once((one, str(rest.number)) for one, rest in zip(spots, found, strict=True))
    _apart(spots, found)
    return found


def _rest(spot: Spot, capacity: tuple[int, ...]) -> Rest:
    most = spot.get("max_load")
    if most is not None and any(m < c for m, c in zip(most.wholes(), capacity, strict=False)):
        raise most.refused("no max_load below the vehicle's capacity", NOT_YET)
    told = spot.get("description")
    return Rest(_id(spot), whole(spot, "service"), spans_of(spot), None if told is None else told.text())


def _apart(spots: Sequence[Spot], rests: Sequence[Rest]) -> None:
    """Refuse breaks of one vehicle that could be taken as one: a plan would keep both by a single rest."""
    for k, rest in enumerate(rests):
        for other in rests[:k]:
            if any(a <= d and c <= b for a, b in _spans_or_all(rest) for c, d in _spans_or_all(other)):
                raise spots[k].wrong(
                    f"expected breaks of a vehicle in windows apart, got break {rest.number} in a window of break "
                    f"{other.number}; draw their windows apart, or make them one."
                )


def _spans_or_all(rest: Rest) -> tuple[Span, ...]:
    return rest.spans or ((0, LATEST),)


# The plan a file brings along


def given_steps(vehicle: Vehicle) -> Iterator[tuple[Spot, str, int]]:
    """Yield spot, type and id of each step that a vehicle comes with, without start and end."""
    steps = vehicle.spot.get("steps")
    for step in () if steps is None else steps.items(MOST):
        kind = step.only(GIVEN_STEP, NOT_YET).at("type")
        if kind.value not in STEP_TYPES:
            raise kind.refused(f"one of {', '.join(STEP_TYPES)}")
        if kind.value not in ("start", "end"):
            yield step, str(kind.value), _id(step)


# What many parts are made of


def amounts_of(spot: Spot, key: str, n: int) -> tuple[int, ...]:
    """Return amounts in as many dimensions as the first vehicle's capacity has; zeros where nothing is said."""
    found = spot.get(key)
    amounts = (0,) * n if found is None else found.wholes()
    if found is not None and len(amounts) != n:
        raise found.refused(f"{n} amounts, as the first vehicle's capacity has")
    return amounts


def spans_of(spot: Spot) -> tuple[Span, ...]:
    """Return time windows, in order and apart."""
    windows = spot.get("time_windows")
    found: list[Span] = []
    for window in () if windows is None else windows.items(1000):
        span = _span(window)
        if found and span[0] <= found[-1][1]:
            raise window.refused("windows in order and apart")
        found.append(span)
    return tuple(found)


def whole(spot: Spot, key: str, default: int = 0, high: int = LARGEST) -> int:
    """Return a whole number, or what holds where nothing is said."""
    found = spot.get(key)
    return default if found is None else found.whole(0, high)


def place_spots(tasks: Sequence[Task], vehicles: Sequence[Vehicle]) -> Iterator[tuple[Spot, str, str]]:
    """Yield where places may be named: the spot, and the keys of coordinates and of the matrices' row."""
    for task in tasks:
        yield task.spot, "location", "location_index"
    for vehicle in vehicles:
        for end in ("start", "end"):
            yield vehicle.spot, end, f"{end}_index"


def often(places: Sequence[int]) -> frozenset[int]:
    """Return what appears more than once."""
    return frozenset(place for place, times in Counter(places).items() if times > 1)


def _span(spot: Spot) -> Span:
    pair = spot.wholes(0, LATEST)
    if len(pair) != 2 or pair[0] > pair[1]:
        raise spot.refused("[start, end] with start <= end")
    return pair[0], pair[1]


def _skills(spot: Spot) -> frozenset[str]:
    found = spot.get("skills")
    return frozenset() if found is None else frozenset(str(skill) for skill in found.wholes())


def _id(spot: Spot) -> int:
    return spot.at("id").whole(0, 2**64 - 1)
