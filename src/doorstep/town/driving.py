"""Vans driving through the truth: rush hours, luck on the road, waiting, doors that open or don't.

Everything is an array over (seeds, routes, position), so sixty seeds cost little more than one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from doorstep.town import habits
from doorstep.town.doors import Doors
from doorstep.town.hidden import Hidden

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Rounds:
    """Routes as padded arrays: `order` (R, K) indexes doors, -1 where the route has ended.

    `seconds` and `metres` (R, K + 1) are free-flow legs; entry k leads to stop k, the entry after the last stop
    leads home. `pace` (R, K) multiplies the time at the door. `starts` begins the pay, `leaves` the driving.
    """

    order: Ints
    seconds: Floats
    metres: Floats
    starts: Ints
    leaves: Ints
    pace: Floats

    @property
    def here(self) -> Bools:
        """Return where there is a stop, shape (R, K)."""
        return self.order >= 0

    @property
    def driven_metres(self) -> Ints:
        """Return whole metres of each route, home included; zero for a route without stops."""
        length = self.here.sum(axis=1)
        within = np.arange(self.metres.shape[1])[np.newaxis] <= length[:, np.newaxis]
        metres: Ints = np.rint((self.metres * within).sum(axis=1)).astype(np.int64) * (length > 0)
        return metres


@dataclass(frozen=True, slots=True, eq=False)
class Chance:
    """The luck of a drive: factors (mean about one) on routes (S, R), legs (S, R, K + 1) and service, and `door`
    (S, R, K), uniform numbers that open a door when they lie below its chance."""  # fmt: skip

    route: Floats
    leg: Floats
    service: Floats
    door: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Driven:
    """What happened, seconds of the day, shape (S, R, K) with rubbish where the route has ended; `back` (S, R).

    `parked` the van stands, `arrived` somebody rings (after waiting for a hard window), `door` is reached,
    `left` the van leaves. `chance` is what the truth said at `arrived`, `taken` what luck made of it.
    """

    parked: Ints
    arrived: Ints
    door: Ints
    left: Ints
    chance: Floats
    taken: Bools
    back: Ints


def slowness(truth: Hidden, at: Floats) -> Floats:
    """Return by how much the hour stretches free-flow time: 1 at night, about 1.6 at the evening peak; smooth."""
    hour = at / 3600
    factor = np.ones_like(hour)
    for centre, width, height in (truth.peak_morning, truth.peak_evening, truth.midday_swell):
        factor += height * np.exp(-0.5 * ((hour - centre) / width) ** 2)
    return factor


def drive(truth: Hidden, rounds: Rounds, doors: Doors, luck: Chance) -> Driven:
    """Return what happens when vans leave at `leaves` and take their stops in order."""
    seeds, (routes, stops) = len(luck.route), rounds.order.shape
    clock = np.broadcast_to(rounds.leaves.astype(np.float64), (seeds, routes)).copy()
    shape = (seeds, routes, stops)
    parked, arrived, door, left = (np.zeros(shape) for _ in range(4))
    chance, taken = np.zeros(shape), np.zeros(shape, dtype=bool)
    length = rounds.here.sum(axis=1)
    back = clock.copy()
    for k in range(stops + 1):
        legs = np.rint(rounds.seconds[:, k] * slowness(truth, clock) * luck.route * luck.leg[:, :, k])
        back = np.where(length == k, clock + legs * (length > 0), back)
        if k == stops:
            break
        which = rounds.order[:, k]
        parked[:, :, k] = clock + legs
        arrived[:, :, k] = np.maximum(parked[:, :, k], doors.promises.opens[which])
        rows = np.broadcast_to(which, (seeds, routes))
        chance[:, :, k] = habits.at_second(doors.table, rows, arrived[:, :, k])
        taken[:, :, k] = luck.door[:, :, k] < chance[:, :, k]
        factor = rounds.pace[:, k] * luck.service[:, :, k]
        door[:, :, k] = arrived[:, :, k] + np.rint(doors.walk_s[which] * factor)
        at_door = np.where(taken[:, :, k], doors.hand_s[which], truth.failed_wait_s)
        left[:, :, k] = door[:, :, k] + np.rint(at_door * factor)
        clock = np.where(which >= 0, left[:, :, k], clock)
    whole = [array.astype(np.int64) for array in (parked, arrived, door, left, back)]
    return Driven(whole[0], whole[1], whole[2], whole[3], chance, taken, whole[4])


def lognormal(normal: Floats, sd: float) -> Floats:
    """Return factors with mean one from standard normal numbers."""
    factors: Floats = np.exp(sd * normal - sd**2 / 2)
    return factors
