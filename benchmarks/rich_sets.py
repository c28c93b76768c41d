"""Pick-up and delivery days with windows for our search and, as shipments, for PyVRP; neither checks the other's costs.

No public set is at hand, so the days are made after Li and Lim (2001): places in clusters or at random, a short horizon
(small vans, narrow windows) or a long one, 100, 200 or 400 stops. Names are such as clustered-short-200-3; the last
figure draws one. Distances are tenths, cut; what counts is distance, with more vans than are needed.
"""

import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.static_sets import LAY_OUT_SECONDS
from doorstep.domain.errors import YourInput
from doorstep.domain.problem import Pair, PlannedShift, Problem, Stop
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Seconds
from doorstep.domain.valuation import Rates, Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.operations.search import search

LOOKS = ("clustered", "random", "mixed")
HORIZONS = {"short": (2_400, 200, 100, 300), "long": (10_000, 700, 300, 1200)}
"""Tenths of a day, what a van holds, and the narrowest and widest half of a window."""


@dataclass(frozen=True)
class Day:
    """Requests by pick-up 1, 3, 5, ... and delivery 2, 4, 6, ...; row 0 is the depot. Times and ways in tenths."""

    distance: np.ndarray
    amount: list[int]
    opens: list[int]
    closes: list[int]
    service: int
    capacity: int


def day_of(name: str) -> Day:
    """Return the day of a name such as clustered-short-200-3; the same name gives the same day."""
    try:
        looks, horizon, stops, number = name.split("-")
        ends, capacity, narrow, wide = HORIZONS[horizon]
        if looks not in LOOKS or int(stops) % 2 or int(number) < 0:
            raise ValueError(name)  # noqa: TRY301 - said better below
    except (KeyError, ValueError) as error:
        raise YourInput(f"Expected a name such as clustered-short-200-3, got {name!r}.") from error
    rng = np.random.default_rng([zlib.crc32(f"{looks}-{horizon}".encode()), int(stops), int(number)])
    xy = np.vstack([[50.0, 50.0], _places(rng, looks, int(stops))]).round()
    distance = (10 * np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))).astype(np.int64)
    ends = int(ends * max(1.0, (int(stops) / 100) ** 0.25))
    opens, closes = [0], [ends]
    for p in range(1, int(stops), 2):
        for opened, closed in _windows(rng, distance, p, (ends, narrow, wide)):
            opens.append(opened)
            closes.append(closed)
    amount = [int(a) for a in rng.integers(10, 41, size=int(stops) // 2)]
    return Day(distance, amount, opens, closes, 90, capacity)


def _places(rng: np.random.Generator, looks: str, stops: int) -> np.ndarray:
    """Return where pick-ups and deliveries lie, on a square of 100 by 100."""
    anywhere = rng.uniform(0, 100, size=(stops, 2))
    centres = rng.uniform(10, 90, size=(max(4, stops // 12), 2))
    clustered = np.clip(centres[rng.integers(len(centres), size=stops)] + rng.normal(0, 4, size=(stops, 2)), 0, 100)
    share = {"clustered": 1.0, "random": 0.0, "mixed": 0.5}[looks]
    return np.where(rng.random((stops, 1)) < share, clustered, anywhere)


def _windows(
    rng: np.random.Generator, distance: np.ndarray, p: int, day: tuple[int, int, int]
) -> list[tuple[int, int]]:
    """Return windows of a request that one van alone can keep; one in four is open all day."""
    ends, narrow, wide = day
    d, service = p + 1, 90
    soonest, latest = int(distance[0, p]), ends - int(distance[d, 0] + distance[p, d]) - 2 * service
    fetched = int(rng.integers(soonest, max(soonest, latest) + 1))
    ready = fetched + service + int(distance[p, d])
    last = ends - int(distance[d, 0]) - service
    brought = int(rng.integers(ready, max(ready, min(last, ready + ends // 4)) + 1))
    found = []
    for at, first, final in ((fetched, soonest, latest), (brought, soonest + service + int(distance[p, d]), last)):
        half = int(rng.integers(narrow, wide))
        opened = rng.random() < 0.25
        found.append((0, final) if opened else (max(first, at - half), min(final, at + half)))
    return found


def our_problem(day: Day) -> Problem:
    """Return a day as a problem of ours: a tenth is a metre and a second, a kilometre costs 1,000 cents."""
    n = len(day.opens)
    stops = tuple(
        Stop(
            str(k), (str(k),), k, (TimeWindow(Seconds(day.opens[k]), Seconds(day.closes[k])),), Seconds(day.service),
            (day.amount[k // 2 - 1] if k % 2 == 0 else 0,),
        )
        for k in range(1, n)
    )  # fmt: skip
    span = Seconds(0), Seconds(day.closes[0])
    shifts = tuple(PlannedShift(f"h{k}", f"v{k}", None, *span, 0, 0, (day.capacity,)) for k in range(n // 2))
    matrix = day.distance[None].astype(np.int32)
    rates = {s.shift_id: Rates(cents_per_km=1000) for s in shifts}
    return Problem(
        "bench", "d", "2026-01-01", "UTC", "EUR", ("load",), (None,) * n, stops, shifts,
        {"car": TravelTimes((Seconds(0),), matrix, matrix)}, Valuation("distance", (), {}, {}, rates),
        pairs=tuple(Pair(str(p), str(p + 1)) for p in range(1, n, 2)),
    )  # fmt: skip


def pyvrp_data(day: Day) -> Any:
    """Return a day as PyVRP's data."""
    import pyvrp  # noqa: PLC0415 - a peer, present in the bench group only

    n = len(day.opens)
    shipments = [
        pyvrp.Shipment(
            p, p + 1, day.opens[p], day.closes[p], day.service, day.opens[p + 1], day.closes[p + 1], day.service,
            [day.amount[p // 2]],
        )
        for p in range(1, n, 2)
    ]  # fmt: skip
    matrices: Any = [day.distance]
    van = pyvrp.VehicleType(n // 2, [day.capacity], tw_early=0, tw_late=day.closes[0])
    return pyvrp.ProblemData(
        [pyvrp.Location(0, 0) for _ in range(n)], [], [pyvrp.Depot(0)], [van], matrices, matrices, [],
        shipments,
    )  # fmt: skip


def checked_cost(day: Day, routes: Sequence[Sequence[int]]) -> int:
    """Return the distance of a solution after checking that it may be driven; raises ValueError where it may not."""
    n = len(day.opens)
    if sorted(k for route in routes for k in route) != list(range(1, n)):
        raise ValueError("Expected every pick-up and delivery exactly once.")
    if len(routes) > n // 2:
        raise ValueError("There are not so many vans.")
    return sum(_route_cost(day, route) for route in routes)


def _route_cost(day: Day, route: Sequence[int]) -> int:
    at, load, fetched = 0, 0, set[int]()
    for here, k in pairwise([0, *route]):
        at = max(at + int(day.distance[here, k]), day.opens[k])
        if at > day.closes[k]:
            raise ValueError(f"Stop {k} is reached at {at}, after {day.closes[k]}.")
        at += day.service
        if k % 2 == 0 and k - 1 not in fetched:
            raise ValueError(f"Delivery {k} is not on board.")
        fetched.add(k)
        load += day.amount[(k - 1) // 2] * (1 if k % 2 else -1)
        if load > day.capacity:
            raise ValueError("A van is overloaded.")
    if load or at + int(day.distance[route[-1], 0]) > day.closes[0]:
        raise ValueError("A route ends late, or with goods on board.")
    return sum(int(day.distance[a, b]) for a, b in pairwise([0, *route, 0]))


def solve_ours(name: str, seed: int, seconds: float) -> dict[str, Any]:
    """Run our search; layout counts, compilation doesn't."""
    search(our_problem(day_of("random-short-8-0")), seconds=1, seed=1, iterations=10)
    day = day_of(name)
    problem = our_problem(day)
    began = time.process_time()
    found = search(problem, seconds=seconds - LAY_OUT_SECONDS, seed=seed, cpu_clock=True)
    spent = time.process_time() - began
    routes = [[int(str(k)) for k in halts] for halts in found.sequences.values()]
    return {"cost": checked_cost(day, routes), "routes": len(routes), "cpu": spent, "iterations": found.iterations}


def solve_pyvrp(name: str, seed: int, seconds: float) -> dict[str, Any]:
    """Run PyVRP as its manual does; only its solve() counts."""
    import pyvrp  # noqa: PLC0415 - a peer, present in the bench group only

    day = day_of(name)
    data = pyvrp_data(day)
    began = time.process_time()
    found = pyvrp.solve(data, stop=lambda _: time.process_time() - began > seconds, seed=seed, collect_stats=False)
    spent = time.process_time() - began
    if not found.best.is_feasible():
        return {"cost": None, "routes": 0, "cpu": spent, "iterations": found.num_iterations}
    routes = [[2 * a.idx + (1 if a.is_pickup() else 2) for a in r if not a.is_depot()] for r in found.best.routes()]
    return {"cost": checked_cost(day, routes), "routes": len(routes), "cpu": spent, "iterations": found.num_iterations}


SOLVERS = {"ours": solve_ours, "pyvrp": solve_pyvrp}
