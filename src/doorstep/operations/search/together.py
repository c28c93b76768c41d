"""Several searches of one problem on as many cores: apart at first, then each on its part of the better plan.

Apart, the searches differ only in what they draw. Then they exchange: whole routes of the cheapest plan are dealt out
by where they lie, each search improves its share, the shares are joined again, and dealt out along another line. So
no stop has two masters, and every improvement of every search is kept. Threads: kernels let go of Python's lock.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from doorstep.domain.places import Place
from doorstep.domain.problem import Halt, Problem
from doorstep.domain.units import Seconds
from doorstep.operations.cells import MatrixLegs, cell_problem, joined, regrouped
from doorstep.operations.search.loop import Progress, Result, Stop, search

APART, EXCHANGES = 0.4, 3
"""Share of the time in which the searches know nothing of each other, and how often they exchange in the rest.

By then they have cooled as far as a search begins that is given a plan; from there on all cool together, in rounds.
"""

WORTH_IT = 60
"""Stops from which on a second core is of use; a smaller plan is found before it is shared out."""

Told = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class _Question:
    """What one search is asked."""

    problem: Problem
    start: Mapping[str, Sequence[Halt]] | None
    seed: int


def search_together(
    problem: Problem,
    *,
    seconds: float,
    seed: int,
    searches: int,
    start: Mapping[str, Sequence[Halt]] | None = None,
    on_progress: Told | None = None,
) -> Result:
    """Return the cheapest plan that `searches` searches find together in `seconds` by the clock on the wall.

    One search, or a small problem: `search` itself. Interruption and errors as there.
    """
    if searches < 2 or len(problem.stops) < WORTH_IT:
        return search(problem, seconds=seconds, seed=seed, start=start, on_progress=on_progress)
    team = _Team(seconds, on_progress)
    asked = [_Question(problem, start, seed + k) for k in range(searches)]
    best = min(team.ask(asked, APART, (0.0, APART)), key=lambda found: found.price)
    drawn, already = _drawn(problem), APART if start else 0.0

    def cooled(number: int) -> float:
        """Return how far a search that begins at a plan has cooled after so many exchanges."""
        return already + (1.0 - already) * number / EXCHANGES

    for number in range(EXCHANGES):
        if team.halted.is_set():
            break
        parts = _dealt(drawn, problem, best, searches, seed + searches * (number + 1))
        found = team.ask(parts, (1.0 - APART) / EXCHANGES, (cooled(number), cooled(number + 1)))
        best = _joined(problem, parts, found)
    return replace(
        best, iterations=team.iterations, seconds=team.spent(), trajectory=tuple(team.trajectory),
        interrupted=team.halted.is_set(),
    )  # fmt: skip


class _Team:
    """Searches at work, what they tell, and how they are stopped."""

    def __init__(self, seconds: float, on_progress: Told | None) -> None:
        self.seconds, self.on_progress = seconds, on_progress
        self.began, self.share, self.iterations = time.monotonic(), 0.0, 0
        self.halted, self.telling = threading.Event(), threading.Lock()
        self.trajectory: list[tuple[float, float]] = []

    def spent(self) -> float:
        """Return seconds since the beginning."""
        return time.monotonic() - self.began

    def ask(self, questions: Sequence[_Question], share: float, cooling: tuple[float, float]) -> list[Result]:
        """Return what each search finds in a share of the time and of its cooling; interrupted, what they have."""
        parts = 0 if all(q.problem is questions[0].problem for q in questions) else len(questions)
        latest: dict[int, Progress] = {}
        with ThreadPoolExecutor(len(questions)) as pool:
            running = [
                pool.submit(self._search, question, share, cooling, partial(self._tell, latest, k, share, parts))
                for k, question in enumerate(questions)
            ]
            self._await(running)
            found = [future.result() for future in running]
        self.share += share
        self.iterations += sum(result.iterations for result in found)
        return found

    def _search(self, question: _Question, share: float, cooling: tuple[float, float], told: Told) -> Result:
        left = max(0.01, min(share * self.seconds, (self.share + share) * self.seconds - self.spent()))
        return search(
            question.problem, seconds=left, seed=question.seed, start=question.start, on_progress=told, cooling=cooling
        )

    def _await(self, running: Sequence[Future[Result]]) -> None:
        """Wait for all; an interruption stops them, and so does the first that fails."""
        try:
            wait(running, return_when="FIRST_EXCEPTION")
        except KeyboardInterrupt:
            self.halted.set()
        if any(future.done() and future.exception() for future in running):
            self.halted.set()

    def _tell(self, latest: dict[int, Progress], k: int, share: float, parts: int, told: Progress) -> None:
        """Pass on how far all are: the cheaper of two plans of the whole, or the sum of the plans of `parts` parts."""
        if self.halted.is_set():
            raise Stop
        with self.telling:
            latest[k] = told
            prices = [one.price for one in latest.values()]
            price = sum(prices) if parts else min(prices)
            whole = not parts or len(latest) == parts
            if whole and (not self.trajectory or price < self.trajectory[-1][1]):
                self.trajectory.append((self.spent(), price))
            if self.on_progress is None or k or not whole:
                return
            count = self.iterations + sum(one.iterations for one in latest.values())
            try:
                self.on_progress(Progress(min(1.0, self.share + share * told.share), self.spent(), count, price))
            except Stop:
                self.halted.set()
                raise


def _dealt(drawn: Problem, problem: Problem, best: Result, parts: int, seed: int) -> list[_Question]:
    """Return the best plan's routes dealt out by where they lie, with all that the problem says of them."""
    cells = regrouped(drawn, best.sequences, -(-len(problem.stops) // parts), seed)
    manned = [cell for cell in cells if cell.shift_ids]
    stray = [x for cell in cells if not cell.shift_ids for x in cell.stop_ids]
    manned[0] = replace(manned[0], stop_ids=(*manned[0].stop_ids, *stray))
    legs = MatrixLegs(problem.times)
    return [_Question(cell_problem(problem, cell, legs), cell.start, seed + k) for k, cell in enumerate(manned)]


def _joined(problem: Problem, parts: Sequence[_Question], found: Sequence[Result]) -> Result:
    """Return the parts' plans as one."""
    sequences = joined(zip((part.problem for part in parts), (one.sequences for one in found), strict=True), problem)
    departures: dict[str, Seconds] = {}
    for one in found:
        departures |= one.departures
    price = sum(one.price for one in found)
    return Result(sequences, price, 0, 0.0, (), departures=departures)


def _drawn(problem: Problem) -> Problem:
    """Return the problem with coordinates: its own, or such as its seconds from two far places suggest."""
    if all(place is not None for place in problem.places):
        return problem
    seconds = next(iter(problem.times.values())).mean_seconds()
    one = int(seconds[problem.shifts[0].start].argmax())
    other = int(seconds[one].argmax())
    flat = np.stack([seconds[one], seconds[other]], axis=1).astype(float)
    flat /= max(1.0, float(flat.max()))
    return replace(problem, places=tuple(Place(lon=float(x), lat=float(y)) for x, y in flat))
