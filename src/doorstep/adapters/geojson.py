"""A plan as GeoJSON (RFC 7946): routes as lines, visits and unserved orders as points, longitude before latitude.

A feature whose place nobody knows has no geometry. A line over the antimeridian is cut there.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from doorstep.adapters.strict_json import written
from doorstep.domain.errors import YourInput
from doorstep.domain.places import Place
from doorstep.domain.plan import Plan, Route, Unserved, Visit
from doorstep.domain.problem import PlannedShift, Problem
from doorstep.domain.streets import Path
from doorstep.domain.units import clock

Position = tuple[float, float]
Feature = dict[str, Any]

Paths = Callable[[Sequence[Place], Sequence[int], str], Sequence[Path]]
"""From the places of a route in order, when each leg begins, and a profile, to the path of each leg."""

DIGITS = 6
"""Digits behind a degree's point: ten centimetres."""


def geojson_document(
    problem: Problem, plan: Plan, *, paths: Paths | None = None, attribution: str = ""
) -> dict[str, Any]:
    """Return a FeatureCollection of a plan of this problem.

    `paths` draws legs along a road network, of which `attribution` names the makers; without it legs are straight.
    """
    shifts = {shift.shift_id: shift for shift in problem.shifts}
    places = {stop.stop_id: problem.places[stop.location] for stop in problem.stops}
    credit = {"attribution": attribution} if attribution and paths is not None else {}
    unknown = [route.shift_id for route in plan.routes if route.shift_id not in shifts]
    if unknown:
        raise YourInput(f"Expected a plan of this problem, got a route of shift {unknown[0]!r}, which it doesn't have.")
    features: list[Feature] = []
    for route in plan.routes:
        features.append(_route(problem, shifts[route.shift_id], route, paths, credit))
        features += (_visit(route, visit, number) for number, visit in enumerate(route.visits, 1))
    features += (_unserved(row, places.get(row.stop_id)) for row in plan.unserved)
    box = _box([feature["geometry"] for feature in features])
    return {
        "type": "FeatureCollection",
        **box,
        **credit,
        "plan_id": plan.plan_id,
        "day": plan.day,
        "timezone": plan.timezone,
        "currency": plan.currency,
        "features": features,
    }


def geojson_text(problem: Problem, plan: Plan, *, paths: Paths | None = None, attribution: str = "") -> str:
    """Return the same as text, a feature a line."""
    return written(geojson_document(problem, plan, paths=paths, attribution=attribution))


def _route(
    problem: Problem, shift: PlannedShift, route: Route, paths: Paths | None, credit: Mapping[str, str]
) -> Feature:
    ends = (problem.places[shift.start], problem.places[shift.end])
    halts = [(ends[0], route.leaves_at), *((visit.place, visit.leaves_at) for visit in route.visits)]
    known = [(place, leaves) for place, leaves in (*halts, (ends[1], route.returns_at)) if place is not None]
    return _feature(
        f"route {route.shift_id}",
        _line(_shape(known, shift.profile, paths)),
        {
            "kind": "route",
            "shift": route.shift_id,
            "vehicle": route.vehicle_id,
            "driver": route.driver_id,
            "leaves": clock(route.leaves_at),
            "returns": clock(route.returns_at),
            "metres": route.metres,
            "seconds": route.seconds,
            "visits": len(route.visits),
            "cents": sum(route.cents.values()),
            "drawn": "straight lines" if paths is None else "roads",
            **credit,
        },
        boxed=True,
    )


def _shape(halts: Sequence[tuple[Place, int]], profile: str, paths: Paths | None) -> list[Position]:
    """Return the positions of a route: its places, or the roads between them, no point twice in a row."""
    places = [place for place, _ in halts]
    if paths is None or len(places) < 2:
        found = [_position(place) for place in places]
    else:
        found = [
            _position(place)
            for path in paths(places, [leaves for _, leaves in halts[:-1]], profile)
            for place in path.shape
        ]
    shape = [at for k, at in enumerate(found) if k == 0 or at != found[k - 1]]
    return shape * 2 if len(shape) == 1 else shape


def _visit(route: Route, visit: Visit, number: int) -> Feature:
    return _feature(
        f"visit {route.shift_id} {number}",
        _point(visit.place),
        {
            "kind": visit.kind,
            "shift": route.shift_id,
            "driver": route.driver_id,
            "number": number,
            "stop": visit.stop_id,
            "orders": list(visit.order_ids),
            "arrives": clock(visit.arrives_at),
            "starts": clock(visit.starts_at),
            "leaves": clock(visit.leaves_at),
            "cents": sum(visit.cents.values()),
            "status": visit.status,
        },
    )


def _unserved(row: Unserved, place: Place | None) -> Feature:
    properties = {
        "kind": "unserved",
        "stop": row.stop_id,
        "orders": [row.order_id],
        "cents": row.cents,
        "reason": row.reason,
    }
    return _feature(f"unserved {row.order_id}", _point(place), properties)


def _feature(name: str, geometry: dict[str, Any] | None, properties: dict[str, Any], *, boxed: bool = False) -> Feature:
    box = _box([geometry]) if boxed else {}
    return {"type": "Feature", "id": name, **box, "geometry": geometry, "properties": properties}


# Geometry


def _position(place: Place) -> Position:
    return (round(place.lon, DIGITS), round(place.lat, DIGITS))


def _point(place: Place | None) -> dict[str, Any] | None:
    return None if place is None else {"type": "Point", "coordinates": list(_position(place))}


def _line(shape: Sequence[Position]) -> dict[str, Any] | None:
    """Return a line, in pieces where it passes the antimeridian."""
    if not shape:
        return None
    pieces: list[list[list[float]]] = [[list(shape[0])]]
    for here, there in pairwise(shape):
        if abs(there[0] - here[0]) > 180:
            side = 180.0 if here[0] > 0 else -180.0
            lat = _crossing(here, there)
            pieces[-1].append([side, lat])
            pieces.append([[-side, lat]])
        pieces[-1].append(list(there))
    if len(pieces) == 1:
        return {"type": "LineString", "coordinates": pieces[0]}
    return {"type": "MultiLineString", "coordinates": pieces}


def _crossing(here: Position, there: Position) -> float:
    """Return the latitude at which the short way passes the antimeridian."""
    before, behind = 180 - abs(here[0]), 180 - abs(there[0])
    share = before / (before + behind) if before + behind else 0.0
    return round(here[1] + share * (there[1] - here[1]), DIGITS)


def _box(geometries: Sequence[dict[str, Any] | None]) -> dict[str, list[float]]:
    """Return the west, south, east and north edge of everything that has a place; nothing where nothing has one."""
    at = [position for geometry in geometries if geometry for position in _positions(geometry["coordinates"])]
    if not at:
        return {}
    lons, lats = zip(*at, strict=True)
    return {"bbox": [min(lons), min(lats), max(lons), max(lats)]}


def _positions(coordinates: Sequence[Any]) -> Iterator[tuple[float, float]]:
    if coordinates and isinstance(coordinates[0], float | int):
        yield (coordinates[0], coordinates[1])
        return
    for inner in coordinates:
        yield from _positions(inner)
