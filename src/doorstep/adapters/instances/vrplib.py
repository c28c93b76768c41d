"""VRPLIB text: `KEY : value` headers and sections, as CVRPLIB, PyVRP, LKH-3 and ORTEC write it.

Read by the conventions of `benchmark`, told by TYPE and sections; loads and unit prices are never scaled. Nodes and
vehicles are counted from 1. A header or section that nobody reads here is refused: ignoring it would change the
problem.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from doorstep.adapters.instances.benchmark import (
    MOST_GIVEN,
    MOST_NODES,
    TENTHS,
    THOUSANDTHS,
    Benchmark,
    Vehicle,
    euclidean,
    flat_legs,
)
from doorstep.adapters.instances.lines import numbers, whole
from doorstep.adapters.straight_lines import FlatLines
from doorstep.adapters.strict_json import LARGEST, SPLIT
from doorstep.domain.errors import YourInput
from doorstep.domain.problem import Problem
from doorstep.domain.travel import MATRIX_PLACES

HEADERS = (
    "NAME", "COMMENT", "TYPE", "DIMENSION", "VEHICLES", "CAPACITY", "SERVICE_TIME", "SCALE", "EDGE_WEIGHT_TYPE",
    "EDGE_WEIGHT_FORMAT", "NODE_COORD_TYPE", "DISPLAY_DATA_TYPE", "VEHICLES_MAX_DURATION", "VEHICLES_MAX_DISTANCE",
    "VEHICLES_MAX_RELOADS", "VEHICLES_FIXED_COST", "VEHICLES_UNIT_DISTANCE_COST",
)  # fmt: skip
BY_NODE = {
    "NODE_COORD_SECTION": 2, "DEMAND_SECTION": 0, "LINEHAUL_SECTION": 0, "BACKHAUL_SECTION": 0,
    "TIME_WINDOW_SECTION": 2, "SERVICE_TIME_SECTION": 1, "RELEASE_TIME_SECTION": 1, "PRIZE_SECTION": 1,
}  # fmt: skip
"""Sections with a line for each node, and the numbers in it besides the node; 0: as many as in the first line."""

BY_VEHICLE = {
    "CAPACITY_SECTION": 0, "VEHICLES_DEPOT_SECTION": 1, "VEHICLES_FIXED_COST_SECTION": 1,
    "VEHICLES_UNIT_DISTANCE_COST_SECTION": 1, "VEHICLES_MAX_DURATION_SECTION": 1, "VEHICLES_MAX_DISTANCE_SECTION": 1,
    "VEHICLES_MAX_RELOADS_SECTION": 1,
}  # fmt: skip
"""The same with a line for each vehicle."""

LISTS = ("DEPOT_SECTION", "EDGE_WEIGHT_SECTION", "VEHICLES_RELOAD_DEPOT_SECTION", "VEHICLES_ALLOWED_CLIENTS_SECTION")
SECTIONS = (*BY_NODE, *BY_VEHICLE, *LISTS)

TYPES = (
    "CVRP", "VRPTW", "CVRPTW", "PCVRPTW", "TSP", "MDVRPTW", "SDVRPTW", "HFVRP", "MTVRPTWR", "VRPB",
)  # fmt: skip
DEMANDED = {
    "VRPTW": ("TIME_WINDOW_SECTION",),
    "CVRPTW": ("TIME_WINDOW_SECTION",),
    "PCVRPTW": ("TIME_WINDOW_SECTION", "PRIZE_SECTION"),
    "MDVRPTW": ("TIME_WINDOW_SECTION", "DEPOT_SECTION", "VEHICLES_DEPOT_SECTION"),
    "SDVRPTW": ("TIME_WINDOW_SECTION", "VEHICLES_ALLOWED_CLIENTS_SECTION"),
    "MTVRPTWR": ("TIME_WINDOW_SECTION", "RELEASE_TIME_SECTION", "VEHICLES_RELOAD_DEPOT_SECTION"),
    "VRPB": ("BACKHAUL_SECTION",),
}
"""What a TYPE is about; a text without it is another problem."""

IN_THOUSANDTHS = ("MDVRPTW", "SDVRPTW", "HFVRP")
WEIGHTS = {"EUC_2D": "nearest", "CEIL_2D": "up", "FLOOR_2D": "down", "EXACT_2D": "down"}
HEADER = re.compile(r"\s*([A-Z][A-Z0-9_]*)\s*:\s*(.*?)\s*")
NO_HEADER = "doorstep does not read it yet, and leaving it out silently would change the problem"


def is_vrplib(text: str) -> bool:
    """Return whether a text begins with VRPLIB headers."""
    lines = [line for line in text[:4000].splitlines() if line.strip()][:12]
    found = [match[1] for line in lines if (match := HEADER.fullmatch(line))]
    return "DIMENSION" in found or ("TYPE" in found and "NAME" in found)


@dataclass(frozen=True, slots=True)
class _Text:
    """A parsed file: headers, the numbered lines of each section, and whether it says where it ends."""

    name: str
    headers: dict[str, str]
    sections: dict[str, list[tuple[int, str]]]
    ended: bool

    def number(self, header: str) -> float | None:
        """Return a header's one number."""
        if header not in self.headers:
            return None
        (value, *more) = numbers(self.headers[header], 0, f"{self.name}, {header}") or [-1.0]
        return -1.0 if more else value

    def whole(self, header: str, default: int | None = None) -> int | None:
        value = self.number(header)
        return default if value is None else whole(value, f"{self.name}, {header}")

    def table(self, section: str, lines: int, width: int, what: str = "node") -> NDArray[np.float64] | None:
        """Return a section's numbers in the order of nodes (or vehicles), without their numbers; `width` 0: any."""
        if section not in self.sections:
            return None
        given = self.sections[section]
        if len(given) != lines:
            raise YourInput(
                f"{self.name}: expected {section} to list {what}s 1 to {lines} once each, got {len(given):,} lines."
            )
        rows = [(at, numbers(line, at, self.name)) for at, line in given]
        wide = width + 1 if width else max(2, len(rows[0][1]) if rows else 2)
        for at, row in rows:
            if len(row) != wide:
                raise YourInput(f"{self.name}, line {at} ({section}): expected {wide} numbers, got {len(row)}.")
        self._once_each(section, lines, sorted(row[0] for _, row in rows), what)
        return np.array([row[1:] for _, row in sorted(rows, key=lambda r: r[1][0])]).reshape(lines, wide - 1)

    def lists(self, section: str, lines: int, nodes: int) -> list[frozenset[int]] | None:
        """Return the nodes (counted from 0) that a section lists for each vehicle."""
        if section not in self.sections:
            return None
        rows = [(at, numbers(line, at, self.name)) for at, line in self.sections[section]]
        self._once_each(section, lines, sorted(row[0] for _, row in rows), "vehicle")
        for at, row in rows:
            wrong = [x for x in row[1:] if x != int(x) or not 1 <= x <= nodes]
            if wrong:
                raise YourInput(f"{self.name}, line {at}: expected nodes from 1 to {nodes}, got {wrong[0]:g}.")
        return [frozenset(int(x) - 1 for x in row[1:]) for _, row in sorted(rows, key=lambda r: r[1][0])]

    def _once_each(self, section: str, lines: int, ids: list[float], what: str) -> None:
        wrong = next((k for k in range(1, lines + 1) if k > len(ids) or ids[k - 1] != k), None)
        if wrong is not None or len(ids) != lines:
            raise YourInput(
                f"{self.name}: expected {section} to list {what}s 1 to {lines} once each, "
                f"not so {what} {wrong or lines + 1}."
            )


@dataclass(frozen=True, slots=True)
class _Reading:
    """A text, what it counts, and how its numbers become whole units."""

    text: _Text
    nodes: int
    order: list[int]
    depots: int
    scale: int
    nearest: bool

    def units(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return seconds, prices or distances in whole units."""
        scaled = np.minimum(self.scale * values, 4 * LARGEST)
        return np.floor(scaled + 0.5 if self.nearest else scaled).astype(np.int64)

    def column(self, section: str) -> NDArray[np.float64] | None:
        """Return a section's one number per node, in the order of the answer."""
        table = self.text.table(section, self.nodes, 1)
        if table is None:
            return None
        where = f"{self.text.name}, {section}, node"
        for node, value in enumerate(table[:, 0], 1):
            if value < 0:
                raise YourInput(f"{where} {node}: expected a number of 0 or more, got {value:g}.")
        found: NDArray[np.float64] = table[self.order, 0]
        return found

    def wholes(self, section: str) -> tuple[tuple[int, ...], ...] | None:
        """Return a section's whole numbers per node, never scaled."""
        table = self.text.table(section, self.nodes, 0)
        if table is None:
            return None
        where = f"{self.text.name}, {section}, node"
        rows = [tuple(whole(value, f"{where} {node}") for value in row) for node, row in enumerate(table, 1)]
        return tuple(rows[node] for node in self.order)

    def place(self, node: int) -> int:
        """Return where a node (counted from 0) stands in the answer."""
        return self.order.index(node)


def read_vrplib(text: str, name: str, *, vehicles: int | None = None) -> Problem:
    """Return the problem of a VRPLIB text; `vehicles` replaces the file's number, where they are not listed."""
    parts = _parts(text, name)
    _supported(parts)
    nodes = parts.whole("DIMENSION")
    if nodes is None or not 2 <= nodes <= MOST_NODES:
        raise YourInput(
            f"{name}: expected DIMENSION from 2 to {MOST_NODES:,}, got {nodes}; where it is too large, {SPLIT}."
        )
    depots = _depots(parts, nodes)
    order = [*depots, *(node for node in range(nodes) if node not in set(depots))]
    reading = _Reading(parts, nodes, order, len(depots), *_units(parts))
    legs = _lines(reading) if _is_large(reading) else _legs(reading, reading.scale)
    demand, picks = _loads(reading)
    release = reading.column("RELEASE_TIME_SECTION")
    fleet = _fleet(reading, len(demand[0]), vehicles)
    timeless = _timeless(reading, fleet)
    return Benchmark(
        name=parts.headers.get("NAME") or name,
        ids=tuple(str(node + 1) for node in order),
        legs=replace(legs, seconds_scale=1) if timeless and isinstance(legs, FlatLines) else legs,
        fleet=fleet,
        vehicles=_vehicles(parts) if vehicles is None else vehicles,
        demand=demand,
        service=_service(reading),
        windows=_windows(reading),
        prizes=_prizes(reading),
        depots=len(depots),
        picks=picks,
        release=None if release is None else tuple(reading.units(release).tolist()),
        seconds=_legs(reading, 1) if timeless and not isinstance(legs, FlatLines) else None,
        forbidden=_forbidden(demand, picks, len(depots)) if parts.headers.get("TYPE") == "VRPB" else None,
    ).problem()


def _parts(text: str, name: str) -> _Text:
    headers, sections = dict[str, str](), dict[str, list[tuple[int, str]]]()
    section: list[tuple[int, str]] | None = None
    for at, line in enumerate(text.splitlines(), 1):
        words = line.strip()
        if section is not None and words[:1] in "-+.0123456789":  # most lines by far; an empty one too
            section += [(at, words)] if words else []
            continue
        key, header = words.rstrip(": \t"), HEADER.fullmatch(words)
        if key == "EOF":
            return _Text(name, headers, sections, ended=True)
        if key.endswith("_SECTION") and not (header and header[2]):
            section = sections.setdefault(key, [])
        elif header:
            headers[header[1]] = header[2]
        elif key:
            raise YourInput(f"{name}, line {at}: expected 'KEY : value', numbers or a section, got {key[:40]!r}.")
    depots = sections.get("DEPOT_SECTION", [])
    return _Text(name, headers, sections, ended=section is depots and depots[-1:] != [] and depots[-1][1] == "-1")


def _supported(parts: _Text) -> None:
    kind = parts.headers.get("TYPE", "CVRP")
    if kind not in TYPES:
        raise YourInput(f"{parts.name}: expected TYPE {', '.join(TYPES)}, got {kind}; {NO_HEADER}.")
    unknown = [h for h in parts.headers if h not in HEADERS] + [h for h in parts.sections if h not in SECTIONS]
    if unknown:
        known = ", ".join((*HEADERS, *SECTIONS))
        raise YourInput(f"{parts.name}: expected nothing but {known}, got {unknown[0]}; {NO_HEADER}.")
    weights = parts.headers.get("EDGE_WEIGHT_TYPE", "EUC_2D")
    if weights not in (*WEIGHTS, "EXPLICIT"):
        raise YourInput(f"{parts.name}: expected EDGE_WEIGHT_TYPE {', '.join(WEIGHTS)} or EXPLICIT, got {weights}.")
    if parts.whole("SCALE", TENTHS) not in (1, TENTHS):
        raise YourInput(f"{parts.name}: expected SCALE 10, got {parts.headers['SCALE']}; {NO_HEADER}.")
    _complete(parts, kind)


def _complete(parts: _Text, kind: str) -> None:
    """Refuse a text that is cut short: what is missing would be taken for what is not asked.

    Every published text but some of TYPE TSP, which have one section, says where it ends.
    """
    missing = [section for section in DEMANDED.get(kind, ()) if section not in parts.sections]
    if missing:
        raise YourInput(f"{parts.name}: expected {missing[0]} beside TYPE {kind}, found none; is the file cut short?")
    if not parts.ended and kind != "TSP":
        raise YourInput(
            f"{parts.name}: expected EOF, or a DEPOT_SECTION that ends with -1, as its last line, found neither; is "
            "the file cut short?"
        )


def _units(parts: _Text) -> tuple[int, bool]:
    """Return what numbers are multiplied by, and whether they are then rounded to the nearest or down."""
    kind, weights = parts.headers.get("TYPE", "CVRP"), parts.headers.get("EDGE_WEIGHT_TYPE", "EUC_2D")
    if weights == "EXPLICIT":
        return 1, False
    if kind in IN_THOUSANDTHS:
        return THOUSANDTHS, True
    return (TENTHS, False) if "TIME_WINDOW_SECTION" in parts.sections or weights == "EXACT_2D" else (1, False)


def _depots(parts: _Text, nodes: int) -> list[int]:
    """Return the depots, counted from 0; the first node where the text has no such section."""
    rows = [numbers(line, at, parts.name) for at, line in parts.sections.get("DEPOT_SECTION", [])]
    depots = [whole(value, f"{parts.name}, DEPOT_SECTION") for row in rows for value in row if value != -1]
    if "DEPOT_SECTION" in parts.sections and not depots:
        raise YourInput(f"{parts.name}: expected a node in DEPOT_SECTION, got none.")
    if len(set(depots)) != len(depots) or not all(1 <= depot <= nodes for depot in depots) or len(depots) >= nodes:
        raise YourInput(f"{parts.name}: expected depots from node 1 to {nodes}, each once, got {depots}.")
    if len(depots) > 1 and "VEHICLES_DEPOT_SECTION" not in parts.sections:
        raise YourInput(f"{parts.name}: expected VEHICLES_DEPOT_SECTION beside several depots, got {depots} alone.")
    return [depot - 1 for depot in depots] or [0]


def _vehicles(parts: _Text) -> int | None:
    return 1 if parts.headers.get("TYPE") == "TSP" else parts.whole("VEHICLES")


def _loads(reading: _Reading) -> tuple[tuple[tuple[int, ...], ...], tuple[tuple[int, ...], ...] | None]:
    """Return what is brought to each node, and what is picked up there, if anything."""
    sections, where = reading.text.sections, reading.text.name
    if "DEMAND_SECTION" in sections and "LINEHAUL_SECTION" in sections:
        raise YourInput(f"{where}: expected DEMAND_SECTION or LINEHAUL_SECTION, got both.")
    brought = reading.wholes("DEMAND_SECTION" if "DEMAND_SECTION" in sections else "LINEHAUL_SECTION")
    picked = reading.wholes("BACKHAUL_SECTION")
    limited = "CAPACITY" in reading.text.headers or "CAPACITY_SECTION" in sections
    if (brought is not None or picked is not None) != limited:
        raise YourInput(f"{where}: expected CAPACITY and DEMAND_SECTION together, got only one of them.")
    if brought is None:
        brought = tuple((0,) * len(row) for row in picked) if picked else ((),) * reading.nodes
    if picked is not None and len(picked[0]) != len(brought[0]):
        raise YourInput(f"{where}: expected as many numbers in BACKHAUL_SECTION as in DEMAND_SECTION.")
    return brought, picked


def _forbidden(
    brought: tuple[tuple[int, ...], ...], picked: tuple[tuple[int, ...], ...] | None, depots: int
) -> NDArray[np.bool_]:
    """Return which legs would break the rule that a route delivers first, somewhere, and picks up afterwards."""
    back = np.array([any(row) for row in picked or ((),) * len(brought)])
    line = np.array([any(row) for row in brought])
    first = np.arange(len(brought)) < depots
    found: NDArray[np.bool_] = (first | False)[:, None] & back[None, :] | back[:, None] & line[None, :]
    return found


def _fleet(reading: _Reading, dims: int, vehicles: int | None) -> Vehicle | tuple[Vehicle, ...]:
    """Return the vehicles one by one where sections list them, else the one of which there are many."""
    text = reading.text
    listed = [section for section in text.sections if section in BY_VEHICLE or section in LISTS[2:]]
    capacity = text.whole("CAPACITY")
    capacities = () if capacity is None else (capacity,) * dims
    if not listed:
        return replace(Vehicle(capacities), **_per_vehicle(reading, 1, {})[0])
    many = _vehicles(text)
    if many is None or vehicles is not None:
        raise YourInput(f"{text.name}: expected the number of vehicles in VEHICLES, because {listed[0]} lists them.")
    tables = {s: text.table(s, many, width, "vehicle") for s, width in BY_VEHICLE.items()}
    depots = _nodes(reading, tables.get("VEHICLES_DEPOT_SECTION"), many)
    serves = _circles(reading, many)
    reloads = text.lists("VEHICLES_RELOAD_DEPOT_SECTION", many, reading.nodes) or [frozenset[int]()] * many
    given = _per_vehicle(reading, many, tables)
    loads = _capacities(reading, tables.get("CAPACITY_SECTION"), dims) or [capacities] * many
    plain = [
        Vehicle(
            loads[k],
            depot=depots[k],
            serves=serves[k],
            reloads=tuple(reading.place(x) for x in sorted(reloads[k])),
            most_trips=_trips(reading, tables, k) if reloads[k] else 1,
        )
        for k in range(many)
    ]
    return tuple(replace(vehicle, **given[k]) for k, vehicle in enumerate(plain))


def _circles(reading: _Reading, many: int) -> list[frozenset[int] | None]:
    """Return where the nodes that each vehicle may serve stand in the answer; None: all of them."""
    named = reading.text.lists("VEHICLES_ALLOWED_CLIENTS_SECTION", many, reading.nodes)
    if named is None:
        return [None] * many
    where = {node: k for k, node in enumerate(reading.order)}
    known = {nodes: frozenset(where[x] for x in nodes) for nodes in set(named)}
    return [known[nodes] for nodes in named]


def _per_vehicle(reading: _Reading, many: int, tables: dict[str, NDArray[np.float64] | None]) -> list[dict[str, Any]]:
    """Return price, bounds and unit price of each vehicle, from a section or one header for all."""
    names = {
        "fixed": "VEHICLES_FIXED_COST", "longest": "VEHICLES_MAX_DURATION", "farthest": "VEHICLES_MAX_DISTANCE",
        "cents_per_km": "VEHICLES_UNIT_DISTANCE_COST",
    }  # fmt: skip
    found: list[dict[str, Any]] = [{} for _ in range(many)]
    for field, header in names.items():
        table, same = tables.get(f"{header}_SECTION"), reading.text.number(header)
        if table is None and same is None:
            continue
        values = np.full(many, same) if table is None else table[:, 0]
        if (values < 0).any():
            raise YourInput(f"{reading.text.name}: expected {header} of 0 or more, got {values.min():g}.")
        units = (
            [_thousandfold(v, reading, header) for v in values] if field == "cents_per_km" else reading.units(values)
        )
        for vehicle, value in zip(found, units, strict=True):
            vehicle[field] = int(value)
    return found


def _thousandfold(value: float, reading: _Reading, header: str) -> int:
    """Return a price of a unit of distance as cents a kilometre."""
    if abs(1000 * value - round(1000 * value)) > 1e-6:
        raise YourInput(f"{reading.text.name}: expected {header} with at most three decimals, got {value:g}.")
    return round(1000 * value)


def _capacities(reading: _Reading, table: NDArray[np.float64] | None, dims: int) -> list[tuple[int, ...]] | None:
    if table is None:
        return None
    where = f"{reading.text.name}, CAPACITY_SECTION"
    if table.shape[1] != dims:
        raise YourInput(f"{where}: expected {dims} numbers, as in DEMAND_SECTION, got {table.shape[1]}.")
    return [tuple(whole(value, f"{where}, vehicle {k}") for value in row) for k, row in enumerate(table, 1)]


def _nodes(reading: _Reading, table: NDArray[np.float64] | None, many: int) -> list[int]:
    """Return where each vehicle's depot stands in the answer."""
    if table is None:
        return [0] * many
    named = [whole(value, f"{reading.text.name}, VEHICLES_DEPOT_SECTION") - 1 for value in table[:, 0]]
    depots = reading.order[: reading.depots]
    wrong = next((node for node in named if node not in depots), None)
    if wrong is not None:
        raise YourInput(
            f"{reading.text.name}: expected VEHICLES_DEPOT_SECTION to name depots "
            f"({', '.join(str(d + 1) for d in depots)}), got node {wrong + 1}."
        )
    return [reading.place(node) for node in named]


def _trips(reading: _Reading, tables: dict[str, NDArray[np.float64] | None], k: int) -> int:
    """Return how many trips vehicle k may make: one more than it may reload, at most one per customer."""
    table, customers = tables.get("VEHICLES_MAX_RELOADS_SECTION"), reading.nodes - reading.depots
    most = reading.text.whole("VEHICLES_MAX_RELOADS", customers) if table is None else int(table[k, 0])
    return max(1, min(customers, (most if most is not None else customers) + 1))


def _timeless(reading: _Reading, fleet: Vehicle | tuple[Vehicle, ...]) -> bool:
    """Return whether nothing but distance counts: then seconds are whole units, so that a day's fit a day."""
    any_one = fleet if isinstance(fleet, Vehicle) else fleet[0]
    timed = {"TIME_WINDOW_SECTION", "SERVICE_TIME_SECTION", "RELEASE_TIME_SECTION"} & reading.text.sections.keys()
    timed |= {"SERVICE_TIME"} & reading.text.headers.keys()
    return reading.scale == THOUSANDTHS and not timed and any_one.longest is None


def _service(reading: _Reading) -> tuple[int, ...]:
    column = reading.column("SERVICE_TIME_SECTION")
    if column is None:
        # One time for all means all customers; at a depot nobody is served.
        same = reading.text.whole("SERVICE_TIME", 0) or 0
        column = np.array([same * (k >= reading.depots) for k in range(reading.nodes)], float)
    return tuple(reading.units(column).tolist())


def _windows(reading: _Reading) -> tuple[tuple[int, int], ...] | None:
    table = reading.text.table("TIME_WINDOW_SECTION", reading.nodes, 2)
    if table is None:
        return None
    windows = []
    for node, (opens, closes) in zip(reading.order, reading.units(table[reading.order]).tolist(), strict=True):
        if not 0 <= opens <= closes:
            raise YourInput(
                f"{reading.text.name}: expected node {node + 1} to open at 0 or later and close after it opens, "
                f"got {opens / reading.scale:g} to {closes / reading.scale:g}."
            )
        windows.append((opens, min(closes, LARGEST)))
    return tuple(windows)


def _prizes(reading: _Reading) -> dict[int, int]:
    """Return what leaving out costs; a prize of 0 means that the node must be served."""
    column = reading.column("PRIZE_SECTION")
    if column is None:
        return {}
    return {k: prize for k, prize in enumerate(reading.units(column).tolist()) if prize > 0}


def _is_large(reading: _Reading) -> bool:
    """Return whether lines are asked for; refuses a matrix of many nodes where one is given, or needed."""
    headers = reading.text.headers
    given = headers.get("EDGE_WEIGHT_TYPE") == "EXPLICIT" or headers.get("TYPE") == "VRPB"
    if given and reading.nodes > MOST_GIVEN:
        raise YourInput(
            f"{reading.text.name}: expected a matrix of at most {MOST_GIVEN:,} nodes (a VRPB has one too), got "
            f"{reading.nodes:,}; {SPLIT}."
        )
    return reading.nodes > MATRIX_PLACES and not given


def _legs(reading: _Reading, scale: int) -> NDArray[np.int32]:
    if reading.text.headers.get("EDGE_WEIGHT_TYPE") == "EXPLICIT":
        legs = _explicit(reading.text, reading.nodes)
        reading.text.table("NODE_COORD_SECTION", reading.nodes, 2)  # nobody asks for these, but each node has its row
        return legs if reading.order[0] == 0 else np.ascontiguousarray(legs[np.ix_(reading.order, reading.order)])
    return euclidean(_points(reading), scale=scale, rounding=_rounding(reading, scale))


def _lines(reading: _Reading) -> FlatLines:
    rounding = _rounding(reading, reading.scale)
    return flat_legs(_points(reading), scale=reading.scale, rounding=rounding, seconds_scale=reading.scale)


def _points(reading: _Reading) -> NDArray[np.float64]:
    xy = reading.text.table("NODE_COORD_SECTION", reading.nodes, 2)
    if xy is None:
        raise YourInput(f"{reading.text.name}: expected a NODE_COORD_SECTION for Euclidean distances, found none.")
    return xy[reading.order]


def _rounding(reading: _Reading, scale: int) -> str:
    plain = WEIGHTS[reading.text.headers.get("EDGE_WEIGHT_TYPE", "EUC_2D")]
    return "nearest" if reading.nearest else "down" if scale == TENTHS else plain


def _explicit(parts: _Text, nodes: int) -> NDArray[np.int32]:
    layout = parts.headers.get("EDGE_WEIGHT_FORMAT", "FULL_MATRIX")
    if layout != "FULL_MATRIX":
        raise YourInput(f"{parts.name}: expected EDGE_WEIGHT_FORMAT FULL_MATRIX, got {layout}; write all rows in full.")
    lines = parts.sections.get("EDGE_WEIGHT_SECTION", [])[: nodes * nodes + 1]
    found = [x for at, line in lines for x in numbers(line, at, parts.name)]
    if len(found) != nodes * nodes:
        raise YourInput(
            f"{parts.name}: expected {nodes}² = {nodes * nodes} numbers in EDGE_WEIGHT_SECTION, got {len(found)}."
        )
    legs = np.array(found).reshape(nodes, nodes)
    wrong = np.argwhere((legs < 0) | (legs != np.floor(legs)))
    if len(wrong):
        i, j = (int(k) for k in wrong[0])
        raise YourInput(
            f"{parts.name}: expected whole legs of 0 or more, got {legs[i, j]:g} from node {i + 1} to {j + 1}."
        )
    np.fill_diagonal(legs, 0)
    return legs.astype(np.int32)
