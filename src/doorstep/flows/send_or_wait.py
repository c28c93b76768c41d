"""Send now, or wait for better company: who leaves with the wave that goes now, by days like today.

Futures are drawn hour by hour from the orders of past days, and each is planned together with what is open now
(`operations.send_or_wait`). Then what goes is put on vans and loaded, and the rest is held until the next wave.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

import numpy as np

from doorstep.domain.events import Ordered
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Problem
from doorstep.domain.units import Cents, Seconds, clock
from doorstep.domain.windows import TimeWindow, left_of
from doorstep.operations.progress import RunningDay
from doorstep.operations.search import search
from doorstep.operations.send_or_wait import ROUNDS, Decided, Settled, settled
from doorstep.operations.waves import Wave, departures, sent_off, with_orders

HOUR = 3600

UNKNOWN = "nobody knows what may come"
"""Why an order goes where there are no past days."""


@dataclass(frozen=True, slots=True)
class Waves:
    """How often a wave is decided, from which past days the futures are drawn, and how many of them.

    A past day is all that was ordered on it, at the seconds of that day; a day without orders counts too.
    """

    past: Sequence[Sequence[Ordered]]
    every: Seconds = Seconds(1800)
    futures: int = 10


@dataclass(frozen=True, slots=True)
class Budget:
    """What deciding may take: seconds for all futures and for the wave itself, or iterations of each search."""

    deciding: float
    sending: float
    seed: int
    iterations: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided of a stop: whether it leaves before the next wave, in which share of the futures, and why.

    `leaves` is when its trip does; None where it stays out.
    """

    stop_id: str
    order_ids: tuple[str, ...]
    goes: bool
    leaves: Seconds | None
    share: float | None
    must: bool
    why: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Who could leave with the wave that goes now, and what was found: `next` is when the next is decided.

    `must` are those that could not wait, and why; `shares` say in which part of the futures others went; `held` are
    those that nobody may load until then, `loaded` the vans that leave.
    """

    next: Seconds
    open: Mapping[str, tuple[str, ...]]
    must: Mapping[str, str]
    held: frozenset[str] = frozenset()
    loaded: frozenset[str] = frozenset()
    shares: Mapping[str, float] = field(default_factory=dict)
    futures: int = 0

    def verdicts(self, plan: Plan) -> tuple[Verdict, ...]:
        """Return what a plan makes of it, who goes first."""
        leaves = departures(plan)
        rows = [self._verdict(x, leaves.get(x)) for x in self.open]
        return tuple(sorted(rows, key=lambda row: (not row.goes, row.stop_id)))

    def _verdict(self, stop_id: str, leaves: Seconds | None) -> Verdict:
        goes = leaves is not None and leaves <= self.next
        why = self._why(stop_id, leaves)
        return Verdict(stop_id, self.open[stop_id], goes, leaves, self.shares.get(stop_id), stop_id in self.must, why)

    def _why(self, stop_id: str, leaves: Seconds | None) -> str:
        share, goes = self.shares.get(stop_id), leaves is not None and leaves <= self.next
        if leaves is None:
            return "no van takes it"
        if goes and stop_id in self.must:
            return self.must[stop_id]
        alone = f"no van leaves with it by {clock(self.next)}"
        if share is None:
            return UNKNOWN if goes else alone
        went = f"it went with this wave in {round(share * self.futures)} of {self.futures} days like today"
        return went if goes or stop_id in self.held else f"{went}, but {alone}"


def decide(
    day: RunningDay,
    waves: Waves,
    budget: Budget,
    *,
    also: Mapping[str, str] | None = None,
    known: Decision | None = None,
) -> tuple[RunningDay, Decision]:
    """Return the day with the wave that leaves now loaded and the others held, and what was decided.

    Without past days nobody is held and nothing is loaded. `also` must go too, for reasons of their own, with those
    who went by what is `known` already.
    """
    now = day.problem.now or Seconds(0)
    then = Seconds(now + waves.every)
    wave = Wave.of(day, Seconds(then + 1))
    late = f"if it waited until {clock(then)}, nobody could serve it any more"
    must = {**(also or {}), **dict.fromkeys(wave.must, late)}
    wave = replace(wave, must=frozenset(must))
    opened = {s.stop_id: s.order_ids for s in day.problem.stops if s.stop_id in wave.open}
    futures = sampled(day.problem, waves, budget.seed)
    if not futures:
        return day, Decision(then, opened, must)
    found = _settled(wave, futures, budget) if known is None else Settled(wave.open - known.held, known.shares)
    loaded = _loaded(wave, found.sent | wave.must, budget)
    release = {s.stop_id: s.release for s in loaded.problem.stops}
    held = frozenset(x for x in wave.open if release[x] >= wave.ends)
    vans = frozenset(x for x, van in wave.vans.items() if van.loaded_at is None) & {
        s.shift_id for s in loaded.problem.shifts if s.loaded_at is not None
    }
    return loaded, Decision(then, opened, must, held, vans, found.shares, len(futures))


def _settled(wave: Wave, futures: Sequence[Sequence[Ordered]], budget: Budget) -> Settled:
    if not wave.vans:
        return Settled(wave.must)
    laid = [with_orders(wave.day.problem, future) for future in futures]
    return settled(wave.open, wave.must, lambda n, by: _firsts(wave, by, laid, (budget, n)))


def _loaded(wave: Wave, sent: Collection[str], budget: Budget) -> RunningDay:
    """Return the day in which who is sent is loaded, as far as vans leave, and the others are held."""
    waits, day = wave.open - set(sent), wave.day
    together = _without(wave.decided(day.problem, (set(sent), set())), waits)
    start = {x: [halt for halt in halts if halt not in waits] for x, halts in day.sequences.items()}
    best = search(together, seconds=budget.sending, seed=budget.seed, iterations=budget.iterations, start=start)
    return sent_off(wave, wave.taken(together, best.sequences, best.departures), best.sequences)


def _firsts(wave: Wave, decided: Decided, futures: Sequence[Problem], how: tuple[Budget, int]) -> list[Collection[str]]:
    """Return for each future who goes with the wave, planned with all that comes later."""
    budget, number = how
    each = budget.deciding / (ROUNDS * len(futures))
    found: list[Collection[str]] = []
    for k, future in enumerate(futures):
        problem = wave.decided(future, decided)
        best = search(
            problem, seconds=each, seed=budget.seed + number + k, iterations=budget.iterations,
            start=wave.day.sequences, cpu_clock=True,
        )  # fmt: skip
        found.append(wave.goes(wave.taken(problem, best.sequences, best.departures)))
    return found


def _without(problem: Problem, stops: Collection[str]) -> Problem:
    return replace(
        problem,
        stops=tuple(s for s in problem.stops if s.stop_id not in stops),
        vetoes=tuple(v for v in problem.vetoes if v.stop_id not in stops),
    )


# Futures


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
