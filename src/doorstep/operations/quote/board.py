"""A running day as flat arrays for the quoting kernel, and what the kernel finds there for a new stop."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.problem import Break, Charge, PlannedShift, Problem, Reload
from doorstep.domain.travel import TravelTimes, by_slot
from doorstep.domain.valuation import FREE, PAIRING_PARTS, PriceCurve, Rates
from doorstep.domain.windows import TimeWindow
from doorstep.operations.driving import Book, released
from doorstep.operations.progress import standing
from doorstep.operations.quote.lines import Line, Newcomer
from doorstep.operations.search import kernel_quote as kernel
from doorstep.operations.search.cache import await_compiled
from doorstep.operations.search.kernel_prices import NEVER
from doorstep.operations.search.layout import slot_bins

Ints = NDArray[np.int64]
Curves = list[PriceCurve]

NO_CURVE = -1


def profiles_of(ways: Sequence[Line]) -> tuple[str, ...]:
    """Return the profiles of lines, each once."""
    return tuple(dict.fromkeys(line.shift.profile for line in ways))


def new_arrays(
    problem: Problem, ways: Sequence[Line], new: Newcomer, windows: Sequence[TimeWindow], may: NDArray[np.bool_]
) -> kernel.New:
    """Return a new stop as the kernel wants it; `may` says by arc whether it may go there.

    Its curve is one more than the day's.
    """
    stop = new.stop
    legs = [new.legs[name] for name in profiles_of(ways)]
    slots = max(one.seconds_to.shape[0] for one in legs)

    def by_row(figures: Sequence[NDArray[np.int32]]) -> NDArray[np.int32]:
        found = np.zeros((len(legs), len(legs[0].rows), slots), np.int32)
        for p, figure in enumerate(figures):
            found[p, :, : len(figure)] = figure.T
        return found

    numbers = [stop.service, stop.release, stop.strain, NO_CURVE if new.curve is None else 0]
    knot_at, knots, cents_at, cents = curve_arrays([] if new.curve is None else [new.curve])
    return kernel.New(
        seconds_to=by_row([one.seconds_to for one in legs]),
        seconds_from=by_row([one.seconds_from for one in legs]),
        metres_to=by_row([one.metres_to for one in legs]),
        metres_from=by_row([one.metres_from for one in legs]),
        stop=np.array(numbers, np.int64),
        may=may,
        pay=np.array([pay_of(problem, way.shift, stop.stop_id) for way in ways], np.int64),
        windows=np.array([(w.opens, w.closes) for w in windows], np.int64),
        before=np.array([way.cents for way in ways], np.int64),
        knot_at=knot_at,
        knots=knots,
        cents_at=cents_at,
        cents=cents,
    )


def room_to_look(windows: int, lines: int, most: int) -> kernel.Found:
    """Return arrays for the best `most` places of each window."""
    return kernel.Found(
        np.zeros((windows, most)), np.zeros((windows, most), np.int64), np.zeros((windows, 4), np.int64),
        np.zeros((windows, lines, 2), np.int64),
    )  # fmt: skip


def laid_out(problem: Problem, ways: Sequence[Line]) -> kernel.Day:
    """Return the kernel's arrays, with planned and latest arrivals and tables filled in.

    Where the kernel is being compiled ahead, waits for that.
    """
    profiles = list(dict.fromkeys(line.shift.profile for line in ways))
    every = [by_slot(problem.times[name]) for name in profiles]
    slots = max((len(times.edges) for times in every), default=1)
    edges = np.full((max(1, len(every)), slots + 1), kernel.NEVER, np.int64)
    edges[:, 0] = 0
    for p, times in enumerate(every):
        edges[p, : len(times.edges)] = times.edges
    book, curves = Book.of(problem), Curves()
    nodes: list[tuple[int, ...]] = []
    spans: list[tuple[int, int]] = []
    span_at, first = [0], [0]
    legs: list[tuple[int, list[int]]] = []
    for line in ways:
        rows = [standing(problem, line.shift)]
        for node, windows in _nodes(book, line, rows, curves):
            nodes.append(node)
            spans += windows
            span_at.append(len(spans))
        first.append(len(nodes))
        legs.append((profiles.index(line.shift.profile), [*rows, line.shift.end]))
    arcs = len(nodes) + len(ways)
    seconds, metres = _arcs(every, legs, (arcs, slots))
    day = kernel.Day(
        np.array(first, np.int64), np.array([p for p, _ in legs], np.int64),
        np.array([_route_numbers(problem, line) for line in ways], np.int64).reshape(len(ways), 13),
        np.array([_rate_numbers(problem, line.shift) for line in ways], np.int64).reshape(len(ways), 11),
        np.repeat(np.arange(len(ways)), [line.ahead + 1 for line in ways]).astype(np.int64),
        np.array(nodes, np.int64).reshape(len(nodes), 6), np.array(span_at, np.int64),
        np.array(spans, np.int64).reshape(-1), seconds, metres,
        edges, slot_bins(np.minimum(edges, NEVER).astype(np.int32)), *curve_arrays(curves),
        np.zeros(arcs, np.int64), np.zeros(arcs, np.int64), np.zeros((arcs, kernel.KNOTS)),
    )  # fmt: skip
    await_compiled()
    kernel.lay_out(day)
    return day


def _arcs(
    every: Sequence[TravelTimes], legs: Sequence[tuple[int, list[int]]], shape: tuple[int, int]
) -> list[NDArray[np.int32]]:
    """Return seconds and metres of all arcs, a line by slot for each."""
    seconds, metres, at = np.zeros(shape, np.int32), np.zeros(shape, np.int32), 0
    for p, rows in legs:
        times, here, there = every[p], rows[:-1], rows[1:]
        until, slots = at + len(here), len(times.edges)
        seconds[at:until, :slots] = times.seconds[:, here, there].T
        metres[at:until, :slots] = times.metres[:, here, there].T
        at = until
    return [seconds, metres]


def _nodes(
    book: Book, line: Line, rows: list[int], curves: Curves
) -> Iterator[tuple[tuple[int, ...], list[tuple[int, int]]]]:
    """Yield the numbers and windows of the halts ahead; their rows are added to `rows`."""
    problem, shift = book.problem, line.shift
    trips, trip = book.trips(line.halts), sum(isinstance(d.halt, Reload) for d in shift.driven)
    for halt in line.halts[len(line.halts) - line.ahead :]:
        reload, service, ready, pay, curve = 0, 0, 0, 0, NO_CURVE
        windows: tuple[TimeWindow, ...] = ()
        match halt:
            case Reload(location):
                trip += 1
                reload, service, ready = 1, int(shift.reload_seconds), int(released(trips[trip]))
                rows.append(location)
            case Charge(charger_id, seconds):
                service, windows = int(seconds), book.chargers[charger_id].windows
                rows.append(book.chargers[charger_id].location)
            case Break(seconds):
                service = int(seconds)
                rows.append(rows[-1])
            case _:
                stop = book.stops[halt]
                service, windows, pay = int(stop.service), stop.windows, pay_of(problem, shift, halt)
                curve = _curve_number(problem.valuation.curves.get(halt, FREE), curves)
                rows.append(stop.location)
        yield (reload, service, ready, pay, curve, rows[-1]), [(int(w.opens), int(w.closes)) for w in windows]


def pay_of(problem: Problem, shift: PlannedShift, stop_id: str) -> int:
    """Return what it costs that a shift serves a stop, whenever it comes."""
    prices = problem.valuation
    paired = sum(prices.pairing(part, shift.shift_id, stop_id) for part in PAIRING_PARTS)
    return prices.rates.get(shift.shift_id, Rates()).cents_per_stop + paired


def _curve_number(curve: PriceCurve, curves: Curves) -> int:
    if not curve.parts:
        return NO_CURVE
    curves.append(curve)
    return len(curves) - 1


def curve_arrays(curves: Sequence[PriceCurve]) -> tuple[Ints, Ints, Ints, Ints]:
    """Return where each curve's knots begin, the knots, where its cents begin, and the cents, part by part."""
    knots = [len(curve.at) for curve in curves]
    cents = [len(curve.at) * len(curve.parts) for curve in curves]
    return (
        np.cumsum([0, *knots]).astype(np.int64),
        np.array([at for curve in curves for at in curve.at], np.int64),
        np.cumsum([0, *cents]).astype(np.int64),
        np.array([c for curve in curves for part in curve.parts.values() for c in part], np.int64),
    )


def _route_numbers(problem: Problem, line: Line) -> list[int]:
    shift, now = line.shift, problem.now or 0
    driven, never = shift.driven, int(kernel.NEVER)
    left = driven[-1].leaves_at if driven else line.leaves
    at = max(left, now) if line.begun else left
    waited = sum(d.starts_at - d.arrives_at for d in driven) + at - left
    waited += 0 if shift.free_departure else line.leaves - shift.starts
    rested = sum(halt.seconds for halt in line.halts if isinstance(halt, Break))
    paid_from = (line.leaves if shift.free_departure else shift.starts) + rested
    visits = line.route.visits if line.route else ()
    stops = {stop.stop_id: stop for stop in problem.stops} if visits else {}
    begun = line.leaves if line.begun and line.shut is None else line.shut
    return [
        at, waited, sum(d.metres for d in driven), paid_from, shift.ends,
        never if shift.max_seconds is None else shift.max_seconds - rested,
        never if shift.max_metres is None else shift.max_metres,
        sum(stops[halt].strain for halt in line.halts if isinstance(halt, str)),
        sum(c for visit in visits[: len(driven)] for c in visit.cents.values()),
        -1 if begun is None else begun, int(shift.free_departure), standing(problem, shift), shift.end,
    ]  # fmt: skip


def _rate_numbers(problem: Problem, shift: PlannedShift) -> list[int]:
    rates = problem.valuation.rates.get(shift.shift_id, Rates())
    return [
        rates.cents_per_hour, rates.waiting_cents_per_hour, rates.overtime_after, rates.overtime_cents_per_hour,
        rates.cents_per_km, rates.fixed_cents, rates.strain_free, rates.cents_per_strain,
        rates.strain_cents_per_overtime_hour, rates.even_seconds, rates.even_cents_per_hour,
    ]  # fmt: skip
