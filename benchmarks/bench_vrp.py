"""Our search beside PyVRP, OR-Tools and VROOM on published instances with time windows, at equal processor seconds.

1,000 customers (Gehring-Homberger) and ORTEC's largest, at 30 and 60 s. `vrp-small` has 200 and 400 customers,
`vrp-peers` OR-Tools and VROOM, `cvrp` the instances without windows. Instances: instances.toml.
"""

import statistics
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.harness import Row, at_least, at_most, figure, full_run_only
from benchmarks.race import Found, Race, fair, own_version, peer_version, results, with_imports
from benchmarks.static_sets import SOLVERS, read

NAMED = tomllib.loads(Path(__file__).with_name("instances.toml").read_text())
SEEDS = (1, 2, 3)
PACKAGES = {"pyvrp": "pyvrp", "ortools": "ortools", "vroom": "pyvroom"}


def version(method: str) -> str:
    """Return what a kept run depends on: our own sources or the peer's release, and how either is asked."""
    code = SOLVERS[method], read
    if method == "ours":
        return own_version(with_imports(["static"]), *code)
    return peer_version(PACKAGES[method], *code)


def solve(method: str, name: str, seed: int, seconds: float) -> dict[str, Any]:
    """Run one method on one instance."""
    return SOLVERS[method](read(name), seed, seconds)


def run(quick: bool, worlds: Path | None) -> Sequence[Row]:
    """Race ours and PyVRP on the large instances."""
    del worlds
    if quick:
        return _quick("R1_10_10", 6.0)
    names = [*NAMED["vrptw_1000"]["instances"], *NAMED["ortec"]["instances"]]
    found = results("benchmarks.bench_vrp", races(("ours", "pyvrp"), names, SEEDS, (30.0, 60.0)))
    rows = [row for seconds in (30.0, 60.0) for row in beside(found, names, seconds)]
    for seconds, mean_bar, gap_bar in ((30.0, -1.2, 1.0), (60.0, -0.6, 0.7)):
        rows += against_pyvrp(found, names, seconds, mean_bar)
        rows.append(to_best_known(found, NAMED["vrptw_1000"]["instances"], seconds, gap_bar))
    return [*rows, slowest(found, names, 60_000), *fair(found)]


def _quick(name: str, seconds: float) -> list[Row]:
    found = results("benchmarks.bench_vrp", races(("ours", "pyvrp"), [name], (1,), (seconds,)))
    return [
        *beside(found, [name], seconds),
        at_most(f"{name}, ours against PyVRP, {seconds:g} s", above_pyvrp(found, name, seconds), "%", 0.3),
        full_run_only("mean of all instances, ours against PyVRP, 30 s", "<= -1.2"),
    ]


def races(methods: Iterable[str], names: Sequence[str], seeds: Sequence[int], seconds: Sequence[float]) -> list[Race]:
    """Return every method on every instance, with every seed and budget, in turns.

    PyVRP goes the same way whatever time it is given, so that its longest run also tells what it had after half of it.
    """
    return [
        Race(m, n, s, t)
        for n in names
        for s in seeds
        for t in seconds
        for m in methods
        if m != "pyvrp" or t == max(seconds)
    ]


def costs(found: Found, method: str, name: str, seconds: float) -> list[int]:
    """Return what a method found on an instance, seed by seed; nothing for runs without a solution."""
    mine = [(r, found[r]) for r in sorted(found) if (r.method, r.name) == (method, name) and "cost" in found[r]]
    whole = [told["cost"] for r, told in mine if r.seconds == seconds]
    return whole or [int(told["half"]) for r, told in mine if "half" in told and r.seconds == 2 * seconds]


def beside(found: Found, names: Sequence[str], seconds: float) -> list[Row]:
    """Return both methods' costs on each instance, seed by seed, and the mean gap between them."""
    rows = []
    for name in names:
        ours, theirs = (" ".join(map(str, costs(found, m, name, seconds))) for m in ("ours", "pyvrp"))
        gap = round(above_pyvrp(found, name, seconds), 3)
        rows.append(figure(f"{name}, {seconds:g} s: ours {ours}; PyVRP {theirs}", gap, "%"))
    return rows


def against_pyvrp(found: Found, names: Sequence[str], seconds: float, mean_bar: float) -> list[Row]:
    """Return the mean of the gaps between the methods' means, and the worst of them."""
    gaps = [above_pyvrp(found, name, seconds) for name in names]
    return [
        at_most(f"ours against PyVRP, {seconds:g} s, mean of {len(names)}", statistics.mean(gaps), "%", mean_bar),
        at_most(f"ours against PyVRP, {seconds:g} s, worst of {len(names)}", max(gaps), "%", 0.3),
    ]


def to_best_known(found: Found, names: Sequence[str], seconds: float, bar: float) -> Row:
    """Return our mean gap to the best known."""
    gap = statistics.mean(_gap(found, "ours", name, seconds) for name in names)
    theirs = statistics.mean(_gap(found, "pyvrp", name, seconds) for name in names)
    return at_most(f"ours above best known, {seconds:g} s, mean of {len(names)} (PyVRP {theirs:.2f})", gap, "%", bar)


def _gap(found: Found, method: str, name: str, seconds: float) -> float:
    best = read(name).best or 0
    return 100 * (statistics.mean(costs(found, method, name, seconds)) / best - 1)


def above_pyvrp(found: Found, name: str, seconds: float) -> float:
    """Return by how many per cent our mean is above PyVRP's."""
    ours, theirs = (statistics.mean(costs(found, m, name, seconds)) for m in ("ours", "pyvrp"))
    return 100 * (ours / theirs - 1)


def slowest(found: Found, names: Sequence[str], bar: int) -> Row:
    """Return the lowest rate of iterations among the instances' means."""
    large = [n for n in names if "_10_" in n]
    rates = {
        n: statistics.mean(f["rate"] for r, f in found.items() if (r.method, r.name) == ("ours", n)) for n in large
    }
    name = min(rates, key=lambda n: rates[n])
    return at_least(f"iterations a second at 1,000 stops, slowest instance ({name})", rates[name], "/s", bar)
