"""Our search beside PyVRP on Gehring-Homberger instances, at equal processor seconds, and on priced days of our own.

Runs on instances are those of `bench_vrp`, and kept with them. A priced day is searched with annealing, and once more
by plain descent, which accepts nothing but improvements. Named in instances_search.toml.
"""

import statistics
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.bench_vrp import above_pyvrp, beside, races
from benchmarks.harness import Row, at_most, figure, full_run_only
from benchmarks.race import Race, fair, own_version, results, same_pace, with_imports
from doorstep.domain.places import Place
from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import PriceCurve, Rates, Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.operations.search import search
from doorstep.operations.search.loop import open_run
from doorstep.operations.search.warm import main as warm_kernels

PLAN = tomllib.loads(Path(__file__).with_name("instances_search.toml").read_text())
OURS = ("priced",)
"""What the search of a priced day begins with; its version is that of all that these import."""


def run(quick: bool, worlds: Path | None) -> Sequence[Row]:
    """Run what isn't kept yet and return the rows; `worlds` plays no part here."""
    del worlds
    return [*_instance_rows(quick), *_priced_rows(quick)]


def version(method: str) -> str:
    """Return what a kept run of a priced day depends on; both methods are of the same search."""
    return own_version(with_imports(OURS), METHODS[method], priced_day)


def solve(method: str, name: str, seed: int, seconds: float) -> dict[str, Any]:
    """Plan one priced day by one method."""
    del name  # it says the figures of PLAN, so that runs on other days are kept apart
    warm_kernels(["priced"])
    return METHODS[method](priced_day(seed), seed, seconds)


# Published instances


def _instance_rows(quick: bool) -> list[Row]:
    """Return both methods' costs and the gap on each instance, and what is judged of the gaps."""
    size = PLAN["quick" if quick else "full"]
    names, seconds = size["instances"], size["cpu_seconds"]
    found = results("benchmarks.bench_vrp", races(("ours", "pyvrp"), names, size["seeds"], (seconds,)))
    gaps = {name: above_pyvrp(found, name, seconds) for name in names}
    rows = [*beside(found, names, seconds), *fair(found)]
    mean = "mean of six instances, ours against PyVRP"
    if not quick:
        return [*rows, at_most(mean, statistics.mean(gaps.values()), "%", size["bar_mean_percent"])]
    what = f"ours against PyVRP, {seconds:g} cpu s"
    rows += [at_most(f"{name}, {what}", gap, "%", size["bar_percent"]) for name, gap in gaps.items()]
    return [*rows, full_run_only(mean, f"<= {PLAN['full']['bar_mean_percent']:g}")]


# Days of our own


def priced_day(seed: int, doors: int | None = None, shifts: int | None = None) -> Problem:
    """Return a day in a made-up town: clustered doors, rush hours, people at home at different hours.

    As many doors and shifts as the plan says, unless others are asked for.
    """
    rng = np.random.default_rng(seed)
    n, shifts = doors or PLAN["priced"]["stops"], shifts or PLAN["priced"]["shifts"]
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


def annealed(problem: Problem, seed: int, seconds: float) -> dict[str, Any]:
    """Search a day as anybody does; `built` is the price after construction, before the first second."""
    found = search(problem, seconds=seconds, seed=seed, cpu_clock=True)
    return {"cost": found.price, "built": found.trajectory[0][1], "rate": round(found.iterations / found.seconds)}


def descended(problem: Problem, seed: int, seconds: float) -> dict[str, Any]:
    """Search a day without heat: insert every stop once, then accept nothing but improvements."""
    descent = open_run(problem, seed, None)
    descent.advance(0, 0.0, 0.0)  # construction, which `search` doesn't count either
    began = time.process_time()
    while time.process_time() - began < seconds:
        descent.advance(200, 1.0, 0.0)  # the temperature of the very end: a thousandth of a stop's price or so
    return {"cost": descent.price}


METHODS: Mapping[str, Callable[[Problem, int, float], dict[str, Any]]] = {"priced": annealed, "descent": descended}


def _priced_rows(quick: bool) -> list[Row]:
    """Return the gain over construction and over plain descent, and the rate."""
    plan = PLAN["priced"]
    days, seconds = (plan["quick_days"], plan["quick_cpu_seconds"]) if quick else (plan["days"], plan["cpu_seconds"])
    name = f"day of {plan['stops']} stops, {plan['shifts']} shifts"
    asked = {(day, method): Race(method, name, day, seconds) for day in days for method in METHODS}
    found = results("benchmarks.bench_search", list(asked.values()))
    rows = []
    for day in days:
        ours, descent = (found[asked[day, method]] for method in METHODS)
        what = f"priced day {day}, {plan['stops']} stops, {seconds:g} cpu s, against descent"
        worse, bar = 100 * (ours["cost"] / descent["cost"] - 1), plan["bar_worse_than_descent_percent"]
        built = round(100 * (ours["cost"] / ours["built"] - 1), 2)
        rows += [at_most(what, worse, "%", bar), figure("  against construction", built, "%")]
    slowest = min(found[asked[day, "priced"]]["rate"] for day in days)
    return [*rows, same_pace(found), figure("priced search, iterations a cpu second", slowest)]
