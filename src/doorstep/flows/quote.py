"""Quote a new order before it is placed: against today's plan, what each window that could be offered would cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.events import Ordered, Ticked
from doorstep.domain.places import Place
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Problem
from doorstep.domain.travel import by_slot
from doorstep.domain.units import Seconds
from doorstep.domain.windows import TimeWindow
from doorstep.flows.dispatch import after, as_told
from doorstep.operations.new_place import NewLegs, in_slots, nearest, stretched
from doorstep.operations.quote import MOST_WINDOWS, Quoted, Quoter
from doorstep.operations.stability import Instability, with_instability
from doorstep.operations.unavoidable import giving_way

LIKE = 3
"""Neighbours whose ways say how a road network of other slots differs from the plan's matrices."""


USUAL = 7200
"""Seconds of a window where nobody says which to offer."""


class Streets(Protocol):
    """A road network that can be asked for the legs of one place."""

    @property
    def edges(self) -> tuple[int, ...]:
        """Starts of the traffic slots in seconds since midnight, the first 0."""

    def legs(self, place: Place, others: Sequence[Place], slots: Sequence[int]) -> NDArray[np.int32]:
        """Return the legs from a place to others and back in some slots, -1 where there is no way.

        Shape (slots, 4, others): seconds there and back, metres there and back. Raises UnreachablePlace.
        """


@dataclass(frozen=True, slots=True)
class QuotingDay:
    """A day laid out for quotes, as of its `now`; `notes` say in words which bounds have given way."""

    quoter: Quoter
    notes: tuple[str, ...]

    @property
    def problem(self) -> Problem:
        """Return the day's problem, with the price of straying from what was told."""
        return self.quoter.problem


def quoting_day(problem: Problem, plan: Plan, at: Seconds, instability: Instability | None = None) -> QuotingDay:
    """Return the day at a second of it, had everything gone by the plan, laid out for quotes.

    Straying from what people were told costs the same as in `dispatch`. `plan` is the answer to `problem`. Some 0.2 s
    for 1,000 stops; it answers any number of quotes until the plan, or the clock, has moved on.
    """
    day, notes = after(problem, plan, [Ticked(at)])
    day, given_way = giving_way(day)
    priced = replace(day, problem=with_instability(day.problem, plan, instability or Instability()))
    return QuotingDay(Quoter(priced, as_told(priced)), (*notes, *given_way))


def usual_windows(problem: Problem) -> tuple[TimeWindow, ...]:
    """Return every two hours, on even ones, from now or the first shift's start until the last one's end."""
    begins = max(problem.now or 0, min((s.starts for s in problem.shifts), default=Seconds(0)))
    ends = min(max((s.ends for s in problem.shifts), default=Seconds(0)), begins + USUAL * MOST_WINDOWS // 2)
    at = range(begins - begins % USUAL, max(ends, begins + 1), USUAL)
    return tuple(TimeWindow(Seconds(t), Seconds(t + USUAL)) for t in at)


def quote(
    day: QuotingDay,
    order: Ordered,
    windows: Sequence[TimeWindow],
    streets: Mapping[str, Streets] | None = None,
    *,
    every_slot: bool = False,
) -> Quoted:
    """Return what each window would cost, and why nobody can serve the others.

    `streets`, by profile, are asked for the legs to the nearest places in the slots that the windows touch most, or in
    `every_slot`; the rest is guessed from the plan's own matrices. Without streets everything is. Raises YourInput,
    and UnreachablePlace where no road leads to the place.
    """
    known: dict[str, NewLegs] = {}
    if order.place not in day.problem.places:
        for profile in day.quoter.profiles:
            if streets and profile in streets:
                known[profile] = _asked(day, order.place, windows, (profile, streets[profile]), every_slot=every_slot)
    return day.quoter.quote(order, windows, known)


def _asked(
    day: QuotingDay, place: Place, windows: Sequence[TimeWindow], roads: tuple[str, Streets], *, every_slot: bool
) -> NewLegs:
    """Return what a road network says of the way to the nearest places and back."""
    (profile, streets), problem = roads, day.problem
    travel, rows = by_slot(problem.times[profile]), nearest(problem, place)
    others = [there for row in rows if (there := problem.places[row]) is not None]
    if tuple(streets.edges) == tuple(travel.edges):
        slots = range(len(travel.edges)) if every_slot else day.quoter.slots(windows, profile)
        return in_slots(travel, rows, slots, streets.legs(place, others, slots))
    like = [(row, streets.legs(others[k], others, [0])[0]) for k, row in enumerate(rows[:LIKE])]
    return stretched(travel, rows, streets.legs(place, others, [0])[0], like)
