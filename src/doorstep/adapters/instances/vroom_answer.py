"""A plan as VROOM would answer: summary, routes with steps, unassigned jobs.

Arrivals count from the moment that the problem's own times count from. Costs are doorstep's cents, which
include the time at the door.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from doorstep.adapters.instances.vroom import DEPOT
from doorstep.domain.errors import YourInput
from doorstep.domain.plan import Plan, Route
from doorstep.domain.problem import PlannedShift, Problem, Stop


def vroom_document(problem: Problem, plan: Plan) -> dict[str, Any]:
    """Return VROOM's output for a plan of a VROOM problem; raises YourInput for any other problem."""
    if problem.depot_id != DEPOT:
        raise YourInput("Expected a VROOM problem to answer in VROOM's format; leave --vroom away for others.")
    midnight = int(datetime.fromisoformat(plan.day).replace(tzinfo=UTC).timestamp())
    shifts = {shift.shift_id: shift for shift in problem.shifts}
    stops = {stop.stop_id: stop for stop in problem.stops}
    nowhere = len(problem.places) - 1
    routes = [_route(shifts[r.shift_id], stops, r, midnight, nowhere) for r in plan.routes if r.visits]
    left_out = {row.stop_id: row.reason for row in plan.unserved}
    return {
        "code": 0,
        "summary": {
            "cost": sum(route["cost"] for route in routes),
            "routes": len(routes),
            "unassigned": len(left_out),
            "service": sum(route["service"] for route in routes),
            "duration": sum(route["duration"] for route in routes),
            "waiting_time": sum(route["waiting_time"] for route in routes),
            "distance": sum(route["distance"] for route in routes),
        },
        "unassigned": [
            {"id": _id(stop), "type": "job", "location_index": stops[stop].location, "description": reason}
            for stop, reason in left_out.items()
        ],
        "routes": routes,
    }


def _id(text: str) -> int | str:
    return int(text) if text.isdecimal() else text


def _route(shift: PlannedShift, stops: Mapping[str, Stop], route: Route, midnight: int, nowhere: int) -> dict[str, Any]:
    waiting = sum(visit.starts_at - visit.arrives_at for visit in route.visits)
    service = sum(stops[visit.stop_id].service for visit in route.visits)
    loads = [sum(stops[v.stop_id].amounts[d] for v in route.visits) for d in range(len(shift.capacities))]
    jobs = [
        {
            "type": "job",
            "id": _id(visit.stop_id),
            "location_index": stops[visit.stop_id].location,
            "arrival": visit.arrives_at + midnight,
            "waiting_time": visit.starts_at - visit.arrives_at,
            "service": visit.leaves_at - visit.starts_at,
            "load": list(visit.load_after),
        }
        for visit in route.visits
    ]
    return {
        "vehicle": _id(route.vehicle_id),
        "cost": sum(cents for part, cents in route.cents.items() if part != "total"),
        "service": service,
        "duration": route.seconds - service - waiting,
        "waiting_time": waiting,
        "distance": route.metres,
        "delivery": loads,
        "steps": [
            *_end("start", shift.start, route.leaves_at + midnight, loads, nowhere),
            *jobs,
            *_end("end", shift.end, route.returns_at + midnight, [0] * len(loads), nowhere),
        ],
    }


def _end(kind: str, location: int, arrival: int, load: list[int], nowhere: int) -> list[dict[str, Any]]:
    """Return the first or last step of a route, none where the vehicle has no such place."""
    if location == nowhere:
        return []
    step = {"type": kind, "location_index": location, "arrival": arrival, "waiting_time": 0, "service": 0, "load": load}
    return [step]
