"""Days that may come: for each hour what was ordered in it on some past day, as if it were ordered today."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from doorstep.domain.events import Ordered
from doorstep.domain.problem import Problem
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.windows import TimeWindow, left_of

HOUR = 3600


@dataclass(frozen=True, slots=True)
class Waves:
    """How often a wave is decided, from which past days the futures are drawn, and how many of them.

    A past day is all that was ordered on it, at the seconds of that day; a day without orders counts too.
    """

    past: Sequence[Sequence[Ordered]]
    every: Seconds = Seconds(1800)
    futures: int = 10


def sampled(problem: Problem, waves: Waves, seed: int) -> list[list[Ordered]]:
    """Return futures: for each hour from now on what was ordered in it on some past day, drawn anew for each hour.

    Orders can leave with the first wave after they came. What past days do not say of prices is as today's are.
    """
    now, ends = problem.now or 0, max((s.ends for s in problem.shifts), default=Seconds(0))
    if not waves.past:
        return []
    rng = np.random.default_rng([seed, now])
    price, taken = _usual_price(problem), {s.stop_id for s in problem.stops}
    found = []
    for _ in range(waves.futures):
        hours = range(now, max(now + 1, ends), HOUR)
        drawn = [
            (at, waves.past[k]) for at, k in zip(hours, rng.integers(len(waves.past), size=len(hours)), strict=True)
        ]
        came = [order for at, day in drawn for order in day if at < order.at <= at + HOUR]
        found.append([_coming(order, waves.every, now, price) for order in _named(came, taken)])
    return found


def _named(orders: Sequence[Ordered], taken: Collection[str]) -> Iterator[Ordered]:
    """Yield orders with names that nobody else has."""
    known = set(taken)
    for k, order in enumerate(orders):
        name = f"may come {k}"
        while name in known:
            name += "'"
        yield replace(order, stop=replace(order.stop, stop_id=name, order_ids=(name,)))


def _coming(order: Ordered, every: Seconds, now: int, price: Cents | None) -> Ordered:
    """Return a past day's order as one that may come today, for anybody who can bring it."""
    ready = max(order.at, order.stop.release)
    first = now + every * max(1, -(-(ready - now) // every)) + 1
    fetched = any(order.stop.picks) and not any(order.stop.amounts)
    asked = order.stop.windows
    windows = (left_of(asked, order.at) or (TimeWindow(order.at, order.at),)) if fetched else asked
    stop = replace(order.stop, only=frozenset(), windows=windows, release=Seconds(0 if fetched else first))
    return replace(order, stop=stop, unserved=price if order.unserved is None else order.unserved)


def _usual_price(problem: Problem) -> Cents | None:
    """Return what leaving out one of today's stops costs on the median; None where some must be served."""
    prices = [problem.valuation.unserved.get(s.stop_id) for s in problem.stops]
    known = [price for price in prices if price is not None]
    return Cents(round(median(known))) if known and len(known) == len(prices) else None
