"""A day rehearsed in a world, for the demo and the benchmarks: imported, learned from, planned both ways, driven."""

import hashlib
import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from doorstep.adapters.company_files.folder import CompanyFolder, Options
from doorstep.adapters.problem_files import problem_sha256
from doorstep.domain.errors import OurBug
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Problem
from doorstep.flows import nouns
from doorstep.flows.drive_plan import DrivenMoney, drive_many
from doorstep.flows.import_company import import_company
from doorstep.flows.models import Models
from doorstep.flows.plan_day import Question, expected, question
from doorstep.flows.ports import Roads, Store, World
from doorstep.flows.solve import solve
from doorstep.operations.sameness import asks_the_same
from doorstep.server import wiring
from doorstep.server.settings import Settings
from doorstep.server.worlds import CsvDrives

COMPANY = "rehearsal"

Stage = Callable[[str], AbstractContextManager[object]]
"""What shows that a stage runs; see `server.terminal.Progress.stage`."""


def quietly(_: str) -> AbstractContextManager[object]:
    """Show nothing."""
    return nullcontext()


@dataclass(frozen=True, slots=True, eq=False)
class Rehearsal:
    """A world's company, ready to be planned for its last day, on which nobody has driven yet."""

    world: World
    store: Store
    day: str
    models: Models
    asked: Question
    roads: Callable[[str], Roads]
    streets: Path

    def drive(self, plan: Plan, seeds: Sequence[int]) -> list[DrivenMoney]:
        """Return what a plan earned under each seed."""
        return drive_many(self.world, plan, seeds, CsvDrives(), self.asked.nouns.company.tariff, self.promises())

    def promises(self) -> Mapping[str, str]:
        """Return the promised end of every order of the day, '' where there is none."""
        wanted = {order.order_id for order in self.asked.nouns.orders}
        bodies = (fact.body for fact in self.store.current(COMPANY, "order") if fact.key in wanted)
        return {body["order_id"]: body.get("promised_end", "") for body in bodies}


def rehearsed(world: World, folder: Path, settings: Settings, *, seed: int, stage: Stage = quietly) -> Rehearsal:
    """Write a world's company to `folder`, import it, learn, and ask the question of its last day."""
    with stage("Make the town and its past"):
        world.write(folder)
    store = wiring.memory_store()
    with stage("Import the company's folder"):
        _import(store, folder)
    roads, day = wiring.roads_of(store, COMPANY, settings), nouns.last_due(store, COMPANY)
    with stage("Build the roads, six traffic slots"):
        roads("car")
    with stage("Learn from the past, score on held-out days"):
        models = wiring.learn_company(store, COMPANY, seed=seed)
    with stage("Travel times and prices of tomorrow"):
        asked = question(store, COMPANY, day, models, roads)
    return Rehearsal(world, store, day, models, asked, roads, wiring.streets_of(store, COMPANY))


def _import(store: Store, folder: Path) -> None:
    source = CompanyFolder(folder, Options(now=datetime.now(UTC).isoformat(timespec="seconds")))
    done = import_company(store, source, COMPANY, keep_good=False, dry_run=False)
    if done.refused:
        raise OurBug(f"Expected a world to write a folder that imports; {'; '.join(source.troubles.lines()[:3])}.")


@dataclass(frozen=True, slots=True, eq=False)
class BothPlans:
    """The day under both objectives. `same`: the two questions were one, so one search answered both."""

    efficiency: Plan
    profit: Plan
    same: bool


def search_pool() -> ProcessPoolExecutor:
    """Return two processes to search in, so that each objective has a core of its own."""
    return ProcessPoolExecutor(max_workers=2, mp_context=multiprocessing.get_context("spawn"))


def planned_both_ways(asked: Question, pool: ProcessPoolExecutor, *, seconds: float, seed: int) -> BothPlans:
    """Return both plans, searched side by side with the same seconds and seed, one core each."""
    problems = asked.problems
    same = asks_the_same(problems["efficiency"], problems["profit"])
    first = searched(problems["efficiency"], pool, seconds=seconds, seed=seed)
    second = first if same else searched(problems["profit"], pool, seconds=seconds, seed=seed)
    return BothPlans(
        efficiency=expected(asked, "efficiency", first.result()),
        profit=expected(asked, "profit", second.result()),
        same=same,
    )


def searched(problem: Problem, pool: ProcessPoolExecutor, *, seconds: float, seed: int) -> "Future[Plan]":
    """Return the plan of one problem, being searched in another process."""
    return pool.submit(_search, problem, seconds, seed, problem_sha256(problem))


def _search(problem: Problem, seconds: float, seed: int, sha256: str) -> Plan:
    plan, _ = solve(problem, seconds=seconds, seed=seed, problem_sha256=sha256)
    return plan


def drive_seeds(seed: int, drives: int) -> list[int]:
    """Return the seeds of the drives: a function of the run's seed alone."""
    digest = hashlib.blake2b(f"drives {seed}".encode(), digest_size=4).digest()
    start = int.from_bytes(digest) % 1_000_000
    return list(range(start, start + drives))
