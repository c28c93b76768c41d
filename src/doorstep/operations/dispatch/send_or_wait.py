"""Orders that come in all day, vans that leave in waves: who goes now, and who waits for better company?

Futures are sampled, and each is planned with all that is open today. An order that goes with the first wave in most of
them goes; one that hardly ever does waits; then the futures are planned again with that decided, until little is left
to decide. After Lan, van Doorn, Wouda, Rijal and Bhulai 2024 (iterative conditional dispatch).
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from doorstep.domain.events import Ordered
from doorstep.operations.dispatch.effort import Effort
from doorstep.operations.dispatch.waves import Decided, Wave, with_orders
from doorstep.operations.search import search

GO, WAIT = 0.55, 0.15
"""Share of futures in which an order goes with the first wave, from which it is sent, and up to which it waits."""

ROUNDS = 3
"""How often the futures are planned; the last decides all that is still open by majority."""


DECIDING, SENDING = 0.5, 0.25
"""Parts of the seconds that go into futures, and into the wave that leaves, where somebody is to wait."""


@dataclass(frozen=True, slots=True)
class Shared:
    """How long to search where somebody is to wait: for who goes, for the wave that leaves, for ways to go on."""

    deciding: Effort
    sending: Effort
    going_on: Effort

    @classmethod
    def of(cls, effort: Effort) -> "Shared":
        """Return an effort shared out."""
        return cls(effort.part(DECIDING), effort.part(SENDING), effort.part(1 - DECIDING - SENDING))


@dataclass(frozen=True, slots=True)
class Settled:
    """Who goes with the wave that leaves now, and in which share of the futures each went that had to be decided.

    A share is that of the round in which it was decided; who must go has none.
    """

    sent: frozenset[str]
    shares: Mapping[str, float] = field(default_factory=dict)


def whom_to_send(wave: Wave, futures: Sequence[Sequence[Ordered]], effort: Effort) -> Settled:
    """Return who goes with a wave by what may come, each future planned with all that is open now.

    Where no van could leave only those go that must. The travel of a future is laid out and let go: kept for the next
    round, many futures would fill the memory.
    """
    if not wave.vans or not futures:
        return Settled(wave.must)
    each = effort.seconds / (ROUNDS * len(futures))

    def first(decided: Decided, future: Sequence[Ordered], seed: int) -> Collection[str]:
        problem = wave.decided(with_orders(wave.day.problem, future), decided)
        best = search(
            problem, seconds=each, seed=seed, iterations=effort.iterations, start=wave.day.sequences, cpu_clock=True
        )
        return wave.goes(wave.taken(problem, best.sequences, best.departures))

    def firsts(number: int, decided: Decided) -> list[Collection[str]]:
        return [first(decided, future, seed) for seed, future in enumerate(futures, effort.seed + number)]

    return settled(wave.open, wave.must, firsts)


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
