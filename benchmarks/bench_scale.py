"""Large days: 5,000 stops of one depot beside PyVRP and VROOM, 100,000 stops over 50 depots, and a country on paper.

The 5,000 stops lie on 40 x 40 km, half of them with windows of three hours, 60 to a van. The region has 50 depots with
2,000 such stops each, as dense as these, and is planned by `doorstep night FOLDER`; what a stop of it costs is held
against 5,000 stops of it: two of its depots and the eastern half of a third, each on one whole matrix by one search,
without cells, files or a pool, with the same processor seconds a stop. Travel is by straight lines.
"""

import math
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any

import numpy as np

from benchmarks.harness import Row, at_least, at_most, figure, full_run_only
from benchmarks.race import (
    Race,
    fair,
    nothing_to_compare,
    own_version,
    peer_version,
    processor_seconds,
    results,
    with_imports,
)
from benchmarks.static_sets import Instance, checked_cost, solve_pyvrp, solve_vroom
from doorstep.adapters.kept_plans import pair_path
from doorstep.adapters.plan_files import read_plan
from doorstep.adapters.problem_files import write_problem
from doorstep.adapters.straight_lines import GlobeLines
from doorstep.domain.places import EARTH_RADIUS_M, Place
from doorstep.domain.problem import Halt, PlannedShift, Problem, Stop
from doorstep.domain.units import Seconds
from doorstep.domain.valuation import Rates, Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.flows.plan_area import plan_area
from doorstep.operations.night import Cluster, Night, Work, simulate
from doorstep.operations.search import search
from doorstep.operations.search.warm import main as warm_kernels

SEEDS = (1, 2, 3)
STOPS, SECONDS = 5000, 90.0
DEPOTS, EACH, CPU_A_STOP = 50, 2000, 0.018
OPENS, CLOSES, SERVICE, CAPACITY = 8 * 3600, 18 * 3600, 180, 60
DETOUR, METRES_A_SECOND = 1.3, 35 / 3.6
KM_A_DEGREE = EARTH_RADIUS_M * math.pi / 180_000
"""At the equator, where all of this lies: there a degree is as long either way."""
VANS_A_LOAD = 1.6
"""Vans for each vanload of stops."""
OURS = (
    "static", "../cells/making", "../cells/catchments", "../cells/crews", "../cells/regrouping", "../cells/flat",
    "../../flows/plan_area",
)  # fmt: skip
NIGHT = ("../night", "../../flows/plan_region", "../../flows/solve", "../../server/commands/night",
         "../../server/commands/night_work")  # fmt: skip
"""What plans a region besides."""
REGION = f"{DEPOTS}x{EACH}"
ALONE = ("0", "1", "2 east")
"""The region's depots whose stops are searched alone: about 5,000."""
PEERS = ("pyvrp", "vroom")


def area(stops: int, seed: int, km: float) -> Problem:
    """Return one depot's day, whose legs are asked for, in a square of so many km around the depot."""
    rng = np.random.default_rng(seed)
    xy = np.vstack([[km / 2, km / 2], rng.uniform(0, km, size=(stops, 2))])
    windows = [_window(rng) for _ in range(stops)]
    made = tuple(
        Stop(f"s{i}", (f"o{i}",), i, windows[i - 1], Seconds(SERVICE), (1,)) for i in range(1, stops + 1)
    )  # fmt: skip
    vans = tuple(
        PlannedShift(f"h{k}", f"v{k}", None, Seconds(OPENS), Seconds(CLOSES), 0, 0, (CAPACITY,))
        for k in range(int(VANS_A_LOAD * stops / CAPACITY))
    )
    rates = {s.shift_id: Rates(cents_per_km=1000) for s in vans}
    places = tuple(Place(float(x) / KM_A_DEGREE, float(y) / KM_A_DEGREE) for x, y in xy)
    return Problem("bench", "d", "2026-01-01", "UTC", "EUR", ("parcels",), places, made, vans,
                   {"car": lines(places).times()}, Valuation("distance", (), {}, {}, rates))  # fmt: skip


def lines(places: Sequence[Place | None]) -> GlobeLines:
    """Return the travel between these places."""
    known = [place for place in places if place is not None]
    return GlobeLines.of(known, detour=DETOUR, metres_per_second=(METRES_A_SECOND,))


def _window(rng: np.random.Generator) -> tuple[TimeWindow, ...]:
    opens = int(rng.integers(OPENS, CLOSES - 3 * 3600))
    return (TimeWindow(Seconds(opens), Seconds(opens + 3 * 3600)),) if rng.random() < 0.5 else ()


def as_instance(problem: Problem) -> Instance:
    """Return the same day as the peers take it."""
    every = range(len(problem.places))
    seconds, metres = lines(problem.places).table(every, every)[:, 0].astype(np.int64)
    spans = [s.windows[0] if s.windows else TimeWindow(Seconds(OPENS), Seconds(CLOSES)) for s in problem.stops]
    return Instance(
        "area", metres, seconds, [0, *([1] * len(problem.stops))],
        [OPENS, *(w.opens for w in spans)], [CLOSES, *(w.closes for w in spans)],
        [0, *([SERVICE] * len(problem.stops))], CAPACITY, timed=True, best=None,
    )  # fmt: skip


# 5,000 stops


def version(method: str) -> str:
    """Return what a kept run depends on."""
    if method in PEERS:
        solver = {"pyvrp": solve_pyvrp, "vroom": solve_vroom}[method]
        return peer_version({"vroom": "pyvroom"}.get(method, method), solver, as_instance, area)
    mine = {"ours": solve_area, "region": solve_region, "alone": solve_alone}[method]
    return own_version(with_imports([*OURS, *(NIGHT if method == "region" else ())]), mine)


def solve(method: str, name: str, seed: int, seconds: float) -> dict[str, Any]:
    """Run one method on the area, whose day is drawn by the seed, or plan the region, or one of its depots alone."""
    if method in PEERS:
        return solve_peer(method, as_instance(area(int(name), seed, 40.0)), seed, seconds)
    return {"ours": solve_area, "region": solve_region, "alone": solve_alone}[method](name, seed, seconds)


def solve_area(name: str, seed: int, seconds: float) -> dict[str, Any]:
    """Plan the area in cells, in this one process."""
    problem = area(int(name), seed, 40.0)
    warm_kernels()
    began = processor_seconds()
    found = plan_area(problem, cpu_seconds=seconds, seed=seed).sequences
    spent = processor_seconds() - began
    return {"cost": cost(problem, found), "routes": len(found), "cpu": round(spent, 1)}


def solve_peer(method: str, instance: Instance, seed: int, seconds: float) -> dict[str, Any]:
    """Run a peer; a plan that may not be driven is refused in a sentence."""
    try:
        return {"pyvrp": solve_pyvrp, "vroom": solve_vroom}[method](instance, seed, seconds)
    except ValueError as broken:
        return {"refused": str(broken), "cpu": seconds}


def cost(problem: Problem, found: Mapping[str, Sequence[Halt]]) -> int:
    """Return the metres of a plan, checked by nobody's code but the benchmark's."""
    location = {s.stop_id: s.location for s in problem.stops}
    routes = [[location[str(x)] for x in halts] for halts in found.values()]
    return checked_cost(as_instance(problem), routes)


# 100,000 stops


def depot_day(number: int, each: int, seed: int) -> Problem:
    """Return the day of a depot of the region, as dense as the area of 5,000 stops."""
    return area(each, 1000 * seed + number, 40.0 * (each / STOPS) ** 0.5)


def solve_region(name: str, seed: int, a_stop: float) -> dict[str, Any]:
    """Plan all depots by `doorstep night` on two processes: from files to files, scheduled, checked and kept.

    Told are metres a stop by depot, how long the command took, its processor seconds and the most that each of its
    processes held.
    """
    warm_kernels()
    depots, each = map(int, name.split("x"))
    days = {f"depot-{k:02d}": depot_day(k, each, 1) for k in range(depots)}
    with tempfile.TemporaryDirectory() as work:
        folder, out = Path(work) / "depots", Path(work) / "plans"
        folder.mkdir()
        for depot, day in days.items():
            write_problem(replace(day, depot_id=depot), folder / f"{depot}.json")
        effort = ["--seconds", str(1000 * a_stop), "--seed", str(seed), "--processes", "2"]
        told = _timed_command(["night", str(folder), "--out", str(out), "--run", "bench", *effort])
        plans = {depot: read_plan(pair_path(out, "bench", depot)) for depot in days}
    found = {d: {route.shift_id: [v.stop_id for v in route.visits] for route in plans[d].routes} for d in days}
    metres = {depot: cost(day, found[depot]) for depot, day in days.items()}
    a_stop_each = {depot: round(metres[depot] / len(day.stops), 2) for depot, day in days.items()}
    return {"cost": sum(metres.values()), **told, "a_stop": a_stop_each}


def _timed_command(arguments: Sequence[str]) -> dict[str, Any]:
    """Run a command of doorstep and return its seconds, processor seconds and the peaks of its processes in GB."""
    command = [sys.executable, "-c", "import sys; from doorstep.server.cli import main; sys.exit(main())", *arguments]
    before, began = getrusage(RUSAGE_CHILDREN), time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        peaks: dict[int, float] = {}
        watch = threading.Thread(target=_watch, args=(running, peaks))
        watch.start()
        said = running.communicate()[0]
        watch.join()
    if running.returncode:
        raise RuntimeError(f"doorstep {' '.join(arguments)} failed: {said[-1500:]}")
    took, after = time.monotonic() - began, getrusage(RUSAGE_CHILDREN)
    spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return {"took": round(took, 1), "cpu": round(spent, 1), "gigabytes": [round(x, 3) for x in peaks.values()]}


def _watch(running: "subprocess.Popen[str]", peaks: dict[int, float]) -> None:
    """Note the most that a process and those it began have held, until it ends."""
    while running.poll() is None:
        for process in [running.pid, *_descendants(running.pid)]:
            with suppress(OSError, IndexError):  # it has ended meanwhile
                status = Path(f"/proc/{process}/status").read_text()
                peaks[process] = int(status.partition("VmHWM:")[2].split()[0]) / 1e6
        time.sleep(0.2)


def _descendants(process: int) -> list[int]:
    children: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{process}/task").iterdir():
            children += [int(child) for child in (task / "children").read_text().split()]
    return [*children, *(deeper for child in children for deeper in _descendants(child))]


def solve_alone(name: str, seed: int, a_stop: float) -> dict[str, Any]:
    """Search one depot's stops whole: one search on one matrix."""
    warm_kernels()
    number, _, half = name.partition(" ")
    day = depot_day(int(number), EACH, 1)
    problem = eastern_half(day) if half else day
    began = time.process_time()
    found = search(problem, seconds=a_stop * len(problem.stops), seed=seed, cpu_clock=True)
    spent = time.process_time() - began
    return {"cost": cost(problem, found.sequences), "stops": len(problem.stops), "cpu": round(spent, 1)}


def eastern_half(problem: Problem) -> Problem:
    """Return the stops east of the depot, with their share of the vans."""
    lon = np.array([place.lon for place in problem.places if place is not None])
    rows = [0, *(int(k) for k in np.flatnonzero(lon >= lon[0]) if k)]
    new = {row: k for k, row in enumerate(rows)}
    stops = tuple(replace(s, location=new[s.location]) for s in problem.stops if s.location in new)
    vans = problem.shifts[: int(VANS_A_LOAD * len(stops) / CAPACITY)]
    places = tuple(problem.places[r] for r in rows)
    return replace(problem, stops=stops, shifts=vans, places=places, times={"car": lines(places).times()})


def run(quick: bool, worlds: Path | None) -> Sequence[Row]:
    """Race on 5,000 stops, plan the region, and simulate a country's nights."""
    del worlds
    if quick:
        rows = _area_rows("400", 6.0, (1,), {"pyvrp": 0.0, "vroom": 15.0})
        return [*rows, *_country_rows(), full_run_only("100,000 stops over 50 depots", "<= 20")]
    rows = _area_rows(str(STOPS), SECONDS, SEEDS, {"pyvrp": 2.0, "vroom": 15.0})
    return [*rows, *_region_rows(), *_country_rows()]


def _area_rows(name: str, seconds: float, seeds: Sequence[int], bars: Mapping[str, float]) -> list[Row]:
    found = results("benchmarks.bench_scale", [Race(m, name, s, seconds) for s in seeds for m in ("ours", *bars)])
    told = {m: [found[Race(m, name, s, seconds)] for s in seeds] for m in ("ours", *bars)}
    rows = [
        figure(f"{name} stops, {seconds:g} cpu s, {m} by seed", " ".join(str(o.get("cost", "-")) for o in one), "m")
        for m, one in told.items()
    ]
    rows += fair(found)
    for peer, bar in bars.items():
        rows += _better_than(peer, f"{name} stops, better than whole {peer}", told["ours"], told[peer], bar)
    return rows


def _better_than(
    peer: str, what: str, ours: Sequence[Mapping[str, Any]], theirs: Sequence[Mapping[str, Any]], bar: float
) -> list[Row]:
    """Return how much better we are where the peer has a plan at all, and where it has none."""
    refused = [one["refused"] for one in theirs if "cost" not in one]
    better = [100 * (1 - a["cost"] / b["cost"]) for a, b in zip(ours, theirs, strict=True) if "cost" in b]
    said = figure(f"{peer}: no plan that holds, of {len(theirs)} runs", "; ".join([str(len(refused)), *refused[:1]]))
    what = f"{what}, mean of {len(better)}"
    if not better:
        return [said, nothing_to_compare(what, "it has no plan", f">= {bar:g}")]
    return [said, at_least(what, statistics.mean(better), "%", bar)]


def _region_rows() -> list[Row]:
    alone = {(d, s): Race("alone", d, s, CPU_A_STOP) for d in ALONE for s in SEEDS}
    told = results("benchmarks.bench_scale", list(alone.values()))
    one = Race("region", REGION, 1, CPU_A_STOP)
    found = results("benchmarks.bench_scale", [one], at_once=1)[one]
    a_stop = {d: _metres_a_stop([told[alone[d, s]] for s in SEEDS]) for d in ALONE}
    baseline = _metres_a_stop([told[race] for race in alone.values()])
    whole = [d for d in ALONE if d.isdigit()]
    same = [100 * (found["a_stop"][f"depot-{int(d):02d}"] / a_stop[d] - 1) for d in whole]
    mean = statistics.mean(found["a_stop"].values())
    return [
        at_most("100,000 stops over 50 depots, `doorstep night` on 2 cores", found["took"] / 60, "min", 20),
        figure("  processor seconds of all processes", found["cpu"], "s"),
        at_most("  peaks of all its processes, summed", sum(found["gigabytes"]), "GB", 6),
        figure("  metres a stop; 5,000 of these stops, a search each depot", f"{mean:.0f} {baseline:.0f}", "m"),
        at_most("  metres a stop above those of these 5,000 stops", 100 * (mean / baseline - 1), "%", 1.5),
        at_most("  the same, only depots that are among the 5,000", statistics.mean(same), "%", 1.5),
    ]


def _metres_a_stop(runs: Sequence[Mapping[str, Any]]) -> float:
    return float(sum(one["cost"] for one in runs) / sum(one["stops"] for one in runs))


# A country's night, on paper

A_STOP = {"search": CPU_A_STOP, "cells, files, check": 0.007, "travel": 0.037}
"""Processor seconds a stop of a depot on roads takes, as docs/scale.md has them."""
COUNTRY_DEPOTS, COUNTRY_STOPS = 500, 1_000_000
HOUR = 3600
"""The night's clock begins at 20:00: 3 is 23:00, when the last orders close; 8.5 is 04:30, when vans are loaded."""
SCARCE = Cluster(2, 1, {1: Seconds(26_100)})
"""Two cores, of which one dies at 03:15: what is left has just time for what is left."""
LUCK = 2
"""The seed of how long each depot takes: another than its size is drawn with, lest the two go together."""


def country(seed: int) -> list[Work]:
    """Return the depots of a country, closed between 20:00 and 23:00, whose vans are loaded from 04:30 to 06:30."""
    rng = np.random.default_rng(seed)
    sizes = rng.lognormal(7.4, 0.6, size=COUNTRY_DEPOTS)
    sizes *= COUNTRY_STOPS / sizes.sum()
    ready = rng.integers(0, 3 * HOUR, COUNTRY_DEPOTS)
    due = rng.integers(int(8.5 * HOUR), int(10.5 * HOUR), COUNTRY_DEPOTS)
    each = sum(A_STOP.values())
    return [Work(f"d{k}", each * float(n), Seconds(int(ready[k])), Seconds(int(due[k]))) for k, n in enumerate(sizes)]


def _country_rows() -> list[Row]:
    """Hold the scheduler against nights without slack: another order of the same depots misses the bars."""
    work = country(1)
    return [
        figure(f"a million stops, {len(work)} depots, {1000 * sum(A_STOP.values()):.0f} ms a stop, simulated",
               round(sum(w.cpu_seconds for w in work) / HOUR, 1), "core hours"),
        *_at_once_rows(work),
        *_scarce_rows(work),
    ]  # fmt: skip


def _at_once_rows(work: Sequence[Work]) -> list[Row]:
    """Return how long all depots take that close and are due together: the order of the largest decides."""
    cluster = Cluster(2, 8, {})
    together = [replace(w, ready_at=Seconds(0), due_at=Seconds(HOUR)) for w in work]
    upside_down = [replace(w, due_at=Seconds(int(w.cpu_seconds))) for w in together]
    bound = shortest(together, cluster)
    ours, other = (simulate(those, cluster, LUCK, spread=0.0).ended / bound for those in (together, upside_down))
    return [
        at_most("  all closed at once, 16 cores: last depot done, of the least it can take", ours, "x", 1.01),
        figure("    the same, the smallest first", round(other, 3), "x"),
    ]


def _scarce_rows(work: Sequence[Work]) -> list[Row]:
    """Return who is late on two cores, of which one dies: planning ends when the last vans are loaded."""
    closing_first = [replace(w, due_at=w.ready_at) for w in work]
    night, by_closing = (simulate(those, SCARCE, LUCK) for those in (work, closing_first))
    return [
        at_most("  2 cores, one lost at 03:15: depots late", len(late(work, night)), "", 0),
        figure("    the same, in the order in which they closed", len(late(work, by_closing))),
        at_most("    depots without a plan", len(work) - len(night.finished), "", 0),
        at_most("    begun again: what the lost core had under way", night.tries - len(work), "", 1),
        figure("    last depot done, hours after 20:00; the last is due after", f"{night.ended / HOUR:.2f} 10.5", "h"),
    ]


def shortest(work: Sequence[Work], cluster: Cluster) -> float:
    """Return what no schedule of depots that are ready at once beats: all cores busy, or the largest alone."""
    return max(sum(w.cpu_seconds for w in work) / (cluster.nodes * cluster.cores), *(w.cpu_seconds for w in work))


def late(work: Sequence[Work], night: Night) -> list[str]:
    """Return the depots that are not done when they are due."""
    return [w.depot_id for w in work if night.finished[w.depot_id] > w.due_at]
