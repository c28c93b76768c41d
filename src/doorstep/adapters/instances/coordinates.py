"""Legs between coordinates, for files that bring no matrices: straight lines stretched, or a road network."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from doorstep.adapters.straight_lines import GlobeLines
from doorstep.adapters.strict_json import SPLIT, Spot
from doorstep.adapters.travel_files import at_hand
from doorstep.domain.errors import YourInput
from doorstep.domain.places import Place
from doorstep.domain.travel import MATRIX_PLACES, AskedTimes, Legs, TravelTimes

DETOUR = 1.4
"""How much longer a way through streets is than the straight line, roughly, in European and American towns."""

SPEEDS_KMH = {"car": 40.0, "bike": 15.0, "foot": 5.0}

MOST_PLACES = 110_000
"""Places of one request: those of 100,000 stops, and of vehicles."""

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

    def legs_between(self, places: Sequence[Place]) -> Legs:
        """Return whom to ask for legs between these places."""


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
        _refuse_too_many(places)
        roads = opened(profile)
        large = len(places) > MATRIX_PLACES
        legs = AskedTimes(roads.legs_between(places), range(len(places))) if large else roads.times(places)
        if len(legs.edges) > 1:
            raise YourInput(f"Expected roads without traffic for this format, got {len(legs.edges)} slots.")
        return Found(legs, f"roads without traffic ({profile})", roads.attribution)

    return ways


def straight_legs(places: Sequence[Place], *, metres_per_second: float, detour: float) -> TravelTimes:
    """Return great-circle legs times `detour` in whole metres, and seconds rounded up; of many places to be asked."""
    _refuse_too_many(places)
    return at_hand(GlobeLines.of(places, detour=detour, metres_per_second=(metres_per_second,)).times())


def _refuse_too_many(places: Sequence[Place]) -> None:
    if len(places) > MOST_PLACES:
        raise YourInput(f"Expected at most {MOST_PLACES:,} places in one request, got {len(places):,}; {SPLIT}.")


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
