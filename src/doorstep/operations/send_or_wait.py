"""Orders that come in all day, vans that leave in waves: who goes now, and who waits for better company?

Futures are sampled, and each is planned with all that is open today. An order that goes with the first wave in most of
them goes; one that hardly ever does waits; then the futures are planned again with that decided, until little is left
to decide. After Lan, van Doorn, Wouda, Rijal and Bhulai 2024 (iterative conditional dispatch).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from doorstep.domain.problem import Problem, Stop
from doorstep.operations.search import search

GO, WAIT = 0.55, 0.15
"""Share of futures in which an order goes with the first wave, from which it is sent, and up to which it waits."""

ROUNDS = 3
"""How often the futures are planned; the last decides all that is still open by majority."""


@dataclass(frozen=True, slots=True)
class Later:
    """An order that may come: a stop, and the first wave that could take it."""

    stop: Stop
    wave: int


def whom_to_send(
    today: Problem,
    waves: Sequence[Sequence[str]],
    must: frozenset[str],
    futures: Sequence[Sequence[Later]],
    *,
    seconds: float,
    seed: int,
) -> frozenset[str]:
    """Return the stops of `today` that should leave with the first wave; those that must are among them.

    `waves` are shift ids by wave, the first of which leaves now; stops of `today` could go with any. `seconds` are
    shared by all searches. Without futures, or a second wave, everybody goes.
    """
    everybody = frozenset(s.stop_id for s in today.stops)
    if not futures or len(waves) < 2 or everybody == must:
        return everybody
    each = seconds / (ROUNDS * len(futures))
    sent, waits = set(must), set[str]()
    for number in range(ROUNDS):
        open_ = everybody - sent - waits
        if not open_:
            break
        shares = _shares(today, waves, (sent, waits), futures, each, seed + number)
        last = number == ROUNDS - 1
        sent |= {x for x in open_ if shares.get(x, 0.0) >= (0.5 if last else GO)}
        waits |= {x for x in open_ - sent if last or shares.get(x, 0.0) <= WAIT}
    return frozenset(sent)


def _shares(
    today: Problem,
    waves: Sequence[Sequence[str]],
    decided: tuple[set[str], set[str]],
    futures: Sequence[Sequence[Later]],
    each: float,
    seed: int,
) -> dict[str, float]:
    """Return in which share of the futures each stop goes with the first wave."""
    goes = Counter[str]()
    for k, future in enumerate(futures):
        found = search(imagined(today, waves, decided, future), seconds=each, seed=seed + k, cpu_clock=True)
        first = set(waves[0])
        goes.update(
            x for shift, halts in found.sequences.items() if shift in first for x in halts if isinstance(x, str)
        )
    return {x: count / len(futures) for x, count in goes.items()}


def imagined(
    today: Problem, waves: Sequence[Sequence[str]], decided: tuple[set[str], set[str]], future: Sequence[Later]
) -> Problem:
    """Return today's problem with orders that may come, each bound to the waves that it can go with."""
    from_wave = [frozenset(x for wave in waves[w:] for x in wave) for w in range(len(waves))]
    sent, waits = decided

    def bound(stop: Stop) -> Stop:
        if stop.stop_id in sent:
            return replace(stop, only=frozenset(waves[0]))
        return replace(stop, only=from_wave[1]) if stop.stop_id in waits else stop

    later = tuple(replace(o.stop, only=from_wave[o.wave]) for o in future if o.wave < len(waves))
    return replace(today, stops=(*map(bound, today.stops), *later))
