"""Fleet instances of PyVRP's sets as problems of ours and as data of PyVRP's, with costs checked by neither.

Names are a set's folder and a file's stem, such as MDVRPTW/PR11A. What is compared is the objective under the
convention of the set's best known solutions: thousandths to the nearest for MDVRPTW, SDVRPTW and HFVRP, tenths cut for
PCVRPTW and MTVRPTWR, whole units for VRPB.
"""

import itertools
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.data import DATA
from benchmarks.static_sets import LAY_OUT_SECONDS
from doorstep.adapters.instances.any_format import read_any
from doorstep.domain.errors import YourInput
from doorstep.domain.problem import Problem, Reload
from doorstep.operations.search import search
from doorstep.operations.search.warm import main as warm_kernels

FOLDER = "vrp_benchmarks/pyvrp"
ROUNDING = {"MDVRPTW": "exact", "SDVRPTW": "exact", "HFVRP": "exact", "PCVRPTW": "dimacs", "MTVRPTWR": "dimacs",
            "VRPB": "round"}  # fmt: skip

Visits = Sequence[tuple[int, Sequence[int]]]
"""Vehicle (counted from 0) and locations (depots first, as the files have them; a depot between two trips)."""


def path_of(name: str) -> Path:
    """Return an instance's file."""
    path = DATA / FOLDER / f"{name}.vrp"
    if not path.exists():
        raise YourInput(f"Expected instance {name} in {DATA / FOLDER}; set DOORSTEP_DATA to the data folder.")
    return path


def our_problem(name: str) -> Problem:
    """Return an instance through the reader that `doorstep solve` uses."""
    return read_any(path_of(name))


def pyvrp_data(name: str) -> Any:
    """Return an instance as PyVRP reads it."""
    import pyvrp  # noqa: PLC0415 - a peer, present in the bench group only

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own forbidden legs are longer than it likes
        return pyvrp.read(path_of(name), ROUNDING[name.split("/", maxsplit=1)[0]])


def best_known(name: str) -> int:
    """Return what the published solution costs: its routes priced here, because some files give other units."""
    lines = path_of(name).with_suffix(".sol").read_text().splitlines()
    routes = [line.split(":")[1].split() for line in lines if line.startswith("Route")]
    visits = [(k, [int(x) for x in route]) for k, route in enumerate(routes) if route]
    return checked_cost(name, visits)


@dataclass(frozen=True)
class _Vehicle:
    """A vehicle type's figures, as PyVRP's data has them."""

    capacity: list[int]
    depot: int
    opens: int
    closes: int
    fixed: int
    per_unit: int
    longest: int
    farthest: int
    profile: int
    reloads: list[int]


def checked_cost(name: str, routes: Visits) -> int:
    """Return the objective of a solution after checking every constraint; raises ValueError where one is broken.

    Built on PyVRP's reading of the file, but on no solver's arithmetic.
    """
    data = pyvrp_data(name)
    clients = {c.location: c for c in data.clients()}
    fleet = _fleet(data)
    cost, seen, used = 0, set[int](), set[int]()
    for vehicle, visits in routes:
        if vehicle in used:
            raise ValueError(f"Vehicle {vehicle} drives two routes.")
        used.add(vehicle)
        served = [x for x in visits if x in clients]
        if len(set(served)) < len(served) or seen & set(served):
            raise ValueError("A client is visited twice.")
        seen |= set(served)
        cost += _route_cost(data, clients, fleet[vehicle], visits)
    left = [c for location, c in clients.items() if location not in seen]
    if any(c.required for c in left):
        raise ValueError("A client that must be served isn't.")
    return cost + sum(int(c.prize) for c in left)


def _fleet(data: Any) -> dict[int, _Vehicle]:
    """Return figures by vehicle; a type's name lists its vehicles."""
    depots = [d.location for d in data.depots()]
    found = {}
    for t in data.vehicle_types():
        one = _Vehicle(
            list(t.capacity), depots[t.start_depot], t.tw_early, t.tw_late, t.fixed_cost, t.unit_distance_cost,
            t.shift_duration, t.max_distance, t.profile, [depots[r] for r in t.reload_depots],
        )  # fmt: skip
        found.update({int(k): one for k in t.name.split(",")})
    return found


def _route_cost(data: Any, clients: dict[int, Any], vehicle: _Vehicle, visits: Sequence[int]) -> int:
    """Return what a route costs after driving it, trip by trip."""
    trips: list[list[int]] = [[]]
    for x in visits:
        if x in clients:
            trips[-1].append(x)
        elif x in vehicle.reloads:
            trips.append([])
        else:
            raise ValueError(f"Location {x} is no client and no depot to reload at.")
    for trip in trips:
        _check_loads(clients, trip, vehicle.capacity)
    legs = data.distance_matrix(vehicle.profile)
    stops = [vehicle.depot, *visits, vehicle.depot]
    metres = sum(int(legs[a, b]) for a, b in itertools.pairwise(stops))
    if metres > vehicle.farthest:
        raise ValueError(f"A route is {metres} long; {vehicle.farthest} is the most.")
    _check_times(data, clients, vehicle, stops)
    return metres * vehicle.per_unit + vehicle.fixed


def _check_loads(clients: dict[int, Any], trip: Sequence[int], capacity: Sequence[int]) -> None:
    for d, most in enumerate(capacity):
        load = sum(clients[x].delivery[d] for x in trip)
        if load > most:
            raise ValueError("A vehicle is overloaded at the depot.")
        for x in trip:
            load += clients[x].pickup[d] - clients[x].delivery[d]
            if load > most:
                raise ValueError(f"A vehicle is overloaded after location {x}.")


def _check_times(data: Any, clients: dict[int, Any], vehicle: _Vehicle, stops: Sequence[int]) -> None:
    """Drive as early as may be, then leave as late as keeps that return, and look at windows and duration."""
    seconds = data.duration_matrix(vehicle.profile)
    releases = _releases(clients, stops)

    def back(leaves: int) -> int:
        """Return when the vehicle is back, if it leaves then."""
        at, here = max(leaves, releases[0]), stops[0]
        for k, x in enumerate(stops[1:], 1):
            opens, closes, service = vehicle.opens, vehicle.closes, 0
            if x in clients:
                opens, closes, service = clients[x].tw_early, clients[x].tw_late, clients[x].service_duration
            at = max(at + int(seconds[here, x]), opens, releases.get(k, 0))
            if at > closes:
                raise ValueError(f"Location {x} is reached at {at}, after {closes}.")
            at, here = at + service, x
        return at

    low = max(vehicle.opens, releases[0])
    soonest = high = back(low)
    while soonest - low > vehicle.longest and low < high:
        # The latest departure with the same return is found by halving.
        middle = (low + high + 1) // 2
        try:
            same = back(middle) == soonest
        except ValueError:
            same = False
        low, high = (middle, high) if same else (low, middle - 1)
    if soonest - low > vehicle.longest:
        raise ValueError(f"A route lasts {soonest - low}; {vehicle.longest} is the most.")


def _releases(clients: dict[int, Any], stops: Sequence[int]) -> dict[int, int]:
    """Return by position when each trip may leave its depot."""
    found, start = {0: 0}, 0
    for k, x in enumerate(stops[1:-1], 1):
        if x in clients:
            found[start] = max(found[start], int(clients[x].release_time))
        else:
            start = k
            found[start] = 0
    return found


# Solvers


def solve_ours(name: str, seed: int, seconds: float) -> dict[str, Any]:
    """Run our search; layout counts, compilation doesn't."""
    warm_kernels()
    problem = our_problem(name)
    # Kernels of kinds that the tiny problems don't need are compiled on the first call, which doesn't count.
    search(problem, seconds=1, seed=seed, iterations=1)
    began = time.process_time()
    found = search(problem, seconds=seconds - LAY_OUT_SECONDS, seed=seed, cpu_clock=True)
    spent = time.process_time() - began
    depots = len(problem.places) - len(problem.stops)
    routes = [
        (int(shift) - 1, [h.location if isinstance(h, Reload) else int(str(h)) - 1 for h in halts])
        for shift, halts in found.sequences.items()
    ]
    visits = sum(x >= depots for _, route in routes for x in route)
    return {"cost": checked_cost(name, routes), "routes": len(routes), "visits": visits, "cpu": spent,
            "iterations": found.iterations}  # fmt: skip


def solve_pyvrp(name: str, seed: int, seconds: float) -> dict[str, Any]:
    """Run PyVRP as its manual does; only its solve() counts."""
    import pyvrp  # noqa: PLC0415 - a peer, present in the bench group only

    data = pyvrp_data(name)
    began = time.process_time()
    found = pyvrp.solve(data, stop=lambda _: time.process_time() - began > seconds, seed=seed, collect_stats=False)
    spent = time.process_time() - began
    if not found.best.is_feasible():
        return {"cost": None, "routes": 0, "visits": 0, "cpu": spent, "iterations": found.num_iterations}
    routes = _pyvrp_routes(data, found.best)
    return {"cost": checked_cost(name, routes), "routes": len(routes), "visits": int(found.best.num_clients()),
            "cpu": spent, "iterations": found.num_iterations}  # fmt: skip


def _pyvrp_routes(data: Any, best: Any) -> list[tuple[int, list[int]]]:
    """Return vehicles and locations of PyVRP's solution, clients and depots between trips."""
    free = [[int(k) for k in t.name.split(",")] for t in data.vehicle_types()]
    depots, clients = data.depots(), data.clients()
    routes = []
    for route in best.routes():
        visits = [depots[a.idx].location if a.is_depot() else clients[a.idx].location for a in route]
        routes.append((free[route.vehicle_type()].pop(0), visits[1:-1]))
    return routes


SOLVERS = {"ours": solve_ours, "pyvrp": solve_pyvrp}
