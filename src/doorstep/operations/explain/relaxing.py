"""A problem with one bound moved: what 'would be served if' means, exactly."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from doorstep.domain.plan import Relaxation
from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.units import Metres, Seconds
from doorstep.domain.valuation import Pairings
from doorstep.domain.windows import TimeWindow

NOBODY = ""
"""Who comes where nobody may."""

UNITS = {
    "window_opens_earlier": "s",
    "window_closes_later": "s",
    "shift_ends_later": "s",
    "longer_shift": "s",
    "goods_earlier": "s",
    "more_metres": "m",
    "more_range": "Wh",
    "more_stops": "stops",
    "more_room": "units",
    "skill": "skill",
    "let_come": "shift",
    "veto_lifted": "veto",
}
"""In what each change is counted."""


def relaxed(problem: Problem, stop: Stop, change: Relaxation) -> Problem:
    """Return the problem with exactly this one thing changed."""
    if change.change in STOP_CHANGES:
        mine = STOP_CHANGES[change.change](stop, change)
        return replace(problem, stops=tuple(mine if s.stop_id == stop.stop_id else s for s in problem.stops))
    subject, _, what = change.of.partition(":")
    if change.change == "veto_lifted":
        shift = next(s for s in problem.shifts if s.shift_id == subject)
        names = (shift.shift_id, shift.driver_id)
        vetoes = tuple(v for v in problem.vetoes if v.stop_id != stop.stop_id or v.who not in names)
        return replace(problem, vetoes=vetoes)
    shifts = (
        _shift_changed(s, change, what, problem.dimensions) if s.shift_id == subject else s for s in problem.shifts
    )
    return replace(problem, shifts=tuple(shifts))


def one_more_shift(problem: Problem) -> Iterator[tuple[Problem, PlannedShift]]:
    """Yield the problem with one more shift, for each kind of shift there is; the new one's id ends in +1."""
    seen: set[object] = set()
    for shift in problem.shifts:
        like = replace(shift, shift_id="", vehicle_id="", driver_id=None, driven=(), frozen=(), loaded_at=None)
        if like in seen:
            continue
        seen.add(like)
        new = replace(like, shift_id=f"{shift.shift_id}+1", vehicle_id=f"{shift.vehicle_id}+1")
        valuation = problem.valuation
        rates = {k: v for k, v in ((new.shift_id, valuation.rates.get(shift.shift_id)),) if v is not None}
        pairings: Pairings = {
            part: {**by_shift, new.shift_id: by_shift.get(shift.shift_id, {})}
            for part, by_shift in valuation.pairings.items()
        }
        priced = replace(valuation, rates={**valuation.rates, **rates}, pairings=pairings)
        yield replace(problem, shifts=(*problem.shifts, new), valuation=priced), new


def _widened(stop: Stop, of: str, *, earlier: int = 0, later: int = 0) -> Stop:
    """Return the stop with one of its windows wider; `of` ends in the window's number."""
    windows, k = list(stop.windows), int(of.rpartition(":")[2])
    windows[k] = TimeWindow(Seconds(windows[k].opens - earlier), Seconds(windows[k].closes + later))
    return replace(stop, windows=tuple(windows))


STOP_CHANGES: dict[str, Callable[[Stop, Relaxation], Stop]] = {
    "window_opens_earlier": lambda stop, change: _widened(stop, change.of, earlier=change.amount),
    "window_closes_later": lambda stop, change: _widened(stop, change.of, later=change.amount),
    "goods_earlier": lambda stop, change: replace(stop, release=Seconds(stop.release - change.amount)),
    "let_come": lambda stop, change: replace(stop, only=stop.only | {change.of}),
}


def _roomier(shift: PlannedShift, by: int, at: int) -> PlannedShift:
    capacities = (*shift.capacities[:at], shift.capacities[at] + by, *shift.capacities[at + 1 :])
    return replace(shift, capacities=capacities)


def _farther(shift: PlannedShift, by: int) -> PlannedShift:
    if shift.battery is None:
        return shift
    capacity, begins = shift.battery.capacity_wh + by, shift.battery.starts_with_wh + by
    return replace(shift, battery=replace(shift.battery, capacity_wh=capacity, starts_with_wh=begins))


SHIFT_CHANGES: dict[str, Callable[[PlannedShift, int], PlannedShift]] = {
    "shift_ends_later": lambda s, by: replace(s, ends=Seconds(s.ends + by)),
    "longer_shift": lambda s, by: replace(s, max_seconds=Seconds((s.max_seconds or 0) + by)),
    "more_metres": lambda s, by: replace(s, max_metres=Metres((s.max_metres or 0) + by)),
    "more_stops": lambda s, by: replace(s, max_stops=(s.max_stops or 0) + by),
    "more_range": _farther,
}


def _shift_changed(shift: PlannedShift, change: Relaxation, what: str, dimensions: tuple[str, ...]) -> PlannedShift:
    """Return a shift with one bound moved; `what` is the skill or the dimension."""
    if change.change == "skill":
        return replace(shift, offers=shift.offers | {what})
    if change.change == "more_room":
        return _roomier(shift, change.amount, dimensions.index(what))
    return SHIFT_CHANGES[change.change](shift, change.amount)
