"""Porto's streets: building six slots, a matrix, a warm start. Every measured open runs in a process of its own."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import Any

import numpy as np

from benchmarks.data import DATA
from benchmarks.harness import Row, at_most, figure, full_run_only
from doorstep.adapters.osrm import OsrmRoads, open_roads
from doorstep.domain.errors import YourInput
from doorstep.domain.places import Place
from doorstep.domain.speeds import SlotSpeeds
from doorstep.domain.streets import UnreachablePlace
from doorstep.roads.speeds import DEFAULT_SPEEDS

PLAN = Path(__file__).with_name("porto.toml")
MORNING_PEAK = 2


def run(quick: bool, worlds: Path | None) -> Sequence[Row]:
    """Build Porto from nothing in a folder that is thrown away, then ask it; `worlds` plays no part here."""
    del worlds
    plan = tomllib.loads(PLAN.read_text())
    size = plan["quick" if quick else "full"]
    with tempfile.TemporaryDirectory() as cache:
        built = _in_a_process("build", _map(plan), Path(cache))
        began = time.perf_counter()
        warm = _in_a_process("warm", _map(plan), Path(cache))
        warm_s = time.perf_counter() - began
        asked = _in_a_process("ask", _map(plan), Path(cache), json.dumps({**plan, **size}))
    return [
        at_most("Porto, six slots from the pbf", built["seconds"], "s", plan["bars"]["build_six_slots_s"]),
        figure("  of it processor time", round(built["cpu"], 1), "s"),
        figure("  graphs on disk", round(built["disk_mb"]), "MB"),
        *_matrix_rows(asked, plan["bars"], size["matrix_places"], quick),
        figure("  of it processor time, two processes", round(asked["matrix_cpu"], 2), "s"),
        at_most("warm start: new process to first route", warm_s, "s", plan["bars"]["warm_start_s"]),
        figure("  of it opening and the route", round(warm["seconds"], 3), "s"),
        figure("  peak memory of that process", round(warm["peak_mb"]), "MB"),
        figure(f"six slots, {size['matrix_places']} places", round(asked["six_s"], 2), "s"),
        figure("  peak memory of that process", round(asked["peak_mb"]), "MB"),
        figure("route of one leg, median", round(asked["route_ms"], 2), "ms"),
        figure("routes more than 2 s from their matrix entry", asked["routes_off"], f"of {asked['routes']}"),
    ]


def _matrix_rows(asked: Mapping[str, float], bars: Mapping[str, float], n: int, quick: bool) -> list[Row]:
    what = f"{n:,} x {n:,} of one slot"
    if not quick:
        return [at_most(what, asked["matrix_s"], "s", bars["matrix_s"])]
    return [
        at_most(what, asked["matrix_s"], "s", bars["quick_matrix_s"]),
        full_run_only("1,000 x 1,000 of one slot", f"<= {bars['matrix_s']:g}"),
    ]


def _map(plan: Mapping[str, Any]) -> Path:
    osm = DATA / plan["map"]
    if not osm.exists():
        raise YourInput(f"Expected Porto's map at {osm}, found none; set DOORSTEP_DATA to the folder of data.")
    return Path(osm)


def _in_a_process(step: str, osm: Path, cache: Path, *more: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.bench_porto", step, str(osm), str(cache), *more]
    ended = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=PLAN.parents[1])
    return dict(json.loads(ended.stdout))


def _build(osm: Path, cache: Path) -> dict[str, float]:
    began = time.perf_counter()
    open_roads(osm, DEFAULT_SPEEDS, cache=cache)
    seconds = time.perf_counter() - began
    kept = {at.stat().st_ino: at.stat().st_size for at in cache.rglob("*") if at.is_file()}  # links counted once
    return {"seconds": seconds, "cpu": _cpu(), "disk_mb": sum(kept.values()) / 1e6}


def _warm(osm: Path, cache: Path) -> dict[str, float]:
    began = time.perf_counter()
    roads = open_roads(osm, DEFAULT_SPEEDS, cache=cache)
    (leg,) = roads.route([Place(-8.6110, 41.1480), Place(-8.6291, 41.1579)], MORNING_PEAK)
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "metres": leg.metres, "peak_mb": getrusage(RUSAGE_SELF).ru_maxrss / 1024}


def _ask(osm: Path, cache: Path, plan: Mapping[str, Any]) -> dict[str, float]:
    roads = open_roads(osm, DEFAULT_SPEEDS, cache=cache)
    one_slot = open_roads(osm, _only_slot(MORNING_PEAK), cache=cache)
    places = _places(roads, plan, plan["matrix_places"])
    one_slot.times(places[:2])
    cpu = _cpu()
    matrix_s = _timed(lambda: one_slot.times(places))
    cpu = _cpu() - cpu
    six_s = _timed(lambda: roads.times(places))
    pairs = plan["route_pairs"]
    times = one_slot.times(places[: pairs + 1])
    took, off = [], 0
    for i in range(pairs):
        began = time.perf_counter()
        (leg,) = roads.route(places[i : i + 2], MORNING_PEAK)
        took.append(time.perf_counter() - began)
        off += abs(leg.seconds - int(times.seconds[0, i, i + 1])) > 2
    peak = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    return {
        "matrix_s": matrix_s,
        "matrix_cpu": cpu,
        "six_s": six_s,
        "route_ms": statistics.median(took) * 1e3,
        "routes_off": off,
        "routes": pairs,
        "peak_mb": peak,
    }


def _only_slot(slot: int) -> SlotSpeeds:
    factors = {highway: (row[slot],) for highway, row in DEFAULT_SPEEDS.factors.items()}
    return replace(DEFAULT_SPEEDS, edges=DEFAULT_SPEEDS.edges[:1], factors=factors)


def _cpu() -> float:
    """Return processor seconds of this process and of those it started and saw end."""
    return sum(one.ru_utime + one.ru_stime for one in (getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN)))


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _places(roads: OsrmRoads, plan: Mapping[str, Any], count: int) -> list[Place]:
    rng, box, kept = np.random.default_rng(plan["seed"]), plan["box"], list[Place]()
    while len(kept) < count:
        lons, lats = rng.uniform(box["west"], box["east"], count), rng.uniform(box["south"], box["north"], count)
        drawn = [Place(float(lon), float(lat)) for lon, lat in zip(lons, lats, strict=True)]
        try:
            roads.snap(drawn)
        except UnreachablePlace as far:
            drawn = [place for i, place in enumerate(drawn) if i not in far.indices]
        kept += drawn
    return kept[:count]


if __name__ == "__main__":
    step, osm, cache = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    if step == "ask":
        print(json.dumps(_ask(osm, cache, json.loads(sys.argv[4]))))
    else:
        print(json.dumps({"build": _build, "warm": _warm}[step](osm, cache)))
