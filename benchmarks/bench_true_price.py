"""Days in Porto priced truly: our search beside PyVRP, OR-Tools and VROOM, each given its best static proxy.

What the proxies are, and how each method is asked, is told in `true_price_methods`. Every answer is driven under the
true rush hours; what the checker refuses has no price, and a seed on which it refuses every plan of every peer counts
for nobody: the row is not met. `ours_proxy` is our own search on those proxies: what of the gain is search, and what is
price.
"""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import race, true_price_methods
from benchmarks.harness import Row, at_least, at_most, figure, full_run_only
from benchmarks.race import Found, Race, nothing_to_compare
from benchmarks.true_price_days import DAYS, PLAN, day_in_porto
from benchmarks.true_price_methods import BUSIEST, MEAN, METHODS, SLACKS, SOFT, on_proxy

MODULE = "benchmarks.bench_true_price"
OURS = ("priced", "fleet")
PEERS = tuple(m for m in PLAN["methods"] if not m.startswith("ours"))

NEVER_WORSE = ("grocery", 1000)
"""The day on which no single seed may be worse than the best peer."""


def run(quick: bool, worlds: Path | None) -> Sequence[Row]:
    """Run what isn't kept yet and return the rows; `worlds` plays no part here."""
    del worlds
    size, found = PLAN["quick" if quick else "full"], dict[Race, Mapping[str, Any]]()
    while todo := [one for one in asked(size, found) if one not in found]:
        found |= race.results(MODULE, todo)
    told = best_told(found)
    rows = [row for day in size["days"] for row in _day_rows(day, size["seeds"], told)]
    rows += race.fair(found, day_of)
    what = "iterations a cpu second, parcel, 1,000 stops on about 12 routes"
    if quick:
        return [*rows, *(full_run_only(f"{_title(d)}, ours against the best peer", _bar(d)) for d in _other_days(size)),
                full_run_only(what, f">= {PLAN['rate']['bar_iterations_per_cpu_s']:,}")]  # fmt: skip
    rates = [told["parcel-1000", seed, "ours"].get("rate", 0) for seed in size["seeds"]]
    return [*rows, at_least(what, statistics.mean(rates), "/s", PLAN["rate"]["bar_iterations_per_cpu_s"])]


def version(method: str) -> str:
    """Return what a kept run depends on: how the day is drawn, what the method is told and how it is asked."""
    solvers = [solver for name, solver in METHODS.items() if name.split(" ")[0] == method]
    code: list[Callable[..., Any]] = [*solvers, day_in_porto, *([] if method == "ours" else [on_proxy])]
    given = [DAYS, PLAN["proxies"]["busiest_share"]]
    if method.startswith("ours"):
        return race.own_version(race.with_imports(OURS), *code, given=given)
    return race.peer_version({"vroom": "pyvroom"}.get(method, method), *code, given=given)


def solve(method: str, name: str, seed: int, seconds: float) -> dict[str, Any]:
    """Run one method on one day as one proxy tells it, and price its answer truly."""
    return true_price_methods.solve(method, name, seed, seconds)


def asked(size: Mapping[str, Any], found: Found) -> list[Race]:
    """Return the races of all days, seeds and methods; slacks only up to the first with which a plan holds."""
    return [
        one
        for day in size["days"]
        for seed in size["seeds"]
        for method in PLAN["methods"]
        for one in _asked(Race(method, _name(day), seed, day["cpu_seconds"]), found)
    ]


def _asked(one: Race, found: Found) -> list[Race]:
    """Return a race with each proxy; of the slacks those that failed, and the first that held or wasn't tried yet."""
    if one.method == "ours":
        return [one]
    always = [MEAN, BUSIEST, *([SOFT] if f"{one.method} {SOFT}" in METHODS else [])]
    told = {proxy: replace(one, name=f"{one.name} {proxy}") for proxy in (*always, *SLACKS)}
    failed = [*takewhile(lambda slack: "cost" not in found.get(told[slack], {"cost": None}), SLACKS)]
    return [told[proxy] for proxy in (*always, *SLACKS[: len(failed) + 1])]


def day_of(name: str) -> str:
    """Return the day of a run's name, without what was told."""
    return name.partition(" ")[0]


def best_told(found: Found) -> dict[tuple[str, int, str], Mapping[str, Any]]:
    """Return the cheapest answer by day, seed and method, with the proxy that led to it; the first where none holds."""
    best: dict[tuple[str, int, str], Mapping[str, Any]] = {}
    for one, told in found.items():
        key = day_of(one.name), one.seed, one.method
        if key not in best or told.get("cost", np.inf) < best[key].get("cost", np.inf):
            best[key] = {**told, "proxy": one.name.partition(" ")[2]}
    return best


def _other_days(size: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [day for day in PLAN["full"]["days"] if day not in size["days"]]


def _name(day: Mapping[str, Any]) -> str:
    return f"{day['kind']}-{day['stops']}"


def _title(day: Mapping[str, Any]) -> str:
    return f"{day['kind']}, {day['stops']:,} stops, {day['cpu_seconds']} cpu s"


def _bar(day: Mapping[str, Any]) -> str:
    return f"<= {day['bar_percent']:g}"


def _day_rows(day: Mapping[str, Any], seeds: Sequence[int], told: Mapping[Any, Mapping[str, Any]]) -> list[Row]:
    """Return how far our price is from the best peer's and from our own on the proxy, and everybody's prices."""

    def gap(mine: str, theirs: Sequence[str]) -> float | str:
        gaps = _gaps(told, day, seeds, (mine, theirs))
        return round(statistics.mean(gaps), 2) if len(gaps) == len(seeds) else "not all have a plan that holds"

    rows = [
        *_against_peers(day, seeds, told),
        figure("  our search on the proxy against the best peer", gap("ours_proxy", PEERS), "%"),
        figure("  ours against our search on the proxy", gap("ours", ["ours_proxy"]), "%"),
        figure("  plans of peers that the checker refuses", _refused(told, day, seeds)),
    ]
    for method in PLAN["methods"]:
        one = [told[_name(day), seed, method] for seed in seeds]
        said = " ".join(f"{r['cost'] / 100:.2f}" if "cost" in r else r["refused"] for r in one)
        vans = " ".join(str(r.get("routes", "-")) for r in one)
        proxies = ", ".join(r["proxy"] for r in one if r["proxy"])
        rows.append(figure(f"  {method}, by seed", said, f"EUR, {vans} vans" + (f"; {proxies}" if proxies else "")))
    return rows


def _against_peers(day: Mapping[str, Any], seeds: Sequence[int], told: Mapping[Any, Mapping[str, Any]]) -> list[Row]:
    """Return ours against the best peer, in the mean and on its worst seed; not met where no peer has a plan."""
    what, worst = f"{_title(day)}, ours against the best peer", "  the same, on the worst seed"
    gaps = _gaps(told, day, seeds, ("ours", PEERS))
    never_worse = (day["kind"], day["stops"]) == NEVER_WORSE
    if len(gaps) < len(seeds):
        why = f"no peer has a plan that holds on {len(seeds) - len(gaps)} of {len(seeds)} seeds"
        return [nothing_to_compare(what, why, _bar(day)), nothing_to_compare(worst, why, "<= 0" if never_worse else "")]
    return [
        at_most(what, statistics.mean(gaps), "%", day["bar_percent"]),
        at_most(worst, max(gaps), "%", 0.0) if never_worse else figure(worst, round(max(gaps), 4), "%"),
    ]


def _gaps(
    told: Mapping[Any, Mapping[str, Any]], day: Mapping[str, Any], seeds: Sequence[int], who: tuple[str, Sequence[str]]
) -> list[float]:
    """Return by how many per cent one method is above the best of others, for each seed on which these have a plan.

    Where the one method itself has none, it is infinitely far above.
    """
    mine, theirs = who
    best = {s: min(_cost(told, day, s, m) for m in theirs) for s in seeds}
    return [100 * (_cost(told, day, s, mine) / least - 1) for s, least in best.items() if least < np.inf]


def _refused(told: Mapping[Any, Mapping[str, Any]], day: Mapping[str, Any], seeds: Sequence[int]) -> str:
    """Return how many plans of each peer are refused, of how many."""
    counts = {m: sum("cost" not in told[_name(day), s, m] for s in seeds) for m in PEERS}
    return f"{sum(counts.values())} of {len(PEERS) * len(seeds)}: " + ", ".join(f"{m} {n}" for m, n in counts.items())


def _cost(told: Mapping[Any, Mapping[str, Any]], day: Mapping[str, Any], seed: int, method: str) -> float:
    return float(told[_name(day), seed, method].get("cost", np.inf))
