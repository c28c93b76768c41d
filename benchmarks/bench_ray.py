"""Twenty depots planned on a Ray cluster of two nodes, while one worker and then one node is killed at work.

They are planned as `doorstep night FOLDER --cluster` does: a task reads a problem file and writes a plan beside its
problem. Every plan must be there, once, and pass the checker; asked again, the run must find all of them kept. The
cluster is local: its nodes are Ray's own, each with its own workers. Days are of 60 stops and six vans.
"""

import os
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.bench_scale import area
from benchmarks.harness import Row, at_least, at_most, figure
from doorstep.adapters.fan_ray import RayFan
from doorstep.adapters.kept_plans import KeptPlans, pair_path
from doorstep.adapters.plan_pairs import read_pair
from doorstep.adapters.problem_files import write_problem
from doorstep.domain.problem import Problem
from doorstep.domain.units import Seconds
from doorstep.domain.valuation import Rates
from doorstep.flows.plan_region import plan_region
from doorstep.operations.check import check
from doorstep.operations.search.warm import main as warm_kernels
from doorstep.server.commands.night_work import Answer, Book, Effort, FileJob, Target, plan_file

DEPOTS, STOPS, VANS, CAPACITY, KM = 20, 60, 6, 20, 4.4
SECONDS, QUICK_SECONDS = 2.0, 1.0
KILL_WORKER_AFTER, KILL_NODE_AFTER = 4, 8
"""How many answers are there when the worker and the node are killed."""
INSTALL = "ray is not installed: uv sync --extra ray"
RUN = "bench"
Answers = list[tuple[str, Answer]]


def run(quick: bool, worlds: Path | None) -> Sequence[Row]:
    """Plan the depots, kill what is at work, and look at what is there."""
    del worlds
    if find_spec("ray") is None:
        return [Row(f"{DEPOTS} depots on Ray", INSTALL, "", f">= {DEPOTS}", met=False)]
    warm_kernels()
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        jobs = {f"depot-{k:02d}": _job(folder, k, QUICK_SECONDS if quick else SECONDS) for k in range(DEPOTS)}
        book = Book(KeptPlans(folder / "plans", {depot: job.target.asked for depot, job in jobs.items()}))
        notes, began = Notes(folder / "notes"), time.monotonic()
        answers, killed = _planned(jobs, book, notes)
        took = time.monotonic() - began
        again = list(plan_region(RUN, jobs, plan_file, fan=NoFan(), kept=book))
        return [
            *_rows(jobs, answers, killed, notes), *_kept_rows(answers, again), figure("seconds", round(took, 1), "s"),
        ]  # fmt: skip


def _job(folder: Path, k: int, seconds: float) -> FileJob:
    """Write a depot's problem and return what plans it, in so many seconds."""
    depot, out = f"depot-{k:02d}", folder / "plans"
    path = folder / f"{depot}.json"
    write_problem(replace(_day(k), depot_id=depot), path)
    target = Target(depot, pair_path(out, RUN, depot), "as it is")
    target.pair.parent.mkdir(parents=True, exist_ok=True)
    return FileJob(target, Effort(1000 * seconds / STOPS, k), STOPS, Seconds(0), path, None)


def _rows(jobs: Mapping[str, FileJob], answers: Answers, killed: Sequence[str], notes: "Notes") -> Iterator[Row]:
    times = Counter(depot for depot, answer in answers if not answer.row.refused)
    wrong = {depot: said for depot in times if (said := check(*read_pair(jobs[depot].target.pair)).violations)}
    for depot, said in wrong.items():
        print(f"{depot}: {said[0]}")
    yield at_least(f"depots with a plan, of {len(jobs)}", len(times), "", len(jobs))
    yield at_most("depots with more than one", sum(n > 1 for n in times.values()), "", 0)
    yield at_most("plans that the checker refuses", len(wrong), "", 0)
    anew = [depot for depot in dict.fromkeys(killed) if notes.begun[depot] > 1]
    yield at_least("depots under way in what was killed, and begun again", len(anew), "", 2)
    yield figure("jobs begun in all", sum(notes.begun.values()))


def _kept_rows(answers: Answers, again: Answers) -> Iterator[Row]:
    rows = {depot: answer.row for depot, answer in answers}
    same = sum(rows.get(depot) == found.row for depot, found in again)
    yield at_least("asked again: plans kept, the same, with nobody at work", same, "", DEPOTS)


def _planned(jobs: Mapping[str, FileJob], kept: Book, notes: "Notes") -> tuple[Answers, list[str]]:
    """Return the answers as they came, and the jobs that were under way in what was killed."""
    from ray.cluster_utils import Cluster  # noqa: PLC0415 - an extra

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    doomed = cluster.add_node(num_cpus=2)
    fan = RayFan(cluster.address)
    answers, killed = Answers(), list[str]()
    try:
        for answer in plan_region(RUN, jobs, plan_file, fan=NotingFan(fan, notes, fan.workers), kept=kept):
            answers.append(answer)
            if len(answers) == KILL_WORKER_AFTER:
                killed += _kill_worker(notes)
            if len(answers) == KILL_NODE_AFTER:
                killed += notes.under_way_on(doomed.node_id)
                cluster.remove_node(doomed, allow_graceful=False)
    finally:
        fan.close()
        cluster.shutdown()
    notes.read()
    return answers, killed


def _kill_worker(notes: "Notes") -> list[str]:
    """Kill a worker that is in the middle of a job, and return the job."""
    depot, worker = notes.await_work()
    os.kill(worker, signal.SIGKILL)
    return [depot]


def _day(k: int) -> Problem:
    problem = area(STOPS, 500 + k, KM)
    vans = tuple(
        replace(problem.shifts[0], shift_id=f"h{v}", vehicle_id=f"v{v}", capacities=(CAPACITY,)) for v in range(VANS)
    )
    rates = {van.shift_id: Rates(cents_per_km=1000) for van in vans}
    return replace(problem, shifts=vans, valuation=replace(problem.valuation, rates=rates))


# Who works on what


class Notes:
    """Notes that workers leave in a folder: which job was begun and ended in which process of which node."""

    def __init__(self, folder: Path) -> None:
        """Begin with an empty folder."""
        self.folder = folder
        self.begun: Counter[str] = Counter()
        folder.mkdir()

    def under_way(self) -> list[tuple[str, int, str]]:
        """Return job, process and node of what was begun and has not ended."""
        ended = {path.stem for path in self.folder.glob("*.ended")}
        names = [path.stem for path in self.folder.glob("*.begun") if path.stem not in ended]
        return [(job, int(process), node) for job, process, node in (name.split("|") for name in names)]

    def under_way_on(self, node: str) -> list[str]:
        """Return the jobs that are under way on a node, as soon as there is one."""
        for _ in range(200):
            found = [job for job, process, where in self.under_way() if where == node and _lives(process)]
            if found:
                return found
            time.sleep(0.02)
        return []

    def await_work(self) -> tuple[str, int]:
        """Return a job that is under way, and its process, as soon as there is one."""
        for _ in range(200):
            found = [(job, process) for job, process, _ in self.under_way() if _lives(process)]
            if found:
                return found[0]
            time.sleep(0.02)
        raise RuntimeError("Expected somebody at work, found nobody.")

    def read(self) -> None:
        """Count how often each job was begun."""
        self.begun = Counter(path.name.split("|")[0] for path in self.folder.glob("*.begun"))


def _lives(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


@dataclass(frozen=True)
class NotedJob:
    """A job, who does it, and where to leave notes about it."""

    task: Callable[[Any], Any]
    job: Any
    name: str
    folder: Path


def noted(noted_job: NotedJob) -> Any:
    """Do a job; say before and after in which process of which node."""
    import ray  # noqa: PLC0415 - an extra

    node = ray.get_runtime_context().get_node_id()
    note = noted_job.folder / f"{noted_job.name}|{os.getpid()}|{node}"
    note.with_name(f"{note.name}.begun").touch()
    answer = noted_job.task(noted_job.job)
    note.with_name(f"{note.name}.ended").touch()
    return answer


@dataclass
class NotingFan:
    """A fan whose workers leave notes."""

    fan: RayFan
    notes: Notes
    workers: int

    def results[Job, Answer](
        self, task: Callable[[Job], Answer], jobs: Mapping[str, Job]
    ) -> Iterator[tuple[str, Answer]]:
        """Yield (key, answer) once for every job."""
        return self.fan.results(noted, {key: NotedJob(task, job, key, self.notes.folder) for key, job in jobs.items()})


class NoFan:
    """Nobody at work: for a run of which everything is kept."""

    workers = 0

    def results[Job, Answer](
        self, task: Callable[[Job], Answer], jobs: Mapping[str, Job]
    ) -> Iterator[tuple[str, Answer]]:
        """Yield nothing."""
        del task, jobs
        yield from ()
