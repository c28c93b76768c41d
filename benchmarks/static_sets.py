"""Published instances with one kind of vehicle: read, given to each method, and checked by nobody's code but ours.

Distances are whole tenths for Gehring-Homberger (truncated, as the DIMACS challenge counts), rounded whole units for X,
and the given seconds for ORTEC. PyVRP's best known costs are in the same units.
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.data import DATA
from doorstep.domain.errors import YourInput
from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Seconds
from doorstep.domain.valuation import Rates, Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.operations.search import search
from doorstep.operations.search.warm import main as warm_kernels

LAY_OUT_SECONDS = 0.2
"""Taken off our own budget up front; neighbour lists and arrays are paid for out of it, the rest is measured."""
NEAR = 0.03
"""How far from its processor seconds a run of VROOM may end that could have been given another time."""
TRIES = 6
"""How often VROOM begins anew at most, while others make its processor slower and faster."""


@dataclass(frozen=True)
class Instance:
    """Row 0 is the depot. Costs are distances; `duration` is what the clock sees. `best` is the best cost known."""

    name: str
    distance: np.ndarray
    duration: np.ndarray
    amount: list[int]
    opens: list[int]
    closes: list[int]
    service: list[int]
    capacity: int
    timed: bool
    best: int | None


def read(name: str) -> Instance:
    """Read an instance by its name; raises YourInput where the data is not there."""
    folders = {
        r"X-n": ("vrp_benchmarks/pyvrp/CVRP", f"{name}.vrp"),
        r"ORTEC": ("euro_neurips_2022/instances", f"{name}.txt"),
        r"R?C?[12]_10_": ("vrp_benchmarks/pyvrp/VRPTW", f"{name}.vrp"),
        r"R?C?[12]_[2468]_": ("vrp_benchmarks/lkh3/CVRPTW", f"**/{name}.*.vrptw"),
    }
    for pattern, (folder, file) in folders.items():
        found = sorted((DATA / folder).glob(file)) if re.match(pattern, name) else []
        if found:
            return _parsed(name, found[0])
    raise YourInput(f"Expected instance {name} in {DATA}; set DOORSTEP_DATA to the data folder.")


def _parsed(name: str, path: Path) -> Instance:
    head, rows = _sections(path.read_text())
    n = int(head["DIMENSION"])
    scale = 1 if name.startswith(("X-", "ORTEC")) else 10
    matrix = _distances(rows, n, name, scale)
    timed = "TIME_WINDOW_SECTION" in rows
    windows = rows.get("TIME_WINDOW_SECTION") or [[i, 0, 10**6] for i in range(n)]
    service = rows.get("SERVICE_TIME_SECTION") or [[i, float(head.get("SERVICE_TIME", 0)) * (i > 0)] for i in range(n)]
    return Instance(
        name=name,
        distance=matrix,
        duration=matrix if timed else np.zeros_like(matrix),
        amount=[int(r[1]) for r in rows["DEMAND_SECTION"]],
        opens=[scale * int(r[1]) for r in windows],
        closes=[scale * int(r[2]) for r in windows],
        service=[scale * int(r[1]) for r in service],
        capacity=int(head["CAPACITY"]),
        timed=timed,
        best=_best(path, scale),
    )


def _sections(text: str) -> tuple[dict[str, str], dict[str, list[list[float]]]]:
    head: dict[str, str] = {}
    rows: dict[str, list[list[float]]] = {}
    section = ""
    for line in text.splitlines():
        if re.match(r"\s*[A-Z_]+\s*:", line):
            key, value = line.split(":", 1)
            head[key.strip()] = value.strip()
        elif line.strip().endswith("_SECTION"):
            section = line.strip()
        elif re.match(r"\s*-?\d", line) and section:
            rows.setdefault(section, []).append([float(x) for x in line.split()])
    return head, rows


def _distances(rows: Mapping[str, list[list[float]]], n: int, name: str, scale: int) -> np.ndarray:
    if "EDGE_WEIGHT_SECTION" in rows:
        flat = [x for row in rows["EDGE_WEIGHT_SECTION"] for x in row]
        return np.array(flat, np.int64).reshape(n, n)
    xy = np.array(rows["NODE_COORD_SECTION"])[:, 1:]
    exact = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    return np.asarray(np.rint(exact) if name.startswith("X-") else scale * exact, np.int64)


def _best(path: Path, scale: int) -> int | None:
    solution = path.with_suffix(".sol")
    found = re.search(r"Cost:?\s+([\d.]+)", solution.read_text()) if solution.exists() else None
    return round(scale * float(found[1])) if found else None


def as_problem(instance: Instance) -> Problem:
    """Return the instance as a problem of ours: a unit is a metre and a second, a kilometre costs 1,000 cents."""
    n = len(instance.amount)
    stops = tuple(
        Stop(
            str(i), (str(i),), i,
            (TimeWindow(Seconds(instance.opens[i]), Seconds(instance.closes[i])),) if instance.timed else (),
            Seconds(instance.service[i]), (instance.amount[i],),
        )
        for i in range(1, n)
    )  # fmt: skip
    day = Seconds(instance.opens[0]), Seconds(instance.closes[0])
    shifts = tuple(PlannedShift(f"h{k}", f"v{k}", None, *day, 0, 0, (instance.capacity,)) for k in range(1, n))
    times = TravelTimes(
        (Seconds(0),), instance.duration[None].astype(np.int32), instance.distance[None].astype(np.int32)
    )
    rates = {s.shift_id: Rates(cents_per_km=1000) for s in shifts}
    return Problem(
        "bench", "d", "2026-01-01", "UTC", "EUR", ("load",), (None,) * n, stops, shifts, {"car": times},
        Valuation("distance", (), {}, {}, rates),
    )  # fmt: skip


def checked_cost(instance: Instance, routes: Sequence[Sequence[int]]) -> int:
    """Return the length of a solution after checking that it may be driven; raises ValueError where it may not."""
    if sorted(c for route in routes for c in route) != list(range(1, len(instance.amount))):
        raise ValueError("Expected every customer exactly once.")
    return sum(_checked_route(instance, route) for route in routes)


def _checked_route(instance: Instance, route: Sequence[int]) -> int:
    total, at, here = 0, instance.opens[0], 0
    if sum(instance.amount[c] for c in route) > instance.capacity:
        raise ValueError("A vehicle is overloaded.")
    for c in [*route, 0]:
        total += int(instance.distance[here, c])
        at = max(at + int(instance.duration[here, c]), instance.opens[c])
        if at > instance.closes[c]:
            raise ValueError(f"Customer {c} is reached at {at}, after {instance.closes[c]}.")
        at, here = at + instance.service[c], c
    return total


# The methods. Each returns {"cost", "routes", "cpu", ...}; what it spends before it may begin to search is not counted.


def solve_ours(instance: Instance, seed: int, seconds: float) -> dict[str, Any]:
    """Run our search; layout counts, compilation doesn't."""
    warm_kernels(["static"])
    problem = as_problem(instance)
    began = time.process_time()
    found = search(problem, seconds=seconds - LAY_OUT_SECONDS, seed=seed, cpu_clock=True)
    spent = time.process_time() - began
    routes = [[int(str(c)) for c in route] for route in found.sequences.values()]
    return {
        "cost": checked_cost(instance, routes), "routes": len(routes), "cpu": round(spent, 2),
        "rate": round(found.iterations / found.seconds),
    }  # fmt: skip


def solve_pyvrp(instance: Instance, seed: int, seconds: float) -> dict[str, Any]:
    """Run PyVRP as its manual does; only its solve() counts. Also says what it had after half the time."""
    import pyvrp  # noqa: PLC0415 - a peer, present in the bench group only

    data = _pyvrp_data(instance)
    half: list[int] = []
    began = time.process_time()

    def over(best_cost: int) -> bool:
        spent = time.process_time() - began
        if spent > seconds / 2 and not half:
            half.append(best_cost)
        return spent > seconds

    found = pyvrp.solve(data, stop=over, seed=seed, collect_stats=False)
    spent = time.process_time() - began
    routes = [[a.idx + 1 for a in route if a.is_client()] for route in found.best.routes()]
    told = {"cost": checked_cost(instance, routes), "routes": len(routes), "cpu": round(spent, 2),
            "iterations": found.num_iterations}  # fmt: skip
    return {**told, "half": half[0]} if half[0] < 10**12 else told  # beyond lies what it holds no plan to be worth


def _pyvrp_data(instance: Instance) -> Any:
    import pyvrp  # noqa: PLC0415

    n = len(instance.amount)
    distance: Any = [instance.distance]
    duration: Any = [instance.duration]
    return pyvrp.ProblemData(
        [pyvrp.Location(0, 0) for _ in range(n)],
        [
            pyvrp.Client(
                i, delivery=[instance.amount[i]], service_duration=instance.service[i],
                tw_early=instance.opens[i], tw_late=instance.closes[i],
            )
            for i in range(1, n)
        ],
        [pyvrp.Depot(0, tw_early=instance.opens[0], tw_late=instance.closes[0])],
        [pyvrp.VehicleType(n - 1, [instance.capacity], tw_early=instance.opens[0], tw_late=instance.closes[0])],
        distance, duration,
    )  # fmt: skip


def solve_ortools(instance: Instance, seed: int, seconds: float) -> dict[str, Any]:
    """Run OR-Tools: parallel cheapest insertion, then guided local search, until its processor time is spent."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2  # noqa: PLC0415

    del seed  # it takes none
    n = len(instance.amount)
    manager = pywrapcp.RoutingIndexManager(n, _fleet(instance), 0)
    model = pywrapcp.RoutingModel(manager)
    model.SetArcCostEvaluatorOfAllVehicles(model.RegisterTransitMatrix(instance.distance.tolist()))
    load = model.RegisterUnaryTransitVector(instance.amount)
    model.AddDimension(load, 0, instance.capacity, True, "load")
    if instance.timed:
        stay = (instance.duration + np.array(instance.service)[:, None]).tolist()
        model.AddDimension(model.RegisterTransitMatrix(stay), 10**7, 10**7, False, "time")
        clock = model.GetDimensionOrDie("time")
        for i in range(1, n):
            clock.CumulVar(manager.NodeToIndex(i)).SetRange(instance.opens[i], instance.closes[i])
        for v in range(_fleet(instance)):
            clock.CumulVar(model.Start(v)).SetRange(instance.opens[0], instance.closes[0])
            clock.CumulVar(model.End(v)).SetRange(instance.opens[0], instance.closes[0])
    began = time.process_time()
    model.AddSearchMonitor(model.solver().CustomLimit(lambda: time.process_time() - began > seconds))
    how = pywrapcp.DefaultRoutingSearchParameters()
    how.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    how.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    how.time_limit.FromSeconds(int(4 * seconds))
    found = model.SolveWithParameters(how)
    spent = time.process_time() - began
    if found is None:
        return {"refused": "no solution in its time", "cpu": round(spent, 2)}
    routes = [route for v in range(_fleet(instance)) if (route := ortools_route(model, manager, found, v))]
    return {"cost": checked_cost(instance, routes), "routes": len(routes), "cpu": round(spent, 2)}


def _fleet(instance: Instance) -> int:
    """Return enough vehicles for any sensible plan; more only slow the peers down."""
    return min(len(instance.amount) - 1, 2 * -(-sum(instance.amount) // instance.capacity) + 40)


def ortools_route(model: Any, manager: Any, found: Any, vehicle: int) -> list[int]:
    """Return the nodes that a vehicle visits, the depot's ends left away."""
    route, index = [], found.Value(model.NextVar(model.Start(vehicle)))
    while not model.IsEnd(index):
        route.append(manager.IndexToNode(index))
        index = found.Value(model.NextVar(index))
    return route


def solve_vroom(instance: Instance, seed: int, seconds: float) -> dict[str, Any]:
    """Run VROOM at its deepest exploration; it ends by itself, or soon after its time is up."""
    del seed  # it takes none
    found, clocks = vroom_within(lambda: _vroom_input(instance), seconds)
    steps = found.routes[found.routes["type"] == "job"]
    routes = [[int(i) for i in group["id"]] for _, group in steps.groupby("vehicle_id")]
    left = len(instance.amount) - 1 - sum(map(len, routes))
    if left:
        return {"refused": f"{left} customers unserved", **clocks}
    return {"cost": checked_cost(instance, routes), "routes": len(routes), **clocks}


def vroom_within(asked: Callable[[], Any], seconds: float) -> tuple[Any, dict[str, float]]:
    """Return what VROOM finds in so many processor seconds, on one thread, with what it spent and how long it took.

    It looks at the wall clock alone, and at that not often. Where it had less than a core, it begins anew with as much
    longer a time (it is deterministic), until it has spent what everybody is given. What spends no more in a longer
    time had ended by itself.
    """
    longer, before = seconds, 0.0
    for _ in range(TRIES):
        timeout = longer
        question, wall, began = asked(), time.monotonic(), time.process_time()
        found = question.solve(exploration_level=5, nb_threads=1, timeout=timedelta(seconds=timeout))
        spent, took = time.process_time() - began, time.monotonic() - wall
        ended = spent < 1.01 * before < seconds
        before, longer = spent, max(seconds, seconds * took / spent)
        if ended or abs(spent / seconds - 1) <= NEAR or abs(longer / timeout - 1) <= NEAR:
            break
    return found, {"cpu": round(spent, 2), "wall": round(took, 2), "timeout": round(timeout, 2)}


def _vroom_input(instance: Instance) -> Any:
    import vroom  # noqa: PLC0415 - a peer, present in the bench group only

    asked = vroom.Input()
    asked.set_durations_matrix(
        "car", instance.duration.astype(np.uint32) if instance.timed else instance.distance.astype(np.uint32)
    )
    asked.set_costs_matrix("car", instance.distance.astype(np.uint32))
    day = (instance.opens[0], instance.closes[0]) if instance.timed else (0, 10**8)
    for v in range(_fleet(instance)):
        asked.add_vehicle(
            vroom.Vehicle(v, start=0, end=0, capacity=[instance.capacity], time_window=vroom.TimeWindow(*day))
        )
    for i in range(1, len(instance.amount)):
        windows = [vroom.TimeWindow(instance.opens[i], instance.closes[i])] if instance.timed else []
        asked.add_job(
            vroom.Job(
                i, location=i, delivery=[instance.amount[i]], default_service=instance.service[i], time_windows=windows
            )
        )
    return asked


SOLVERS: Mapping[str, Callable[[Instance, int, float], dict[str, Any]]] = {
    "ours": solve_ours, "pyvrp": solve_pyvrp, "ortools": solve_ortools, "vroom": solve_vroom,
}  # fmt: skip
