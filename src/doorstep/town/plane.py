"""Flat metres around an origin: exact enough for a town, wrong for a country."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.places import EARTH_RADIUS_M, Place

Floats = NDArray[np.float64]

METRES_PER_DEGREE = math.radians(1) * EARTH_RADIUS_M


@dataclass(frozen=True, slots=True)
class Plane:
    """East and north in metres from an origin in degrees."""

    lon: float
    lat: float

    def to_metres(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """Return metres east and north of the origin."""
        return (lon - self.lon) * METRES_PER_DEGREE * self._shrink(), (lat - self.lat) * METRES_PER_DEGREE

    def to_degrees(self, east: Floats, north: Floats) -> tuple[Floats, Floats]:
        """Return longitude and latitude, rounded to 1e-7 degrees as OpenStreetMap keeps them."""
        lon = self.lon + east / (METRES_PER_DEGREE * self._shrink())
        return np.round(lon, 7), np.round(self.lat + north / METRES_PER_DEGREE, 7)

    def place(self, east: float, north: float) -> Place:
        """Return one point as a place."""
        lon, lat = self.to_degrees(np.float64(east), np.float64(north))  # type: ignore[arg-type] # a scalar is a 0-d array
        return Place(float(lon), float(lat))

    def _shrink(self) -> float:
        return math.cos(math.radians(self.lat))
