"""How long a leg takes when it begins at a second of the day: the definitions in `domain.travel`, written again."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from doorstep.domain.travel import ArrivalFunctions, Travel, TravelTimes
from doorstep.domain.windows import TimeWindow


def arrival(times: Travel, start: int, end: int, leaves: int) -> int:
    """Return when a van that leaves `start` at `leaves` reaches `end`."""
    if isinstance(times, ArrivalFunctions):
        return leaves if start == end else _by_function(*_knots(times, start, end), leaves)
    return _by_slot(times, start, end, leaves)


def _by_slot(times: TravelTimes, start: int, end: int, leaves: int) -> int:
    """Drive a leg slot by slot; at each edge what is left takes the next slot's pace, rounded up."""
    clock = leaves
    k = _slot(times, leaves)
    pace = times.leg_seconds(k, start, end)
    left = pace
    for k_next in range(k + 1, len(times.edges)):
        until_edge = times.edges[k_next] - clock
        if left <= until_edge:
            break
        pace_next = times.leg_seconds(k_next, start, end)
        whole, rest = divmod((left - until_edge) * pace_next, pace)
        left = whole + (rest > 0)
        clock, pace = times.edges[k_next], pace_next
    return clock + left


def _slot(times: TravelTimes, at: int) -> int:
    return max(bisect_right(times.edges, at) - 1, 0)


def _by_function(at: Sequence[int], there: Sequence[int], leaves: int) -> int:
    """Read a leg's function: linear between knots, rounded up; outside as long as at the nearest knot."""
    k = bisect_left(at, leaves)
    if k < len(at) and at[k] == leaves:
        return there[k]
    if k in (0, len(at)):
        nearest = min(k, len(at) - 1)
        return leaves + there[nearest] - at[nearest]
    span, gone = at[k] - at[k - 1], leaves - at[k - 1]
    whole, rest = divmod(there[k - 1] * (span - gone) + there[k] * gone, span)
    return whole + (rest > 0)


def _knots(times: ArrivalFunctions, start: int, end: int) -> tuple[list[int], list[int]]:
    leg = start * len(times.metres) + end
    knots = slice(int(times.begins[leg]), int(times.begins[leg + 1]))
    return times.at[knots].tolist(), times.there[knots].tolist()


def metres(times: Travel, start: int, end: int, leaves: int) -> int:
    """Return the way of a leg, which is that of the slot it begins in."""
    if isinstance(times, ArrivalFunctions):
        return int(times.metres[start, end])
    return times.leg_metres(_slot(times, leaves), start, end)


def least_seconds(times: Travel, start: int, end: int) -> int:
    """Return what a leg takes at the best hour."""
    if isinstance(times, ArrivalFunctions):
        return min((there - at for at, there in zip(*_knots(times, start, end), strict=True)), default=0)
    return min(times.leg_seconds(k, start, end) for k in range(len(times.edges)))


def least_metres(times: Travel, start: int, end: int) -> int:
    """Return the shortest way at any hour."""
    if isinstance(times, ArrivalFunctions):
        return int(times.metres[start, end])
    return min(times.leg_metres(k, start, end) for k in range(len(times.edges)))


def opened(windows: Sequence[TimeWindow], arrives: int) -> int | None:
    """Return the first second at or after arrival inside a window, None where all have closed."""
    if not windows:
        return arrives
    return min((max(arrives, w.opens) for w in windows if arrives <= w.closes), default=None)
