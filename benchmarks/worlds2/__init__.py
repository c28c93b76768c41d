"""A second family of hidden worlds: a ring town of thresholds, heavy tails and regimes; `docs/worlds.md` tells how.

It judges the learned models, so it was frozen before the first of them was scored on it, and nothing in it is tuned.
"""

from benchmarks.worlds2.making import Settings, ring_town
from benchmarks.worlds2.world import RingTown

__all__ = ["RingTown", "Settings", "ring_town", "worlds"]


def worlds(n: int, seed: int) -> list[RingTown]:
    """Return n ring towns of 90 days and 400 orders a day, with seeds `seed`, `seed` + 1, ..."""
    return [ring_town(seed + i) for i in range(n)]
