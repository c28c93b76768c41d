"""Work spread over the nodes of a Ray cluster. A worker or a node that dies costs its job another try.

Ray's own retries answer for dead workers; a job whose node went with its answer is sent again by us, so that every key
is answered once whoever dies. Needs the extra `doorstep[ray]`.
"""

import importlib
import logging
import socket
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from doorstep.adapters.errors import JobsLost
from doorstep.domain.errors import Outside

MOST_TRIES = 5
"""How often one job is sent before we give up on it."""

PATIENCE_S = 10.0
"""How long an address may take to answer."""

logger = logging.getLogger(__name__)


def ray_package() -> Any:
    """Return the package; raises Outside where the extra is not installed."""
    try:
        return importlib.import_module("ray")
    except ImportError as missing:
        raise Outside(
            "Expected the package ray, found none; install doorstep[ray], or leave --cluster away, for processes "
            "of this machine."
        ) from missing


def _refuse_silent(address: str | None) -> None:
    """Raise Outside where nobody listens at an address with a port: Ray itself would try for minutes."""
    host, _, port = (address or "").removeprefix("ray://").rpartition(":")
    if not host or not port.isdecimal():
        return
    try:
        socket.create_connection((host, int(port)), timeout=PATIENCE_S).close()
    except (OSError, OverflowError) as error:
        raise _no_cluster(address, error) from error


def _no_cluster(address: str | None, error: Exception) -> Outside:
    why = f"{type(error).__name__}: {error}".rstrip(".")
    return Outside(
        f"Expected a Ray cluster at {address or 'this machine'}, got {why}. Start one with ray start --head, correct "
        "the address, or leave --cluster away, for processes of this machine."
    )


class RayFan:
    """Jobs as Ray tasks, at most two per processor of the cluster under way. Close it to leave the cluster."""

    def __init__(self, address: str | None = None, cpus_per_job: float = 1.0) -> None:
        """Join the cluster at `address`, such as `ray://host:10001` or `auto`; without one, start Ray here.

        Raises Outside where nobody listens there.
        """
        self.cpus_per_job, self.ray = cpus_per_job, ray_package()
        if self.ray.is_initialized():
            return
        _refuse_silent(address)
        beginning = {} if address else {"include_dashboard": False}
        try:
            self.ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, **beginning)
        except (OSError, ValueError, RuntimeError) as error:
            raise _no_cluster(address, error) from error

    @property
    def workers(self) -> int:
        """Return how many jobs the cluster can do at once."""
        return max(1, int(self.ray.cluster_resources().get("CPU", 1) / self.cpus_per_job))

    def results[Job, Answer](
        self, task: Callable[[Job], Answer], jobs: Mapping[str, Job]
    ) -> Iterator[tuple[str, Answer]]:
        """Yield (key, answer) once for every job; raises JobsLost at the end for those that died again and again."""
        remote: Any = self.ray.remote(num_cpus=self.cpus_per_job, max_retries=MOST_TRIES)(task)
        waiting, running, tries = list(jobs), dict[Any, str](), dict.fromkeys(jobs, 0)
        why: dict[str, str] = {}
        while waiting or running:
            while waiting and len(running) < 2 * self.workers:
                key = waiting.pop(0)
                tries[key] += 1
                running[remote.remote(jobs[key])] = key
            done, _ = self.ray.wait(list(running), num_returns=1)
            key = running.pop(done[0])
            lost = self._lost(done[0])
            if lost is None:
                yield key, self.ray.get(done[0])
            elif tries[key] == MOST_TRIES:
                why[key] = (
                    f"Expected its worker to live, but it died {MOST_TRIES} times ({lost}); check the memory of the "
                    "cluster's nodes."
                )
            else:
                logger.warning("job=%s lost=%s try=%d", key, lost, tries[key] + 1)
                waiting.append(key)
        if why:
            raise JobsLost(why)

    def close(self) -> None:
        """Leave the cluster, and end it where we started it."""
        self.ray.shutdown()

    def _lost(self, answer: Any) -> str | None:
        """Return what became of an answer that nobody will ever get, None where it is there; raises a task's own."""
        try:
            self.ray.get(answer)
        except self.ray.exceptions.RayTaskError:
            raise
        except self.ray.exceptions.RayError as lost:
            return type(lost).__name__
        return None
