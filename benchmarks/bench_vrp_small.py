"""Our search beside PyVRP on 200 and 400 customers, at 30 and 60 s; the mean must be below, not level with PyVRP's."""

import statistics
from collections.abc import Sequence
from pathlib import Path

from benchmarks.bench_vrp import NAMED, SEEDS, beside, costs, races
from benchmarks.harness import Row, at_most, full_run_only
from benchmarks.race import Found, below, fair, results

BUDGETS = (30.0, 60.0)


def run(quick: bool, worlds: Path | None) -> Sequence[Row]:
    """Race ours and PyVRP on the smaller instances."""
    del worlds
    every = [*NAMED["vrptw_200"]["instances"], *NAMED["vrptw_400"]["instances"]]
    if quick:
        first = NAMED["vrptw_400"]["instances"][:1]
        found = results("benchmarks.bench_vrp", races(("ours", "pyvrp"), first, (1,), (5.0,)))
        return [*beside(found, first, 5.0), *(full_run_only(_mean(s, len(every)), "< 0") for s in BUDGETS)]
    found = results("benchmarks.bench_vrp", races(("ours", "pyvrp"), every, SEEDS, BUDGETS))
    rows = [row for seconds in BUDGETS for row in beside(found, every, seconds)]
    return [*rows, *(row for seconds in BUDGETS for row in _against(found, every, seconds)), *fair(found)]


def _against(found: Found, names: Sequence[str], seconds: float) -> list[Row]:
    """Return the mean of the gaps between the methods' means, and the worst of them."""
    gaps = [100 * (_cost(found, "ours", name, seconds) / _cost(found, "pyvrp", name, seconds) - 1) for name in names]
    worst = f"ours against PyVRP, {seconds:g} s, worst of {len(names)}"
    return [
        below(_mean(seconds, len(names)), statistics.mean(gaps), "%", 0.0),
        at_most(worst, max(gaps), "%", 0.3),
    ]


def _mean(seconds: float, count: int) -> str:
    return f"ours against PyVRP, {seconds:g} s, mean of {count}"


def _cost(found: Found, method: str, name: str, seconds: float) -> float:
    return statistics.mean(costs(found, method, name, seconds))
