"""Plan many depots: each is one task, and its answer is kept as soon as it is there.

Answers are kept by run and depot. A worker, a node or the whole run may die: what was kept is not planned again, and
nothing is planned twice into one plan.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from doorstep.domain.problem import Halt, Problem
from doorstep.domain.units import Seconds
from doorstep.flows.plan_area import CELL, plan_area
from doorstep.flows.ports import Fan, Kept
from doorstep.operations.night import Work, in_order

Sequences = Mapping[str, tuple[Halt, ...]]


class Job(Protocol):
    """What planning one depot takes, and by when it must be there."""

    @property
    def cpu_seconds(self) -> float:
        """Effort, summed over all processes."""

    @property
    def due_at(self) -> Seconds:
        """When its vans are loaded."""


@dataclass(frozen=True, slots=True)
class DepotJob:
    """One depot's day with the travel between its places.

    `fan` works inside the task (None: the task's own process). What is due earlier is begun earlier.
    """

    problem: Problem
    cpu_seconds: float
    seed: int
    fan: Fan | None = None
    size: int = CELL
    due_at: Seconds = Seconds(0)


def plan_depot(job: DepotJob) -> Sequences:
    """Plan one depot in the process that runs the task."""
    area = plan_area(job.problem, cpu_seconds=job.cpu_seconds, seed=job.seed, fan=job.fan, size=job.size)
    return area.sequences


def plan_region[Asked: Job, Answer](
    run_id: str,
    jobs: Mapping[str, Asked],
    task: Callable[[Asked], Answer],
    *,
    fan: Fan,
    kept: Kept[Answer],
) -> Iterator[tuple[str, Answer]]:
    """Yield every depot's answer once, those kept by an earlier try of this run first.

    Raises Outside, all others yielded, for depots whose workers keep dying; the same call tries these again.
    """
    found = {depot: answer for depot in jobs if (answer := kept.get(run_id, depot)) is not None}
    yield from found.items()
    work = [Work(d, job.cpu_seconds, Seconds(0), job.due_at) for d, job in jobs.items() if d not in found]
    for depot, answer in fan.results(task, {w.depot_id: jobs[w.depot_id] for w in in_order(work)}):
        kept.put(run_id, depot, answer)
        yield depot, answer
