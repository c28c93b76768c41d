"""Our search beside PyVRP on 200 and 400 customers: 30 s everywhere, 60 s on the first of each class of 400."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.bench_vrp import NAMED, SEEDS, against_pyvrp, beside, races
from benchmarks.harness import Row, full_run_only
from benchmarks.race import results


def run(quick: bool, worlds: Path | None) -> Sequence[Row]:
    """Race ours and PyVRP on the smaller instances."""
    del worlds
    every = [*NAMED["vrptw_200"]["instances"], *NAMED["vrptw_400"]["instances"]]
    first = NAMED["vrptw_400"]["instances"][::2]
    if quick:
        found = results("benchmarks.bench_vrp", races(("ours", "pyvrp"), first[:1], (1,), (5.0,)))
        return [*beside(found, first[:1], 5.0), full_run_only("mean of 24, ours against PyVRP, 30 s", "<= 0")]
    asked = races(("ours", "pyvrp"), every, SEEDS, (30.0,)) + races(("ours", "pyvrp"), first, SEEDS, (60.0,))
    found = results("benchmarks.bench_vrp", asked)
    return [
        *beside(found, every, 30.0),
        *beside(found, first, 60.0),
        *against_pyvrp(found, every, 30.0, 0.0),
        *against_pyvrp(found, first, 60.0, 0.0),
    ]
