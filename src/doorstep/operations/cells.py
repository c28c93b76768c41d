"""An area too large for one search, split into cells of neighbouring stops that are searched apart and regrouped.

No matrix of the whole is ever needed: `Legs` gives the travel of one cell. Between rounds whole routes are grouped anew
along other lines, so that no border stays a border. Sweep: Gillett and Miller 1974; regrouping by the barycentres of
routes: Santini et al. 2023.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.places import Place
from doorstep.domain.problem import Halt, PlannedShift, Problem, Reload
from doorstep.domain.travel import TimesByProfile
from doorstep.domain.units import Cents
from doorstep.domain.valuation import Valuation
from doorstep.operations.errors import UnplannableInput

Sequences = Mapping[str, Sequence[Halt]]


class Legs(Protocol):
    """Travel between any of an area's places, given out for a few of them at a time."""

    def times(self, rows: Sequence[int]) -> TimesByProfile:
        """Return by profile the travel between these rows of the area, in this order."""


@dataclass(frozen=True, slots=True)
class MatrixLegs:
    """Travel that lies there as whole matrices."""

    whole: TimesByProfile

    def times(self, rows: Sequence[int]) -> TimesByProfile:
        """Return the matrices' rows and columns."""
        return {profile: times.between(rows) for profile, times in self.whole.items()}


@dataclass(frozen=True, slots=True)
class Cell:
    """Stops and shifts that are searched together, and the routes to begin with."""

    stop_ids: tuple[str, ...]
    shift_ids: tuple[str, ...]
    start: Sequences


def first_cells(problem: Problem, size: int) -> list[Cell]:
    """Return cells of about `size` stops by angle around the depot, with a share of the shifts each.

    Raises UnplannableInput where a stop has no coordinates.
    """
    at, anchor = _flat(problem), _anchors(problem)
    depot = at[problem.shifts[0].start]
    angle = {s.stop_id: math.atan2(*(at[s.location] - depot)) for s in problem.stops}
    order = sorted((s.stop_id for s in problem.stops), key=lambda x: angle[anchor[x]])
    count = max(1, min(round(len(order) / size), len(problem.shifts)))
    cell_of = {x: k * count // len(order) for k, x in enumerate(order)}
    shares = _dealt(problem.shifts, count)
    return [
        Cell(tuple(x for x in order if cell_of[anchor[x]] == k), tuple(s.shift_id for s in share), {})
        for k, share in enumerate(shares)
    ]


def regrouped(problem: Problem, sequences: Sequences, size: int, seed: int) -> list[Cell]:
    """Return cells of about `size` stops, each of whole routes whose barycentres lie together.

    The routes are halved again and again along random directions. Idle shifts are dealt out evenly; a stop that no
    route serves goes to the cell whose barycentre is nearest.
    """
    at, rng = _flat(problem), np.random.default_rng(seed)
    location = {s.stop_id: s.location for s in problem.stops}
    routes = {k: [h for h in halts if isinstance(h, str)] for k, halts in sequences.items()}
    driven = [shift_id for shift_id, stops in routes.items() if stops]
    if not driven:
        return first_cells(problem, size)
    centres = {r: at[[location[x] for x in routes[r]]].mean(axis=0) for r in driven}
    groups = list(_halved(driven, centres, {r: len(routes[r]) for r in driven}, size, rng))
    middles = np.array([np.mean([centres[r] for r in group], axis=0) for group in groups])
    served = {x for r in driven for x in routes[r]}
    anchor = _anchors(problem)
    waiting: list[list[str]] = [[] for _ in groups]
    for stop in problem.stops:
        if stop.stop_id not in served:
            there = at[location[anchor[stop.stop_id]]]
            waiting[int(np.square(middles - there).sum(axis=1).argmin())].append(stop.stop_id)
    idle = _dealt([s for s in problem.shifts if s.shift_id not in centres], len(groups))
    return [
        Cell(
            stop_ids=(*(x for r in group for x in routes[r]), *waiting[k]),
            shift_ids=(*group, *(s.shift_id for s in idle[k])),
            start={r: tuple(sequences[r]) for r in group},
        )
        for k, group in enumerate(groups)
    ]


def cell_problem(problem: Problem, cell: Cell, legs: Legs) -> Problem:
    """Return the question of one cell: its stops and shifts, on matrices of nothing else."""
    stop_ids, shift_ids = set(cell.stop_ids), set(cell.shift_ids)
    stops = [s for s in problem.stops if s.stop_id in stop_ids]
    shifts = [s for s in problem.shifts if s.shift_id in shift_ids]
    chargers = problem.chargers if any(s.battery for s in shifts) else ()
    rows = sorted({s.location for s in stops} | _depots(shifts) | {c.location for c in chargers})
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
        chargers=tuple(replace(c, location=new[c.location]) for c in chargers),
    )


def joined(parts: Iterable[tuple[Problem, Sequences]], problem: Problem) -> dict[str, tuple[Halt, ...]]:
    """Return the sequences of all cells in the rows of the whole problem."""
    row_of = {s.shift_id: s.reloads for s in problem.shifts}
    found: dict[str, tuple[Halt, ...]] = {}
    for part, sequences in parts:
        inside = {s.shift_id: dict(zip(s.reloads, row_of[s.shift_id], strict=True)) for s in part.shifts}
        for shift_id, halts in sequences.items():
            rows = inside[shift_id]
            found[shift_id] = tuple(Reload(rows[h.location]) if isinstance(h, Reload) else h for h in halts)
    return found


def _anchors(problem: Problem) -> dict[str, str]:
    """Return for each stop the stop whose cell it shares: itself, or the pick-up of its pair."""
    return {s.stop_id: s.stop_id for s in problem.stops} | {p.delivery: p.pickup for p in problem.pairs}


def _flat(problem: Problem) -> NDArray[np.float64]:
    """Return places as x and y of equal scale, degrees of latitude; shape (places, 2)."""
    lost = next((k for k, place in enumerate(problem.places) if place is None), None)
    if lost is not None:
        raise UnplannableInput(f"Expected coordinates for every place of a large problem, got none for place {lost}.")
    known: list[Place] = [place for place in problem.places if place is not None]
    lat = np.array([p.lat for p in known])
    return np.stack([np.array([p.lon for p in known]) * math.cos(math.radians(float(lat.mean()))), lat], axis=1)


def _dealt(shifts: Sequence[PlannedShift], count: int) -> list[list[PlannedShift]]:
    """Return the shifts dealt out like cards, kind after kind, so that every cell gets some of each."""
    order = sorted(shifts, key=lambda s: (s.start, s.profile, s.capacities, s.starts, s.ends))
    return [order[k::count] for k in range(count)]


def _halved(
    routes: list[str], centres: Mapping[str, NDArray[np.float64]], stops: Mapping[str, int], size: int,
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
    return replace(shift, start=new[shift.start], end=new[shift.end], reloads=tuple(new[row] for row in shift.reloads))


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
