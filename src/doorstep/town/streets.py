"""Draws the streets of a town that never was: a bent grid with holes, arterials, a ring, a river, few bridges.

It lies in the middle of an ocean, so that scale and projection are right and nobody real lives there.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.streets import Address, Area, Street, StreetMap
from doorstep.town import names
from doorstep.town.luck import stream
from doorstep.town.network import largest_part
from doorstep.town.plane import Plane
from doorstep.town.sites import along

Floats = NDArray[np.float64]

ANCHOR = Plane(-30.0, 45.0)
"""Nowhere: about 400 km from the nearest land."""

ATTRIBUTION = "a town that never was"
BLOCK_M = 128.0
MAXSPEED = {"trunk": 80, "primary": 50, "secondary": 50, "tertiary": 50, "unclassified": 40, "residential": 30,
            "living_street": 20}  # fmt: skip


@dataclass(slots=True)
class _Sketch:
    """Points, edges by line, and what has been drawn so far; metres east and north."""

    side: int
    east: Floats
    north: Floats
    line_class: list[str]
    streets: list[Street] = field(default_factory=list)
    areas: list[Area] = field(default_factory=list)

    def add_points(self, east: Floats, north: Floats) -> range:
        """Keep new points and return their indices."""
        first = len(self.east)
        self.east = np.concatenate([self.east, east])
        self.north = np.concatenate([self.north, north])
        return range(first, first + len(east))


def draw(seed: int, km: float = 7) -> StreetMap:
    """Return the streets of a town `km` across: one mutually reachable network with house numbers.

    About 4,000 nodes and 10,000 addresses for 7 km; 0.3 s. The same seed draws the same town.
    """
    rng = stream(seed, "streets")
    sketch = _grid(rng, km)
    river = _river(rng, km * 1000, sketch)
    keep = _edges_kept(rng, sketch, river)
    line_names = names.distinct(rng, 4 * sketch.side + 2)
    for line in range(2 * sketch.side):
        _lay_line(rng, sketch, keep, line, line_names)
    _ring(sketch, km * 1000, line_names[-1])
    return _finished(rng, sketch, line_names[-2])


def _grid(rng: np.random.Generator, km: float) -> _Sketch:
    """Return crossings of a grid that a slow wave bends and a jitter loosens."""
    side = max(8, round(km * 1000 / BLOCK_M) + 1)
    base = (np.arange(side) - (side - 1) / 2) * BLOCK_M
    x, y = np.meshgrid(base, base)
    phase, stretch = rng.uniform(0, 2 * np.pi, 4), rng.uniform(2200, 4200, 4)
    east = x + 85 * np.sin(2 * np.pi * y / stretch[0] + phase[0]) + 30 * np.sin(2 * np.pi * x / stretch[1] + phase[1])
    north = y + 85 * np.sin(2 * np.pi * x / stretch[2] + phase[2]) + 30 * np.sin(2 * np.pi * y / stretch[3] + phase[3])
    east += rng.normal(0, 11, east.shape)
    north += rng.normal(0, 11, north.shape)
    return _Sketch(side, east.ravel(), north.ravel(), _classes(side) + _classes(side))


def _classes(side: int) -> list[str]:
    """Return the class of each parallel line: a primary in the middle, secondaries every nine, tertiaries between."""
    middle = side // 2
    kinds = []
    for i in range(side):
        off = abs(i - middle)
        kind = "residential"
        if off % 9 == 0:
            kind = "primary" if off == 0 else "secondary"
        elif off % 9 == 4:
            kind = "tertiary"
        kinds.append(kind)
    return kinds


def _river(rng: np.random.Generator, span: float, sketch: _Sketch) -> Floats:
    """Return the river's line, shape (n, 2), from west to east, and draw it as water."""
    x = np.linspace(-0.62 * span, 0.62 * span, 80)
    a, b, c = rng.uniform(0.05, 0.12), rng.uniform(0, 2 * np.pi), rng.uniform(0.12, 0.2) * rng.choice([-1, 1])
    y = span * (c + a * np.sin(2 * np.pi * x / span * 0.9 + b))
    bank = np.concatenate([np.stack([x, y + 38], 1), np.stack([x, y - 38], 1)[::-1]])
    ring = [*bank.tolist(), bank[0].tolist()]
    sketch.areas.append(Area("water", tuple(ANCHOR.place(east, north) for east, north in ring)))
    return np.stack([x, y], 1)


def _edges_kept(rng: np.random.Generator, sketch: _Sketch, river: Floats) -> NDArray[np.bool_]:
    """Return which grid edges are built, shape (2, side, side - 1): rows then columns, by line and step."""
    side = sketch.side
    kept = np.ones((2, side, side - 1), dtype=bool)
    lobes = rng.uniform(0, 2 * np.pi, 2)
    for way in range(2):
        a, b = _ends(side, way)
        mid_e, mid_n = (sketch.east[a] + sketch.east[b]) / 2, (sketch.north[a] + sketch.north[b]) / 2
        big = np.array([kind in ("primary", "secondary") for kind in sketch.line_class[way * side :][:side]])[:, None]
        kept[way] &= big | (rng.random(a.shape) > 0.09)
        turn = np.arctan2(mid_n, mid_e)
        outline = 1.04 + 0.07 * np.sin(3 * turn + lobes[0]) + 0.05 * np.sin(5 * turn + lobes[1])
        kept[way] &= np.hypot(mid_e, mid_n) < outline * side * BLOCK_M / 2
        kept[way] &= ~_wet(sketch, river, a, b) | _bridges(side, way)
        if way == 0:
            parks = _parks(rng, sketch)
        for east, north, radius in parks:
            kept[way] &= big | (np.hypot(mid_e - east, mid_n - north) > radius)
    return kept


def _ends(side: int, way: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the node indices at both ends of each edge along rows (0) or columns (1)."""
    index = np.arange(side * side).reshape(side, side)
    lines = index if way == 0 else index.T
    return lines[:, :-1], lines[:, 1:]


def _wet(sketch: _Sketch, river: Floats, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which edges cross the river."""
    side_a = sketch.north[a] > np.interp(sketch.east[a], river[:, 0], river[:, 1])
    side_b = sketch.north[b] > np.interp(sketch.east[b], river[:, 0], river[:, 1])
    wet: NDArray[np.bool_] = side_a != side_b
    return wet


def _bridges(side: int, way: int) -> NDArray[np.bool_]:
    """Return which lines bridge the river: the middle column and a secondary east of it; the ring adds two."""
    bridge = np.zeros((side, 1), dtype=bool)
    if way == 1:
        bridge[[side // 2, min(side - 1, side // 2 + 9)]] = True
    return bridge


def _parks(rng: np.random.Generator, sketch: _Sketch) -> list[tuple[float, float, float]]:
    """Return (east, north, radius) of the parks, and draw them."""
    span = sketch.side * BLOCK_M
    parks = []
    for _ in range(max(2, round(span / 1200))):
        east, north = rng.uniform(-0.42, 0.42, 2) * span
        radius = rng.uniform(140, 330)
        turn = np.linspace(0, 2 * np.pi, 17)
        wobble = radius * 0.86 * (1 + 0.1 * np.sin(3 * turn + rng.uniform(0, 6)))
        ring = zip(east + wobble * np.cos(turn), north + wobble * np.sin(turn), strict=True)
        sketch.areas.append(Area("park", tuple(ANCHOR.place(x, y) for x, y in ring)))
        parks.append((float(east), float(north), float(radius)))
    return parks


def _lay_line(
    rng: np.random.Generator, sketch: _Sketch, kept: NDArray[np.bool_], line: int, line_names: list[str]
) -> None:
    """Add the streets of one grid line, broken where edges are missing and every dozen blocks."""
    side = sketch.side
    way, number = divmod(line, side)
    a, b = _ends(side, way)
    kind, suffix = sketch.line_class[line], ("Street", "Road")[way]
    run: list[int] = []
    for step in range(side - 1):
        if kept[way, number, step]:
            run = run or [int(a[number, step])]
            run += [*_bend(rng, sketch, int(a[number, step]), int(b[number, step])), int(b[number, step])]
        if run and (step == side - 2 or not kept[way, number, step] or len(run) > 14):
            name = line_names[2 * line + (step > side // 2)]
            sketch.streets.append(_street(rng, len(sketch.streets), f"{name} {suffix}", kind, run))
            run = []


def _bend(rng: np.random.Generator, sketch: _Sketch, a: int, b: int) -> list[int]:
    """Return a point beside the middle of an edge, for about every fourth edge."""
    if rng.random() > 0.24:
        return []
    along_e, along_n = sketch.east[b] - sketch.east[a], sketch.north[b] - sketch.north[a]
    off = rng.normal(0, 0.07)
    east = (sketch.east[a] + sketch.east[b]) / 2 - off * along_n
    north = (sketch.north[a] + sketch.north[b]) / 2 + off * along_e
    return list(sketch.add_points(np.array([east]), np.array([north])))


def _street(rng: np.random.Generator, number: int, name: str, kind: str, nodes: list[int]) -> Street:
    """Return one way; some residential ones are one-way, calmed or without a tag."""
    oneway = 0
    if kind == "residential":
        kind = str(rng.choice(["residential", "living_street", "unclassified"], p=[0.87, 0.05, 0.08]))
        oneway = int(rng.choice([0, 1, -1], p=[0.84, 0.13, 0.03]))
    speed = MAXSPEED[kind] if rng.random() < 0.7 else 0
    return Street(5_000_001 + number, name, kind, oneway, speed, tuple(nodes))


def _ring(sketch: _Sketch, span: float, name: str) -> None:
    """Add a trunk ring that meets every arterial it crosses and nothing else."""
    radius, side = 0.36 * span, sketch.side
    crossings = []
    for line, kind in enumerate(sketch.line_class):
        if kind not in ("primary", "secondary"):
            continue
        way, number = divmod(line, side)
        index = np.arange(side * side).reshape(side, side)
        on_line = index[number] if way == 0 else index[:, number]
        for half in (on_line[: side // 2], on_line[side // 2 :]):
            nearest = half[np.abs(np.hypot(sketch.east[half], sketch.north[half]) - radius).argmin()]
            if abs(np.hypot(sketch.east[nearest], sketch.north[nearest]) - radius) < BLOCK_M:
                crossings.append(int(nearest))
    turned = sorted({int(c) for c in crossings}, key=lambda c: np.arctan2(sketch.north[c], sketch.east[c]))
    for a, b in zip(turned, [*turned[1:], turned[0]], strict=True):
        nodes = (a, *_arc(sketch, a, b), b)
        sketch.streets.append(Street(5_000_001 + len(sketch.streets), f"{name} Ring", "trunk", 0, 80, nodes))


def _arc(sketch: _Sketch, a: int, b: int) -> list[int]:
    """Return new points between two crossings, turning about the centre."""
    turn_a, turn_b = (float(np.arctan2(sketch.north[i], sketch.east[i])) for i in (a, b))
    turn_b += 2 * np.pi if turn_b <= turn_a else 0
    far_a, far_b = (float(np.hypot(sketch.north[i], sketch.east[i])) for i in (a, b))
    n = max(1, round((turn_b - turn_a) * far_a / 200))
    share = np.arange(1, n) / n
    turn, far = turn_a + share * (turn_b - turn_a), far_a + share * (far_b - far_a)
    return list(sketch.add_points(far * np.cos(turn), far * np.sin(turn)))


def _finished(rng: np.random.Generator, sketch: _Sketch, city: str) -> StreetMap:
    """Drop what is cut off, open one-ways that trap somebody, number the houses."""
    streets = _connected(len(sketch.east), tuple(sketch.streets))
    used = np.unique(np.concatenate([street.nodes for street in streets]))
    renumber = np.full(len(sketch.east), -1)
    renumber[used] = np.arange(len(used))
    streets = tuple(replace(street, nodes=tuple(renumber[list(street.nodes)].tolist())) for street in streets)
    lon, lat = ANCHOR.to_degrees(sketch.east[used], sketch.north[used])
    bare = StreetMap(1_000_001 + np.arange(len(used), dtype=np.int64), lon, lat, streets, (), tuple(sketch.areas),
                     ATTRIBUTION)  # fmt: skip
    homes = along(bare, ANCHOR, rng, every=58.0)
    addresses = tuple(
        Address(site, street, number, postcode, city)
        for site, street, number, postcode in zip(
            homes.places(ANCHOR), homes.street, homes.number, homes.postcode, strict=True
        )
    )
    return replace(bare, addresses=addresses)


def _connected(n: int, streets: tuple[Street, ...]) -> tuple[Street, ...]:
    """Return the streets of the largest part, with one-ways opened until everybody reaches everybody."""
    both_ways = tuple(replace(street, oneway=0) for street in streets)
    part = largest_part(n, both_ways)
    streets = tuple(street for street in streets if part[street.nodes[0]])
    while True:
        trapped = ~largest_part(n, streets)
        if not any(trapped[list(street.nodes)].any() for street in streets):
            return streets
        streets = tuple(
            replace(street, oneway=0) if street.oneway and trapped[list(street.nodes)].any() else street
            for street in streets
        )
