"""Send now, or wait for better company: who leaves with the wave that goes now, by days like today.

Futures are drawn from past days (`operations.futures`), and each is planned together with what is open now
(`operations.send_or_wait`). Then what goes is put on vans and loaded, and the rest is held until the next wave.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from doorstep.domain.events import Ordered
from doorstep.domain.problem import Problem
from doorstep.domain.units import Seconds
from doorstep.operations.futures import Waves, sampled
from doorstep.operations.progress import RunningDay
from doorstep.operations.search import search
from doorstep.operations.send_or_wait import ROUNDS, Decided, Settled, settled
from doorstep.operations.verdicts import Decision, why_at_once
from doorstep.operations.waves import Wave, sent_off, with_orders


@dataclass(frozen=True, slots=True)
class Budget:
    """What deciding may take: seconds for all futures and for the wave itself, or iterations of each search."""

    deciding: float
    sending: float
    seed: int
    iterations: int | None = None


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
    wave = Wave.of(day, Seconds((day.problem.now or 0) + waves.every + 1))
    must = {**(also or {}), **why_at_once(wave)}
    wave = replace(wave, must=frozenset(must))
    futures = sampled(day.problem, waves, budget.seed)
    if not futures:
        return day, Decision.of(wave, day, must, {}, 0)
    found = _settled(wave, futures, budget) if known is None else Settled(wave.open - known.held, known.shares)
    loaded = _loaded(wave, found.sent | wave.must, budget)
    return loaded, Decision.of(wave, loaded, must, found.shares, len(futures))


def _settled(wave: Wave, futures: Sequence[Sequence[Ordered]], budget: Budget) -> Settled:
    if not wave.vans:
        return Settled(wave.must)
    each = replace(budget, deciding=budget.deciding / (ROUNDS * len(futures)))

    def firsts(number: int, decided: Decided) -> list[Collection[str]]:
        numbered = enumerate(futures, budget.seed + number)
        return [_first(wave, decided, future, replace(each, seed=seed)) for seed, future in numbered]

    return settled(wave.open, wave.must, firsts)


def _loaded(wave: Wave, sent: Collection[str], budget: Budget) -> RunningDay:
    """Return the day in which who is sent is loaded, as far as vans leave, and the others are held."""
    waits, day = wave.open - set(sent), wave.day
    together = _without(wave.decided(day.problem, (set(sent), set())), waits)
    start = {x: [halt for halt in halts if halt not in waits] for x, halts in day.sequences.items()}
    best = search(together, seconds=budget.sending, seed=budget.seed, iterations=budget.iterations, start=start)
    return sent_off(wave, wave.taken(together, best.sequences, best.departures), best.sequences)


def _first(wave: Wave, decided: Decided, future: Sequence[Ordered], budget: Budget) -> Collection[str]:
    """Return who goes with the wave in a future, planned with all that comes later.

    Its travel is laid out here and let go: kept for the next round, many futures would fill the memory.
    """
    problem = wave.decided(with_orders(wave.day.problem, future), decided)
    best = search(
        problem, seconds=budget.deciding, seed=budget.seed, iterations=budget.iterations, start=wave.day.sequences,
        cpu_clock=True,
    )  # fmt: skip
    return wave.goes(wave.taken(problem, best.sequences, best.departures))


def _without(problem: Problem, stops: Collection[str]) -> Problem:
    return replace(
        problem,
        stops=tuple(s for s in problem.stops if s.stop_id not in stops),
        vetoes=tuple(v for v in problem.vetoes if v.stop_id not in stops),
    )
