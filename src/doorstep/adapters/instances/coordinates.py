"""Legs between coordinates, for files that bring no matrices: straight lines stretched, or a road network."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from doorstep.adapters.strict_json import LARGEST, Spot
from doorstep.domain.errors import YourInput
from doorstep.domain.places import EARTH_RADIUS_M, Place
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Seconds

DETOUR = 1.4
"""How much longer a way through streets is than the straight line, roughly, in European and American towns."""

SPEEDS_KMH = {"car": 40.0, "bike": 15.0, "foot": 5.0}

MOST_PLACES = 10_000
"""Places whose legs are computed: two matrices of 400 MB."""

WAYS_TO_SAY = {
    "car": ("car", "driving", "van", "truck", "hgv", "taxi", "auto", "motorcycle"),
    "bike": ("bike", "bicycle", "cycling", "cargobike"),
    "foot": ("foot", "walk", "walking", "pedestrian"),
}


class Roads(Protocol):
    """A road network for one profile."""

    @property
    def attribution(self) -> str:
        """Whom to name wherever something drawn from the map is shown."""

    def times(self, places: Sequence[Place]) -> TravelTimes:
        """Return legs between all places."""


@dataclass(frozen=True, slots=True)
class Found:
    """Legs between places, how they came about in a few words, and whom to name for them."""

    legs: TravelTimes
    said: str
    attribution: str = ""


Ways = Callable[[Sequence[Place], str], Found]
"""From places and a profile (car, bike or foot) to the legs between them."""


def straight_ways(places: Sequence[Place], profile: str) -> Found:
    """Return straight lines times 1.4, at a speed that the profile stands for."""
    kmh = SPEEDS_KMH[profile]
    return Found(
        straight_legs(places, metres_per_second=kmh / 3.6, detour=DETOUR),
        f"straight lines x {DETOUR:g} at {kmh:g} km/h ({profile})",
    )


def road_ways(opened: Callable[[str], Roads]) -> Ways:
    """Return ways through a road network, opened for a profile when first asked for."""

    def ways(places: Sequence[Place], profile: str) -> Found:
        roads = opened(profile)
        legs = roads.times(places)
        if len(legs.edges) > 1:
            raise YourInput(f"Expected roads without traffic for this format, got {len(legs.edges)} slots.")
        return Found(legs, f"roads without traffic ({profile})", roads.attribution)

    return ways


def straight_legs(places: Sequence[Place], *, metres_per_second: float, detour: float) -> TravelTimes:
    """Return great-circle legs times `detour` in whole metres, and seconds rounded up, shape (1, n, n)."""
    if len(places) > MOST_PLACES:
        raise YourInput(
            f"Expected at most {MOST_PLACES:,} places without matrices, got {len(places):,}; split the day by depot."
        )
    lon, lat = (np.radians([getattr(place, name) for place in places]) for name in ("lon", "lat"))
    metres = np.empty((len(places), len(places)), np.int32)
    seconds = np.empty_like(metres)
    for k in range(len(places)):
        away = detour * _metres(lon, lat, k)
        metres[k] = np.rint(away)
        seconds[k] = np.minimum(np.ceil(away / metres_per_second - 1e-9), LARGEST)
    return TravelTimes((Seconds(0),), seconds[None], metres[None])


def _metres(lon: NDArray[np.float64], lat: NDArray[np.float64], k: int) -> NDArray[np.float64]:
    """Return great-circle metres from place k to all (haversine)."""
    half = np.sin((lat - lat[k]) / 2) ** 2 + np.cos(lat[k]) * np.cos(lat) * np.sin((lon - lon[k]) / 2) ** 2
    found: NDArray[np.float64] = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return found


def way_of(name: str) -> str | None:
    """Return which of car, bike and foot a profile's name means, None where nobody knows.

    >>> way_of("cycling-regular")
    'bike'
    """
    first = re.split(r"[^a-z]", name.lower())[0]
    return next((way for way, names in WAYS_TO_SAY.items() if first in names), None)


def profile_of(spot: Spot) -> str:
    """Return which of car, bike and foot a routing engine's profile name means."""
    way = way_of(spot.text())
    if way is not None:
        return way
    raise spot.refused(
        "a profile by car, bike or foot where there are no matrices",
        f"known are {', '.join(name for names in WAYS_TO_SAY.values() for name in names)}; or add matrices",
    )
