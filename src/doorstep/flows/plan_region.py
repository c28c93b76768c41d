"""Plan many depots: each is one task, and its answer is kept as soon as it is there.

Answers are kept by run and depot. A worker, a node or the whole run may die: what was kept is not planned again, and
nothing is planned twice into one plan.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from doorstep.domain.problem import Halt, Problem
from doorstep.domain.units import Seconds
from doorstep.flows.plan_area import CELL, plan_area
from doorstep.flows.ports import Fan, Kept
from doorstep.operations.cells import Legs
from doorstep.operations.night import Work, in_order

Sequences = Mapping[str, tuple[Halt, ...]]


@dataclass(frozen=True, slots=True)
class DepotJob:
    """One depot's day: stops and shifts without matrices, and who gives out travel.

    `fan` works inside the task. What is due earlier is begun earlier.
    """

    problem: Problem
    legs: Legs
    cpu_seconds: float
    seed: int
    fan: Fan
    size: int = CELL
    due_at: Seconds = Seconds(0)


def plan_depot(job: DepotJob) -> Sequences:
    """Plan one depot in the process that runs the task."""
    return plan_area(job.problem, job.legs, cpu_seconds=job.cpu_seconds, seed=job.seed, fan=job.fan, size=job.size)


def plan_region(
    run_id: str,
    jobs: Mapping[str, DepotJob],
    *,
    fan: Fan,
    kept: Kept,
    on_progress: Callable[[int], None] | None = None,
) -> Iterator[tuple[str, Sequences]]:
    """Yield every depot's halts once, those kept by an earlier try of this run first.

    Raises Outside when workers keep dying; what was yielded is kept, and the same call goes on from there.
    """
    found = {depot: answer for depot in jobs if (answer := kept.get(run_id, depot)) is not None}
    yield from found.items()
    done = len(found)
    work = [Work(d, job.cpu_seconds, Seconds(0), job.due_at) for d, job in jobs.items() if d not in found]
    for depot, answer in fan.results(plan_depot, {w.depot_id: jobs[w.depot_id] for w in in_order(work)}):
        kept.put(run_id, depot, answer)
        done += 1
        if on_progress:
            on_progress(done)
        yield depot, answer
