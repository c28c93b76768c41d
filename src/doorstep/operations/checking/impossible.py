"""Which stops no shift could take, even with nothing else to do, and why."""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise

from doorstep.domain.duty import BreakRule
from doorstep.domain.problem import Battery, PlannedShift, Stop
from doorstep.domain.travel import Travel
from doorstep.operations.checking.alone import (
    BOUNDS,
    Errand,
    ahead,
    as_if_loaded,
    bound_of,
    excess,
    halts_of_errand,
    in_time,
    punctual,
    rule_broken,
    ways,
)
from doorstep.operations.checking.driving import drive
from doorstep.operations.checking.energy import MWH, charged
from doorstep.operations.checking.halts import driven_halts
from doorstep.operations.checking.loads import loads
from doorstep.operations.checking.question import Question, may_come
from doorstep.operations.checking.times import YEAR, lasting, moment, spans
from doorstep.operations.checking.travel import least_metres, least_seconds

Stage = tuple[Callable[[PlannedShift], bool], Callable[[Sequence[PlannedShift]], str]]
"""Whether a shift passes, and the clause where none of those that came so far does."""

THOUSANDS = {"weight_g": "kg of weight", "volume_ml": "litres of volume"}
"""What a thousand of a dimension is called; of others the name says what is counted."""

TAKES = {
    "max_stops": "it takes {}",
    "max_metres": "the way there and back is {}",
    "max_seconds": "it takes {} from leaving to being back",
    "max_driving": "it takes {} at the wheel",
    "max_working": "it takes {} of driving and service",
}
"""What an errand takes of what a shift may bound."""


def no_shift_fits(question: Question, stops: Sequence[Stop]) -> Iterator[tuple[str, str]]:
    """Return id and sentence of each of these stops that no shift could serve alone."""
    everybody = Everybody.of(question)
    for stop in stops:
        why = everybody.why_none(stop)
        if why:
            yield stop.stop_id, f"Stop {stop.stop_id!r} must be served, but {why}."


@dataclass(frozen=True, slots=True)
class Everybody:
    """All shifts of a problem, one of each lot that can do the same, and what they have behind them.

    `likely` are their places in `shifts`, who served the last stops first: a neighbour's is tried before all others.
    `gone` are the ids of those that are out of the day.
    """

    question: Question
    shifts: Sequence[PlannedShift]
    reach: "_Reach"
    over: frozenset[object]
    likely: list[int]
    gone: frozenset[str]

    @classmethod
    def of(cls, question: Question) -> "Everybody":
        """Return everybody who could serve anything."""
        over = frozenset(past.halt for shift in question.problem.shifts for past in shift.driven)
        shifts = _unlike(question)
        gone = frozenset(shift.shift_id for shift in shifts if _is_gone(question, shift))
        return cls(question, shifts, _Reach(question), over, list(range(len(shifts))), gone)

    def why_none(self, stop: Stop) -> str:
        """Return, as a clause, why no shift could serve a stop even alone; empty where one could, or has.

        Asked of a shift or two where one could: about 50 us each, six times that with the breaks of EU drivers.
        """
        if stop.stop_id in self.over:
            return ""
        if not self.shifts:
            return "there is no shift"
        errand = _errand(self.question, stop)
        stages = _stages(self, errand)
        came: dict[int, int] = {}
        for tried, k in enumerate(self.likely):
            came[k] = _came(self.shifts[k], stages)
            if came[k] == len(stages):
                self.likely.insert(0, self.likely.pop(tried))
                return ""
        last = max(came.values())
        return stages[last][1]([s for k, s in enumerate(self.shifts) if came[k] == last]) + _with(errand)


def _came(shift: PlannedShift, stages: Sequence[Stage]) -> int:
    """Return how many stages a shift passes before the first that it doesn't."""
    return next((k for k, (passes, _) in enumerate(stages) if not passes(shift)), len(stages))


def _unlike(question: Question) -> list[PlannedShift]:
    """Return one of each lot of shifts that can do the same; people somebody names are unlike all others."""
    named = {veto.who for veto in question.problem.vetoes} | {
        who for stop in question.problem.stops for who in stop.only
    }
    lots: dict[object, PlannedShift] = {}
    for shift in question.problem.shifts:
        people = frozenset({shift.shift_id, shift.driver_id} & named)
        lots.setdefault((replace(shift, shift_id="", vehicle_id="", driver_id=None, frozen=()), people), shift)
    return list(lots.values())


def _errand(question: Question, stop: Stop) -> Errand:
    fetch = question.fetched_at.get(stop.stop_id, ())
    bring = question.fetched_for.get(stop.stop_id, ())
    return tuple(question.stops[one] for one in (*fetch, stop.stop_id, *bring))


def _stages(everybody: Everybody, errand: Errand) -> tuple[Stage, ...]:
    question = everybody.question
    bounds = tuple(
        (partial(_within, question, errand, name), partial(_beyond, question, errand, name)) for name in BOUNDS
    )
    return (
        (partial(_has_begun, everybody.over, errand), lambda _: "who fetched its goods is not there any more"),
        (partial(_offers, errand), lambda _: f"no shift offers {', '.join(_needs(errand))}"),
        (lambda s: all(may_come(s, stop) for stop in ahead(errand, s)), lambda _: _named_only(errand)),
        (lambda s: not _refusals(question, errand, s), partial(_all_refuse, question, errand)),
        (partial(_has_room, question, errand), partial(_too_large, question, errand)),
        (lambda s: s.shift_id not in everybody.gone, lambda _: "no shift that could bring it is on the road any more"),
        (partial(_comes, question, errand), partial(_comes_late, question, errand)),
        (partial(_is_home, question, errand), partial(_home_late, question, errand)),
        (partial(_can_load, question, errand), lambda _: "every van that could bring it was loaded before its goods "
                                                         "were there"),
        (partial(_goods_in_time, question, errand), lambda _: _goods_late(errand)),
        *bounds,
        (lambda s: rule_broken(question, errand, s) is None, partial(_no_rest, question, errand)),
        (partial(everybody.reach.reaches, errand), lambda _: _out_of_range()),
    )  # fmt: skip


def _with(errand: Errand) -> str:
    """Return what a sentence adds where a stop does not come alone."""
    return f" (with the rest of its pair: {', '.join(map(_named, errand))})" if errand[1:] else ""


def _named(stop: Stop) -> str:
    return f"the handover from {stop.giver!r}" if stop.giver else repr(stop.stop_id)


# Who may


def _has_begun(begun: Container[object], errand: Errand, shift: PlannedShift) -> bool:
    """Return whether nobody else has begun the errand."""
    own = {past.halt for past in shift.driven}
    return all(stop.stop_id in own for stop in errand if stop.stop_id in begun)


def _needs(errand: Errand) -> list[str]:
    return sorted(frozenset[str]().union(*(stop.needs for stop in errand)))


def _offers(errand: Errand, shift: PlannedShift) -> bool:
    return shift.offers.issuperset(_needs(ahead(errand, shift)))


def _named_only(errand: Errand) -> str:
    names = sorted(frozenset[str]().union(*(stop.only for stop in errand)))
    return f"no shift that could bring it may come: only {_list(names)} may come"


def _refusals(question: Question, errand: Errand, shift: PlannedShift) -> list[tuple[str, str]]:
    return [refused for stop in ahead(errand, shift) for refused in question.refusals(shift, stop)]


def _all_refuse(question: Question, errand: Errand, shifts: Sequence[PlannedShift]) -> str:
    words = dict(refused for shift in shifts for refused in _refusals(question, errand, shift))
    said = [f"{who!r} must not come{f' ({why})' if why else ''}" for who, why in sorted(words.items())]
    more = f"; and {len(said) - 3} more must not" if len(said) > 3 else ""
    return f"no shift that could bring it may come: {'; '.join(said[:3])}{more}"


def _list(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(repr(name) for name in names[:most]) + more


def _is_gone(question: Question, shift: PlannedShift) -> bool:
    """Return whether a shift is out of a running day: it ends where its van stands, or before it was ever loaded.

    A van that is full, and whose time is not over, is still on the road.
    """
    now = question.problem.now
    if now is None:
        return False
    past = driven_halts(question, shift)
    if not past:
        return shift.max_stops == 0 or (shift.loaded_at is None and shift.ends <= now)
    full = shift.max_stops is not None and sum(halt.stop is not None for halt in past) >= shift.max_stops
    return full and drive(question.problem, shift, past, shift.loaded_at or shift.starts).back >= shift.ends


# What fits


def _most(question: Question, errand: Errand) -> tuple[int, ...]:
    on_board = loads(question, halts_of_errand(errand))
    return tuple(max(moment) for moment in zip(on_board.leaving, *on_board.after, strict=True))


def _has_room(question: Question, errand: Errand, shift: PlannedShift) -> bool:
    """Return whether the vehicle has room whenever that is still to be decided."""
    on_board, left = loads(question, halts_of_errand(errand)), ahead(errand, shift)
    moments = [after for stop, after in zip(errand, on_board.after, strict=True) if stop in left]
    moments += [on_board.leaving] if len(left) == len(errand) else []
    return all(most <= room for moment in moments for most, room in zip(moment, shift.capacities, strict=True))


def _too_large(question: Question, errand: Errand, shifts: Sequence[PlannedShift]) -> str:
    names, most = question.problem.dimensions, _most(question, errand)
    largest = [max(s.capacities[d] for s in shifts) for d in range(len(names))]
    over = [d for d, amount in enumerate(most) if amount > largest[d]]
    if not over:
        every = " and ".join(amount_of(name, amount) for name, amount in zip(names, most, strict=True) if amount)
        return f"it does not fit into any vehicle that could bring it, even alone: none has room for {every} at once"
    said = (
        f"it takes {amount_of(names[d], most[d])}, the largest has room for {amount_of(names[d], largest[d])}"
        for d in over
    )
    return f"it does not fit into any vehicle that could bring it, even alone: {'; '.join(said)}"


def amount_of(dimension: str, amount: int) -> str:
    """Return an amount with its unit.

    >>> amount_of("weight_g", 12_500), amount_of("parcels", 3)
    ('12.5 kg of weight', '3 parcels')
    """
    unit = THOUSANDS.get(dimension)
    return f"{_thousandth(amount)} {unit}" if unit else f"{amount:,} {dimension}"


def _thousandth(amount: int) -> str:
    """Return an amount in thousands, exactly."""
    whole, rest = divmod(amount, 1000)
    return f"{whole:,}.{rest:03d}".rstrip("0").rstrip(".")


# When


def _comes(question: Question, errand: Errand, shift: PlannedShift) -> bool:
    """Return whether a van comes in time if the goods are there."""
    way = as_if_loaded(question, errand, shift)
    return punctual(way, drive(question.problem, shift, *way))


def _comes_late(question: Question, errand: Errand, shifts: Sequence[PlannedShift]) -> str:
    """Return which window closes before anybody can be there."""

    def late(shift: PlannedShift) -> tuple[int, Stop, int]:
        way = as_if_loaded(question, errand, shift)
        came = drive(question.problem, shift, *way).arrives
        halts = zip(way[0], came, strict=True)
        return min(
            (at - h.windows[-1].closes, h.stop, at) for h, at in halts
            if h.driven is None and h.stop is not None and h.windows and at > h.windows[-1].closes
        )  # fmt: skip

    reaching = _with_roads(question, errand, shifts)
    if not reaching:
        return _no_road(question, errand, shifts[0])
    _, stop, at = min((late(shift) for shift in reaching), key=lambda one: one[0])
    which = "its last window" if stop in errand[:1] and not errand[1:] else f"the last window of {stop.stop_id!r}"
    return (
        f"no shift reaches it inside its windows: {which} closes at {moment(stop.windows[-1].closes)}, and the "
        f"earliest arrival is {moment(at)}"
    )


def _with_roads(question: Question, errand: Errand, shifts: Sequence[PlannedShift]) -> list[PlannedShift]:
    """Return the shifts that roads lead from stop to stop of an errand, and home."""
    return [shift for shift in shifts if _roadless(question, errand, shift) is None]


def _no_road(question: Question, errand: Errand, shift: PlannedShift) -> str:
    start, end = _roadless(question, errand, shift) or ("it", "it")
    return f"no road leads from {start} to {end}"


def _roadless(question: Question, errand: Errand, shift: PlannedShift) -> tuple[str, str] | None:
    """Return in words the ends of the first leg that no road leads along, None where there is none."""
    times, stops = question.problem.times[shift.profile], ahead(errand, shift)
    past = driven_halts(question, shift)
    names = ["it" if not errand[1:] else repr(stop.stop_id) for stop in stops]
    start = (f"where {shift.shift_id!r} {'is' if past else 'starts'}", past[-1].location if past else shift.start)
    halts = [start, *zip(names, (stop.location for stop in stops), strict=True)]
    legs = pairwise([*halts, (f"where {shift.shift_id!r} ends", shift.end)])
    return next(((a, b) for (a, x), (b, y) in legs if least_seconds(times, x, y) >= YEAR), None)


def _is_home(question: Question, errand: Errand, shift: PlannedShift) -> bool:
    return in_time(question, shift, as_if_loaded(question, errand, shift))


def _home_late(question: Question, errand: Errand, shifts: Sequence[PlannedShift]) -> str:
    """Return how late everybody would be home, and whether it is windows that keep them."""

    def late(shift: PlannedShift) -> tuple[int, PlannedShift, int]:
        back = drive(question.problem, shift, *as_if_loaded(question, errand, shift)).back
        return back - shift.ends, shift, back

    reaching = _with_roads(question, errand, shifts)
    if not reaching:
        return _no_road(question, errand, shifts[0])
    _, shift, back = min((late(shift) for shift in reaching), key=lambda one: one[0])
    open_ = tuple(replace(stop, windows=()) for stop in errand)
    kept = any(in_time(question, s, as_if_loaded(question, open_, s)) for s in shifts)
    windows = [window for stop in errand for window in stop.windows] if kept else []
    inside = f" inside its windows ({spans(windows)})" if windows else ""
    return (
        f"no shift that serves it{inside} is back before it ends: {shift.shift_id!r} ends at {moment(shift.ends)} "
        f"and would be back at {moment(back)}"
    )


def _can_load(question: Question, errand: Errand, shift: PlannedShift) -> bool:
    return any(True for _ in ways(question, errand, shift))


def _goods_in_time(question: Question, errand: Errand, shift: PlannedShift) -> bool:
    return any(in_time(question, shift, way) for way in ways(question, errand, shift))


def _goods_late(errand: Errand) -> str:
    at = max(stop.release for stop in errand)
    return f"its goods are there at {moment(at)}, too late for every shift that could bring it"


# How much a shift may do


def _within(question: Question, errand: Errand, name: str, shift: PlannedShift) -> bool:
    return excess(question, errand, shift, name)[0] <= 0


def _beyond(question: Question, errand: Errand, name: str, shifts: Sequence[PlannedShift]) -> str:
    """Return what the errand takes and what the shift may that comes nearest to it."""
    shift = min(shifts, key=lambda one: excess(question, errand, one, name)[0])
    found, most = excess(question, errand, shift, name)[1], bound_of(shift, name) or 0
    nearest = "; no other shift allows it either" if len(question.problem.shifts) > 1 else ""
    return (
        f"{TAKES[name].format(_measured(name, found))} even alone, and shift {shift.shift_id!r} allows "
        f"{_measured(name, most)}{nearest}"
    )


def _measured(name: str, amount: int) -> str:
    """Return what is bounded with its unit, exactly: two amounts that differ must not look alike."""
    if name == "max_stops":
        return "1 stop" if amount == 1 else f"{amount:,} stops"
    return f"{_thousandth(amount)} km" if name == "max_metres" else lasting(amount)


def _no_rest(question: Question, errand: Errand, shifts: Sequence[PlannedShift]) -> str:
    shift = shifts[0]
    rule = rule_broken(question, errand, shift)
    return (
        f"no shift could keep its rests on the way, even with nothing else to do: {shift.shift_id!r} is bound "
        f"to {_rule(rule)}"
        if rule
        else "no shift could keep its rests on the way"
    )


def _rule(rule: BreakRule) -> str:
    counted = {"driving": "driving", "working": "work", "elapsed": "its shift"}[rule.counted]
    due = f"beginning {spans(rule.windows)}" if rule.windows else f"before more than {lasting(rule.after)} of {counted}"
    return f"a break of {lasting(rule.length)} {due} ({rule.name})"


# How far a battery reaches


def _out_of_range() -> str:
    return "no vehicle that could bring it has the range to reach it and then a charger, or the way back, even alone"


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
        for stop in ahead(errand, shift):
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
