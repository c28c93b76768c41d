"""Wires a ring town to the adapters: the codec of the data contract, the street file, and the roads."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.worlds2.telling import ASSUMED_SPEEDS, SLOT_HOURS
from benchmarks.worlds2.world import RingTown
from doorstep.adapters.company_files.writing import write_company, write_table
from doorstep.adapters.osm_files import write_streets
from doorstep.adapters.osrm import open_roads
from doorstep.domain.places import Place
from doorstep.domain.streets import StreetMap
from doorstep.flows.ports import Roads
from doorstep.roads.speeds import slot_speeds
from doorstep.town.world import Tools

STREETS = "streets.osm.pbf"
QUIETEST = 0
"""The night slot, in which nobody is slowed: what the truth calls free flow."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What somebody may ask of a ring town. `work` is where drives are written, `cache` where roads are kept."""

    days: int = 90
    orders_per_day: int = 400
    work: Path | None = None
    cache: Path | None = None


def ring_town(seed: int, asked: Settings | None = None) -> RingTown:
    """Return the ring town of a seed, ready to be written and driven; its roads are built at the first drive."""
    asked = asked or Settings()
    held: list[RingTown] = []

    @cache
    def roads() -> Roads:
        path = Path(tempfile.mkdtemp(prefix="doorstep-streets-")) / STREETS
        write_streets(held[0].streets, path)
        edges = [round(hour * 3600) for hour in SLOT_HOURS]
        return open_roads(path, slot_speeds(edges, dict(ASSUMED_SPEEDS), "assumption"), cache=asked.cache)

    tools = Tools(write_table, write_company, _write_streets, _free_flow(roads))
    held.append(RingTown(seed, tools, asked.days, asked.orders_per_day, work=asked.work))
    return held[0]


def _write_streets(folder: Path, streets: StreetMap) -> None:
    write_streets(streets, folder / STREETS)


def _free_flow(roads: Callable[[], Roads]) -> Callable[[Sequence[Place]], tuple[list[float], list[float]]]:
    def legs(places: Sequence[Place]) -> tuple[list[float], list[float]]:
        paths = roads().route(places, QUIETEST)
        return [float(path.seconds) for path in paths], [float(path.metres) for path in paths]

    return legs
