"""How the company planned its past: quarters by angle or by distance, early or late by promise, then what is near.

It knows crow distances and promises and nothing of habits; because it turns its quarters every day, a door has been
visited at many hours.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.worlds2.orders import ALL_DAY, Orders
from benchmarks.worlds2.people import People

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DETOUR = 1.52
SPEED_M_PER_S = 8.6
LEG_START_S = 15.0
ASSUMED_SLOWNESS = 1.1
GUESSED_SERVICE_S = np.array([390, 420, 450])
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


def dispatched(rng: np.random.Generator, people: People, orders: Orders, starts: Ints, ends: Ints) -> Assigned:
    """Return who takes which order when, for shifts that begin and end at the given seconds."""
    kinds = np.unique(starts)
    last = np.array([ends[starts == kind].max() for kind in kinds])
    group = _grouped(rng, orders, (starts == kinds[:, np.newaxis]).sum(axis=1), kinds, last)
    route = _shared_out(rng, people, orders, starts, kinds[group])
    most = max(1, int(np.bincount(route, minlength=len(starts)).max(initial=0)))
    pool = np.full((len(starts), most), -1)
    for r in range(len(starts)):
        mine = np.flatnonzero(route == r)
        pool[r, : len(mine)] = mine
    return _in_order(rng, people, orders, pool, starts)


def _grouped(rng: np.random.Generator, orders: Orders, shifts: Ints, kinds: Ints, last: Ints) -> Ints:
    """Return the kind of shift per order: a narrow promise decides, whoever can wait fills up what has room."""
    begins = np.maximum(orders.start, kinds[:, np.newaxis] + 2400)
    ends = np.minimum(orders.end, last[:, np.newaxis] - 2400)
    fits = np.maximum(ends - begins, 0).astype(np.float64)
    group: Ints = (fits * rng.uniform(0.8, 1.2, fits.shape)).argmax(axis=0)
    room = shifts / shifts.sum() * len(group)
    wide = rng.permutation(np.flatnonzero(orders.end - orders.start > (ALL_DAY[1] - ALL_DAY[0] - 1) * 3600))
    count = np.bincount(np.delete(group, wide), minlength=len(kinds)).astype(np.float64)
    for order in wide:
        group[order] = int((count / room).argmin())
        count[group[order]] += 1
    return group


def _shared_out(rng: np.random.Generator, people: People, orders: Orders, starts: Ints, begins: Ints) -> Ints:
    """Return a route per order: each group cut into equal parts by angle, on some days by distance from the depot."""
    home = people.recipients
    east, north = home.east[orders.recipient], home.north[orders.recipient]
    by_angle = rng.random() < 0.7
    turn = (np.arctan2(north, east) - rng.uniform(-np.pi, np.pi)) % (2 * np.pi)
    key = turn if by_angle else np.hypot(east - people.depot_east, north - people.depot_north)
    route = np.zeros(len(key), dtype=np.int64)
    for kind in np.unique(begins):
        shifts, mine = np.flatnonzero(starts == kind), np.flatnonzero(begins == kind)
        mine = mine[np.argsort(key[mine], kind="stable")]
        route[mine] = shifts[np.arange(len(mine)) * len(shifts) // len(mine)]
    return route


def _in_order(rng: np.random.Generator, people: People, orders: Orders, pool: Ints, starts: Ints) -> Assigned:
    """Return the order of visits: what is near, what presses, not what makes us wait; some vans begin far out."""
    home, left, rows = people.recipients, pool >= 0, np.arange(len(pool))
    who = orders.recipient[pool]
    east, north, service = home.east[who], home.north[who], GUESSED_SERVICE_S[home.kind[who]]
    opens, due = np.maximum(orders.start[pool], orders.opens[pool]), orders.end[pool]
    at_e, at_n = np.full(len(pool), people.depot_east), np.full(len(pool), people.depot_north)
    outward = rng.random((len(pool), 1)) < 0.5
    clock = starts.astype(np.float64)
    order, planned = np.full(pool.shape, -1), np.zeros(pool.shape, dtype=np.int64)
    for k in range(pool.shape[1]):
        away = np.hypot(east - at_e[:, np.newaxis], north - at_n[:, np.newaxis])
        legs = (DETOUR * away / SPEED_M_PER_S + LEG_START_S) * ASSUMED_SLOWNESS
        arrives = clock[:, np.newaxis] + legs
        slack = due - arrives
        score = np.where(outward & (k == 0), -0.5 * legs, legs) + np.maximum(opens - arrives, 0)
        score += rng.normal(0, 60, legs.shape) - 900.0 * (slack < 1_500) + 600.0 * (slack < -1_800)
        best = np.where(left, score, np.inf).argmin(axis=1)
        going = left[rows, best]
        begins = np.maximum(arrives[rows, best], orders.opens[pool][rows, best])
        order[going, k], planned[going, k] = pool[rows, best][going], begins[going].astype(np.int64)
        clock = np.where(going, begins + service[rows, best], clock)
        at_e, at_n = np.where(going, east[rows, best], at_e), np.where(going, north[rows, best], at_n)
        left[rows, best] = False
    return Assigned(order, planned)
