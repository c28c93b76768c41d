"""Our search beside PyVRP on instances without time windows (X, up to 500 customers), 60 processor seconds."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.bench_vrp import NAMED, SEEDS, beside, races, to_best_known
from benchmarks.harness import Row, full_run_only
from benchmarks.race import fair, results


def run(quick: bool, worlds: Path | None) -> Sequence[Row]:
    """Race ours and PyVRP."""
    del worlds
    names = NAMED["cvrp"]["instances"][: 1 if quick else None]
    seeds, seconds = ((1,), 5.0) if quick else (SEEDS, 60.0)
    found = results("benchmarks.bench_vrp", races(("ours", "pyvrp"), names, seeds, (seconds,)))
    rows = [*beside(found, names, seconds), to_best_known(found, names, seconds, 0.8), *fair(found)]
    return [*rows, full_run_only("mean of eight", "<= 0.8")] if quick else rows
