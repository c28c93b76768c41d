"""Travel times that depend on when you leave, in whole seconds and FIFO by construction."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.errors import YourInput
from doorstep.domain.units import Metres, Seconds


@dataclass(frozen=True, slots=True, eq=False)
class TravelTimes:
    """Legs between all pairs of locations, directed, one matrix per traffic slot.

    `edges` has K strictly rising starts, the first 0; the last slot never ends. `seconds` and `metres`
    have shape (K, n, n), int32, no negative entry, diagonal zero.
    """

    edges: tuple[Seconds, ...]
    seconds: NDArray[np.int32]
    metres: NDArray[np.int32]

    def __post_init__(self) -> None:
        shape = (len(self.edges), *self.seconds.shape[1:2] * 2)
        if self.seconds.shape != shape or self.metres.shape != shape:
            raise YourInput(
                f"Expected matrices of shape {shape} for {len(self.edges)} slots, "
                f"got {self.seconds.shape} seconds and {self.metres.shape} metres."
            )
        if not self.edges or self.edges[0] != 0 or list(self.edges) != sorted(set(self.edges)):
            raise YourInput(f"Expected slot edges that start at 0 and rise, got {self.edges}.")
        if self.seconds.size and (self.seconds.min() < 0 or self.metres.min() < 0):
            raise YourInput("Expected travel seconds and metres of 0 or more, got a negative entry.")

    def slot(self, at: int) -> int:
        """Return the index of the slot in force at a second of the day."""
        return int(np.searchsorted(self.edges, at, side="right")) - 1 if at > 0 else 0

    def arrival(self, start: int, end: int, leaves: int) -> Seconds:
        """Return when a van that leaves `start` at `leaves` reaches `end`.

        What is left of a leg at a slot's edge is stretched by the ratio of the two slots' durations, rounded
        up to whole seconds; later departure never arrives earlier (Ichoua, Gendreau and Potvin 2003).
        """
        k = self.slot(leaves)
        at, left = leaves, int(self.seconds[k, start, end])
        while k + 1 < len(self.edges) and at + left > self.edges[k + 1]:
            here, there = int(self.seconds[k, start, end]), int(self.seconds[k + 1, start, end])
            left -= self.edges[k + 1] - at
            left = -(-left * there // here)
            at, k = self.edges[k + 1], k + 1
        return Seconds(at + left)

    def distance(self, start: int, end: int, leaves: int) -> Metres:
        """Return the metres of the leg a van takes when it leaves at `leaves`."""
        return Metres(int(self.metres[self.slot(leaves), start, end]))


TimesByProfile = Mapping[str, TravelTimes]
