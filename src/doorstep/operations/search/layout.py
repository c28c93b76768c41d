"""A problem as flat arrays for the priced kernel: stops, kinds of shift, travel and curves. Nothing here searches."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.problem import PlannedShift, Problem
from doorstep.domain.travel import by_slot
from doorstep.domain.valuation import PriceCurve, Rates
from doorstep.operations.must_serve import must_count
from doorstep.operations.search import kernel_prices as kernel
from doorstep.operations.search.widths import MOST_16, fits_16, metre_unit

Int32s = NDArray[np.int32]
Floats = NDArray[np.float64]


BIN = 512
"""Seconds of a bin that leads to a curve's knot."""


def kind_of(problem: Problem, shift: PlannedShift, barred: frozenset[str]) -> tuple[object, ...]:
    """Return what two shifts must share to be interchangeable; `barred` are the stops that this one may not serve."""
    rates = problem.valuation.rates.get(shift.shift_id, Rates())
    pairings = tuple(
        (part, tuple(sorted(by_shift[shift.shift_id].items())))
        for part, by_shift in sorted(problem.valuation.pairings.items())
        if by_shift.get(shift.shift_id)
    )
    return (
        shift.starts, shift.ends, shift.start, shift.end, shift.capacities, shift.offers, shift.max_stops,
        shift.profile, shift.free_departure, shift.max_seconds, shift.max_metres, shift.frozen, rates, pairings, barred,
    )  # fmt: skip


def barred_stops(problem: Problem) -> dict[str, frozenset[str]]:
    """Return by shift id the stops that are closed to it by name: somebody else's alone, or vetoed."""
    chosen = [(s.stop_id, s.only) for s in problem.stops if s.only]
    found = {}
    for shift in problem.shifts:
        who = {shift.shift_id, shift.driver_id}
        vetoed = {v.stop_id for v in problem.vetoes if v.who in who}
        found[shift.shift_id] = frozenset(vetoed | {stop_id for stop_id, only in chosen if not only & who})
    return found


@dataclass(frozen=True, slots=True)
class Kinds:
    """Groups of interchangeable shifts. `firsts[g]` is one shift of kind g; routes of g are
    routes[begins[g]:begins[g + 1]]. `ints` and `floats` have eight columns, as the kernel names them."""

    firsts: tuple[PlannedShift, ...]
    of_route: Int32s
    begins: Int32s
    routes: Int32s
    ints: Int32s
    floats: Floats
    capacities: Int32s


def kinds(problem: Problem) -> Kinds:
    """Group the shifts and lay out what each kind allows and costs."""
    seen: dict[tuple[object, ...], int] = {}
    barred = barred_stops(problem)
    every = [kind_of(problem, s, barred[s.shift_id]) for s in problem.shifts]
    of_route = np.array([seen.setdefault(kind, len(seen)) for kind in every], np.int32)
    firsts = tuple(problem.shifts[int(np.flatnonzero(of_route == g)[0])] for g in range(len(seen)))
    profiles = list(dict.fromkeys(s.profile for s in firsts))
    depots = depot_rows(problem)
    ints = np.array([_kind_ints(s, problem, profiles, depots) for s in firsts], np.int32).reshape(-1)
    floats = np.array([_kind_floats(problem.valuation.rates.get(s.shift_id, Rates())) for s in firsts]).reshape(-1)
    begins = np.searchsorted(np.sort(of_route), np.arange(len(seen) + 1)).astype(np.int32)
    routes = np.argsort(of_route, kind="stable").astype(np.int32)
    capacities = np.array([np.minimum(s.capacities, 2**31 - 1) for s in firsts], np.int32).reshape(-1)
    return Kinds(firsts, of_route, begins, routes, ints, floats, capacities)


def depot_rows(problem: Problem) -> dict[int, int]:
    """Return the kernel's matrix row for each location where a shift begins or ends; stops come first."""
    places = dict.fromkeys(x for s in problem.shifts for x in (s.start, s.end))
    return {place: len(problem.stops) + k for k, place in enumerate(places)}


def _kind_ints(shift: PlannedShift, problem: Problem, profiles: Sequence[str], depots: dict[int, int]) -> list[int]:
    rates = problem.valuation.rates.get(shift.shift_id, Rates())
    most = len(problem.stops) if shift.max_stops is None else shift.max_stops
    free = min(rates.strain_free, kernel.NEVER)
    profile = profiles.index(shift.profile)
    return [depots[shift.start], depots[shift.end], shift.starts, shift.ends, profile, most, free, 0]


def _kind_floats(rates: Rates) -> list[float]:
    hour, wait = rates.cents_per_hour / 3600, rates.waiting_cents_per_hour / 3600
    over = (rates.overtime_cents_per_hour + rates.strain_cents_per_overtime_hour) / 3600
    metre = rates.cents_per_km / 1000
    return [hour, wait - hour, over, rates.overtime_after, metre, rates.fixed_cents, rates.cents_per_strain, 0.0]


@dataclass(frozen=True, slots=True)
class Travel:
    """Matrices by node, a line of seconds and metres by slot for each leg; slot edges and bins that lead to them.

    `into` is `lines` with its two nodes exchanged. `unit` is how many metres the lines count as one.
    """

    lines: NDArray[np.uint16] | Int32s
    into: NDArray[np.uint16] | Int32s
    edges: Int32s
    bins: Int32s
    shape: NDArray[np.int64]
    unit: int


def travel(problem: Problem) -> Travel:
    """Lay out the matrices of all profiles in use, in 16 bits where they fit: half the memory is twice the speed."""
    names = list(dict.fromkeys(s.profile for s in problem.shifts))
    every = [by_slot(problem.times[name]) for name in names]
    narrow, unit = fits_16(problem), metre_unit(problem)
    at = np.array([*(s.location for s in problem.stops), *depot_rows(problem)])
    slots = max(len(t.edges) for t in every)
    lines = np.zeros((len(names), len(at), len(at), 2 * slots), np.uint16 if narrow else np.int32)
    edges = np.full((len(names), slots + 1), kernel.NEVER, np.int32)
    for p, times in enumerate(every):
        edges[p, : len(times.edges)] = times.edges
        for k in range(len(times.edges)):
            seconds, metres = times.seconds[k][np.ix_(at, at)], times.metres[k][np.ix_(at, at)]
            lines[p, :, :, k] = np.minimum(seconds, MOST_16) if narrow else seconds
            lines[p, :, :, slots + k] = metres if unit == 1 else (metres + unit // 2) // unit
    into = np.ascontiguousarray(lines.transpose(0, 2, 1, 3))
    bins = slot_bins(edges)
    shape = np.array([len(at), slots, bins.shape[1], len(problem.dimensions)], np.int64)
    return Travel(lines.reshape(-1), into.reshape(-1), edges.reshape(-1), bins.reshape(-1), shape, unit)


def slot_bins(edges: Int32s) -> Int32s:
    """Return for each profile and each 256 seconds the slot in force at their beginning."""
    last = int(edges[edges < kernel.NEVER].max())
    starts = np.arange(last // 256 + 2) * 256
    return np.stack([np.searchsorted(e[:-1], starts, side="right") - 1 for e in edges]).astype(np.int32)


@dataclass(frozen=True, slots=True)
class Curves:
    """Price curves as pieces. `constants[x]` is each stop's lowest price, taken off before the search."""

    of_stop: Int32s
    knots: Int32s
    values: Floats
    bins: Int32s
    constants: Floats


def curves(problem: Problem) -> Curves:
    """Lay out every stop's curve, less its lowest price; equal ones are shared, flat ones vanish."""
    of_stop = np.full(len(problem.stops), -1, np.int32)
    constants = np.zeros(len(problem.stops))
    pieces: dict[tuple[tuple[int, ...], tuple[int, ...]], int] = {}
    for x, stop in enumerate(problem.stops):
        curve = problem.valuation.curves.get(stop.stop_id)
        if curve is None or not curve.parts:
            continue
        sums = _sums(curve)
        constants[x] = min(sums)
        if min(sums) < max(sums):
            key = (tuple(int(a) for a in curve.at), tuple(s - min(sums) for s in sums))
            of_stop[x] = pieces.setdefault(key, len(pieces))
    last = max((int(shift.ends) for shift in problem.shifts), default=0)
    return Curves(of_stop, *_pieces(list(pieces), last), constants)


def _sums(curve: PriceCurve) -> list[int]:
    """Return a curve's parts added up, by knot."""
    return [sum(cents) for cents in zip(*curve.parts.values(), strict=True)]


def _pieces(shapes: Sequence[tuple[tuple[int, ...], tuple[int, ...]]], last: int) -> tuple[Int32s, Floats, Int32s]:
    """Return knots, pairs of value and slope, and bins, of all curves one after the other.

    Bins reach to the `last` second that anybody drives; from there the kernel walks from knot to knot.
    """
    knots: list[int] = []
    values: list[float] = []
    end = min(last, max((at[-1] for at, _ in shapes), default=0))
    starts = np.arange(end // BIN + 2) * BIN
    bins = np.zeros((max(1, len(shapes)), len(starts)), np.int32)
    for c, (at, cents) in enumerate(shapes):
        first = len(knots)
        bins[c] = first + np.searchsorted(at, starts, side="right")
        knots += [-kernel.NEVER, *at, kernel.NEVER]
        slopes = [(q - p) / (b - a) for a, b, p, q in zip(at, at[1:], cents, cents[1:], strict=False)]
        values += [cents[0], 0.0]
        for value, slope in zip(cents, [*slopes, 0.0], strict=True):
            values += [value, slope]
        values += [0.0, 0.0]
    return np.array(knots or [0], np.int32), np.array(values or [0.0]), bins


@dataclass(frozen=True, slots=True)
class Stops:
    """Stops as the kernel wants them. `ints` has eight columns; `spans` holds windows beyond the first as pairs."""

    ints: Int32s
    spans: Int32s
    amounts: Int32s
    unserved: Floats
    allowed: NDArray[np.uint8]


def stops(problem: Problem, firsts: Sequence[PlannedShift], constants: Floats) -> Stops:
    """Lay out windows, service, amounts, the price of leaving out, and which kind may serve which stop."""
    spans: list[tuple[int, int]] = []
    barred = barred_stops(problem)
    ints = np.zeros((len(problem.stops), 8), np.int32)
    for x, stop in enumerate(problem.stops):
        windows = [(int(w.opens), int(w.closes)) for w in stop.windows] or [(0, kernel.NEVER)]
        begin = len(spans)
        spans += windows[1:]
        ints[x] = [*windows[0], stop.service, stop.strain, begin, len(spans), windows[-1][1], 0]
    left_out, must = problem.valuation.unserved, float(must_count(problem))
    unserved = np.array(
        [
            left_out[s.stop_id] - c if s.stop_id in left_out else must
            for s, c in zip(problem.stops, constants, strict=True)
        ]
    )
    amounts = np.array([s.amounts for s in problem.stops], np.int64).reshape(len(problem.stops), -1)
    caps = np.array([k.capacities for k in firsts], np.int64).reshape(len(firsts), -1)
    allowed = (amounts[:, None, :] <= caps[None, :, :]).all(axis=2)
    for g, shift in enumerate(firsts):
        allowed[:, g] &= np.array([s.needs <= shift.offers for s in problem.stops], bool)
        allowed[:, g] &= np.array([s.stop_id not in barred[shift.shift_id] for s in problem.stops], bool)
        allowed[:, g] &= shift.max_stops is None or shift.max_stops > 0
    flat = np.minimum(amounts, 2**31 - 1).astype(np.int32).reshape(-1)
    return Stops(
        ints.reshape(-1), np.array(spans or [(0, 0)], np.int32).reshape(-1), flat, unserved, allowed.astype(np.uint8)
    )


def pairings(problem: Problem, firsts: Sequence[PlannedShift]) -> Floats:
    """Return what it costs that a kind of shift serves a stop, whenever it comes: shape (stops, kinds)."""
    row = {s.stop_id: x for x, s in enumerate(problem.stops)}
    pay = np.zeros((len(row), len(firsts)))
    for g, shift in enumerate(firsts):
        pay[:, g] = problem.valuation.rates.get(shift.shift_id, Rates()).cents_per_stop
        for by_shift in problem.valuation.pairings.values():
            for stop_id, cents in by_shift.get(shift.shift_id, {}).items():
                if stop_id in row:
                    pay[row[stop_id], g] += cents
    return pay
