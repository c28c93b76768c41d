"""Quote a new order before it is placed: against today's plan, what each window that could be offered would cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from doorstep.domain.events import Ordered, Ticked
from doorstep.domain.places import Place
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Problem
from doorstep.domain.travel import by_slot
from doorstep.domain.units import Seconds
from doorstep.domain.windows import TimeWindow
from doorstep.flows.ask_roads import asked_legs
from doorstep.flows.hear_events import after
from doorstep.flows.ports import Streets
from doorstep.operations.dispatch.stability import Instability, with_instability
from doorstep.operations.dispatch.told_plan import as_told
from doorstep.operations.dispatch.unavoidable import giving_way
from doorstep.operations.new_place import NewLegs, nearest
from doorstep.operations.quote import BEST, MOST_WINDOWS, Quoted, Quoter

BESIDE = (2, 1)
"""Places of routes in each window whose neighbours are asked for next: at first, and once that is known."""

USUAL = 7200
"""Seconds of a window where nobody says which to offer."""


@dataclass(frozen=True, slots=True)
class QuotingDay:
    """A day laid out for quotes, as of its `now`; `notes` say in words which bounds have given way."""

    quoter: Quoter
    notes: tuple[str, ...]

    @property
    def problem(self) -> Problem:
        """Return the day's problem, with the price of straying from what was told."""
        return self.quoter.problem


def quoting_day(
    problem: Problem, plan: Plan, at: Seconds, instability: Instability | None = None, *, best: int = BEST
) -> QuotingDay:
    """Return the day at a second of it, had everything gone by the plan, laid out for quotes.

    Straying from what people were told costs the same as in `dispatch`. `plan` is the answer to `problem`. Some 0.2 s
    for 1,000 stops; it answers any number of quotes until the plan, or the clock, has moved on. Of the places that look
    good the `best` are priced exactly for each window.
    """
    day, notes = after(problem, plan, [Ticked(at)])
    day, given_way = giving_way(day)
    priced = replace(day, problem=with_instability(day.problem, plan, instability or Instability()))
    return QuotingDay(Quoter(priced, as_told(priced), best=best), (*notes, *given_way))


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

    `streets`, by profile, are asked for the legs to the nearest places, and then to those beside the places of routes
    that look best, in the slots that the windows touch most, or in `every_slot`; the rest is guessed from the plan's
    own matrices. Without streets everything is. Raises YourInput, and UnreachablePlace where no road leads there.
    """
    quoter, asking = day.quoter, _Asking(day, order.place, {}, {})
    quoter.refuse_unfit(order, windows)
    if streets and order.place not in day.problem.places:
        asking.streets.update({profile: streets[profile] for profile in quoter.profiles if profile in streets})
    rows = nearest(day.problem, order.place) if asking.streets else []
    slots = None if every_slot else windows
    new = quoter.newcomer(order)
    for most in (*BESIDE, 0):
        if not asking.ask(rows, slots):
            break
        new = quoter.newcomer(order, asking.known)
        rows = quoter.rows_beside(new, windows, most)
    return quoter.answer(new, windows)


@dataclass(frozen=True, slots=True)
class _Asking:
    """What road networks, by profile, have said of the legs between a new place and others."""

    day: QuotingDay
    place: Place
    streets: dict[str, Streets]
    known: dict[str, NewLegs]

    def ask(self, rows: Sequence[int], windows: Sequence[TimeWindow] | None) -> bool:
        """Ask for the legs of rows that are not known yet, in the slots of windows or in all; return if any was new."""
        told = {profile for profile in self.streets if self._ask(profile, rows, windows)}
        return bool(told)

    def _ask(self, profile: str, rows: Sequence[int], windows: Sequence[TimeWindow] | None) -> bool:
        known, problem = self.known.get(profile), self.day.problem
        more = [row for row in rows if known is None or row not in known.rows]
        if not more:
            return False
        every = range(len(by_slot(problem.times[profile]).edges))
        slots = every if windows is None else self.day.quoter.slots(windows, profile)
        legs = asked_legs(self.streets[profile], problem, profile, self.place, more, slots)
        self.known[profile] = legs if known is None else known.with_rows(legs)
        return True
