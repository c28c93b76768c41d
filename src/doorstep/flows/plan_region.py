"""Plan many depots: each is one task, and its answer is kept as soon as it is there.

Answers are kept by run and depot. A worker, a node or the whole run may die: what was kept is not planned again, and
nothing is planned twice into one plan.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from doorstep.domain.units import Seconds
from doorstep.flows.ports import Fan, Kept
from doorstep.operations.night import Work, in_order


class Job(Protocol):
    """What planning one depot takes, and by when it must be there."""

    @property
    def cpu_seconds(self) -> float:
        """Effort, summed over all processes."""

    @property
    def due_at(self) -> Seconds:
        """When its vans are loaded."""


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
