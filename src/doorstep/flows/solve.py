"""Solve one problem: search, schedule, and check the answer before anybody sees it.

More stops than one search can hold are searched in cells. Scheduling and checking then ask for the legs along the
routes alone, wherever travel is not given as matrices.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from doorstep.domain.errors import OurBug, YourInput
from doorstep.domain.plan import Plan
from doorstep.domain.problem import MOST_STOPS, Halt, Problem
from doorstep.domain.units import Seconds
from doorstep.flows.plan_area import CELL, SHARES, plan_area
from doorstep.flows.ports import Fan
from doorstep.operations.asking import ask_for_routes, ask_for_stops
from doorstep.operations.check import CheckReport, check, impossible_stops
from doorstep.operations.schedule import schedule
from doorstep.operations.search import Progress, Result, search
from doorstep.operations.search.together import search_together


@dataclass(frozen=True, slots=True)
class InCells:
    """How a problem with more than `whole` stops is searched: on which processes, in cells of what size.

    Where there are processes to spare, cells are smaller, down to half of it. `shares` are those of the rounds.
    `on_planned` is told how many cells there were.
    """

    fan: Fan | None = None
    size: int = CELL
    whole: int = CELL
    shares: Sequence[float] = SHARES
    on_planned: Callable[[int], None] | None = None

    def size_for(self, stops: int) -> int:
        """Return about how many stops a cell is given."""
        workers = self.fan.workers if self.fan else 1
        return max(self.size // 2, min(self.size, -(-stops // workers)))

    def many(self, stops: int) -> int:
        """Return how many cells so many stops are planned in; 1: one search holds them."""
        return 1 if stops <= self.whole else max(1, round(stops / self.size_for(stops)))


ALONE = InCells()
"""One cell after the other, in this process."""


def solve(  # noqa: PLR0913 - each is named where it is given
    problem: Problem,
    *,
    seconds: float,
    seed: int,
    problem_sha256: str,
    start: Mapping[str, Sequence[Halt]] | None = None,
    searches: int = 1,
    cells: InCells = ALONE,
    iterations: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    on_cut_short: Callable[[float], None] | None = None,
) -> tuple[Plan, CheckReport]:
    """Return the best plan found in `seconds`, and what the checker says of it.

    `searches` of them run at once, a core each, and exchange what they find; of a problem that is planned in cells it
    is the processes of the `cells`. With `iterations` one search counts these, looks at no clock, and finds the same
    plan again. `start` holds halts by shift to begin from, as far as they fit. The report's `left_out` names stops
    that must be served and did not fit beside the others;
    nothing else is ever violated. Interrupted (Ctrl-C), it returns the best plan so far and tells `on_cut_short` after
    how many seconds. Raises YourInput when no shift could take a stop that must be served, even alone, for more than
    100,000 stops, and for `iterations` where it would be planned in cells.
    """
    _refuse_too_many(problem, cells)
    if iterations is not None:
        _refuse_to_count(problem, cells)
    ask_for_stops(problem)
    impossible = impossible_stops(problem)
    if impossible:
        more = f" So it is for {len(impossible) - 3} more." if len(impossible) > 3 else ""
        raise YourInput(f"{' '.join(impossible[:3])}{more} Add a shift that fits, or a price for leaving it out.")
    if cells.many(len(problem.stops)) > 1:
        found = _in_cells(problem, cells, seconds=seconds, seed=seed, start=start, on_progress=on_progress)
    elif iterations is not None:
        found = search(
            problem, seconds=seconds, seed=seed, iterations=iterations, start=start, on_progress=on_progress
        )  # fmt: skip
    else:
        found = search_together(
            problem, seconds=seconds, seed=seed, searches=searches, start=start, on_progress=on_progress
        )
    if found.interrupted and on_cut_short is not None:
        on_cut_short(found.seconds)
    ask_for_routes(problem, found.sequences)
    scheduled = partial(schedule, problem, found.sequences, seed=seed, problem_sha256=problem_sha256)
    plan = scheduled(departures=found.departures)
    later = scheduled(departures=_needed(plan, scheduled(), found.departures))
    report, other = check(problem, plan), check(problem, later)
    if len(other.violations) <= len(report.violations) and other.total <= report.total:
        plan, report = later, other
    if len(report.violations) > len(report.left_out):
        raise OurBug(
            f"The checker refuses a plan of our own search: {report.violations[0]} Please send us the problem."
        )
    return plan, report


def _in_cells(
    problem: Problem,
    cells: InCells,
    *,
    seconds: float,
    seed: int,
    start: Mapping[str, Sequence[Halt]] | None,
    on_progress: Callable[[Progress], None] | None,
) -> Result:
    """Return what the searches of cells find; each round's cells take turns where there are more than processes."""
    workers = cells.fan.workers if cells.fan else 1
    many = cells.many(len(problem.stops))
    at_once = many / -(-many // workers)
    area = plan_area(
        problem,
        cpu_seconds=seconds * at_once,
        seed=seed,
        fan=cells.fan,
        size=cells.size_for(len(problem.stops)),
        start=start,
        shares=cells.shares,
        on_progress=on_progress,
    )
    if cells.on_planned is not None:
        cells.on_planned(area.cells)
    spent, price = seconds * area.share, area.prices[-1] if area.prices else 0.0
    return Result(area.sequences, price, 0, spent, (), interrupted=area.interrupted, departures=area.departures)


def _refuse_too_many(problem: Problem, cells: InCells) -> None:
    """Raise for more stops than a request may have, or than so few shifts can be split among."""
    if len(problem.stops) > MOST_STOPS:
        raise YourInput(
            f"Expected at most {MOST_STOPS:,} stops in one request, got {len(problem.stops):,}; split them by depot "
            "and plan the depots with `doorstep night`."
        )
    many = cells.many(len(problem.stops))
    each = len(problem.stops) / max(1, min(many, len(problem.shifts)))
    if many > 1 and (each > 2 * cells.size or not problem.shifts):
        raise YourInput(
            f"Expected at least {len(problem.stops) // (2 * cells.size) + 1} shifts for {len(problem.stops):,} stops, "
            f"got {len(problem.shifts)}: a day so large is planned in cells of up to {cells.size:,} stops, each with "
            "shifts of its own. Add shifts, or leave out what these can't serve."
        )


def _refuse_to_count(problem: Problem, cells: InCells) -> None:
    if cells.many(len(problem.stops)) > 1:
        raise YourInput(
            f"Expected seconds instead of iterations, got {len(problem.stops):,} stops: more than {cells.whole:,} are "
            "planned in cells that take turns by the clock."
        )


def _needed(told: Plan, untold: Plan, departures: Mapping[str, Seconds]) -> dict[str, Seconds]:
    """Return the departures that a plan needs to be as cheap; where waiting costs nothing, later is kinder."""
    best = {route.shift_id: sum(route.cents.values()) for route in told.routes}
    dearer = {r.shift_id for r in untold.routes if sum(r.cents.values()) > best.get(r.shift_id, 0)}
    return {shift_id: at for shift_id, at in departures.items() if shift_id in dearer}
