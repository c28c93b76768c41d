"""From an event to a new plan: how long it takes at 500 and 1,000 stops, and 10,000 random events that keep the past.

An event counts as a violation where anything that was driven or on board is otherwise in one of the three new plans,
where the checker refuses one for more than a stop that must be served and fits nowhere, where it isn't accepted back
(every fourth goes through files), and where planning ends in an error. What is refused in a sentence made no plan:
those events have a bar of their own. Chains of a full run are kept as they end, keyed by the code, so that one that was
ended goes on where it was.
"""

import json
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from tests.operations.random_events import KINDS as EVENTS
from tests.operations.random_events import broken_promises, random_event, random_moment

from benchmarks import bench_search
from benchmarks.bench_laws import HOUSE, code_of
from benchmarks.harness import Row, at_most, figure, full_run_only
from benchmarks.law_kinds import KINDS, kind_rng, law_problem
from doorstep.adapters.plan_files import read_plan, write_plan
from doorstep.adapters.problem_files import problem_sha256, read_problem, write_problem
from doorstep.domain.errors import YourInput
from doorstep.domain.events import Event
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Problem
from doorstep.domain.units import Seconds
from doorstep.flows.dispatch import Dispatched, Effort, dispatch
from doorstep.operations.check import check
from doorstep.operations.schedule import schedule
from doorstep.operations.search import search
from doorstep.operations.search.warm import main as warm_kernels

SET = tomllib.loads(Path(__file__).with_name("replan.toml").read_text())
KEPT = HOUSE / ".doorstep/bench/replan.jsonl"
WRITTEN_BY = (
    "src/doorstep/domain", "src/doorstep/operations", "src/doorstep/flows/dispatch.py",
    "src/doorstep/flows/hear_events.py",
    "src/doorstep/adapters/plan_files.py", "src/doorstep/adapters/problem_files.py",
    "src/doorstep/adapters/problem_names.py", "src/doorstep/adapters/problem_parts.py",
    "src/doorstep/adapters/strict_json.py", "src/doorstep/adapters/travel_files.py",
    "tests/operations/problems.py", "tests/operations/random_events.py", "benchmarks/law_kinds.py",
    "benchmarks/bench_replan.py", "benchmarks/bench_search.py", "benchmarks/replan.toml",
)  # fmt: skip
RANDOM_DAYS = [name for name, kind in KINDS.items() if not kind.functions and not kind.then]
REFUSED_PERCENT = 5.0
"""Most of the events that may be refused in a sentence: who refuses all of them breaks no promise either."""
THROUGH_FILES = 4
"""Every so many-th new plan is written and read again before the next event."""


@dataclass
class Chain:
    """What became of one day and its events. `wrong` names day, event and reason."""

    n: int
    events: int = 0
    plans: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    left_out: int = 0
    through_files: int = 0
    wrong: list[str] = field(default_factory=list)


def run(quick: bool, worlds: Path | None) -> Sequence[Row]:
    """Time single events on large days, then hold the law on chains of them."""
    del worlds  # an event is the same in any world
    warm_kernels()
    return [*_speed_rows(quick), *_law_rows(quick)]


# How long it takes


def priced_day(stops: int, seed: int, shifts: int | None = None) -> Problem:
    """Return a day of `bench_search` with another number of doors, and a shift for each 35 of them."""
    return bench_search.priced_day(seed, stops, shifts or max(2, stops // 35))


def planned(problem: Problem, seed: int, **effort: Any) -> Plan:
    """Return a plan that was searched for."""
    found = search(problem, seed=seed, **effort)
    return schedule(
        problem, found.sequences, seed=seed, problem_sha256=problem_sha256(problem), departures=found.departures
    )


def _speed_rows(quick: bool) -> Iterator[Row]:
    how = SET["speed"]
    count = how["quick_events_each"] if quick else how["events_each"]
    seconds = how["quick_plan_cpu_seconds"] if quick else how["plan_cpu_seconds"]
    for stops, bar in zip(how["stops"], how["bar_wall_seconds"], strict=True):
        wall, cpu, refused = list[float](), list[float](), 0
        for seed in how["seeds"][: 1 if quick else None]:
            problem = priced_day(stops, seed)
            plan = planned(problem, seed, seconds=seconds, cpu_clock=True)
            for took in _timed(problem, plan, seed, count):
                refused += took is None
                wall += took[:1] if took else ()
                cpu += took[1:] if took else ()
        what = f"event to three new plans, {stops} stops, {len(wall)} events"
        yield at_most(f"{what}, wall p95", float(np.quantile(wall, 0.95)), "s", bar)
        yield at_most(f"  wall, the longest, {stops} stops", max(wall), "s", bar)
        yield figure(f"  wall, median, {stops} stops", round(float(np.median(wall)), 2), "s")
        cpu_figures = " ".join(f"{x:.2f}" for x in (np.median(cpu), np.quantile(cpu, 0.95), max(cpu)))
        yield figure(f"  processor, median, p95 and most, {stops} stops", cpu_figures, "s")
        yield figure(f"  refused in a sentence, {stops} stops", refused, "events")


def _timed(problem: Problem, plan: Plan, seed: int, count: int) -> Iterator[tuple[float, float] | None]:
    """Yield wall and processor seconds of events of every kind in turn, each on the day as it was planned.

    None where an event is refused in a sentence: that made no plan.
    """
    rng = np.random.default_rng(seed)
    first, last = min(r.leaves_at for r in plan.routes), max(r.returns_at for r in plan.routes)
    for k in range(count):
        at = Seconds(int(rng.integers(first, last)))
        event = random_event(rng, problem, at, EVENTS[k % len(EVENTS)])
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            dispatch(problem, plan, [event], effort=Effort(seed=seed), sha256_of=problem_sha256)
        except YourInput:
            yield None
        else:
            yield time.perf_counter() - wall, time.process_time() - cpu


# The law


def _law_rows(quick: bool) -> Iterator[Row]:
    how = SET["law"]
    count = (how["quick_events"] if quick else how["events"]) // how["chain"]
    chains = list(_chains(count, keep=not quick))
    for chain in chains:
        for line in chain.wrong[:3]:
            print(line)
    events, plans = sum(c.events for c in chains), sum(c.plans for c in chains)
    kinds = sum((Counter(c.kinds) for c in chains), Counter[str]())
    if quick:
        yield full_run_only("random events", ">= 10000")
    else:
        yield Row("random events", events, "", f">= {how['events']}", events >= how["events"])
    yield at_most(
        f"violations, {events:,} events on {len(chains)} days, {plans:,} new plans",
        sum(len(c.wrong) for c in chains),
        "",
        0,
    )
    yield figure("  events by kind", " ".join(f"{kind} {n}" for kind, n in sorted(kinds.items())))
    refused = sum(c.refused for c in chains)
    yield at_most(f"  refused in a sentence: {refused:,} events", 100 * refused / max(1, events), "%", REFUSED_PERCENT)
    yield figure("  must leave out what must be served", sum(c.left_out for c in chains), "plans")
    yield figure("  read from files before the next event", sum(c.through_files for c in chains), "plans")


def _chains(count: int, *, keep: bool) -> Iterator[Chain]:
    code = code_of(WRITTEN_BY)
    done = {chain.n: chain for chain in (_kept(code) if keep else ())}
    yield from (chain for n, chain in done.items() if n < count)
    with ProcessPoolExecutor(2) as pool:
        for work in as_completed([pool.submit(_chain, n) for n in range(count) if n not in done]):
            if keep:
                _keep(work.result(), code)
            yield work.result()


def _kept(code: str) -> list[Chain]:
    """Return what an earlier run of this very code has found."""
    if not KEPT.exists():
        return []
    first, *lines = KEPT.read_text().splitlines() or [""]
    return [Chain(**json.loads(line)) for line in lines] if first == code else []


def _keep(chain: Chain, code: str) -> None:
    if not KEPT.exists() or KEPT.read_text().partition("\n")[0] != code:
        KEPT.parent.mkdir(parents=True, exist_ok=True)
        KEPT.write_text(code + "\n")
    with KEPT.open("a") as file:
        file.write(json.dumps(asdict(chain)) + "\n")


def _chain(n: int) -> Chain:
    """Let one event after the other change a day; each plan the next begins with is one of the three."""
    chain, how = Chain(n), SET["law"]
    problem, plan, rng = _day(n)
    while chain.events < how["chain"]:
        event = random_event(rng, problem, random_moment(rng, problem, plan))
        chain.events += 1
        kind = type(event).__name__
        chain.kinds[kind] = chain.kinds.get(kind, 0) + 1
        try:
            ways = dispatch(problem, plan, [event], effort=Effort(1, n, how["iterations"]), sha256_of=problem_sha256)
            chain.wrong += (f"day {n}, {event}: {what}" for what in _wrong(chain, problem, plan, event, ways))
            problem, plan = _taken(chain, ways, n)
        except YourInput:
            chain.refused += 1
        except Exception as error:
            chain.wrong.append(f"day {n}, {event}: {type(error).__name__}: {str(error)[:300]}")
            problem, plan, rng = _day(n + 7_000_000 + chain.events)
    return chain


def _day(n: int) -> tuple[Problem, Plan, np.random.Generator]:
    how = SET["law"]
    if n % how["medium_every"] == 0:
        problem = priced_day(how["medium_stops"], n)
        return problem, planned(problem, n, seconds=1, iterations=2000), np.random.default_rng(n)
    name = RANDOM_DAYS[n % len(RANDOM_DAYS)]
    rng = kind_rng(name, how["first"] + n)
    problem = law_problem(name, how["first"] + n, rng)
    return problem, planned(problem, n, seconds=1, iterations=150), rng


def _wrong(chain: Chain, problem: Problem, plan: Plan, event: Event, ways: Dispatched) -> Iterator[str]:
    for way in ways.alternatives:
        chain.plans += 1
        chain.left_out += bool(way.report.left_out)
        report = check(ways.problem, way.plan)
        if len(report.violations) > len(report.left_out):
            yield f"{way.name}: {report.violations[0]}"
        yield from (f"{way.name}: {what}" for what in broken_promises(problem, plan, event, ways.problem, way.plan))


def _taken(chain: Chain, ways: Dispatched, n: int) -> tuple[Problem, Plan]:
    """Return what the next event finds, every so often read from the files it was written to."""
    problem, plan = ways.problem, ways.alternatives[(n + chain.events) % len(ways.alternatives)].plan
    if chain.events % THROUGH_FILES:
        return problem, plan
    chain.through_files += 1
    with tempfile.TemporaryDirectory() as folder:
        write_problem(problem, Path(folder) / "problem.json")
        write_plan(plan, Path(folder) / "plan.json")
        again, read = read_problem(Path(folder) / "problem.json"), read_plan(Path(folder) / "plan.json")
    if read != plan or problem_sha256(again) != plan.problem_sha256:
        chain.wrong.append(f"day {n}, event {chain.events}: the files say something else.")
    return again, read
