"""A problem as flat arrays for the rich kernel: kinds with trips and limits, stops with pairs and releases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.duty import BreakRule
from doorstep.domain.problem import Pair, PlannedShift, Problem
from doorstep.domain.travel import by_slot
from doorstep.domain.valuation import Rates
from doorstep.operations.errors import UnplannableInput
from doorstep.operations.must_serve import must_count
from doorstep.operations.search import kernel_prices as prices
from doorstep.operations.search import kernel_rich_routes as routes
from doorstep.operations.search import layout
from doorstep.operations.search.kernel_rich_rests import MOST_RULES

Int32s = NDArray[np.int32]
Floats = NDArray[np.float64]
NO_RATES = Rates()
MANY = 2**31 - 1
TORN = 10
"""How many stops that must be served it counts for to leave out what brings something frozen."""


def refused(problem: Problem) -> dict[str, frozenset[int]]:
    """Return by shift id the stops (by place in the problem) that `only` or a veto keeps from it."""
    index = {stop.stop_id: k for k, stop in enumerate(problem.stops)}
    found = {}
    for shift in problem.shifts:
        names = {shift.shift_id, shift.driver_id}
        vetoed = {index[v.stop_id] for v in problem.vetoes if v.who in names and v.stop_id in index}
        closed = {k for k, stop in enumerate(problem.stops) if stop.only and not (stop.only & names)}
        found[shift.shift_id] = frozenset(vetoed | closed)
    return found


def paired(problem: Problem, shift_id: str) -> tuple[tuple[str, int], ...]:
    """Return what it costs besides doors that a shift serves each stop, where that is not 0, sorted."""
    sums: dict[str, int] = {}
    for part in problem.valuation.pairings.values():
        for stop_id, cents in part.get(shift_id, {}).items():
            sums[stop_id] = sums.get(stop_id, 0) + cents
    return tuple(sorted((stop_id, cents) for stop_id, cents in sums.items() if cents))


@dataclass(frozen=True, slots=True)
class Kinds:
    """Groups of interchangeable shifts. `firsts[g]` is one shift of kind g; routes of g are
    routes[begins[g]:begins[g + 1]]. Columns of `ints`, `more`, `floats`, `even` as the kernel names them."""

    firsts: tuple[PlannedShift, ...]
    of_route: Int32s
    begins: Int32s
    routes: Int32s
    ints: Int32s
    more: Int32s
    floats: Floats
    even: Floats
    capacities: Int32s
    reload_rows: Int32s
    profiles: tuple[str, ...]


def kinds(problem: Problem, rows: Mapping[int, int], kept_from: Mapping[str, frozenset[int]]) -> Kinds:
    """Group the shifts and lay out what each kind allows and costs."""
    seen: dict[tuple[object, ...], int] = {}
    keys = [_kind_of(problem, shift, kept_from[shift.shift_id]) for shift in problem.shifts]
    of_route = np.array([seen.setdefault(key, len(seen)) for key in keys], np.int32)
    firsts = tuple(problem.shifts[int(np.flatnonzero(of_route == g)[0])] for g in range(len(seen)))
    rates = [problem.valuation.rates.get(s.shift_id, NO_RATES) for s in firsts]
    profiles = tuple(dict.fromkeys(s.profile for s in problem.shifts))
    spans = reload_spans(firsts)
    return Kinds(
        firsts=firsts,
        of_route=of_route,
        begins=np.searchsorted(np.sort(of_route), np.arange(len(seen) + 1)).astype(np.int32),
        routes=np.argsort(of_route, kind="stable").astype(np.int32),
        ints=np.array([_ints(problem, s, r, rows, profiles) for s, r in zip(firsts, rates, strict=True)], np.int32)
        .reshape(-1),
        more=np.array([_more(problem, s, spans) for s in firsts], np.int32).reshape(-1),
        floats=np.array([_floats(r) for r in rates], np.float64).reshape(-1),
        even=np.array([(r.even_seconds, r.even_cents_per_hour / 3600) for r in rates], np.float64).reshape(-1),
        capacities=np.array([np.minimum(s.capacities, MANY) for s in firsts], np.int32).reshape(-1),
        reload_rows=np.array([rows[x] for places in spans for x in places] or [0], np.int32),
        profiles=profiles,
    )  # fmt: skip


def _kind_of(problem: Problem, s: PlannedShift, kept_from: frozenset[int]) -> tuple[object, ...]:
    """Return what two shifts must share to be interchangeable."""
    return (
        s.starts, s.ends, s.start, s.end, s.capacities, s.offers, s.max_stops, s.profile, s.free_departure,
        s.max_seconds, s.max_metres, s.reloads, s.max_trips, s.reload_seconds, s.lifo, s.battery, s.breaks,
        s.max_driving, s.max_working, problem.valuation.rates.get(s.shift_id, NO_RATES), kept_from,
        paired(problem, s.shift_id), s.shift_id if s.frozen else "",
    )  # fmt: skip


def reload_spans(firsts: Sequence[PlannedShift]) -> dict[tuple[int, ...], tuple[int, int]]:
    """Return for each different choice of reloads where its rows lie in the list of all of them."""
    spans: dict[tuple[int, ...], tuple[int, int]] = {}
    end = 0
    for shift in firsts:
        places = tuple(dict.fromkeys(shift.reloads)) if shift.max_trips > 1 else ()
        if places not in spans:
            spans[places] = (end, end + len(places))
            end += len(places)
    return spans


def _ints(
    problem: Problem, shift: PlannedShift, rates: Rates, rows: Mapping[int, int], profiles: Sequence[str]
) -> list[int]:
    most = len(problem.stops) if shift.max_stops is None else shift.max_stops
    ends = int(shift.ends)
    if shift.max_seconds is not None and not shift.free_departure:
        ends = min(ends, int(shift.starts + shift.max_seconds))
    free = min(rates.strain_free, prices.NEVER)
    return [
        rows[shift.start], rows[shift.end], shift.starts, ends, profiles.index(shift.profile), most, free, 0,
    ]  # fmt: skip


def _floats(rates: Rates) -> list[float]:
    hour, wait = rates.cents_per_hour / 3600, rates.waiting_cents_per_hour / 3600
    over = (rates.overtime_cents_per_hour + rates.strain_cents_per_overtime_hour) / 3600
    metre = rates.cents_per_km / 1000
    return [hour, wait - hour, over, rates.overtime_after, metre, rates.fixed_cents, rates.cents_per_strain, 0.0]


def rests(shift: PlannedShift) -> bool:
    """Return whether a shift must be driven with its breaks, charges or departure to be known."""
    return bool(shift.breaks) or shift.battery is not None or shift.free_departure


def _more(problem: Problem, shift: PlannedShift, spans: Mapping[tuple[int, ...], tuple[int, int]]) -> list[int]:
    begin, end = spans[tuple(dict.fromkeys(shift.reloads)) if shift.max_trips > 1 else ()]
    limits = [shift.max_metres, shift.max_driving, shift.max_working]
    most = min(len(problem.stops), shift.max_trips - 1) if begin < end else 0
    return [
        begin, end, most, shift.reload_seconds, int(shift.lifo), int(any(x is not None for x in limits)),
        int(rests(shift)), *(MANY if x is None else min(int(x), MANY) for x in limits), 0, 0, 0, 0,
        int(shift.free_departure), MANY if shift.max_seconds is None or not shift.free_departure else shift.max_seconds,
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rests:
    """Break rules, the lengths of breaks that are of use, batteries and chargers. Columns as the kernel names them."""

    rules: Int32s
    rule_spans: Int32s
    breaks: Int32s
    battery: Int32s
    chargers: Int32s
    charger_spans: Int32s


def lay_out_rests(problem: Problem, kinds: Kinds, places: Mapping[int, int]) -> Rests:
    """Lay out what rests and charges need, and write into `kinds.more` where each kind's rules and breaks lie."""
    rules: list[list[int]] = []
    rule_spans: list[tuple[int, int]] = []
    breaks: list[int] = []
    battery = np.zeros((len(kinds.firsts), 8), np.int32)
    more = kinds.more.reshape(-1, 16)
    for g, shift in enumerate(kinds.firsts):
        refuse_many_rules(shift)
        more[g, [routes.RULES_FROM, routes.BREAKS_FROM]] = len(rules), len(breaks)
        rules += [_rule(rule, rule_spans) for rule in shift.breaks]
        breaks += sorted({int(x) for rule in shift.breaks for x in (rule.length, *rule.split) if x > 0})
        more[g, [routes.RULES_TO, routes.BREAKS_TO]] = len(rules), len(breaks)
        if shift.battery is not None:
            b = shift.battery
            battery[g, :5] = b.capacity_wh, b.starts_with_wh, b.wh_per_km, b.charge_w, b.reserve_wh
    chargers = np.zeros((max(1, len(problem.chargers)), 8), np.int32)
    charger_spans: list[tuple[int, int]] = []
    for c, charger in enumerate(problem.chargers):
        begin = len(charger_spans)
        charger_spans += [(int(w.opens), int(w.closes)) for w in charger.windows]
        end = len(charger_spans)
        chargers[c, :5] = places[charger.location], charger.watts, charger.cents_per_kwh, begin, end
    return Rests(
        np.array(rules or [[0] * 16], np.int32).reshape(-1), _flat(rule_spans), np.array(breaks or [0], np.int32),
        battery.reshape(-1), chargers.reshape(-1), _flat(charger_spans),
    )  # fmt: skip


def _flat(spans: Sequence[tuple[int, int]]) -> Int32s:
    return np.array(spans or [(0, 0)], np.int32).reshape(-1)


def _rule(rule: BreakRule, spans: list[tuple[int, int]]) -> list[int]:
    begin = len(spans)
    spans += [(int(w.opens), int(w.closes)) for w in rule.windows]
    counted = ("driving", "working", "elapsed").index(rule.counted)
    parts = [*map(int, rule.split), 0, 0, 0, 0, 0][:5]
    return [
        counted, rule.after, rule.length, len(rule.split), *parts, rule.so_far, begin, len(spans),
        int(rule.waiting_counts), rule.parts_so_far, 0, 0,
    ]  # fmt: skip


def refuse_many_rules(shift: PlannedShift) -> None:
    """Raise where a shift has more break rules, or a rule more parts, than a label of the kernel has room for."""
    if len(shift.breaks) > MOST_RULES or any(len(rule.split) > 5 for rule in shift.breaks):
        raise UnplannableInput(
            f"Expected at most {MOST_RULES} break rules of at most 5 parts, got {len(shift.breaks)} for shift "
            f"{shift.shift_id!r}; leave out rules that another implies."
        )


def rows(problem: Problem) -> dict[int, int]:
    """Return the kernel's matrix row of each location where shifts begin, end, reload or charge; stops come first."""
    places = dict.fromkeys(x for s in problem.shifts for x in (s.start, s.end, *s.reloads))
    places |= dict.fromkeys(c.location for c in problem.chargers)
    return {place: len(problem.stops) + k for k, place in enumerate(places)}


@dataclass(frozen=True, slots=True)
class Travel:
    """Matrices by row, a line of seconds and metres by slot for each leg; slot edges and bins that lead to them.

    `into` is `lines` with its two rows exchanged.
    """

    lines: Int32s
    into: Int32s
    edges: Int32s
    bins: Int32s
    shape: NDArray[np.int64]


def travel(problem: Problem, profiles: Sequence[str], at: Int32s) -> Travel:
    """Lay out the matrices of all profiles in use; `at` are the locations of the kernel's rows."""
    every = [by_slot(problem.times[name]) for name in profiles]
    slots = max(len(t.edges) for t in every)
    lines = np.zeros((len(every), len(at), len(at), 2 * slots), np.int32)
    edges = np.full((len(every), slots + 1), prices.NEVER, np.int32)
    for p, times in enumerate(every):
        edges[p, : len(times.edges)] = times.edges
        for k in range(len(times.edges)):
            lines[p, :, :, k] = times.seconds[k][np.ix_(at, at)]
            lines[p, :, :, slots + k] = times.metres[k][np.ix_(at, at)]
    into = np.ascontiguousarray(lines.transpose(0, 2, 1, 3))
    bins = layout.slot_bins(edges)
    shape = np.array([len(at), slots, bins.shape[1], len(problem.dimensions)], np.int64)
    return Travel(lines.reshape(-1), into.reshape(-1), edges.reshape(-1), bins.reshape(-1), shape)


@dataclass(frozen=True, slots=True)
class Goods:
    """What stops bring, take and pass on. `more` has four columns, as the kernel names them; the rest `dims`."""

    more: Int32s
    brought: Int32s
    picked: Int32s
    goods: Int32s
    unserved: Floats


def goods(problem: Problem, constants: Floats) -> Goods:
    """Lay out pairs, picks, releases and the price of leaving out, a pair's under the name of its pick-up."""
    stops, dims = problem.stops, len(problem.dimensions)
    index = {stop.stop_id: k for k, stop in enumerate(stops)}
    frozen = {stop_id for shift in problem.shifts for stop_id in shift.frozen}
    more = np.array([(-1, routes.ALONE, s.release, int(s.stop_id in frozen)) for s in stops], np.int32).reshape(-1, 4)
    brought = np.array([s.amounts for s in stops], np.int64).reshape(len(stops), dims)
    picked = np.array([s.picks or (0,) * dims for s in stops], np.int64).reshape(len(stops), dims)
    passed = np.zeros((len(stops), dims), np.int64)
    must = must_count(problem)
    unserved = np.array([float(problem.valuation.unserved.get(s.stop_id, must)) for s in stops]) - constants
    apart = torn(problem)
    for pair in problem.pairs:
        a, b = index[pair.pickup], index[pair.delivery]
        if pair in apart:
            picked[a] += brought[b]
            brought[b] = 0
            continue
        more[a, routes.MATE], more[a, routes.ROLE] = b, routes.PICKUP
        more[b, routes.MATE], more[b, routes.ROLE] = a, routes.DELIVERY
        passed[a] = passed[b] = brought[b]
        brought[b] = 0
        unserved[a] += unserved[b]
        unserved[b] = TORN * must if pair.pickup in frozen else must
    flat = [np.minimum(x, MANY).astype(np.int32).reshape(-1) for x in (brought, picked, passed)]
    return Goods(more.reshape(-1), flat[0], flat[1], flat[2], unserved)


def torn(problem: Problem) -> frozenset[Pair]:
    """Return the pairs whose delivery is frozen without its pick-up before it: neither is then one of a pair.

    What was fetched stays on board, what is brought came from nowhere.
    """
    before = {stop_id: shift.frozen[:k] for shift in problem.shifts for k, stop_id in enumerate(shift.frozen)}
    return frozenset(p for p in problem.pairs if p.delivery in before and p.pickup not in before[p.delivery])


def pairing(problem: Problem, firsts: Sequence[PlannedShift]) -> Floats:
    """Return what it costs besides the door that each kind serves each stop, shape (stops, kinds)."""
    index = {stop.stop_id: k for k, stop in enumerate(problem.stops)}
    cents = np.zeros((len(problem.stops), len(firsts)))
    for g, shift in enumerate(firsts):
        cents[:, g] = problem.valuation.rates.get(shift.shift_id, NO_RATES).cents_per_stop
        for stop_id, more in paired(problem, shift.shift_id):
            if stop_id in index:
                cents[index[stop_id], g] += more
    return cents


def depends_on_time(problem: Problem, moving: bool) -> bool:
    """Return whether anything but the way has a price that depends on when: `moving` curves, hours, metres by slot."""
    rates = [problem.valuation.rates.get(s.shift_id, NO_RATES) for s in problem.shifts]
    paid = any(
        r.cents_per_hour or r.waiting_cents_per_hour or r.overtime_cents_per_hour
        or r.strain_cents_per_overtime_hour or r.even_cents_per_hour
        for r in rates
    )  # fmt: skip
    slotted = any((t.metres != t.metres[:1]).any() for t in map(by_slot, problem.times.values()))
    return moving or paid or slotted
