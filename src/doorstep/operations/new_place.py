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

    def with_rows(self, more: "NewLegs") -> "NewLegs":
        """Return these legs and those of other rows, asked for in the same slots."""
        return NewLegs(
            (*self.rows, *more.rows),
            np.hstack([self.seconds_to, more.seconds_to]),
            np.hstack([self.seconds_from, more.seconds_from]),
            np.hstack([self.metres_to, more.metres_to]),
            np.hstack([self.metres_from, more.metres_from]),
        )


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
    return {profile: guess.refined((known or {}).get(profile)) for profile, guess in guesses(problem, place).items()}


def guesses(problem: Problem, place: Place) -> "dict[str, Guess]":
    """Return by profile what is believed of the legs between a place and every row; raises as `with_place`."""
    by_slot = {name: t for name, t in problem.times.items() if isinstance(t, TravelTimes)}
    if place in problem.places and len(by_slot) == len(problem.times):
        row = problem.places.index(place)
        return {profile: Guess.of_row(travel, row) for profile, travel in by_slot.items()}
    around = _Around.of(place, located(problem))
    return {profile: Guess.of(travel, around) for profile, travel in by_slot.items()}


def located(problem: Problem) -> list[Place]:
    """Return the places of all rows; raises UnplannableInput where one has none, or travel is not by slot."""
    found = [place for place in problem.places if place is not None]
    nowhere = len(problem.places) - len(found)
    if nowhere:
        raise UnplannableInput(
            f"Expected coordinates of every place, to guess the way to a new one; {nowhere} of {len(problem.places)} "
            "have none. Give their lon and lat in the problem."
        )
    if not all(isinstance(travel, TravelTimes) for travel in problem.times.values()):
        raise UnplannableInput(
            "Expected travel times by slot, to guess the way to a new place, got a function for each leg; plan the new "
            "order with a file that has them."
        )
    return found


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
    return np.asarray(air_between(np.array([[place.lon, place.lat]]), np.array([(p.lon, p.lat) for p in others]))[0])


def air_between(some: Floats, others: Floats) -> Floats:
    """Return the distances by air between places, given as longitude and latitude; shape (len(some), len(others))."""
    one, other = np.radians(some)[:, None], np.radians(others.reshape(-1, 2))[None]
    x = (other[..., 0] - one[..., 0]) * np.cos((other[..., 1] + one[..., 1]) / 2)
    return np.asarray(EARTH_RADIUS_M * np.hypot(x, other[..., 1] - one[..., 1]))


@dataclass(frozen=True, slots=True, eq=False)
class _Around:
    """How far it is by air: from the new place to all, between the near ones, and from its neighbours to all."""

    air: Floats
    near: NDArray[np.int64]
    between: Floats
    from_neighbours: Floats

    @classmethod
    def of(cls, place: Place, others: Sequence[Place]) -> "_Around":
        here, every = np.array([[place.lon, place.lat]]), np.array([(p.lon, p.lat) for p in others]).reshape(-1, 2)
        air = air_between(here, every)[0]
        near = np.argsort(air, kind="stable")[:NEAREST]
        return cls(air, near, air_between(every[near], every[near]), air_between(every[near[:NEIGHBOURS]], every))

    @property
    def neighbours(self) -> NDArray[np.int64]:
        return self.near[:NEIGHBOURS]


def _larger(travel: TravelTimes, legs: NewLegs) -> TravelTimes:
    """Return matrices with one more row and column."""
    slots, n = len(travel.edges), len(legs.rows)
    seconds, metres = (np.zeros((slots, n + 1, n + 1), np.int32) for _ in range(2))
    seconds[:, :n, :n], metres[:, :n, :n] = travel.seconds, travel.metres
    seconds[:, n, :n], seconds[:, :n, n] = legs.seconds_to, legs.seconds_from
    metres[:, n, :n], metres[:, :n, n] = legs.metres_to, legs.metres_from
    return TravelTimes(travel.edges, seconds, metres)


# Guessing


@dataclass(frozen=True, slots=True, eq=False)
class Guess:
    """What is believed of the legs between a place and every row: seconds to, from, metres to, from; by slot and row.

    `ways` are the neighbours' own, added up; none where the place is one of the rows and nothing is guessed.
    """

    legs: tuple[Floats | Ints, ...]
    ways: tuple[Floats, ...]

    @classmethod
    def of_row(cls, travel: TravelTimes, row: int) -> "Guess":
        """Return the legs of a row as they are."""
        seconds, metres = travel.seconds, travel.metres
        return cls((seconds[:, row], seconds[:, :, row], metres[:, row], metres[:, :, row]), ())

    @classmethod
    def of(cls, travel: TravelTimes, around: _Around) -> "Guess":
        """Return the air to each row, stretched as the neighbours' ways are."""
        by, near = around.neighbours, np.ix_(range(len(travel.edges)), around.near, around.near)
        legs, ways = [], []
        for matrix in (travel.seconds, travel.metres):
            ratios = _ratios(matrix[near], around.between)
            for theirs in (matrix[:, by].sum(axis=1, dtype=float), matrix[:, :, by].sum(axis=2, dtype=float)):
                ways.append(theirs)
                legs.append(_by_neighbours(theirs, ratios, around))
        return cls(tuple(legs), tuple(ways))

    def refined(self, known: NewLegs | None) -> NewLegs:
        """Return the legs to and from every row: as asked where they were, else guessed."""
        legs: tuple[Floats | Ints, ...] = self.legs
        told = () if known is None else (known.seconds_to, known.seconds_from, known.metres_to, known.metres_from)
        slots = [
            k for k in range(len(legs[0])) if told and told[0].size and min(told[0][k].min(), told[1][k].min()) >= 0
        ]
        if known is not None and self.ways and slots:
            asked = (slots, list(known.rows))
            legs = tuple(_refined(*each, asked) for each in zip(self.legs, self.ways, told, strict=True))
        rows = tuple(range(legs[0].shape[1]))
        return NewLegs(rows, *(np.ceil(leg).astype(np.int32) for leg in legs))


def _by_neighbours(ways: Floats, ratios: Floats, around: _Around) -> Floats:
    """Return the air to each row stretched as the neighbours' ways there are; `ways` are these, added up."""
    apart = around.from_neighbours.sum(axis=0)
    stretch = np.where(apart > ENOUGH * len(around.from_neighbours), ways / np.maximum(apart, 1.0), ratios[:, None])
    return np.asarray(stretch * around.air)


def _refined(legs: Floats | Ints, ways: Floats, told: Ints, asked: tuple[list[int], list[int]]) -> Floats:
    """Return legs as they were asked for; in other slots, and to other rows, guesses corrected by what was told.

    A slot that was not asked takes the asked one most like it, stretched as the neighbours' ways are. To rows that
    were not asked the way is as much longer than guessed as it is to the others, on the median.
    """
    (slots, rows), found = asked, legs.astype(float)
    for k in range(len(legs)):
        like = min(slots, key=lambda s: (s != k, abs(ways[s, rows].sum() - ways[k, rows].sum())))
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
