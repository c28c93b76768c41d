"""Which stops no shift could take, even with nothing else to do, and why."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise

from doorstep.domain.problem import Battery, PlannedShift, Stop
from doorstep.domain.travel import Travel
from doorstep.operations.checking.driving import drive, too_late
from doorstep.operations.checking.energy import MWH, charged
from doorstep.operations.checking.halts import Halted, at_reload, at_stop, driven_halts, ready
from doorstep.operations.checking.loads import loads
from doorstep.operations.checking.question import Question, may_come
from doorstep.operations.checking.travel import least_metres, least_seconds

Errand = tuple[Stop, ...]
"""A stop and, where it is one of a pair, what has to be served with it, pick-ups first."""

Stage = tuple[Callable[[PlannedShift], bool], Callable[[Sequence[PlannedShift]], str]]
"""Whether a shift passes, and the sentence where none of those that came so far does."""


def no_shift_fits(question: Question, stops: Sequence[Stop]) -> Iterator[tuple[str, str]]:
    """Return id and sentence of each of these stops that no shift could serve alone."""
    shifts, reach = _unlike(question), _Reach(question)
    over = {past.halt for shift in question.problem.shifts for past in shift.driven}
    for stop in stops:
        if stop.stop_id in over:
            continue
        why = _why_none(question, reach, _errand(question, stop), shifts)
        if why:
            yield stop.stop_id, f"Stop {stop.stop_id!r} must be served, but {why}."


def _unlike(question: Question) -> list[PlannedShift]:
    """Return one of each lot of shifts that can do the same; people somebody names are unlike all others."""
    named = {veto.who for veto in question.problem.vetoes} | {
        who for stop in question.problem.stops for who in stop.only
    }
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
    if not shifts:
        return "there is no shift"
    stages: tuple[Stage, ...] = (
        (partial(_has_begun, question, errand), lambda _: "who fetched its goods is not there any more"),
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


def _has_begun(question: Question, errand: Errand, shift: PlannedShift) -> bool:
    """Return whether nobody else has begun the errand."""
    own = {past.halt for past in shift.driven}
    begun = {past.halt for other in question.problem.shifts for past in other.driven}
    return all(stop.stop_id in own for stop in errand if stop.stop_id in begun)


def _ahead(errand: Errand, shift: PlannedShift) -> Errand:
    """Return what of an errand a shift has not done yet."""
    over = {past.halt for past in shift.driven}
    return tuple(stop for stop in errand if stop.stop_id not in over)


def _takes(errand: Errand, shift: PlannedShift) -> bool:
    past = sum(isinstance(past.halt, str) for past in shift.driven)
    enough = shift.max_stops is None or shift.max_stops >= past + len(_ahead(errand, shift))
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
    return [refused for stop in errand for refused in question.refusals(shift, stop)]


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


def _ways(question: Question, errand: Errand, shift: PlannedShift) -> Iterator[tuple[list[Halted], int]]:
    """Return the ways to run an errand, with when to leave: with goods on board, or fetching them first."""
    past, halts = driven_halts(question, shift), _halts(_ahead(errand, shift))
    earliest = max(shift.starts, question.problem.now or 0) if shift.loaded_at is None else shift.loaded_at
    if past and shift.loaded_at is None:
        earliest = min(earliest, shift.driven[0].arrives_at)
    released = max(ready(halts))
    if shift.loaded_at is None or released <= shift.loaded_at:
        yield [*past, *halts], earliest if past or shift.loaded_at is not None else max(earliest, released)
    if shift.max_trips > 1:
        for row in shift.reloads:
            yield [*past, at_reload(shift, row), *halts], earliest


def _in_time(question: Question, errand: Errand, shift: PlannedShift) -> bool:
    for halts, leaves_at in _ways(question, errand, shift):
        driven = drive(question.problem, shift, halts, leaves_at)
        if driven.back <= shift.ends and not any(too_late("", halts, driven)):
            return True
    return False


def _never_in_time(question: Question, errand: Errand, shifts: Sequence[PlannedShift]) -> str:
    last, released = errand[-1], max(stop.release for stop in errand)
    ways = [(shift, way) for shift in shifts for way in _ways(question, errand, shift)]
    came = [drive(question.problem, shift, *way).arrives[len(shift.driven)] for shift, way in ways]
    early = f"earliest arrival {min(came)} s" if came else "every van is loaded"
    late = f", released at {released} s" if released > min(shift.starts for shift in shifts) else ""
    closes = f" and its last window closes at {last.windows[-1].closes} s" if last.windows else ""
    return f"no shift reaches it and is back in time ({early}{late}{closes}){_with(errand)}"


def _lawful(question: Question, errand: Errand, shift: PlannedShift) -> bool:
    """Return whether the errand alone, at the best hours, is within what the shift may do."""
    halts, leaves_at = next(_ways(question, errand, shift))
    course, n = drive(question.problem, shift, halts, leaves_at), len(shift.driven)
    rows = [shift.start, *(halt.location for halt in halts), shift.end]
    legs, times = list(pairwise(rows))[n:], question.problem.times[shift.profile]
    least = sum(least_seconds(times, *leg) for leg in legs)
    driving = sum(course.travel[:n]) + least
    lasts = [halt.lasts for halt in halts if halt.kind not in ("break", "charge")]
    past = course.leaves[n - 1] - course.paid_from if n else 0
    at_best = past + least + sum(halt.lasts for halt in halts[n:])
    limits = (
        (driving, shift.max_driving),
        (driving + sum(lasts), shift.max_working),
        (at_best if shift.free_departure else course.back - course.paid_from, shift.max_seconds),
        (sum(course.metres[:n]) + sum(least_metres(times, *leg) for leg in legs), shift.max_metres),
    )
    return not any(most is not None and found > most for found, most in limits)


def _too_long(errand: Errand, shifts: Sequence[PlannedShift]) -> str:
    del shifts
    return f"the way there and back alone is more than any shift may drive or work{_with(errand)}"


# How far a battery reaches


def _out_of_range(errand: Errand) -> str:
    return f"no battery reaches it and a charger, or the way back, after it{_with(errand)}"


@dataclass(frozen=True, slots=True)
class _Charged:
    """Where an electric van stands with how many mWh, and the rows of the chargers on its way out and its way home."""

    row: int
    level: int
    out: tuple[int, ...]
    home: tuple[int, ...]


@dataclass(slots=True)
class _Reach:
    """Whether batteries reach a stop at best, charging full wherever they can, and get away from it."""

    question: Question
    known: dict[str, _Charged] = field(default_factory=dict)

    def reaches(self, errand: Errand, shift: PlannedShift) -> bool:
        """Return whether a van may come to each stop of an errand and still get away from it."""
        battery = shift.battery
        if battery is None:
            return True
        if shift.shift_id not in self.known:
            self.known[shift.shift_id] = _plugs(self.question, shift, battery)
        van, use = self.known[shift.shift_id], partial(_use, self.question.problem.times[shift.profile], battery)
        for stop in _ahead(errand, shift):
            at, full = stop.location, battery.capacity_wh * MWH
            best = max([van.level - use(van.row, at), *(full - use(row, at) for row in van.out)])
            away = min([use(at, shift.end), *(use(at, row) for row in van.home)])
            if best - away < battery.reserve_wh * MWH:
                return False
        return True


def _use(times: Travel, battery: Battery, start: int, end: int) -> int:
    return least_metres(times, start, end) * battery.wh_per_km


def _plugs(question: Question, shift: PlannedShift, battery: Battery) -> _Charged:
    row, level = _stands(question, shift, battery)
    use = partial(_use, question.problem.times[shift.profile], battery)
    rows = [c.location for c in question.problem.chargers if min(c.watts, battery.charge_w) > 0]
    full, reserve = battery.capacity_wh * MWH, battery.reserve_wh * MWH
    step = {one: [other for other in rows if full - use(one, other) >= reserve] for one in rows}
    back = {one: [other for other in rows if one in step[other]] for one in rows}
    out = _grown([one for one in rows if level - use(row, one) >= reserve], step)
    return _Charged(row, level, out, _grown([one for one in rows if full - use(one, shift.end) >= reserve], back))


def _stands(question: Question, shift: PlannedShift, battery: Battery) -> tuple[int, int]:
    """Return where a van is and what its battery holds, after what it has driven."""
    past = driven_halts(question, shift)
    if not past:
        return shift.start, battery.starts_with_wh * MWH
    levels, brought = charged(shift, past, drive(question.problem, shift, past, shift.starts))
    return past[-1].location, levels[len(past) - 1] + brought[-1]


def _grown(rows: list[int], step: Mapping[int, Sequence[int]]) -> tuple[int, ...]:
    """Return all rows that steps lead to from these."""
    found = list(dict.fromkeys(rows))
    for row in found:
        found += [other for other in step[row] if other not in found]
    return tuple(found)
