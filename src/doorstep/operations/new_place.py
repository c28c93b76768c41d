"""A place that no matrix knows yet: travel to and from it by what the matrices say of straight lines.

The ratio of road to air, and the pace by slot, are learned from the matrices' own legs near the place; where a road
network is at hand, the legs to the nearest places are asked of it and only the far ones are guessed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.places import EARTH_RADIUS_M, Place
from doorstep.domain.problem import Problem
from doorstep.domain.travel import TravelTimes
from doorstep.operations.errors import UnplannableInput

NEAREST = 60
"""Places whose legs are asked of the road network; an insertion next to any other is hardly ever the best."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class NewLegs:
    """Legs between a new place and some rows, by slot: shapes (slots, rows), whole seconds and metres.

    A slot of `seconds` that nobody asked for is -1 and guessed.
    """

    rows: tuple[int, ...]
    seconds_to: NDArray[np.int32]
    seconds_from: NDArray[np.int32]
    metres_to: NDArray[np.int32]
    metres_from: NDArray[np.int32]


class NewLegsOf(Protocol):
    """Somebody who knows the roads."""

    def __call__(self, place: Place, others: Sequence[Place], slots: Sequence[int], profile: str) -> NewLegs:
        """Return the legs between a new place and others, in order, in some slots."""


def with_place(problem: Problem, place: Place, known: Mapping[str, NewLegs] | None = None) -> tuple[Problem, int]:
    """Return the problem with one more row, and that row; a place that is there already keeps its row.

    `known` gives exact legs by profile; the rest is guessed. Raises UnplannableInput where places have no
    coordinates, or travel is not by slot.
    """
    if place in problem.places:
        return problem, problem.places.index(place)
    others = [p for p in problem.places if p is not None]
    if len(others) < len(problem.places) or not all(isinstance(t, TravelTimes) for t in problem.times.values()):
        raise UnplannableInput("Expected coordinates and travel by slot, to guess the way to a new place; got neither.")
    air = air_metres(place, others)
    times = {
        profile: _larger(travel, air, others, known.get(profile) if known else None)
        for profile, travel in problem.times.items()
        if isinstance(travel, TravelTimes)
    }
    return replace(problem, places=(*problem.places, place), times=times), len(problem.places)


def nearest(problem: Problem, place: Place, count: int = NEAREST) -> list[int]:
    """Return the rows of the places nearest to a new one by air, nearest first; depots always among them."""
    air = air_metres(place, [p or place for p in problem.places])
    depots = {row for s in problem.shifts for row in (s.start, s.end, *s.reloads)}
    found = [int(k) for k in np.argsort(air, kind="stable")[:count]]
    return found + sorted(depots - set(found))


def air_metres(place: Place, others: Sequence[Place]) -> Floats:
    """Return distances by air; shape (len(others),). On a flat map, which in a city errs by less than 0.1 %."""
    lon, lat = np.radians([p.lon for p in others]), np.radians([p.lat for p in others])
    x = (lon - np.radians(place.lon)) * np.cos((lat + np.radians(place.lat)) / 2)
    return np.asarray(EARTH_RADIUS_M * np.hypot(x, lat - np.radians(place.lat)))


def _larger(travel: TravelTimes, air: Floats, places: Sequence[Place], known: NewLegs | None) -> TravelTimes:
    """Return matrices with one more row and column."""
    near = np.argsort(air, kind="stable")[:NEAREST]
    between = np.array([air_metres(places[int(k)], [places[int(j)] for j in near]) for k in near])
    slots, n = len(travel.edges), len(air)
    seconds, metres = (np.zeros((slots, n + 1, n + 1), np.int32) for _ in range(2))
    seconds[:, :n, :n], metres[:, :n, :n] = travel.seconds, travel.metres
    for new, old in ((seconds, travel.seconds), (metres, travel.metres)):
        ratio = _ratios(old[np.ix_(range(slots), near, near)], between)
        new[:, n, :n] = new[:, :n, n] = np.ceil(ratio[:, None] * air[None, :])
    if known is not None:
        _fill(seconds, n, known.rows, known.seconds_to, known.seconds_from)
        _fill(metres, n, known.rows, known.metres_to, known.metres_from)
    return TravelTimes(travel.edges, seconds, metres)


def _ratios(legs: NDArray[np.int32], air: Floats) -> Floats:
    """Return by slot how many seconds, or metres of road, a metre of air takes among the near places."""
    apart = air > 1.0
    total = air[apart].sum()
    return legs[:, apart].sum(axis=1) / total if total else np.ones(len(legs))


def _fill(
    matrix: NDArray[np.int32], n: int, rows: Sequence[int], to: NDArray[np.int32], back: NDArray[np.int32]
) -> None:
    """Put exact legs in, where they were asked for."""
    at = list(rows)
    matrix[:, n, at] = np.where(to >= 0, to, matrix[:, n, at])
    matrix[:, at, n] = np.where(back >= 0, back, matrix[:, at, n])
