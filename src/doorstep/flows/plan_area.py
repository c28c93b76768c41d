"""Plan an area too large for one search: cell by cell, in rounds, on as many processes as there are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from doorstep.domain.problem import Halt, Problem
from doorstep.flows.ports import Fan
from doorstep.operations.cells import Legs, cell_problem, first_cells, joined, regrouped
from doorstep.operations.search import search

SHARES = (0.4, 0.2, 0.2, 0.2)
"""What each round gets of the whole effort: the first builds, the others mend what borders spoiled."""

CELL = 4000
"""Stops of a cell. Up to here one search of everything was measured to be better than cells, however many."""

Sequences = Mapping[str, tuple[Halt, ...]]


@dataclass(frozen=True, slots=True)
class CellJob:
    """All that one search of one cell needs; a task is pure, so a lost one is simply done again."""

    problem: Problem
    start: Mapping[str, tuple[Halt, ...]]
    cpu_seconds: float
    seed: int


def search_cell(job: CellJob) -> Sequences:
    """Search one cell; no worse than its start."""
    found = search(job.problem, seconds=job.cpu_seconds, seed=job.seed, start=job.start or None, cpu_clock=True)
    return found.sequences


def plan_area(  # noqa: PLR0913 - each is named where it is given
    problem: Problem,
    legs: Legs,
    *,
    cpu_seconds: float,
    seed: int,
    fan: Fan,
    size: int = CELL,
    on_progress: Callable[[float], None] | None = None,
) -> dict[str, tuple[Halt, ...]]:
    """Return the halts of every driven shift; `problem.times` plays no part, `legs` gives each cell its own.

    `cpu_seconds` are summed over all processes. Raises UnplannableInput where a stop has no coordinates.
    """
    cells, found = first_cells(problem, size), {}
    shares = SHARES if len(cells) > 1 else (1.0,)
    for number, share in enumerate(shares):
        jobs = {
            f"{number}.{k}": CellJob(
                cell_problem(problem, cell, legs),
                {shift: tuple(halts) for shift, halts in cell.start.items()},
                cpu_seconds * share * len(cell.stop_ids) / max(1, len(problem.stops)),
                seed + 1000 * number + k,
            )
            for k, cell in enumerate(cells)
            if cell.stop_ids and cell.shift_ids
        }
        answers = dict(fan.results(search_cell, jobs))
        found = joined(((jobs[key].problem, answers[key]) for key in jobs), problem)
        if on_progress:
            on_progress(sum(shares[: number + 1]))
        cells = regrouped(problem, found, size, seed + number)
    return found
