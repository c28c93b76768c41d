"""The street map that a command may be given: legs between coordinates, and lines to draw routes with."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

from doorstep.adapters.geojson import Paths
from doorstep.adapters.instances.coordinates import Ways, road_ways, straight_ways, way_of
from doorstep.adapters.osrm import OsrmRoads, open_roads
from doorstep.domain.places import Place
from doorstep.domain.problem import Problem
from doorstep.domain.speeds import SlotSpeeds
from doorstep.domain.streets import Path as Road
from doorstep.domain.travel import TravelTimes
from doorstep.flows.ports import Roads
from doorstep.roads.speeds import DEFAULT_SPEEDS, slot_speeds
from doorstep.server import wiring
from doorstep.server.settings import settings

HELP = "a street map (.osm.pbf) for coordinates without matrices"
HELP_NEW_PLACE = "a street map to ask for the way to a new place"

PROFILES = ("car", "bike", "foot")


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


def roads_beside(osm: Path, problem: Problem) -> dict[str, OsrmRoads]:
    """Return the road network of each profile of a plan, with the plan's own slots where we know their speeds."""
    cache = settings().cache / "roads"
    return {
        profile: open_roads(osm, _speeds(problem, profile), cache=cache, profile=profile)
        for profile in dict.fromkeys(shift.profile for shift in problem.shifts)
        if profile in PROFILES
    }


def _speeds(problem: Problem, profile: str) -> SlotSpeeds:
    """Return usual speeds if the plan has their slots, else free flow, which is then stretched as its matrices are."""
    travel = problem.times[profile]
    usual = isinstance(travel, TravelTimes) and tuple(travel.edges) == tuple(DEFAULT_SPEEDS.edges)
    return DEFAULT_SPEEDS if usual else slot_speeds([0], {}, "free flow")
