"""Send now, or wait for better company: who leaves with the wave that goes now, by what may come today.

Futures are drawn from past days (`operations.dispatch.futures`), and each is planned together with what is open now
(`operations.dispatch.send_or_wait`). Then what goes is put on vans and loaded, and the rest is held until the next
wave.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from doorstep.domain.problem import Problem
from doorstep.domain.units import Seconds
from doorstep.operations.dispatch.effort import Effort
from doorstep.operations.dispatch.futures import Waves, sampled
from doorstep.operations.dispatch.send_or_wait import Settled, Shared, whom_to_send
from doorstep.operations.dispatch.verdicts import Decision, why_at_once
from doorstep.operations.dispatch.waves import Wave, sent_off
from doorstep.operations.progress import RunningDay
from doorstep.operations.search import search


def decide(
    day: RunningDay,
    waves: Waves,
    shared: Shared,
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
    futures = sampled(day.problem, waves, shared.deciding.seed)
    if not futures:
        return day, Decision.of(wave, day, must, {}, 0)
    if known is None:
        found = whom_to_send(wave, futures, shared.deciding)
    else:
        found = Settled(wave.open - known.held, known.shares)
    loaded = _loaded(wave, found.sent | wave.must, shared.sending)
    return loaded, Decision.of(wave, loaded, must, found.shares, len(futures))


def _loaded(wave: Wave, sent: Collection[str], effort: Effort) -> RunningDay:
    """Return the day in which who is sent is loaded, as far as vans leave, and the others are held."""
    waits, day = wave.open - set(sent), wave.day
    together = _without(wave.decided(day.problem, (set(sent), set())), waits)
    start = {x: [halt for halt in halts if halt not in waits] for x, halts in day.sequences.items()}
    best = search(together, seconds=effort.seconds, seed=effort.seed, iterations=effort.iterations, start=start)
    return sent_off(wave, wave.taken(together, best.sequences, best.departures), best.sequences)


def _without(problem: Problem, stops: Collection[str]) -> Problem:
    return replace(
        problem,
        stops=tuple(s for s in problem.stops if s.stop_id not in stops),
        vetoes=tuple(v for v in problem.vetoes if v.stop_id not in stops),
    )
