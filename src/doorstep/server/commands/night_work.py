"""What a worker does in a night of planning: one depot, from its question to the pair on the disk.

A task is told where things lie, not what is in them: on a cluster every node must see the same folders.
"""

import hashlib
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from doorstep.adapters.instances.any_format import read_asked
from doorstep.adapters.kept_plans import KeptPlans, PlannedDepot
from doorstep.adapters.plan_pairs import write_pair
from doorstep.adapters.problem_files import problem_sha256
from doorstep.domain.errors import DoorstepError, OurBug
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Problem
from doorstep.domain.units import Cents, Seconds
from doorstep.flows.plan_day import decided, question
from doorstep.flows.plan_evenly import Searching, plan_evenly
from doorstep.flows.record_decision import Decision
from doorstep.flows.solve import solve
from doorstep.operations.check import CheckReport, check
from doorstep.operations.search import Progress
from doorstep.server import wiring
from doorstep.server.commands.in_cells import cells_of
from doorstep.server.commands.sentences import orders_unserved, stops_once
from doorstep.server.commands.streets import Streets
from doorstep.server.settings import Settings

LEAST_SECONDS = 1.0
"""What even the smallest depot is searched."""

BUG = 1
"""Exit code of a bug of ours."""


@dataclass(frozen=True)
class Effort:
    """How long to search, in seconds for each 1,000 stops, and the seed; or `iterations` for every depot instead."""

    seconds: float
    seed: int
    iterations: int | None = None

    def of(self, stops: int) -> float:
        """Return the seconds of a depot."""
        return max(LEAST_SECONDS, self.seconds * stops / 1000)


@dataclass(frozen=True)
class Target:
    """Which depot a task plans, where its pair goes, and a fingerprint of what is asked."""

    depot_id: str
    pair: Path
    asked: str


@dataclass(frozen=True)
class NightJob:
    """What a task is told of any depot; it is due when its first shift begins."""

    target: Target
    effort: Effort
    stops: int
    due_at: Seconds

    @property
    def cpu_seconds(self) -> float:
        """Effort of the depot."""
        return self.effort.of(self.stops)


@dataclass(frozen=True)
class FileJob(NightJob):
    """A depot that is a problem file of any format, with legs by a street map where it has coordinates alone."""

    path: Path
    osm: Path | None


@dataclass(frozen=True)
class DayJob(NightJob):
    """A depot's day in a company's store."""

    settings: Settings
    company: str
    day: str
    objective: str


@dataclass(frozen=True)
class Answer:
    """What came of a depot, and what was decided by it where a company keeps its decisions."""

    row: PlannedDepot
    decision: Decision | None = None


@dataclass(frozen=True)
class Looked:
    """What a problem file holds, or why nobody can read it."""

    stops: int = 0
    due_at: Seconds = Seconds(0)
    digest: str = ""
    refused: DoorstepError | None = None


@dataclass(frozen=True)
class Book:
    """Rows in a folder of runs; what was decided is recorded before a depot counts as planned.

    Killed between the two, the next try plans again and corrects the decision of this run, depot and question.
    """

    kept: KeptPlans
    record: Callable[[Decision], object] | None = None

    def get(self, run_id: str, depot_id: str) -> Answer | None:
        """Return what was kept of a depot."""
        row = self.kept.get(run_id, depot_id)
        return None if row is None else Answer(row)

    def put(self, run_id: str, depot_id: str, answer: Answer) -> None:
        """Record the decision, then keep the row."""
        if answer.decision is not None and self.record is not None:
            self.record(replace(answer.decision, decision_id=f"{run_id} {depot_id} {answer.row.asked}"))
        self.kept.put(run_id, depot_id, answer.row)


def look(path: Path) -> Looked:
    """Return how large a problem file is and when its first shift begins."""
    try:
        problem = read_asked(path).problem
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except DoorstepError as refused:
        return Looked(refused=type(refused)(f"{refused}"))
    except Exception as bug:
        return Looked(refused=OurBug(f"This is a bug of ours: {type(bug).__name__}: {bug}."))
    return Looked(len(problem.stops), min((s.starts for s in problem.shifts), default=Seconds(0)), digest)


def plan_file(job: FileJob) -> Answer:
    """Plan a depot that is a file, and write its pair."""
    return _planned(job, _plan_file)


def plan_depot_day(job: DayJob) -> Answer:
    """Plan a depot's day, and write its pair."""
    return _planned(job, _plan_depot_day)


def _planned[Job: NightJob](job: Job, plan: Callable[[Job], Answer]) -> Answer:
    """Do the task; what goes wrong at one depot is said of it alone, and the others go on."""
    _end_at_once()
    began, none = time.monotonic(), PlannedDepot(job.target.depot_id, job.target.asked, job.stops)
    try:
        answer = plan(job)
    except DoorstepError as refused:
        return Answer(replace(none, refused=f"{refused}", exit_code=refused.exit_code))
    except Exception as bug:
        sentence = f"This is a bug of ours: {type(bug).__name__}: {bug}."
        return Answer(replace(none, refused=sentence, exit_code=BUG))
    return replace(answer, row=replace(answer.row, took=Seconds(round(time.monotonic() - began))))


def _end_at_once() -> None:
    """Let an interruption end this worker without an answer: half a search must not count as a night's plan."""
    if multiprocessing.parent_process() is not None:
        with suppress(ValueError):  # not in the main thread: nobody interrupts us there
            signal.signal(signal.SIGINT, lambda *_: os._exit(130))


def _plan_file(job: FileJob) -> Answer:
    asked = read_asked(job.path, ways=Streets(job.osm).ways())
    plan, report = solve(
        asked.problem,
        seconds=job.cpu_seconds,
        seed=job.effort.seed,
        problem_sha256=problem_sha256(asked.problem),
        start=asked.start,
        cells=cells_of(None, roads=job.osm is not None),
        iterations=job.effort.iterations,
    )
    return Answer(_row(job.target, asked.problem, plan, report))


def _plan_depot_day(job: DayJob) -> Answer:
    first: list[Cents] = []

    def see(now: Progress) -> None:
        if not first:
            first.append(Cents(round(now.price)))

    with closing(wiring.store_at(job.settings)) as store:
        models = wiring.models_of(store, job.company)
        roads = wiring.roads_of(store, job.company, job.settings)
        asked = question(store, job.company, job.day, models, roads, depot_id=job.target.depot_id)
    how = Searching(
        job.cpu_seconds, job.effort.seed, cells=cells_of(None, roads=True), iterations=job.effort.iterations,
        on_progress=see,
    )  # fmt: skip
    asked, plan = plan_evenly(asked, job.objective, how, fingerprint=problem_sha256)
    problem = asked.problems[job.objective]
    at = datetime.now(UTC).isoformat(timespec="seconds")
    decision = decided(asked, plan, by="doorstep night", at=at, first=first[0] if first else None)
    return Answer(_row(job.target, problem, plan, check(problem, plan)), decision)


def _row(target: Target, problem: Problem, plan: Plan, report: CheckReport) -> PlannedDepot:
    """Write the pair and return the depot's row."""
    write_pair(problem, plan, target.pair)
    return PlannedDepot(
        depot_id=target.depot_id,
        asked=target.asked,
        stops=len(problem.stops),
        routes=sum(bool(route.visits) for route in plan.routes),
        unserved=orders_unserved(problem, plan),
        left_out=len(stops_once(problem.pairs, report.left_out)),
        metres=sum(route.metres for route in plan.routes),
        cents=plan.cents["total"],
        currency=problem.currency,
        plan_id=plan.plan_id,
        unlawful=plan.unlawful or (),
    )
