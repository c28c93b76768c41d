"""Compact territories at a price: where each shift is at home, and what a stop outside costs it.

A home area is a disc around where a driver usually delivers, or where shifts of one named territory do. The price grows
with the distance from its edge, so that a driver leaves the area when it pays and not by chance.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from doorstep.domain.places import EARTH_RADIUS_M, Place, crow_metres
from doorstep.domain.problem import Halt, Problem
from doorstep.domain.units import Cents, Metres, per_km

Point = tuple[float, float]

WITHIN = 0.75
"""Share of a driver's usual stops that lie inside the home area."""


@dataclass(frozen=True, slots=True)
class HomeArea:
    """A disc where a shift is at home."""

    centre: Place
    radius: Metres


def home_areas(
    problem: Problem, delivered: Mapping[str, Sequence[Place]], named: Mapping[str, Sequence[Place]] | None = None
) -> dict[str, HomeArea]:
    """Return each shift's home area: by the places of its `named` territory, by shift id, where it has one; else by
    those that its driver delivered to before, by driver id.

    Centre: the median of longitude and of latitude, which a few errands far away don't move. Radius: the distance that
    three quarters of the places keep. A shift of which no place is known has none.
    """
    found = {}
    for shift in problem.shifts:
        places = (named or {}).get(shift.shift_id) or delivered.get(shift.driver_id or "")
        if places:
            found[shift.shift_id] = _area(places)
    return found


def territory_prices(problem: Problem, areas: Mapping[str, HomeArea], cents_per_km: int) -> dict[str, dict[str, Cents]]:
    """Return cents by shift and stop for every stop outside its shift's home area, by the distance from the edge.

    Shifts without an area and stops without a place cost nothing.
    """
    where = {str(stop): place for stop, place in _where(problem).items()}
    prices: dict[str, dict[str, Cents]] = {}
    for shift, area in areas.items():
        beyond = {stop: crow_metres(area.centre, place) - area.radius for stop, place in where.items()}
        prices[shift] = {s: per_km(math.ceil(metres), cents_per_km) for s, metres in beyond.items() if metres > 0}
    return prices


def with_territories(problem: Problem, areas: Mapping[str, HomeArea], cents_per_km: int) -> Problem:
    """Return the same question where leaving one's home area costs so much per km and stop."""
    prices = territory_prices(problem, areas, cents_per_km)
    pairings = {**problem.valuation.pairings, "territory": prices}
    return problem.valued(replace(problem.valuation, pairings=pairings))


@dataclass(frozen=True, slots=True)
class Compactness:
    """How compact routes are.

    `mean_metres` from a stop to its route's centre; `in_another` is the share of stops inside another route's convex
    hull, `pairs_overlapping` of the pairs of routes whose hulls overlap.
    """

    mean_metres: float
    in_another: float
    pairs_overlapping: float


def compactness(problem: Problem, sequences: Mapping[str, Sequence[Halt]]) -> Compactness:
    """Return how compact the routes of a plan are, by crow's flight."""
    where = _where(problem)
    routes = [[where[s] for s in stops if s in where] for stops in sequences.values()]
    routes = [places for places in routes if places]
    flat = [[_metres(place, routes[0][0]) for place in places] for places in routes]
    centred = [math.dist(p, _centre(points)) for points in flat for p in points]
    hulls = [_hull(points) for points in flat]
    pairs = [(a, b) for a in range(len(hulls)) for b in range(a)]
    foreign = [
        any(k != own and _inside(hull, p) for k, hull in enumerate(hulls)) for own, pts in enumerate(flat) for p in pts
    ]
    overlapping = [_overlap(hulls[a], hulls[b]) for a, b in pairs]
    return Compactness(_mean(centred), _mean(foreign), _mean(overlapping))


def _where(problem: Problem) -> dict[Halt, Place]:
    """Return where each stop lies; keyed as halts are, so that other halts are simply not found."""
    places = ((stop.stop_id, problem.places[stop.location]) for stop in problem.stops)
    return {stop_id: place for stop_id, place in places if place is not None}


def _area(places: Sequence[Place]) -> HomeArea:
    centre = Place(statistics.median(p.lon for p in places), statistics.median(p.lat for p in places))
    far = sorted(crow_metres(centre, place) for place in places)
    return HomeArea(centre, Metres(math.ceil(far[min(int(WITHIN * len(far)), len(far) - 1)])))


def _metres(place: Place, origin: Place) -> Point:
    """Return a place on a plane around another."""
    east = math.radians(place.lon - origin.lon) * math.cos(math.radians(origin.lat))
    return EARTH_RADIUS_M * east, EARTH_RADIUS_M * math.radians(place.lat - origin.lat)


def _centre(points: Sequence[Point]) -> Point:
    return _mean([x for x, _ in points]), _mean([y for _, y in points])


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _hull(points: Sequence[Point]) -> list[Point]:
    """Return the corners of the convex hull, counter-clockwise (Andrew 1979)."""
    rising = sorted(set(points))
    if len(rising) < 3:
        return rising
    sides: list[list[Point]] = []
    for order in (rising, rising[::-1]):
        side: list[Point] = []
        for p in order:
            while len(side) > 1 and _turn(side[-2], side[-1], p) <= 0:
                side.pop()
            side.append(p)
        sides.append(side[:-1])
    return sides[0] + sides[1]


def _inside(hull: Sequence[Point], p: Point) -> bool:
    """Return whether a point lies strictly inside a hull."""
    return len(hull) > 2 and all(_turn(a, b, p) > 0 for a, b in zip(hull, [*hull[1:], hull[0]], strict=True))


def _overlap(one: Sequence[Point], other: Sequence[Point]) -> bool:
    """Return whether two hulls share an area: no side of either has the other wholly on its outer side."""
    if len(one) < 3 or len(other) < 3:
        return False
    for a, b in ((one, other), (other, one)):
        for p, q in zip(a, [*a[1:], a[0]], strict=True):
            if all(_turn(p, q, r) <= 0 for r in b):
                return False
    return True


def _mean(figures: Sequence[float]) -> float:
    return sum(figures) / len(figures) if figures else 0.0
