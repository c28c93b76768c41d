"""What would serve an order that a plan leaves out: how often something is found, whether it holds, how long it takes.

Days have too few vans (`replan.toml`). Each change that is shown is made, and the day planned again from the plan as it
was, with another seed, for several seconds or until all of it is served: it holds if the order is served beside
everything that was (but a stop given up for it), or, where only the price of leaving it out changed, if it is not left
out. That is always to be had at some price, so that a row of its own says for how many something else was found.

Some days are under way: vans have left, and customers whose goods are on board now want them after their van's shift.
What is on board is read off the plan by which the vans left. A change holds there only if all of it stays with its van,
and no question what another shift would cost may get a price.
"""

import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path

import numpy as np

from benchmarks.bench_replan import planned, priced_day
from benchmarks.harness import Row, at_least, at_most, figure
from doorstep.adapters.problem_files import problem_sha256
from doorstep.domain.duty import BreakRule
from doorstep.domain.events import Rewindowed
from doorstep.domain.plan import Plan, Relaxation
from doorstep.domain.problem import Pair, PlannedShift, Problem
from doorstep.domain.sequences import Sequences, sequences_of
from doorstep.domain.units import Seconds
from doorstep.domain.windows import TimeWindow
from doorstep.flows.dispatch import Effort, dispatch
from doorstep.operations.check import check
from doorstep.operations.explain import what_if, would_be_served_if
from doorstep.operations.explain.insertion import errand_of
from doorstep.operations.explain.left_out import asked_of, served_beside_all
from doorstep.operations.explain.relaxing import relaxed
from doorstep.operations.must_serve import must_count
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
    wished: int = 0
    carried_off: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Day:
    """A day as it is told, and by stop the shift whose van has its goods on board."""

    problem: Problem
    plan: Plan
    seed: int
    aboard: Mapping[str, str]

    @property
    def sequences(self) -> Sequences:
        """Return who makes which halts."""
        return sequences_of(self.plan, self.problem)[0]


def run(quick: bool, worlds: Path | None) -> Sequence[Row]:
    """Explain what each day leaves out, and plan again for each change."""
    del worlds
    warm_kernels()
    tally = Tally()
    before = "quick_" if quick else ""
    for problem, seed in _days(quick, "days", "rich_days"):
        plan = planned(problem, seed, seconds=SET[f"{before}plan_cpu_seconds"], cpu_clock=True)
        _ask(tally, Day(problem, plan, seed, {}), SET[f"{before}orders_each"])
    for problem, seed in _days(quick, "under_way_days", "rich_under_way_days"):
        plan = planned(problem, seed, seconds=SET[f"{before}plan_cpu_seconds"], cpu_clock=True)
        day = _under_way(problem, plan, seed)
        _ask(tally, day, SET[f"{before}orders_each"])
        _wish(tally, day, SET[f"{before}orders_each"])
    for line in (*tally.fell, *tally.carried_off):
        print(line)
    cpu = tally.cpu or [0.0]
    shown = sum(tally.shown.values())
    return [
        at_least(f"something found, of {tally.asked} unserved", 100 * tally.found / max(1, tally.asked), "%",
                 SET["bar_found_percent"]),
        figure("  found without worth_more", round(100 * tally.beyond_price / max(1, tally.asked), 2), "%"),
        at_most(f"changes that do not hold when planned again, of {shown}", len(tally.fell), "", 0),
        at_most(f"goods on board given to another shift, of {tally.wished} wishes", len(tally.carried_off), "", 0),
        at_most("processor seconds for an order, p95", float(np.quantile(cpu, 0.95)), "s", SET["bar_cpu_seconds"]),
        at_most("processor seconds for an order, most", max(cpu), "s", SET["bar_cpu_seconds"]),
        figure("  changes by kind", ", ".join(f"{kind} {n}" for kind, n in tally.shown.most_common())),
    ]  # fmt: skip


def _days(quick: bool, plain: str, rich: str) -> Iterator[tuple[Problem, int]]:
    before = "quick_" if quick else ""
    for stops, shifts in zip(SET["stops"], SET["shifts"], strict=True):
        for seed in SET[before + plain]:
            yield _scarce(priced_day(stops, seed, shifts)), seed
        for seed in SET[before + rich]:
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


# Under way


def _under_way(problem: Problem, plan: Plan, seed: int) -> Day:
    """Return the day some hours after the first van has left, with the plan that is told after some wish too late."""
    now = Seconds(min(r.leaves_at for r in plan.routes) + int(SET["under_way_hours"] * HOUR))
    aboard = dict(_on_board(problem, plan, now))
    ends = {s.shift_id: s.ends for s in problem.shifts}
    orders = {s.stop_id: s.order_ids[0] for s in problem.stops}
    asked = list(aboard.items())[:: max(1, len(aboard) // SET["too_late_wishes"])]
    wishes = [
        Rewindowed(now, orders[x], (TimeWindow(Seconds(ends[carrier] + HOUR // 2), Seconds(ends[carrier] + HOUR)),))
        for x, carrier in asked
    ]
    effort = Effort(seed=seed, iterations=SET["under_way_iterations"])
    told = dispatch(problem, plan, wishes, effort=effort, sha256_of=problem_sha256)
    return Day(told.problem, told.alternatives[0].plan, seed, aboard)


def _on_board(problem: Problem, plan: Plan, now: Seconds) -> Iterator[tuple[str, str]]:
    """Yield the stops whose goods a van loaded before it left, and for which it has not set off yet, with its shift."""
    paired = {x for pair in problem.pairs for x in (pair.pickup, pair.delivery)}
    for route in plan.routes:
        sets_off = [route.leaves_at, *(v.leaves_at for v in route.visits)]
        ahead = [v for v, at in zip(route.visits, sets_off, strict=False) if at > now]
        if route.leaves_at <= now:
            trip = takewhile(lambda visit: visit.kind != "reload", ahead)
            yield from ((v.stop_id, route.shift_id) for v in trip if v.kind == "stop" and v.stop_id not in paired)


def _wish(tally: Tally, day: Day, most: int) -> None:
    """Ask what it would cost if other shifts brought what is on board."""
    visited = {v.stop_id for r in day.plan.routes for v in r.visits}
    for stop_id, carrier in [both for both in day.aboard.items() if both[0] in visited][:most]:
        for shift in day.problem.shifts:
            if shift.shift_id != carrier:
                tally.wished += 1
                if what_if(day.problem, day.plan, stop_id, shift_id=shift.shift_id, seconds=0.1, seed=day.seed).holds:
                    tally.carried_off.append(f"day {day.seed}, {stop_id}, on board of {carrier}: {shift.shift_id}")


# What is asked


def _ask(tally: Tally, day: Day, most: int) -> None:
    """Ask what would serve the orders left out; those that are on board first."""
    left_out = dict.fromkeys(u.stop_id for u in day.plan.unserved)
    for stop_id in sorted(left_out, key=lambda x: x not in day.aboard)[:most]:
        _explain(tally, day, stop_id)


def _explain(tally: Tally, day: Day, stop_id: str) -> None:
    tally.asked += 1
    began = time.process_time()
    changes = would_be_served_if(day.problem, day.sequences, stop_id, seed=day.seed)
    tally.cpu.append(time.process_time() - began)
    tally.found += bool(changes)
    tally.beyond_price += any(change.change != "worth_more" for change in changes)
    for change in changes:
        tally.shown[change.change] += 1
        if not _holds(day, stop_id, change):
            where = f"on board of {day.aboard[stop_id]}" if stop_id in day.aboard else "at the depot"
            tally.fell.append(f"day {day.seed}, {len(day.problem.stops)} stops, {stop_id} ({where}): {change}")


def _holds(day: Day, stop_id: str, change: Relaxation) -> bool:
    """Plan again from the plan as it was, and return whether it is as the change says."""
    problem, plan, seed = day.problem, day.sequences, day.seed + 1000
    errand = errand_of(problem, stop_id)
    ids = {stop.stop_id for stop in errand}
    priced = change.change in ("worth_more", "search_longer")
    after = relaxed(problem, errand, change) if priced else served_beside_all(asked_of(problem, plan, stop_id), change)
    given_up = {change.of} if change.change == "instead_of" else set()
    start = {shift_id: tuple(h for h in halts if h not in given_up) for shift_id, halts in plan.items()}
    must = must_count(after)

    def all_served(progress: Progress) -> None:
        """End a search once everything that must be is served: what it finds later is cheaper, and serves it too."""
        if not priced and progress.price < must / 2:
            raise Stop

    found = search(
        after, seconds=SET["fresh_cpu_seconds"], seed=seed, start=start, cpu_clock=True, on_progress=all_served
    )
    again = schedule(after, found.sequences, seed=seed, problem_sha256="", departures=found.departures)
    by = {halt: shift_id for shift_id, halts in found.sequences.items() for halt in halts if isinstance(halt, str)}
    today = {halt for halts in start.values() for halt in halts if isinstance(halt, str)}
    kept = all(by.get(x, carrier) == carrier for x, carrier in day.aboard.items())
    return kept and ids <= by.keys() and check(after, again).holds and (priced or today <= by.keys())
