"""Speeds when nothing is known yet: class tables and a rush-hour curve, both marked "assumption"."""

from collections.abc import Mapping, Sequence

from doorstep.domain.speeds import SlotSpeeds
from doorstep.domain.units import Seconds

# Night, early, morning peak, midday, evening peak, evening: starts in seconds since midnight.
WEEKDAY_EDGES = tuple(Seconds(minutes * 60) for minutes in (0, 360, 450, 570, 990, 1140))

# OSRM's car profile (lib car.lua, 26.10), km/h: free flow on streets whose limit nobody tagged.
FREE_FLOW_KMH: Mapping[str, float] = {
    "motorway": 90, "motorway_link": 45, "trunk": 85, "trunk_link": 40, "primary": 65, "primary_link": 30,
    "secondary": 55, "secondary_link": 25, "tertiary": 40, "tertiary_link": 20, "unclassified": 25,
    "residential": 25, "living_street": 10, "service": 15, "road": 25,
}  # fmt: skip

ASSUMED = "assumption: a weekday's rush hours as we picture them, until speeds are learned from pings"

_FAST = (1.0, 0.92, 0.65, 0.88, 0.62, 0.93)
_ARTERIAL = (1.0, 0.88, 0.60, 0.80, 0.58, 0.88)
_COLLECTOR = (1.0, 0.92, 0.70, 0.85, 0.68, 0.92)
_LOCAL = (1.0, 0.96, 0.85, 0.92, 0.82, 0.95)

WEEKDAY_FACTORS: Mapping[str, tuple[float, ...]] = {
    "motorway": _FAST, "motorway_link": _FAST, "trunk": _FAST, "trunk_link": _FAST,
    "primary": _ARTERIAL, "primary_link": _ARTERIAL, "secondary": _ARTERIAL, "secondary_link": _ARTERIAL,
    "tertiary": _COLLECTOR, "tertiary_link": _COLLECTOR, "unclassified": _LOCAL, "residential": _LOCAL,
    "living_street": _LOCAL, "service": _LOCAL, "road": _LOCAL,
}  # fmt: skip

DEFAULT_SPEEDS = SlotSpeeds(WEEKDAY_EDGES, FREE_FLOW_KMH, WEEKDAY_FACTORS, ASSUMED)


def slot_speeds(
    edges: Sequence[int], factors: Mapping[str, Sequence[float]], source: str = "given by the company"
) -> SlotSpeeds:
    """Return a company's own slots and factors over the default free-flow speeds.

    A class that `factors` leaves out takes the row of 'unclassified', or where that is missing too, no traffic.
    Raises YourInput when edges don't start at 0 and rise, or a row has another length than the edges.
    """
    rows = {highway: tuple(float(factor) for factor in row) for highway, row in factors.items()}
    rows.setdefault("unclassified", (1.0,) * len(edges))
    return SlotSpeeds(tuple(Seconds(int(edge)) for edge in edges), FREE_FLOW_KMH, rows, source)
