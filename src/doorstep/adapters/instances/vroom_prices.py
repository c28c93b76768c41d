"""VROOM's costs as a valuation: its rates in cents, and prices of leaving out that outweigh any cost.

VROOM pays a vehicle's hour on the road (`per_hour`) and, if asked, at the door (`per_task_hour`); a shift here pays
both alike. Where the difference is the same in every plan it is left away; else a tariff for each vehicle and task
evens it out.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from doorstep.adapters.instances.rows import all_alike, as_first
from doorstep.adapters.instances.vroom_parts import Task, Vehicle
from doorstep.adapters.instances.vroom_travel import LaidOut, ProfileLegs
from doorstep.domain.errors import YourInput
from doorstep.domain.problem import Problem
from doorstep.domain.travel import AskedTimes, by_slot
from doorstep.domain.units import Cents, per_hour
from doorstep.domain.valuation import Rates, Valuation

MOST_CENTS = 2 * 10**11
"""What all tasks together may be worth: half of what a search can add up."""

VALUED_BY = "VROOM costs and priorities"
"""Where this stands, leaving a task out costs more than anything that serving it could: no amount that anybody pays."""


def valuation_of(
    problem: Problem, tasks: Sequence[Task], vehicles: Sequence[Vehicle], rows: LaidOut, legs: Mapping[str, ProfileLegs]
) -> Valuation:
    """Return what VROOM's objective is in cents: a cent for each second where nothing is said."""
    rates = {vehicle.shift_id: _rates(vehicle, legs[vehicle.profile]) for vehicle in vehicles}
    tariff = _tariff(tasks, vehicles, rows, legs)
    worst = _worst_cost(problem, rates) + _dearest(tariff)
    return Valuation(
        objective="cost",
        valued_by=(VALUED_BY,),
        curves={},
        unserved=_unserved(tasks, worst),
        rates=rates,
        pairings={"tariff": tariff} if tariff else {},
    )


def _rates(vehicle: Vehicle, legs: ProfileLegs) -> Rates:
    costs = vehicle.costs
    if legs.costs is None:
        if costs["per_km"] and not legs.measured:
            raise (
                vehicle.spot.at("costs")
                .at("per_km")
                .refused(f"distances in the matrices of {vehicle.profile!r} beside a per_km", "add them")
            )
        return Rates(cents_per_hour=costs["per_hour"], cents_per_km=costs["per_km"], fixed_cents=costs["fixed"])
    for key, default in (("per_hour", 3600), ("per_km", 0), ("per_task_hour", 0)):
        if costs[key] != default:
            raise (
                vehicle.spot.at("costs")
                .at(key)
                .refused(f"{default} beside a matrix of costs", "VROOM takes one or the other")
            )
    return Rates(cents_per_km=1000, fixed_cents=costs["fixed"])


def _tariff(
    tasks: Sequence[Task], vehicles: Sequence[Vehicle], rows: LaidOut, legs: Mapping[str, ProfileLegs]
) -> dict[str, dict[str, Cents]]:
    """Return what each task costs with each vehicle beyond the hours paid here, where that differs between vehicles."""
    found: dict[str, dict[str, Cents]] = {}
    alike: dict[tuple[int, int], dict[str, Cents]] = {}
    for vehicle, k in zip(vehicles, rows.kind_of, strict=True):
        more = (
            0 if legs[vehicle.profile].costs is not None else vehicle.costs["per_task_hour"] - vehicle.costs["per_hour"]
        )
        if (k, more) not in alike:
            row = {task.stop_id: per_hour(sum(lasts[k]), more) for task, lasts in zip(tasks, rows.lasts, strict=True)}
            alike[k, more] = as_first(row, alike.values(), len(vehicles))
        found[vehicle.shift_id] = alike[k, more]
    return {} if all_alike(found) else found


def _dearest(tariff: Mapping[str, Mapping[str, int]]) -> int:
    """Return how far tariffs can spread a plan's cost: the sum over tasks of the largest."""
    largest: dict[str, int] = {}
    for row in tariff.values():
        for stop, cents in row.items():
            largest[stop] = max(largest.get(stop, 0), abs(cents))
    return sum(largest.values())


def _unserved(tasks: Sequence[Task], worst: int) -> dict[str, Cents]:
    """Return prices of leaving out: the sum of priorities counts first, the number of tasks second, any cost third.

    Where `MOST_CENTS` don't leave room for that, cost may outweigh tasks, and of very many even a step of priority.
    """
    weights = _weights(tasks)
    in_all = sum(weights[task.priority] for task in tasks)
    if in_all > MOST_CENTS:
        raise YourInput(
            f"Expected priorities of {len(tasks):,} tasks that can be told apart in 11 digits; use fewer levels."
        )
    price = min(worst, MOST_CENTS // max(1, in_all))
    return {task.stop_id: Cents(price * weights[task.priority]) for task in tasks}


def _weights(tasks: Sequence[Task]) -> dict[int, int]:
    """Return the weight of each priority, in the smallest whole numbers that keep the order of sums."""
    levels = sorted({task.priority for task in tasks})
    if len(levels) == 1:
        return {levels[0]: 1}
    step = math.gcd(*levels)
    return {level: level // step * (len(tasks) + 1) + 1 for level in levels}


def _worst_cost(problem: Problem, rates: Mapping[str, Rates]) -> int:
    """Return cents that no plan for these tasks can exceed, so that one more task always counts for more than cost."""
    legs = [stop.location for stop in problem.stops] + [shift.end for shift in problem.shifts]
    per_hour_most = max(r.cents_per_hour for r in rates.values())
    per_km_most = max(r.cents_per_km for r in rates.values())
    every = [by_slot(times) for times in problem.times.values()]
    asked = [times.legs.longest() for times in every if isinstance(times, AskedTimes)]
    if asked:
        seconds, metres = (len(legs) * max(each) for each in zip(*asked, strict=True))
    else:
        seconds = np.max([t.seconds[0].max(axis=0) for t in every], axis=0)[legs].astype(np.int64).sum()
        metres = np.max([t.metres[0].max(axis=0) for t in every], axis=0)[legs].astype(np.int64).sum()
    hours = (int(seconds) + sum(stop.service for stop in problem.stops)) * per_hour_most // 3600
    return hours + int(metres) * per_km_most // 1000 + sum(r.fixed_cents for r in rates.values()) + len(rates)
