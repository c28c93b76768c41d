"""A plan as VROOM would answer: summary, routes with steps, unassigned tasks, each with its own evaluation.

Arrivals count from the moment that the problem's own times count from. `cost` is VROOM's: hours on the road and, if
asked, at the door, kilometres, and what a vehicle costs at all. Two keys are ours: `travel` says where legs between
coordinates come from, `reason` why a task is unassigned. There is no geometry, and there are no computing times: the
same plan gives the same bytes.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from doorstep.adapters.instances.rows import NOWHERE
from doorstep.adapters.instances.vroom_parts import Rest, Task, Vehicle
from doorstep.adapters.instances.vroom_travel import LaidOut, Network, ProfileLegs
from doorstep.domain.errors import YourInput
from doorstep.domain.plan import Plan, Route, Visit

SUMS = ("cost", "setup", "service", "duration", "waiting_time", "priority")


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """What an answer needs to know of the question."""

    tasks: Sequence[Task]
    vehicles: Sequence[Vehicle]
    net: Network
    rows: LaidOut
    midnight: int

    def document(self, plan: Plan) -> dict[str, Any]:
        """Return VROOM's output; raises YourInput for a plan of another problem."""
        numbers = {vehicle.shift_id: k for k, vehicle in enumerate(self.vehicles)}
        known = {task.stop_id for task in self.tasks}
        told = {visit.stop_id for route in plan.routes for visit in route.visits if visit.kind in ("stop", "pickup")}
        if not (told <= known and {route.shift_id for route in plan.routes} <= numbers.keys()):
            raise YourInput("Expected a plan of this VROOM problem, got one with other stops or shifts.")
        routes = [_Way(self, numbers[r.shift_id], r).document() for r in plan.routes if r.visits]
        left_out = {row.stop_id: row.reason for row in plan.unserved}
        return {
            "code": 0,
            **({"travel": self.net.said} if self.net.said else {}),
            **({"attribution": self.net.attribution} if self.net.attribution else {}),
            "summary": self._summary(routes, len(left_out)),
            "unassigned": [
                _unassigned(task, left_out[task.stop_id]) for task in self.tasks if task.stop_id in left_out
            ],
            "routes": routes,
        }

    def _summary(self, routes: Sequence[Mapping[str, Any]], unassigned: int) -> dict[str, Any]:
        sums: dict[str, Any] = {key: sum(route[key] for route in routes) for key in SUMS}
        dimensions = len(self.vehicles[0].capacity)
        for key in ("delivery", "pickup") if dimensions else ():
            sums[key] = [sum(route[key][d] for route in routes) for d in range(dimensions)]
        if all("distance" in route for route in routes):
            sums["distance"] = sum(route["distance"] for route in routes)
        return {"cost": sums.pop("cost"), "routes": len(routes), "unassigned": unassigned, **sums, "violations": []}


def _unassigned(task: Task, reason: str) -> dict[str, Any]:
    return {"id": task.number, "type": task.kind, **_where(task), **_told(task), "reason": reason}


def _where(task: Task) -> dict[str, Any]:
    return {key: task.spot.value[key] for key in ("location", "location_index") if task.spot.get(key) is not None}


def _told(task: Task) -> dict[str, Any]:
    told = task.spot.get("description") or task.shared.get("description")
    return {} if told is None else {"description": told.value}


@dataclass(slots=True, eq=False)
class _Way:
    """One vehicle's route, driven again by VROOM's own matrices; what stands in a row's legs is set-up or service."""

    words: Words
    number: int
    route: Route
    at: int = field(init=False)
    driven: int = 0
    hundredths: int = 0
    metres: int = 0
    legs_cost: int = 0
    sums: Counter[str] = field(default_factory=Counter)
    tasks: list[Task] = field(default_factory=list)
    rests: list[Rest] = field(init=False)

    def __post_init__(self) -> None:
        self.at = self.words.net.ends[self.number][0]
        self.rests = list(self.vehicle.rests)

    @property
    def vehicle(self) -> Vehicle:
        """The vehicle that drives."""
        return self.words.vehicles[self.number]

    @property
    def legs(self) -> ProfileLegs:
        """What it drives by."""
        return self.words.net.legs[self.vehicle.profile]

    def document(self) -> dict[str, Any]:
        """Return the route with its steps."""
        dimensions = range(len(self.vehicle.capacity))
        steps = [self._start(), *self._steps(), self._end()]
        found = {
            "vehicle": self.vehicle.number,
            "cost": self._cost(),
            **({"delivery": [sum(t.delivers[d] for t in self.tasks) for d in dimensions]} if dimensions else {}),
            **({"pickup": [self._picked(d) for d in dimensions]} if dimensions else {}),
            "setup": self.sums["setup"],
            "service": self.sums["service"],
            "duration": self.driven,
            "waiting_time": self.sums["waiting_time"],
            "priority": self.sums["priority"],
            **self._distance(),
            "steps": [step for step in steps if step],
            "violations": [],
        }
        told = self.vehicle.spot.get("description")
        return found if told is None else {**found, "description": told.value}

    def _cost(self) -> int:
        """Return what VROOM says this route costs: whole units, what is left of one cut off."""
        costs = self.vehicle.costs
        if self.legs.costs is not None:
            return costs["fixed"] + self.legs_cost
        rested = sum(v.leaves_at - v.starts_at for v in self.route.visits if v.kind == "break")
        at_doors = self.sums["setup"] + self.sums["service"] - rested
        paid = costs["per_hour"] * self.hundredths + 100 * costs["per_task_hour"] * at_doors
        return costs["fixed"] + (paid + 360 * costs["per_km"] * self.metres) // 360_000

    def _picked(self, d: int) -> int:
        brought = sum(t.delivers[d] for t in self.tasks if t.kind == "delivery")
        return brought + sum(t.picks[d] for t in self.tasks if t.picks)

    def _distance(self) -> dict[str, int]:
        return {} if not self.legs.measured else {"distance": self.metres}

    def _steps(self) -> Iterator[dict[str, Any]]:
        by_id = {task.stop_id: k for k, task in enumerate(self.words.tasks)}
        for visit in self.route.visits:
            yield self._rest(visit) if visit.kind == "break" else self._task(visit, by_id[visit.stop_id])

    def _task(self, visit: Visit, k: int) -> dict[str, Any]:
        task, rows = self.words.tasks[k], self.words.rows
        here = self.words.net.tasks[k]
        came = self._drive(here)
        row = rows.rows.rows[rows.at[k]]
        setup, service = rows.lasts[k][rows.kind_of[self.number]]
        early = setup if row.before and came else 0
        setup = setup if came or not row.before else 0
        self.tasks.append(task)
        waiting = visit.starts_at - visit.arrives_at
        self._sum(setup=setup, service=service, waiting_time=waiting, priority=task.priority)
        return {
            "type": task.kind,
            "id": task.number,
            **_where(task),
            "setup": setup,
            "service": service,
            "waiting_time": waiting,
            **self._load(visit.load_after),
            "arrival": visit.arrives_at - early + self.words.midnight,
            "duration": self.driven,
            **self._distance(),
            "violations": [],
            **_told(task),
        }

    def _rest(self, visit: Visit) -> dict[str, Any]:
        """Return the step of a break: that whose window it began in."""
        begins, lasts = visit.starts_at + self.words.midnight, visit.leaves_at - visit.starts_at
        fitting = [rest for rest in self.rests if rest.service <= lasts and _inside(rest, begins)]
        waiting = visit.starts_at - visit.arrives_at
        self._sum(setup=0, service=lasts, waiting_time=waiting, priority=0)
        step = {
            "setup": 0,
            "service": lasts,
            "waiting_time": waiting,
            **self._load(visit.load_after),
            "arrival": visit.arrives_at + self.words.midnight,
            "duration": self.driven,
            **self._distance(),
            "violations": [],
        }
        if not fitting:
            return {"type": "break", **step}
        self.rests.remove(fitting[0])
        told = {} if fitting[0].description is None else {"description": fitting[0].description}
        return {"type": "break", "id": fitting[0].number, **step, **told}

    def _sum(self, **more: int) -> None:
        for key, seconds in more.items():
            self.sums[key] += seconds

    def _drive(self, to: int) -> bool:
        """Drive to a location; say whether that is another one."""
        came, self.at = self.at, to
        if NOWHERE in (came, to):
            return True
        seconds = self.legs.travel.leg_seconds(0, came, to)
        self.hundredths += seconds * self.vehicle.hundredths
        self.driven = (self.hundredths + 50) // 100
        self.metres += self.legs.travel.leg_metres(0, came, to)
        self.legs_cost += 0 if self.legs.costs is None else int(self.legs.costs[came, to])
        return came != to

    def _load(self, load: Sequence[int]) -> dict[str, Any]:
        return {"load": list(load)} if self.vehicle.capacity else {}

    def _start(self) -> dict[str, Any]:
        k = {task.stop_id: task for task in self.words.tasks}
        served = [k[visit.stop_id] for visit in self.route.visits if visit.kind in ("stop", "pickup")]
        loads = [sum(t.delivers[d] for t in served if t.kind == "job") for d in range(len(self.vehicle.capacity))]
        return self._stand("start", self.route.leaves_at, loads)

    def _end(self) -> dict[str, Any]:
        self._drive(self.words.net.ends[self.number][1])
        return self._stand("end", self.route.returns_at, list(self.route.visits[-1].load_after))

    def _stand(self, end: str, at: int, load: Sequence[int]) -> dict[str, Any]:
        """Return the first or last step of a route, none where the vehicle has no such place."""
        if self.words.net.ends[self.number][0 if end == "start" else 1] == NOWHERE:
            return {}
        spot = self.vehicle.spot
        keys = (("location", end), ("location_index", f"{end}_index"))
        return {
            "type": end,
            **{key: spot.value[theirs] for key, theirs in keys if spot.get(theirs) is not None},
            "setup": 0,
            "service": 0,
            "waiting_time": 0,
            **self._load(load),
            "arrival": at + self.words.midnight,
            "duration": self.driven,
            **self._distance(),
            "violations": [],
        }


def _inside(rest: Rest, at: int) -> bool:
    return not rest.spans or any(opens <= at <= closes for opens, closes in rest.spans)
