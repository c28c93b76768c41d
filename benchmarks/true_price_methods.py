"""How each method plans a day in Porto, and what it is told of travel that it can't know by the hour.

A peer is told one travel time a leg, promised windows as hard ones and all it can be told of hours, kilometres, vans
and overtime. Which travel time serves it best nobody knows beforehand; so there are several proxies, each tried with
the whole budget (`[proxies]` in true_price.toml): the day's mean travel; the same with every van back earlier by some
slack; the travel of the busiest hours; and for OR-Tools, which can, mean travel with soft windows. Every answer is
driven under the true rush hours, priced by the schedule and passed by the checker.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.static_sets import ortools_route, vroom_within
from benchmarks.true_price_days import PLAN, day_in_porto, promised, zone_factors
from doorstep.domain.places import Place
from doorstep.domain.problem import Problem
from doorstep.domain.travel import TravelTimes, by_slot
from doorstep.domain.units import Seconds
from doorstep.domain.valuation import Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.operations.check import check
from doorstep.operations.schedule import schedule
from doorstep.operations.search import search
from doorstep.operations.search.warm import main as warm_kernels

UNIT = 7.2
"""Units of the peers' money to a cent: a second is 5, a second of overtime 4 more, a metre 0.216 (times its metres)."""

MEAN, BUSIEST, SOFT = "mean", "busiest", "soft"
SLACKS = tuple(f"slack {seconds}" for seconds in PLAN["proxies"]["slack_seconds"])


def on_proxy(problem: Problem, proxy: str) -> Problem:
    """Return the day as a static search sees it: one travel time a leg, hard windows, no price at the door."""
    rates = PLAN["rates"]
    earlier = int(proxy.removeprefix("slack ")) if proxy in SLACKS else 0
    places = [place for place in problem.places if place is not None]
    times = by_slot(problem.times["car"])
    first = times.slot(rates["starts"])
    now = (times.edges[first] + PLAN["traffic"]["slot_seconds"] / 2) / 3600
    factors = _busiest_factors(places) if proxy == BUSIEST else _mean_factors(places)
    seconds = np.rint(times.seconds[first] * (factors / zone_factors(places, now))[:, None]).astype(np.int32)
    windows = {x: (TimeWindow(Seconds(a), Seconds(b)),) for x, (a, b) in promised(problem).items()}
    return replace(
        problem,
        stops=tuple(replace(s, windows=windows.get(s.stop_id, ())) for s in problem.stops),
        shifts=tuple(replace(van, ends=Seconds(van.ends - earlier)) for van in problem.shifts),
        times={"car": TravelTimes((Seconds(0),), seconds[None], times.metres[:1])},
        valuation=Valuation("proxy", ("true-price",), {}, {}, problem.valuation.rates),
    )


def _mean_factors(places: Sequence[Place]) -> np.ndarray:
    """Return by how much traffic stretches a leg from each place in the mean of the paid day."""
    rates = PLAN["rates"]
    return np.asarray(_factors(places, rates["starts"] + rates["overtime_after"]).mean(axis=0))


def _busiest_factors(places: Sequence[Place]) -> np.ndarray:
    """Return the same for those quarters of an hour of the whole shift that have most traffic in the mean of places."""
    every = _factors(places, PLAN["rates"]["ends"])
    most = np.argsort(-every.mean(axis=1), kind="stable")[: int(PLAN["proxies"]["busiest_share"] * len(every))]
    return np.asarray(every[most].mean(axis=0))


def _factors(places: Sequence[Place], until: int) -> np.ndarray:
    """Return factors by quarter of an hour and place, from the start of the shift."""
    return np.stack([zone_factors(places, at / 3600) for at in range(PLAN["rates"]["starts"], until, 900)])


def solve(method: str, name: str, seed: int, seconds: float) -> dict[str, Any]:
    """Run one method on one day, such as `parcel-1000`, told so much as the rest of the name says; price it truly."""
    day, _, proxy = name.partition(" ")
    kind, stops = day.split("-")
    problem = day_in_porto(kind, int(stops), seed)
    run = METHODS.get(f"{method} {proxy}", METHODS[method])
    answer = run(on_proxy(problem, proxy) if proxy else problem, seed, seconds)
    sequences = {k: v for k, v in answer.pop("sequences").items() if v}
    answer["cpu"] = round(answer["cpu"], 2)
    left = len(problem.stops) - sum(map(len, sequences.values()))
    if left:
        return {"refused": f"{left} stops unserved", **answer}
    plan = schedule(problem, sequences, seed=seed, problem_sha256=name)
    wrong = check(problem, plan).violations
    if wrong:
        return {"refused": wrong[0], **answer}
    return {"cost": plan.cents["total"], "routes": len(plan.routes), "parts": dict(plan.cents), **answer}


def solve_ours(problem: Problem, seed: int, seconds: float) -> dict[str, Any]:
    """Run our search; layout counts, compilation doesn't."""
    warm_kernels()
    began = time.process_time()
    found = search(problem, seconds=seconds - len(problem.stops) / 1200, seed=seed, cpu_clock=True)
    return {"sequences": found.sequences, "rate": round(found.iterations / found.seconds),
            "cpu": time.process_time() - began}  # fmt: skip


def solve_pyvrp(proxy: Problem, seed: int, seconds: float) -> dict[str, Any]:
    """Run PyVRP; only its solve() counts. Money is small enough for its penalties."""
    import pyvrp  # noqa: PLC0415 - a peer, present in the bench group only

    rates = PLAN["rates"]
    starts, ends, late = rates["starts"], int(proxy.shifts[0].ends), rates["overtime_after"]
    times = by_slot(proxy.times["car"])
    van = pyvrp.VehicleType(
        len(proxy.shifts), list(proxy.shifts[0].capacities), fixed_cost=round(UNIT * rates["fixed_cents"]),
        tw_early=starts, tw_late=ends, shift_duration=late, max_overtime=ends - starts - late, start_late=starts,
        unit_distance_cost=1, unit_duration_cost=round(UNIT * rates["cents_per_hour"] / 3600),
        unit_overtime_cost=round(UNIT * rates["overtime_cents_per_hour"] / 3600),
    )  # fmt: skip
    clients = [
        pyvrp.Client(
            s.location, delivery=list(s.amounts), service_duration=int(s.service),
            tw_early=int(s.windows[0].opens) if s.windows else starts,
            tw_late=int(s.windows[0].closes) if s.windows else ends,
        )
        for s in proxy.stops
    ]  # fmt: skip
    here: Any = [pyvrp.Location(0, 0) for _ in proxy.places]
    distances: Any = [np.rint(UNIT * rates["cents_per_km"] / 1000 * times.metres[0]).astype(np.int64)]
    durations: Any = [times.seconds[0].astype(np.int64)]
    data = pyvrp.ProblemData(here, clients, [pyvrp.Depot(0)], [van], distances, durations)
    began = time.process_time()
    found = pyvrp.solve(data, stop=lambda _: time.process_time() - began > seconds, seed=seed, collect_stats=False)
    spent = time.process_time() - began
    routes = [[a.idx for a in route if a.is_client()] for route in found.best.routes()]
    return {"sequences": _sequences(proxy, routes), "cpu": spent, "iterations": found.num_iterations}


def solve_ortools_softly(proxy: Problem, seed: int, seconds: float) -> dict[str, Any]:
    """Run OR-Tools with a price of being late instead of windows that close."""
    return solve_ortools(proxy, seed, seconds, soft=True)


def solve_ortools(proxy: Problem, seed: int, seconds: float, *, soft: bool = False) -> dict[str, Any]:
    """Run OR-Tools: parallel cheapest insertion, then guided local search."""
    from ortools.constraint_solver import pywrapcp  # noqa: PLC0415

    del seed  # it takes none
    rates = PLAN["rates"]
    times = by_slot(proxy.times["car"])
    vans, capacity = len(proxy.shifts), proxy.shifts[0].capacities[0]
    manager = pywrapcp.RoutingIndexManager(len(proxy.places), vans, 0)
    model = pywrapcp.RoutingModel(manager)
    way = np.rint(UNIT * rates["cents_per_km"] / 1000 * times.metres[0]).astype(int)
    model.SetArcCostEvaluatorOfAllVehicles(model.RegisterTransitMatrix(way.tolist()))
    model.SetFixedCostOfAllVehicles(round(UNIT * rates["fixed_cents"]))
    load = model.RegisterUnaryTransitVector([0, *(s.amounts[0] for s in proxy.stops)])
    model.AddDimension(load, 0, capacity, True, "load")
    stay = times.seconds[0] + np.array([0, *(int(s.service) for s in proxy.stops)])[:, None]
    model.AddDimension(model.RegisterTransitMatrix(stay.tolist()), 86_400, int(proxy.shifts[0].ends), False, "time")
    clock = model.GetDimensionOrDie("time")
    clock.SetSpanCostCoefficientForAllVehicles(round(UNIT * rates["cents_per_hour"] / 3600))
    for s in proxy.stops:
        if s.windows:
            _ortools_window(clock, manager.NodeToIndex(s.location), s.windows[0], soft=soft)
    for v in range(vans):
        clock.CumulVar(model.Start(v)).SetRange(rates["starts"], rates["starts"])
        due = rates["starts"] + rates["overtime_after"]
        clock.SetCumulVarSoftUpperBound(model.End(v), due, round(UNIT * rates["overtime_cents_per_hour"] / 3600))
    began = time.process_time()
    model.AddSearchMonitor(model.solver().CustomLimit(lambda: time.process_time() - began > seconds))
    found = model.SolveWithParameters(_ortools_parameters(seconds))
    spent = time.process_time() - began
    nodes = [] if found is None else [ortools_route(model, manager, found, v) for v in range(vans)]
    routes = [[node - 1 for node in those] for those in nodes]
    return {"sequences": _sequences(proxy, routes), "cpu": spent}


def _ortools_window(clock: Any, index: int, window: TimeWindow, *, soft: bool) -> None:
    clock.CumulVar(index).SetMin(int(window.opens))
    if soft:
        clock.SetCumulVarSoftUpperBound(index, int(window.closes), 3)  # what a quarter of an hour costs
    else:
        clock.CumulVar(index).SetMax(int(window.closes))


def _ortools_parameters(seconds: float) -> Any:
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2  # noqa: PLC0415

    how = pywrapcp.DefaultRoutingSearchParameters()
    how.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    how.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    how.time_limit.FromSeconds(int(6 * seconds))
    return how


def solve_vroom(proxy: Problem, seed: int, seconds: float) -> dict[str, Any]:
    """Run VROOM at its deepest exploration; vans are back before overtime, which it can't price."""
    del seed  # it takes none
    found, clocks = vroom_within(lambda: _vroom_input(proxy), seconds)
    jobs = found.routes[found.routes["type"] == "job"]
    routes = [[int(x) for x in group["id"]] for _, group in jobs.groupby("vehicle_id")]
    return {"sequences": _sequences(proxy, routes), **clocks}


def _vroom_input(proxy: Problem) -> Any:
    import vroom  # noqa: PLC0415 - a peer, present in the bench group only

    rates, times = PLAN["rates"], by_slot(proxy.times["car"])
    asked = vroom.Input()
    asked.set_durations_matrix("car", times.seconds[0].astype(np.uint32))
    asked.set_distances_matrix("car", times.metres[0].astype(np.uint32))
    costs = vroom.VehicleCosts(rates["fixed_cents"], rates["cents_per_hour"], rates["cents_per_km"])
    earlier = rates["ends"] - int(proxy.shifts[0].ends)
    day = vroom.TimeWindow(rates["starts"], rates["starts"] + rates["overtime_after"] - earlier)
    for v, van in enumerate(proxy.shifts):
        capacity = list(van.capacities)
        asked.add_vehicle(vroom.Vehicle(v, start=0, end=0, capacity=capacity, time_window=day, costs=costs))
    for x, s in enumerate(proxy.stops):
        spans = [vroom.TimeWindow(int(w.opens), int(w.closes)) for w in s.windows]
        asked.add_job(
            vroom.Job(
                x, location=s.location, delivery=list(s.amounts), default_service=int(s.service), time_windows=spans
            )
        )
    return asked


def _sequences(problem: Problem, routes: Sequence[Sequence[int]]) -> dict[str, tuple[str, ...]]:
    """Return routes of stops' numbers as sequences of the first vans: all are alike."""
    used = [route for route in routes if route]
    return {
        shift.shift_id: tuple(problem.stops[x].stop_id for x in route)
        for shift, route in zip(problem.shifts, used, strict=False)
    }


METHODS: Mapping[str, Callable[[Problem, int, float], dict[str, Any]]] = {
    "ours": solve_ours, "ours_proxy": solve_ours, "pyvrp": solve_pyvrp, "ortools": solve_ortools,
    "ortools soft": solve_ortools_softly,
    "vroom": solve_vroom,
}  # fmt: skip
