"""Ask the roads for the way to a place that no matrix knows yet: to some rows before a quote, to all once booked."""

from collections.abc import Mapping, Sequence

from doorstep.domain.places import Place
from doorstep.domain.problem import Problem
from doorstep.domain.travel import by_slot
from doorstep.flows.ports import Streets
from doorstep.operations.new_place import NewLegs, in_slots, nearest, stretched

LIKE = 3
"""Neighbours whose ways say how a road network of other slots differs from the plan's matrices."""


def has_slots_of(streets: Streets, problem: Problem, profile: str) -> bool:
    """Return whether a road network has the traffic slots of the problem's matrices."""
    return tuple(streets.edges) == tuple(by_slot(problem.times[profile]).edges)


def asked_legs(
    streets: Streets, problem: Problem, profile: str, place: Place, rows: Sequence[int], slots: Sequence[int]
) -> NewLegs:
    """Return the legs between a new place and some rows in some of the problem's slots, as a road network has them.

    One that has other slots is asked for its first, and its answer fitted to all of the problem's. A row without
    coordinates, or to or from which there is no way, is left out. Raises UnreachablePlace.
    """
    travel = by_slot(problem.times[profile])
    there = {row: at for row in rows if (at := problem.places[row]) is not None}
    exact = has_slots_of(streets, problem, profile)
    legs = streets.legs(place, list(there.values()), slots if exact else [0])
    reached = (legs >= 0).all(axis=(0, 1))
    found, legs = [row for row, fits in zip(there, reached, strict=True) if fits], legs[:, :, reached]
    if exact:
        return in_slots(travel, found, slots, legs)
    near = [(row, problem.places[row]) for row in nearest(problem, place, LIKE)[:LIKE]]
    like = [(row, streets.legs(at, [there[x] for x in found], [0])[0]) for row, at in near if at is not None]
    return stretched(travel, found, legs[0], like)


def every_leg(problem: Problem, place: Place, streets: Mapping[str, Streets]) -> dict[str, NewLegs]:
    """Return by profile the legs between a new place and every row, in every slot that is not past.

    Some 0.2 ms of processor time a row and slot. Raises UnreachablePlace.
    """
    rows, now = range(len(problem.places)), problem.now or 0
    found = {}
    for profile, roads in streets.items():
        edges = by_slot(problem.times[profile]).edges
        slots = [k for k in range(len(edges)) if k + 1 == len(edges) or edges[k + 1] > now]
        found[profile] = asked_legs(roads, problem, profile, place, rows, slots)
    return found
