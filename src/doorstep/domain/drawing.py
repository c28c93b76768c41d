"""Streets and routes as lines in whole metres on a plane, small enough to travel inside one file."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.places import EARTH_RADIUS_M, Place
from doorstep.domain.streets import StreetMap

Point = tuple[int, int]
"""Metres east and north of the plane's origin."""

Line = tuple[Point, ...]
"""Points in drawing order; a ring ends where it starts."""

STREET_CLASSES: Mapping[str, str] = {
    "motorway": "main", "motorway_link": "main", "trunk": "main", "trunk_link": "main",
    "primary": "main", "primary_link": "main", "secondary": "middle", "secondary_link": "middle",
    "tertiary": "middle", "tertiary_link": "middle", "unclassified": "minor", "residential": "minor",
    "living_street": "minor", "road": "minor",
}  # fmt: skip
"""How wide a highway is drawn; classes that are not here (service, footway ...) are not drawn."""


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the earth between two longitudes and two latitudes, in degrees."""

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def around(cls, places: Iterable[Place], margin_m: float = 400.0) -> "Box":
        """Return the smallest box with all places (at least one) and a margin on every side."""
        known = tuple(places)
        south, north = min(p.lat for p in known), max(p.lat for p in known)
        up = math.degrees(margin_m / EARTH_RADIUS_M)
        across = up / math.cos(math.radians((south + north) / 2))
        west, east = min(p.lon for p in known), max(p.lon for p in known)
        return cls(west - across, south - up, east + across, north + up)


@dataclass(frozen=True, slots=True)
class Plane:
    """A flat picture of a town: x metres east, y metres north of `origin` (equirectangular, true at its latitude)."""

    origin: Place

    @classmethod
    def over(cls, box: Box) -> "Plane":
        """Return the plane whose origin is the middle of a box."""
        return cls(Place((box.west + box.east) / 2, (box.south + box.north) / 2))

    def point(self, place: Place) -> Point:
        """Return a place in whole metres.

        >>> Plane(Place(-8.61, 41.15)).point(Place(-8.60, 41.15))
        (837, 0)
        """
        x, y = self.metres(np.array([place.lon]), np.array([place.lat]))[0]
        return round(x), round(y)

    def line(self, places: Sequence[Place], tolerance_m: float = 3.0) -> Line:
        """Return a line through places, without points that lie within a tolerance of the line without them."""
        lon = np.array([place.lon for place in places])
        lat = np.array([place.lat for place in places])
        return simplified(self.metres(lon, lat), tolerance_m)

    def metres(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return points in metres, shape (n, 2), of degrees, both of length n."""
        metres = math.radians(1) * EARTH_RADIUS_M
        shrink = math.cos(math.radians(self.origin.lat))
        return np.column_stack(((lon - self.origin.lon) * metres * shrink, (lat - self.origin.lat) * metres))


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies under the routes: street lines by class (main, middle, minor), water and parks.

    Water is drawn as `water` rings and `rivers` lines.
    """

    streets: Mapping[str, tuple[Line, ...]]
    water: tuple[Line, ...] = ()
    rivers: tuple[Line, ...] = ()
    parks: tuple[Line, ...] = ()

    @property
    def points(self) -> int:
        """How many points all lines have together."""
        lines = (*(line for group in self.streets.values() for line in group), *self.water, *self.rivers, *self.parks)
        return sum(map(len, lines))


def simplified(points: NDArray[np.float64], tolerance_m: float) -> Line:
    """Return a line in whole metres that strays at most `tolerance_m` from `points`, shape (n, 2).

    Both ends stay. Douglas and Peucker 1973.
    """
    keep = np.zeros(len(points), dtype=bool)
    keep[[0, -1]] = True
    spans = [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        away = _distances(points[first + 1 : last], points[first], points[last])
        farthest = int(np.argmax(away))
        if away[farthest] > tolerance_m:
            middle = first + 1 + farthest
            keep[middle] = True
            spans += [(first, middle), (middle, last)]
    rounded = np.rint(points[keep]).astype(int).tolist()
    return tuple((x, y) for k, (x, y) in enumerate(rounded) if k == 0 or [x, y] != rounded[k - 1] or len(rounded) == 2)


def ground(streets: StreetMap, box: Box, plane: Plane, most_points: int = 90_000) -> Ground:
    """Return what to draw of a map inside a box, with at most about `most_points` points.

    Lines of one class that meet end to end become one; the tolerance starts at 2 m and doubles until the points
    are few enough (at 32 m it stops). 90,000 points take about 600 kB of text.
    """
    tolerance = 2.0
    drawn = _ground(streets, box, plane, tolerance)
    while drawn.points > most_points and tolerance < 32:
        tolerance *= 2
        drawn = _ground(streets, box, plane, tolerance)
    return drawn


def _ground(streets: StreetMap, box: Box, plane: Plane, tolerance_m: float) -> Ground:
    xy = plane.metres(streets.lon, streets.lat)
    inside = (streets.lon >= box.west) & (streets.lon <= box.east)
    inside &= (streets.lat >= box.south) & (streets.lat <= box.north)
    ways: dict[str, list[tuple[int, ...]]] = {"main": [], "middle": [], "minor": []}
    for street in streets.streets:
        width = STREET_CLASSES.get(street.highway)
        if width is not None and len(street.nodes) > 1:
            ways[width] += _runs_inside(street.nodes, inside)
    lines = {
        width: tuple(simplified(xy[list(chain)], tolerance_m) for chain in _chained(group))
        for width, group in ways.items()
    }
    areas: dict[str, list[Line]] = {"water": [], "river": [], "park": []}
    for area in streets.areas:
        if len(area.ring) > 1 and _touches(area.ring, box):
            closed = area.ring[0] == area.ring[-1]
            name = "river" if area.kind != "park" and not closed else "park" if area.kind == "park" else "water"
            areas[name].append(plane.line(area.ring, max(tolerance_m, 4.0)))
    return Ground(lines, tuple(areas["water"]), tuple(areas["river"]), tuple(areas["park"]))


def _distances(
    points: NDArray[np.float64], first: NDArray[np.float64], last: NDArray[np.float64]
) -> NDArray[np.float64]:
    along = last - first
    squared = float(along @ along)
    share = np.clip((points - first) @ along / squared, 0, 1) if squared else np.zeros(len(points))
    away: NDArray[np.float64] = np.hypot(*(points - first - share[:, None] * along).T)
    return away


def _runs_inside(nodes: tuple[int, ...], inside: NDArray[np.bool_]) -> list[tuple[int, ...]]:
    """Return the pieces of a way that touch the box; a piece keeps one node beyond the edge on each side."""
    runs: list[tuple[int, ...]] = []
    run: list[int] = []
    for a, b in pairwise(nodes):
        if inside[a] or inside[b]:
            run = run or [a]
            run.append(b)
        elif run:
            runs.append(tuple(run))
            run = []
    return [*runs, tuple(run)] if run else runs


def _chained(ways: Sequence[tuple[int, ...]]) -> list[list[int]]:
    """Return the same lines, joined where one ends at the node where another, not yet drawn, starts or ends."""
    at: dict[int, list[int]] = {}
    for k, way in enumerate(ways):
        at.setdefault(way[0], []).append(k)
        at.setdefault(way[-1], []).append(k)
    used = [False] * len(ways)
    chains: list[list[int]] = []
    for k, way in enumerate(ways):
        if used[k]:
            continue
        used[k] = True
        chain = list(way)
        while (more := _next_piece(chain[-1], ways, at, used)) is not None:
            chain += more
        chains.append(chain)
    return chains


def _next_piece(
    end: int, ways: Sequence[tuple[int, ...]], at: Mapping[int, list[int]], used: list[bool]
) -> tuple[int, ...] | None:
    for k in at.get(end, ()):
        if not used[k]:
            used[k] = True
            way = ways[k]
            return way[1:] if way[0] == end else way[-2::-1]
    return None


def _touches(ring: Sequence[Place], box: Box) -> bool:
    return not (
        max(p.lon for p in ring) < box.west
        or min(p.lon for p in ring) > box.east
        or max(p.lat for p in ring) < box.south
        or min(p.lat for p in ring) > box.north
    )
