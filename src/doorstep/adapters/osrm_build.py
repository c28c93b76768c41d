"""Road graphs for OSRM: built once, kept by content hash, one customisation per distinct row of speeds.

    CACHE/graph-HASH   extract and partition of (file, profile, engine version); graph.json beside it
    CACHE/slot-HASH    the same files as hard links, customised for one slot's speeds

A folder that has its final name is whole: builds happen in a folder of another name, under a lock, and are renamed.
"""

import contextlib
import fcntl
import hashlib
import json
import logging
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import numpy as np
import osrm
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from doorstep.adapters.osm_files import read_streets
from doorstep.domain.errors import Outside, YourInput
from doorstep.domain.speeds import SlotSpeeds
from doorstep.domain.streets import StreetMap

logger = logging.getLogger(__name__)

Progress = Callable[[float, str], None]
"""Told the share done (0 to 1) and what happens now."""

Segments = Mapping[tuple[str, int], list[str]]
"""Directed segments as text `from,to,`, grouped by class and limit, which decide their speed."""

GRAPH_NAME = "map.osrm"
PROFILES = {"car": "car", "bike": "bicycle", "foot": "foot"}

_ENGINE = Path(osrm.__file__).parent
_FORMAT = "2"  # raise it when what a folder holds changes
_PARALLEL = 2
_LARGE = 1000  # edges from which OSRM never takes a piece of the network for an island
# osrm-customize rewrites these in place, and writes those; the rest of a slot's folder is links to the graph's.
_REWRITTEN = (".geometry", ".datasource_names")

# OSRM's car profile takes the way of least "routability", which the slots' speeds would not move. Here weight is time,
# except that nobody cuts through private ground (as in the original). Nobody here asks to avoid tolls or motorways, and
# being able to would make every customisation four times as large.
_TIMED_PROFILE = """
local profile = require('{name}')
local setup, way, turn = profile.setup, profile.process_way, profile.process_turn
function profile.setup()
  local p = setup()
  p.properties.weight_name = 'time_of_day'
  p.excludable = nil
  return p
end
function profile.process_way(p, w, result, relations)
  way(p, w, result, relations)
  if result.forward_speed > 0 then result.forward_rate = result.forward_speed / 3.6 end
  if result.backward_speed > 0 then result.backward_rate = result.backward_speed / 3.6 end
  if result.duration > 0 then result.weight = result.duration end
end
function profile.process_turn(p, t)
  turn(p, t)
  t.weight = t.duration
  if not t.source_restricted and t.target_restricted then t.weight = constants.max_turn_weight end
end
return profile
"""


@dataclass(frozen=True, slots=True)
class Graph:
    """What must be known of a built graph without reading its map again.

    `anchor` (lon, lat) lies on the largest piece in which every street reaches every other;
    `edges` counts that piece's ways from junction to junction, each direction for itself.
    """

    attribution: str
    anchor: tuple[float, float]
    edges: int


@dataclass(frozen=True, slots=True)
class Built:
    """One dataset per slot (slots with equal speeds share one), ready to load."""

    graph: Graph
    datasets: tuple[Path, ...]


def default_cache() -> Path:
    """Return where graphs are kept: DOORSTEP_CACHE, else the user's cache folder (XDG), with /roads."""
    own = os.environ.get("DOORSTEP_CACHE")
    user = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return (Path(own) if own else Path(user) / "doorstep") / "roads"


def build(
    osm_path: Path, speeds: SlotSpeeds, folder: Path, profile: str = "car", on_progress: Progress | None = None
) -> Built:
    """Return the datasets of all slots, building those that `folder` doesn't hold yet.

    A city of 50,000 ways takes about 5 s, and 1 s more per slot. Only cars are slowed by traffic; bike and foot have
    one dataset. Raises YourInput for a bad map or profile, Outside when the engine or the disk fails.
    """
    if profile not in PROFILES:
        raise YourInput(f"Expected a road profile of {', '.join(PROFILES)}, got {profile!r}.")
    tell = on_progress or (lambda share, what: None)
    work = _Work(osm_path, speeds, folder, profile, tell)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return work.run()
    except OSError as error:
        raise Outside(f"Expected to keep road graphs in {folder}, but the disk refused ({error}).") from error


class _Work:
    """One build: the map is read at most once, and only when something is missing."""

    def __init__(self, osm_path: Path, speeds: SlotSpeeds, folder: Path, profile: str, tell: Progress) -> None:
        self._osm_path, self._speeds, self._folder, self._profile, self._tell = osm_path, speeds, folder, profile, tell
        self._streets: StreetMap | None = None

    def run(self) -> Built:
        graph_key = self._graph_key()
        graph_at = self._folder / f"graph-{graph_key}"
        _build_once(graph_at, self._make_graph)
        rows = [_speed_row(self._speeds, slot, self._profile) for slot in range(len(self._speeds.edges))]
        named = {row: self._folder / f"slot-{_digest(graph_key, row)}" for row in dict.fromkeys(rows)}
        missing = {row: at for row, at in named.items() if not at.exists()}
        self._make_slots(graph_at, missing, {row: rows.index(row) for row in missing})
        self._tell(1.0, "roads are ready")
        return Built(_read_graph(graph_at), tuple(named[row] / GRAPH_NAME for row in rows))

    def _graph_key(self) -> str:
        if not self._osm_path.is_file():
            read_streets(self._osm_path)  # raises the sentence
        with self._osm_path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        return _digest(content, self._profile, version("osrm-bindings"), _FORMAT, _TIMED_PROFILE)

    def _map(self) -> StreetMap:
        if self._streets is None:
            self._tell(0.02, "reading the map")
            self._streets = read_streets(self._osm_path)
        return self._streets

    def _make_graph(self, at: Path) -> None:
        streets = self._map()
        graph = _describe(streets)
        self._tell(0.2, "building the road graph")
        lua = at / f"{self._profile}_by_time.lua"
        lua.write_text(_TIMED_PROFILE.format(name=PROFILES[self._profile]))
        base = str(at / GRAPH_NAME.removesuffix(".osrm"))
        island = str(min(max(2, graph.edges // 2), _LARGE))
        _engine(at, "extract", str(self._osm_path), "-p", str(lua), "-o", base, "--small-component-size", island)
        self._tell(0.5, "dividing it into cells")
        _engine(at, "partition", f"{base}.osrm", "--max-cell-sizes", _cell_sizes(graph.edges))
        (at / "graph.json").write_text(json.dumps(asdict(graph)) + "\n")

    def _make_slots(self, graph_at: Path, missing: Mapping[str, Path], slots: Mapping[str, int]) -> None:
        if not missing:
            return
        segments = _segments(self._map()) if self._profile == "car" else {}
        with ThreadPoolExecutor(_PARALLEL) as pool:
            waiting = [pool.submit(self._slot, graph_at, at, segments, slots[row]) for row, at in missing.items()]
            for done, slot in enumerate(as_completed(waiting), 1):
                slot.result()
                self._tell(0.6 + 0.4 * done / len(missing), "setting the speeds of each slot")

    def _slot(self, graph_at: Path, slot_at: Path, segments: Segments, slot: int) -> None:
        def make(at: Path) -> None:
            _link_files(graph_at, at)
            with_speeds: tuple[str, ...] = ()
            if segments:
                csv = at / "speeds.csv"
                csv.write_text("".join(_segment_lines(segments, self._speeds, slot)))
                with_speeds = ("--segment-speed-file", str(csv))
            _engine(at, "customize", str(at / GRAPH_NAME), "-t", "1", *with_speeds)
            (at / "speeds.csv").unlink(missing_ok=True)  # as large as all the rest, and never read again

        _build_once(slot_at, make)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def _speed_row(speeds: SlotSpeeds, slot: int, profile: str) -> str:
    """Return all that decides a slot's speeds, as text; slots with the same text share a dataset."""
    if profile != "car":
        return "as the profile has it"
    factors = {highway: row[slot] for highway, row in speeds.factors.items()}
    return json.dumps([dict(speeds.free_flow_kmh), factors], sort_keys=True)


def _read_graph(at: Path) -> Graph:
    told = json.loads((at / "graph.json").read_text())
    return Graph(told["attribution"], (told["anchor"][0], told["anchor"][1]), told["edges"])


def _build_once(at: Path, make: Callable[[Path], None]) -> None:
    """Have `make` fill a folder, and give it its name only when it is whole; others who want it wait."""
    if at.exists():
        return
    with _locked(at.with_name(f"{at.name}.lock")):
        if at.exists():
            return
        for left_by_a_killed_build in at.parent.glob(f"building-{at.name}-*"):
            shutil.rmtree(left_by_a_killed_build, ignore_errors=True)
        making = Path(tempfile.mkdtemp(prefix=f"building-{at.name}-", dir=at.parent))
        try:
            make(making)
            making.rename(at)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    logger.info("built folder=%s", at)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock that the system takes back when the process dies."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _link_files(graph_at: Path, slot_at: Path) -> None:
    for file in graph_at.glob(f"{GRAPH_NAME}.*"):
        if file.name.endswith(_REWRITTEN):
            shutil.copyfile(file, slot_at / file.name)
        else:
            _link(file, slot_at / file.name)


def _link(file: Path, to: Path) -> None:
    try:
        to.hardlink_to(file)
    except OSError:  # some file systems have no hard links
        shutil.copyfile(file, to)


def _engine(at: Path, tool: str, *arguments: str) -> None:
    """Run one of OSRM's programs, its talk kept in build.log; on failure its last lines are in the error."""
    command = [str(_ENGINE / "bin" / f"osrm-{tool}"), *arguments]
    places = {"LUA_PATH": f"{_ENGINE}/share/profiles/?.lua"}
    log = at / "build.log"
    with log.open("ab") as talk:
        ended = subprocess.run(command, stdout=talk, stderr=talk, check=False, env={**os.environ, **places})  # noqa: S603 - the engine's own program, from its wheel
    if ended.returncode:
        kept = at.parent / "failed-build.log"
        shutil.copyfile(log, kept)
        last = " / ".join(log.read_text(errors="replace").splitlines()[-3:])
        raise Outside(
            f"Expected osrm-{tool} to build the road graph, but it ended with {ended.returncode}: {last} "
            f"(all of it in {kept}); check memory and disk, and that the map is whole."
        )


def _segment_lines(segments: Segments, speeds: SlotSpeeds, slot: int) -> Iterator[str]:
    """Yield OSRM's lines `from,to,km/h,m/s`: its speed, and the rate that its weight is made of."""
    for (highway, maxspeed), starts in segments.items():
        kmh = speeds.kmh_of(highway, maxspeed, slot)
        end = f"{kmh:.2f},{kmh / 3.6:.4f}\n"
        yield end.join([*starts, ""])


def _segments(streets: StreetMap) -> Segments:
    """Return every pair of neighbouring nodes in each direction that may be driven."""
    groups: dict[tuple[str, int], list[str]] = {}
    ids = streets.node_ids.astype(str).tolist()
    for street in streets.streets:
        group = groups.setdefault((street.highway, street.maxspeed_kmh), [])
        names = [ids[node] for node in street.nodes]
        if street.oneway >= 0:
            group += [f"{a},{b}," for a, b in pairwise(names)]
        if street.oneway <= 0:
            group += [f"{b},{a}," for a, b in pairwise(names)]
    return groups


def _describe(streets: StreetMap) -> Graph:
    """Find the largest piece in which all streets reach each other, and a point on a minor street of it."""
    starts, ends, owners = _arcs(streets)
    n = len(streets.node_ids)
    _, piece = connected_components(
        coo_array((np.ones(len(starts)), (starts, ends)), shape=(n, n)), connection="strong"
    )
    main = np.bincount(piece).argmax()
    inside = (piece[starts] == main) & (piece[ends] == main)
    if not inside.any():
        inside[:] = True  # nothing but one-way stubs: any street will do
    fast = np.array([street.highway.startswith(("motorway", "trunk")) for street in streets.streets])
    chosen = int(np.argmax(inside & ~fast[owners] | (inside & fast[owners].all())))
    a, b = int(starts[chosen]), int(ends[chosen])
    anchor = (float(streets.lon[a] + streets.lon[b]) / 2, float(streets.lat[a] + streets.lat[b]) / 2)
    return Graph(streets.attribution, anchor, _edges(starts[inside], ends[inside], n))


def _arcs(streets: StreetMap) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return (from node, to node, street) of every directed segment."""
    arcs: list[tuple[int, int, int]] = []
    for owner, street in enumerate(streets.streets):
        steps = list(pairwise(street.nodes))
        if street.oneway >= 0:
            arcs += [(a, b, owner) for a, b in steps]
        if street.oneway <= 0:
            arcs += [(b, a, owner) for a, b in steps]
    table = np.array(arcs, dtype=np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def _edges(starts: NDArray[np.int64], ends: NDArray[np.int64], n: int) -> int:
    """Count the segments that leave a junction or a dead end; OSRM makes one edge of all up to the next."""
    neighbours = coo_array((np.ones(2 * len(starts)), (np.r_[starts, ends], np.r_[ends, starts])), shape=(n, n)).tocsr()
    neighbours.sum_duplicates()
    junction = np.diff(neighbours.indptr) != 2
    return int(junction[starts].sum())


def _cell_sizes(edges: int) -> str:
    """Return the largest sizes of OSRM's nested cells, lowest level first, so that the top has 20 cells or more.

    A top level of few or one cell (OSRM's own sizes, in a city) makes matrices four to six times slower.
    """
    sizes = [30]
    while sizes[-1] * 6 <= edges // 20:
        sizes.append(sizes[-1] * 6)
    return ",".join(map(str, sizes))
