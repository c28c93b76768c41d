"""Search in chunks: the clock, progress, interruption, and the choice of a kernel."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from doorstep.domain.problem import Halt, Problem
from doorstep.domain.units import Seconds
from doorstep.operations.errors import KernelDisagrees
from doorstep.operations.must_serve import must_count
from doorstep.operations.rest_of_day import has_begun, rest_of_day, whole_day, without_past
from doorstep.operations.search.cache import await_compiled, roomy
from doorstep.operations.search.refusals import refuse_bad_start, refuse_unplannable
from doorstep.operations.search.rich_twin import refuse_disagreement
from doorstep.operations.search.twin import twin_route
from doorstep.operations.search.widths import metre_unit

CHUNK_SECONDS = 0.03
"""How long the kernel runs before it looks up."""

CHUNK_ITERATIONS = 1000
"""Iterations of a chunk where iterations, not seconds, are counted."""

FIRST_CHUNK = 16
"""Iterations of the first chunk where seconds are counted: where breaks are placed, one can take 5 ms."""


class Stop(Exception):
    """Raise this from `on_progress` to end a search early; the best plan so far is returned."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search is. `share` is in [0, 1]; `price` in cents, unrounded, is the best plan's."""

    share: float
    seconds: float
    iterations: int
    price: float


@dataclass(frozen=True, slots=True)
class Result:
    """What a search found: halts in order by shift id; shifts and stops that are not named stay at the depot.

    `departures` says when shifts leave that may choose; who isn't named leaves when it starts. `price` is in cents,
    unrounded, a stop that must be served and isn't counting `must_count`. `trajectory` holds (seconds, price) whenever
    the best improved. `interrupted`: it ended before its time.
    """

    sequences: Mapping[str, tuple[Halt, ...]]
    price: float
    iterations: int
    seconds: float
    trajectory: tuple[tuple[float, float], ...]
    interrupted: bool = False
    departures: Mapping[str, Seconds] = field(default_factory=dict)


class Run(Protocol):
    """A search in progress."""

    @property
    def price(self) -> float:
        """Return the best plan's price in cents."""

    def advance(self, iterations: int, done: float, step: float) -> None:
        """Run a chunk."""

    def sequences(self) -> Mapping[str, tuple[Halt, ...]]:
        """Return the best plan."""

    def departures(self) -> Mapping[str, Seconds]:
        """Return when the best plan's shifts leave, as far as they may choose."""


@roomy
def search(  # noqa: PLR0913 - a search has this many settings, and each is named where it is given
    problem: Problem,
    *,
    seconds: float,
    seed: int,
    iterations: int | None = None,
    start: Mapping[str, Sequence[Halt]] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    cpu_clock: bool = False,
    cooling: tuple[float, float] = (0.0, 1.0),
) -> Result:
    """Return the cheapest plan found in `seconds`; it satisfies every hard constraint.

    The clock starts when kernels are compiled and data is laid out. With `iterations` no clock is looked at:
    the same problem, seed and count give the same plan. `cpu_clock` counts processor seconds. Prices that differ by a
    constant at a stop give the same plan. `cooling` is which part of a whole search's cooling this one is. Interrupted
    (KeyboardInterrupt, or Stop from `on_progress`), it returns the best so far. Of a day that has begun the rest is
    planned behind what is driven, and priced without what is paid already. Raises UnplannableInput, and UnknownStop or
    StopTwice where `start` doesn't fit the problem.
    """
    refuse_bad_start(problem, start or {})
    rest = rest_of_day(problem) if has_begun(problem) else problem
    refuse_unplannable(rest, seconds, iterations)
    start = without_past(problem, start) if start else None
    if not rest.stops or not rest.shifts:
        return Result(whole_day(problem, {}), _all_left_out(rest), 0, 0.0, ())
    await_compiled()
    run = open_run(rest, seed, start)
    run.advance(0, 0.0, 0.0)
    clock = time.process_time if cpu_clock else time.monotonic
    result = _Watch(run, clock, seconds, iterations, on_progress, cooling).result()
    _refuse_disagreement(rest, result)
    return replace(result, sequences=whole_day(problem, result.sequences))


def open_run(problem: Problem, seed: int, start: Mapping[str, Sequence[Halt]] | None) -> Run:
    """Return the first search that plans all this problem asks for, laid out and ready: the plainest is the fastest."""
    from doorstep.operations.search import duration, fleet, priced, rich, static  # noqa: PLC0415 - numba imports slowly

    stops = {k: [halt for halt in halts if isinstance(halt, str)] for k, halts in (start or {}).items()}
    coupled, timed = rich.wanted(problem), duration.wanted(problem)
    if not coupled and not timed and static.fits(problem):
        return static.StaticRun(problem, seed, stops)
    if fleet.fits(problem):
        return fleet.FleetRun(problem, seed, stops)
    if priced.fits(problem):
        return priced.PricedRun(problem, seed, stops)
    if timed and duration.fits(problem):
        return duration.DurationRun(problem, seed, stops)
    rich.refuse(problem)
    return rich.RichRun(problem, seed, start)


class _Watch:
    """Runs chunk after chunk until the budget is spent."""

    def __init__(
        self,
        run: Run,
        clock: Callable[[], float],
        seconds: float,
        iterations: int | None,
        on_progress: Callable[[Progress], None] | None,
        cooling: tuple[float, float],
    ) -> None:
        self.run, self.clock, self.seconds, self.iterations = run, clock, seconds, iterations
        self.hot, self.cools = cooling[0], cooling[1] - cooling[0]
        self.on_progress = on_progress
        self.began, self.done, self.chunk = clock(), 0, FIRST_CHUNK
        self.trajectory: list[tuple[float, float]] = []

    def result(self) -> Result:
        """Run to the end, or to the interruption."""
        interrupted = False
        try:
            self._note()
            while self._share() < 1.0:
                self._advance()
                self._note()
        except (KeyboardInterrupt, Stop):
            interrupted = True
        spent = self.clock() - self.began
        return Result(
            self.run.sequences(), self.run.price, self.done, spent, tuple(self.trajectory), interrupted,
            self.run.departures(),
        )  # fmt: skip

    def _share(self) -> float:
        """Return which share of the budget is spent."""
        if self.iterations is not None:
            return self.done / self.iterations if self.iterations else 1.0
        return (self.clock() - self.began) / self.seconds if self.seconds > 0 else 1.0

    def _advance(self) -> None:
        """Run one chunk, and set the next chunk's length by how long this one took."""
        if self.iterations is not None:
            count = min(CHUNK_ITERATIONS, self.iterations - self.done)
            self._run(count, self.done / self.iterations, 1.0 / self.iterations)
            self.done += count
            return
        before = self.clock()
        step = CHUNK_SECONDS / self.seconds / self.chunk
        self._run(self.chunk, (before - self.began) / self.seconds, step)
        self.done += self.chunk
        took = max(self.clock() - before, 1e-4)
        self.chunk = max(4, min(int(self.chunk * CHUNK_SECONDS / took), 4 * self.chunk))

    def _run(self, count: int, share: float, step: float) -> None:
        """Run `count` iterations from a share of this search on, each `step` of it."""
        self.run.advance(count, self.hot + self.cools * share, self.cools * step)

    def _note(self) -> None:
        """Keep an improvement, and tell whoever wants to know."""
        spent, price = self.clock() - self.began, self.run.price
        if not self.trajectory or price < self.trajectory[-1][1]:
            self.trajectory.append((spent, price))
        if self.on_progress is not None:
            self.on_progress(Progress(min(1.0, self._share()), spent, self.done, price))


def _all_left_out(problem: Problem) -> float:
    """Return the price of serving nobody."""
    must = must_count(problem)
    return float(sum(problem.valuation.unserved.get(s.stop_id, must) for s in problem.stops))


def _refuse_disagreement(problem: Problem, result: Result) -> None:
    """Raise where the plain twin finds the kernel's plan infeasible or prices it differently."""
    from doorstep.operations.search import priced, rich  # noqa: PLC0415 - numba takes half a second to import

    if rich.wanted(problem) and not priced.fits(problem):
        refuse_disagreement(problem, result.sequences, result.departures, result.price)
        return
    stops = {s.stop_id: s for s in problem.stops}
    total, served, dearest = 0.0, 0, 0
    for shift in problem.shifts:
        sequence = [stops.pop(x) for x in result.sequences.get(shift.shift_id, ()) if isinstance(x, str)]
        route = twin_route(problem, shift, sequence, result.departures.get(shift.shift_id))
        if not route.feasible:
            raise KernelDisagrees(f"The search returned a route for shift {shift.shift_id} that may not be driven.")
        total, served = total + route.cents, served + len(sequence) + 1
        rates = problem.valuation.rates.get(shift.shift_id)
        dearest = max(dearest, rates.cents_per_km if rates else 0)
    if any(s not in problem.valuation.unserved for s in stops):
        return
    total += sum(problem.valuation.unserved[s] for s in stops)
    coarse = (metre_unit(problem) - 1) / 1000 * dearest * served  # legs longer than 65 km are counted in wider steps
    if abs(total - result.price) > 1e-6 * abs(total) + 0.01 * (served + 1) + coarse:
        raise KernelDisagrees(f"The search priced its plan at {result.price:.2f} cents, the plain twin at {total:.2f}.")
