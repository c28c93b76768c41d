"""A problem with one bound moved: what 'would be served if' means, exactly."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from doorstep.domain.plan import Relaxation
from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.units import Cents, Metres, Seconds
from doorstep.domain.valuation import Pairings
from doorstep.domain.windows import TimeWindow
from doorstep.operations.explain.insertion import Errand
from doorstep.operations.progress import NOBODY, is_over

UNITS = {
    "window_opens_earlier": "s",
    "window_closes_later": "s",
    "shift_ends_later": "s",
    "longer_shift": "s",
    "more_driving": "s",
    "more_working": "s",
    "goods_earlier": "s",
    "more_metres": "m",
    "more_range": "Wh",
    "more_stops": "stops",
    "more_room": "units",
    "skill": "skill",
    "let_come": "shift",
    "veto_lifted": "veto",
    "worth_more": "cents",
    "instead_of": "stop",
    "another_shift": "shift",
    "another_shift_for": "s",
    "search_longer": "s",
}
"""In what each change is counted."""


def relaxed(problem: Problem, errand: Errand, change: Relaxation) -> Problem:
    """Return the problem with exactly this one thing changed."""
    if change.change in WHOLE_CHANGES:
        return WHOLE_CHANGES[change.change](problem, errand, change)
    if change.change in STOP_CHANGES:
        ids = {stop.stop_id for stop in errand}
        changed = STOP_CHANGES[change.change]
        return replace(problem, stops=tuple(changed(s, change) if s.stop_id in ids else s for s in problem.stops))
    subject, _, what = change.of.rpartition(":") if change.change in SHIFTS_WITH else (change.of, "", "")
    shifts = (
        _shift_changed(s, change, what, problem.dimensions) if s.shift_id == subject else s for s in problem.shifts
    )
    return replace(problem, shifts=tuple(shifts))


# The whole


def left_away(problem: Problem, errand: Errand) -> Problem:
    """Return the problem in which nobody may do an errand, and nobody must."""
    ids = {stop.stop_id for stop in errand}
    free = {x: problem.valuation.unserved.get(x, Cents(0)) for x in ids}
    return replace(
        problem,
        stops=tuple(replace(s, only=frozenset({NOBODY})) if s.stop_id in ids else s for s in problem.stops),
        valuation=replace(problem.valuation, unserved={**problem.valuation.unserved, **free}),
    )


def _worth_more(problem: Problem, errand: Errand, change: Relaxation) -> Problem:
    """Return the problem in which leaving the errand out costs more, and a cent beyond."""
    unserved = dict(problem.valuation.unserved)
    priced = next(stop.stop_id for stop in errand if stop.stop_id in unserved)
    unserved[priced] = Cents(unserved[priced] + change.amount + 1)
    return replace(problem, valuation=replace(problem.valuation, unserved=unserved))


def _instead_of(problem: Problem, errand: Errand, change: Relaxation) -> Problem:
    del errand
    return left_away(problem, tuple(s for s in problem.stops if s.stop_id == change.of))


def _veto_lifted(problem: Problem, errand: Errand, change: Relaxation) -> Problem:
    ids = {stop.stop_id for stop in errand}
    who = {x for s in problem.shifts if s.shift_id == change.of for x in (s.shift_id, s.driver_id)}
    return replace(problem, vetoes=tuple(v for v in problem.vetoes if v.stop_id not in ids or v.who not in who))


def _another_shift(problem: Problem, errand: Errand, change: Relaxation) -> Problem:
    del errand
    return one_more_like(problem, next(s for s in problem.shifts if s.shift_id == change.of))[0]


def _another_shift_for(problem: Problem, errand: Errand, change: Relaxation) -> Problem:
    del errand
    like = next(s for s in problem.shifts if s.shift_id == change.of)
    return one_more_like(problem, anew(problem, like, change.amount))[0]


WHOLE_CHANGES: dict[str, Callable[[Problem, Errand, Relaxation], Problem]] = {
    "worth_more": _worth_more,
    "instead_of": _instead_of,
    "veto_lifted": _veto_lifted,
    "another_shift": _another_shift,
    "another_shift_for": _another_shift_for,
    "search_longer": lambda problem, errand, change: problem,
}


def one_more_shift(problem: Problem) -> Iterator[PlannedShift]:
    """Yield one shift of each kind that goes on."""
    yield from _unlike(problem, (shift for shift in problem.shifts if not is_over(shift)))


def over_today(problem: Problem, seconds: int) -> Iterator[PlannedShift]:
    """Yield one shift of each kind that is over while the day runs, each with so many seconds from now on."""
    over = (shift for shift in problem.shifts if is_over(shift) and problem.now is not None)
    yield from _unlike(problem, (anew(problem, shift, seconds) for shift in over))


def anew(problem: Problem, shift: PlannedShift, seconds: int) -> PlannedShift:
    """Return a shift that is over as if it had so many seconds from now, or from its start, on and had driven nowhere.

    When it would have ended, how many stops it was allowed, and whether it was to end elsewhere is not kept once it is
    over: it takes as many stops as it has time for, and is back where it began.
    """
    starts = Seconds(max(shift.starts, problem.now or 0))
    begun = replace(shift, driven=(), frozen=(), loaded_at=None)
    return replace(begun, starts=starts, ends=Seconds(starts + seconds), max_stops=None, end=shift.start)


def _unlike(problem: Problem, shifts: Iterable[PlannedShift]) -> Iterator[PlannedShift]:
    """Yield the first of each kind of shift."""
    seen: set[object] = set()
    for shift in shifts:
        like = (_fresh(shift), problem.valuation.rates.get(shift.shift_id))
        if like not in seen:
            seen.add(like)
            yield shift


def one_more_like(problem: Problem, shift: PlannedShift) -> tuple[Problem, PlannedShift]:
    """Return the problem with one more shift like one of today's, and that shift; its id ends in +1."""
    new = replace(_fresh(shift), shift_id=f"{shift.shift_id}+1", vehicle_id=f"{shift.vehicle_id}+1")
    valuation = problem.valuation
    rates = {k: v for k, v in ((new.shift_id, valuation.rates.get(shift.shift_id)),) if v is not None}
    pairings: Pairings = {
        part: {**by_shift, new.shift_id: by_shift.get(shift.shift_id, {})}
        for part, by_shift in valuation.pairings.items()
    }
    priced = replace(valuation, rates={**valuation.rates, **rates}, pairings=pairings)
    return replace(problem, shifts=(*problem.shifts, new), valuation=priced), new


def _fresh(shift: PlannedShift) -> PlannedShift:
    """Return the shift as nobody has driven it, and without names."""
    return replace(shift, shift_id="", vehicle_id="", driver_id=None, driven=(), frozen=(), loaded_at=None)


# A stop


def _widened(stop: Stop, of: str, *, earlier: int = 0, later: int = 0) -> Stop:
    """Return the stop with one of its windows wider; `of` is its id and the window's number."""
    stop_id, _, number = of.rpartition(":")
    if stop.stop_id != stop_id:
        return stop
    windows, k = list(stop.windows), int(number)
    windows[k] = TimeWindow(Seconds(windows[k].opens - earlier), Seconds(windows[k].closes + later))
    return replace(stop, windows=tuple(windows))


STOP_CHANGES: dict[str, Callable[[Stop, Relaxation], Stop]] = {
    "window_opens_earlier": lambda stop, change: _widened(stop, change.of, earlier=change.amount),
    "window_closes_later": lambda stop, change: _widened(stop, change.of, later=change.amount),
    "goods_earlier": lambda stop, change: replace(stop, release=Seconds(max(0, stop.release - change.amount))),
    "let_come": lambda stop, change: replace(stop, only=stop.only | {change.of}) if stop.only else stop,
}


# A shift


def _roomier(shift: PlannedShift, by: int, at: int) -> PlannedShift:
    capacities = (*shift.capacities[:at], shift.capacities[at] + by, *shift.capacities[at + 1 :])
    return replace(shift, capacities=capacities)


def _farther(shift: PlannedShift, by: int) -> PlannedShift:
    if shift.battery is None:
        return shift
    capacity, begins = shift.battery.capacity_wh + by, shift.battery.starts_with_wh + by
    return replace(shift, battery=replace(shift.battery, capacity_wh=capacity, starts_with_wh=begins))


SHIFTS_WITH = ("skill", "more_room")
"""Changes of a shift that say of what, after its id."""

SHIFT_CHANGES: dict[str, Callable[[PlannedShift, int], PlannedShift]] = {
    "shift_ends_later": lambda s, by: replace(s, ends=Seconds(s.ends + by)),
    "longer_shift": lambda s, by: replace(s, max_seconds=Seconds((s.max_seconds or 0) + by)),
    "more_driving": lambda s, by: replace(s, max_driving=Seconds((s.max_driving or 0) + by)),
    "more_working": lambda s, by: replace(s, max_working=Seconds((s.max_working or 0) + by)),
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
