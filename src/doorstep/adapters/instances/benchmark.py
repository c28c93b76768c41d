"""What the benchmark formats share: plain numbers in, a problem out whose cents are the objective's units.

Two conventions. *One decimal*, as the DIMACS challenge has it: coordinates, times and prizes times ten, distances
cut to whole tenths; for problems with time windows on Euclidean coordinates. *Whole*: distances as TSPLIB rounds
them; for everything else. A unit of distance costs one cent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from doorstep.adapters.strict_json import LARGEST
from doorstep.domain.errors import YourInput
from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import Rates, Valuation
from doorstep.domain.windows import TimeWindow

MOST_NODES = 10_000
"""Nodes whose matrix is held: 400 MB of legs."""

TENTHS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Benchmark:
    """An instance in whole units. Node 0 is the depot; `legs` has shape (n, n), seconds and metres at once.

    `windows`, `service`, `demand`, `prizes` hold one whole number (or pair) per node; None: the format has none.
    `vehicles` None: as many as could ever help.
    """

    name: str
    ids: tuple[str, ...]
    legs: NDArray[np.int32]
    vehicles: int | None
    capacity: int | None
    demand: tuple[int, ...]
    service: tuple[int, ...]
    windows: tuple[tuple[int, int], ...] | None = None
    prizes: Mapping[int, int] = field(default_factory=dict)

    def problem(self) -> Problem:
        """Return the planning question: distance is what counts, and every unit of it is a cent."""
        shifts = tuple(self._shift(k + 1) for k in range(self._fleet()))
        stops = tuple(self._stop(node) for node in range(1, len(self.ids)))
        return Problem(
            company=self.name,
            depot_id=self.ids[0],
            day="1970-01-01",
            timezone="UTC",
            currency="XXX",
            dimensions=() if self.capacity is None else ("demand",),
            places=(None,) * len(self.ids),
            stops=stops,
            shifts=shifts,
            times={"car": TravelTimes((Seconds(0),), self.legs[None], self.legs[None])},
            valuation=Valuation(
                objective="distance",
                valued_by=("one cent per unit of distance",),
                curves={},
                unserved={self.ids[node]: Cents(prize) for node, prize in self.prizes.items() if node},
                rates={shift.shift_id: Rates(cents_per_km=1000) for shift in shifts},
            ),
        )

    def _fleet(self) -> int:
        """Return how many vehicles there are, or, where that is free, how many an optimum can need.

        Two routes that fit one vehicle together are never cheaper apart (where a detour is never a short cut), so
        any two routes of an optimum exceed one capacity. With windows nothing of the kind holds: one per customer.
        """
        customers = len(self.ids) - 1
        if self.vehicles is not None:
            return min(self.vehicles, customers)
        if self.windows is not None or not self.capacity:
            return customers
        return min(customers, 2 * sum(self.demand) // self.capacity + 1)

    def _stop(self, node: int) -> Stop:
        opens, closes = (None, None) if self.windows is None else self.windows[node]
        return Stop(
            stop_id=self.ids[node],
            order_ids=(self.ids[node],),
            location=node,
            windows=() if opens is None or closes is None else (TimeWindow(Seconds(opens), Seconds(closes)),),
            service=Seconds(self.service[node]),
            amounts=() if self.capacity is None else (self.demand[node],),
        )

    def _shift(self, k: int) -> PlannedShift:
        starts, ends = (0, self._horizon()) if self.windows is None else self.windows[0]
        capacities = () if self.capacity is None else (self.capacity,)
        return PlannedShift(str(k), str(k), None, Seconds(starts), Seconds(ends), 0, 0, capacities)

    def _horizon(self) -> int:
        """Return a time by which any route over all nodes is back."""
        return min(LARGEST, int(self.legs.max(axis=1, initial=0).astype(np.int64).sum()) + sum(self.service))


def euclidean(xy: NDArray[np.float64], *, scale: int, rounding: str) -> NDArray[np.int32]:
    """Return distances between all points, shape (n, n), times `scale`, then rounded: nearest, up or down."""
    size = float(np.ptp(xy, axis=0).max(initial=0)) * scale
    most = LARGEST * 2 // 3  # a diagonal is at most 1.42 times as long
    if size > most:
        raise YourInput(f"Expected coordinates that span at most {most:,} units, got {size:,.0f}; change their unit.")
    legs = np.empty((len(xy), len(xy)), np.int32)
    for k, point in enumerate(xy):
        # Row by row: the whole in floating point would need four times the memory of the answer.
        dx, dy = (xy - point).T
        exact = scale * np.sqrt(dx * dx + dy * dy)
        legs[k] = {"nearest": np.floor(exact + 0.5), "up": np.ceil(exact), "down": np.floor(exact)}[rounding]
    return legs
