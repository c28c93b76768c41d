"""A street network as OpenStreetMap tells it, read from a file or drawn by a town."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.errors import YourInput
from doorstep.domain.places import Place
from doorstep.domain.units import Metres, Seconds

# Farther from a road than this, a place is an error of its coordinates rather than a long footpath.
SNAP_LIMIT_M = 200.0


class UnreachablePlace(YourInput):
    """A place has no road near, or lies in a piece of the network that the rest can't reach.

    `indices` are the positions of all such places among those given, rising; `reasons` says of the first few what is
    wrong, without where they are.
    """

    def __init__(self, text: str, indices: tuple[int, ...] = (), reasons: Mapping[int, str] | None = None) -> None:
        super().__init__(text)
        self.indices = indices
        self.reasons = reasons or {}


@dataclass(frozen=True, slots=True)
class Street:
    """One way: `nodes` are indices into the map's node arrays, in drawing direction.

    `highway` is OSM's class; `oneway` is 1 along the nodes, -1 against them, 0 both; `maxspeed_kmh` 0: untagged.
    """

    way_id: int
    name: str
    highway: str
    oneway: int
    maxspeed_kmh: int
    nodes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Address:
    """A house number that the map knows."""

    place: Place
    street: str
    number: str
    postcode: str
    city: str = ""


@dataclass(frozen=True, slots=True)
class Area:
    """Water or park, for drawing: a ring or (for rivers) a line of places."""

    kind: str
    ring: tuple[Place, ...]


@dataclass(frozen=True, slots=True, eq=False)
class StreetMap:
    """Streets with their nodes. `node_ids` int64 OSM ids; `lon`, `lat` float64, same length."""

    node_ids: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    streets: tuple[Street, ...]
    addresses: tuple[Address, ...] = ()
    areas: tuple[Area, ...] = ()
    attribution: str = ""


@dataclass(frozen=True, slots=True)
class Snapped:
    """Where a place meets the road network, how far away that is, and the street's name."""

    place: Place
    on_road: Place
    metres_away: float
    street: str


@dataclass(frozen=True, slots=True)
class Path:
    """A way through the streets: whole seconds and metres, and its shape."""

    seconds: Seconds
    metres: Metres
    shape: tuple[Place, ...]
