"""How fast the kernels run, and what it costs to compile them.

Rates are iterations a processor second of whole searches: static on the largest published instances, priced on a day
in Porto with about 80 stops a route. A family of kernels is compiled in a process of its own, with Python's bytecode
kept as for any installed program; only the first two are compiled ahead, the others when a problem first needs them.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any

from benchmarks.bench_vrp import NAMED
from benchmarks.harness import Row, at_least, at_most, figure, full_run_only
from benchmarks.race import Race, own_version, results, with_imports
from benchmarks.static_sets import as_problem, read
from benchmarks.true_price_days import DAYS, day_in_porto
from doorstep.operations.search import search
from doorstep.operations.search.cache import USUAL
from doorstep.operations.search.warm import FAMILIES
from doorstep.operations.search.warm import main as warm_kernels

STATIC = tuple(NAMED["kernels"]["instances"])
PRICED = ("parcel-1000-71", "parcel-1000-72", "parcel-1000-73")
SECONDS = 10.0


def run(quick: bool, worlds: Path | None) -> Sequence[Row]:
    """Measure rates, then compilation."""
    del worlds
    if quick:
        return [
            full_run_only("static, 1,000 stops, slowest, iterations a processor second", ">= 60000"),
            full_run_only(f"{' and '.join(USUAL)} compiled from nothing", "<= 25"),
            *_from_cache(),
        ]
    races = [Race(m, name, 1, SECONDS) for m, names in (("static", STATIC), ("priced", PRICED)) for name in names]
    found = results("benchmarks.bench_kernels", races, at_once=1)
    rows = [figure(f"  {race.method} {race.name}", told["rate"], "/s") for race, told in found.items()]
    for method, what, bar in (("static", "1,000 stops", 60_000), ("priced", "1,000 stops, 80 a route", 18_000)):
        slowest = min(told["rate"] for race, told in found.items() if race.method == method)
        rows.append(at_least(f"{method}, {what}, slowest, iterations a processor second", slowest, "/s", bar))
    return [*rows, *_from_nothing(), *_from_cache()]


def version(method: str) -> str:
    """Return what a kept run depends on."""
    if method == "static":
        return own_version(with_imports([method]), as_problem, read)
    return own_version(with_imports([method]), day_in_porto, given=DAYS)


def solve(method: str, name: str, seed: int, seconds: float) -> dict[str, Any]:
    """Search one problem and return the rate."""
    warm_kernels([method])
    if method == "static":
        problem = as_problem(read(name))
    else:
        kind, stops, day = name.split("-")
        problem = day_in_porto(kind, int(stops), int(day))
    found = search(problem, seconds=seconds, seed=seed, cpu_clock=True)
    return {"rate": round(found.iterations / found.seconds), "cost": round(found.price)}


def _from_nothing() -> list[Row]:
    """Return processor seconds of compiling each family with an empty cache."""
    spent = {}
    for family in FAMILIES:
        with tempfile.TemporaryDirectory() as nothing:
            spent[family] = _compile_seconds([family], nothing)
    usual = sum(spent[family] for family in USUAL)
    others = [at_most(f"  {f} compiled from nothing", s, "cpu s", 25) for f, s in spent.items() if f not in USUAL]
    return [
        at_most(f"{' and '.join(USUAL)} compiled from nothing", usual, "cpu s", 25),
        *others,
        figure("  all families together", round(sum(spent.values()), 1), "cpu s"),
    ]


def _from_cache() -> list[Row]:
    """Return processor seconds of a program that loads the usual kernels and solves two tiny problems."""
    _compile_seconds(USUAL, None)
    return [at_most(f"{' and '.join(USUAL)} from the cache", _compile_seconds(USUAL, None), "cpu s", 1)]


def _compile_seconds(families: Sequence[str], folder: str | None) -> float:
    """Return the processor seconds of the warming process, with kernels kept in `folder`."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    if folder:
        environment["DOORSTEP_CACHE"] = folder
    command = [sys.executable, "-m", "doorstep.operations.search.warm", *families]
    subprocess.run([sys.executable, "-c", "import doorstep.operations.search.warm"], env=environment, check=True)
    before, began = getrusage(RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, env=environment, check=True)
    after = getrusage(RUSAGE_CHILDREN)
    spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    print(f"{', '.join(families)}: {spent:.1f} cpu s, {time.monotonic() - began:.1f} s", file=sys.stderr)
    return spent
