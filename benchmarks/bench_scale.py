"""Large days: 5,000 stops of one depot beside PyVRP and VROOM, 100,000 stops over 50 depots, and a country on paper.

The 5,000 stops lie on 40 x 40 km, half of them with windows of three hours, 60 to a van. The region has 50 depots with
2,000 such stops each, as dense as these; what a stop of it costs is held against 5,000 stops of it: two of its depots
and the eastern half of a third, each on one whole matrix by one search, without cells, files or a pool, with the same
processor seconds a stop. Travel is by straight lines.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import Row, at_least, at_most, figure, full_run_only
from benchmarks.race import (
    Race,
    nothing_to_compare,
    own_version,
    peer_version,
    processor_seconds,
    results,
    same_pace,
    with_imports,
)
from benchmarks.static_sets import Instance, checked_cost, solve_pyvrp, solve_vroom
from doorstep.adapters.fan_pool import ProcessFan
from doorstep.domain.places import Place
from doorstep.domain.problem import Halt, PlannedShift, Problem, Stop
from doorstep.domain.travel import AskedTimes, TravelTimes
from doorstep.domain.units import Seconds, clock
from doorstep.domain.valuation import Rates, Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.flows.plan_area import plan_area
from doorstep.flows.plan_region import DepotJob, plan_depot, plan_region
from doorstep.operations.night import Cluster, Work, simulate
from doorstep.operations.search import search
from doorstep.operations.search.warm import main as warm_kernels

SEEDS = (1, 2, 3)
STOPS, SECONDS = 5000, 90.0
DEPOTS, EACH, CPU_A_STOP = 50, 2000, 0.018
OPENS, CLOSES, SERVICE, CAPACITY = 8 * 3600, 18 * 3600, 180, 60
DETOUR, METRES_A_SECOND = 1.3, 35 / 3.6
VANS_A_LOAD = 1.6
"""Vans for each vanload of stops."""
OURS = ("static", "../cells", "../../flows/plan_area")
REGION = f"{DEPOTS}x{EACH}"
ALONE = ("0", "1", "2 east")
"""The region's depots whose stops are searched alone: about 5,000."""
PEERS = ("pyvrp", "vroom")


@dataclass(frozen=True)
class CrowLegs:
    """Travel by straight lines, given out for a few places at a time. `xy` in km, the depot first."""

    xy: np.ndarray
    name = "crow"
    edges = (Seconds(0),)

    def table(self, starts: Sequence[int], ends: Sequence[int]) -> np.ndarray:
        """Return seconds and metres from each of these places to each of those."""
        return _seconds_and_metres(self.xy[list(starts)][:, None], self.xy[list(ends)][None])[:, None]

    def pairs(self, starts: Sequence[int], ends: Sequence[int]) -> np.ndarray:
        """Return seconds and metres from each of these places to the one beside it."""
        return _seconds_and_metres(self.xy[list(starts)], self.xy[list(ends)])[:, None]

    def longest(self) -> tuple[int, int]:
        """Return seconds and metres that no leg exceeds."""
        metres = int(1000 * DETOUR * np.hypot(*np.ptp(self.xy, axis=0))) + 1
        return int(metres / METRES_A_SECOND), metres

    def times(self) -> Mapping[str, TravelTimes]:
        """Return the travel between all places, asked for part by part."""
        return {"car": AskedTimes(self, range(len(self.xy)))}


def _seconds_and_metres(here: np.ndarray, there: np.ndarray) -> np.ndarray:
    metres = (1000 * DETOUR * np.hypot(*np.moveaxis(here - there, -1, 0))).astype(np.int32)
    return np.stack([(metres / METRES_A_SECOND).astype(np.int32), metres])


def _metres(xy: np.ndarray) -> np.ndarray:
    apart = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    return np.asarray(1000 * DETOUR * apart, np.int32)


def area(stops: int, seed: int, km: float) -> tuple[Problem, CrowLegs]:
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
    places, legs = tuple(Place(float(x) / 111, float(y) / 111) for x, y in xy), CrowLegs(xy)
    problem = Problem("bench", "d", "2026-01-01", "UTC", "EUR", ("parcels",), places, made, vans, legs.times(),
                      Valuation("distance", (), {}, {}, rates))  # fmt: skip
    return problem, legs


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
    return (
        peer_version({"vroom": "pyvroom"}.get(method, method)) if method in PEERS else own_version(with_imports(OURS))
    )


def solve(method: str, name: str, seed: int, seconds: float) -> dict[str, Any]:
    """Run one method on the area, whose day is drawn by the seed, or plan the region, or one of its depots alone."""
    if method == "region":
        return solve_region(name, seed, seconds)
    if method == "alone":
        return solve_alone(name, seed, seconds)
    problem, legs = area(int(name), seed, 40.0)
    if method in PEERS:
        return solve_peer(method, as_instance(problem, legs), seed, seconds)
    warm_kernels()
    began = processor_seconds()
    found = plan_area(problem, cpu_seconds=seconds, seed=seed).sequences
    spent = processor_seconds() - began
    return {"cost": cost(problem, legs, found), "routes": len(found), "cpu": round(spent, 1)}


def solve_peer(method: str, instance: Instance, seed: int, seconds: float) -> dict[str, Any]:
    """Run a peer; a plan that may not be driven is refused in a sentence."""
    try:
        return {"pyvrp": solve_pyvrp, "vroom": solve_vroom}[method](instance, seed, seconds)
    except ValueError as broken:
        return {"refused": str(broken), "cpu": seconds}


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


@dataclass
class InMemory[Answer]:
    """Answers of runs, kept as long as the process lives."""

    found: dict[tuple[str, str], Answer] = field(default_factory=dict)

    def get(self, run_id: str, depot_id: str) -> Answer | None:
        """Return an answer that was kept; None where there is none."""
        return self.found.get((run_id, depot_id))

    def put(self, run_id: str, depot_id: str, answer: Answer) -> None:
        """Keep an answer."""
        self.found[run_id, depot_id] = answer


@dataclass(frozen=True)
class Weighed[Job, Answer]:
    """A task that also says in which process it ran and the most memory that process ever held, in gigabytes."""

    task: Callable[[Job], Answer]

    def __call__(self, job: Job) -> tuple[Answer, int, float]:
        """Do the task, then look."""
        return self.task(job), os.getpid(), peak_gigabytes()


@dataclass
class WeighingFan:
    """A pool that notes each worker's peak as the worker reports it."""

    workers: int
    peaks: dict[int, float] = field(default_factory=dict)

    def results[Job, Answer](
        self, task: Callable[[Job], Answer], jobs: Mapping[str, Job]
    ) -> Iterator[tuple[str, Answer]]:
        """Yield (key, answer) once for every job."""
        for key, (answer, who, peak) in ProcessFan(self.workers).results(Weighed(task), jobs):
            self.peaks[who] = max(peak, self.peaks.get(who, 0.0))
            yield key, answer


def peak_gigabytes() -> float:
    """Return the most memory that this process has held; what it was forked from doesn't count."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1e6


def solve_region(name: str, seed: int, a_stop: float) -> dict[str, Any]:
    """Plan all depots on two processes and return metres a stop by depot, how long it took and who held how much."""
    warm_kernels()
    depots, each = map(int, name.split("x"))
    days = region(depots, each, 1)
    jobs = {depot: DepotJob(problem, a_stop * len(problem.stops), seed) for depot, (problem, _) in days.items()}
    fan, answers = WeighingFan(2), dict[str, Mapping[str, Sequence[Halt]]]()
    began, spent = time.monotonic(), processor_seconds()
    for depot, answer in plan_region("bench", jobs, plan_depot, fan=fan, kept=InMemory()):
        if depot in answers:
            raise ValueError(f"Depot {depot} was answered twice.")
        answers[depot] = answer
    took, held = time.monotonic() - began, [peak_gigabytes(), *fan.peaks.values()]
    spent = processor_seconds() - spent
    metres = {d: cost(*days[d], answers[d]) for d in days}
    return {
        "cost": sum(metres.values()), "took": round(took, 1), "cpu": round(spent, 1),
        "gigabytes": [round(x, 3) for x in held],
        "a_stop": {d: round(metres[d] / len(days[d][0].stops), 2) for d in days},
    }  # fmt: skip


def solve_alone(name: str, seed: int, a_stop: float) -> dict[str, Any]:
    """Search one depot's stops whole: one search on one matrix."""
    warm_kernels()
    number, _, half = name.partition(" ")
    day = region(int(number) + 1, EACH, 1)[f"depot {int(number):02d}"]
    problem, legs = eastern_half(day) if half else day
    began = time.process_time()
    found = search(problem, seconds=a_stop * len(problem.stops), seed=seed, cpu_clock=True)
    spent = time.process_time() - began
    return {"cost": cost(problem, legs, found.sequences), "stops": len(problem.stops), "cpu": round(spent, 1)}


def eastern_half(day: tuple[Problem, CrowLegs]) -> tuple[Problem, CrowLegs]:
    """Return the stops east of the depot, with their share of the vans."""
    problem, legs = day
    east = legs.xy[:, 0] >= legs.xy[0, 0]
    rows = [0, *(int(k) for k in np.flatnonzero(east) if k)]
    new = {row: k for k, row in enumerate(rows)}
    stops = tuple(replace(s, location=new[s.location]) for s in problem.stops if s.location in new)
    vans = problem.shifts[: int(VANS_A_LOAD * len(stops) / CAPACITY)]
    half = CrowLegs(legs.xy[rows])
    places = tuple(problem.places[r] for r in rows)
    return replace(problem, stops=stops, shifts=vans, places=places, times=half.times()), half


def run(quick: bool, worlds: Path | None) -> Sequence[Row]:
    """Race on 5,000 stops, plan the region, and simulate a country's night."""
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
    rows.append(same_pace(found))
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
    same = [100 * (found["a_stop"][f"depot {int(d):02d}"] / a_stop[d] - 1) for d in whole]
    mean = statistics.mean(found["a_stop"].values())
    return [
        at_most("100,000 stops over 50 depots, 2 cores", found["took"] / 60, "min", 20),
        figure("  processor seconds of all processes", found["cpu"], "s"),
        at_most("  peaks of the parent and of every worker, summed", sum(found["gigabytes"]), "GB", 6),
        figure("  metres a stop; 5,000 of these stops, a search each depot", f"{mean:.0f} {baseline:.0f}", "m"),
        at_most("  metres a stop above those of these 5,000 stops", 100 * (mean / baseline - 1), "%", 1.5),
        at_most("  the same, only depots that are among the 5,000", statistics.mean(same), "%", 1.5),
    ]


def _metres_a_stop(runs: Sequence[Mapping[str, Any]]) -> float:
    return float(sum(one["cost"] for one in runs) / sum(one["stops"] for one in runs))


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
