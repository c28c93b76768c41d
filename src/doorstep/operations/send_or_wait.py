"""Orders that come in all day, vans that leave in waves: who goes now, and who waits for better company?

Futures are sampled, and each is planned with all that is open today. An order that goes with the first wave in most of
them goes; one that hardly ever does waits; then the futures are planned again with that decided, until little is left
to decide. After Lan, van Doorn, Wouda, Rijal and Bhulai 2024 (iterative conditional dispatch).
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from doorstep.domain.problem import Halt, Problem, Stop
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


@dataclass(frozen=True, slots=True)
class Settled:
    """Who goes with the wave that leaves now, and in which share of the futures each went that had to be decided.

    A share is that of the round in which it was decided; who must go has none.
    """

    sent: frozenset[str]
    shares: Mapping[str, float] = field(default_factory=dict)


Decided = tuple[set[str], set[str]]
"""Who is sent, and who waits, so far."""


def settled(
    everybody: frozenset[str], must: frozenset[str], firsts: Callable[[int, Decided], Sequence[Collection[str]]]
) -> Settled:
    """Return who goes, decided in rounds; `firsts` plans the futures of a round with what is decided so far.

    It returns for each future whom the first wave takes along.
    """
    sent, waits, told = set(must), set[str](), dict[str, float]()
    for number in range(ROUNDS):
        open_ = everybody - sent - waits
        if not open_:
            break
        went = firsts(number, (sent, waits))
        goes = Counter(x for taken in went for x in taken)
        shares = {x: goes[x] / len(went) for x in open_}
        told |= shares
        last = number == ROUNDS - 1
        sent |= {x for x in open_ if shares[x] >= (0.5 if last else GO)}
        waits |= {x for x in open_ - sent if last or shares[x] <= WAIT}
    return Settled(frozenset(sent), told)


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
    first = frozenset(waves[0])

    def firsts(number: int, decided: Decided) -> list[list[str]]:
        return [
            _first(search(imagined(today, waves, decided, future), seconds=each, seed=seed + number + k, cpu_clock=True)
                   .sequences, first)
            for k, future in enumerate(futures)
        ]  # fmt: skip

    return settled(everybody, must, firsts).sent


def _first(sequences: Mapping[str, Sequence[Halt]], first: Collection[str]) -> list[str]:
    """Return the stops of the shifts that leave first."""
    return [x for shift, halts in sequences.items() if shift in first for x in halts if isinstance(x, str)]


def imagined(today: Problem, waves: Sequence[Sequence[str]], decided: Decided, future: Sequence[Later]) -> Problem:
    """Return today's problem with orders that may come, each bound to the waves that it can go with."""
    from_wave = [frozenset(x for wave in waves[w:] for x in wave) for w in range(len(waves))]
    sent, waits = decided

    def bound(stop: Stop) -> Stop:
        if stop.stop_id in sent:
            return replace(stop, only=frozenset(waves[0]))
        return replace(stop, only=from_wave[1]) if stop.stop_id in waits else stop

    later = tuple(replace(o.stop, only=from_wave[o.wave]) for o in future if o.wave < len(waves))
    return replace(today, stops=(*map(bound, today.stops), *later))
