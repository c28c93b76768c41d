"""Vans in the truth: plateaus of traffic, weather, rare long incidents, the search for a place to stand, doors.

Everything is an array over (seeds, routes, position), so sixty seeds cost little more than one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from benchmarks.worlds2 import presence
from benchmarks.worlds2.laws import EVENT, RAIN, Laws, Span
from benchmarks.worlds2.orders import Orders
from doorstep.town.driving import Rounds

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Luck:
    """Uniform numbers of a drive: `route` (S, R); `leg`, `incident` (S, R, K + 1); `search`, `service`, `door`
    (S, R, K); and the day's `weather` (S,)."""  # fmt: skip

    weather: Ints
    route: Floats
    leg: Floats
    incident: Floats
    search: Floats
    service: Floats
    door: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Driven:
    """What happened, seconds of the day, shape (S, R, K) with rubbish where the route has ended; `back` (S, R).

    `parked` the van stands, `arrived` somebody rings (after waiting for a hard window), `door` is reached, `left` the
    van leaves. `chance` is what the truth said at `arrived` in that weather, `taken` what luck made of it.
    """

    parked: Ints
    arrived: Ints
    door: Ints
    left: Ints
    chance: Floats
    taken: Bools
    back: Ints


def plateau(span: Span, at: Floats) -> Floats:
    """Return 0 outside a span of hours, 1 between its shoulders, straight in between; `at` in seconds."""
    height: Floats = np.interp(at / 3600, span, (0.0, 1.0, 1.0, 0.0))
    return height


def slowness(laws: Laws, weekday: int, old_town: Bools, at: Floats, weather: Ints) -> Floats:
    """Return by how much traffic stretches free-flow time; arrays of one shape."""
    home = laws.friday_home if weekday == 4 else laws.commuters_home
    morning, evening, goods, noon = laws.heights
    outside = 1 + morning * plateau(laws.commuters_morning, at) + evening * plateau(home, at)
    inside = 1 + goods * plateau(laws.old_town_goods, at) + noon * plateau(laws.old_town_noon, at)
    inside = inside * np.where(weather == EVENT, 1 + (laws.event_slows - 1) * plateau(laws.event, at), 1.0)
    factor: Floats = np.where(old_town, inside, outside) * np.where(weather == RAIN, laws.rain_slows, 1.0)
    return factor


def drive(laws: Laws, weekday: int, rounds: Rounds, orders: Orders, luck: Luck) -> Driven:
    """Return what happens when vans leave at `leaves` and take their stops in order."""
    seeds, (routes, stops) = len(luck.route), rounds.order.shape
    clock = np.broadcast_to(rounds.leaves.astype(np.float64), (seeds, routes)).copy()
    parked, arrived, door, left, chance = (np.zeros((seeds, routes, stops)) for _ in range(5))
    taken = np.zeros((seeds, routes, stops), dtype=bool)
    length, back = rounds.here.sum(axis=1), clock.copy()
    weather = np.broadcast_to(luck.weather[:, np.newaxis], (seeds, routes))
    for k in range(stops + 1):
        which = rounds.order[:, min(k, stops - 1)]
        inside = np.broadcast_to(orders.old_town[which] & (length > k), (seeds, routes))
        legs = rounds.seconds[:, k] * slowness(laws, weekday, inside, clock, weather)
        legs = np.rint(legs * _road(laws, luck, k) + _incidents(laws, luck.incident[:, :, k], weather))
        back = np.where(length == k, clock + legs * (length > 0), back)
        if k == stops:
            break
        there = clock + legs
        parked[:, :, k] = there + _search(laws, luck.search[:, :, k], inside, there)
        arrived[:, :, k] = np.maximum(parked[:, :, k], orders.opens[which])
        chance[:, :, k] = _chance(orders, which, arrived[:, :, k], weather)
        taken[:, :, k] = luck.door[:, :, k] < chance[:, :, k]
        tired = np.where(arrived[:, :, k] - rounds.starts > laws.tired_after_s, laws.tired_pace, 1.0)
        factor = rounds.pace[:, k] * tired * _service(laws, luck.service[:, :, k])
        door[:, :, k] = arrived[:, :, k] + np.rint(orders.walk_s[which] * factor)
        at_door = np.where(taken[:, :, k], orders.hand_s[which], laws.failed_wait_s)
        left[:, :, k] = door[:, :, k] + np.rint(at_door * factor)
        clock = np.where(which >= 0, left[:, :, k], clock)
    whole = [array.astype(np.int64) for array in (parked, arrived, door, left, back)]
    return Driven(whole[0], whole[1], whole[2], whole[3], chance, taken, whole[4])


def _chance(orders: Orders, which: Ints, at: Floats, weather: Ints) -> Floats:
    rows = np.broadcast_to(which, at.shape)
    dry, rain = (presence.at_second(table, rows, at) for table in orders.table)
    return np.where(weather == RAIN, rain, dry)


def _road(laws: Laws, luck: Luck, k: int) -> Floats:
    """Return the factor of a leg: the van's day times the leg's own, both even spreads about one."""
    own: Floats = 1 + laws.leg_spread * (luck.leg[:, :, k] - 0.5)
    return own * (1 + laws.route_spread * (luck.route - 0.5))


def _incidents(laws: Laws, luck: Floats, weather: Ints) -> Floats:
    """Return seconds lost to an incident: mostly none, sometimes very many (Pareto)."""
    share = np.array(laws.incident)[weather]
    long = laws.incident_least_s * np.maximum(luck / share, 1e-9) ** (-1 / laws.incident_pareto)
    lost: Floats = np.where(luck < share, np.minimum(long, laws.incident_most_s), 0.0)
    return lost


def _search(laws: Laws, luck: Floats, inside: Bools, at: Floats) -> Floats:
    """Return whole seconds spent looking for a place to stand: the old town is full by day."""
    opens, closes = laws.parking_hours
    full = np.array(laws.parking_full)[inside.astype(np.int64)] * ((at >= opens * 3600) & (at <= closes * 3600))
    long = laws.parking_least_s * np.maximum(luck / np.maximum(full, 1e-9), 1e-9) ** (-1 / laws.parking_pareto)
    return np.where(luck < full, np.rint(np.minimum(long, laws.parking_most_s)), 0.0)


def _service(laws: Laws, luck: Floats) -> Floats:
    """Return factors on the time at a door with Student's tails, cut at both ends."""
    factor = np.exp(laws.service_t_scale * stdtrit(laws.service_t_freedom, luck))
    low, high = laws.service_limits
    cut: Floats = np.clip(factor, low, high)
    return cut
