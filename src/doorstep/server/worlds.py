"""Wires a world to the adapters: the town with its codec, its street file and its roads."""

import bz2
import csv
import gzip
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from io import BufferedReader
from pathlib import Path

from doorstep.adapters.company_files.writing import write_company, write_table
from doorstep.adapters.osm_files import read_streets, write_streets
from doorstep.adapters.osrm import OsrmRoads, open_roads
from doorstep.domain.places import Place
from doorstep.domain.streets import StreetMap
from doorstep.flows.ports import Roads
from doorstep.roads.speeds import slot_speeds
from doorstep.town.folder import ASSUMED_SPEEDS, SLOT_HOURS
from doorstep.town.world import Tools, Town

STREETS = "streets.osm.pbf"
"""The name of the street file in a company's folder."""

QUIETEST = 0
"""The night slot, in which nobody is slowed: what the town's truth calls free flow."""


@dataclass(frozen=True, slots=True)
class TownSettings:
    """What somebody may ask of a town. `osm` puts people on real streets; `work` is where drives are written."""

    days: int = 90
    orders_per_day: int = 400
    null: bool = False
    osm: Path | None = None
    work: Path | None = None
    cache: Path | None = None


def town(seed: int, asked: TownSettings | None = None) -> Town:
    """Return the town of a seed, ready to be written and driven; raises YourInput for settings without a town."""
    asked = asked or TownSettings()
    streets = read_streets(asked.osm) if asked.osm else None
    held: list[Town] = []

    @cache
    def roads() -> Roads:
        return open_town_roads(asked.osm, asked.cache) if asked.osm else _drawn_roads(held[0].streets, asked.cache)

    tools = Tools(write_table, write_company, _street_writer(asked.osm), _free_flow(roads))
    made = Town(seed, tools, asked.null, asked.days, asked.orders_per_day, streets, work=asked.work)
    held.append(made)
    return made


def open_town_roads(osm: Path, cache_folder: Path | None = None) -> OsrmRoads:
    """Open the roads of a street file under the speeds that a town's company assumes."""
    edges = [round(hour * 3600) for hour in SLOT_HOURS]
    return open_roads(osm, slot_speeds(edges, dict(ASSUMED_SPEEDS), "assumption"), cache=cache_folder)


class CsvDrives:
    """Reads the folders a world wrote for its drives; satisfies `flows.drive_plan.DriveFiles`."""

    def rows(self, folder: Path, name: str) -> Iterator[Mapping[str, str]]:
        """Yield the rows of a CSV file as text; nothing where there is none."""
        path = folder / f"{name}.csv"
        if path.exists():
            with path.open(encoding="utf-8-sig", newline="") as lines:
                yield from csv.DictReader(lines)

    def expected(self, folder: Path) -> Mapping[str, Mapping[str, float]] | None:
        """Return the world's own expectation, or None."""
        path = folder / "expected.json"
        if not path.exists():
            return None
        told: Mapping[str, Mapping[str, float]] = json.loads(path.read_text(encoding="utf-8"))
        return told


def _drawn_roads(streets: StreetMap, cache_folder: Path | None) -> OsrmRoads:
    """Open the roads of a drawn map; its file is needed only until they are built."""
    with tempfile.TemporaryDirectory(prefix="doorstep-streets-") as folder:
        path = Path(folder) / STREETS
        write_streets(streets, path)
        return open_town_roads(path, cache_folder)


def _street_writer(osm: Path | None) -> Callable[[Path, StreetMap], None]:
    def write(folder: Path, streets: StreetMap) -> None:
        if osm is None:
            write_streets(streets, folder / STREETS)
        elif osm.name.endswith(".pbf"):
            shutil.copyfile(osm, folder / STREETS)
        else:
            with _unpacked(osm) as source, (folder / "streets.osm").open("wb") as target:
                shutil.copyfileobj(source, target)

    return write


def _unpacked(osm: Path) -> gzip.GzipFile | bz2.BZ2File | BufferedReader:
    """Open an OSM XML file, compressed or not."""
    if osm.suffix == ".gz":
        return gzip.open(osm)
    return bz2.open(osm) if osm.suffix == ".bz2" else osm.open("rb")


def _free_flow(roads: Callable[[], Roads]) -> Callable[[Sequence[Place]], tuple[list[float], list[float]]]:
    def legs(places: Sequence[Place]) -> tuple[list[float], list[float]]:
        paths = roads().route(places, QUIETEST)
        return [float(path.seconds) for path in paths], [float(path.metres) for path in paths]

    return legs
