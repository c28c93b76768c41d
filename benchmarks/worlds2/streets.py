"""Draws an old town with crooked lanes, rings around it, spokes out of it, and a bay where no street goes."""

from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.streets import Address, Area, Street, StreetMap
from doorstep.town import names
from doorstep.town.luck import stream
from doorstep.town.network import largest_part
from doorstep.town.plane import Plane
from doorstep.town.sites import along

Floats = NDArray[np.float64]

ANCHOR = Plane(-120.0, -42.0)
"""Nowhere: the South Pacific, thousands of kilometres from land."""

RING_STEP_M = 140.0
BLOCK_M = 155.0
OLD_TOWN_M = 900.0
BEYOND_OLD_TOWN = 7
"""The ring, counted from the middle, that encloses the old town; the second ring road is three times as far out."""

WAY_NODES = 9
SPEEDS = {"trunk": 70, "primary": 50, "secondary": 50, "tertiary": 40, "residential": 30, "living_street": 15}
SUFFIXES = ("Lane", "Row", "Gate", "Walk", "Hill", "Rise")


@dataclass(slots=True)
class _Web:
    """Nodes by ring, and what has been drawn; `parent` is a node's neighbour on the next ring inward."""

    east: Floats
    north: Floats
    rings: list[NDArray[np.int64]]
    parent: NDArray[np.int64]
    spoke: NDArray[np.bool_]
    ways: list[tuple[str, list[int]]] = field(default_factory=list)


def draw(seed: int, km: float = 9.5) -> StreetMap:
    """Return the streets of a ring town `km` across; about 3,500 crossings for 9.5 km, the same for the same seed."""
    rng = stream(seed, "ring streets")
    web = _web(rng, max(9, round(km * 500 / RING_STEP_M)))
    bay = float(rng.uniform(-np.pi, np.pi))
    kept = ~_in_bay(web, bay)
    for number, ring in enumerate(web.rings[1:], start=1):
        _ring_ways(rng, web, kept, number, ring)
    _spoke_ways(rng, web, kept)
    return _finished(rng, web, _areas(rng, bay, km * 500))


def _web(rng: np.random.Generator, rings: int) -> _Web:
    """Return crossings on warped rings, each joined to the nearest one on the ring inside."""
    spokes = np.sort((np.arange(7) + rng.uniform(-0.25, 0.25, 7)) * 2 * np.pi / 7)
    phase = rng.uniform(0, 2 * np.pi, 2)
    turns, aways, numbers, main = [np.zeros(1)], [np.zeros(1)], [np.zeros(1, dtype=np.int64)], [np.ones(1, dtype=bool)]
    for k in range(1, rings + 1):
        many = max(6, round(2 * np.pi * k * RING_STEP_M / BLOCK_M))
        plain = (np.arange(many) + rng.uniform(-0.22, 0.22, many)) * 2 * np.pi / many
        clear = np.abs(_turned(plain[:, np.newaxis] - spokes)).min(axis=1) > 0.5 * np.pi / many
        turn = np.concatenate([plain[clear], spokes])
        order = np.argsort(turn)
        turns.append(turn[order])
        main.append((np.arange(len(turn)) >= clear.sum())[order])
        warp = 1 + 0.1 * np.sin(2 * turn[order] + phase[0]) + 0.05 * np.sin(5 * turn[order] + phase[1])
        aways.append(k * RING_STEP_M * warp + rng.normal(0, 13, len(turn)))
        numbers.append(np.arange(len(turn)) + numbers[-1][-1] + 1)
    turn, away = np.concatenate(turns), np.concatenate(aways)
    parent = np.full(len(turn), -1)
    for inner, outer in pairwise(numbers):
        gap = np.abs(_turned(turn[outer][:, np.newaxis] - turn[inner]))
        parent[outer] = inner[gap.argmin(axis=1)]
    return _Web(away * np.cos(turn), away * np.sin(turn), numbers, parent, np.concatenate(main))


def _turned(angle: Floats) -> Floats:
    """Return angles between -pi and pi."""
    return (angle + np.pi) % (2 * np.pi) - np.pi


def _in_bay(web: _Web, bay: float) -> NDArray[np.bool_]:
    """Return which crossings would lie in the water: a wedge that opens outward."""
    off = np.abs(_turned(np.arctan2(web.north, web.east) - bay))
    wet: NDArray[np.bool_] = (off < 0.3) & (np.hypot(web.east, web.north) > 1_700)
    return wet


def _ring_ways(
    rng: np.random.Generator, web: _Web, kept: NDArray[np.bool_], number: int, ring: NDArray[np.int64]
) -> None:
    """Lay one ring: whole where it is a ring road, with gaps where it is only a lane."""
    road = {BEYOND_OLD_TOWN: "secondary", 3 * BEYOND_OLD_TOWN: "primary", len(web.rings) - 2: "trunk"}.get(number, "")
    run: list[int] = []
    for a, b in zip(ring.tolist(), [*ring[1:].tolist(), int(ring[0])], strict=True):
        built = bool(kept[a] and kept[b]) and (road != "" or rng.random() > 0.27)
        if built:
            run = [*(run or [a]), *_bend(rng, web, a, b, road), b]
        if run and (not built or len(run) > WAY_NODES):
            web.ways.append((road or _lane(rng, number), run))
            run = []
    if run:
        web.ways.append((road or _lane(rng, number), run))


def _spoke_ways(rng: np.random.Generator, web: _Web, kept: NDArray[np.bool_]) -> None:
    """Lay what leads outward: spokes all the way, lanes as far as luck lets them."""
    ring_of = np.concatenate([np.full(len(ring), k) for k, ring in enumerate(web.rings)])
    open_end: dict[int, tuple[str, list[int]]] = {}
    for node in range(1, len(web.parent)):
        inner = int(web.parent[node])
        number, spoke = int(ring_of[node]), bool(web.spoke[node] and web.spoke[inner])
        if not (kept[node] and kept[inner]) or (not spoke and rng.random() < 0.24):
            continue
        road = "primary" if spoke and number > BEYOND_OLD_TOWN else "tertiary" if spoke else ""
        steps = [*_bend(rng, web, inner, node, road), node]
        begun = open_end.pop(inner, None)
        if begun and begun[0] == road and len(begun[1]) < WAY_NODES:
            begun[1].extend(steps)
        else:
            begun = (road, [inner, *steps])
            web.ways.append((road or _lane(rng, number), begun[1]))
        open_end[node] = begun


def _lane(rng: np.random.Generator, number: int) -> str:
    calm = 0.6 if number < BEYOND_OLD_TOWN else 0.05
    through = 0.04 if number < BEYOND_OLD_TOWN else 0.12
    return str(rng.choice(["living_street", "tertiary", "residential"], p=[calm, through, 1 - calm - through]))


def _bend(rng: np.random.Generator, web: _Web, a: int, b: int, road: str) -> list[int]:
    """Return a crooked point between two crossings, more often on lanes than on roads."""
    if rng.random() > (0.2 if road else 0.45):
        return []
    off = rng.normal(0, 0.05 if road else 0.13)
    east = (web.east[a] + web.east[b]) / 2 - off * (web.north[b] - web.north[a])
    north = (web.north[a] + web.north[b]) / 2 + off * (web.east[b] - web.east[a])
    web.east, web.north = np.append(web.east, east), np.append(web.north, north)
    return [len(web.east) - 1]


def _areas(rng: np.random.Generator, bay: float, span: float) -> tuple[Area, ...]:
    """Return the bay, and parks where the walls of the old town stood."""
    water = [(1_750.0, bay - 0.1), (1.25 * span, bay - 0.26), (1.25 * span, bay + 0.26), (1_750.0, bay + 0.1)]
    found = [_area("water", [(r * np.cos(t), r * np.sin(t)) for r, t in water])]
    for turn in rng.uniform(0, 2 * np.pi, 3).tolist():
        ring = [(950.0, turn), (950.0, turn + 0.3), (1_040.0, turn + 0.3), (1_040.0, turn)]
        found.append(_area("park", [(r * np.cos(t), r * np.sin(t)) for r, t in ring]))
    return tuple(found)


def _area(kind: str, corners: list[tuple[float, float]]) -> Area:
    return Area(kind, tuple(ANCHOR.place(east, north) for east, north in [*corners, corners[0]]))


def _finished(rng: np.random.Generator, web: _Web, areas: tuple[Area, ...]) -> StreetMap:
    """Name the ways, drop what is cut off, open one-ways that trap somebody, number the houses."""
    called = names.distinct(rng, 800)
    ways = [_street(rng, web, i, f"{called[i % 800]} {SUFFIXES[i // 800 % 6]}") for i in range(len(web.ways))]
    streets = _connected(len(web.east), tuple(ways))
    used = np.unique(np.concatenate([street.nodes for street in streets]))
    place = np.full(len(web.east), -1)
    place[used] = np.arange(len(used))
    streets = tuple(replace(street, nodes=tuple(place[list(street.nodes)].tolist())) for street in streets)
    lon, lat = ANCHOR.to_degrees(web.east[used], web.north[used])
    ids = 2_000_001 + np.arange(len(used), dtype=np.int64)
    bare = StreetMap(ids, lon, lat, streets, (), areas, "a ring town that never was")
    homes = along(bare, ANCHOR, rng, every=64.0)
    numbered = zip(homes.places(ANCHOR), homes.street, homes.number, homes.postcode, strict=True)
    city = names.distinct(rng, 1)[0]
    return replace(bare, addresses=tuple(Address(site, way, door, code, city) for site, way, door, code in numbered))


def _street(rng: np.random.Generator, web: _Web, number: int, name: str) -> Street:
    kind, nodes = web.ways[number]
    old = bool(np.hypot(web.east[nodes], web.north[nodes]).max() < OLD_TOWN_M)
    narrow = kind in ("living_street", "residential") and rng.random() < (0.35 if old else 0.07)
    oneway = int(rng.choice([1, -1])) if narrow else 0
    return Street(7_000_001 + number, name, kind, oneway, SPEEDS[kind], tuple(nodes))


def _connected(n: int, streets: tuple[Street, ...]) -> tuple[Street, ...]:
    """Return the streets of the largest part, one-ways opened until everybody reaches everybody."""
    part = largest_part(n, tuple(replace(street, oneway=0) for street in streets))
    streets = tuple(street for street in streets if part[street.nodes[0]])
    while True:
        trapped = ~largest_part(n, streets)
        caught = [bool(trapped[list(street.nodes)].any()) for street in streets]
        if not any(caught):
            return streets
        streets = tuple(
            replace(street, oneway=0) if bad else street for street, bad in zip(streets, caught, strict=True)
        )
