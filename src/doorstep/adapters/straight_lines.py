"""Legs by straight lines, computed when somebody needs them: between coordinates on the globe, or on a flat map.

A leg is the same to the last second whether it is computed alone or in a matrix.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from doorstep.adapters.strict_json import LARGEST
from doorstep.domain.places import EARTH_RADIUS_M, Place
from doorstep.domain.travel import AskedTimes
from doorstep.domain.units import Seconds

Floats = NDArray[np.float64]
Wholes = NDArray[np.int32]
AS_FAR_AS_IT_GOES = 20_038_000.0
"""Metres that no two places on the globe are farther apart than."""


class _Lines(ABC):
    """Legs that are computed from their ends, row by row: all at once they would take many times what they hold."""

    __slots__ = ()

    @property
    @abstractmethod
    def edges(self) -> tuple[Seconds, ...]:
        """Starts of the traffic slots, the first 0."""

    @abstractmethod
    def _legs(self, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Wholes:
        """Return the legs from each start to the end beside it, shape (2, K, starts)."""

    def table(self, starts: Sequence[int], ends: Sequence[int]) -> Wholes:
        """Return the legs from each start to each end, shape (2, K, starts, ends)."""
        to = np.asarray(ends, np.int64)
        found = np.empty((2, len(self.edges), len(starts), len(to)), np.int32)
        for k, start in enumerate(starts):
            found[:, :, k] = self._legs(np.full(len(to), start, np.int64), to)
        return found

    def pairs(self, starts: Sequence[int], ends: Sequence[int]) -> Wholes:
        """Return the legs from each start to the end beside it, shape (2, K, starts)."""
        return self._legs(np.asarray(starts, np.int64), np.asarray(ends, np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class GlobeLines(_Lines):
    """Great-circle lines `detour` times as long, at one speed for each traffic slot. `lon` and `lat` in radians."""

    lon: Floats
    lat: Floats
    detour: float
    metres_per_second: tuple[float, ...]
    edges: tuple[Seconds, ...] = (Seconds(0),)
    cosine: Floats = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cosine", np.cos(self.lat))

    @classmethod
    def of(
        cls,
        places: Sequence[Place],
        *,
        detour: float,
        metres_per_second: Sequence[float],
        edges: Sequence[int] = (0,),
    ) -> Self:
        """Return the lines between these places, numbered in this order."""
        lon, lat = (np.radians([getattr(place, name) for place in places]) for name in ("lon", "lat"))
        return cls(lon, lat, detour, tuple(metres_per_second), tuple(Seconds(edge) for edge in edges))

    def times(self) -> AskedTimes:
        """Return the travel between all places, to be asked for."""
        return AskedTimes(self, range(len(self.lon)))

    @property
    def name(self) -> str:
        """What the legs are, with a fingerprint of the places."""
        return f"lines x {self.detour!r} at {self.metres_per_second!r} m/s between {_digest(self.lon, self.lat)}"

    def longest(self) -> tuple[int, int]:
        """Return seconds and metres that no leg exceeds."""
        if not len(self.lon):
            return 0, 0
        half = np.ptp(self.lat) / 2, np.ptp(self.lon) / 2  # a box; its sides bound the line across it
        across = min(AS_FAR_AS_IT_GOES, 2 * EARTH_RADIUS_M * float(sum(half))) * self.detour
        return min(LARGEST, int(across / min(self.metres_per_second)) + 2), int(across) + 1

    def _legs(self, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Wholes:
        half = np.sin((self.lat[ends] - self.lat[starts]) / 2) ** 2
        half += self.cosine[starts] * self.cosine[ends] * np.sin((self.lon[ends] - self.lon[starts]) / 2) ** 2
        away = self.detour * (2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(half, 0, 1))))
        metres = np.rint(away).astype(np.int32)
        seconds = [
            np.minimum(np.ceil(away / speed - 1e-9), LARGEST).astype(np.int32) for speed in self.metres_per_second
        ]
        return np.stack([np.stack(seconds), np.stack([metres] * len(seconds))])


@dataclass(frozen=True, slots=True, eq=False)
class FlatLines(_Lines):
    """Euclidean lines between points of a flat map, shape (n, 2), times `scale` and rounded: nearest, up or down.

    A leg lasts as long as it is, or, with `seconds_scale`, as long as it is by another scale.
    """

    xy: Floats
    scale: int
    rounding: str
    seconds_scale: int

    @property
    def edges(self) -> tuple[Seconds, ...]:
        """One slot: all day."""
        return (Seconds(0),)

    @property
    def name(self) -> str:
        """What the legs are, with a fingerprint of the points."""
        return f"flat lines x {self.scale} and {self.seconds_scale}, {self.rounding}, between {_digest(self.xy)}"

    def longest(self) -> tuple[int, int]:
        """Return seconds and metres that no leg exceeds."""
        across = float(np.hypot(*np.ptp(self.xy, axis=0))) if len(self.xy) else 0.0
        return int(self.seconds_scale * across) + 1, int(self.scale * across) + 1

    def _legs(self, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Wholes:
        dx, dy = (self.xy[ends] - self.xy[starts]).T
        line = np.sqrt(dx * dx + dy * dy)
        found = [rounded(scale * line, self.rounding)[None] for scale in (self.seconds_scale, self.scale)]
        return np.stack(found)


def _digest(*arrays: Floats) -> str:
    found = hashlib.sha256()
    for array in arrays:
        found.update(np.ascontiguousarray(array, "<f8").tobytes())
    return found.hexdigest()[:16]


def rounded(exact: Floats, rounding: str) -> Wholes:
    """Return whole numbers: the nearest, halves up, or the next up or down."""
    if rounding == "nearest":
        return np.floor(exact + 0.5).astype(np.int32)
    return (np.ceil(exact) if rounding == "up" else np.floor(exact)).astype(np.int32)
