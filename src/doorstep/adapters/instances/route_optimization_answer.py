"""A plan as Route Optimization would answer: routes with visits, transitions and metrics, skipped shipments and why.

Costs are the request's own, evaluated here on the driven plan. Two keys are ours: `travel` says where legs between
coordinates come from, `description` of a skipped shipment why, in a sentence. Zeros are written; there are no
polylines.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from doorstep.adapters.instances.route_optimization_parts import Call, Clock, Shipment, Vehicle, Window
from doorstep.adapters.instances.route_optimization_travel import Ground, LaidOut
from doorstep.adapters.instances.rows import NOWHERE
from doorstep.adapters.strict_json import LARGEST, Spot
from doorstep.domain.errors import YourInput
from doorstep.domain.plan import Plan, Route, Visit
from doorstep.domain.travel import TravelTimes

DURATIONS = ("travelDuration", "waitDuration", "delayDuration", "breakDuration", "visitDuration", "totalDuration")
NO_VEHICLE = "NO_VEHICLE"


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """What an answer needs to know of the question."""

    request: Spot
    model: Spot
    shipments: Sequence[Shipment]
    vehicles: Sequence[Vehicle]
    net: Ground
    rows: LaidOut
    clock: Clock
    loads: Sequence[str]

    def document(self, plan: Plan) -> dict[str, Any]:
        """Return an OptimizeToursResponse; raises YourInput for a plan of another problem."""
        calls = {s.stop_id(call): (s, call) for s in self.shipments for call in s.calls}
        numbers = {vehicle.shift_id: k for k, vehicle in enumerate(self.vehicles)}
        driven = {route.shift_id: route for route in plan.routes if route.visits}
        told = {
            visit.stop_id for route in driven.values() for visit in route.visits if visit.kind in ("stop", "pickup")
        }
        if not (told <= calls.keys() and driven.keys() <= numbers.keys()):
            raise YourInput("Expected a plan of this request, got one with other stops or shifts.")
        ways = {
            self.vehicles[numbers[shift]].number: Way(self, numbers[shift], route, calls)
            for shift, route in driven.items()
        }
        routes = [self._route(k, ways.get(k)) for k in range(len(self.model.at("vehicles").value))]
        reasons = {row.stop_id: row.reason for row in plan.unserved}
        skipped = [s for s in self.shipments if s.stop_id(s.calls[0]) in reasons]
        label = self.request.get("label")
        return {
            "routes": routes,
            **({} if label is None else {"requestLabel": label.value}),
            **({"travel": self.net.said} if self.net.said else {}),
            **({"attribution": self.net.attribution} if self.net.attribution else {}),
            "skippedShipments": [*self._skipped(skipped, reasons), *self._ignored()],
            "metrics": self._metrics(routes, skipped),
        }

    def _route(self, number: int, way: "Way | None") -> dict[str, Any]:
        """Return the route of a vehicle, one without visits where it stays away."""
        label = self.model.at("vehicles").value[number].get("label")
        head = {"vehicleIndex": number, **({"vehicleLabel": label} if label else {})}
        return head if way is None else {**head, **way.document()}

    # Skipped shipments

    def _skipped(self, skipped: Sequence[Shipment], reasons: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        for shipment in skipped:
            found = [(vehicle.number, self._why(shipment, k)) for k, vehicle in enumerate(self.vehicles)]
            codes = {code: number for number, code in reversed(found) if code}
            yield {
                **_named(shipment.spot, shipment.number),
                "reasons": [{"code": code, "exampleVehicleIndex": number} for code, number in sorted(codes.items())],
                **({} if shipment.penalty is None else {"penaltyCost": shipment.penalty}),
                "estimatedIncompatibleVehicleRatio": round(sum(1 for _, code in found if code) / len(found), 6),
                "description": reasons[shipment.stop_id(shipment.calls[0])],
            }

    def _ignored(self) -> Iterator[dict[str, Any]]:
        planned = {shipment.number for shipment in self.shipments}
        shipments = self.model.get("shipments")
        for k, spot in enumerate(() if shipments is None else shipments.items()):
            if k not in planned:
                yield {**_named(spot, k), "reasons": [{"code": "SHIPMENT_IGNORED"}]}

    def _why(self, shipment: Shipment, k: int) -> str:
        """Return why a vehicle could not take a shipment even alone, as a code; nothing where it could."""
        vehicle = self.vehicles[k]
        if shipment.vehicles is not None and vehicle.number not in shipment.vehicles:
            return "VEHICLE_NOT_ALLOWED"
        goods = [shipment.demands, *(call.demands for call in shipment.calls)]
        if any(sum(g.get(load, 0) for g in goods) > vehicle.limits.get(load, LARGEST) for load in self.loads):
            return "DEMAND_EXCEEDS_VEHICLE_CAPACITY"
        return self._too_far(shipment, k)

    def _too_far(self, shipment: Shipment, k: int) -> str:
        vehicle, at = self.vehicles[k], _begins(self.vehicles[k])
        kind = self.rows.kind_of[k]
        legs, here, travelled, metres = self.leg_of(k), self.net.ends[k][0], 0, 0
        left: int | None = None
        for call in shipment.calls:
            name = shipment.stop_id(call)
            reached, leaves = self.net.calls[name]
            seconds, far = legs(here, reached)
            begins = _opening(call.windows, at + seconds)
            if begins is None:
                return "CANNOT_BE_PERFORMED_WITHIN_VEHICLE_TIME_WINDOWS"
            left = begins - seconds if left is None else left
            travelled, metres, at, here = (
                travelled + seconds,
                metres + far,
                begins + self.rows.lasts[name][kind],
                leaves,
            )
        seconds, far = legs(here, self.net.ends[k][1])
        travelled, metres, at = travelled + seconds, metres + far, at + seconds
        return _beyond(vehicle, at, at - (left or 0), travelled, metres)

    def leg_of(self, k: int) -> "Leg":
        """Return what a vehicle drives by."""
        kind = self.rows.kinds[self.rows.kind_of[k]]
        return Leg(self.net.legs[kind.network], kind.multiple)

    # Metrics

    def _metrics(self, routes: Sequence[Mapping[str, Any]], skipped: Sequence[Shipment]) -> dict[str, Any]:
        used = [route for route in routes if "visits" in route]
        costs: dict[str, float] = {}
        for route in used:
            for key, cost in route["routeCosts"].items():
                costs[key] = costs.get(key, 0.0) + cost
        penalty = sum(shipment.penalty or 0.0 for shipment in skipped)
        if penalty:
            costs["model.shipments.penalty_cost"] = penalty
        rounded = {key: round(cost, 6) for key, cost in costs.items()}
        ends = {
            "earliestVehicleStartTime": min((route["vehicleStartTime"] for route in used), default=None),
            "latestVehicleEndTime": max((route["vehicleEndTime"] for route in used), default=None),
        }
        return {
            "aggregatedRouteMetrics": _aggregated([route["metrics"] for route in used]),
            "skippedMandatoryShipmentCount": sum(1 for shipment in skipped if shipment.penalty is None),
            "usedVehicleCount": len(used),
            **{key: at for key, at in ends.items() if at is not None},
            "costs": rounded,
            "totalCost": round(sum(costs.values()), 6),
        }


def _named(spot: Spot, number: int) -> dict[str, Any]:
    label = spot.get("label")
    return {"index": number, **({} if label is None else {"label": label.value})}


def _begins(vehicle: Vehicle) -> int:
    return vehicle.starts.opens or 0 if vehicle.starts is not None else 0


def _opening(windows: Sequence[Window], at: int) -> int | None:
    """Return when service may start for who arrives then; None where every window has closed."""
    if not windows:
        return at
    fitting = (max(at, w.opens or 0) for w in windows if w.closes is None or at <= w.closes)
    return next(fitting, None)


def _beyond(vehicle: Vehicle, at: int, lasts: int, travelled: int, metres: int) -> str:
    """Return which bound a route of this length would break, as a code."""
    ends = None if vehicle.ends is None else vehicle.ends.closes
    bounds = (
        (metres, vehicle.metres, "CANNOT_BE_PERFORMED_WITHIN_VEHICLE_DISTANCE_LIMIT"),
        (lasts, vehicle.lasts.most, "CANNOT_BE_PERFORMED_WITHIN_VEHICLE_DURATION_LIMIT"),
        (travelled, vehicle.travels, "CANNOT_BE_PERFORMED_WITHIN_VEHICLE_TRAVEL_DURATION_LIMIT"),
        (at, ends, "CANNOT_BE_PERFORMED_WITHIN_VEHICLE_TIME_WINDOWS"),
    )
    return next((code for found, most, code in bounds if most is not None and found > most), "")


def _aggregated(metrics: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return sums over routes, the largest of loads."""
    loads: dict[str, int] = {}
    for one in metrics:
        for load, most in one["maxLoads"].items():
            loads[load] = max(loads.get(load, 0), int(most["amount"]))
    return {
        "performedShipmentCount": sum(one["performedShipmentCount"] for one in metrics),
        **{key: _seconds(sum(int(one[key][:-1]) for one in metrics)) for key in DURATIONS},
        "travelDistanceMeters": sum(one["travelDistanceMeters"] for one in metrics),
        "maxLoads": {load: {"amount": str(most)} for load, most in sorted(loads.items())},
    }


def _seconds(seconds: int) -> str:
    return f"{seconds}s"


@dataclass(frozen=True, slots=True, eq=False)
class Leg:
    """Seconds and metres between locations, none from or to nowhere."""

    travel: TravelTimes
    multiple: float

    def __call__(self, start: int, end: int) -> tuple[int, int]:
        """Return seconds and metres of a leg."""
        if NOWHERE in (start, end) or start == end:
            return 0, 0
        seconds = int(self.travel.leg_seconds(0, start, end) * self.multiple + 0.5)
        return min(seconds, LARGEST), self.travel.leg_metres(0, start, end)


@dataclass(slots=True, eq=False)
class Way:
    """One vehicle's route, driven again by the request's own legs; what stands in a row's legs is visit time again."""

    words: Words
    k: int
    route: Route
    calls: Mapping[str, tuple[Shipment, Call]]
    sums: dict[str, int] = field(default_factory=lambda: dict.fromkeys(DURATIONS, 0))
    metres: int = 0
    here: int = field(init=False)
    left: int = field(init=False)
    loads: list[int] = field(init=False)
    most: list[int] = field(init=False)
    transitions: list[dict[str, Any]] = field(default_factory=list)
    breaks: list[dict[str, Any]] = field(default_factory=list)
    costs: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.here = self.words.net.ends[self.k][0]
        self.left = self.route.leaves_at
        self.loads = [self._begins_with(load) for load in self.words.loads]
        self.most = list(self.loads)

    @property
    def vehicle(self) -> Vehicle:
        """The vehicle that drives."""
        return self.words.vehicles[self.k]

    def _begins_with(self, load: str) -> int:
        """Return what is on board when the vehicle leaves: the goods of what is only delivered."""
        served = [self.calls[visit.stop_id] for visit in self.route.visits if visit.stop_id in self.calls]
        alone = [(s, c) for s, c in served if len(s.calls) == 1 and not c.is_pickup]
        return sum(s.demands.get(load, 0) + c.demands.get(load, 0) for s, c in alone)

    def document(self) -> dict[str, Any]:
        """Return the route without its vehicle's name."""
        leg, resting = self.words.leg_of(self.k), 0
        visits: list[dict[str, Any]] = []
        for visit in self.route.visits:
            if visit.kind == "break":
                lasts = visit.leaves_at - visit.starts_at
                self.breaks.append({"startTime": self.words.clock.text(visit.starts_at), "duration": _seconds(lasts)})
                resting += lasts
                continue
            visits.append(self._visit(visit, leg, resting))
            resting = 0
        self._transition(leg, self.words.net.ends[self.k][1], self.route.returns_at, resting)
        self.sums["totalDuration"] = self.route.returns_at - self.route.leaves_at
        self._cost_of_route()
        return {
            "vehicleStartTime": self.words.clock.text(self.route.leaves_at),
            "vehicleEndTime": self.words.clock.text(self.route.returns_at),
            "visits": visits,
            "transitions": self.transitions,
            **({"breaks": self.breaks} if self.breaks else {}),
            "metrics": {
                "performedShipmentCount": len({visit["shipmentIndex"] for visit in visits}),
                **{key: _seconds(self.sums[key]) for key in DURATIONS},
                "travelDistanceMeters": self.metres,
                "maxLoads": {load: {"amount": str(self.most[d])} for d, load in enumerate(self.words.loads)},
            },
            "routeCosts": {key: round(cost, 6) for key, cost in self.costs.items()},
            "routeTotalCost": round(sum(self.costs.values()), 6),
        }

    def _visit(self, visit: Visit, leg: Leg, resting: int) -> dict[str, Any]:
        shipment, call = self.calls[visit.stop_id]
        reached, leaves = self.words.net.calls[visit.stop_id]
        self._transition(leg, reached, visit.starts_at, resting)
        lasts = self.words.rows.lasts[visit.stop_id][self.words.rows.kind_of[self.k]]
        self.here, self.left = leaves, visit.starts_at + lasts
        self.sums["visitDuration"] += lasts
        before, self.loads = self.loads, list(visit.load_after)
        self.most = [max(a, b) for a, b in zip(self.most, self.loads, strict=True)]
        self._cost_of_visit(shipment, call, visit.starts_at)
        labels = (("shipmentLabel", shipment.spot.get("label")), ("visitLabel", call.spot.get("label")))
        return {
            "shipmentIndex": shipment.number,
            "isPickup": call.is_pickup,
            "visitRequestIndex": 0,
            "startTime": self.words.clock.text(visit.starts_at),
            "loadDemands": {
                load: {"amount": str(self.loads[d] - before[d])}
                for d, load in enumerate(self.words.loads)
                if self.loads[d] != before[d]
            },
            **{key: spot.value for key, spot in labels if spot is not None},
        }

    def _transition(self, leg: Leg, to: int, until: int, resting: int) -> None:
        """Note the way to the next visit, or home, with its rests and what is waited."""
        seconds, metres = leg(self.here, to)
        total = until - self.left
        self.transitions.append(
            {
                "travelDuration": _seconds(seconds),
                "travelDistanceMeters": metres,
                "delayDuration": _seconds(0),
                "breakDuration": _seconds(resting),
                "waitDuration": _seconds(total - seconds - resting),
                "totalDuration": _seconds(total),
                "startTime": self.words.clock.text(self.left),
                "vehicleLoads": {load: {"amount": str(self.loads[d])} for d, load in enumerate(self.words.loads)},
            }
        )
        self.metres += metres
        for key, more in (("travel", seconds), ("break", resting), ("wait", total - seconds - resting)):
            self.sums[f"{key}Duration"] += more

    # Costs

    def _add(self, key: str, cost: float) -> None:
        if cost:
            self.costs[f"model.{key}"] = self.costs.get(f"model.{key}", 0.0) + cost

    def _cost_of_route(self) -> None:
        vehicle, sums = self.vehicle, self.sums
        self._add("vehicles.fixed_cost", vehicle.fixed)
        self._add("vehicles.cost_per_hour", vehicle.per_hour * sums["totalDuration"] / 3600)
        self._add("vehicles.cost_per_traveled_hour", vehicle.per_traveled_hour * sums["travelDuration"] / 3600)
        self._add("vehicles.cost_per_kilometer", vehicle.per_km * self.metres / 1000)
        soft = vehicle.lasts.soft
        over = 0 if soft is None else max(0, sums["totalDuration"] - soft)
        self._add("vehicles.route_duration_limit.cost_per_hour_after_soft_max", vehicle.lasts.beyond * over / 3600)
        if vehicle.ends is not None and vehicle.ends.soft_closes is not None:
            late = max(0, self.route.returns_at - vehicle.ends.soft_closes)
            self._add("vehicles.end_time_windows.cost_per_hour_after_soft_end_time", vehicle.ends.late * late / 3600)

    def _cost_of_visit(self, shipment: Shipment, call: Call, at: int) -> None:
        half = f"shipments.{'pickups' if call.is_pickup else 'deliveries'}"
        self._add(f"{half}.cost", call.cost)
        if call is shipment.calls[-1]:
            self._add("shipments.costs_per_vehicle", shipment.by_vehicle.get(self.vehicle.number, 0.0))
        window = call.windows[0] if len(call.windows) == 1 else None
        if window is None:
            return
        early = 0 if window.soft_opens is None else max(0, window.soft_opens - at)
        late = 0 if window.soft_closes is None else max(0, at - window.soft_closes)
        self._add(f"{half}.time_windows.cost_per_hour_before_soft_start_time", window.early * early / 3600)
        self._add(f"{half}.time_windows.cost_per_hour_after_soft_end_time", window.late * late / 3600)
