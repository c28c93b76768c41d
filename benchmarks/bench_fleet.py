"""Fleets beside PyVRP at equal processor seconds: depots, vehicles of many kinds, trips, prizes, pick-up and delivery.

Gaps are to the best known solution, for pick-up and delivery (days of our own making) to the best seen by anybody. They
are compared on the instances and seeds on which PyVRP found anything; what it found nothing for is counted beside.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import fleet_sets, rich_sets
from benchmarks.bench_vrp import NAMED, SEEDS
from benchmarks.harness import Row, at_most, figure, full_run_only
from benchmarks.race import Race, fair, nothing_to_compare, own_version, peer_version, results, with_imports

FOLDERS = {"multi_depot": "MDVRPTW", "heterogeneous": "HFVRP", "multi_trip": "MTVRPTWR", "prize_collecting": "PCVRPTW"}
OURS = ("fleet", "rich")
"""What our search begins with; its version is that of all that these import."""
SECONDS = 60.0
SHARE = 1.5
"""How many times PyVRP's gap ours may be."""


def version(method: str) -> str:
    """Return what a kept run depends on."""
    code = fleet_sets.SOLVERS[method], rich_sets.SOLVERS[method]
    return peer_version("pyvrp", *code) if method == "pyvrp" else own_version(with_imports(OURS), *code)


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
    rows += fair(found)
    return [*rows, full_run_only("five sets, four instances each, 60 s", "<= 1.5 x")] if quick else rows


def _rows(of: str, names: Sequence[str], found: Mapping[Race, Mapping[str, Any]]) -> list[Row]:
    """Return both methods' costs and gaps on each instance, and our mean gap against its bar."""
    rows, gaps, lost = [], list[tuple[float, float]](), dict.fromkeys(("ours", "pyvrp"), 0)
    for name in names:
        costs = {m: [found[r]["cost"] for r in sorted(found) if (r.method, r.name) == (m, name)] for m in lost}
        best = _best(name, costs)
        for method, those in costs.items():
            lost[method] += those.count(None)
        both = zip(costs["ours"], costs["pyvrp"], strict=True)
        gaps += [(_gap(ours, best), _gap(theirs, best)) for ours, theirs in both if theirs is not None]
        shown = {m: " ".join("-" if cost is None else str(cost) for cost in those) for m, those in costs.items()}
        rows.append(figure(f"{name}: ours {shown['ours']}; PyVRP {shown['pyvrp']}; best", best))
    rows.append(figure(f"{of}: runs in which PyVRP found nothing", lost["pyvrp"]))
    rows.append(at_most(f"{of}: runs in which ours found nothing", lost["ours"], "", 0))
    if not gaps:
        return [*rows, nothing_to_compare(f"{of}: our mean gap", "PyVRP found nothing", f"<= {SHARE} x")]
    ours, theirs = (statistics.mean(those) for those in zip(*gaps, strict=True))
    what = f"{of}: our mean gap of {len(gaps)} runs, PyVRP's being {theirs:.2f} %"
    return [*rows, at_most(what, ours, "%", round(SHARE * theirs, 3))]


def _gap(cost: float | None, best: float) -> float:
    """Return how many per cent a cost is above the best; infinite where nothing was found."""
    return math.inf if cost is None else 100 * (cost / best - 1)


def _best(name: str, costs: Mapping[str, Sequence[float | None]]) -> float:
    """Return the best known, else the best that anybody found in this run."""
    if "/" in name:
        return fleet_sets.best_known(name)
    return min((cost for those in costs.values() for cost in those if cost is not None), default=math.nan)
