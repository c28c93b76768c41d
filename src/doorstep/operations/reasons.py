"""Why a stop is left out, in words: what rules it out everywhere, else that it had to give way."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from doorstep.domain.problem import Halt, PlannedShift, Problem, Reload, Stop
from doorstep.domain.units import Seconds, clock
from doorstep.operations.driving import Book, Drive, drive, earliest_departure, released


def why_unserved(problem: Problem, stop: Stop) -> str:
    """Return in words why a stop is left out.

    What is said to be impossible is so for a van that has nothing else to do, or, where the stop is half of a pair,
    nothing but the two.
    """
    return why_left_out(Book.of(problem), stop)


def why_left_out(book: Book, stop: Stop) -> str:
    """Return the same where the problem lies ready by its ids."""
    impossible = _ruled_out(book, [stop]) or _pair_ruled_out(book, stop)
    if impossible:
        return impossible
    if stop.stop_id in book.problem.valuation.unserved:
        return "Serving it was believed to cost more than leaving it out, or other stops took its room."
    return "It must be served, but no shift had room and time for it beside the others."


def _pair_ruled_out(book: Book, stop: Stop) -> str:
    """Return why the pair that the stop belongs to can't be served; empty where it can, or there is none."""
    pair = book.pairs.get(stop.stop_id)
    if pair is None:
        return ""
    both = [book.stops[pair.pickup], book.stops[pair.delivery]]
    partner = both[1] if stop == both[0] else both[0]
    why = _ruled_out(book, [partner]) or _ruled_out(book, both)
    return why and f"It is a pair with {partner.stop_id!r}, and of the two: {why}"


def _ruled_out(book: Book, stops: Sequence[Stop]) -> str:
    """Return why no shift could serve these stops, in this order and nothing else; empty where one could."""
    needs: frozenset[str] = frozenset().union(*(stop.needs for stop in stops))
    offering = [s for s in book.problem.shifts if needs <= s.offers]
    if not offering:
        return f"No shift offers {', '.join(sorted(needs)) or 'anything: there is no shift at all'}."
    welcome = [s for s in offering if all(_may_come(book, s, stop) for stop in stops)]
    if not welcome:
        return _nobody_may(book, offering, stops)
    able = [s for s in welcome if _fits(book, s, stops)]
    if not able:
        return "It does not fit into any vehicle that could bring it, even alone."
    return _ruled_out_by_the_way(book, able, stops)


# Who may come


def _may_come(book: Book, shift: PlannedShift, stop: Stop) -> bool:
    """Return whether the stop lets this shift come, and nobody has a veto."""
    wanted = not stop.only or not stop.only.isdisjoint((shift.shift_id, shift.driver_id))
    return wanted and _veto(book, shift, stop) is None


def _veto(book: Book, shift: PlannedShift, stop: Stop) -> str | None:
    """Return the sentence of a veto that keeps the shift away, None where there is none."""
    for who in (shift.shift_id, shift.driver_id):
        reason = book.vetoes.get((who, stop.stop_id))
        if reason is not None:
            return f"{who!r} must not come ({reason})" if reason else f"{who!r} must not come"
    return None


def _nobody_may(book: Book, shifts: Sequence[PlannedShift], stops: Sequence[Stop]) -> str:
    """Return who may come only, and whose veto keeps them away."""
    only = sorted({who for stop in stops for who in stop.only})
    vetoes = sorted({veto for s in shifts for stop in stops if (veto := _veto(book, s, stop)) is not None})
    said = [f"only {', '.join(map(repr, only))} may come"] * bool(only) + vetoes[:3]
    return f"No shift that could bring it may come: {'; '.join(said)}."


# What fits, and what is in time


def _fits(book: Book, shift: PlannedShift, stops: Sequence[Stop]) -> bool:
    """Return whether the vehicle has room all the way."""
    loads = [book.loaded(stops)]
    for stop in stops:
        loads.append(book.served(loads[-1], stop))
    return all(a <= c for load in loads for a, c in zip(load, shift.capacities, strict=True))


def _ruled_out_by_the_way(book: Book, shifts: Sequence[PlannedShift], stops: Sequence[Stop]) -> str:
    """Return what is wrong with the way of every one of these shifts: its goods, its time, its range or its length."""
    loadable, in_time, in_range = False, False, False
    for shift, alone in ((one, way) for one in shifts for way in _alone(book, one, stops)):
        loadable = True
        punctual = alone.missed == 0 and alone.returns_at <= shift.ends
        charged = punctual and _in_range(book, shift, alone)
        if charged and _allowed(shift, alone):
            return ""
        in_time, in_range = in_time or punctual, in_range or charged
    if in_range:
        return "Every shift that could bring it is bound to fewer stops, kilometres or hours than that takes."
    if in_time:
        return "No vehicle that could bring it in time has the range to go there and back, even alone."
    if not loadable:
        return "Every van that could bring it was loaded before its goods were there."
    return _too_late(book, shifts, stops)


def _alone(book: Book, shift: PlannedShift, stops: Sequence[Stop]) -> Iterator[Drive]:
    """Yield what happens when the shift serves these stops after what it has driven, and leaves as early as it can."""
    for halts in _ways(shift, stops):
        yield drive(book, shift, halts, earliest_departure(book, shift, halts))


def _ways(shift: PlannedShift, stops: Sequence[Stop]) -> Iterator[list[Halt]]:
    """Yield the halts by which these stops could be served: with what is loaded, or after fetching their goods."""
    past: list[Halt] = [driven.halt for driven in shift.driven]
    fetched = [driven.starts_at for driven in shift.driven if isinstance(driven.halt, Reload)]
    loaded = fetched[-1] if fetched else shift.loaded_at
    ids: list[Halt] = [stop.stop_id for stop in stops]
    if loaded is None or released(stops) <= loaded:
        yield past + ids
    elif len(fetched) + 1 < shift.max_trips:
        yield from ([*past, Reload(row), *ids] for row in shift.reloads)


def _in_range(book: Book, shift: PlannedShift, alone: Drive) -> bool:
    """Return whether the battery carries the van; where there are chargers, nothing is said against it."""
    battery = shift.battery
    return battery is None or bool(book.chargers) or alone.lowest >= battery.reserve_wh * 1000


def _allowed(shift: PlannedShift, alone: Drive) -> bool:
    """Return whether the way keeps the shift's bounds; with a free departure a later one might last less."""
    lasts = 0 if shift.free_departure else alone.returns_at - shift.starts
    return (
        (shift.max_stops is None or len(alone.stops) <= shift.max_stops)
        and (shift.max_metres is None or alone.metres <= shift.max_metres)
        and (shift.max_seconds is None or lasts <= shift.max_seconds)
    )


def _too_late(book: Book, shifts: Sequence[PlannedShift], stops: Sequence[Stop]) -> str:
    """Return that the stops are too far for their windows, or there too late themselves."""
    at = released(stops)
    halts = [stop.stop_id for stop in stops]
    for shift in shifts if at else ():
        early = drive(book, replace(shift, driven=()), halts, max(shift.starts, book.problem.now or Seconds(0)))
        if early.missed == 0 and early.returns_at <= shift.ends:
            return f"Its goods are there at {clock(at)}, too late for every shift that could bring it."
    return "No shift that could bring it reaches it inside its windows and is back before it ends."
