"""Where points should lie: near a depot. Finds longitude and latitude that were swapped, and far-away points."""

from collections.abc import Callable
from dataclasses import dataclass

from doorstep.domain.places import Place, crow_metres

FAR_M = 500_000
"""A point farther than this from every depot is no delivery of this company."""

NEAR_DEGREES = 3.0
"""A point within so many degrees of a depot needs no exact look: it is nearer than FAR_M."""

DOUBTFUL = 0.6
"""Addresses found with less confidence are listed for a person, as `roads.addresses` says."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a geocoder says: where, how sure (0 to 1), and what it was found by (house number, street ...)."""

    place: Place
    confidence: float
    how: str


Geocode = Callable[[str, str], Match | None]
"""Address and postcode to a match; None: the map does not know it."""


@dataclass(slots=True)
class Surroundings:
    """The depots seen so far."""

    depots: dict[str, tuple[float, float]]

    def verdict(self, lon: float, lat: float) -> str:
        """Return "near", "far" (of every depot) or "swapped" (near one if the two are exchanged)."""
        for there_lon, there_lat in self.depots.values():
            if abs(lon - there_lon) < NEAR_DEGREES and abs(lat - there_lat) < NEAR_DEGREES:
                return "near"
        if not self.depots or self._metres(lon, lat) <= FAR_M:
            return "near"
        swapped = -90 <= lon <= 90 and self._metres(lat, lon) <= FAR_M
        return "swapped" if swapped else "far"

    def _metres(self, lon: float, lat: float) -> float:
        here = Place(lon, lat)
        return min(crow_metres(here, Place(*there)) for there in self.depots.values())
