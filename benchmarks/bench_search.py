"""Our search beside PyVRP on Gehring-Homberger instances, at equal processor seconds, and on priced days of our own.

Every run is a process of its own. What is finished is kept (beside the compiled kernels), keyed by instance, seed,
seconds and a hash of the solver's sources, so that an interrupted run goes on where it was.
"""

import hashlib
import json
import os
import statistics
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import Row, at_most, figure, full_run_only
from doorstep.domain.errors import YourInput
from doorstep.domain.places import Place
from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import PriceCurve, Rates, Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.operations.search import cache, search
from doorstep.operations.search.loop import open_run
from doorstep.operations.search.warm import main as warm_kernels

PLAN = tomllib.loads(Path(__file__).with_name("instances_search.toml").read_text())
DATA = Path(os.environ.get("DOORSTEP_DATA") or Path(__file__).resolve().parents[2] / "shared/data")
LAY_OUT_SECONDS = 0.2
"""Taken off our own budget, so that neighbour lists and arrays are paid for out of it."""


def run(quick: bool, worlds: Path | None) -> Sequence[Row]:
    """Run what isn't kept yet and return the rows; `worlds` plays no part here."""
    del worlds
    size = PLAN["quick" if quick else "full"]
    results = _all_results(size["instances"], size["seeds"], size["cpu_seconds"])
    rows = [row for name in size["instances"] for row in _instance_rows(name, size, results, quick)]
    if quick:
        rows.append(full_run_only("mean of six instances, ours against PyVRP", "<= 0.5"))
    else:
        mean = statistics.mean(_gap(name, size, results) for name in size["instances"])
        rows.append(at_most("mean of six instances, ours against PyVRP", mean, "%", size["bar_mean_percent"]))
    return [*rows, *_priced_rows(quick)]


# Instances


@dataclass(frozen=True)
class Instance:
    """One Gehring-Homberger instance in tenths; row 0 is the depot."""

    distance: np.ndarray
    amount: list[int]
    opens: list[int]
    closes: list[int]
    service: int
    capacity: int


def read_instance(name: str) -> Instance:
    """Read an instance in LKH's format; the file says everything in whole units."""
    files = sorted((DATA / PLAN["folder"]).glob(f"{name}.*.vrptw"))
    if not files:
        raise YourInput(f"Expected instance {name} in {DATA / PLAN['folder']}; set DOORSTEP_DATA to the data folder.")
    head: dict[str, str] = {}
    rows: dict[str, list[list[float]]] = {}
    section = ""
    for line in files[0].read_text().splitlines():
        if ":" in line:
            key, value = line.split(":", 1)
            head[key.strip()] = value.strip()
        elif line.strip().endswith("_SECTION"):
            section = line.strip()
        elif line.strip()[:1].isdigit():
            rows.setdefault(section, []).append([float(x) for x in line.split()])
    xy = np.array(rows["NODE_COORD_SECTION"])[:, 1:]
    windows = rows["TIME_WINDOW_SECTION"]
    return Instance(
        distance=(10 * np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))).astype(np.int64),
        amount=[int(r[1]) for r in rows["DEMAND_SECTION"]],
        opens=[10 * int(r[1]) for r in windows],
        closes=[10 * int(r[2]) for r in windows],
        service=10 * int(float(head["SERVICE_TIME"])),
        capacity=int(head["CAPACITY"]),
    )


def as_problem(instance: Instance) -> Problem:
    """Return the instance as a problem of ours: a tenth is a metre and a second, a kilometre costs 1,000 cents."""
    n = len(instance.amount)
    stops = tuple(
        Stop(
            str(i), (str(i),), i, (TimeWindow(Seconds(instance.opens[i]), Seconds(instance.closes[i])),),
            Seconds(instance.service), (instance.amount[i],),
        )
        for i in range(1, n)
    )  # fmt: skip
    day = Seconds(instance.opens[0]), Seconds(instance.closes[0])
    shifts = tuple(PlannedShift(f"h{k}", f"v{k}", None, *day, 0, 0, (instance.capacity,)) for k in range(1, n))
    matrix = instance.distance[None].astype(np.int32)
    rates = {s.shift_id: Rates(cents_per_km=1000) for s in shifts}
    return Problem(
        "bench", "d", "2026-01-01", "UTC", "EUR", ("load",), (None,) * n, stops, shifts,
        {"car": TravelTimes((Seconds(0),), matrix, matrix)}, Valuation("distance", (), {}, {}, rates),
    )  # fmt: skip


def checked_distance(instance: Instance, routes: Sequence[Sequence[int]]) -> int:
    """Return the length of a solution after checking that it may be driven; raises ValueError where it may not."""
    total = 0
    if sorted(c for route in routes for c in route) != list(range(1, len(instance.amount))):
        raise ValueError("Expected every customer exactly once.")
    for route in routes:
        at, here = instance.opens[0], 0
        if sum(instance.amount[c] for c in route) > instance.capacity:
            raise ValueError("A vehicle is overloaded.")
        for c in [*route, 0]:
            total += int(instance.distance[here, c])
            at = max(at + int(instance.distance[here, c]), instance.opens[c])
            if at > instance.closes[c]:
                raise ValueError(f"Customer {c} is reached at {at}, after {instance.closes[c]}.")
            at, here = at + instance.service, c
    return total


# Solvers, each in a process of its own


def solve_ours(instance: Instance, seed: int, seconds: float) -> dict[str, Any]:
    """Run our search; layout counts, compilation doesn't."""
    warm_kernels()
    problem = as_problem(instance)
    began = time.process_time()
    found = search(problem, seconds=seconds - LAY_OUT_SECONDS, seed=seed, cpu_clock=True)
    spent = time.process_time() - began
    routes = [[int(str(c)) for c in route] for route in found.sequences.values()]
    return {"distance": checked_distance(instance, routes), "routes": len(routes), "cpu": spent,
            "iterations": found.iterations}  # fmt: skip


def solve_pyvrp(instance: Instance, seed: int, seconds: float) -> dict[str, Any]:
    """Run PyVRP as its manual does; only its solve() counts."""
    import pyvrp  # noqa: PLC0415 - a peer, present in the bench group only

    n = len(instance.amount)
    matrices: Any = [instance.distance]
    data = pyvrp.ProblemData(
        [pyvrp.Location(0, 0) for _ in range(n)],
        [
            pyvrp.Client(
                i, delivery=[instance.amount[i]], service_duration=instance.service,
                tw_early=instance.opens[i], tw_late=instance.closes[i],
            )
            for i in range(1, n)
        ],
        [pyvrp.Depot(0, tw_early=instance.opens[0], tw_late=instance.closes[0])],
        [pyvrp.VehicleType(n - 1, [instance.capacity], tw_early=instance.opens[0], tw_late=instance.closes[0])],
        matrices, matrices,
    )  # fmt: skip
    began = time.process_time()
    found = pyvrp.solve(data, stop=lambda _: time.process_time() - began > seconds, seed=seed, collect_stats=False)
    spent = time.process_time() - began
    routes = _pyvrp_routes(found.best)
    return {"distance": checked_distance(instance, routes), "routes": len(routes), "cpu": spent}


def _pyvrp_routes(best: Any) -> list[list[int]]:
    """Return customers by route; PyVRP counts clients from 0, we from 1."""
    return [[a.idx + 1 for a in route if a.is_client()] for route in best.routes()]


SOLVERS: Mapping[str, Callable[[Instance, int, float], dict[str, Any]]] = {"ours": solve_ours, "pyvrp": solve_pyvrp}


def _all_results(instances: Sequence[str], seeds: Sequence[int], seconds: float) -> dict[str, dict[str, Any]]:
    """Return what every solver found, from what is kept or by running it, one process per core and solver."""
    kept_in = cache.kernel_cache().parent / "bench_search.json"
    kept: dict[str, dict[str, Any]] = json.loads(kept_in.read_text()) if kept_in.exists() else {}
    source = {"ours": _sources_hash(), "pyvrp": version("pyvrp")}
    jobs = [(name, seed, solver) for name in instances for seed in seeds for solver in SOLVERS]
    keys = {job: f"{job[0]} {job[1]} {seconds:g} {job[2]} {source[job[2]]}" for job in jobs}
    todo = [job for job in jobs if keys[job] not in kept]
    if todo:
        warm_kernels()
    with ThreadPoolExecutor(2) as pool:
        runs = {job: pool.submit(_in_a_process, "solve", *map(str, job), str(seconds)) for job in todo}
        for job, future in runs.items():
            kept[keys[job]] = future.result()
            kept_in.write_text(json.dumps(kept))
    return {f"{name} {solver} {seed}": kept[keys[name, seed, solver]] for name, seed, solver in jobs}


def _sources_hash() -> str:
    """Return a hash of everything that the static search consists of."""
    here = Path(cache.__file__).parent
    names = ("kernel_common", "kernel_static", "compiled", "lists", "static", "loop")
    return hashlib.sha256(b"".join((here / f"{name}.py").read_bytes() for name in names)).hexdigest()[:16]


def _in_a_process(*what: str) -> dict[str, Any]:
    """Run this module with arguments and return the JSON it prints last."""
    command = [sys.executable, "-m", "benchmarks.bench_search", *what]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(what)} failed: {done.stderr[-800:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _distances(name: str, solver: str, size: Mapping[str, Any], results: Mapping[str, Any]) -> list[int]:
    return [results[f"{name} {solver} {seed}"]["distance"] for seed in size["seeds"]]


def _gap(name: str, size: Mapping[str, Any], results: Mapping[str, Any]) -> float:
    """Return by how many per cent our mean distance is above PyVRP's."""
    ours, theirs = (statistics.mean(_distances(name, solver, size, results)) for solver in SOLVERS)
    return 100 * (ours / theirs - 1)


def _instance_rows(name: str, size: Mapping[str, Any], results: Mapping[str, Any], quick: bool) -> list[Row]:
    """Return the gap on one instance and both solvers' distances, seed by seed."""
    gap, what = _gap(name, size, results), f"{name}, ours against PyVRP, {size['cpu_seconds']:g} cpu s"
    rows = [at_most(what, gap, "%", size["bar_percent"]) if quick else figure(what, round(gap, 3), "%")]
    for solver in SOLVERS:
        found = " ".join(str(d) for d in _distances(name, solver, size, results))
        rows.append(figure(f"  {solver}, by seed", found))
    return rows


# Days of our own


def priced_day(seed: int) -> Problem:
    """Return a day in a made-up town: clustered doors, rush hours, people at home at different hours."""
    rng = np.random.default_rng(seed)
    n, shifts = PLAN["priced"]["stops"], PLAN["priced"]["shifts"]
    centres = rng.uniform(2, 18, size=(8, 2))
    xy = np.vstack([[10, 10], np.clip(centres[rng.integers(8, size=n)] + rng.normal(0, 1.8, size=(n, 2)), 0, 20)])
    stops = tuple(_door(rng, i) for i in range(1, n + 1))
    hours = np.arange(7, 22) * 3600
    curves = {s.stop_id: _presence_price(rng, hours) for s in stops}
    room = int(1.35 * sum(s.amounts[0] for s in stops) / shifts)
    starts = [Seconds(3600 * (7, 8, 9, 11)[k % 4]) for k in range(shifts)]
    vans = tuple(
        PlannedShift(f"h{k}", f"v{k}", f"d{k}", at, Seconds(at + 36_000), 0, 0, (room,)) for k, at in enumerate(starts)
    )
    rates = {
        van.shift_id: Rates(
            cents_per_hour=2000 + 100 * (k % 3), cents_per_km=30, fixed_cents=2500, waiting_cents_per_hour=2000,
            overtime_after=Seconds(28_800), overtime_cents_per_hour=1000, strain_free=30, cents_per_strain=15,
            strain_cents_per_overtime_hour=800,
        )
        for k, van in enumerate(vans)
    }  # fmt: skip
    unserved = {s.stop_id: Cents(2500) for s in stops}
    places = tuple(Place(x / 100, y / 100) for x, y in xy)
    return Problem(
        "bench", "d", "2026-03-02", "Europe/Lisbon", "EUR", ("g",), places, stops, vans, {"car": _rush_hours(rng, xy)},
        Valuation("profit", ("bench",), curves, unserved, rates),
    )  # fmt: skip


def _door(rng: np.random.Generator, i: int) -> Stop:
    opens = 3600 * int(rng.integers(8, 17))
    windows = (TimeWindow(Seconds(opens), Seconds(opens + 7200)),) if rng.random() < 0.3 else ()
    service, grams = Seconds(int(rng.gamma(3, 50))), int(rng.gamma(2, 3000))
    return Stop(f"s{i}", (f"o{i}",), i, windows, service, (grams,), strain=int(rng.integers(0, 3)))


def _presence_price(rng: np.random.Generator, hours: np.ndarray) -> PriceCurve:
    """Return what failing costs by the hour for somebody who is home in the evening, by day, or anyhow."""
    kind = int(rng.integers(3))
    home = np.full(len(hours), (0.55, 0.9, 0.75)[kind])
    home += 0.35 * (hours >= 61_200) * (kind == 0) - 0.5 * ((hours < 28_800) | (hours > 61_200)) * (kind == 1)
    cents = (1 - np.clip(home + rng.normal(0, 0.05, len(hours)), 0.05, 0.98)) * rng.gamma(2, 450)
    return PriceCurve(tuple(Seconds(int(h)) for h in hours), {"failure": tuple(Cents(int(c)) for c in cents)})


def _rush_hours(rng: np.random.Generator, xy: np.ndarray) -> TravelTimes:
    edges, factors = (0, 25_200, 34_200, 57_600, 68_400, 79_200), (1.0, 0.6, 0.85, 0.55, 0.85, 1.0)
    km = np.abs(xy[:, None] - xy[None]).sum(2) * 0.9 * rng.uniform(0.95, 1.15, size=(len(xy), len(xy)))
    core = np.exp(-(((xy[:, None] + xy[None]) / 2 - 10) ** 2).sum(2) / 30)
    seconds = np.stack([km / ((55 - 25 * core) * (1 - (1 - f) * (0.5 + 0.5 * core))) * 3600 + 20 for f in factors])
    metres = np.repeat((km * 1000)[None], len(edges), axis=0)
    each = np.arange(len(xy))
    seconds[:, each, each] = metres[:, each, each] = 0
    return TravelTimes(tuple(Seconds(e) for e in edges), seconds.astype(np.int32), metres.astype(np.int32))


def solve_priced(seed: int, seconds: float) -> dict[str, Any]:
    """Search one day with annealing, and once more accepting nothing but improvements."""
    warm_kernels()
    problem = priced_day(seed)
    found = search(problem, seconds=seconds, seed=seed, cpu_clock=True)
    descent = open_run(problem, seed, None)
    began, count = time.process_time(), 0
    while time.process_time() - began < seconds:
        descent.advance(200, 1.0, 0.0)  # the temperature of the very end: a thousandth of a stop's price or so
        count += 200
    return {"price": found.price, "built": found.trajectory[0][1], "descent": descent.price,
            "per_second": found.iterations / found.seconds, "descent_iterations": count}  # fmt: skip


def _priced_rows(quick: bool) -> list[Row]:
    """Return the gain over construction and over plain descent, and the rate."""
    plan = PLAN["priced"]
    days, seconds = (plan["quick_days"], plan["quick_cpu_seconds"]) if quick else (plan["days"], plan["cpu_seconds"])
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda day: _in_a_process("priced", str(day), str(seconds)), days))
    rows = []
    for day, one in zip(days, found, strict=True):
        worse = 100 * (one["price"] / one["descent"] - 1)
        bar = plan["bar_worse_than_descent_percent"]
        rows += [
            at_most(f"priced day {day}, 400 stops, {seconds:g} cpu s, against descent", worse, "%", bar),
            figure("  against construction", round(100 * (one["price"] / one["built"] - 1), 2), "%"),
        ]
    rows.append(figure("priced search, iterations a cpu second", round(min(f["per_second"] for f in found))))
    return rows


def main() -> None:
    """Answer one request of the parent process on standard output."""
    what, *given = sys.argv[1:]
    if what == "solve":
        name, seed, solver, seconds = given
        answer = SOLVERS[solver](read_instance(name), int(seed), float(seconds))
    else:
        answer = solve_priced(int(given[0]), float(given[1]))
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
