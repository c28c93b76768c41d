"""Routes dealt out anew by where they lie, from whatever depot, so that no border between cells stays a border.

Regrouping by the barycentres of routes: Santini et al. 2023. Stops that must be served and aren't come first: each is
put together with routes near it and with such as have room for it, so that it is tried with other vans in every round.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from doorstep.domain.problem import Halt, PlannedShift, Problem, Stop
from doorstep.operations.cells.crews import Crew, errands, first_able, has_room, in_kinds, part_of_a_van

FULL = 4 / 3
"""How far beyond its size a cell may be filled."""

WHOLE = 1.3
"""How far beyond its size a cell is still not split."""

FEW = 0.25
"""Share of the stops up to which those that nobody serves are an exception that cells are made around."""

Floats = NDArray[np.float64]
Points = list[tuple[Floats, int]]
"""Points on the map, each with the number of the group whose it is."""


@dataclass(slots=True)
class Group:
    """Driven routes that lie together, by shift; idle shifts; and errands that nobody serves yet."""

    routes: list[str]
    idle: list[PlannedShift] = field(default_factory=list)
    waiting: list[Sequence[Stop]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Routes:
    """The routes of a plan on a flat map, whose places are `at`; `stops` and `centres` of those that serve somebody."""

    problem: Problem
    at: Floats
    shifts: Mapping[str, PlannedShift]
    stops: Mapping[str, Sequence[Stop]]
    centres: Mapping[str, Floats]

    @classmethod
    def of(cls, problem: Problem, sequences: Mapping[str, Sequence[Halt]], at: Floats) -> "Routes":
        """Return the routes that sequences describe."""
        by_id = {stop.stop_id: stop for stop in problem.stops}
        halts = {r: [by_id[halt] for halt in own if isinstance(halt, str)] for r, own in sequences.items()}
        stops = {r: own for r, own in halts.items() if own}
        centres = {r: at[[stop.location for stop in own]].mean(axis=0) for r, own in stops.items()}
        return cls(problem, at, {s.shift_id: s for s in problem.shifts}, stops, centres)

    @property
    def served(self) -> int:
        """Return how many stops are served."""
        return sum(map(len, self.stops.values()))

    def grouped(self, size: int, seed: int) -> list[Group]:
        """Return all routes, idle shifts and errands in groups of about `size` stops."""
        rng, problem = np.random.default_rng(seed), self.problem
        idle = {s.shift_id: s for s in problem.shifts if s.shift_id not in self.stops}
        route_of = {stop.stop_id: r for r, own in self.stops.items() for stop in own}
        left = [e for e in errands(problem).values() if not all(stop.stop_id in route_of for stop in e)]
        torn = [e for e in left if any(stop.stop_id in route_of for stop in e)]
        whole = {e[0].stop_id: e for e in left if not any(stop.stop_id in route_of for stop in e)}
        room = size * self.served / len(problem.stops)
        groups = _Lost(self, whole, idle).groups(room, rng)
        taken = {r for group in groups for r in group.routes}
        rest = [r for r in self.stops if r not in taken]
        groups += map(Group, _halved(rest, self, room, rng) if rest else ())
        group_of = {r: group for group in groups for r in group.routes}
        for errand in torn:
            here = next(route_of[stop.stop_id] for stop in errand if stop.stop_id in route_of)
            group_of[here].waiting.append([stop for stop in errand if stop.stop_id not in route_of])
        points = _deal_idle(self, groups, in_kinds(idle.values()))
        _deal_waiting(self, groups, whole.values(), points, max(size, len(problem.stops) / len(groups)) * FULL)
        return groups


def _halved(routes: list[str], plan: Routes, size: float, rng: np.random.Generator) -> Iterable[list[str]]:
    """Yield groups of routes of about `size` stops, split across a random direction where they are larger."""
    total = sum(len(plan.stops[r]) for r in routes)
    if len(routes) < 2 or total <= WHOLE * size:
        yield routes
        return
    angle = rng.uniform(0, math.pi)
    along = np.array([math.cos(angle), math.sin(angle)])
    order = sorted(routes, key=lambda r: float(plan.centres[r] @ along))
    so_far = np.cumsum([len(plan.stops[r]) for r in order])
    parts = max(2, round(total / size))
    cut = 1 + int(np.searchsorted(so_far[:-1], total * (parts // 2) / parts))
    cut = min(max(1, cut), len(order) - 1)
    yield from _halved(order[:cut], plan, size, rng)
    yield from _halved(order[cut:], plan, size, rng)


def _deal_idle(plan: Routes, groups: Sequence[Group], idle: Iterable[PlannedShift]) -> Points:
    """Deal idle shifts, given kind after kind, evenly to the groups with routes of their depot, or else to the nearest.

    Returns the points on the map that each group has by now: its barycentre, and depots that none of its routes is of.
    """
    middles = np.array([np.mean([plan.centres[r] for r in group.routes], axis=0) for group in groups])
    points = [(middle, k) for k, middle in enumerate(middles)]
    hands: dict[int, list[int]] = {}
    for k, group in enumerate(groups):
        for start in {plan.shifts[r].start for r in group.routes}:
            hands.setdefault(start, []).append(k)
    dealt = [0] * len(groups)
    for shift in idle:
        if shift.start not in hands:
            nearest = int(np.square(middles - plan.at[shift.start]).sum(axis=1).argmin())
            hands[shift.start] = [nearest]
            points.append((plan.at[shift.start], nearest))
        k = min(hands[shift.start], key=dealt.__getitem__)
        groups[k].idle.append(shift)
        dealt[k] += 1
    return points


def _deal_waiting(
    plan: Routes, groups: Sequence[Group], left: Iterable[Sequence[Stop]], points: Points, full: float
) -> None:
    """Deal errands to the nearest groups that may serve them and have fewer stops than `full`, or just the nearest."""
    crews = [Crew.of([*(plan.shifts[r] for r in group.routes), *group.idle]) for group in groups]
    spare = [full - sum(len(plan.stops[r]) for r in g.routes) - sum(map(len, g.waiting)) for g in groups]
    where, whose = np.array([point for point, _ in points]), [k for _, k in points]
    for errand in left:
        away = np.square(where - plan.at[errand[0].location]).sum(axis=1)
        near = dict.fromkeys(whose[p] for p in np.argsort(away, kind="stable"))
        k = first_able(crews, sorted(near, key=lambda k: spare[k] <= 0), errand)
        groups[k].waiting.append(errand)
        spare[k] -= len(errand)


@dataclass(slots=True, eq=False)
class _Lost:
    """Errands that nobody serves, of which some must be; what is grouped with them is no longer `left`, `idle`, `free`.

    `where` has the doors that routes serve, in order, and `whose` the number of each one's route.
    """

    plan: Routes
    left: dict[str, Sequence[Stop]]
    idle: dict[str, PlannedShift]
    where: Floats = field(init=False)
    whose: NDArray[np.int64] = field(init=False)
    free: set[str] = field(init=False)

    def __post_init__(self) -> None:
        each = self.plan.stops.values()
        self.where = self.plan.at[[stop.location for own in each for stop in own]]
        self.whose = np.repeat(np.arange(len(each)), [len(own) for own in each])
        self.free = set(self.plan.stops)

    def groups(self, room: float, rng: np.random.Generator) -> list[Group]:
        """Return groups of up to `room` served stops, each around an errand, of half of the routes at most."""
        priced = self.plan.problem.valuation.unserved
        lost = [x for x, errand in self.left.items() if any(stop.stop_id not in priced for stop in errand)]
        if not lost or len(lost) > FEW * len(self.plan.problem.stops) or self.plan.served <= WHOLE * room:
            return []
        lost = [lost[k] for k in rng.permutation(len(lost))]
        doors = self.plan.at[[self.left[x][0].location for x in lost]]
        ids = list(self.plan.stops)
        beside = {x: ids[self.whose[p]] for x, p in zip(lost, cKDTree(self.where).query(doors)[1], strict=True)}
        found: list[Group] = []
        for x in lost:
            if x in self.left and room * (len(found) + 1) <= max(room, self.plan.served / 2):
                found.append(self._around(x, [y for y in lost if y in self.left and y != x], beside, room))
        return found

    def _around(self, x: str, others: Sequence[str], beside: Mapping[str, str], room: float) -> Group:
        """Return a group around an errand, with as many of the others beside its routes as it has space for."""
        routes = self._routes(self.left[x], room)
        together = [x, *(y for y in others if beside[y] in routes)][: max(1, int((FULL - 1) * room))]
        waiting = [self.left.pop(y) for y in together]
        self.free.difference_update(routes)
        return Group(routes, self._idle(waiting), waiting)

    def _routes(self, errand: Sequence[Stop], room: float) -> list[str]:
        """Return free routes: half of them near an errand, then near ones that can take it, as far as there is room."""
        away = np.full(len(self.plan.stops), np.inf)
        np.minimum.at(away, self.whose, np.square(self.where - self.plan.at[errand[0].location]).sum(axis=1))
        ids = list(self.plan.stops)
        near = [ids[k] for k in np.argsort(away, kind="stable") if ids[k] in self.free]
        found = self._filled([], near, room / 2)
        found = self._filled(found, (r for r in near if self._can_take(r, errand)), room)
        return self._filled(found, near, room) if self._stops(found) < room else found

    def _filled(self, routes: Sequence[str], more: Iterable[str], room: float) -> list[str]:
        """Return routes with one more that isn't among them, and others after it as long as there is room for all."""
        found = dict.fromkeys(routes)
        so_far = self._stops(found)
        for r in more:
            if r in found:
                continue
            so_far += len(self.plan.stops[r])
            if so_far > room and len(found) > len(routes):
                break
            found[r] = None
        return list(found)

    def _stops(self, routes: Iterable[str]) -> int:
        return sum(len(self.plan.stops[r]) for r in routes)

    def _can_take(self, route: str, errand: Sequence[Stop]) -> bool:
        shift = self.plan.shifts[route]
        return Crew.of([shift]).may_all(errand) and has_room(shift, self.plan.stops[route], errand)

    def _idle(self, waiting: Sequence[Sequence[Stop]]) -> list[PlannedShift]:
        """Return idle shifts for errands, the nearest that may serve each, no more than they need and one."""
        found: list[PlannedShift] = []
        need = 0.0
        for errand in waiting:
            able = [s for s in self.idle.values() if Crew.of([s]).may_all(errand)]
            if not able:
                continue
            door = self.plan.at[errand[0].location]
            nearest = min(able, key=lambda s: float(np.square(self.plan.at[s.start] - door).sum()))
            need += part_of_a_van(nearest, errand)
            if len(found) < need + 1:
                found.append(self.idle.pop(nearest.shift_id))
        return found
