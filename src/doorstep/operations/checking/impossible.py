"""Which stops no shift could take, even with nothing else to do, and why."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise

from doorstep.domain.problem import Battery, PlannedShift, Stop
from doorstep.domain.travel import Travel
from doorstep.operations.checking.driving import drive, too_late
from doorstep.operations.checking.energy import MWH
from doorstep.operations.checking.halts import Halted, at_reload, at_stop, ready
from doorstep.operations.checking.loads import loads
from doorstep.operations.checking.question import Question, may_come
from doorstep.operations.checking.travel import arrival, least_metres, least_seconds

Errand = tuple[Stop, ...]
"""A stop and, where it is one of a pair, what has to be served with it, pick-ups first."""

Stage = tuple[Callable[[PlannedShift], bool], Callable[[Sequence[PlannedShift]], str]]
"""Whether a shift passes, and the sentence where none of those that came so far does."""


def no_shift_fits(question: Question, stops: Sequence[Stop]) -> Iterator[tuple[str, str]]:
    """Return id and sentence of each of these stops that no shift could serve alone."""
    shifts, reach = _unlike(question), _Reach(question)
    for stop in stops:
        why = _why_none(question, reach, _errand(question, stop), shifts)
        if why:
            yield stop.stop_id, f"Stop {stop.stop_id!r} must be served, but {why}."


def _unlike(question: Question) -> list[PlannedShift]:
    """Return one of each lot of shifts that can do the same; people somebody names are unlike all others."""
    named = {who for who, _ in question.vetoes} | {who for stop in question.problem.stops for who in stop.only}
    lots: dict[object, PlannedShift] = {}
    for shift in question.problem.shifts:
        people = frozenset({shift.shift_id, shift.driver_id} & named)
        lots[replace(shift, shift_id="", vehicle_id="", driver_id=None, frozen=()), people] = shift
    return list(lots.values())


def _errand(question: Question, stop: Stop) -> Errand:
    fetch = question.fetched_at.get(stop.stop_id, ())
    bring = question.fetched_for.get(stop.stop_id, ())
    return tuple(question.stops[one] for one in (*fetch, stop.stop_id, *bring))


def _why_none(question: Question, reach: "_Reach", errand: Errand, shifts: Sequence[PlannedShift]) -> str:
    stages: tuple[Stage, ...] = (
        (partial(_takes, errand), partial(_no_taker, errand)),
        (lambda s: all(may_come(s, stop) for stop in errand), lambda _: _named_only(errand)),
        (lambda s: not _refusals(question, errand, s), partial(_all_refuse, question, errand)),
        (partial(_has_room, question, errand), partial(_too_large, question, errand)),
        (partial(_in_time, question, errand), partial(_never_in_time, question, errand)),
        (partial(_lawful, question, errand), partial(_too_long, errand)),
        (partial(reach.reaches, errand), lambda _: _out_of_range(errand)),
    )
    if any(all(passes(shift) for passes, _ in stages) for shift in shifts):
        return ""
    for passes, says in stages:
        passing = [shift for shift in shifts if passes(shift)]
        if not passing:
            return says(shifts)
        shifts = passing
    raise AssertionError  # pragma: no cover - a shift that passes all would have ended this above


def _with(errand: Errand) -> str:
    """Return what a sentence adds where a stop does not come alone."""
    return f" (with the rest of its pair: {', '.join(repr(stop.stop_id) for stop in errand)})" if errand[1:] else ""


# Who may


def _takes(errand: Errand, shift: PlannedShift) -> bool:
    enough = shift.max_stops is None or shift.max_stops >= len(errand)
    return enough and all(stop.needs <= shift.offers for stop in errand)


def _no_taker(errand: Errand, shifts: Sequence[PlannedShift]) -> str:
    needs = sorted(frozenset[str]().union(*(stop.needs for stop in errand)))
    offered = any(all(stop.needs <= shift.offers for stop in errand) for shift in shifts)
    if needs and not offered:
        return f"there is no shift that offers {', '.join(needs)}"
    return f"there is no shift that takes {'any stop' if len(errand) == 1 else f'{len(errand)} stops'}"


def _named_only(errand: Errand) -> str:
    names = sorted(frozenset[str]().union(*(stop.only for stop in errand)))
    return f"of those it is meant for ({', '.join(names[:5])}) none could take it{_with(errand)}"


def _refusals(question: Question, errand: Errand, shift: PlannedShift) -> list[tuple[str, str]]:
    return [refused for stop in errand if (refused := question.refusal(shift, stop))]


def _all_refuse(question: Question, errand: Errand, shifts: Sequence[PlannedShift]) -> str:
    words = dict(refused for shift in shifts for refused in _refusals(question, errand, shift))
    said = "; ".join(f"{who}: {reason}" for who, reason in list(words.items())[:3])
    return f"everybody who could take it must not be given it ({said})"


# What fits


def _halts(errand: Errand) -> list[Halted]:
    return [at_stop(stop) for stop in errand]


def _most(question: Question, errand: Errand) -> tuple[int, ...]:
    on_board = loads(question, _halts(errand))
    return tuple(max(moment) for moment in zip(on_board.leaving, *on_board.after, strict=True))


def _has_room(question: Question, errand: Errand, shift: PlannedShift) -> bool:
    return all(most <= room for most, room in zip(_most(question, errand), shift.capacities, strict=True))


def _too_large(question: Question, errand: Errand, shifts: Sequence[PlannedShift]) -> str:
    largest = [max(s.capacities[d] for s in shifts) for d in range(len(question.problem.dimensions))]
    amounts = list(_most(question, errand))
    return f"its amounts {amounts} exceed every capacity (largest by dimension: {largest}){_with(errand)}"


# When


def _ways(errand: Errand, shift: PlannedShift) -> Iterator[tuple[list[Halted], int]]:
    """Return the ways to run an errand, with when to leave: from the start, or after fetching its goods elsewhere."""
    halts = _halts(errand)
    yield halts, max(shift.starts, *ready(halts))
    if shift.max_trips > 1:
        for row in shift.reloads:
            yield [at_reload(shift, row), *halts], shift.starts


def _in_time(question: Question, errand: Errand, shift: PlannedShift) -> bool:
    for halts, leaves_at in _ways(errand, shift):
        driven = drive(question.problem, shift, halts, leaves_at)
        if driven.back <= shift.ends and not any(too_late("", halts, driven)):
            return True
    return False


def _never_in_time(question: Question, errand: Errand, shifts: Sequence[PlannedShift]) -> str:
    first, last = errand[0], errand[-1]
    released = max(stop.release for stop in errand)
    times = question.problem.times
    early = min(arrival(times[s.profile], s.start, first.location, max(s.starts, released)) for s in shifts)
    closes = f" and its last window closes at {last.windows[-1].closes} s" if last.windows else ""
    late = f", released at {released} s" if released > min(s.starts for s in shifts) else ""
    return f"no shift reaches it and is back in time (earliest arrival {early} s{late}{closes}){_with(errand)}"


def _legs(errand: Errand, shift: PlannedShift) -> list[tuple[int, int]]:
    rows = [shift.start, *(stop.location for stop in errand), shift.end]
    return list(pairwise(rows))


def _lawful(question: Question, errand: Errand, shift: PlannedShift) -> bool:
    """Return whether the errand alone, at the best hours, is within what the shift may do."""
    times, legs = question.problem.times[shift.profile], _legs(errand, shift)
    driving = sum(least_seconds(times, *leg) for leg in legs)
    working = driving + sum(stop.service for stop in errand)
    halts, leaves_at = next(_ways(errand, shift))
    duration = working if shift.free_departure else drive(question.problem, shift, halts, leaves_at).back - shift.starts
    limits = (
        (driving, shift.max_driving),
        (working, shift.max_working),
        (duration, shift.max_seconds),
        (sum(least_metres(times, *leg) for leg in legs), shift.max_metres),
    )
    return all(most is None or least <= most for least, most in limits)


def _too_long(errand: Errand, shifts: Sequence[PlannedShift]) -> str:
    del shifts
    return f"the way there and back alone is more than any shift may drive or work{_with(errand)}"


# How far a battery reaches


def _out_of_range(errand: Errand) -> str:
    return f"no battery reaches it and a charger, or the way back, after it{_with(errand)}"


@dataclass(slots=True)
class _Reach:
    """How much is in the battery at best on coming to a row, and how much is needed there at least; by shift."""

    question: Question
    known: dict[str, tuple[Sequence[int], Sequence[int]]] = field(default_factory=dict)

    def reaches(self, errand: Errand, shift: PlannedShift) -> bool:
        """Return whether a van may come to each stop of an errand and still get away from it."""
        if shift.battery is None:
            return True
        if shift.shift_id not in self.known:
            self.known[shift.shift_id] = _plugs(self.question, shift, shift.battery)
        use = partial(_use, self.question.problem.times[shift.profile], shift.battery)
        out, home = self.known[shift.shift_id]
        full, reserve = shift.battery.capacity_wh * MWH, shift.battery.reserve_wh * MWH
        for stop in errand:
            at = stop.location
            best = max(
                [shift.battery.starts_with_wh * MWH - use(shift.start, at), *(full - use(row, at) for row in out)]
            )
            if best - min([use(at, shift.end), *(use(at, row) for row in home)]) < reserve:
                return False
        return True


def _use(times: Travel, battery: Battery, start: int, end: int) -> int:
    return least_metres(times, start, end) * battery.wh_per_km


def _plugs(question: Question, shift: PlannedShift, battery: Battery) -> tuple[list[int], list[int]]:
    """Return the chargers' rows that can be reached from the start, and those from which the end can be."""
    use = partial(_use, question.problem.times[shift.profile], battery)
    rows = [c.location for c in question.problem.chargers if min(c.watts, battery.charge_w) > 0]
    full, reserve = battery.capacity_wh * MWH, battery.reserve_wh * MWH
    out = [row for row in rows if battery.starts_with_wh * MWH - use(shift.start, row) >= reserve]
    home = [row for row in rows if full - use(row, shift.end) >= reserve]
    step = {row: [other for other in rows if full - use(row, other) >= reserve] for row in rows}
    back = {row: [other for other in rows if row in step[other]] for row in rows}
    return _grown(out, step), _grown(home, back)


def _grown(rows: list[int], step: Mapping[int, Sequence[int]]) -> list[int]:
    """Return all rows that steps lead to from these."""
    found = list(dict.fromkeys(rows))
    for row in found:
        found += [other for other in step[row] if other not in found]
    return found
