"""Our search beside OR-Tools and VROOM, 30 processor seconds, on every named instance with time windows.

Both are deterministic: one run each. A peer counts as near where it is within 1.5 % of the best seen by anybody; there
we need not be better, only nowhere worse by more than 0.1 %.
"""

import statistics
from collections.abc import Sequence
from pathlib import Path

from benchmarks.bench_vrp import NAMED, SEEDS, costs, races
from benchmarks.harness import Row, at_least, at_most, figure, full_run_only
from benchmarks.race import Found, above, fair, nothing_to_compare, results
from benchmarks.static_sets import read

BARS = {"ortools": 4.0, "vroom": 1.0}


def run(quick: bool, worlds: Path | None) -> Sequence[Row]:
    """Race ours and the two on all instances of `vrp` and `vrp_small`."""
    del worlds
    sets = ("vrptw_200", "vrptw_400", "vrptw_1000", "ortec")
    names = [name for of in sets for name in NAMED[of]["instances"]]
    if quick:
        names = names[:1]
    seconds = 4.0 if quick else 30.0
    seeds = SEEDS[:1] if quick else SEEDS
    asked = races(("ours",), names, seeds, (seconds,)) + races(("pyvrp",), names, seeds, (2 * seconds,))
    found = results("benchmarks.bench_vrp", asked + races(tuple(BARS), names, (1,), (seconds,)))
    rows = [row for peer, bar in BARS.items() for row in _against(found, names, peer, bar, seconds)]
    rows += fair(found)
    return [*rows, full_run_only("mean of 36 instances", ">= 4")] if quick else rows


def _against(found: Found, names: Sequence[str], peer: str, bar: float, seconds: float) -> list[Row]:
    """Return how much better we are than one peer: on the mean, where it is not near, and at worst."""
    better: dict[str, float] = {}
    for name in names:
        theirs = costs(found, peer, name, seconds)
        if theirs:
            better[name] = 100 * (1 - statistics.mean(costs(found, "ours", name, seconds)) / theirs[0])
    far = [name for name in better if costs(found, peer, name, seconds)[0] > 1.015 * _best(found, name)]
    lost = [name for name in names if name not in better]
    what, where = f"better than {peer}, {seconds:g} s", f"better than {peer} where it is not near, least of {len(far)}"
    if not better:
        return [nothing_to_compare(what, "it found no whole plan", f">= {bar:g}")]
    return [
        *(figure(f"{name}: ours better than {peer} by", round(by, 2), "%") for name, by in better.items()),
        figure(f"{peer}: instances it found no whole plan for in its time", len(lost)),
        at_least(f"{what}, mean of {len(better)}", statistics.mean(better.values()), "%", bar),
        above(where, min(better[name] for name in far), "%", 0.0) if far else figure(where, "it is near everywhere"),
        at_most(f"worse than {peer}, at worst", max(-by for by in better.values()), "%", 0.1),
    ]


def _best(found: Found, name: str) -> float:
    """Return the best cost seen by anybody."""
    seen = [f["cost"] for r, f in found.items() if r.name == name and "cost" in f]
    return float(min([*seen, *filter(None, [read(name).best])]))
