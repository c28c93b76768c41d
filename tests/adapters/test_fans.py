"""Work spread over processes: every job is answered once, whoever dies."""

import os
import signal
from pathlib import Path

import pytest

from doorstep.adapters.fan_pool import OneProcess, ProcessFan
from doorstep.domain.errors import Outside


def squared(job: int) -> int:
    return job * job


def refused(job: int) -> int:
    raise ValueError(f"no {job}")


def killed_once(job: tuple[int, str]) -> int:
    """Kill our own process the first time, as the kernel does when memory runs out."""
    number, folder = job
    mark = Path(folder) / str(number)
    if number == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def killed_always(job: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return job


@pytest.mark.parametrize("fan", [OneProcess(), ProcessFan(2)])
def test_every_job_is_answered_once(fan):
    answers = list(fan.results(squared, {str(k): k for k in range(5)}))

    assert sorted(answers) == [(str(k), k * k) for k in range(5)]


def test_what_a_task_raises_is_raised():
    with pytest.raises(ValueError, match="no 1"):
        list(ProcessFan(2).results(refused, {"a": 1}))


def test_a_killed_worker_costs_a_retry(tmp_path):
    jobs = {str(k): (k, str(tmp_path)) for k in range(6)}
    answers = list(ProcessFan(2).results(killed_once, jobs))

    assert sorted(answers) == [(str(k), k) for k in range(6)]


@pytest.mark.slow
def test_processes_that_keep_dying_are_given_up_with_a_sentence():
    with pytest.raises(Outside, match="died 4 times"):
        list(ProcessFan(1).results(killed_always, {"a": 1}))
