"""Plan an area too large for one search: cell by cell, in rounds, on as many processes as there are."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from doorstep.domain.problem import Halt, Problem
from doorstep.domain.units import Seconds
from doorstep.flows.ports import Fan
from doorstep.operations.cells import Cell, MatrixLegs, begun_cells, cell_problem, joined, regrouped
from doorstep.operations.search import Progress, Result, search

SHARES = (0.4, 0.2, 0.2, 0.2)
"""What each round gets of the whole effort: the first builds, the others mend what borders spoiled."""

DEAR_SHARES = (0.6, 0.4)
"""The same where travel is dear, as on roads: every round asks for the legs of its cells anew."""

DEAR_CELL = 2000
"""Stops of a cell there: half as many legs for each stop."""

CELL = 4000
"""Stops of a cell. Up to here one search of everything was measured to be better than cells, however many."""

Sequences = Mapping[str, Sequence[Halt]]
Told = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class CellJob:
    """All that one search of one cell needs; a task is pure, so a lost one is simply done again."""

    problem: Problem
    start: Mapping[str, tuple[Halt, ...]]
    cpu_seconds: float
    seed: int


@dataclass(frozen=True, slots=True)
class Area:
    """What was found: halts and departures as a search gives them, its price, and how many cells there were.

    `prices` has the price after each round, which never rises. `interrupted`: it ended before its time, and `share` of
    the effort was in rounds that had ended.
    """

    sequences: Mapping[str, tuple[Halt, ...]]
    departures: Mapping[str, Seconds]
    prices: tuple[float, ...]
    cells: int
    interrupted: bool = False
    share: float = 1.0


def search_cell(job: CellJob) -> Result:
    """Search one cell; no worse than its start."""
    return search(job.problem, seconds=job.cpu_seconds, seed=job.seed, start=job.start or None, cpu_clock=True)


def plan_area(  # noqa: PLR0913 - each is named where it is given
    problem: Problem,
    *,
    cpu_seconds: float,
    seed: int,
    fan: Fan | None = None,
    size: int = CELL,
    start: Sequences | None = None,
    shares: Sequence[float] = SHARES,
    on_progress: Told | None = None,
) -> Area:
    """Return what the searches of cells of about `size` stops find; each cell builds matrices of its own alone.

    `cpu_seconds` are summed over all processes; without a `fan` it is this one. Interrupted (Ctrl-C), it returns what
    there is: cells that were not ended keep the routes they began with.
    """
    cells = begun_cells(problem, start or {}, size, seed)
    shares = shares if len(cells) > 1 else (1.0,)
    team = _Team(problem, fan, cpu_seconds, on_progress)
    for number, share in enumerate(shares):
        team.play(cells, share, seed + 1000 * number)
        if team.interrupted:
            break
        cells = regrouped(problem, team.sequences, size, seed + number)
    return Area(team.sequences, team.departures, tuple(team.prices), team.cells, team.interrupted, team.share)


@dataclass(slots=True)
class _Team:
    """Rounds of searches, and the plan as it stands."""

    problem: Problem
    fan: Fan | None
    cpu_seconds: float
    on_progress: Told | None
    sequences: dict[str, tuple[Halt, ...]] = field(default_factory=dict)
    departures: dict[str, Seconds] = field(default_factory=dict)
    prices: list[float] = field(default_factory=list)
    cells: int = 0
    share: float = 0.0
    iterations: int = 0
    began: float = field(default_factory=time.monotonic)
    interrupted: bool = False

    def play(self, cells: Sequence[Cell], share: float, seed: int) -> None:
        """Search all cells of a round and join what they find."""
        jobs = {f"{seed}.{k}": self._job(cell, share, seed + k) for k, cell in enumerate(cells) if _manned(cell)}
        self.cells = self.cells or len(jobs)
        found = dict(self._answers(jobs, share))
        kept = joined(((job.problem, job.start) for key, job in jobs.items() if key not in found), self.problem)
        departed = {shift: at for shift, at in self.departures.items() if shift in kept}
        self.sequences = kept | joined(((jobs[k].problem, one.sequences) for k, one in found.items()), self.problem)
        self.departures = departed | {s: at for one in found.values() for s, at in one.departures.items()}
        if not self.interrupted:
            self.prices.append(sum(one.price for one in found.values()))
            self.share += share

    def _job(self, cell: Cell, share: float, seed: int) -> CellJob:
        part = len(cell.stop_ids) / max(1, len(self.problem.stops))
        return CellJob(
            cell_problem(self.problem, cell, MatrixLegs(self.problem.times)),
            {shift: tuple(halts) for shift, halts in cell.start.items()},
            self.cpu_seconds * share * part,
            seed,
        )

    def _answers(self, jobs: Mapping[str, CellJob], share: float) -> Iterator[tuple[str, Result]]:
        """Yield what the cells find, and tell how far the round is."""
        price, done = 0.0, 0.0
        try:
            here = ((key, search_cell(job)) for key, job in jobs.items())
            for key, answer in self.fan.results(search_cell, jobs) if self.fan else here:
                yield key, answer
                self.interrupted |= answer.interrupted
                self.iterations += answer.iterations
                price += answer.price
                done += len(jobs[key].problem.stops) / max(1, len(self.problem.stops))
                self._tell(min(1.0, self.share + share * done), self.prices[-1] if self.prices else price)
                if self.interrupted and self.fan is None:
                    return
        except KeyboardInterrupt:
            self.interrupted = True

    def _tell(self, share: float, price: float) -> None:
        if self.on_progress is not None:
            self.on_progress(Progress(share, time.monotonic() - self.began, self.iterations, price))


def _manned(cell: Cell) -> bool:
    return bool(cell.stop_ids and cell.shift_ids)
