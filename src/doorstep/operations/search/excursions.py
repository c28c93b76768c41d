"""Where a static search goes from a plan it has: what kinds of excursion there are, and routes taken over.

Taking over routes is the selective route exchange crossover of Nagata and Kobayashi 2010 ("A Memetic Algorithm for
the Pickup and Delivery Problem with Time Windows Using Selective Route Exchange Crossover"), with the routes chosen by
where they lie.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from doorstep.operations.search.lists import Int32s

EXCURSIONS = ("heat", "disband", "exchange")
"""What happens to a plan before a part of it is annealed: nothing, a route is disbanded, another's are taken over."""

MOST_ROUTES = 6
"""Routes that are taken over at once: two to so many."""

Routes = list[list[int]]


@dataclass(frozen=True, slots=True)
class Found:
    """A plan that was found: stops left out, metres, and who follows whom."""

    left: int
    metres: int
    following: Int32s


@dataclass(frozen=True, slots=True)
class Excursion:
    """From which plan one left, of what kind it is ('' before the first), and iterations since."""

    plan: int
    kind: str
    gone: int


def routes_of(following: Int32s, n: int) -> Routes:
    """Return the stops of each route that has any; `following` has n stops, the routes' depots, and nobody."""
    found = []
    for depot in range(n, len(following) - 1):
        x, route = int(following[depot]), list[int]()
        while x < n:
            route.append(x)
            x = int(following[x])
        if route:
            found.append(route)
    return found


def as_following(routes: Routes, n: int, n_routes: int) -> Int32s:
    """Return who follows whom, shape (n + n_routes + 1,); who is in no route follows itself."""
    following = np.arange(n + n_routes + 1, dtype=np.int32)
    for depot, route in enumerate(routes, n):
        for u, w in zip((depot, *route), (*route, depot), strict=True):
            following[u] = w
    return following


def exchanged(
    draw: np.random.Generator, one: Routes, other: Routes, near: Int32s, centre: int
) -> tuple[Routes, set[int]]:
    """Return `one` with two to six neighbouring routes of `other` for those of its own that share most with them.

    Also every stop of the routes that came and went. A stop in a route that came and in one that stayed leaves either;
    one that only those that went had is in none. `centre` and `near` (-1 is nobody) are where routes are looked for.
    """
    of = {x: k for k, route in enumerate(other) for x in route}
    seen = dict.fromkeys(of[x] for x in (centre, *map(int, near)) if x in of)
    come = [other[k] for k in list(seen)[: int(draw.integers(2, MOST_ROUTES + 1))]]
    coming = {x for route in come for x in route}
    shared = [sum(x in coming for x in route) for route in one]
    order = sorted(range(len(one)), key=lambda k: -shared[k])
    gone, stayed = [one[k] for k in order[: len(come)]], [one[k] for k in order[len(come) :]]
    if draw.random() < 0.5:
        stayed = _without(stayed, coming)
    else:
        come = _without(come, {x for route in stayed for x in route})
    return [r for r in (*stayed, *come) if r], coming | {x for route in gone for x in route}


def _without(routes: Sequence[Sequence[int]], stops: set[int]) -> Routes:
    return [[x for x in route if x not in stops] for route in routes]
