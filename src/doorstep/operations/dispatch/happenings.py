"""An event written into a running day: what it changes, and nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import singledispatch
from typing import Any

from doorstep.domain.events import Cancelled, ClosedOff, Delayed, Event, FellOut, Ordered, Rewindowed, Ticked
from doorstep.domain.places import crow_metres
from doorstep.domain.problem import Break, Charge, Charger, Driven, Halt, PlannedShift, Problem, Stop
from doorstep.domain.units import Seconds, clock
from doorstep.domain.valuation import Valuation
from doorstep.domain.windows import TimeWindow, left_of
from doorstep.operations.dispatch.breakdown import fallen_out
from doorstep.operations.errors import UnknownStop
from doorstep.operations.new_place import with_place
from doorstep.operations.progress import RunningDay, bound, is_over, still_carried, stops_of, with_shift

NEVER = TimeWindow(Seconds(0), Seconds(0))
"""A window that is over before any day begins."""


def happened(day: RunningDay, event: Event) -> RunningDay:
    """Return the day after an event; `day` is as of the event's time already.

    What is driven stays as it is, but for the halt that a late van is at or on its way to, and one that a van which
    falls out will not reach. Raises UnknownStop where the event names an order or a shift that the problem doesn't
    have, and UnplannableInput where a new place can't be reached from what is known.
    """
    return bound(_happened(event, day))


def too_late_for(day: RunningDay, event: Event) -> str:
    """Return in words why an event changes nothing any more; empty where it does."""
    if isinstance(event, Cancelled | Rewindowed):
        stop_id = stop_of(day.problem, event.order_id).stop_id
        carrier = next((s.shift_id for s in day.problem.shifts if stop_id in stops_of(s)), None)
        return f"Order {event.order_id} stays as it is: {carrier} was there, or is on its way." if carrier else ""
    if isinstance(event, Delayed | FellOut):
        shift = shift_of(day.problem, event.shift_id)
        if shift.loaded_at is not None and is_over(shift) and shift.ends <= (day.problem.now or 0):
            return f"Shift {event.shift_id} was over by {clock(shift.ends)}; nothing changes."
    return ""


@singledispatch
def _happened(event: Any, day: RunningDay) -> RunningDay:
    raise TypeError(f"Expected an event, got {type(event).__name__} on {day.problem.day}.")


@_happened.register
def _(event: Ticked, day: RunningDay) -> RunningDay:
    del event
    return day


@_happened.register
def _(event: Ordered, day: RunningDay) -> RunningDay:
    """Add a stop, there from now on where a van must fetch its goods at the depot."""
    problem = day.problem
    taken = {s.stop_id for s in problem.stops} | {x for s in problem.stops for x in s.order_ids}
    if taken & {event.stop.stop_id, *event.stop.order_ids}:
        raise UnknownStop(
            f"Expected a new order, got {event.stop.stop_id!r}, which the plan has already; leave the event out if it "
            "was told before, else give the order an id of its own."
        )
    larger, row = with_place(problem, event.place)
    goods = not any(event.stop.picks) or any(event.stop.amounts)
    release = max(event.stop.release, problem.now or event.at) if goods else 0
    stop = replace(event.stop, location=row, release=Seconds(release))
    known = larger.valuation
    curves = {**known.curves, **({} if event.curve is None else {stop.stop_id: event.curve})}
    unserved = {**known.unserved, **({} if event.unserved is None else {stop.stop_id: event.unserved})}
    valuation = replace(known, curves=curves, unserved=unserved)
    return replace(day, problem=replace(larger, stops=(*larger.stops, stop), valuation=valuation))


@_happened.register
def _(event: Cancelled, day: RunningDay) -> RunningDay:
    """Take an order away; a stop that is left without orders goes with it, unless somebody is there already."""
    stop = stop_of(day.problem, event.order_id)
    left = tuple(x for x in stop.order_ids if x != event.order_id)
    if stop.stop_id in _driven_stops(day.problem):
        return day
    if left and event.order_id in stop.order_ids:
        return replace(day, problem=_with_stop(day.problem, replace(stop, order_ids=left)))
    gone = {stop.stop_id, *_partners(day.problem, stop.stop_id)}
    return _without(_with_less_room(day, gone), gone)


@_happened.register
def _(event: Rewindowed, day: RunningDay) -> RunningDay:
    """Give a stop other windows, unless somebody is there already."""
    stop = stop_of(day.problem, event.order_id)
    if stop.stop_id in _driven_stops(day.problem):
        return day
    return replace(day, problem=_with_stop(day.problem, replace(stop, windows=event.windows)))


@_happened.register
def _(event: ClosedOff, day: RunningDay) -> RunningDay:
    """Keep everybody from the doors and plugs around until they open again."""
    problem = day.problem
    doors, plugs = shut(problem, event)

    def closed[Somewhere: Stop | Charger](it: Somewhere) -> Somewhere:
        return replace(it, windows=left_of(it.windows, event.until) or (NEVER,))

    stops = tuple(closed(s) if s.stop_id in doors else s for s in problem.stops)
    chargers = tuple(closed(c) if c.charger_id in plugs else c for c in problem.chargers)
    return replace(day, problem=replace(problem, stops=stops, chargers=chargers))


@_happened.register
def _(event: Delayed, day: RunningDay) -> RunningDay:
    """Move what a van is just doing, or its start, to later."""
    shift, now = shift_of(day.problem, event.shift_id), day.problem.now or event.at
    if too_late_for(day, event):
        return day
    if shift.driven:
        *before, last = shift.driven
        return with_shift(day, replace(shift, driven=(*before, _later(last, event.seconds, now))))
    if shift.loaded_at is not None:
        return with_shift(day, replace(shift, loaded_at=Seconds(shift.loaded_at + event.seconds)))
    told = day.leaves.get(shift.shift_id, max(shift.starts, now))
    starts = Seconds(max(shift.starts, told + event.seconds))
    late = with_shift(day, replace(shift, starts=starts, ends=Seconds(max(shift.ends, starts))))
    return replace(late, leaves={k: at for k, at in day.leaves.items() if k != shift.shift_id})


@_happened.register
def _(event: FellOut, day: RunningDay) -> RunningDay:
    """End a shift; what its van has on board waits where it stands, for others to fetch."""
    shift = shift_of(day.problem, event.shift_id)
    return day if too_late_for(day, event) else fallen_out(day, shift, event)


def shut(problem: Problem, event: ClosedOff) -> tuple[set[str], set[str]]:
    """Return the stops still to be served and the chargers that lie within a closure."""

    def within(it: Stop | Charger) -> bool:
        place = problem.places[it.location]
        return place is not None and crow_metres(place, event.place) <= event.metres

    doors = {s.stop_id for s in problem.stops if within(s)} - _driven_stops(problem)
    return doors, {c.charger_id for c in problem.chargers if within(c)}


def stop_of(problem: Problem, order_id: str) -> Stop:
    """Return the stop that serves an order; raises UnknownStop."""
    for stop in problem.stops:
        if order_id in stop.order_ids or order_id == stop.stop_id:
            return stop
    known = [x for stop in problem.stops for x in stop.order_ids]
    raise UnknownStop(f"Expected an order of the plan, got {order_id!r}; {_nearest(order_id, known)}.")


def shift_of(problem: Problem, shift_id: str) -> PlannedShift:
    """Return a shift; raises UnknownStop."""
    for shift in problem.shifts:
        if shift.shift_id == shift_id:
            return shift
    known = [shift.shift_id for shift in problem.shifts]
    raise UnknownStop(f"Expected a shift of the plan, got {shift_id!r}; {_nearest(shift_id, known)}.")


def _nearest(given: str, known: Sequence[str]) -> str:
    """Return what somebody may have meant, as the end of a sentence."""
    near = get_close_matches(given, dict.fromkeys(known), n=3)
    if near:
        return f"did you mean {' or '.join(near)}"
    more = f" and {len(known) - 3} more" if len(known) > 3 else ""
    return f"its problem has {', '.join(known[:3])}{more}" if known else "it has none"


# A late van


def _later(last: Driven, seconds: Seconds, now: Seconds) -> Driven:
    """Return what a van is at, or on its way to, so much later; a rest or a charge that is going on lasts longer."""
    if last.arrives_at > now:
        arrives = Seconds(last.arrives_at + seconds)
        starts = Seconds(max(arrives, last.starts_at))
        leaves = Seconds(last.leaves_at + starts - last.starts_at)
        return replace(last, arrives_at=arrives, starts_at=starts, leaves_at=leaves)
    longer = Seconds(last.leaves_at + seconds)
    return replace(last, halt=_lasting(last.halt, Seconds(longer - last.starts_at)), leaves_at=longer)


def _lasting(halt: Halt, seconds: Seconds) -> Halt:
    return replace(halt, seconds=seconds) if isinstance(halt, Charge | Break) else halt


# An order that is not wanted any more


def _partners(problem: Problem, stop_id: str) -> set[str]:
    """Return the other half of the stop's pair, unless it is served already."""
    other = {
        p.delivery if p.pickup == stop_id else p.pickup for p in problem.pairs if stop_id in (p.pickup, p.delivery)
    }
    return other - _driven_stops(problem)


def _with_less_room(day: RunningDay, gone: set[str]) -> RunningDay:
    """Return the day in which goods that nobody wants any more take room in the van that has them on board.

    A van that reloads leaves them at the depot; until then they are not counted.
    """
    amounts = {s.stop_id: s.amounts for s in day.problem.stops if s.stop_id in gone}
    for shift in day.problem.shifts:
        for stop_id in gone & set(day.aboard(shift)):
            room = tuple(max(0, c - a) for c, a in zip(shift.capacities, amounts[stop_id], strict=True))
            if not shift.reloads:
                shift = replace(shift, capacities=room)  # noqa: PLW2901 - it has less room, and less again
                day = with_shift(day, shift)
    return replace(day, problem=still_carried(day.problem, gone))


def _without(day: RunningDay, gone: set[str]) -> RunningDay:
    """Return the day without some stops and all that is said of them."""
    problem = day.problem
    smaller = replace(
        problem,
        stops=tuple(s for s in problem.stops if s.stop_id not in gone),
        shifts=tuple(replace(s, frozen=tuple(x for x in s.frozen if x not in gone)) for s in problem.shifts),
        pairs=tuple(p for p in problem.pairs if not {p.pickup, p.delivery} & gone),
        vetoes=tuple(v for v in problem.vetoes if v.stop_id not in gone),
        valuation=_unpriced(problem.valuation, gone),
    )
    ahead = {k: tuple(h for h in halts if not isinstance(h, str) or h not in gone) for k, halts in day.ahead.items()}
    return replace(day, problem=smaller, ahead=ahead)


def _unpriced(valuation: Valuation, gone: set[str]) -> Valuation:
    return replace(
        valuation,
        curves={x: c for x, c in valuation.curves.items() if x not in gone},
        unserved={x: c for x, c in valuation.unserved.items() if x not in gone},
        pairings={
            part: {shift: {x: c for x, c in by.items() if x not in gone} for shift, by in shifts.items()}
            for part, shifts in valuation.pairings.items()
        },
    )


def _driven_stops(problem: Problem) -> set[str]:
    return {stop_id for shift in problem.shifts for stop_id in stops_of(shift)}


def _with_stop(problem: Problem, stop: Stop) -> Problem:
    return replace(problem, stops=tuple(stop if s.stop_id == stop.stop_id else s for s in problem.stops))
