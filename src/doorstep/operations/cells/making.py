"""An area too large for one search, split into cells by depot and neighbourhood, searched apart and regrouped.

No matrix of the whole is ever needed: a cell takes the travel of its own places along. Between rounds whole routes are
grouped anew along other lines, so that no border stays a border. Sweep: Gillett and Miller 1974.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.problem import Charger, Halt, PlannedShift, Problem, Reload, Stop
from doorstep.domain.travel import TimesByProfile
from doorstep.domain.units import Cents
from doorstep.domain.valuation import Valuation
from doorstep.operations.cells.catchments import Catchment, catchments
from doorstep.operations.cells.crews import Crew, anchors, dealt_by_need, errands, first_able
from doorstep.operations.cells.flat import flat
from doorstep.operations.cells.regrouping import FULL, WHOLE, Routes

Sequences = Mapping[str, Sequence[Halt]]

NOTHING: Sequences = {}


@dataclass(frozen=True, slots=True)
class MatrixLegs:
    """The travel that a problem holds, in whatever form."""

    whole: TimesByProfile

    def times(self, rows: Sequence[int]) -> TimesByProfile:
        """Return by profile the travel between these rows, in this order and in the same form."""
        return {profile: times.between(rows) for profile, times in self.whole.items()}


@dataclass(frozen=True, slots=True)
class Cell:
    """Stops and shifts that are searched together, and the routes to begin with, in the rows of the cell's problem."""

    stop_ids: tuple[str, ...]
    shift_ids: tuple[str, ...]
    start: Sequences


def first_cells(problem: Problem, size: int, begun: Sequences = NOTHING, turn: float = 0.0) -> list[Cell]:
    """Return cells of about `size` stops: by depot, then by angle around it, with the depot's shifts dealt out.

    Small depots that lie together share a cell. A stop that no shift of its cell may serve goes to the next cell where
    one may. Routes that have `begun` go, with their stops, where their shift goes. `turn` is the share of the circle at
    which a depot's first cell begins. Every stop is in exactly one cell, and every shift.
    """
    at, work, anchor = flat(problem), errands(problem), anchors(problem)
    bound = {anchor[x]: shift_id for shift_id, halts in begun.items() for x in halts if isinstance(x, str)}
    most = FULL * max(size, len(problem.stops) / len(problem.shifts))
    served = catchments(problem, at, most, bound)
    stops = {x: len(errand) for x, errand in work.items()}
    busy = [one for one in served if one.anchors] or served[:1]
    parts: list[_Part] = []
    for district in _districts(busy, stops, size):
        angle = {x: math.atan2(*(at[work[x][0].location] - district.at)) for x in district.anchors}
        order = sorted(district.anchors, key=angle.__getitem__)
        first = int(turn * len(order))
        around = {x: work[x] for x in (*order[first:], *order[:first])}
        parts += _sectors(district.shifts, around, size, bound)
    _place_idle([one for one in served if one not in busy], [part for part in parts if part.errands] or parts, at)
    return [part.cell(problem, begun) for part in parts]


@dataclass(slots=True)
class _Part:
    """A cell that is being filled."""

    shifts: list[PlannedShift]
    errands: list[Sequence[Stop]]

    def cell(self, problem: Problem, sequences: Sequences) -> Cell:
        """Return it with the routes that its shifts have."""
        shift_ids = tuple(s.shift_id for s in self.shifts)
        cell = Cell(tuple(stop.stop_id for errand in self.errands for stop in errand), shift_ids, {})
        routes = {r: sequences[r] for r in shift_ids if sequences.get(r)}
        return replace(cell, start=_in_rows(problem, cell, routes))


def _place_idle(depots: Sequence[Catchment], parts: Sequence[_Part], at: NDArray[np.float64]) -> None:
    """Give the shifts of depots that serve nobody to the nearest part."""
    doors = [[stop.location for errand in part.errands for stop in errand] for part in parts]
    for depot in depots:
        away = [float(np.square(at[rows].mean(axis=0) - depot.at).sum()) if rows else 0.0 for rows in doors]
        parts[int(np.argmin(away))].shifts.extend(depot.shifts)


def _districts(depots: Sequence[Catchment], stops: Mapping[str, int], size: int) -> Iterator[Catchment]:
    """Yield depots as one where all fit into a cell; else those of each half, across the longer side."""
    many = [sum(stops[x] for x in depot.anchors) for depot in depots]
    places = np.array([depot.at for depot in depots])
    if len(depots) == 1 or sum(many) <= WHOLE * size:
        shifts = tuple(shift for depot in depots for shift in depot.shifts)
        yield Catchment(places.mean(axis=0), shifts, tuple(x for depot in depots for x in depot.anchors))
        return
    order = np.argsort(places[:, int(np.ptp(places, axis=0).argmax())], kind="stable")
    so_far = np.cumsum([many[k] for k in order])
    cut = min(1 + int(np.searchsorted(so_far, so_far[-1] / 2)), len(order) - 1)
    for half in (order[:cut], order[cut:]):
        yield from _districts([depots[k] for k in half], stops, size)


def _sectors(
    shifts: Sequence[PlannedShift], around: Mapping[str, Sequence[Stop]], size: int, bound: Mapping[str, str]
) -> list[_Part]:
    """Return a depot's errands, given in order around it, in parts of about `size` stops, as many as its vans."""
    many, vans = sum(map(len, around.values())), len(shifts)
    count = max(1, min(round(many / size), vans))
    quotas = [len(range(k, vans, count)) for k in range(count)]
    part_of_van = [k for k, quota in enumerate(quotas) for _ in range(quota)]
    begins = accumulate(map(len, around.values()), initial=0)
    wanted = {x: part_of_van[begin * vans // many] for x, begin in zip(around, begins, strict=False)}
    sought: list[list[Sequence[Stop]]] = [[] for _ in quotas]
    for x, k in wanted.items():
        sought[k].append(around[x])
    parts = [_Part(share, []) for share in dealt_by_need(shifts, quotas, sought)]
    crews, near = [Crew.of(part.shifts) for part in parts], [_side_by_side(k, count) for k in range(count)]
    part_of = {s.shift_id: k for k, part in enumerate(parts) for s in part.shifts}
    for x, errand in around.items():
        k = part_of[bound[x]] if x in bound else first_able(crews, near[wanted[x]], errand)
        parts[k].errands.append(errand)
    return parts


def _side_by_side(part: int, count: int) -> list[int]:
    """Return all parts of a circle, those beside a part first."""
    return sorted(range(count), key=lambda k: min((k - part) % count, (part - k) % count))


def begun_cells(problem: Problem, start: Sequences, size: int, seed: int) -> list[Cell]:
    """Return cells to begin with: of whole routes where a plan serves most stops or some are bound, else by angle.

    Bound is what is driven or frozen: it stays with its shift. Pairs that the plan gives to two shifts are not served.
    """
    bound = {s.shift_id: begun(s) for s in problem.shifts if s.driven or s.frozen}
    start = _whole({**bound, **{shift_id: halts for shift_id, halts in start.items() if halts}}, problem, bound)
    served = sum(isinstance(halt, str) for halts in start.values() for halt in halts)
    if bound or 2 * served > len(problem.stops):
        return regrouped(problem, start, size, seed)
    return first_cells(problem, size)


def _whole(start: Sequences, problem: Problem, bound: Sequences) -> Sequences:
    """Return routes without the pairs whose ends are in two of them, as far as these ends are not bound."""
    shift_of = {halt: shift_id for shift_id, halts in start.items() for halt in halts if isinstance(halt, str)}
    both = [p for p in problem.pairs if p.pickup in shift_of and p.delivery in shift_of]
    torn = {x for p in both if shift_of[p.pickup] != shift_of[p.delivery] for x in (p.pickup, p.delivery)}
    torn -= {halt for halts in bound.values() for halt in halts if isinstance(halt, str)}
    return {shift_id: [halt for halt in halts if halt not in torn] for shift_id, halts in start.items()}


def regrouped(problem: Problem, sequences: Sequences, size: int, seed: int) -> list[Cell]:
    """Return cells of about `size` stops, each of whole routes whose barycentres lie together, from whatever depot.

    First, around stops that must be served and aren't, come routes near them and such as have room for them; the other
    routes are halved again and again along random directions. Where routes are fewer than cells, it is as at first.
    Idle shifts are dealt out evenly, to the cells with routes of their depot, or else the nearest; a stop that no route
    serves goes to the cell whose barycentre is nearest, of those where some shift may serve it and that are not full: a
    third more than `size`. Every stop is in exactly one cell, and every shift.
    """
    plan = Routes.of(problem, sequences, flat(problem))
    if len(plan.stops) < max(1, round(len(problem.stops) / size)):
        return first_cells(problem, size, sequences, float(np.random.default_rng(seed).random()))
    parts = [
        _Part([*map(plan.shifts.__getitem__, g.routes), *g.idle], [*map(plan.stops.__getitem__, g.routes), *g.waiting])
        for g in plan.grouped(size, seed)
    ]
    return [part.cell(problem, sequences) for part in parts]


def cell_problem(problem: Problem, cell: Cell, legs: MatrixLegs) -> Problem:
    """Return the question of one cell: its stops and shifts, on the travel between nothing else."""
    stop_ids, shift_ids = set(cell.stop_ids), set(cell.shift_ids)
    stops = [s for s in problem.stops if s.stop_id in stop_ids]
    shifts = [s for s in problem.shifts if s.shift_id in shift_ids]
    rows = _rows(problem, stops, shifts)
    new = {row: k for k, row in enumerate(rows)}
    return replace(
        problem,
        places=tuple(problem.places[row] for row in rows),
        stops=tuple(replace(s, location=new[s.location]) for s in stops),
        shifts=tuple(_moved(s, new) for s in shifts),
        times=legs.times(rows),
        valuation=_part(problem.valuation, stop_ids, shift_ids),
        pairs=tuple(p for p in problem.pairs if p.pickup in stop_ids and p.delivery in stop_ids),
        vetoes=tuple(v for v in problem.vetoes if v.stop_id in stop_ids),
        chargers=tuple(replace(c, location=new[c.location]) for c in _chargers(problem, shifts)),
    )


def _rows(problem: Problem, stops: Iterable[Stop], shifts: Sequence[PlannedShift]) -> list[int]:
    """Return the rows that a cell needs, rising."""
    return sorted(
        {s.location for s in stops}
        | _depots(shifts)
        | {halt.halt.location for s in shifts for halt in s.driven if isinstance(halt.halt, Reload)}
        | {c.location for c in _chargers(problem, shifts)}
    )


def _chargers(problem: Problem, shifts: Iterable[PlannedShift]) -> tuple[Charger, ...]:
    return problem.chargers if any(s.battery for s in shifts) else ()


def _in_rows(problem: Problem, cell: Cell, sequences: Sequences) -> dict[str, tuple[Halt, ...]]:
    """Return routes with reloads at the rows that these have in the cell's problem."""
    if not any(isinstance(halt, Reload) for halts in sequences.values() for halt in halts):
        return {shift_id: tuple(halts) for shift_id, halts in sequences.items()}
    stop_ids, shift_ids = set(cell.stop_ids), set(cell.shift_ids)
    shifts = [s for s in problem.shifts if s.shift_id in shift_ids]
    rows = _rows(problem, (s for s in problem.stops if s.stop_id in stop_ids), shifts)
    new = {row: k for k, row in enumerate(rows)}
    return {
        shift_id: tuple(Reload(new[h.location]) if isinstance(h, Reload) else h for h in halts)
        for shift_id, halts in sequences.items()
    }


def joined(parts: Iterable[tuple[Problem, Sequences]], problem: Problem) -> dict[str, tuple[Halt, ...]]:
    """Return the sequences of all cells in the rows of the whole problem."""
    whole = {s.shift_id: _reload_rows(s) for s in problem.shifts}
    found: dict[str, tuple[Halt, ...]] = {}
    for part, sequences in parts:
        inside = {s.shift_id: dict(zip(_reload_rows(s), whole[s.shift_id], strict=True)) for s in part.shifts}
        for shift_id, halts in sequences.items():
            rows = inside[shift_id]
            found[shift_id] = tuple(Reload(rows[h.location]) if isinstance(h, Reload) else h for h in halts)
    return found


def begun(shift: PlannedShift) -> tuple[Halt, ...]:
    """Return what a shift has driven, and what it must drive next."""
    over = tuple(past.halt for past in shift.driven)
    return (*over, *(stop_id for stop_id in shift.frozen if stop_id not in over))


def _reload_rows(shift: PlannedShift) -> tuple[int, ...]:
    """Return where a shift reloads, or has reloaded."""
    return (*shift.reloads, *(past.halt.location for past in shift.driven if isinstance(past.halt, Reload)))


def _depots(shifts: Iterable[PlannedShift]) -> set[int]:
    return {row for s in shifts for row in (s.start, s.end, *s.reloads)}


def _moved(shift: PlannedShift, new: Mapping[int, int]) -> PlannedShift:
    driven = tuple(
        replace(past, halt=Reload(new[past.halt.location])) if isinstance(past.halt, Reload) else past
        for past in shift.driven
    )
    reloads = tuple(new[row] for row in shift.reloads)
    return replace(shift, start=new[shift.start], end=new[shift.end], reloads=reloads, driven=driven)


def _part(valuation: Valuation, stop_ids: set[str], shift_ids: set[str]) -> Valuation:
    """Return the prices of these stops and shifts alone."""

    def priced(prices: Mapping[str, Cents]) -> dict[str, Cents]:
        return {stop: cents for stop, cents in prices.items() if stop in stop_ids}

    return replace(
        valuation,
        curves={stop: curve for stop, curve in valuation.curves.items() if stop in stop_ids},
        unserved=priced(valuation.unserved),
        rates={shift: rates for shift, rates in valuation.rates.items() if shift in shift_ids},
        pairings={
            part: {shift: priced(prices) for shift, prices in by_shift.items() if shift in shift_ids}
            for part, by_shift in valuation.pairings.items()
        },
    )
