"""Goods that lie at the depot while the vans are out: which could come back for them, had it one reload more.

No quote adds a reload; `dispatch` may. So what is found here is said, and not offered.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from doorstep.domain.problem import Problem
from doorstep.domain.travel import by_slot
from doorstep.domain.units import Seconds, clock
from doorstep.domain.windows import TimeWindow
from doorstep.operations.progress import may_reload
from doorstep.operations.quote.alone import Alone, holds
from doorstep.operations.quote.lines import Line, Newcomer

LIKELIEST = 3
"""Chances that are scheduled and checked for a window, the least way round first."""


@dataclass(frozen=True, slots=True)
class Chance:
    """A shift that loads at a depot before its halt `k`, and goes to the new stop from there.

    `there` is when it would come, `longer` how many seconds of driving and loading it takes; about.
    """

    line: Line
    k: int
    depot: int
    there: int
    longer: int

    def waits(self, window: TimeWindow) -> int:
        """Return how much longer it takes where the window opens later."""
        return self.longer + max(0, window.opens - self.there)


def chances(problem: Problem, line: Line, rows: Sequence[int], new: Newcomer, by: Seconds) -> Iterator[Chance]:
    """Yield how a shift that is loaded could come back, to be at the new stop by a second.

    `rows` are where it stands, its halts ahead and its end.
    """
    shift = line.shift
    if not may_reload(shift):
        return
    travel, legs, driven = by_slot(problem.times[shift.profile]), new.legs[shift.profile], len(line.halts) - line.ahead
    for place in range(line.open_from, line.ahead + 1):
        leaves, here, then = _leaves(problem, line, driven + place), rows[place], rows[place + 1]
        for depot in dict.fromkeys(shift.reloads):
            loads = max(travel.arrival(here, depot, leaves), new.stop.release)
            drives = loads + shift.reload_seconds
            slot = travel.slot(drives)
            there = drives + int(legs.seconds_from[slot, depot])
            back = there + new.stop.service + int(legs.seconds_to[slot, then])
            if there <= by:
                yield Chance(line, driven + place, depot, there, back - travel.arrival(here, then, leaves))


def _leaves(problem: Problem, line: Line, k: int) -> int:
    """Return when a van that has left drives on from what is before its halt `k`."""
    if k == 0 or line.route is None:
        return max(line.leaves, problem.now or 0)
    left = line.route.visits[k - 1].leaves_at
    return max(left, problem.now or 0) if k == len(line.halts) - line.ahead else left


def coming_back(found: Sequence[Chance], window: TimeWindow, new: Newcomer, alone: Callable[[Line], Alone]) -> str:
    """Return in words who could bring a new stop by loading once more, and when; empty where nobody seems to."""
    likeliest = sorted((c for c in found if c.there <= window.closes), key=lambda c: c.waits(window))
    stop = replace(new.stop, windows=(window,))
    said = (_said(chance, replace(new, stop=stop), alone(chance.line)) for chance in likeliest[:LIKELIEST])
    return next(filter(None, said), "")


def _said(chance: Chance, new: Newcomer, alone: Alone) -> str:
    """Return what becomes of a chance, if nothing stands against it."""
    problem, k = alone.with_stop(new), chance.k
    halts = (*alone.halts[:k], alone.reload(chance.depot), new.stop.stop_id, *alone.halts[k:])
    plan, route = alone.route(problem, halts, None)
    if not holds(problem, plan):
        return ""
    loading, knocking = route.visits[k : k + 2]
    before = next((halt for halt in reversed(chance.line.halts[:k]) if isinstance(halt, str)), None)
    return (
        f"Shift {route.shift_id} could, if it came back to load it {f'after {before}' if before else 'first'}: at the "
        f"depot at {clock(loading.arrives_at)}, there at {clock(knocking.starts_at)}. No quote adds a reload, planning "
        "anew may."
    )
