"""Roads by OSRM, in this process: snapping, matrices for every traffic slot, and paths that follow the streets.

The engine snaps a place by the company it keeps; we pin every place to the main piece of the network first, so that a
matrix and a route agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any

import numpy as np
import osrm
from numpy.typing import NDArray

from doorstep.adapters.osrm_build import Built, Progress, build, default_cache
from doorstep.adapters.osrm_tables import Point, load, matrices, numbers, table, whole
from doorstep.domain.errors import YourInput
from doorstep.domain.places import Place
from doorstep.domain.speeds import SlotSpeeds
from doorstep.domain.streets import SNAP_LIMIT_M, Path, Snapped, UnreachablePlace
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Metres, Seconds

_NAMED_AT_MOST = 10
_FASTEST = 50  # metres a second that nobody drives faster than
_AT_ONCE = 100  # legs whose ends are asked for together, as a small matrix


def open_roads(
    osm_path: FilePath,
    speeds: SlotSpeeds,
    *,
    cache: FilePath | None = None,
    profile: str = "car",
    on_progress: Progress | None = None,
) -> "OsrmRoads":
    """Open the road network of an OSM file under the speeds of each slot, building it the first time.

    `profile` is car, bike or foot; only cars are slowed by traffic. `cache` defaults to the user's cache folder
    (DOORSTEP_CACHE overrides). Raises YourInput for a bad map, Outside when the engine or the disk fails.
    """
    return OsrmRoads(build(osm_path, speeds, cache or default_cache(), profile, on_progress), speeds.edges)


class OsrmRoads:
    """A road network with one speed profile per traffic slot; satisfies `flows.ports.Roads`."""

    def __init__(self, built: Built, edges: Sequence[Seconds]) -> None:
        self._built = built
        self._edges = tuple(edges)
        self._engine = lru_cache(load)
        self._pinned: dict[Place, Point] = {}

    @property
    def edges(self) -> tuple[Seconds, ...]:
        """Starts of the traffic slots in seconds since midnight, the first 0."""
        return self._edges

    @property
    def attribution(self) -> str:
        """Whom to name wherever something drawn from the map is shown."""
        return self._built.graph.attribution

    def snap(self, places: Sequence[Place]) -> tuple[Snapped, ...]:
        """Return where places meet the part of the network that all others can reach, as the crow flies.

        Raises UnreachablePlace naming, by index, every place farther than 200 m from it.
        """
        if not places:
            return ()
        engine = self._engine(self._built.datasets[0])
        coordinates = [*((place.lon, place.lat) for place in places), self._built.graph.anchor]
        n = len(places)
        from_anchor = table(engine, coordinates, [n], list(range(n)))
        to_anchor = table(engine, coordinates, list(range(n)), [n])
        cut = np.isnan(numbers(from_anchor, "durations")[0]) | np.isnan(numbers(to_anchor, "durations")[:, 0])
        snapped = tuple(
            Snapped(place, Place(*met["location"]), float(met["distance"]), str(met["name"]))
            for place, met in zip(places, from_anchor["destinations"], strict=True)
        )
        bad = [i for i, at in enumerate(snapped) if at.metres_away > SNAP_LIMIT_M or cut[i]]
        if bad:
            raise _unreachable(places, {i: self._what_is_wrong(engine, snapped[i]) for i in bad[:_NAMED_AT_MOST]}, bad)
        return snapped

    def times(self, places: Sequence[Place]) -> TravelTimes:
        """Return the matrices of all slots between all places, directed, rounded to the nearest second and metre.

        Shape (K, n, n), diagonal zero; places at the same point are 0 apart. About 4 s of
        processor time a slot for n = 1,000 in a city; large ones are shared with a second process. Raises
        UnreachablePlace naming every place that is far from a road or cut off from the others.
        """
        points = [(at.on_road.lon, at.on_road.lat) for at in self.snap(places)]
        rank = {point: i for i, point in enumerate(dict.fromkeys(points))}
        where = np.array([rank[point] for point in points], dtype=np.int64)
        distinct = list(dict.fromkeys(self._built.datasets))
        found = matrices(distinct, list(rank), self._engine)
        if found.size and found.min() < 0:
            raise _cut_off(places, _most_alone(where, (found < 0).any(axis=(0, 1))))
        slots = [distinct.index(dataset) for dataset in self._built.datasets]
        if len(rank) < len(points):
            found = found[:, :, where[:, None], where]
        seconds, metres = np.ascontiguousarray(found[slots, 0]), np.ascontiguousarray(found[slots, 1])
        return TravelTimes(self._edges, seconds, metres)

    def legs_between(self, places: Sequence[Place]) -> "RoadLegs":
        """Return whom to ask for legs between these places, part by part; raises UnreachablePlace."""
        self.snap(places)
        return RoadLegs(self._built, self._edges, tuple(places))

    def legs(self, place: Place, others: Sequence[Place], slots: Sequence[int]) -> NDArray[np.int32]:
        """Return the legs from a place to others and back in some slots, -1 where there is no way.

        Shape (slots, 4, others): seconds there and back, metres there and back, rounded as in `times`. About 2 ms a
        slot for 60 others that were asked for before; where they meet the road is remembered. Raises UnreachablePlace.
        """
        for at in self.snap([p for p in dict.fromkeys(others) if p not in self._pinned]):
            self._pinned[at.place] = (at.on_road.lon, at.on_road.lat)
        (here,) = self.snap([place])
        points = [(here.on_road.lon, here.on_road.lat), *(self._pinned[p] for p in others)]
        every = list(range(1, len(points)))
        found = np.zeros((len(slots), 4, len(others)), np.int32)
        for k, slot in enumerate(slots):
            engine = self._engine(self._built.datasets[slot])
            for back, (starts, ends) in enumerate((([0], every), (every, [0]))):
                answer = table(engine, points, starts, ends)
                for what, name in ((0, "durations"), (2, "distances")):
                    found[k, what + back] = whole(numbers(answer, name)).reshape(-1)
        return found

    def route(self, places: Sequence[Place], slot: int) -> tuple[Path, ...]:
        """Return the path of each leg between consecutive places in a slot; its shape runs from road to road.

        Seconds and metres are rounded as in `times`. About 1 ms a leg. Of 1,000 legs about one is some seconds longer
        than the matrix has it, a quirk of the engine's (MLD, 26.10) search for single paths. Raises UnreachablePlace.
        """
        if not 0 <= slot < len(self._edges):
            raise YourInput(f"Expected a slot from 0 to {len(self._edges) - 1}, got {slot}.")
        engine = self._engine(self._built.datasets[slot])
        points = [(at.on_road.lon, at.on_road.lat) for at in self.snap(places)]
        return tuple(_leg(engine, points[i], points[i + 1], places, i) for i in range(len(points) - 1))

    def _what_is_wrong(self, engine: Any, at: Snapped) -> str:
        """Tell a place without any road from one beside a road that leads nowhere."""
        request = osrm.NearestParameters(coordinates=[(at.place.lon, at.place.lat)], generate_hints=False)
        nearest = float(engine.Nearest(request)["waypoints"][0]["distance"])
        if nearest > SNAP_LIMIT_M:
            return f"has no road within {SNAP_LIMIT_M:.0f} m (the nearest is {nearest:.0f} m away)"
        road = "its road" if at.metres_away <= SNAP_LIMIT_M else "the nearest connected road"
        return f"lies in a piece of the network that the rest can't reach ({road} is {at.metres_away:.0f} m away)"


@dataclass(frozen=True, slots=True, eq=False)
class RoadLegs:
    """Legs between numbered places; the network is opened where the first of them is asked for."""

    built: Built
    edges: tuple[Seconds, ...]
    places: tuple[Place, ...]

    @property
    def name(self) -> str:
        """What the legs are: the datasets' names are fingerprints of map, engine and speeds."""
        return f"roads {' '.join(path.parent.name for path in self.built.datasets)}"

    def table(self, starts: Sequence[int], ends: Sequence[int]) -> NDArray[np.int32]:
        """Return the legs from each start to each end, shape (2, K, starts, ends)."""
        rows = list(dict.fromkeys([*starts, *ends]))
        at = {row: k for k, row in enumerate(rows)}
        found = self._roads().times([self.places[row] for row in rows])
        pick = np.ix_([at[row] for row in starts], [at[row] for row in ends])
        return np.stack([found.seconds[:, *pick], found.metres[:, *pick]])

    def pairs(self, starts: Sequence[int], ends: Sequence[int]) -> NDArray[np.int32]:
        """Return the legs from each start to the end beside it, shape (2, K, starts).

        Those from or to one place are asked for at once, others some hundred at a time.
        """
        if len(set(starts)) == 1:
            return self._spokes(starts[0], ends)[:, :, 0]
        if len(set(ends)) == 1:
            return self._spokes(ends[0], starts)[:, :, 1]
        chunks = (slice(k, k + _AT_ONCE) for k in range(0, len(starts), _AT_ONCE))
        return np.concatenate([self._chunk(starts[chunk], ends[chunk]) for chunk in chunks], axis=2)

    def longest(self) -> tuple[int, int]:
        """Return seconds and metres that no leg exceeds: no way is longer than there by any one place."""
        spokes = self._spokes(0, range(len(self.places)))[0]
        seconds = int((spokes[:, 0].max(axis=1) + spokes[:, 1].max(axis=1)).max())
        return seconds, _FASTEST * seconds

    def _chunk(self, starts: Sequence[int], ends: Sequence[int]) -> NDArray[np.int32]:
        rows = list(dict.fromkeys([*starts, *ends]))
        at = {row: k for k, row in enumerate(rows)}
        found = self._roads().times([self.places[row] for row in rows])
        pick = [at[row] for row in starts], [at[row] for row in ends]
        return np.stack([found.seconds[:, *pick], found.metres[:, *pick]])

    def _spokes(self, hub: int, others: Sequence[int]) -> NDArray[np.int32]:
        """Return the legs from a hub to others and back, shape (2, K, 2, others)."""
        slots = range(len(self.edges))
        legs = self._roads().legs(self.places[hub], [self.places[row] for row in others], slots)
        missing = (legs < 0).any(axis=(0, 1))
        if missing.any():
            lost = {row for row, none in zip(others, missing.tolist(), strict=True) if none}
            alone = len(lost) > 1 and not {*others} - lost - {hub}  # whom nobody reaches is the one to name
            raise _cut_off(self.places, [hub] if alone else sorted(lost))
        return np.stack([legs[:, :2], legs[:, 2:]])

    def _roads(self) -> OsrmRoads:
        return _opened(self.built, self.edges)


@lru_cache(maxsize=4)
def _opened(built: Built, edges: tuple[Seconds, ...]) -> OsrmRoads:
    """Return the network, opened once in a process."""
    return OsrmRoads(built, edges)


def _leg(engine: Any, start: Point, end: Point, places: Sequence[Place], i: int) -> Path:
    request = osrm.RouteParameters(
        coordinates=[start, end], overview="full", geometries="geojson", generate_hints=False
    )
    try:
        route = engine.Route(request)["routes"][0]
    except RuntimeError as error:
        raise _unreachable(places, {i + 1: f"can't be reached from place {i} ({error})"}, [i + 1]) from error
    shape = tuple(Place(*point) for point in route["geometry"]["coordinates"])
    return Path(Seconds(int(route["duration"] + 0.5)), Metres(max(0, int(route["distance"] + 0.5))), shape)


def _most_alone(where: NDArray[np.int64], missing: NDArray[np.bool_]) -> list[int]:
    """Return the places with which most others have no connection."""
    gaps = missing.sum(axis=0) + missing.sum(axis=1)
    worst = set(np.flatnonzero(gaps >= gaps.max() / 2).tolist())
    return [i for i, point in enumerate(where.tolist()) if point in worst]


def _cut_off(places: Sequence[Place], bad: Sequence[int]) -> UnreachablePlace:
    reason = "lies in a piece of the network that the rest can't reach"
    return _unreachable(places, dict.fromkeys(bad[:_NAMED_AT_MOST], reason), bad)


def _unreachable(places: Sequence[Place], reasons: dict[int, str], bad: Sequence[int]) -> UnreachablePlace:
    named = "; ".join(f"place {i} ({places[i].lon:.5f}, {places[i].lat:.5f}) {why}" for i, why in reasons.items())
    more = f"; and {len(bad) - len(reasons)} more" if len(bad) > len(reasons) else ""
    return UnreachablePlace(
        f"Expected places within {SNAP_LIMIT_M:.0f} m of connected roads, got: {named}{more}; "
        "correct the coordinates (longitude first) or use a map that covers them.",
        tuple(bad),
        reasons,
    )
