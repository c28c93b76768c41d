"""The dynamic game of the EURO meets NeurIPS 2022 challenge: who goes now, who waits; 10 processor seconds an epoch.

Greedy and lazy have nothing to choose and give all of them to routing, ours three quarters to choosing. Hindsight knows
the whole day and is given as long as one epoch has for each of its epochs. The day is drawn with seed 1; the players'
seeds are SEEDS.
"""

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.bench_vrp import NAMED
from benchmarks.dynamic_game import PLAYERS, Game, hindsight, ours, play
from benchmarks.harness import Row, at_most, figure, full_run_only
from benchmarks.race import Race, own_version, processor_seconds, results, same_pace, with_imports
from benchmarks.static_sets import read
from doorstep.operations.search.warm import main as warm_kernels

SEEDS = (1, 2, 3)
ROUTES = ("static", "fleet")
"""Modules of our search, with which everybody routes."""
DECIDES = tuple(
    f"../{name}"
    for name in ("dispatch/send_or_wait", "dispatch/waves", "new_places", "progress", "schedule", "driving")
)
"""Modules beside it that say who goes: the product's own."""
DAY = 1


def version(method: str) -> str:
    """Return what a kept run depends on: the search, who decides, and the rules of the game."""
    if method == "hindsight":
        return own_version(with_imports(ROUTES), read, hindsight, given=DAY)
    player = PLAYERS[method]
    decides = DECIDES if player.choose is ours else ()
    return own_version({*with_imports(ROUTES), *decides}, read, play, player.choose, given=(DAY, player.choosing))


def solve(method: str, name: str, seed: int, seconds: float) -> dict[str, Any]:
    """Play one day."""
    warm_kernels()
    game = Game(read(name), DAY)
    began = processor_seconds()
    if method == "hindsight":
        cost = hindsight(game, seconds * len(game.epochs), seed)
    else:
        cost = play(game, PLAYERS[method], seconds, seed)
    return {"cost": cost, "epochs": len(game.epochs), "cpu": round(processor_seconds() - began, 1)}


def run(quick: bool, worlds: Path | None) -> Sequence[Row]:
    """Play all named days."""
    del worlds
    names = NAMED["dynamic"]["instances"][: 1 if quick else None]
    seeds, seconds = ((1,), 2.0) if quick else (SEEDS, 10.0)
    races = [Race(m, n, s, seconds) for n in names for s in seeds for m in (*PLAYERS, "hindsight")]
    found = results("benchmarks.bench_dynamic", races)

    def costs(method: str, name: str) -> list[int]:
        return [found[Race(method, name, s, seconds)]["cost"] for s in seeds]

    def mean(method: str, name: str) -> float:
        return float(statistics.mean(costs(method, name)))

    def spent(method: str) -> float:
        every = [found[Race(method, n, s, seconds)] for n in names for s in seeds]
        return float(max(one["cpu"] / one["epochs"] for one in every))

    ratios = {m: {n: mean(m, n) / mean("greedy", n) for n in names} for m in ("ours", "lazy", "hindsight")}
    spread = [
        ours / mean("greedy", n) for n in names for s in seeds if (ours := found[Race("ours", n, s, seconds)]["cost"])
    ]
    rows = [figure(f"{n}: ours / greedy", round(ratio, 3)) for n, ratio in ratios["ours"].items()]
    return [
        *rows,
        same_pace(found),
        at_most(f"ours / greedy, mean of {len(names)}", statistics.mean(ratios["ours"].values()), "", 0.9),
        figure("ours / greedy, least and most of all runs", f"{min(spread):.3f} {max(spread):.3f}"),
        figure("lazy / greedy, mean", round(statistics.mean(ratios["lazy"].values()), 3)),
        figure("hindsight / greedy, mean", round(statistics.mean(ratios["hindsight"].values()), 3)),
        figure(
            "processor seconds an epoch with laying out, most: greedy, ours",
            f"{spent('greedy'):.1f} {spent('ours'):.1f}",
        ),
        *([full_run_only("mean of twelve days, 10 s an epoch", "<= 0.9")] if quick else []),
    ]
