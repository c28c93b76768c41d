"""How fast streets are, by class and traffic slot; where a curve came from travels with it."""

from collections.abc import Mapping
from dataclasses import dataclass

from doorstep.domain.errors import YourInput
from doorstep.domain.streets import Street
from doorstep.domain.units import Seconds

# A van drives slower than the sign says; the share that OSRM's car profile uses.
MAXSPEED_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class SlotSpeeds:
    """Free-flow km/h by OSM class, and the factor that traffic leaves of it in each slot.

    `edges` start at 0 and rise, in seconds since midnight; each row of `factors` has one entry (0 < f <= 2) per
    edge. A class that is missing uses 'unclassified', which both tables must have. `source` begins with
    "assumption" until the factors are learned.
    """

    edges: tuple[Seconds, ...]
    free_flow_kmh: Mapping[str, float]
    factors: Mapping[str, tuple[float, ...]]
    source: str

    def __post_init__(self) -> None:
        if not self.edges or self.edges[0] != 0 or list(self.edges) != sorted(set(self.edges)):
            raise YourInput(f"Expected slot edges that start at 0 and rise, got {self.edges}.")
        if "unclassified" not in self.free_flow_kmh or "unclassified" not in self.factors:
            raise YourInput("Expected a free-flow speed and factors for the class 'unclassified'; add them.")
        for highway, kmh in self.free_flow_kmh.items():
            if not 1 <= kmh <= 200:
                raise YourInput(f"Expected a free-flow speed of 1 to 200 km/h for '{highway}', got {kmh}.")
        for highway, row in self.factors.items():
            if len(row) != len(self.edges) or not all(0 < factor <= 2 for factor in row):
                raise YourInput(
                    f"Expected {len(self.edges)} speed factors above 0 and up to 2 for '{highway}' "
                    f"(one per slot), got {row}."
                )

    def kmh(self, street: Street, slot: int) -> float:
        """Return the speed on a street in a slot, from its tagged limit or else its class, never below 1 km/h."""
        return self.kmh_of(street.highway, street.maxspeed_kmh, slot)

    def kmh_of(self, highway: str, maxspeed_kmh: int, slot: int) -> float:
        """Return the speed of a class with a limit (0: untagged) in a slot, never below 1 km/h."""
        free = self.free_flow_kmh.get(highway, self.free_flow_kmh["unclassified"])
        if maxspeed_kmh:
            free = maxspeed_kmh * MAXSPEED_SHARE
        return max(1.0, free * self.factors.get(highway, self.factors["unclassified"])[slot])
