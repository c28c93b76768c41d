"""A van that is out of the day: its shift ends where it stands, and others fetch there what it has on board."""

from collections.abc import Container, Sequence
from dataclasses import replace

from doorstep.domain.events import FellOut
from doorstep.domain.problem import Driven, Pair, PlannedShift, Problem, Stop
from doorstep.domain.units import Cents, Seconds
from doorstep.operations.progress import (
    RunningDay,
    ended,
    fetched_at_doors,
    set_free,
    standing,
    still_carried,
    with_shift,
    without_carrier,
)


def fallen_out(day: RunningDay, shift: PlannedShift, event: FellOut) -> RunningDay:
    """Return the day without what a shift had before it; whoever is at a door has finished there.

    Stops that the van has goods for on board become the second half of a pair, whose first half is where it stands.
    """
    now = day.problem.now or event.at
    if shift.loaded_at is None:
        return _over(day, ended(shift, Seconds(max(now, shift.starts))))
    served = tuple(d for d in shift.driven if d.starts_at <= now)
    dropped = tuple(d.halt for d in shift.driven[len(served) :])
    here = _stranded_at(day.problem, shift, served, now)
    shift = replace(shift, driven=served)
    day = with_shift(day, shift)
    day = replace(day, ahead={**day.ahead, shift.shift_id: (*dropped, *day.ahead.get(shift.shift_id, ()))})
    stranded = [*day.aboard(shift), *fetched_at_doors(day.problem, shift)]
    return _rescued(_over(day, _towed(day.problem, shift, here)), stranded, here, event)


def _stranded_at(problem: Problem, shift: PlannedShift, served: Sequence[Driven], now: Seconds) -> int:
    """Return the row nearest to where a van is that has not begun all it set off for."""
    behind = standing(problem, replace(shift, driven=tuple(served)))
    if len(served) == len(shift.driven):
        return behind
    under_way = shift.driven[len(served)]
    left = served[-1].leaves_at if served else shift.loaded_at or now
    nearer = 2 * (now - left) >= under_way.arrives_at - left
    return standing(problem, replace(shift, driven=(*served, under_way))) if nearer else behind


def _towed(problem: Problem, shift: PlannedShift, here: int) -> PlannedShift:
    """Return a shift that ends where its van stands; no limit has anything more to say."""
    left = shift.driven[-1].leaves_at if shift.driven else shift.loaded_at or Seconds(0)
    there = problem.times[shift.profile].arrival(standing(problem, shift), here, left)
    return replace(
        ended(shift, Seconds(there)), end=here, breaks=(), max_seconds=None, max_metres=None, max_driving=None,
        max_working=None, battery=shift.battery and replace(shift.battery, reserve_wh=0),
    )  # fmt: skip


def _over(day: RunningDay, shift: PlannedShift) -> RunningDay:
    """Return the day in which a shift has nothing ahead, and no stop is bound to it."""
    freed = tuple(set_free(s, shift.shift_id) for s in day.problem.stops)
    problem = replace(day.problem, stops=freed, vetoes=without_carrier(day.problem.vetoes, shift.shift_id))
    ahead = {shift_id: halts for shift_id, halts in day.ahead.items() if shift_id != shift.shift_id}
    leaves = {shift_id: at for shift_id, at in day.leaves.items() if shift_id != shift.shift_id}
    return with_shift(RunningDay(problem, ahead, leaves), shift)


def _rescued(day: RunningDay, stranded: Sequence[str], here: int, event: FellOut) -> RunningDay:
    """Let each stranded stop's goods be fetched at `here`: a pair of a new stop there and the stop itself."""
    problem, none = day.problem, (0,) * len(day.problem.dimensions)
    taken = {s.stop_id for s in problem.stops} | {x for s in problem.stops for x in s.order_ids}
    fetch = {x: _unlike(f"fetch {x} from {event.shift_id}", taken) for x in stranded}
    places = tuple(Stop(x, (), here, (), event.handover, none, giver=event.shift_id) for x in fetch.values())
    pairs = tuple(p for p in problem.pairs if p.delivery not in fetch)
    pairs += tuple(Pair(new, stop_id) for stop_id, new in fetch.items())
    problem = still_carried(problem, set(fetch))
    stops = tuple(replace(s, release=Seconds(0)) if s.stop_id in fetch else s for s in problem.stops)
    known = problem.valuation.unserved
    free = {new: Cents(0) for stop_id, new in fetch.items() if stop_id in known}
    valuation = replace(problem.valuation, unserved={**known, **free})
    return replace(day, problem=replace(problem, stops=(*stops, *places), pairs=pairs, valuation=valuation))


def _unlike(name: str, taken: Container[str]) -> str:
    """Return a name that nobody else has."""
    while name in taken:
        name += "'"
    return name
