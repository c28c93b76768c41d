"""Work spread over processes of this machine. A process that dies costs its job another try."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, as_completed, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Self

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


def _begin() -> None:
    """Prepare a worker: it does not outlive who asks it, however that one dies."""
    _deaf()
    threading.Thread(target=_follow, daemon=True).start()


def _follow() -> None:
    asking = multiprocessing.parent_process()
    if asking is not None:
        asking.join()
        os._exit(1)


class ProcessFan:
    """A pool of processes, made anew when one of them is killed. Answers are yielded as they come.

    Interrupted, it begins no further job, yields what those under way answer, and passes the interruption on. In a
    `with` the processes stay between one set of jobs and the next, which saves their beginning.
    """

    def __init__(self, workers: int) -> None:
        """Prepare for `workers` processes; none is started before there is work."""
        self.workers = workers
        self._stays = False
        self._staying: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        """Let processes stay."""
        self._stays = True
        return self

    def __exit__(self, *_: object) -> None:
        """Let them go."""
        self._stays = False
        self._leave()

    def results[Job, Answer](
        self, task: Callable[[Job], Answer], jobs: Mapping[str, Job]
    ) -> Iterator[tuple[str, Answer]]:
        """Yield (key, answer) once for every job; raises Outside when processes keep dying, and what a task raises."""
        todo = dict(jobs)
        for _ in range(MOST_TRIES):
            with suppress(BrokenProcessPool), self._pool() as pool:
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
            if not todo:
                return
        raise Outside(
            f"Expected {self.workers} processes to live, but they died {MOST_TRIES} times with {len(todo)} jobs open; "
            "check the machine's memory."
        )

    @contextmanager
    def _pool(self) -> Iterator[ProcessPoolExecutor]:
        """Give a pool, and let it go afterwards unless its processes are to stay; one that fails goes at once."""
        # Spawned, not forked: a forked child would inherit the locks of threads it does not have.
        context = multiprocessing.get_context("spawn")
        if self._staying is None:
            self._staying = ProcessPoolExecutor(self.workers, mp_context=context, initializer=_begin)
        try:
            yield self._staying
        except BaseException:
            self._leave()
            raise
        if not self._stays:
            self._leave()

    def _leave(self) -> None:
        """Let the processes go, once they have ended what they are doing."""
        pool, self._staying = self._staying, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)


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
