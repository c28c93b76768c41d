"""What a stop that must be served counts for where it is left out: more than all else that a plan can cost."""

from collections.abc import Iterator

from doorstep.domain.problem import Problem
from doorstep.domain.travel import AskedTimes, Travel
from doorstep.domain.valuation import FREE, Rates
from doorstep.operations.errors import UnplannableInput

LEAST = 10**9
"""Cents that it counts for in a problem of usual prices."""

MOST_IN_ALL = 4 * 10**11
"""Cents that a problem's prices may come to: what a search counts for the impossible is dearer, and loses no cent."""


def must_count(problem: Problem) -> int:
    """Return the cents that a search counts for each stop that must be served and is not."""
    return max(LEAST, 2 * sum(cents for cents, _ in _prices(problem)))


def refuse_prices(problem: Problem) -> None:
    """Raise UnplannableInput, naming the dearest, where prices come to more than a search can add up."""
    prices = list(_prices(problem))
    in_all = sum(cents for cents, _ in prices)
    if in_all > MOST_IN_ALL:
        dearest, whose = max(prices)
        raise UnplannableInput(
            f"Expected prices that come to at most {MOST_IN_ALL:,} cents in all, got {in_all:,}. The dearest is {whose}"
            f" with {dearest:,}; use a larger unit of money."
        )


def _prices(problem: Problem) -> Iterator[tuple[int, str]]:
    """Yield the most that each thing can cost, and what it is."""
    valuation, stops = problem.valuation, len(problem.stops)
    for stop in problem.stops:
        curve = valuation.curves.get(stop.stop_id, FREE)
        door = sum(max(map(abs, cents), default=0) for cents in curve.parts.values())
        yield door, f"the door of stop {stop.stop_id}"
        yield abs(valuation.unserved.get(stop.stop_id, 0)), f"leaving out stop {stop.stop_id}"
    for part, by_shift in valuation.pairings.items():
        for shift_id, by_stop in by_shift.items():
            yield sum(map(abs, by_stop.values())), f"the {part} of shift {shift_id}"
    rates = [valuation.rates.get(shift.shift_id, Rates()) for shift in problem.shifts]
    yield from ((r.fixed_cents, f"shift {s.shift_id}") for s, r in zip(problem.shifts, rates, strict=True))
    seconds, metres = _road(problem)
    yield stops * max((r.cents_per_stop for r in rates), default=0), "what shifts are paid for each stop"
    yield seconds * max(map(_an_hour, rates), default=0) // 3600, "the hours"
    yield metres * max((r.cents_per_km for r in rates), default=0) // 1000, "the road"


def _an_hour(rates: Rates) -> int:
    return (
        rates.cents_per_hour + rates.waiting_cents_per_hour + rates.overtime_cents_per_hour
        + rates.strain_cents_per_overtime_hour + rates.even_cents_per_hour
    )  # fmt: skip


def _road(problem: Problem) -> tuple[int, int]:
    """Return seconds and metres that no plan exceeds: a longest leg and the service of each stop, and all waiting."""
    legs = len(problem.stops) + len(problem.shifts)
    longest, farthest = (max(one, default=0) for one in zip(*map(_longest, problem.times.values()), strict=True))
    opens = max((int(w.opens) for stop in problem.stops for w in stop.windows), default=0)
    waits = sum(max(0, opens - int(shift.starts)) for shift in problem.shifts)
    lasts = sum(int(stop.service) for stop in problem.stops) + waits
    shifts = sum(int(shift.ends) - int(shift.starts) for shift in problem.shifts)
    return max(0, min(shifts, legs * longest + lasts)), legs * farthest


def _longest(times: Travel) -> tuple[int, int]:
    if isinstance(times, AskedTimes):
        return times.legs.longest()
    return int(times.most_seconds().max(initial=0)), int(times.metres.max(initial=0))
