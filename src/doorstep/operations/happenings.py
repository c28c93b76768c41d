"""An event written into the problem of a running day: what it changes, and nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from functools import singledispatch
from typing import Any

from doorstep.domain.events import Cancelled, ClosedOff, Delayed, Event, FellOut, Ordered, Rewindowed, Ticked
from doorstep.domain.places import crow_metres
from doorstep.domain.problem import Break, Charge, Driven, Pair, PlannedShift, Problem, Reload, Stop, Veto
from doorstep.domain.units import Cents, Seconds, clock
from doorstep.domain.valuation import Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.operations.errors import UnknownStop
from doorstep.operations.new_place import with_place


def happened(problem: Problem, event: Event) -> Problem:
    """Return the problem after an event; `problem` is as of the event's time already.

    Raises UnknownStop where the event names an order or a shift that the problem doesn't have, and UnplannableInput
    where a new place can't be reached from what is known.
    """
    return _happened(event, problem)


@singledispatch
def _happened(event: Any, problem: Problem) -> Problem:
    raise TypeError(f"Expected an event, got {type(event).__name__}.")


@_happened.register
def _(event: Ticked, problem: Problem) -> Problem:
    del event
    return problem


@_happened.register
def _(event: Ordered, problem: Problem) -> Problem:
    """Add a stop, there from now on where a van must fetch its goods at the depot."""
    if any(s.stop_id == event.stop.stop_id for s in problem.stops):
        raise UnknownStop(f"Expected a new order, got {event.stop.stop_id!r}, which the plan has already.")
    larger, row = with_place(problem, event.place)
    release = event.stop.release or event.at
    goods = not any(event.stop.picks) or any(event.stop.amounts)
    stop = replace(event.stop, location=row, release=Seconds(release if goods else 0))
    known = larger.valuation
    curves = {**known.curves, **({} if event.curve is None else {stop.stop_id: event.curve})}
    unserved = {**known.unserved, **({} if event.unserved is None else {stop.stop_id: event.unserved})}
    return replace(larger, stops=(*larger.stops, stop), valuation=replace(known, curves=curves, unserved=unserved))


@_happened.register
def _(event: Cancelled, problem: Problem) -> Problem:
    """Take an order away; a stop that is left without orders goes with it, unless somebody is there already."""
    stop = stop_of(problem, event.order_id)
    left = tuple(x for x in stop.order_ids if x != event.order_id)
    if left:
        return _with_stop(problem, replace(stop, order_ids=left))
    if stop.stop_id in _driven_stops(problem):
        return problem
    gone = {stop.stop_id, *_partners(problem, stop.stop_id)}
    return _without(problem, gone)


@_happened.register
def _(event: Rewindowed, problem: Problem) -> Problem:
    """Give a stop other windows."""
    return _with_stop(problem, replace(stop_of(problem, event.order_id), windows=event.windows))


@_happened.register
def _(event: ClosedOff, problem: Problem) -> Problem:
    """Keep everybody from the places around until they open again."""

    def closed(stop: Stop) -> Stop:
        place = problem.places[stop.location]
        if place is None or crow_metres(place, event.place) > event.metres or stop.stop_id in driven:
            return stop
        return replace(stop, windows=_from(stop.windows, event.until))

    driven = _driven_stops(problem)
    return replace(problem, stops=tuple(closed(s) for s in problem.stops))


@_happened.register
def _(event: Delayed, problem: Problem) -> Problem:
    """Move what a van is just doing, or its start, to later."""
    shift = shift_of(problem, event.shift_id)
    if not shift.driven:
        if shift.loaded_at is None:
            return _with_shift(problem, replace(shift, starts=Seconds(shift.starts + event.seconds)))
        return _with_shift(problem, replace(shift, loaded_at=Seconds(shift.loaded_at + event.seconds)))
    *before, last = shift.driven
    under_way = last.arrives_at > event.at
    arrives = Seconds(last.arrives_at + event.seconds) if under_way else last.arrives_at
    starts = Seconds(max(arrives, last.starts_at)) if under_way else last.starts_at
    late = starts - last.starts_at if under_way else event.seconds
    moved = replace(last, arrives_at=arrives, starts_at=starts, leaves_at=Seconds(last.leaves_at + late))
    return _with_shift(problem, replace(shift, driven=(*before, moved)))


@_happened.register
def _(event: FellOut, problem: Problem) -> Problem:
    """End a shift; what its van has on board waits where it stands, for others to fetch."""
    shift = shift_of(problem, event.shift_id)
    if shift.loaded_at is None:
        return replace(problem, shifts=tuple(s for s in problem.shifts if s.shift_id != shift.shift_id))
    driven = tuple(d for d in shift.driven if d.arrives_at <= event.at)
    here = _standing(problem, shift, driven)
    ended = replace(shift, driven=driven, max_stops=sum(isinstance(d.halt, str) for d in driven), frozen=())
    served = {d.halt for d in driven}
    stranded = [s for s in problem.stops if shift.shift_id in s.only and s.stop_id not in served]
    fetched = {pair.delivery for pair in problem.pairs if pair.pickup in served}
    stranded += [s for s in problem.stops if s.stop_id in fetched - served and s not in stranded]
    return _rescued(_with_shift(problem, ended), stranded, here, event)


def stop_of(problem: Problem, order_id: str) -> Stop:
    """Return the stop that serves an order; raises UnknownStop."""
    for stop in problem.stops:
        if order_id in stop.order_ids or order_id == stop.stop_id:
            return stop
    raise UnknownStop(f"Expected an order of the plan, got {order_id!r}.")


def shift_of(problem: Problem, shift_id: str) -> PlannedShift:
    """Return a shift; raises UnknownStop."""
    for shift in problem.shifts:
        if shift.shift_id == shift_id:
            return shift
    raise UnknownStop(f"Expected one of the problem's {len(problem.shifts)} shifts, got {shift_id!r}.")


def _rescued(problem: Problem, stranded: Sequence[Stop], here: int, event: FellOut) -> Problem:
    """Let each stranded stop's goods be fetched at `here`: a pair of a new stop there and the stop itself."""
    places = tuple(
        Stop(f"fetch {s.stop_id} from {event.shift_id}", (), here, (), event.handover, (0,) * len(s.amounts))
        for s in stranded
    )
    ids = {s.stop_id for s in stranded}
    pairs = tuple(p for p in problem.pairs if p.delivery not in ids)
    pairs += tuple(Pair(place.stop_id, s.stop_id) for place, s in zip(places, stranded, strict=True))
    stops = tuple(replace(s, only=frozenset(), release=Seconds(0)) if s.stop_id in ids else s for s in problem.stops)
    unserved = problem.valuation.unserved
    free = {place.stop_id: Cents(0) for place, s in zip(places, stranded, strict=True) if s.stop_id in unserved}
    away = tuple(Veto(event.shift_id, x, f"this shift ended at {clock(event.at)}") for x in sorted(ids))
    return replace(
        problem,
        stops=(*stops, *places),
        pairs=pairs,
        vetoes=(*problem.vetoes, *away),
        valuation=replace(problem.valuation, unserved={**unserved, **free}),
    )


def _standing(problem: Problem, shift: PlannedShift, driven: Sequence[Driven]) -> int:
    """Return the row nearest to where a van stands after what it has driven."""
    for done in reversed(driven):
        match done.halt:
            case Reload(location):
                return location
            case Charge(charger_id):
                return next(c.location for c in problem.chargers if c.charger_id == charger_id)
            case Break():
                continue
            case stop_id:
                return next(s.location for s in problem.stops if s.stop_id == stop_id)
    return shift.start


def _from(windows: Sequence[TimeWindow], until: Seconds) -> tuple[TimeWindow, ...]:
    """Return what is left of windows from a second on; where nothing is, that second itself."""
    if not windows:
        return (TimeWindow(until, Seconds(2**27)),)
    left = tuple(TimeWindow(max(w.opens, until), w.closes) for w in windows if w.closes >= until)
    return left or (TimeWindow(until, until),)


def _driven_stops(problem: Problem) -> set[str]:
    return {d.halt for s in problem.shifts for d in s.driven if isinstance(d.halt, str)}


def _partners(problem: Problem, stop_id: str) -> set[str]:
    """Return the other half of the stop's pair, unless it is served already."""
    other = {
        p.delivery if p.pickup == stop_id else p.pickup for p in problem.pairs if stop_id in (p.pickup, p.delivery)
    }
    return other - _driven_stops(problem)


def _with_stop(problem: Problem, stop: Stop) -> Problem:
    return replace(problem, stops=tuple(stop if s.stop_id == stop.stop_id else s for s in problem.stops))


def _with_shift(problem: Problem, shift: PlannedShift) -> Problem:
    return replace(problem, shifts=tuple(shift if s.shift_id == shift.shift_id else s for s in problem.shifts))


def _without(problem: Problem, gone: set[str]) -> Problem:
    """Return the problem without some stops and all that is said of them."""
    return replace(
        problem,
        stops=tuple(s for s in problem.stops if s.stop_id not in gone),
        shifts=tuple(replace(s, frozen=tuple(x for x in s.frozen if x not in gone)) for s in problem.shifts),
        pairs=tuple(p for p in problem.pairs if not {p.pickup, p.delivery} & gone),
        vetoes=tuple(v for v in problem.vetoes if v.stop_id not in gone),
        valuation=_unpriced(problem.valuation, gone),
    )


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
