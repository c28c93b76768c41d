"""Solve one problem: search, schedule, and check the answer before anybody sees it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from doorstep.domain.errors import OurBug, YourInput
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Halt, Problem
from doorstep.domain.units import Seconds
from doorstep.operations.check import CheckReport, check, impossible_stops
from doorstep.operations.schedule import schedule
from doorstep.operations.search import Progress
from doorstep.operations.search.together import search_together


def solve(  # noqa: PLR0913 - each is named where it is given
    problem: Problem,
    *,
    seconds: float,
    seed: int,
    problem_sha256: str,
    start: Mapping[str, Sequence[Halt]] | None = None,
    searches: int = 1,
    on_progress: Callable[[Progress], None] | None = None,
    on_cut_short: Callable[[float], None] | None = None,
) -> tuple[Plan, CheckReport]:
    """Return the best plan found in `seconds`, and what the checker says of it.

    `searches` of them run at once, a core each, and exchange what they find. `start` holds halts by shift to begin
    from, as far as they fit. The report's `left_out` names stops that must be served and did not fit beside the others;
    nothing else is ever violated. Interrupted (Ctrl-C), it returns the best plan so far and tells `on_cut_short` after
    how many seconds. Raises YourInput when no shift could take a stop that must be served, even alone.
    """
    impossible = impossible_stops(problem)
    if impossible:
        more = f" So it is for {len(impossible) - 3} more." if len(impossible) > 3 else ""
        raise YourInput(f"{' '.join(impossible[:3])}{more} Add a shift that fits, or a price for leaving it out.")
    found = search_together(
        problem, seconds=seconds, seed=seed, searches=searches, start=start, on_progress=on_progress
    )
    if found.interrupted and on_cut_short is not None:
        on_cut_short(found.seconds)
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


def _needed(told: Plan, untold: Plan, departures: Mapping[str, Seconds]) -> dict[str, Seconds]:
    """Return the departures that a plan needs to be as cheap; where waiting costs nothing, later is kinder."""
    best = {route.shift_id: sum(route.cents.values()) for route in told.routes}
    dearer = {r.shift_id for r in untold.routes if sum(r.cents.values()) > best.get(r.shift_id, 0)}
    return {shift_id: at for shift_id, at in departures.items() if shift_id in dearer}
