"""How the company planned its past: sectors swept from a random direction, then the nearest door that presses.

It knows crow distances, promises and nothing about habits; its directions and starts differ from day to day, so a door
has been visited at many hours.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from doorstep.town.doors import NEVER, Doors
from doorstep.town.people import People

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DETOUR = 1.35
"""Road metres per crow metre."""

SPEED_M_PER_S = 7.5
LEG_START_S = 14.0
"""What every leg costs beside its distance: pulling out, turning in."""

ASSUMED_SLOWNESS = 1.1
GUESSED_SERVICE_S = np.array([270, 320, 340])
"""The company's own guess of the time at a door, by kind."""


@dataclass(frozen=True, slots=True, eq=False)
class Assigned:
    """Orders by route and position (R, K), -1 where a route has ended, and the planned start at each, in seconds."""

    order: Ints
    planned: Ints


def crow_legs(east: Floats, north: Floats) -> tuple[Floats, Floats]:
    """Return (free-flow seconds, metres) of legs between consecutive points of the last axis."""
    metres = DETOUR * np.hypot(np.diff(east, axis=-1), np.diff(north, axis=-1))
    return metres / SPEED_M_PER_S + LEG_START_S, metres


def dispatched(rng: np.random.Generator, people: People, doors: Doors, starts: Ints, ends: Ints) -> Assigned:
    """Return who takes which order when, for shifts that begin and end at the given seconds."""
    route = _sectors(rng, people, doors, starts, ends)
    counts = np.bincount(route, minlength=len(starts))
    pool = np.full((len(starts), max(1, int(counts.max(initial=0)))), -1)
    for r in range(len(starts)):
        mine = np.flatnonzero(route == r)
        pool[r, : len(mine)] = rng.permutation(mine)
    return _nearest_first(rng, people, doors, pool, starts)


def _sectors(rng: np.random.Generator, people: People, doors: Doors, starts: Ints, ends: Ints) -> Ints:
    """Return a route per order: promises choose early, middle or late shifts, the rest fills up, angles share out."""
    kinds = np.unique(starts)
    last = np.array([ends[starts == kind].max() for kind in kinds]) - 1800
    promises = doors.promises
    overlap = np.minimum(promises.end, last[:, np.newaxis]) - np.maximum(promises.start, kinds[:, np.newaxis] + 2700)
    fits = overlap >= np.minimum(3600, overlap.max(axis=0))
    wished = np.where(fits, rng.random(fits.shape), -1.0)
    room = np.array([(starts == kind).sum() for kind in kinds]) / len(starts) * len(doors.recipient)
    group = wished.argmax(axis=0)
    for number in np.argsort(-np.bincount(group, minlength=len(kinds)) / room):
        others = np.delete(fits, number, axis=0).any(axis=0)
        mine = rng.permutation(np.flatnonzero((group == number) & others))
        surplus = max(0, int((group == number).sum() - room[number]))
        for order in mine[:surplus]:
            open_to = [g for g in np.flatnonzero(fits[:, order]) if g != number]
            group[order] = min(open_to, key=lambda g: (group == g).sum() / room[g])
    return _sweep(rng, people, doors, starts, kinds, group)


def _sweep(rng: np.random.Generator, people: People, doors: Doors, starts: Ints, kinds: Ints, group: Ints) -> Ints:
    """Return a route per order: each group's orders in order of angle about the depot, cut into equal parts."""
    home = people.recipients
    angle = np.arctan2(home.north[doors.recipient] - people.depot_north, home.east[doors.recipient] - people.depot_east)
    route = np.zeros(len(angle), dtype=np.int64)
    for number, kind in enumerate(kinds):
        shifts, mine = np.flatnonzero(starts == kind), np.flatnonzero(group == number)
        turned = mine[np.argsort((angle[mine] - rng.uniform(-np.pi, np.pi)) % (2 * np.pi), kind="stable")]
        route[turned] = shifts[np.arange(len(turned)) * len(shifts) // max(1, len(turned))]
    return route


def _nearest_first(rng: np.random.Generator, people: People, doors: Doors, pool: Ints, starts: Ints) -> Assigned:
    """Return the order of visits: next the nearest door, unless one would make us wait or another presses."""
    home, left = people.recipients, pool >= 0
    who = doors.recipient[pool]
    east, north = home.east[who], home.north[who]
    opens, due = doors.promises.start[pool], doors.promises.end[pool]
    hard = doors.promises.opens[pool]
    service = GUESSED_SERVICE_S[home.kind[who]]
    at_e, at_n = np.full(len(pool), people.depot_east), np.full(len(pool), people.depot_north)
    clock, rows = starts.astype(np.float64), np.arange(len(pool))
    order, planned = np.full(pool.shape, -1), np.zeros(pool.shape, dtype=np.int64)
    for k in range(pool.shape[1]):
        away = np.hypot(east - at_e[:, np.newaxis], north - at_n[:, np.newaxis])
        legs = (DETOUR * away / SPEED_M_PER_S + LEG_START_S) * ASSUMED_SLOWNESS
        arrives = clock[:, np.newaxis] + legs
        slack = due - arrives
        score = legs + 0.8 * np.maximum(opens - arrives, 0) - 900.0 * ((slack < 1500) & (due < NEVER))
        score += rng.normal(0, 400 if k == 0 else 40, score.shape)
        best = np.where(left, score, np.inf).argmin(axis=1)
        going = left[rows, best]
        begins = np.maximum(arrives[rows, best], hard[rows, best])
        order[going, k], planned[going, k] = pool[rows, best][going], begins[going].astype(np.int64)
        clock = np.where(going, begins + service[rows, best], clock)
        at_e, at_n = np.where(going, east[rows, best], at_e), np.where(going, north[rows, best], at_n)
        left[rows, best] = False
    return Assigned(order, planned)
