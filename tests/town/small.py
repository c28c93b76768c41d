"""A small town over crow legs, and plans for it, for tests that need no road network."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from doorstep.adapters.company_files.writing import write_company, write_table
from doorstep.adapters.osm_files import write_streets
from doorstep.domain.places import Place, crow_metres
from doorstep.domain.plan import Plan, Route, Visit
from doorstep.domain.units import Metres, Seconds
from doorstep.server.worlds import STREETS
from doorstep.town.world import Tools, Town


def crow(places: Sequence[Place]) -> tuple[list[float], list[float]]:
    metres = [1.3 * crow_metres(a, b) for a, b in pairwise(places)]
    return [m / 8 + 10 for m in metres], metres


TOOLS = Tools(write_table, write_company, lambda folder, streets: write_streets(streets, folder / STREETS), crow)


def small(seed: int = 3, **more) -> Town:
    return Town(seed, TOOLS, **{"days": 12, "orders_per_day": 60, **more})


def plan_of(town: Town, stops: dict[str, list[str]]) -> Plan:
    """Return a plan that sends shifts to orders, with a guess of when."""
    routes = []
    for shift, orders in stops.items():
        visits = tuple(
            Visit(order, (order,), None, Seconds(40_000 + 600 * i), Seconds(40_000 + 600 * i),
                  Seconds(40_300 + 600 * i), (), {})
            for i, order in enumerate(orders)
        )  # fmt: skip
        routes.append(Route(shift, "v01", None, Seconds(0), Seconds(0), Metres(0), Seconds(0), {}, visits))
    return Plan("p1", "town", "d1", town.tomorrow, "UTC", "EUR", "efficiency", 0, "", (), {}, tuple(routes), ())


def full_plan(town: Town, shuffle: int | None = None) -> Plan:
    """Return a plan that serves every order of tomorrow, dealt out in turn, or shuffled first."""
    tomorrow = town._past.tomorrow
    orders = list(tomorrow.order_ids)
    if shuffle is not None:
        np.random.default_rng(shuffle).shuffle(orders)
    shifts = tomorrow.crew.shift_ids
    return plan_of(town, {shift: orders[i :: len(shifts)] for i, shift in enumerate(shifts)})
