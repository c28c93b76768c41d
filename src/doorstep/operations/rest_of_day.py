"""What is left to decide of a day that has begun: a problem without the past, and its answer joined to the past again.

Vans start where and when their last halt ends, with what they have left of hours, range and room. What is paid already
no longer counts: a shift that is on its way costs only what another stop adds to driving straight home.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from doorstep.domain.duty import BreakRule
from doorstep.domain.problem import Break, Charge, Driven, Halt, PlannedShift, Problem, Reload, Stop
from doorstep.domain.units import Cents, Seconds, per_hour, per_km
from doorstep.domain.valuation import Rates
from doorstep.operations.progress import NOBODY, is_over, loaded_last
from doorstep.operations.tickets import Tickets, without_tickets


def has_begun(problem: Problem) -> bool:
    """Return whether anything of the day is past, driven or loaded."""
    return problem.now is not None or any(s.driven or s.loaded_at is not None for s in problem.shifts)


def rest_of_day(problem: Problem) -> Problem:
    """Return the same day from now on: no stop that is driven, no shift that is over or remembers.

    What needs goods that came after a van was loaded can't be brought by it before it reloads. What was
    picked up keeps its room until the end, to be on the safe side.
    """
    pasts = {s.shift_id: _past(problem, s) for s in problem.shifts}
    driven = {stop for past in pasts.values() for stop in past.stop_ids}
    going = [s for s in problem.shifts if _goes_on(s, pasts[s.shift_id].at)]
    shifts = tuple(_onward(problem, s, pasts[s.shift_id]) for s in going)
    aboard = {stop: p.shift_id for p in problem.shifts for stop in _half_done(problem, pasts[p.shift_id])}
    stops = [replace(s, only=frozenset({aboard[s.stop_id]})) if s.stop_id in aboard else s for s in problem.stops]
    rates = {s.shift_id: _onward_rates(problem, s, pasts[s.shift_id]) for s in going}
    rest = replace(
        problem,
        stops=tuple(_on_time(problem, s, shifts) for s in stops if s.stop_id not in driven),
        shifts=shifts,
        pairs=tuple(p for p in problem.pairs if p.pickup not in driven and p.delivery not in driven),
        vetoes=tuple(v for v in problem.vetoes if v.stop_id not in driven),
        valuation=replace(problem.valuation, rates=rates),
        now=None,
    )
    return Tickets.of(problem).on(rest)


def whole_day(problem: Problem, rest: Mapping[str, Sequence[Halt]]) -> dict[str, tuple[Halt, ...]]:
    """Return the rest's sequences behind what is driven; a van on its way has a route even if nothing is left."""
    ahead = {s.shift_id: without_tickets(problem, s, rest.get(s.shift_id, ())) for s in problem.shifts}
    whole = {s.shift_id: (*(d.halt for d in s.driven), *ahead[s.shift_id]) for s in problem.shifts}
    return {shift_id: halts for shift_id, halts in whole.items() if halts}


def without_past(problem: Problem, whole: Mapping[str, Sequence[Halt]]) -> dict[str, tuple[Halt, ...]]:
    """Return whole sequences without what is driven, as the rest of the day takes them for a start."""
    tickets = Tickets.of(problem)
    driven = {s.shift_id: len(s.driven) for s in problem.shifts if _goes_on(s, _past(problem, s).at)}
    gone = {d.halt for s in problem.shifts for d in s.driven if isinstance(d.halt, str)}
    ahead = {k: tuple(h for h in whole.get(k, ())[past:] if h not in gone) for k, past in driven.items()}
    return {k: (*tickets.before(k), *halts) for k, halts in ahead.items()}


def _goes_on(shift: PlannedShift, at: Seconds) -> bool:
    """Return whether a shift that is free from `at` on can do anything more."""
    return not is_over(shift) and at <= shift.ends


@dataclass(frozen=True, slots=True)
class _Past:
    """What a shift has behind it. `picked` stays on board; `counted` and split `parts` by break rule; `level` in Wh."""

    stop_ids: tuple[str, ...]
    location: int
    at: Seconds
    paid: Seconds
    waited: Seconds
    elapsed: Seconds
    driving: int
    working: int
    metres: int
    reloads: int
    picked: tuple[int, ...]
    strain: int
    counted: tuple[int | None, ...]
    parts: tuple[int, ...]
    level: int


def _past(problem: Problem, shift: PlannedShift) -> _Past:
    """Return what is behind a shift; for one that has not left, the time it has been waiting since it began."""
    diary = _Diary(problem, shift)
    for driven in shift.driven:
        diary.note(driven)
    return diary.closed()


class _Diary:
    """Goes through the driven halts of one shift and adds up."""

    def __init__(self, problem: Problem, shift: PlannedShift) -> None:
        self.problem, self.shift = problem, shift
        self.stops = {s.stop_id: s for s in problem.stops}
        self.chargers = {c.charger_id: c for c in problem.chargers}
        self.left = shift.starts if shift.loaded_at is None else shift.loaded_at
        self.paid_from = self.left if shift.free_departure else shift.starts
        self.here, self.at, self.metres, self.rested, self.reloads = shift.start, int(self.left), 0, 0, 0
        self.driving, self.working, self.strain = 0, 0, 0
        self.picked = [0] * len(problem.dimensions)
        self.served: list[str] = []
        self.level = shift.battery.starts_with_wh * 1000 if shift.battery else 0
        self.counts: list[int | None] = [int(rule.so_far) for rule in shift.breaks]
        self.parts = [rule.parts_so_far for rule in shift.breaks]
        self._count(0, 0, self.left - self.paid_from)

    def note(self, driven: Driven) -> None:
        """Add one halt."""
        on_the_way, stayed = driven.arrives_at - self.at, driven.leaves_at - driven.starts_at
        self.metres += driven.metres
        self.level -= driven.metres * self.shift.battery.wh_per_km if self.shift.battery else 0
        if isinstance(driven.halt, Break):
            self._rest(driven, stayed)
        else:
            worked = 0 if isinstance(driven.halt, Charge) else stayed
            self.driving += on_the_way
            self.working += on_the_way + worked
            self._count(on_the_way, on_the_way, on_the_way)
            self._wait(driven)
            self._count(0, worked, stayed)
            self._stay(driven, stayed)
        self.at = int(driven.leaves_at)

    def _stay(self, driven: Driven, stayed: int) -> None:
        match driven.halt:
            case Reload(location):
                self.here, self.reloads, self.picked = location, self.reloads + 1, [0] * len(self.picked)
            case Charge(charger_id):
                self.here = self.chargers[charger_id].location
                self._charge(min(self.chargers[charger_id].watts, self._battery_watts()), stayed)
            case str(stop_id) if stop_id in self.stops:
                stop = self.stops[stop_id]
                self.here, self.strain = stop.location, self.strain + stop.strain
                self.picked = [a + b for a, b in zip(self.picked, stop.picks or self.picked, strict=True)]
                self.served.append(stop_id)

    def _battery_watts(self) -> int:
        return self.shift.battery.charge_w if self.shift.battery else 0

    def _charge(self, watts: int, seconds: int) -> None:
        if self.shift.battery:
            self.level = min(self.level + seconds * watts * 1000 // 3600, self.shift.battery.capacity_wh * 1000)

    def _rest(self, driven: Driven, stayed: int) -> None:
        self.rested += stayed
        self._count(0, 0, driven.starts_at - driven.arrives_at)
        begun = [bool(count) for count in self.counts]
        self._count(0, 0, stayed)
        for k, rule in enumerate(self.shift.breaks):
            if rule.windows:
                in_window = any(w.opens <= driven.starts_at <= w.closes for w in rule.windows)
                self.counts[k] = None if stayed >= rule.length and in_window else self.counts[k]
                continue
            self.parts[k] += bool(rule.split) and begun[k] and stayed >= rule.split[self.parts[k]]
            if stayed >= rule.length or (rule.split and self.parts[k] == len(rule.split)):
                self.counts[k], self.parts[k] = 0, 0

    def _wait(self, driven: Driven) -> None:
        """Count a wait; one at a door that is long enough is as good as a rest, where the rule says so."""
        waited = driven.starts_at - driven.arrives_at
        self._count(0, 0, waited)
        for k, rule in enumerate(self.shift.breaks):
            if isinstance(driven.halt, str) and rule.waiting_counts and not rule.windows and waited >= rule.length:
                self.counts[k], self.parts[k] = 0, 0

    def _count(self, driving: int, working: int, elapsed: int) -> None:
        for k, rule in enumerate(self.shift.breaks):
            count = self.counts[k]
            if count is not None:
                self.counts[k] = count + {"driving": driving, "working": working, "elapsed": elapsed}[rule.counted]

    def closed(self) -> _Past:
        """Return the sums; the van may leave from now on."""
        at = max(self.at, self.problem.now or 0)
        begun = bool(self.shift.driven) or self.shift.loaded_at is not None
        paid_from = at if self.shift.free_departure and not begun else self.paid_from
        elapsed = at - paid_from
        self._count(0, 0, min(at - self.at, elapsed))
        return _Past(
            tuple(self.served), self.here, Seconds(at), Seconds(elapsed - self.rested),
            Seconds(0 if begun else elapsed), Seconds(elapsed), self.driving, self.working, self.metres, self.reloads,
            tuple(self.picked), self.strain, tuple(self.counts), tuple(self.parts), self.level // 1000,
        )  # fmt: skip


def _onward(problem: Problem, shift: PlannedShift, past: _Past) -> PlannedShift:
    """Return the shift from now on."""
    battery = shift.battery and replace(shift.battery, starts_with_wh=past.level)
    keeps_reloads = bool(shift.reloads) and shift.max_trips - past.reloads > 1
    return replace(
        shift,
        start=past.location,
        starts=past.at,
        capacities=tuple(c - p for c, p in zip(shift.capacities, past.picked, strict=True)),
        max_stops=_less(shift.max_stops, len(past.stop_ids)),
        max_seconds=_less(shift.max_seconds, past.elapsed),
        max_metres=_less(shift.max_metres, past.metres),
        max_trips=max(1, shift.max_trips - past.reloads),
        max_driving=_less(shift.max_driving, past.driving),
        max_working=_less(shift.max_working, past.working),
        reloads=shift.reloads if keeps_reloads else (),
        battery=battery,
        breaks=tuple(_rules(shift.breaks, past)),
        free_departure=shift.free_departure and shift.loaded_at is None,
        frozen=tuple(x for x in shift.frozen if x not in past.stop_ids),
        driven=(),
        loaded_at=None,
    )


def _less[Unit: int](limit: Unit | None, used: int) -> Unit | None:
    """Return what is left of a limit, 0 where it is overdrawn."""
    return None if limit is None else type(limit)(max(0, limit - used))


def _rules(rules: Sequence[BreakRule], past: _Past) -> Iterator[BreakRule]:
    """Yield the rules that still ask for something, with what is counted so far."""
    for rule, count, parts in zip(rules, past.counted, past.parts, strict=True):
        closed = bool(rule.windows) and rule.windows[-1].closes < past.at
        if count is not None and not closed:
            so_far = (0, 0) if rule.windows else (count, parts)
            yield replace(rule, so_far=Seconds(so_far[0]), parts_so_far=so_far[1])


def _onward_rates(problem: Problem, shift: PlannedShift, past: _Past) -> Rates:
    """Return rates that price what the rest of a route adds to what is paid, or must be paid, anyway."""
    rates = problem.valuation.rates.get(shift.shift_id, Rates())
    on_the_way = bool(shift.driven) or shift.loaded_at is not None
    return replace(
        rates,
        fixed_cents=-_way_home(problem, shift, past, rates) if on_the_way else rates.fixed_cents + _waited(rates, past),
        overtime_after=Seconds(max(0, rates.overtime_after - past.paid)),
        even_seconds=Seconds(rates.even_seconds - past.paid),
        strain_free=max(0, rates.strain_free - past.strain),
    )


def _waited(rates: Rates, past: _Past) -> Cents:
    """Return what standing at the depot since the shift began costs, overtime included, if it leaves at all."""
    over = max(0, past.paid - rates.overtime_after)
    surcharge = rates.overtime_cents_per_hour + rates.strain_cents_per_overtime_hour
    return Cents(per_hour(past.waited, rates.waiting_cents_per_hour) + per_hour(over, surcharge))


def _way_home(problem: Problem, shift: PlannedShift, past: _Past, rates: Rates) -> Cents:
    """Return what driving straight home from here costs in time, distance and overtime."""
    times = problem.times[shift.profile]
    seconds = times.arrival(past.location, shift.end, past.at) - past.at
    over = max(0, past.paid + seconds - max(past.paid, rates.overtime_after))
    surcharge = rates.overtime_cents_per_hour + rates.strain_cents_per_overtime_hour
    metres = times.distance(past.location, shift.end, past.at)
    return Cents(
        per_hour(seconds, rates.cents_per_hour) + per_hour(over, surcharge) + per_km(metres, rates.cents_per_km)
    )


def _half_done(problem: Problem, past: _Past) -> Iterator[str]:
    """Yield deliveries whose goods were fetched by this shift and are still on board."""
    served = set(past.stop_ids)
    for pair in problem.pairs:
        if pair.pickup in served and pair.delivery not in served:
            yield pair.delivery


def _on_time(problem: Problem, stop: Stop, onward: Sequence[PlannedShift]) -> Stop:
    """Return the stop without its release where that no longer matters, and only for vans that can have its goods."""
    if not stop.release:
        return stop
    loaded = {s.shift_id: at for s in problem.shifts if (at := loaded_last(s)) is not None}
    barred = {s.shift_id for s in onward if not s.reloads and stop.release > loaded.get(s.shift_id, stop.release)}
    late = any(stop.release > s.starts for s in onward)
    release = stop.release if late else Seconds(0)
    if not barred:
        return replace(stop, release=release)
    able = {s.shift_id for s in onward if s.shift_id not in barred and (not stop.only or stop.only & _names(s))}
    return replace(stop, release=release, only=frozenset(able or {NOBODY}))


def _names(shift: PlannedShift) -> frozenset[str]:
    return frozenset(name for name in (shift.shift_id, shift.driver_id) if name)
