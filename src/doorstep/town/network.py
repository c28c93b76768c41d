"""Which streets hang together: directed edges of a street map and its largest mutually reachable part."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from doorstep.domain.streets import Street, StreetMap

Ints = NDArray[np.int64]

NO_CARS = frozenset({
    "footway", "cycleway", "path", "steps", "pedestrian", "bridleway", "track", "corridor", "construction",
    "proposed", "platform", "raceway", "elevator", "abandoned", "razed", "service",
})  # fmt: skip
"""Classes that no van drives through, and service roads, which are too often gated."""


def edges(streets: tuple[Street, ...]) -> tuple[Ints, Ints]:
    """Return (from, to) node indices of every step a van may take."""
    starts: list[int] = []
    ends: list[int] = []
    for street in streets:
        if street.highway in NO_CARS:
            continue
        if street.oneway >= 0:
            starts += street.nodes[:-1]
            ends += street.nodes[1:]
        if street.oneway <= 0:
            starts += street.nodes[1:]
            ends += street.nodes[:-1]
    return np.asarray(starts, dtype=np.int64), np.asarray(ends, dtype=np.int64)


def largest_part(n: int, streets: tuple[Street, ...]) -> NDArray[np.bool_]:
    """Return which of n nodes lie in the largest part where everybody reaches everybody, one-ways obeyed."""
    starts, ends = edges(streets)
    graph = coo_array((np.ones(len(starts), dtype=np.int8), (starts, ends)), shape=(n, n))
    _, label = connected_components(graph, directed=True, connection="strong")
    label = np.asarray(label)
    touched = np.zeros(n, dtype=bool)
    touched[starts] = True
    if not touched.any():
        return touched
    biggest = np.bincount(label[touched]).argmax()
    part: NDArray[np.bool_] = (label == biggest) & touched
    return part


def reachable(streets: StreetMap) -> NDArray[np.bool_]:
    """Return which nodes of a map lie in its largest mutually reachable part."""
    return largest_part(len(streets.node_ids), streets.streets)
