"""A night of planning on paper: which depot is planned when, on how many processors, and what a lost node costs.

The order is the one that real runs use. The simulation knows nothing of routes: a depot is so many processor seconds,
there from the moment its orders are closed, due when its vans are loaded.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from doorstep.domain.units import Seconds

NEVER = float(1 << 40)


@dataclass(frozen=True, slots=True)
class Work:
    """One depot's planning. Seconds are of the night's own clock."""

    depot_id: str
    cpu_seconds: float
    ready_at: Seconds
    due_at: Seconds


@dataclass(frozen=True, slots=True)
class Cluster:
    """Machines alike. `lost` says when a node dies, by node; its work under way is lost with it, and it stays away."""

    nodes: int
    cores: int
    lost: Mapping[int, Seconds]


@dataclass(frozen=True, slots=True)
class Night:
    """What came of it. `finished` by depot, once each; `late` depots were not done when due; `tries` counts starts."""

    finished: Mapping[str, float]
    late: tuple[str, ...]
    tries: int
    busy: float

    @property
    def ended(self) -> float:
        """Return when the last depot was done."""
        return max(self.finished.values(), default=0.0)


def in_order(work: Sequence[Work]) -> list[Work]:
    """Return the depots in the order they are begun: the earliest due first, of those the largest.

    Earliest due date keeps the greatest lateness lowest on one machine (Jackson 1955); among equals the longest first
    leaves the least idle at the end (Graham 1969).
    """
    return sorted(work, key=lambda w: (w.due_at, -w.cpu_seconds, w.depot_id))


def simulate(work: Sequence[Work], cluster: Cluster, seed: int, spread: float = 0.1) -> Night:
    """Return how the night goes when every depot takes its seconds, give or take `spread` of them (lognormal).

    Work that a lost node had under way is begun again elsewhere. Raises ValueError when no node is left for it.
    """
    rng = np.random.default_rng(seed)
    takes = {w.depot_id: w.cpu_seconds * float(np.exp(rng.normal(0, spread))) for w in work}
    free = [(0.0, node, core) for node in range(cluster.nodes) for core in range(cluster.cores)]
    heapq.heapify(free)
    waiting, finished, tries, busy = in_order(work), dict[str, float](), 0, 0.0
    while waiting:
        if not free:
            raise ValueError(f"Expected a node for the last {len(waiting)} depots, but all {cluster.nodes} are lost.")
        at, node, core = heapq.heappop(free)
        dies = float(cluster.lost.get(node, NEVER))
        begun = next((w for w in waiting if w.ready_at <= at), None)
        if at >= dies:
            continue
        if begun is None:
            heapq.heappush(free, (min(float(w.ready_at) for w in waiting), node, core))
            continue
        waiting.remove(begun)
        tries += 1
        ends = at + takes[begun.depot_id]
        busy += min(ends, dies) - at
        if ends <= dies:
            finished[begun.depot_id] = ends
            heapq.heappush(free, (ends, node, core))
        else:
            waiting.insert(0, replace(begun, ready_at=Seconds(int(dies) + 1)))  # nobody knows before it is lost
    late = tuple(w.depot_id for w in work if finished[w.depot_id] > w.due_at)
    ended = max(finished.values(), default=0.0)
    return Night(finished, late, tries, busy / max(1e-9, ended * cluster.nodes * cluster.cores))
