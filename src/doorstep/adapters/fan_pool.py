"""Work spread over processes of this machine. A process that dies costs its job another try, and no other job."""

import multiprocessing
import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Set
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Self

from doorstep.adapters.errors import JobsLost

MOST_TRIES = 2
"""How often one job is begun: where it kills its process again, it would do so in the morning."""

WHY = "Expected its process to live, but it died twice; check the machine's memory, or let fewer run at once."


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
    """Processes, each a pool of its own, so that one that dies takes its own job with it and no other.

    Answers are yielded as they come; a job whose process died is tried once more, after all others. Interrupted, it
    begins no further job, yields what those under way answer, and passes the interruption on. In a `with` the processes
    stay between one set of jobs and the next, which saves their beginning.
    """

    def __init__(self, workers: int) -> None:
        """Prepare for `workers` processes; none is started before there is work."""
        self.workers = workers
        self._stays = False
        self._pools: list[ProcessPoolExecutor] = []

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
        """Yield (key, answer) for every job; raises what a task raises, and JobsLost when all others are answered."""
        try:
            yield from self._results(task, jobs)
        except BaseException:
            self._leave()
            raise
        if not self._stays:
            self._leave()

    def _results[Job, Answer](
        self, task: Callable[[Job], Answer], jobs: Mapping[str, Job]
    ) -> Iterator[tuple[str, Answer]]:
        ready, died, waiting = _Interruptible(task), Counter[str](), deque(jobs)
        running: dict[Future[Answer], tuple[str, ProcessPoolExecutor]] = {}
        try:
            while waiting or running:
                while waiting and len(running) < self.workers:
                    pool, future = self._begun(ready, jobs[waiting[0]], {pool for _, pool in running.values()})
                    running[future] = waiting.popleft(), pool
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    key, pool = running.pop(future)
                    if not isinstance(future.exception(), BrokenProcessPool):
                        yield key, future.result()
                        continue
                    self._pools.remove(pool)
                    died[key] += 1
                    waiting.extend([key] * (died[key] < MOST_TRIES))
        except KeyboardInterrupt:
            yield from _last({future: key for future, (key, _) in running.items()})
            raise
        lost = [key for key, times in died.items() if times == MOST_TRIES]
        if lost:
            raise JobsLost(dict.fromkeys(lost, WHY))

    def _begun[Job, Answer](
        self, task: Callable[[Job], Answer], job: Job, busy: Set[ProcessPoolExecutor]
    ) -> tuple[ProcessPoolExecutor, Future[Answer]]:
        """Give a job to a process that has nothing to do, or to a new one; those that died meanwhile are let go."""
        for pool in [pool for pool in self._pools if pool not in busy]:
            try:
                return pool, pool.submit(task, job)
            except BrokenProcessPool:
                self._pools.remove(pool)
        # Spawned, not forked: a forked child would inherit the locks of threads it does not have.
        context = multiprocessing.get_context("spawn")
        self._pools.append(ProcessPoolExecutor(1, mp_context=context, initializer=_begin))
        return self._pools[-1], self._pools[-1].submit(task, job)

    def _leave(self) -> None:
        """Let the processes go, once they have ended what they are doing."""
        pools, self._pools = self._pools, []
        for pool in pools:
            pool.shutdown(wait=False, cancel_futures=True)
        for pool in pools:
            pool.shutdown(wait=True)


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
