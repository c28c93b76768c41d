"""How evenly paid hours can be spread, and what it costs; and what compact territories cost and bring.

Each rate is a search of the same length that goes on from the last plan, and the plan without a rate is searched for as
long as all of them before costs are compared. Strain is measured beside, not evened out.
"""

import json
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from benchmarks import bench_search
from benchmarks.harness import Row, at_most, figure
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Problem
from doorstep.operations.duty.fair_shares import evened
from doorstep.operations.schedule import schedule
from doorstep.operations.search import search
from doorstep.operations.territory import compactness, home_areas, with_territories

PLAN = tomllib.loads(Path(__file__).with_name("workload.toml").read_text())
DAYS = PLAN["days"]


def run(quick: bool, worlds: Path | None) -> Sequence[Row]:
    """Plan every day and return the rows; `worlds` plays no part here."""
    del worlds
    seeds, seconds = (DAYS["quick_seeds" if quick else "seeds"], DAYS["quick_cpu_seconds" if quick else "cpu_seconds"])
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda seed: _in_a_process(seed, seconds), seeds))
    return [row for seed, day in zip(seeds, found, strict=True) for row in _rows(seed, seconds, day)]


def _rows(seed: int, seconds: float, day: dict[str, Any]) -> list[Row]:
    before, after = day["before"], day["after"]
    what = f"day {seed}, {DAYS['stops']} stops, {DAYS['shifts']} vans, {seconds:g} cpu s"
    cost = 100 * day["dearer"]
    rows = [
        at_most(f"{what}: spread of paid hours", after["paid"], "", DAYS["bar_spread"]),
        at_most("  for", cost, "% cost", DAYS["bar_cost_percent"]),
        figure("  spread before", round(before["paid"], 3)),
        figure("  at", after["rate"], "cents an uneven hour"),
        figure("  spread of strain, before and after", f"{before['strain']:.3f} {after['strain']:.3f}"),
    ]
    for price, (cents, far, foreign) in day["territory"].items():
        rows.append(figure(f"  territory at {price} cents a km and stop: cost", round(100 * (cents - 1), 2), "%"))
        rows.append(figure("    mean distance to a route's centre, stops in another's hull", f"{far:.0%} {foreign}"))
    return rows


def day_of(seed: int) -> Problem:
    """Return a named day: few enough stops for each search to settle, and every one to be served."""
    bench_search.PLAN["priced"]["stops"] = DAYS["stops"]
    problem = bench_search.priced_day(seed)
    vans = problem.shifts[: DAYS["shifts"]]
    room = int(DAYS["room"] * sum(stop.amounts[0] for stop in problem.stops) / len(vans))
    shifts = tuple(replace(van, capacities=(room,), free_departure=True) for van in vans)
    return replace(problem, shifts=shifts, valuation=replace(problem.valuation, unserved={}))


def plan_of(problem: Problem, seconds: float, start: Plan | None = None) -> Plan:
    """Return the plan that a search of so many processor seconds finds."""
    begin = {route.shift_id: [v.stop_id for v in route.visits] for route in start.routes} if start else None
    found = search(problem, seconds=seconds, seed=1, cpu_clock=True, start=begin)
    return schedule(problem, found.sequences, seed=1, problem_sha256="", departures=found.departures)


def measured(seed: int, seconds: float) -> dict[str, Any]:
    """Return a day's figures."""
    problem = day_of(seed)
    most = {"most_spread": DAYS["bar_spread"], "most_cost": DAYS["bar_cost_percent"] / 100}
    before, after = evened(problem, lambda asked, begin: plan_of(asked, seconds, begin), **most)
    answer: dict[str, Any] = {"dearer": after.dearer_than(before)} | {
        name: {"cents": one.cents, "rate": one.cents_per_hour, **asdict(one.spread)}
        for name, one in (("before", before), ("after", after))
    }
    plain = {route.shift_id: [v.stop_id for v in route.visits] for route in before.plan.routes}
    named = {route.shift_id: [v.place for v in route.visits if v.place is not None] for route in before.plan.routes}
    areas, compact = home_areas(problem, {}, named), compactness(problem, plain)
    answer["territory"] = {}
    for price in PLAN["territory"]["cents_per_km"]:
        plan = plan_of(with_territories(problem, areas, price), seconds, before.plan)
        now = compactness(problem, {route.shift_id: [v.stop_id for v in route.visits] for route in plan.routes})
        cents = plan.cents["total"] - plan.cents.get("territory", 0)
        foreign = f"{compact.in_another:.0%} -> {now.in_another:.0%}"
        answer["territory"][str(price)] = (cents / before.cents, now.mean_metres / compact.mean_metres, foreign)
    return answer


def _in_a_process(seed: int, seconds: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.bench_workload", str(seed), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {done.stderr[-800:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


if __name__ == "__main__":
    print(json.dumps(measured(int(sys.argv[1]), float(sys.argv[2]))))
