"""The street map that a command may be given: legs between coordinates, and lines to draw routes with."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

from doorstep.adapters.geojson import Paths
from doorstep.adapters.instances.coordinates import Ways, road_ways, straight_ways, way_of
from doorstep.domain.places import Place
from doorstep.domain.streets import Path as Road
from doorstep.flows.ports import Roads
from doorstep.server import wiring
from doorstep.server.settings import settings

HELP = "a street map (.osm.pbf) for coordinates without matrices"


class Streets:
    """A street map without traffic, opened when first needed; None: there is none."""

    def __init__(self, osm: Path | None) -> None:
        self._osm = osm
        self._known: dict[str, Roads] = {}

    def ways(self) -> Ways:
        """Return how legs between coordinates come about."""
        return straight_ways if self._osm is None else road_ways(self._opened)

    def drawn(self) -> tuple[Paths | None, str]:
        """Return what draws legs along streets, and whom to name for it."""
        if self._osm is None:
            return None, ""
        return along(self._opened), self._opened("car").attribution

    def _opened(self, profile: str) -> Roads:
        if profile not in self._known and self._osm is not None:
            self._known[profile] = wiring.free_roads(self._osm, profile, settings())
        return self._known[profile]


def along(opened: Callable[[str], Roads]) -> Paths:
    """Return what draws legs along a road network, each under the traffic in which it begins."""

    def paths(places: Sequence[Place], leaves: Sequence[int], profile: str) -> list[Road]:
        roads = opened(way_of(profile) or "car")
        slots = [max(0, bisect_right(roads.edges, at) - 1) for at in leaves]
        found: list[Road] = []
        for slot, run in groupby(range(len(slots)), key=slots.__getitem__):
            legs = list(run)
            found += roads.route(places[legs[0] : legs[-1] + 2], slot)
        return found

    return paths
