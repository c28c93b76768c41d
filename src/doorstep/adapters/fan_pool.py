"""Work spread over processes of this machine. A process that dies costs its job another try."""

import multiprocessing
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress

from doorstep.domain.errors import Outside

MOST_TRIES = 4
"""Pools that may break over one set of jobs before we give up: something kills them on purpose."""


class ProcessFan:
    """A pool of processes, made anew when one of them is killed. Answers are yielded as they come."""

    def __init__(self, workers: int) -> None:
        """Prepare for `workers` processes; none is started before there is work."""
        self.workers = workers

    def results[Job, Answer](
        self, task: Callable[[Job], Answer], jobs: Mapping[str, Job]
    ) -> Iterator[tuple[str, Answer]]:
        """Yield (key, answer) once for every job; raises Outside when processes keep dying, and what a task raises."""
        todo = dict(jobs)
        for _ in range(MOST_TRIES):
            with suppress(BrokenProcessPool), self._pool(len(todo)) as pool:
                running: dict[Future[Answer], str] = {pool.submit(task, job): key for key, job in todo.items()}
                for done in as_completed(running):
                    answer = done.result()
                    todo.pop(running[done])
                    yield running[done], answer
            if not todo:
                return
        raise Outside(
            f"Expected {self.workers} processes to live, but they died {MOST_TRIES} times with {len(todo)} jobs open; "
            "check the machine's memory."
        )

    def _pool(self, jobs: int) -> ProcessPoolExecutor:
        # Spawned, not forked: a forked child would inherit the locks of threads it does not have.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(max(1, min(self.workers, jobs)), mp_context=context)


class OneProcess:
    """Everything in this very process, one after the other: for tests, and inside a worker."""

    workers = 1

    def results[Job, Answer](
        self, task: Callable[[Job], Answer], jobs: Mapping[str, Job]
    ) -> Iterator[tuple[str, Answer]]:
        """Yield (key, answer) for every job."""
        for key, job in jobs.items():
            yield key, task(job)
