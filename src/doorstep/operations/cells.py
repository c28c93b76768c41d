"""An area too large for one search, split into cells of neighbouring stops that are searched apart and regrouped.

No matrix of the whole is ever needed: a cell takes the travel of its own places along. Between rounds whole routes are
grouped anew along other lines, so that no border stays a border. Sweep: Gillett and Miller 1974; regrouping by the
barycentres of routes: Santini et al. 2023.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.places import Place
from doorstep.domain.problem import Charger, Halt, PlannedShift, Problem, Reload, Stop
from doorstep.domain.travel import AskedTimes, TimesByProfile, Travel, TravelTimes
from doorstep.domain.units import Cents
from doorstep.domain.valuation import Valuation

Sequences = Mapping[str, Sequence[Halt]]

NOTHING: Sequences = {}

FULL = 4 / 3
"""How far beyond its size a cell may be filled."""


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
    """Return cells of about `size` stops by angle around the depot, with a share of the shifts each.

    A stop that no shift of its cell may serve goes to the next cell where one may. Routes that have `begun` go, with
    their stops, where their shift goes. `turn` is the share of the circle at which the first cell begins.
    """
    at, anchor = _flat(problem), _anchors(problem)
    depot = at[problem.shifts[0].start]
    angle = {s.stop_id: math.atan2(*(at[s.location] - depot)) for s in problem.stops}
    order = sorted((s.stop_id for s in problem.stops), key=lambda x: angle[anchor[x]])
    order = [*order[int(turn * len(order)) :], *order[: int(turn * len(order))]]
    count = max(1, min(round(len(order) / size), len(problem.shifts)))
    shares = _dealt(problem.shifts, count)
    crews, errands = [_Crew.of(share) for share in shares], _errands(problem)
    dealt = {shift.shift_id: k for k, share in enumerate(shares) for shift in share}
    cell_of = {anchor[x]: dealt[r] for r, halts in begun.items() for x in halts if isinstance(x, str)}
    for k, x in enumerate(order):
        if anchor[x] not in cell_of:
            wanted = k * count // len(order)
            around = sorted(range(count), key=lambda c: min((c - wanted) % count, (wanted - c) % count))
            cell_of[anchor[x]] = _first_able(crews, around, errands[anchor[x]])
    cells = [
        Cell(tuple(x for x in order if cell_of[anchor[x]] == k), tuple(s.shift_id for s in share), {})
        for k, share in enumerate(shares)
    ]
    return [
        replace(
            cell, start=_in_rows(problem, cell, {r: halts for r, halts in begun.items() if halts and dealt[r] == k})
        )
        for k, cell in enumerate(cells)
    ]


def begun_cells(problem: Problem, start: Sequences, size: int, seed: int) -> list[Cell]:
    """Return cells to begin with: of whole routes where a plan serves most stops or some are bound, else by angle.

    Bound is what is driven or frozen: it stays with its shift.
    """
    bound = {s.shift_id: begun(s) for s in problem.shifts if s.driven or s.frozen}
    start = {**bound, **{shift_id: halts for shift_id, halts in start.items() if halts}}
    served = sum(isinstance(halt, str) for halts in start.values() for halt in halts)
    if bound or 2 * served > len(problem.stops):
        return regrouped(problem, start, size, seed)
    return first_cells(problem, size)


def regrouped(problem: Problem, sequences: Sequences, size: int, seed: int) -> list[Cell]:
    """Return cells of about `size` stops, each of whole routes whose barycentres lie together.

    The routes are halved again and again along random directions; where they are fewer than cells, it is as at first.
    Idle shifts are dealt out evenly; a stop that no
    route serves goes to the cell whose barycentre is nearest, of those where some shift may serve it and that are not
    full: a third more than `size`.
    """
    at, rng = _flat(problem), np.random.default_rng(seed)
    location = {s.stop_id: s.location for s in problem.stops}
    routes = {k: [h for h in halts if isinstance(h, str)] for k, halts in sequences.items()}
    driven = [shift_id for shift_id, stops in routes.items() if stops]
    if len(driven) < max(1, round(len(problem.stops) / size)):
        return first_cells(problem, size, sequences, float(rng.random()))
    centres = {r: at[[location[x] for x in routes[r]]].mean(axis=0) for r in driven}
    served = sum(len(routes[r]) for r in driven)
    groups = list(
        _halved(driven, centres, {r: len(routes[r]) for r in driven}, size * served / len(problem.stops), rng)
    )
    idle = _dealt([s for s in problem.shifts if s.shift_id not in centres], len(groups))
    shifts = {s.shift_id: s for s in problem.shifts}
    crews = [_Crew.of([*(shifts[r] for r in group), *idle[k]]) for k, group in enumerate(groups)]
    spare = [
        max(size, len(problem.stops) / len(groups)) * FULL - sum(len(routes[r]) for r in group) for group in groups
    ]
    waiting = _waiting(problem, {x for r in driven for x in routes[r]}, crews, _middles(groups, centres), at, spare)
    cells = [
        Cell((*(x for r in group for x in routes[r]), *waiting[k]), tuple(s.shift_id for s in (crews[k].shifts)), {})
        for k, group in enumerate(groups)
    ]
    return [
        replace(cell, start=_in_rows(problem, cell, {r: sequences[r] for r in group}))
        for cell, group in zip(cells, groups, strict=True)
    ]


def _middles(groups: Sequence[Sequence[str]], centres: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.array([np.mean([centres[r] for r in group], axis=0) for group in groups])


def _waiting(
    problem: Problem,
    served: set[str],
    crews: "Sequence[_Crew]",
    middles: NDArray[np.float64],
    at: NDArray[np.float64],
    spare: Sequence[float],
) -> list[list[str]]:
    """Return by cell the stops that no route serves; `spare` says how many each has room for."""
    location, anchor, errands = {s.stop_id: s.location for s in problem.stops}, _anchors(problem), _errands(problem)
    found: list[list[str]] = [[] for _ in crews]
    cell_of: dict[str, int] = {}
    for one in (stop.stop_id for stop in problem.stops if stop.stop_id not in served):
        if anchor[one] not in cell_of:
            away = np.square(middles - at[location[anchor[one]]]).sum(axis=1)
            near = sorted(np.argsort(away).tolist(), key=lambda k: len(found[k]) >= spare[k])
            cell_of[anchor[one]] = _first_able(crews, near, errands[anchor[one]])
        found[cell_of[anchor[one]]].append(one)
    return found


@dataclass(frozen=True, slots=True)
class _Crew:
    """The shifts of a cell: who they are, and each kind of skills and room once."""

    shifts: tuple[PlannedShift, ...]
    who: frozenset[str]
    kinds: frozenset[tuple[frozenset[str], tuple[int, ...]]]

    @classmethod
    def of(cls, shifts: Sequence[PlannedShift]) -> "_Crew":
        names = frozenset(name for s in shifts for name in (s.shift_id, s.driver_id) if name)
        return cls(tuple(shifts), names, frozenset((s.offers, s.capacities) for s in shifts))

    def may(self, stop: Stop) -> bool:
        """Return whether somebody has the skills and the room, and is among those who may come."""
        most = [max(both) for both in zip(stop.amounts, stop.picks or stop.amounts, strict=True)]
        return (not stop.only or bool(stop.only & self.who)) and any(
            stop.needs <= offers and all(a <= room for a, room in zip(most, capacities, strict=True))
            for offers, capacities in self.kinds
        )


def _first_able(crews: Sequence[_Crew], wanted: Sequence[int], errand: Sequence[Stop]) -> int:
    """Return the first of the cells wanted whose shifts may serve all of an errand; the first where none may."""
    return next((k for k in wanted if all(crews[k].may(stop) for stop in errand)), wanted[0])


def _errands(problem: Problem) -> dict[str, list[Stop]]:
    """Return the stops that share a cell, by the one that the others follow."""
    anchor, found = _anchors(problem), dict[str, list[Stop]]()
    for stop in problem.stops:
        found.setdefault(anchor[stop.stop_id], []).append(stop)
    return found


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


def _anchors(problem: Problem) -> dict[str, str]:
    """Return for each stop the stop whose cell it shares: itself, or the pick-up of its pair."""
    return {s.stop_id: s.stop_id for s in problem.stops} | {p.delivery: p.pickup for p in problem.pairs}


def _flat(problem: Problem) -> NDArray[np.float64]:
    """Return places as x and y of equal scale; shape (places, 2).

    Degrees of latitude, or, where a place has no coordinates, the mean seconds from two places far apart.
    """
    known: list[Place] = [place for place in problem.places if place is not None]
    if len(known) < len(problem.places):
        return _drawn(problem)
    lat = np.array([p.lat for p in known])
    return np.stack([np.array([p.lon for p in known]) * math.cos(math.radians(float(lat.mean()))), lat], axis=1)


def _drawn(problem: Problem) -> NDArray[np.float64]:
    times = problem.times[problem.shifts[0].profile]
    first = _seconds_from(times, problem.shifts[0].start)
    one = _seconds_from(times, int(first.argmax()))
    return np.stack([one, _seconds_from(times, int(one.argmax()))], axis=1)


def _seconds_from(times: Travel, row: int) -> NDArray[np.float64]:
    """Return the mean seconds of the legs from a row to all."""
    if isinstance(times, AskedTimes):
        return np.asarray(times.from_row(row).mean(axis=0))
    if isinstance(times, TravelTimes):
        return np.asarray(times.seconds[:, row].mean(axis=0))
    return np.asarray(times.mean_seconds()[row])


def _dealt(shifts: Sequence[PlannedShift], count: int) -> list[list[PlannedShift]]:
    """Return the shifts dealt out like cards, kind after kind, so that every cell gets some of each."""
    order = sorted(shifts, key=lambda s: (s.start, s.profile, s.capacities, s.starts, s.ends))
    return [order[k::count] for k in range(count)]


def _halved(
    routes: list[str], centres: Mapping[str, NDArray[np.float64]], stops: Mapping[str, int], size: float,
    rng: np.random.Generator,
) -> Iterable[list[str]]:  # fmt: skip
    """Yield groups of routes of about `size` stops, split across a random direction where they are larger."""
    total = sum(stops[r] for r in routes)
    if len(routes) < 2 or total <= 1.3 * size:
        yield routes
        return
    angle = rng.uniform(0, math.pi)
    along = np.array([math.cos(angle), math.sin(angle)])
    order = sorted(routes, key=lambda r: float(centres[r] @ along))
    so_far = np.cumsum([stops[r] for r in order])
    parts = max(2, round(total / size))
    cut = 1 + int(np.searchsorted(so_far[:-1], total * (parts // 2) / parts))
    cut = min(max(1, cut), len(order) - 1)
    yield from _halved(order[:cut], centres, stops, size, rng)
    yield from _halved(order[cut:], centres, stops, size, rng)


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
