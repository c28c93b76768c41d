"""Work spread over processes: every job is answered once, whoever dies."""

import os
import signal
from pathlib import Path

import pytest

from doorstep.adapters.errors import JobsLost
from doorstep.adapters.fan_pool import OneProcess, ProcessFan


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


def killed_always(job: tuple[int, str]) -> int:
    """Note that we were there, and end the process without a word."""
    number, folder = job
    if number == 3:
        with (Path(folder) / str(number)).open("a") as file:
            file.write("x")
        os._exit(1)
    return number


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


def test_a_job_that_kills_its_process_is_tried_twice_and_keeps_no_other_from_its_answer(tmp_path):
    jobs = {str(k): (k, str(tmp_path)) for k in range(6)}
    answers: list[tuple[str, int]] = []
    with ProcessFan(2) as fan:
        with pytest.raises(JobsLost, match="3: Expected its process to live, but it died twice") as lost:
            answers.extend(fan.results(killed_always, jobs))
        after = list(fan.results(squared, {"a": 2}))

    assert sorted(answers) == [(str(k), k) for k in (0, 1, 2, 4, 5)]
    assert list(lost.value.why) == ["3"]
    assert len((tmp_path / "3").read_text()) == 2
    assert after == [("a", 4)]
