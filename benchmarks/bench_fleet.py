"""Fleets beside PyVRP at equal processor seconds: depots, vehicles of many kinds, trips, prizes, pick-up and delivery.

Gaps are to the best known solution, for pick-up and delivery (days of our own making) to the best seen by anybody.
"""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import fleet_sets, rich_sets
from benchmarks.bench_vrp import NAMED, SEEDS
from benchmarks.harness import Row, at_most, figure, full_run_only
from benchmarks.race import SEARCH, Race, own_version, peer_version, results

FOLDERS = {"multi_depot": "MDVRPTW", "heterogeneous": "HFVRP", "multi_trip": "MTVRPTWR", "prize_collecting": "PCVRPTW"}
FLEET = ("kernel_common", "kernel_fleet", "fleet", "lists")
RICH = ("kernel_common", "kernel_prices", "rich", "rich_layout")
SECONDS = 60.0
SHARE = 1.5
"""How many times PyVRP's gap ours may be."""


def version(method: str) -> str:
    """Return what a kept run depends on."""
    if method == "pyvrp":
        return peer_version("pyvrp")
    rich = [path.stem for path in SEARCH.glob("kernel_rich*.py")]
    return own_version({*FLEET, *RICH, *rich})


def solve(method: str, name: str, seed: int, seconds: float) -> dict[str, Any]:
    """Run one method on one instance of a set, or on one day of our own."""
    solvers = fleet_sets.SOLVERS if "/" in name else rich_sets.SOLVERS
    return solvers[method](name, seed, seconds)


def run(quick: bool, worlds: Path | None) -> Sequence[Row]:
    """Race all sets."""
    del worlds
    sets = {of: [f"{folder}/{n}" for n in NAMED[of]["instances"]] for of, folder in FOLDERS.items()}
    sets["pickup_and_delivery"] = list(NAMED["pickup_and_delivery"]["instances"])
    if quick:
        sets = {"multi_trip": sets["multi_trip"][2:3]}
    seconds, seeds = (6.0, (1,)) if quick else (SECONDS, SEEDS)
    races = [Race(m, n, s, seconds) for names in sets.values() for n in names for s in seeds for m in ("ours", "pyvrp")]
    found = results("benchmarks.bench_fleet", races)
    rows = [row for of, names in sets.items() for row in _rows(of, names, found)]
    return [*rows, full_run_only("five sets, four instances each, 60 s", "<= 1.5 x")] if quick else rows


def _rows(of: str, names: Sequence[str], found: Mapping[Race, Mapping[str, Any]]) -> list[Row]:
    """Return both methods' costs and gaps on each instance, and our mean gap against its bar."""
    rows, gaps = [], dict[str, list[float]](ours=[], pyvrp=[])
    for name in names:
        costs = {m: [found[r]["cost"] for r in sorted(found) if (r.method, r.name) == (m, name)] for m in gaps}
        best = _best(name, costs)
        for method, those in costs.items():
            gaps[method] += [100 * (cost / best - 1) for cost in those if cost is not None]
        shown = {m: " ".join(map(str, those)) for m, those in costs.items()}
        rows.append(figure(f"{name}: ours {shown['ours']}; PyVRP {shown['pyvrp']}; best", best))
    ours, theirs = (statistics.mean(gaps[m]) if gaps[m] else float("inf") for m in ("ours", "pyvrp"))
    what = f"{of}: our mean gap, PyVRP's being {theirs:.2f} %"
    return [*rows, at_most(what, ours, "%", round(SHARE * theirs, 3))]


def _best(name: str, costs: Mapping[str, Sequence[float | None]]) -> float:
    """Return the best known, else the best that anybody found in this run."""
    if "/" in name:
        return fleet_sets.best_known(name)
    return min(cost for those in costs.values() for cost in those if cost is not None)
