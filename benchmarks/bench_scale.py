"""Large days: 5,000 stops of one depot beside PyVRP and VROOM, 100,000 stops over 50 depots, and a country on paper.

The 5,000 stops lie on 40 x 40 km, half of them with windows of three hours, 60 to a van. The region has 50 depots with
2,000 such stops each, as dense and as far from their depot; what it costs a stop is held against 5,000 stops of it that
are planned alone: two of its depots and the eastern half of a third. Travel is by straight lines.
"""

import resource
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.harness import Row, at_least, at_most, figure, full_run_only
from benchmarks.race import Race, own_version, peer_version, processor_seconds, results
from benchmarks.static_sets import Instance, checked_cost, solve_pyvrp, solve_vroom
from doorstep.adapters.fan_pool import OneProcess, ProcessFan
from doorstep.adapters.kept_answers import KeptFiles
from doorstep.domain.places import Place
from doorstep.domain.problem import Halt, PlannedShift, Problem, Stop
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Seconds, clock
from doorstep.domain.valuation import Rates, Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.flows.plan_area import plan_area
from doorstep.flows.plan_region import DepotJob, plan_region
from doorstep.operations.night import Cluster, Work, simulate
from doorstep.operations.search.warm import main as warm_kernels

SEEDS = (1, 2, 3)
STOPS, SECONDS = 5000, 90.0
DEPOTS, EACH, CPU_A_STOP = 50, 2000, 0.018
OPENS, CLOSES, SERVICE, CAPACITY = 8 * 3600, 18 * 3600, 180, 60
DETOUR, METRES_A_SECOND = 1.3, 35 / 3.6
OURS = ("kernel_common", "kernel_static", "static", "lists", "../cells", "../../flows/plan_area")


@dataclass(frozen=True)
class CrowLegs:
    """Travel by straight lines, given out for a few places at a time. `xy` in km, the depot first."""

    xy: np.ndarray

    def times(self, rows: Sequence[int]) -> Mapping[str, TravelTimes]:
        """Return metres and seconds between these places."""
        metres = _metres(self.xy[list(rows)])
        seconds = (metres / METRES_A_SECOND).astype(np.int32)
        return {"car": TravelTimes((Seconds(0),), seconds[None], metres[None])}


def _metres(xy: np.ndarray) -> np.ndarray:
    apart = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    return np.asarray(1000 * DETOUR * apart, np.int32)


def area(stops: int, seed: int, km: float) -> tuple[Problem, CrowLegs]:
    """Return one depot's day, without matrices, in a square of so many km around the depot."""
    rng = np.random.default_rng(seed)
    xy = np.vstack([[km / 2, km / 2], rng.uniform(0, km, size=(stops, 2))])
    windows = [_window(rng) for _ in range(stops)]
    made = tuple(
        Stop(f"s{i}", (f"o{i}",), i, windows[i - 1], Seconds(SERVICE), (1,)) for i in range(1, stops + 1)
    )  # fmt: skip
    vans = tuple(
        PlannedShift(f"h{k}", f"v{k}", None, Seconds(OPENS), Seconds(CLOSES), 0, 0, (CAPACITY,))
        for k in range(int(1.6 * stops / CAPACITY))
    )
    rates = {s.shift_id: Rates(cents_per_km=1000) for s in vans}
    places = tuple(Place(float(x) / 111, float(y) / 111) for x, y in xy)
    problem = Problem("bench", "d", "2026-01-01", "UTC", "EUR", ("parcels",), places, made, vans, {},
                      Valuation("distance", (), {}, {}, rates))  # fmt: skip
    return problem, CrowLegs(xy)


def _window(rng: np.random.Generator) -> tuple[TimeWindow, ...]:
    opens = int(rng.integers(OPENS, CLOSES - 3 * 3600))
    return (TimeWindow(Seconds(opens), Seconds(opens + 3 * 3600)),) if rng.random() < 0.5 else ()


def as_instance(problem: Problem, legs: CrowLegs) -> Instance:
    """Return the same day as the peers take it."""
    metres = _metres(legs.xy).astype(np.int64)
    spans = [s.windows[0] if s.windows else TimeWindow(Seconds(OPENS), Seconds(CLOSES)) for s in problem.stops]
    return Instance(
        "area", metres, (metres / METRES_A_SECOND).astype(np.int64), [0, *([1] * len(problem.stops))],
        [OPENS, *(w.opens for w in spans)], [CLOSES, *(w.closes for w in spans)],
        [0, *([SERVICE] * len(problem.stops))], CAPACITY, timed=True, best=None,
    )  # fmt: skip


# 5,000 stops


def version(method: str) -> str:
    """Return what a kept run depends on."""
    return own_version(OURS) if method in ("ours", "region") else peer_version({"vroom": "pyvroom"}.get(method, method))


def solve(method: str, name: str, seed: int, seconds: float) -> dict[str, Any]:
    """Run one method on the area; its day is drawn by the seed."""
    problem, legs = area(int(name), seed, 40.0)
    if method == "pyvrp":
        return solve_pyvrp(as_instance(problem, legs), seed, seconds)
    if method == "vroom":
        return solve_vroom(as_instance(problem, legs), seed, seconds)
    warm_kernels()
    began = processor_seconds()
    found = plan_area(problem, legs, cpu_seconds=seconds, seed=seed, fan=OneProcess())
    spent = processor_seconds() - began
    return {"cost": cost(problem, legs, found), "routes": len(found), "cpu": round(spent, 1)}


def cost(problem: Problem, legs: CrowLegs, found: Mapping[str, Sequence[Halt]]) -> int:
    """Return the metres of a plan, checked by nobody's code but the benchmark's."""
    location = {s.stop_id: s.location for s in problem.stops}
    routes = [[location[str(x)] for x in halts] for halts in found.values()]
    return checked_cost(as_instance(problem, legs), routes)


# 100,000 stops


def region(depots: int, each: int, seed: int) -> dict[str, tuple[Problem, CrowLegs]]:
    """Return the days of so many depots, as dense as the area of 5,000 stops."""
    km = 40.0 * (each / STOPS) ** 0.5
    return {f"depot {k:02d}": area(each, 1000 * seed + k, km) for k in range(depots)}


def plan(days: Mapping[str, tuple[Problem, CrowLegs]], seed: int) -> tuple[dict[str, float], float]:
    """Return metres a stop by depot, and how many seconds it took."""
    jobs = {
        depot: DepotJob(problem, legs, CPU_A_STOP * len(problem.stops), seed, OneProcess())
        for depot, (problem, legs) in days.items()
    }
    began = time.monotonic()
    with TemporaryDirectory() as folder:
        answers = dict(plan_region("bench", jobs, fan=ProcessFan(2), kept=KeptFiles(Path(folder))))
    took = time.monotonic() - began
    return {d: cost(*days[d], answers[d]) / len(days[d][0].stops) for d in days}, took


def eastern_half(day: tuple[Problem, CrowLegs]) -> tuple[Problem, CrowLegs]:
    """Return the stops east of the depot, with their share of the vans."""
    problem, legs = day
    east = legs.xy[:, 0] >= legs.xy[0, 0]
    rows = [0, *(int(k) for k in np.flatnonzero(east) if k)]
    new = {row: k for k, row in enumerate(rows)}
    stops = tuple(replace(s, location=new[s.location]) for s in problem.stops if s.location in new)
    vans = problem.shifts[: int(1.6 * len(stops) / CAPACITY)]
    return replace(problem, stops=stops, shifts=vans, places=tuple(problem.places[r] for r in rows)), CrowLegs(
        legs.xy[rows]
    )


def peak_gigabytes() -> float:
    """Return the most memory that this process and the largest of its children held, together."""
    kilobytes = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return kilobytes / 1e6


def run(quick: bool, worlds: Path | None) -> Sequence[Row]:
    """Race on 5,000 stops, plan the region, and simulate a country's night."""
    del worlds
    if quick:
        rows = _area_rows("400", 6.0, (1,), {"pyvrp": 0.0, "vroom": 15.0})
        return [*rows, *_country_rows(), full_run_only("100,000 stops over 50 depots", "<= 20")]
    rows = _area_rows(str(STOPS), SECONDS, SEEDS, {"pyvrp": 2.0, "vroom": 15.0})
    return [*rows, *_region_rows(), *_country_rows()]


def _area_rows(name: str, seconds: float, seeds: Sequence[int], bars: Mapping[str, float]) -> list[Row]:
    found = results(
        "benchmarks.bench_scale", [Race(m, name, s, seconds) for s in seeds for m in ("ours", "pyvrp", "vroom")]
    )
    costs = {m: [found[Race(m, name, s, seconds)]["cost"] for s in seeds] for m in ("ours", "pyvrp", "vroom")}
    rows = [
        figure(f"{name} stops, {seconds:g} cpu s, {m} by seed", " ".join(map(str, c)), "m") for m, c in costs.items()
    ]
    for peer, bar in bars.items():
        better = [100 * (1 - ours / theirs) for ours, theirs in zip(costs["ours"], costs[peer], strict=True)]
        rows.append(at_least(f"{name} stops, better than whole {peer}, mean", statistics.mean(better), "%", bar))
    return rows


def _region_rows() -> list[Row]:
    days = region(DEPOTS, EACH, 1)
    a_stop, took = plan(days, 1)
    first = list(days)[:3]
    alone = {d: days[d] if k < 2 else eastern_half(days[d]) for k, d in enumerate(first)}
    small, _ = plan(alone, 2)
    stops = {d: len(day[0].stops) for d, day in alone.items()}
    baseline = sum(small[d] * stops[d] for d in first) / sum(stops.values())
    mean = statistics.mean(a_stop.values())
    return [
        at_most("100,000 stops over 50 depots, 2 cores", took / 60, "min", 20),
        at_most("  peak memory of the run and its largest worker", peak_gigabytes(), "GB", 6),
        figure("  metres a stop, and of 5,000 stops planned alone", f"{mean:.0f} {baseline:.0f}", "m"),
        at_most("  metres a stop above those of 5,000 stops alone", 100 * (mean / baseline - 1), "%", 1.5),
    ]


def _country_rows() -> list[Row]:
    """Simulate a night of a million stops: depots closed between 20:00 and 23:00, vans loaded from 04:30 to 06:30."""
    rng = np.random.default_rng(1)
    sizes = rng.lognormal(7.4, 0.6, size=500)
    sizes *= 1_000_000 / sizes.sum()
    ready, due = rng.integers(0, 10_800, 500), rng.integers(30_600, 37_800, 500)
    work = [
        Work(f"d{k}", 1.4 * CPU_A_STOP * float(n), Seconds(int(ready[k])), Seconds(int(due[k])))
        for k, n in enumerate(sizes)
    ]  # fmt: skip
    quiet = simulate(work, Cluster(2, 8, {}), 1)
    lost = simulate(work, Cluster(2, 8, {1: Seconds(9_000)}), 1)
    return [
        figure(
            "a million stops, 500 depots, 16 cores, simulated: last depot done after 20:00 by",
            round(quiet.ended / 3600, 2),
            "h",
        ),
        at_most("  depots late", len(quiet.late), "", 0),
        figure("  the same with one of the two nodes lost at 22:30: done by", clock(int(lost.ended) + 72_000)),
        at_most("  depots late, or planned not once", len(lost.late) + abs(len(lost.finished) - len(work)), "", 0),
    ]
