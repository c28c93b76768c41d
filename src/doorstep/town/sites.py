"""Where a door can be: house numbers along the streets on which people live."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from doorstep.domain.places import Place
from doorstep.domain.streets import Street, StreetMap
from doorstep.town.errors import BadTown
from doorstep.town.network import reachable
from doorstep.town.plane import Plane

Floats = NDArray[np.float64]

CELL_M, SQUARE_CELLS = 500.0, 9
LIVED_ON = frozenset({"residential", "living_street", "tertiary", "unclassified"})


@dataclass(frozen=True, slots=True, eq=False)
class Sites:
    """Doors in metres east and north, with street, house number and postcode; all of one length."""

    east: Floats
    north: Floats
    street: list[str]
    number: list[str]
    postcode: list[str]

    def chosen(self, which: NDArray[np.int64]) -> "Sites":
        """Return some of the doors, in the order asked for."""
        pick = which.tolist()
        return Sites(self.east[which], self.north[which], [self.street[i] for i in pick],
                     [self.number[i] for i in pick], [self.postcode[i] for i in pick])  # fmt: skip

    def places(self, plane: Plane) -> list[Place]:
        """Return the doors as places."""
        lon, lat = plane.to_degrees(self.east, self.north)
        return [Place(a, b) for a, b in zip(lon.tolist(), lat.tolist(), strict=True)]


def along(streets: StreetMap, plane: Plane, rng: np.random.Generator, *, every: float, within: float = 1e9) -> Sites:
    """Return a door every `every` metres, on alternating sides, no farther than `within` metres from the origin.

    Only streets on which people live, in the largest part of the network; raises BadTown when there is none.
    """
    east, north = plane.to_metres(streets.lon, streets.lat)
    near = reachable(streets) & (np.hypot(east, north) < within)
    found = [_on_street(street, east, north, every) for street in streets.streets if _inhabited(street, near)]
    if not found:
        raise BadTown(
            "Expected residential, living, tertiary or unclassified streets near the centre of the map, found none; "
            "give a map that has streets people live on."
        )
    points = np.concatenate([points for points, _, _ in found])
    named = [(name, number) for _, name, numbers in found for number in numbers]
    return Sites(points[:, 0], points[:, 1], [name for name, _ in named], [number for _, number in named],
                 postcodes(points, rng))  # fmt: skip


def centre(streets: StreetMap) -> Plane:
    """Return a plane about where a map's reachable streets are densest: the middle of the fullest 4 km square."""
    part = reachable(streets)
    if not part.any():
        raise BadTown("Expected a map with streets that a van may drive, found none; give another map.")
    lon, lat = streets.lon[part], streets.lat[part]
    middle = Plane(float(np.median(lon)), float(np.median(lat)))
    east, north = middle.to_metres(lon, lat)
    cells = [np.arange(v.min() - CELL_M, v.max() + 2 * CELL_M, CELL_M) for v in (east, north)]
    count, _, _ = np.histogram2d(east, north, bins=cells)
    fullest = np.unravel_index(uniform_filter(count, SQUARE_CELLS, mode="constant").argmax(), count.shape)
    at = middle.place(*(float(edges[i]) + CELL_M / 2 for edges, i in zip(cells, fullest, strict=True)))
    return Plane(at.lon, at.lat)


def postcodes(points: Floats, rng: np.random.Generator, areas: int = 16) -> list[str]:
    """Return a postcode per point: the nearest of a few centres."""
    seats = points[rng.choice(len(points), size=min(areas, len(points)), replace=False)]
    away = ((points[:, np.newaxis, :] - seats[np.newaxis]) ** 2).sum(axis=2)
    return [f"T{101 + area}" for area in away.argmin(axis=1).tolist()]


def _inhabited(street: Street, near: NDArray[np.bool_]) -> bool:
    return street.highway in LIVED_ON and bool(near[list(street.nodes)].all())


def _on_street(street: Street, east: Floats, north: Floats, every: float) -> tuple[Floats, str, list[str]]:
    """Return the doors of one street, its name and its house numbers, even on the left, odd on the right."""
    nodes = list(street.nodes)
    points = np.stack([east[nodes], north[nodes]], axis=1)
    steps = np.diff(points, axis=0)
    lengths = np.maximum(np.hypot(steps[:, 0], steps[:, 1]), 0.01)
    ends = np.concatenate([[0.0], np.cumsum(lengths)])
    at = np.arange(every * 0.4, ends[-1], every)
    leg = np.minimum(np.searchsorted(ends, at, side="right") - 1, len(lengths) - 1)
    side = np.where(np.arange(len(at)) % 2 == 0, 1.0, -1.0)
    unit = steps[leg] / lengths[leg, np.newaxis]
    doors = points[leg] + unit * (at - ends[leg])[:, np.newaxis]
    doors += np.stack([-unit[:, 1], unit[:, 0]], axis=1) * side[:, np.newaxis] * 11.0
    numbers = [str(2 * (i // 2) + (2 if i % 2 == 0 else 1)) for i in range(len(at))]
    return doors, street.name or "an unnamed street", numbers
