"""Days in Porto priced truly: our search beside PyVRP, OR-Tools and VROOM, each given its best static proxy.

A peer sees the day's mean travel by zone, promised windows as hard ones (OR-Tools: as soft ones) and all it can be told
of hours, kilometres, vans and overtime. Every answer is driven under the true rush hours, priced by the schedule and
passed by the checker; what the checker refuses has no price, and a seed on which it refuses every peer counts for
nobody: the row is not met. `ours_proxy` is our own search on that proxy: what of the gain is search, and what is price.
"""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import race
from benchmarks.harness import Row, at_least, at_most, figure, full_run_only
from benchmarks.race import Race, nothing_to_compare
from benchmarks.true_price_days import PLAN, day_in_porto, promised, zone_factors
from doorstep.domain.problem import Problem
from doorstep.domain.travel import TravelTimes, by_slot
from doorstep.domain.units import Seconds
from doorstep.domain.valuation import Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.operations.check import check
from doorstep.operations.schedule import schedule
from doorstep.operations.search import search
from doorstep.operations.search.warm import main as warm_kernels

MODULE = "benchmarks.bench_true_price"
OURS = ("priced", "fleet")
UNIT = 7.2
"""Units of the peers' money to a cent: a second is 5, a second of overtime 4 more, a metre 0.216 (times its metres)."""
PEERS = tuple(m for m in PLAN["methods"] if not m.startswith("ours"))

NEVER_WORSE = ("grocery", 1000)
"""The day on which no single seed may be worse than the best peer."""


def run(quick: bool, worlds: Path | None) -> Sequence[Row]:
    """Run what isn't kept yet and return the rows; `worlds` plays no part here."""
    del worlds
    size = PLAN["quick" if quick else "full"]
    races = {
        (_name(day), seed, method): Race(method, _name(day), seed, day["cpu_seconds"])
        for day in size["days"] for seed in size["seeds"] for method in PLAN["methods"]
    }  # fmt: skip
    found = race.results(MODULE, list(races.values()))
    told = {key: found[one] for key, one in races.items()}
    rows = [row for day in size["days"] for row in _day_rows(day, size["seeds"], told)]
    rows.append(race.same_pace(found))
    what = "iterations a cpu second, parcel, 1,000 stops on about 12 routes"
    if quick:
        return [*rows, *(full_run_only(f"{_title(d)}, ours against the best peer", _bar(d)) for d in _other_days(size)),
                full_run_only(what, f">= {PLAN['rate']['bar_iterations_per_cpu_s']:,}")]  # fmt: skip
    rates = [told["parcel-1000", seed, "ours"].get("rate", 0) for seed in size["seeds"]]
    return [*rows, at_least(what, statistics.mean(rates), "/s", PLAN["rate"]["bar_iterations_per_cpu_s"])]


def _other_days(size: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [day for day in PLAN["full"]["days"] if day not in size["days"]]


def _name(day: Mapping[str, Any]) -> str:
    return f"{day['kind']}-{day['stops']}"


def _title(day: Mapping[str, Any]) -> str:
    return f"{day['kind']}, {day['stops']:,} stops, {day['cpu_seconds']} cpu s"


def _bar(day: Mapping[str, Any]) -> str:
    return f"<= {day['bar_percent']:g}"


def _day_rows(day: Mapping[str, Any], seeds: Sequence[int], told: Mapping[Any, Mapping[str, Any]]) -> list[Row]:
    """Return how far our price is from the best peer's and from our own on the proxy, and everybody's prices."""

    def gap(mine: str, theirs: Sequence[str]) -> float | str:
        gaps = _gaps(told, day, seeds, (mine, theirs))
        return round(statistics.mean(gaps), 2) if len(gaps) == len(seeds) else "not all have a plan that holds"

    rows = [
        *_against_peers(day, seeds, told),
        figure("  our search on the proxy against the best peer", gap("ours_proxy", PEERS), "%"),
        figure("  ours against our search on the proxy", gap("ours", ["ours_proxy"]), "%"),
        figure("  plans of peers that the checker refuses", _refused(told, day, seeds)),
    ]
    for method in PLAN["methods"]:
        one = [told[_name(day), seed, method] for seed in seeds]
        said = " ".join(f"{r['cost'] / 100:.2f}" if "cost" in r else r["refused"] for r in one)
        vans = " ".join(str(r.get("routes", "-")) for r in one)
        rows.append(figure(f"  {method}, by seed", said, f"EUR, {vans} vans, {max(r['cpu'] for r in one):.0f} cpu s"))
    return rows


def _against_peers(day: Mapping[str, Any], seeds: Sequence[int], told: Mapping[Any, Mapping[str, Any]]) -> list[Row]:
    """Return ours against the best peer, in the mean and on its worst seed; not met where no peer has a plan."""
    what, worst = f"{_title(day)}, ours against the best peer", "  the same, on the worst seed"
    gaps = _gaps(told, day, seeds, ("ours", PEERS))
    never_worse = (day["kind"], day["stops"]) == NEVER_WORSE
    if len(gaps) < len(seeds):
        why = f"no peer has a plan that holds on {len(seeds) - len(gaps)} of {len(seeds)} seeds"
        return [nothing_to_compare(what, why, _bar(day)), nothing_to_compare(worst, why, "<= 0" if never_worse else "")]
    return [
        at_most(what, statistics.mean(gaps), "%", day["bar_percent"]),
        at_most(worst, max(gaps), "%", 0.0) if never_worse else figure(worst, round(max(gaps), 4), "%"),
    ]


def _gaps(
    told: Mapping[Any, Mapping[str, Any]], day: Mapping[str, Any], seeds: Sequence[int], who: tuple[str, Sequence[str]]
) -> list[float]:
    """Return by how many per cent one method is above the best of others, for each seed on which these have a plan.

    Where the one method itself has none, it is infinitely far above.
    """
    mine, theirs = who
    best = {s: min(_cost(told, day, s, m) for m in theirs) for s in seeds}
    return [100 * (_cost(told, day, s, mine) / least - 1) for s, least in best.items() if least < np.inf]


def _refused(told: Mapping[Any, Mapping[str, Any]], day: Mapping[str, Any], seeds: Sequence[int]) -> str:
    """Return how many plans of each peer are refused, of how many."""
    counts = {m: sum("cost" not in told[_name(day), s, m] for s in seeds) for m in PEERS}
    return f"{sum(counts.values())} of {len(PEERS) * len(seeds)}: " + ", ".join(f"{m} {n}" for m, n in counts.items())


def _cost(told: Mapping[Any, Mapping[str, Any]], day: Mapping[str, Any], seed: int, method: str) -> float:
    return float(told[_name(day), seed, method].get("cost", np.inf))


# What peers are told


def on_proxy(problem: Problem) -> Problem:
    """Return the day as a static search sees it: mean travel of the working day, hard windows, no price at the door."""
    rates = PLAN["rates"]
    hours = np.arange(rates["starts"], rates["starts"] + rates["overtime_after"], 900) / 3600
    places = [place for place in problem.places if place is not None]
    times = by_slot(problem.times["car"])
    now = (times.edges[times.slot(rates["starts"])] + PLAN["traffic"]["slot_seconds"] / 2) / 3600
    mean = np.mean([zone_factors(places, hour) for hour in hours], axis=0) / zone_factors(places, now)
    seconds = np.rint(times.seconds[times.slot(rates["starts"])] * mean[:, None]).astype(np.int32)
    windows = {x: (TimeWindow(Seconds(a), Seconds(b)),) for x, (a, b) in promised(problem).items()}
    return replace(
        problem,
        stops=tuple(replace(s, windows=windows.get(s.stop_id, ())) for s in problem.stops),
        times={"car": TravelTimes((Seconds(0),), seconds[None], times.metres[:1])},
        valuation=Valuation("proxy", ("true-price",), {}, {}, problem.valuation.rates),
    )


def solve(method: str, name: str, seed: int, seconds: float) -> dict[str, Any]:
    """Run one method on one day and price its answer truly."""
    kind, stops = name.split("-")
    problem = day_in_porto(kind, int(stops), seed)
    began = time.process_time()
    answer = METHODS[method](problem, seed, seconds)
    spent = round(answer.get("cpu", time.process_time() - began), 2)
    sequences = {k: v for k, v in answer["sequences"].items() if v}
    left = len(problem.stops) - sum(map(len, sequences.values()))
    if left:
        return {"refused": f"{left} stops unserved", "cpu": spent}
    plan = schedule(problem, sequences, seed=seed, problem_sha256=name)
    wrong = check(problem, plan).violations
    if wrong:
        return {"refused": wrong[0], "cpu": spent}
    return {"cost": plan.cents["total"], "routes": len(plan.routes), "cpu": spent, "parts": dict(plan.cents),
            **{k: answer[k] for k in ("rate", "iterations") if k in answer}}  # fmt: skip


def solve_ours(problem: Problem, seed: int, seconds: float) -> dict[str, Any]:
    """Run our search; layout counts, compilation doesn't."""
    warm_kernels()
    began = time.process_time()
    found = search(problem, seconds=seconds - len(problem.stops) / 1200, seed=seed, cpu_clock=True)
    return {"sequences": found.sequences, "rate": round(found.iterations / found.seconds),
            "cpu": time.process_time() - began}  # fmt: skip


def solve_ours_on_proxy(problem: Problem, seed: int, seconds: float) -> dict[str, Any]:
    """Run our search on what the peers are told."""
    return solve_ours(on_proxy(problem), seed, seconds)


def solve_pyvrp(problem: Problem, seed: int, seconds: float) -> dict[str, Any]:
    """Run PyVRP; only its solve() counts. Money is small enough for its penalties."""
    import pyvrp  # noqa: PLC0415 - a peer, present in the bench group only

    proxy, rates = on_proxy(problem), PLAN["rates"]
    starts, ends, late = rates["starts"], rates["ends"], rates["overtime_after"]
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


def solve_ortools(problem: Problem, seed: int, seconds: float) -> dict[str, Any]:
    """Run OR-Tools with soft windows: parallel cheapest insertion, then guided local search."""
    from ortools.constraint_solver import pywrapcp  # noqa: PLC0415

    del seed  # it takes none
    proxy, rates = on_proxy(problem), PLAN["rates"]
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
    model.AddDimension(model.RegisterTransitMatrix(stay.tolist()), 86_400, rates["ends"], False, "time")
    clock = model.GetDimensionOrDie("time")
    clock.SetSpanCostCoefficientForAllVehicles(round(UNIT * rates["cents_per_hour"] / 3600))
    for s in proxy.stops:
        if s.windows:
            index = manager.NodeToIndex(s.location)
            clock.CumulVar(index).SetMin(int(s.windows[0].opens))
            clock.SetCumulVarSoftUpperBound(index, int(s.windows[0].closes), 3)  # what a quarter of an hour costs
    for v in range(vans):
        clock.CumulVar(model.Start(v)).SetRange(rates["starts"], rates["starts"])
        due = rates["starts"] + rates["overtime_after"]
        clock.SetCumulVarSoftUpperBound(model.End(v), due, round(UNIT * rates["overtime_cents_per_hour"] / 3600))
    began = time.process_time()
    model.AddSearchMonitor(model.solver().CustomLimit(lambda: time.process_time() - began > seconds))
    found = model.SolveWithParameters(_ortools_parameters(seconds))
    spent = time.process_time() - began
    routes = [] if found is None else [_ortools_route(model, manager, found, v) for v in range(vans)]
    return {"sequences": _sequences(proxy, routes), "cpu": spent}


def _ortools_parameters(seconds: float) -> Any:
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2  # noqa: PLC0415

    how = pywrapcp.DefaultRoutingSearchParameters()
    how.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    how.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    how.time_limit.FromSeconds(int(6 * seconds))
    return how


def _ortools_route(model: Any, manager: Any, found: Any, vehicle: int) -> list[int]:
    route, index = [], found.Value(model.NextVar(model.Start(vehicle)))
    while not model.IsEnd(index):
        route.append(manager.IndexToNode(index) - 1)
        index = found.Value(model.NextVar(index))
    return route


def solve_vroom(problem: Problem, seed: int, seconds: float) -> dict[str, Any]:
    """Run VROOM at its deepest exploration, one thread; vans are back before overtime, which it can't price."""
    import vroom  # noqa: PLC0415

    del seed  # it takes none
    proxy, rates = on_proxy(problem), PLAN["rates"]
    times = by_slot(proxy.times["car"])
    asked = vroom.Input()
    asked.set_durations_matrix("car", times.seconds[0].astype(np.uint32))
    asked.set_distances_matrix("car", times.metres[0].astype(np.uint32))
    costs = vroom.VehicleCosts(rates["fixed_cents"], rates["cents_per_hour"], rates["cents_per_km"])
    day = vroom.TimeWindow(rates["starts"], rates["starts"] + rates["overtime_after"])
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
    began = time.process_time()
    found = asked.solve(exploration_level=5, nb_threads=1, timeout=timedelta(seconds=seconds))
    spent = time.process_time() - began
    jobs = found.routes[found.routes["type"] == "job"]
    routes = [[int(x) for x in group["id"]] for _, group in jobs.groupby("vehicle_id")]
    return {"sequences": _sequences(proxy, routes), "cpu": spent}


def _sequences(problem: Problem, routes: Sequence[Sequence[int]]) -> dict[str, tuple[str, ...]]:
    """Return routes of stops' numbers as sequences of the first vans: all are alike."""
    used = [route for route in routes if route]
    return {
        shift.shift_id: tuple(problem.stops[x].stop_id for x in route)
        for shift, route in zip(problem.shifts, used, strict=False)
    }


METHODS: Mapping[str, Callable[[Problem, int, float], dict[str, Any]]] = {
    "ours": solve_ours, "ours_proxy": solve_ours_on_proxy, "pyvrp": solve_pyvrp, "ortools": solve_ortools,
    "vroom": solve_vroom,
}  # fmt: skip


def version(method: str) -> str:
    """Return what a kept run of a method is true of."""
    own = method.startswith("ours")
    return (
        race.own_version(race.with_imports(OURS))
        if own
        else race.peer_version({"vroom": "pyvroom"}.get(method, method))
    )
