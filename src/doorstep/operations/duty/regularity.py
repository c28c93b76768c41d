"""Weekly duty as drivers know it: doors they have been to, starting when they usually start, on their usual days.

All are prices, learned from what was clocked: they give way where another plan earns more.
"""

import statistics
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from doorstep.domain.places import Place, crow_metres
from doorstep.domain.problem import PlannedShift, Problem
from doorstep.domain.units import Cents, Seconds, per_hour
from doorstep.domain.valuation import Rates

NEAR_M = 75.0
"""Within this crow's flight somebody who delivered before knows where to park and which door it is."""

HALF_KNOWN = 2
"""After so many deliveries nearby half of what there is to know is known: an assumption until learned."""

LEAST_WEEKS = 4
"""Weeks in which somebody worked before it can be said on which days of one they usually do."""

METRES_PER_DEGREE = 111_195.0


def familiarity_prices(
    problem: Problem, delivered: Mapping[str, Sequence[Place]], saving_cents: int
) -> dict[str, dict[str, Cents]]:
    """Return what knowing the place saves, as negative cents by shift and stop.

    `delivered` holds the places of each driver's deliveries, by driver id. With n of them nearby n / (n + 2) of
    `saving_cents` are saved, rounded towards zero; what would be 0 is left out.
    """
    grids = {driver: _grid(places) for driver, places in delivered.items()}
    where = [(stop.stop_id, problem.places[stop.location]) for stop in problem.stops]
    prices: dict[str, dict[str, Cents]] = {}
    for shift in problem.shifts:
        grid = grids.get(shift.driver_id or "", {})
        known = {stop: _nearby(grid, place) for stop, place in where if place is not None} if grid else {}
        saved = {stop: saving_cents * n // (n + HALF_KNOWN) for stop, n in known.items() if n}
        found = {stop: Cents(-cents) for stop, cents in saved.items() if cents}
        if found:
            prices[shift.shift_id] = found
    return prices


def with_familiarity(problem: Problem, delivered: Mapping[str, Sequence[Place]], saving_cents: int) -> Problem:
    """Return the same question where drivers save something at doors they know."""
    prices = familiarity_prices(problem, delivered, saving_cents)
    pairings = {**problem.valuation.pairings, "familiarity": prices}
    return problem.valued(replace(problem.valuation, pairings=pairings))


def usual_start(starts: Sequence[Seconds]) -> Seconds | None:
    """Return when a driver usually starts: the median of what was clocked, on any days; None without any.

    >>> usual_start([Seconds(25_200), Seconds(25_500), Seconds(61_200)])
    25500
    """
    return Seconds(int(statistics.median(starts))) if starts else None


def irregular_seconds(shift: PlannedShift, starts: Sequence[Seconds], *, free: Seconds = Seconds(900)) -> Seconds:
    """Return how far a shift's start is from its driver's usual one, beyond the quarter of an hour nobody minds."""
    usual = usual_start(starts)
    return Seconds(0) if usual is None else Seconds(max(0, abs(shift.starts - usual) - free))


def with_regular_starts(problem: Problem, starts: Mapping[str, Sequence[Seconds]], cents_per_hour: int) -> Problem:
    """Return the same question where sending a driver out at an unusual hour costs so much per hour it is off.

    `starts` holds each driver's clocked starts, by driver id. The price is part of the shift's fixed one: it is paid
    when the shift drives at all.
    """
    rates = dict(problem.valuation.rates)
    for shift in problem.shifts:
        off = irregular_seconds(shift, starts.get(shift.driver_id or "", ()))
        if off:
            mine = rates.get(shift.shift_id, Rates())
            rates[shift.shift_id] = replace(mine, fixed_cents=mine.fixed_cents + per_hour(off, cents_per_hour))
    return problem.valued(replace(problem.valuation, rates=rates))


def unusual_day(worked: Collection[str], day: str) -> bool:
    """Return whether a driver seldom works on this day of the week, or has worked as many days of its week as usual.

    `worked` are the days they clocked in on, any before `day` (ISO dates). Seldom: in less than half of the weeks in
    which they worked at all; as usual: the median of those weeks. Somebody who worked in less than four is not known.

    >>> unusual_day(["2026-02-02", "2026-02-09", "2026-02-16", "2026-02-23"], "2026-03-03")
    True
    """
    today = date.fromisoformat(day)
    monday = today - timedelta(days=today.weekday())
    weeks: dict[date, set[int]] = defaultdict(set)
    for each in map(date.fromisoformat, worked):
        if each < today:
            weeks[each - timedelta(days=each.weekday())].add(each.weekday())
    this = weeks.pop(monday, set())
    if len(weeks) < LEAST_WEEKS:
        return False
    seldom = 2 * sum(today.weekday() in days for days in weeks.values()) < len(weeks)
    return seldom or len(this) >= statistics.median(len(days) for days in weeks.values())


def with_regular_days(problem: Problem, worked: Mapping[str, Collection[str]], cents: int) -> Problem:
    """Return the same question where sending a driver out on an unusual day costs so much, as part of the fixed price.

    `worked` holds the days on which each driver clocked in, by driver id.
    """
    rates = dict(problem.valuation.rates)
    for shift in problem.shifts:
        if unusual_day(worked.get(shift.driver_id or "", ()), problem.day):
            mine = rates.get(shift.shift_id, Rates())
            rates[shift.shift_id] = replace(mine, fixed_cents=mine.fixed_cents + cents)
    return problem.valued(replace(problem.valuation, rates=rates))


_Grid = dict[tuple[int, int], list[Place]]


def _cell(place: Place) -> tuple[int, int]:
    """Return a cell of a grid whose sides are no shorter than NEAR_M up to 75 degrees of latitude."""
    return int(place.lat * METRES_PER_DEGREE // NEAR_M), int(place.lon * METRES_PER_DEGREE // (4 * NEAR_M))


def _grid(places: Sequence[Place]) -> _Grid:
    grid: _Grid = {}
    for place in places:
        grid.setdefault(_cell(place), []).append(place)
    return grid


def _nearby(grid: _Grid, place: Place) -> int:
    row, column = _cell(place)
    around = (grid.get((row + i, column + j), ()) for i in (-1, 0, 1) for j in (-1, 0, 1))
    return sum(crow_metres(place, other) <= NEAR_M for cell in around for other in cell)
