"""VRPLIB text: `KEY : value` headers and sections, as CVRPLIB, PyVRP, LKH-3 and ORTEC write it.

Euclidean instances with time windows follow the one-decimal convention of `benchmark`, everything else TSPLIB's
rounding. A header or section that nobody reads here is refused: ignoring it would change the problem.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from doorstep.adapters.instances.benchmark import MOST_NODES, TENTHS, Benchmark, euclidean
from doorstep.adapters.instances.lines import numbers, whole
from doorstep.adapters.strict_json import LARGEST
from doorstep.domain.errors import YourInput
from doorstep.domain.problem import Problem

HEADERS = (
    "NAME", "COMMENT", "TYPE", "DIMENSION", "VEHICLES", "CAPACITY", "SERVICE_TIME", "SCALE", "EDGE_WEIGHT_TYPE",
    "EDGE_WEIGHT_FORMAT", "NODE_COORD_TYPE", "DISPLAY_DATA_TYPE",
)  # fmt: skip
SECTIONS = {
    "NODE_COORD_SECTION": 3, "DEMAND_SECTION": 2, "TIME_WINDOW_SECTION": 3, "SERVICE_TIME_SECTION": 2,
    "PRIZE_SECTION": 2, "DEPOT_SECTION": 0, "EDGE_WEIGHT_SECTION": 0,
}  # fmt: skip
"""Sections with the numbers in a line; 0: any."""

TYPES = ("CVRP", "VRPTW", "CVRPTW", "PCVRPTW", "TSP")
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
    """A parsed file: headers, and the numbered lines of each section."""

    name: str
    headers: dict[str, str]
    sections: dict[str, list[tuple[int, str]]]

    def whole(self, header: str, default: int | None = None) -> int | None:
        if header not in self.headers:
            return default
        (value, *more) = numbers(self.headers[header], 0, f"{self.name}, {header}") or [-1.0]
        return whole(-1.0 if more else value, f"{self.name}, {header}")

    def table(self, section: str, nodes: int) -> NDArray[np.float64] | None:
        """Return a section's numbers by node, in the order of node ids, without the ids."""
        if section not in self.sections:
            return None
        width = SECTIONS[section]
        lines = self.sections[section]
        if len(lines) != nodes:
            raise YourInput(
                f"{self.name}: expected {section} to list nodes 1 to {nodes} once each, got {len(lines):,} lines."
            )
        rows = [(at, numbers(line, at, self.name)) for at, line in lines]
        for at, row in rows:
            if len(row) != width:
                raise YourInput(f"{self.name}, line {at} ({section}): expected {width} numbers, got {len(row)}.")
        ids = sorted(row[0] for _, row in rows)
        wrong = next((k for k, found in enumerate(ids, 1) if found != k), None)
        if wrong is not None:
            raise YourInput(
                f"{self.name}: expected {section} to list nodes 1 to {nodes} once each, not so node {wrong}."
            )
        return np.array([row[1:] for _, row in sorted(rows, key=lambda r: r[1][0])])

    def column(self, section: str, nodes: int) -> list[int] | None:
        """Return a section with one whole number per node."""
        table = self.table(section, nodes)
        if table is None:
            return None
        return [whole(value, f"{self.name}, {section}, node {k}") for k, value in enumerate(table[:, 0], 1)]


def read_vrplib(text: str, name: str, *, vehicles: int | None = None) -> Problem:
    """Return the problem of a VRPLIB text; `vehicles` replaces the file's number."""
    parts = _parts(text, name)
    _supported(parts)
    nodes = parts.whole("DIMENSION")
    if nodes is None or not 2 <= nodes <= MOST_NODES:
        raise YourInput(f"{name}: expected DIMENSION from 2 to {MOST_NODES:,}, got {nodes}; split a larger problem.")
    windowed = "TIME_WINDOW_SECTION" in parts.sections
    explicit = parts.headers.get("EDGE_WEIGHT_TYPE") == "EXPLICIT"
    scale = TENTHS if not explicit and (windowed or parts.headers.get("EDGE_WEIGHT_TYPE") == "EXACT_2D") else 1
    order = _depot_first(parts, nodes)
    legs = _explicit(parts, nodes) if explicit else _euclidean(parts, nodes, scale)
    capacity = parts.whole("CAPACITY")
    return Benchmark(
        name=parts.headers.get("NAME") or name,
        ids=tuple(str(node + 1) for node in order),
        legs=legs if order[0] == 0 else legs[np.ix_(order, order)],
        vehicles=_vehicles(parts) if vehicles is None else vehicles,
        capacity=capacity,
        demand=tuple(_ordered(_demand(parts, nodes, capacity), order)),
        service=tuple(_ordered(_service(parts, nodes, scale), order)),
        windows=_windows(parts, nodes, scale, order) if windowed else None,
        prizes=_prizes(parts, nodes, scale, order),
    ).problem()


def _parts(text: str, name: str) -> _Text:
    parts = _Text(name, {}, {})
    section: list[tuple[int, str]] | None = None
    for at, line in enumerate(text.splitlines(), 1):
        words = line.strip()
        if section is not None and words[:1] in "-+.0123456789":  # most lines by far; an empty one too
            section += [(at, words)] if words else []
            continue
        key, header = words.rstrip(": \t"), HEADER.fullmatch(words)
        if key == "EOF":
            break
        if key.endswith("_SECTION"):
            section = parts.sections.setdefault(key, [])
        elif header:
            parts.headers[header[1]] = header[2]
        elif key:
            raise YourInput(f"{name}, line {at}: expected 'KEY : value', numbers or a section, got {key[:40]!r}.")
    return parts


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


def _depot_first(parts: _Text, nodes: int) -> list[int]:
    rows = [numbers(line, at, parts.name) for at, line in parts.sections.get("DEPOT_SECTION", [])]
    depots = [whole(value, f"{parts.name}, DEPOT_SECTION") for row in rows for value in row if value != -1]
    if len(depots) > 1 or not all(1 <= depot <= nodes for depot in depots):
        raise YourInput(f"{parts.name}: expected one depot from node 1 to {nodes}, got {depots}.")
    depot = depots[0] - 1 if depots else 0
    return [depot, *(node for node in range(nodes) if node != depot)]


def _ordered(values: list[int], order: list[int]) -> Iterator[int]:
    return (values[node] for node in order)


def _vehicles(parts: _Text) -> int | None:
    return 1 if parts.headers.get("TYPE") == "TSP" else parts.whole("VEHICLES")


def _demand(parts: _Text, nodes: int, capacity: int | None) -> list[int]:
    demand = parts.column("DEMAND_SECTION", nodes)
    if (demand is None) != (capacity is None):
        raise YourInput(f"{parts.name}: expected CAPACITY and DEMAND_SECTION together, got only one of them.")
    return demand or [0] * nodes


def _service(parts: _Text, nodes: int, scale: int) -> list[int]:
    column = parts.column("SERVICE_TIME_SECTION", nodes)
    same = parts.whole("SERVICE_TIME", 0) or 0
    # One time for all means all customers; at the depot nobody is served.
    depot = _depot_first(parts, nodes)[0]
    given = column or [same * (node != depot) for node in range(nodes)]
    return [scale * seconds for seconds in given]


def _windows(parts: _Text, nodes: int, scale: int, order: list[int]) -> tuple[tuple[int, int], ...]:
    table = parts.table("TIME_WINDOW_SECTION", nodes)
    windows = []
    for node in order if table is not None else ():
        opens, closes = (int(np.floor(scale * edge)) for edge in table[node])  # type: ignore[index]  # the loop is empty without a table
        if not 0 <= opens <= closes:
            raise YourInput(
                f"{parts.name}: expected node {node + 1} to open at 0 or later and close after it opens, "
                f"got {opens / scale:g} to {closes / scale:g}."
            )
        windows.append((opens, min(closes, LARGEST)))
    return tuple(windows)


def _prizes(parts: _Text, nodes: int, scale: int, order: list[int]) -> dict[int, int]:
    table = parts.table("PRIZE_SECTION", nodes)
    if table is None:
        return {}
    return {k: int(np.floor(scale * table[node, 0])) for k, node in enumerate(order)}


def _euclidean(parts: _Text, nodes: int, scale: int) -> NDArray[np.int32]:
    xy = parts.table("NODE_COORD_SECTION", nodes)
    if xy is None:
        raise YourInput(f"{parts.name}: expected a NODE_COORD_SECTION for Euclidean distances, found none.")
    rounding = "down" if scale == TENTHS else WEIGHTS[parts.headers.get("EDGE_WEIGHT_TYPE", "EUC_2D")]
    return euclidean(xy, scale=scale, rounding=rounding)


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
