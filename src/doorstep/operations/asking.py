"""Ask ahead for the legs that plain reading of a plan will need, many at once, where travel is asked for leg by leg.

Whoever makes a plan and whoever checks it ask in the same way, so that both are told the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from doorstep.domain.problem import Break, Charge, Halt, Problem, Reload
from doorstep.domain.travel import AskedTimes

MOST_SPOKES = 2_000_000
"""Legs from and to depots that are asked ahead; beyond it each is asked for when somebody needs it."""


def ask_for_stops(problem: Problem) -> None:
    """Ask for the legs from every start to every stop, and from there to every end."""
    ends = {(shift.profile, shift.start, shift.end) for shift in problem.shifts}
    if 2 * len(ends) * len(problem.stops) > MOST_SPOKES:
        return
    rows = list(dict.fromkeys(stop.location for stop in problem.stops))
    for profile, start, end in sorted(ends):
        times = problem.times[profile]
        if isinstance(times, AskedTimes):
            times.ask([start] * len(rows), rows)
            times.ask(rows, [end] * len(rows))


def ask_for_routes(problem: Problem, sequences: Mapping[str, Sequence[Halt]]) -> None:
    """Ask for the legs along these routes."""
    stops = {stop.stop_id: stop.location for stop in problem.stops}
    chargers = {charger.charger_id: charger.location for charger in problem.chargers}
    for shift in problem.shifts:
        times, halts = problem.times[shift.profile], sequences.get(shift.shift_id, ())
        if halts and isinstance(times, AskedTimes):
            legs = list(pairwise([shift.start, *_rows(halts, len(problem.places), stops, chargers), shift.end]))
            times.ask([start for start, _ in legs], [end for _, end in legs])


def _rows(halts: Sequence[Halt], places: int, stops: Mapping[str, int], chargers: Mapping[str, int]) -> Iterator[int]:
    """Yield where a van halts, as far as the problem knows; for a break it stays where it is."""
    for halt in halts:
        match halt:
            case Reload(location):
                yield from (location,) if 0 <= location < places else ()
            case Charge(charger_id):
                yield from (chargers[charger_id],) if charger_id in chargers else ()
            case Break():
                continue
            case stop_id:
                yield from (stops[stop_id],) if stop_id in stops else ()
