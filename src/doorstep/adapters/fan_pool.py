"""Work spread over processes of this machine. A process that dies costs its job another try."""

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, as_completed, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass

from doorstep.domain.errors import Outside

MOST_TRIES = 4
"""Pools that may break over one set of jobs before we give up: something kills them on purpose."""


@dataclass(frozen=True, slots=True)
class _Interruptible[Job, Answer]:
    """A task that hears an interruption (Ctrl-C reaches every process of a terminal); between tasks nobody does."""

    task: Callable[[Job], Answer]

    def __call__(self, job: Job) -> Answer:
        """Do the task."""
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return self.task(job)
        finally:
            _deaf()


def _deaf() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class ProcessFan:
    """A pool of processes, made anew when one of them is killed. Answers are yielded as they come.

    Interrupted, it begins no further job, yields what those under way answer, and passes the interruption on.
    """

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
                ready = _Interruptible(task)
                running: dict[Future[Answer], str] = {pool.submit(ready, job): key for key, job in todo.items()}
                try:
                    for done in as_completed(running):
                        answer = done.result()
                        todo.pop(running[done])
                        yield running[done], answer
                except KeyboardInterrupt:
                    yield from _last({future: key for future, key in running.items() if key in todo})
                    raise
                except BaseException:
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise
            if not todo:
                return
        raise Outside(
            f"Expected {self.workers} processes to live, but they died {MOST_TRIES} times with {len(todo)} jobs open; "
            "check the machine's memory."
        )

    def _pool(self, jobs: int) -> ProcessPoolExecutor:
        # Spawned, not forked: a forked child would inherit the locks of threads it does not have.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(max(1, min(self.workers, jobs)), mp_context=context, initializer=_deaf)


def _last[Answer](running: Mapping[Future[Answer], str]) -> Iterator[tuple[str, Answer]]:
    """Yield the answers of jobs that were under way when somebody interrupted."""
    under_way = {future: key for future, key in running.items() if not future.cancel()}
    wait(under_way)
    for future, key in under_way.items():
        if future.exception() is None:
            yield key, future.result()


class OneProcess:
    """Everything in this very process, one after the other: for tests, and inside a worker."""

    workers = 1

    def results[Job, Answer](
        self, task: Callable[[Job], Answer], jobs: Mapping[str, Job]
    ) -> Iterator[tuple[str, Answer]]:
        """Yield (key, answer) for every job."""
        for key, job in jobs.items():
            yield key, task(job)
