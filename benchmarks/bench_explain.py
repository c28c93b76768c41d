"""What would serve an order that a plan leaves out: how often something is found, whether it holds, how long it takes.

Days have too few vans (`replan.toml`). Each change that is shown is made, and the day planned again from the plan as it
was, with another seed, for several seconds or until all of it is served: it holds if the order is served beside
everything that was (but a stop given up for it), or, where only the price of leaving it out changed, if it is not left
out. That is always to be had at some price, so that a row of its own says for how many something else was found.
"""

import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from benchmarks.bench_replan import planned, priced_day
from benchmarks.harness import Row, at_least, at_most, figure
from doorstep.domain.duty import BreakRule
from doorstep.domain.plan import Relaxation
from doorstep.domain.problem import Pair, PlannedShift, Problem
from doorstep.domain.sequences import Sequences, sequences_of
from doorstep.domain.units import Seconds
from doorstep.operations.check import check
from doorstep.operations.explain import would_be_served_if
from doorstep.operations.explain.insertion import errand_of
from doorstep.operations.explain.left_out import MUST, asked_of, served_beside_all
from doorstep.operations.explain.relaxing import relaxed
from doorstep.operations.schedule import schedule
from doorstep.operations.search import search
from doorstep.operations.search.loop import Progress, Stop
from doorstep.operations.search.warm import main as warm_kernels

SET = tomllib.loads(Path(__file__).with_name("replan.toml").read_text())["explain"]
HOUR = 3600


@dataclass
class Tally:
    """What was asked, found and found to hold, and the processor seconds of each question."""

    asked: int = 0
    found: int = 0
    beyond_price: int = 0
    shown: Counter[str] = field(default_factory=Counter)
    fell: list[str] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def run(quick: bool, worlds: Path | None) -> Sequence[Row]:
    """Explain what each day leaves out, and plan again for each change."""
    del worlds
    warm_kernels()
    tally = Tally()
    before = "quick_" if quick else ""
    for problem, seed in _days(quick):
        plan = planned(problem, seed, seconds=SET[f"{before}plan_cpu_seconds"], cpu_clock=True)
        left_out = list(dict.fromkeys(u.stop_id for u in plan.unserved))
        for stop_id in left_out[: SET[f"{before}orders_each"]]:
            _explain(tally, problem, sequences_of(plan, problem)[0], stop_id, seed)
    for line in tally.fell:
        print(line)
    cpu = tally.cpu or [0.0]
    shown = sum(tally.shown.values())
    return [
        at_least(f"something found, of {tally.asked} unserved", 100 * tally.found / max(1, tally.asked), "%",
                 SET["bar_found_percent"]),
        figure("  found without worth_more", round(100 * tally.beyond_price / max(1, tally.asked), 2), "%"),
        at_most(f"changes that do not hold when planned again, of {shown}", len(tally.fell), "", 0),
        at_most("processor seconds for an order, p95", float(np.quantile(cpu, 0.95)), "s", SET["bar_cpu_seconds"]),
        at_most("processor seconds for an order, most", max(cpu), "s", SET["bar_cpu_seconds"]),
        figure("  changes by kind", ", ".join(f"{kind} {n}" for kind, n in tally.shown.most_common())),
    ]  # fmt: skip


def _days(quick: bool) -> Iterator[tuple[Problem, int]]:
    before = "quick_" if quick else ""
    for stops, shifts in zip(SET["stops"], SET["shifts"], strict=True):
        for seed in SET[f"{before}days"]:
            yield _scarce(priced_day(stops, seed, shifts)), seed
        for seed in SET[f"{before}rich_days"]:
            yield _rich(_scarce(priced_day(stops, seed, shifts))), seed


def _scarce(problem: Problem) -> Problem:
    def less(shift: PlannedShift) -> PlannedShift:
        room = tuple(int(SET["room"] * c) for c in shift.capacities)
        return replace(shift, capacities=room, ends=Seconds(shift.starts + SET["hours"] * HOUR))

    return replace(problem, shifts=tuple(less(s) for s in problem.shifts))


def _rich(problem: Problem) -> Problem:
    """Return the day with pairs, rests and a bound on work."""
    rest = BreakRule("rest", "working", Seconds(3 * HOUR), Seconds(HOUR // 2))
    some = [s.stop_id for s in problem.stops if not s.windows]
    some = some[: len(problem.stops) // 4]
    fetched = set(some[::2])
    none = (0,) * len(problem.dimensions)
    return replace(
        problem,
        stops=tuple(replace(s, amounts=none) if s.stop_id in fetched else s for s in problem.stops),
        shifts=tuple(replace(s, breaks=(rest,), max_working=Seconds(5 * HOUR)) for s in problem.shifts),
        pairs=tuple(Pair(one, other) for one, other in zip(some[::2], some[1::2], strict=False)),
    )


def _explain(tally: Tally, problem: Problem, plan: Sequences, stop_id: str, seed: int) -> None:
    tally.asked += 1
    began = time.process_time()
    changes = would_be_served_if(problem, plan, stop_id, seed=seed)
    tally.cpu.append(time.process_time() - began)
    tally.found += bool(changes)
    tally.beyond_price += any(change.change != "worth_more" for change in changes)
    for change in changes:
        tally.shown[change.change] += 1
        if not _holds(problem, plan, stop_id, change, seed + 1000):
            tally.fell.append(f"day {seed}, {len(problem.stops)} stops, {stop_id}: {change}")


def _all_served(progress: Progress) -> None:
    """End a search once everything that must be is served: what it finds later is cheaper, and serves it too."""
    if progress.price < MUST / 2:
        raise Stop


def _holds(problem: Problem, plan: Sequences, stop_id: str, change: Relaxation, seed: int) -> bool:
    """Plan again from the plan as it was, and return whether it is as the change says."""
    errand = errand_of(problem, stop_id)
    ids = {stop.stop_id for stop in errand}
    priced = change.change in ("worth_more", "search_longer")
    after = relaxed(problem, errand, change) if priced else served_beside_all(asked_of(problem, plan, stop_id), change)
    given_up = {change.of} if change.change == "instead_of" else set()
    start = {shift_id: tuple(h for h in halts if h not in given_up) for shift_id, halts in plan.items()}
    stop = None if priced else _all_served
    found = search(after, seconds=SET["fresh_cpu_seconds"], seed=seed, start=start, cpu_clock=True, on_progress=stop)
    again = schedule(after, found.sequences, seed=seed, problem_sha256="", departures=found.departures)
    served = {halt for halts in found.sequences.values() for halt in halts if isinstance(halt, str)}
    today = {halt for halts in start.values() for halt in halts if isinstance(halt, str)}
    return ids <= served and check(after, again).holds and (priced or today <= served)
