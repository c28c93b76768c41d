"""What luck makes of a day's chances: outcomes at the doors, tickets, people who stop ordering; what it cost."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.worlds2.company import Company, Today
from benchmarks.worlds2.driving import Driven
from benchmarks.worlds2.orders import Orders
from benchmarks.worlds2.reactions import consequences
from doorstep.town.driving import Rounds
from doorstep.town.sheet import Pay, pay

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

TAKEN_HOW = np.array(["delivered", "neighbour", "safe_place"])
FAILED_HOW = np.array(["nobody", "no_access", "refused", "wrong_address"])
REASONS = {"nobody": "nobody answered", "no_access": "gate closed", "refused": "did not want it",
           "wrong_address": "name not on the bells"}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class OrderLuck:
    """Uniform numbers per order: how it ended, ticket, pause, pause for good and said so, rating; and whether its
    merchant has a bad day (0 or 1)."""  # fmt: skip

    how: Floats
    ticket: Floats
    pause: Floats
    good: Floats
    rating: Floats
    burst: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """A day as it went. Visits in route order: `route`, `seq`, `which` and times; by order: who wrote, who pauses.

    `leaving` are the orders after which somebody stopped for good and said so. `late_s` is 0 or more.
    """

    today: Today
    route: Ints
    seq: Ints
    which: Ints
    planned: Ints
    parked: Ints
    arrived: Ints
    door: Ints
    left: Ints
    taken: Bools
    late_s: Ints
    outcome: list[str]
    failed: Floats
    late_by_order: Floats
    tickets: Ints
    pausing: Ints
    leaving: Ints
    rating: Floats
    leaves: Ints
    back: Ints
    metres: Ints
    strain: Ints
    pay: Pay
    pulse: list[int | None]


def visits(rounds: Rounds) -> tuple[Ints, Ints]:
    """Return (route, position) of every visit, in route order."""
    route, seq = np.nonzero(rounds.here)
    return route.astype(np.int64), seq.astype(np.int64)


def lateness(orders: Orders, which: Ints, arrived: Ints) -> Ints:
    """Return seconds by which somebody rings after the promise, 0 or more."""
    late: Ints = np.maximum(arrived - orders.end[which], 0)
    return late


def strain_of(rounds: Rounds, orders: Orders) -> Ints:
    """Return each route's strain in whole units."""
    strain: Ints = np.where(rounds.here, orders.strain[rounds.order], 0).sum(axis=1)
    return strain


def done(
    company: Company, today: Today, rounds: Rounds, driven: tuple[Driven, int], luck: OrderLuck, planned: Ints
) -> Done:
    """Return the day as it went under the numbered seed of a drive; `planned` follows `visits(rounds)`."""
    went, s = driven
    route, seq = visits(rounds)
    which, pick, n = rounds.order[route, seq], (s, route, seq), len(today.order_ids)
    taken, arrived = went.taken[pick], went.arrived[pick]
    late = lateness(today.orders, which, arrived)
    failed, late_by_order = np.ones(n), np.zeros(n)
    failed[which], late_by_order[which] = ~taken, late
    follows = consequences(company.laws, today.orders, np.arange(n), (failed, late_by_order), luck.burst)
    pausing = luck.pause < follows.pause
    good = TAKEN_HOW[np.searchsorted([0.9, 0.97], luck.how[which])]
    bad = FAILED_HOW[np.searchsorted([0.8, 0.92, 0.97], luck.how[which])]
    paid = pay(company.tariff, today.crew, rounds.here.any(axis=1), went.back[s], rounds.driven_metres)
    return Done(
        today, route, seq, which, planned, went.parked[pick], arrived, went.door[pick], went.left[pick], taken, late,
        np.where(taken, good, bad).tolist(), failed, late_by_order, np.flatnonzero(luck.ticket < follows.ticket),
        np.flatnonzero(pausing), np.flatnonzero(pausing & (luck.good < company.laws.forever_share / 2)), luck.rating,
        rounds.leaves, went.back[s], rounds.driven_metres, strain_of(rounds, today.orders), paid, [],
    )  # fmt: skip
