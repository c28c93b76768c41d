"""Where things are: WGS 84, longitude before latitude."""

import math
from dataclasses import dataclass

from doorstep.domain.errors import YourInput

EARTH_RADIUS_M = 6_371_008.8


@dataclass(frozen=True, slots=True)
class Place:
    """A point on earth, in degrees."""

    lon: float
    lat: float

    def __post_init__(self) -> None:
        if not (-180 <= self.lon <= 180 and -90 <= self.lat <= 90):
            raise YourInput(
                f"Expected longitude within ±180 and latitude within ±90, got {self.lon}, {self.lat}; "
                "check that longitude comes first."
            )


def crow_metres(a: Place, b: Place) -> float:
    """Return the great-circle distance in metres (haversine).

    >>> round(crow_metres(Place(-8.61, 41.15), Place(-8.60, 41.15)))
    837
    """
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    half_lat, half_lon = (lat_b - lat_a) / 2, math.radians(b.lon - a.lon) / 2
    h = math.sin(half_lat) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(h))
