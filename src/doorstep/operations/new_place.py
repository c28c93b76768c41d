"""A place that no matrix knows yet: travel to and from it by what the matrices say of straight lines near it.

How long a way takes for its length by air, by slot, is learned from the ways between its neighbours and where it leads;
where a road network is at hand, the legs to the nearest places are asked of it, and only what was not asked is guessed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.places import EARTH_RADIUS_M, Place
from doorstep.domain.problem import Problem
from doorstep.domain.travel import TravelTimes
from doorstep.operations.errors import UnplannableInput

NEAREST = 60
"""Places whose legs are asked of the road network; an insertion next to any other is hardly ever the best."""

NEIGHBOURS = 6
"""Places whose own ways elsewhere say what a way there is like."""

ENOUGH = 200.0
"""Metres by air from the neighbours below which their ways say too little of a place: then all near ways do."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class NewLegs:
    """Legs between a new place and some rows, by slot: shapes (slots, rows), whole seconds and metres.

    `to` is the way from the new place to a row, `from` the way back. A slot of `seconds` that nobody asked for is -1
    and guessed.
    """

    rows: tuple[int, ...]
    seconds_to: Ints
    seconds_from: Ints
    metres_to: Ints
    metres_from: Ints


def with_place(problem: Problem, place: Place, known: Mapping[str, NewLegs] | None = None) -> tuple[Problem, int]:
    """Return the problem with one more row, and that row; a place that is there already keeps its row.

    `known` gives exact legs by profile; the rest is guessed. Raises UnplannableInput where places have no
    coordinates, or travel is not by slot.
    """
    if place in problem.places:
        return problem, problem.places.index(place)
    legs = all_legs(problem, place, known)
    times = {
        profile: _larger(travel, legs[profile])
        for profile, travel in problem.times.items()
        if isinstance(travel, TravelTimes)
    }
    return replace(problem, places=(*problem.places, place), times=times), len(problem.places)


def all_legs(problem: Problem, place: Place, known: Mapping[str, NewLegs] | None = None) -> dict[str, NewLegs]:
    """Return by profile the legs between a place and every row, in every slot; those of a known place as they are.

    Raises as `with_place`.
    """
    if place in problem.places and all(isinstance(t, TravelTimes) for t in problem.times.values()):
        row = problem.places.index(place)
        return {name: _of_row(t, row) for name, t in problem.times.items() if isinstance(t, TravelTimes)}
    others = [p for p in problem.places if p is not None]
    if len(others) < len(problem.places) or not all(isinstance(t, TravelTimes) for t in problem.times.values()):
        raise UnplannableInput("Expected coordinates and travel by slot, to guess the way to a new place; got neither.")
    around = _Around.of(place, others)
    return {
        profile: _guessed(travel, around, (known or {}).get(profile))
        for profile, travel in problem.times.items()
        if isinstance(travel, TravelTimes)
    }


def nearest(problem: Problem, place: Place, count: int = NEAREST) -> list[int]:
    """Return the rows of the places nearest to a new one by air, nearest first; depots always among them."""
    air = air_metres(place, [p or place for p in problem.places])
    depots = {row for s in problem.shifts for row in (s.start, s.end, *s.reloads)}
    found = [int(k) for k in np.argsort(air, kind="stable")[:count]]
    return found + sorted(depots - set(found))


def in_slots(travel: TravelTimes, rows: Sequence[int], slots: Sequence[int], legs: Ints) -> NewLegs:
    """Return legs that were asked for in some slots: shape (slots, 4, rows), seconds to, from, metres to, from."""
    found = np.full((4, len(travel.edges), len(rows)), -1, np.int32)
    found[:, list(slots)] = legs.transpose(1, 0, 2)
    return NewLegs(tuple(rows), *found)


def stretched(travel: TravelTimes, rows: Sequence[int], legs: Ints, like: Sequence[tuple[int, Ints]]) -> NewLegs:
    """Return legs, shape (4, rows), from a road network whose slots or speeds are others than the matrices'.

    `like` are rows near the new place with their own legs from that network: as the matrices differ from these, so
    they do from the new ones, in every slot.
    """
    found = []
    for what in range(4):
        matrix, back = (travel.seconds, travel.seconds, travel.metres, travel.metres)[what], what % 2
        ours = sum((matrix[:, list(rows), i] if back else matrix[:, i, list(rows)]).astype(float) for i, _ in like)
        theirs = sum(np.maximum(known[what], 0).astype(float) for _, known in like)
        whole = np.asarray(ours).sum(axis=1, keepdims=True) / max(1.0, float(np.sum(theirs)))
        ratio = np.where(np.asarray(theirs) > 0, ours / np.maximum(theirs, 1.0), whole)
        found.append(np.ceil(legs[what] * ratio).astype(np.int32))
    return NewLegs(tuple(rows), *found)


def air_metres(place: Place, others: Sequence[Place]) -> Floats:
    """Return distances by air; shape (len(others),). On a flat map, which in a city errs by less than 0.1 %."""
    lon, lat = np.radians([p.lon for p in others]), np.radians([p.lat for p in others])
    x = (lon - np.radians(place.lon)) * np.cos((lat + np.radians(place.lat)) / 2)
    return np.asarray(EARTH_RADIUS_M * np.hypot(x, lat - np.radians(place.lat)))


@dataclass(frozen=True, slots=True, eq=False)
class _Around:
    """How far it is by air: from the new place to all, between the near ones, and from its neighbours to all."""

    air: Floats
    near: NDArray[np.int64]
    between: Floats
    from_neighbours: Floats

    @classmethod
    def of(cls, place: Place, others: Sequence[Place]) -> "_Around":
        air = air_metres(place, others)
        near = np.argsort(air, kind="stable")[:NEAREST]
        close = [others[int(k)] for k in near]
        between = np.array([air_metres(one, close) for one in close])
        return cls(air, near, between, np.array([air_metres(one, others) for one in close[:NEIGHBOURS]]))

    @property
    def neighbours(self) -> NDArray[np.int64]:
        return self.near[:NEIGHBOURS]


def _of_row(travel: TravelTimes, row: int) -> NewLegs:
    rows = tuple(range(travel.seconds.shape[1]))
    return NewLegs(
        rows, travel.seconds[:, row], travel.seconds[:, :, row], travel.metres[:, row], travel.metres[:, :, row]
    )


def _larger(travel: TravelTimes, legs: NewLegs) -> TravelTimes:
    """Return matrices with one more row and column."""
    slots, n = len(travel.edges), len(legs.rows)
    seconds, metres = (np.zeros((slots, n + 1, n + 1), np.int32) for _ in range(2))
    seconds[:, :n, :n], metres[:, :n, :n] = travel.seconds, travel.metres
    seconds[:, n, :n], seconds[:, :n, n] = legs.seconds_to, legs.seconds_from
    metres[:, n, :n], metres[:, :n, n] = legs.metres_to, legs.metres_from
    return TravelTimes(travel.edges, seconds, metres)


# Guessing


def _guessed(travel: TravelTimes, around: _Around, known: NewLegs | None) -> NewLegs:
    """Return the legs to and from every row: as asked where they were, else guessed."""
    rows = tuple(range(len(around.air)))
    asked = known or NewLegs((), *(np.full((len(travel.edges), 0), -1, np.int32) for _ in range(4)))
    to = _direction(travel, around, asked, (asked.seconds_to, asked.metres_to), back=False)
    back = _direction(travel, around, asked, (asked.seconds_from, asked.metres_from), back=True)
    return NewLegs(rows, to[0], back[0], to[1], back[1])


def _direction(
    travel: TravelTimes, around: _Around, asked: NewLegs, exact: tuple[Ints, Ints], *, back: bool
) -> tuple[Ints, Ints]:
    """Return seconds and metres of all legs from the new place, or `back` to it; shapes (slots, rows)."""
    slots = [k for k in range(len(travel.edges)) if asked.rows and (exact[0][k] >= 0).all()]
    by, near = around.neighbours, np.ix_(range(len(travel.edges)), around.near, around.near)
    found = []
    for matrix, told in ((travel.seconds, exact[0]), (travel.metres, exact[1])):
        ways = matrix[:, :, by].sum(axis=2, dtype=float) if back else matrix[:, by].sum(axis=1, dtype=float)
        legs = _by_neighbours(ways, _ratios(matrix[near], around.between), around)
        if slots:
            legs = _refined(legs, ways, told, (slots, list(asked.rows)))
        found.append(np.ceil(legs).astype(np.int32))
    return found[0], found[1]


def _by_neighbours(ways: Floats, ratios: Floats, around: _Around) -> Floats:
    """Return the air to each row stretched as the neighbours' ways there are; `ways` are these, added up."""
    apart = around.from_neighbours.sum(axis=0)
    stretch = np.where(apart > ENOUGH * len(around.from_neighbours), ways / np.maximum(apart, 1.0), ratios[:, None])
    return np.asarray(stretch * around.air)


def _refined(legs: Floats, ways: Floats, told: Ints, asked: tuple[list[int], list[int]]) -> Floats:
    """Return legs as they were asked for; in other slots, and to other rows, guesses corrected by what was told.

    A slot that was not asked takes the asked one most like it, stretched as the neighbours' ways are. To rows that
    were not asked the way is as much longer than guessed as it is to the others, on the median.
    """
    (slots, rows), found = asked, legs.copy()
    for k in range(len(legs)):
        like = min(slots, key=lambda s: abs(ways[s, rows].sum() - ways[k, rows].sum()))
        longer = np.median(told[like] - legs[like, rows])
        found[k] = np.maximum(0.0, legs[k] + longer)
        stretch = np.where(ways[like, rows] > 0, ways[k, rows] / np.maximum(ways[like, rows], 1.0), 1.0)
        found[k, rows] = told[like] * (stretch if k != like else 1.0)
    return found


def _ratios(legs: Ints, air: Floats) -> Floats:
    """Return by slot how many seconds, or metres of road, a metre of air takes among the near places."""
    apart = air > 1.0
    total = air[apart].sum()
    return legs[:, apart].sum(axis=1) / total if total else np.ones(len(legs))
