"""What the benchmark formats share: plain numbers in, a problem out whose cents are the objective's units.

Three conventions, those under which the sets' best known solutions are published. *Whole*: distances as TSPLIB rounds
them. *One decimal*, as the DIMACS challenge has it: coordinates, times and prizes times ten, distances cut to whole
tenths; for time windows on Euclidean coordinates. *Three decimals*: everything but loads and the price of a unit of
distance times a thousand, distances to the nearest; for MDVRPTW, SDVRPTW and HFVRP. A unit of distance costs one cent,
or as many as the vehicle's unit price says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from doorstep.adapters.straight_lines import FlatLines, rounded
from doorstep.adapters.strict_json import LARGEST
from doorstep.domain.errors import YourInput
from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.travel import AskedTimes, TravelTimes
from doorstep.domain.units import Cents, Metres, Seconds
from doorstep.domain.valuation import Rates, Valuation
from doorstep.domain.windows import TimeWindow

MOST_NODES = 100_100
"""Nodes of an instance: those of 100,000 stops, and depots."""

MOST_GIVEN = 10_000
"""Nodes whose matrix is held: 400 MB of legs."""

TENTHS = 10

THOUSANDTHS = 1000


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One vehicle of an instance: where it stands, what it carries and costs, and what bounds its route.

    `cents_per_km` is a thousand times the price of a unit of distance. `serves` names the nodes it may serve (None:
    all). At `reloads` it may fetch more, up to `most_trips` trips. With `longest` (seconds) it leaves when it likes.
    """

    capacities: tuple[int, ...]
    depot: int = 0
    fixed: int = 0
    cents_per_km: int = 1000
    longest: int | None = None
    farthest: int | None = None
    serves: frozenset[int] | None = None
    reloads: tuple[int, ...] = ()
    most_trips: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Benchmark:
    """An instance in whole units. Nodes 0 to `depots` - 1 are depots; `legs` has shape (n, n), in units of distance.

    Between many nodes of a flat map it is the lines themselves, which know the seconds too.

    `windows`, `service`, `demand`, `picks`, `release` hold a whole number (or several) per node; None or empty: the
    format has none. `prizes` by node: who has none must be served. `fleet` is a list of vehicles, or one vehicle of
    which there are `vehicles`; None: as many as could ever help. `seconds` None: a leg lasts as long as it is.
    `forbidden` marks legs that nobody may drive.
    """

    name: str
    ids: tuple[str, ...]
    legs: NDArray[np.int32] | FlatLines
    fleet: Vehicle | tuple[Vehicle, ...]
    vehicles: int | None
    demand: tuple[tuple[int, ...], ...]
    service: tuple[int, ...]
    windows: tuple[tuple[int, int], ...] | None = None
    prizes: Mapping[int, int] = field(default_factory=dict)
    depots: int = 1
    picks: tuple[tuple[int, ...], ...] | None = None
    release: tuple[int, ...] | None = None
    seconds: NDArray[np.int32] | None = None
    forbidden: NDArray[np.bool_] | None = None

    def problem(self) -> Problem:
        """Return the planning question: distance is what counts, and every unit of it is a cent."""
        vehicles = self.fleet if isinstance(self.fleet, tuple) else (self.fleet,) * self._fleet(self.fleet)
        circles = _circles(vehicles, len(self.ids))
        horizon = self._horizon()
        shifts = tuple(self._shift(k, v, circles, horizon) for k, v in enumerate(vehicles, 1))
        return Problem(
            company=self.name,
            depot_id=self.ids[0],
            day="1970-01-01",
            timezone="UTC",
            currency="XXX",
            dimensions=self._dimensions(),
            places=(None,) * len(self.ids),
            stops=tuple(self._stop(node, circles) for node in range(self.depots, len(self.ids))),
            shifts=shifts,
            times={"car": self._times(self.legs, horizon)},
            valuation=Valuation(
                objective="distance",
                valued_by=("one cent per unit of distance",),
                curves={},
                unserved={self.ids[node]: Cents(prize) for node, prize in self.prizes.items() if node >= self.depots},
                rates={
                    shift.shift_id: Rates(cents_per_km=v.cents_per_km, fixed_cents=v.fixed)
                    for shift, v in zip(shifts, vehicles, strict=True)
                },
            ),
        )

    def _times(self, legs: NDArray[np.int32] | FlatLines, horizon: int) -> TravelTimes:
        if isinstance(legs, FlatLines):
            return AskedTimes(legs, range(len(self.ids)))
        seconds = legs if self.seconds is None else self.seconds
        if self.forbidden is not None:
            longest = horizon if self.windows is None else max(closes for _, closes in self.windows)
            seconds = np.where(self.forbidden, np.int32(min(longest, LARGEST) + 1), seconds)
        return TravelTimes((Seconds(0),), seconds[None], legs[None])

    def _dimensions(self) -> tuple[str, ...]:
        many = len(self.demand[0]) if self.demand else 0
        return ("demand",) if many == 1 else tuple(f"demand {k}" for k in range(1, many + 1))

    def _fleet(self, vehicle: Vehicle) -> int:
        """Return how many vehicles there are, or, where that is free, how many an optimum can need.

        Two routes that fit one vehicle together are never cheaper apart (where a detour is never a short cut), so
        any two routes of an optimum exceed one capacity. With windows nothing of the kind holds: one per customer.
        """
        customers = len(self.ids) - self.depots
        if self.vehicles is not None:
            return min(self.vehicles, customers)
        plain = self.windows is None and self.picks is None and vehicle.longest is None and vehicle.farthest is None
        if not plain or len(vehicle.capacities) != 1 or not vehicle.capacities[0]:
            return customers
        return min(customers, 2 * sum(load for (load,) in self.demand) // vehicle.capacities[0] + 1)

    def _stop(self, node: int, circles: Mapping[int, frozenset[str]]) -> Stop:
        opens, closes = (None, None) if self.windows is None else self.windows[node]
        return Stop(
            stop_id=self.ids[node],
            order_ids=(self.ids[node],),
            location=node,
            windows=() if opens is None or closes is None else (TimeWindow(Seconds(opens), Seconds(closes)),),
            service=Seconds(self.service[node]),
            amounts=self.demand[node],
            needs=circles.get(node, frozenset()),
            picks=() if self.picks is None or not any(self.picks[node]) else self.picks[node],
            release=Seconds(0 if self.release is None else self.release[node]),
        )

    def _shift(self, k: int, vehicle: Vehicle, circles: Mapping[int, frozenset[str]], horizon: int) -> PlannedShift:
        starts, ends = (0, horizon) if self.windows is None else self.windows[vehicle.depot]
        served = circles.keys() if vehicle.serves is None else circles.keys() & vehicle.serves
        return PlannedShift(
            shift_id=str(k),
            vehicle_id=str(k),
            driver_id=None,
            starts=Seconds(starts),
            ends=Seconds(ends),
            start=vehicle.depot,
            end=vehicle.depot,
            capacities=vehicle.capacities,
            offers=frozenset().union(*(circles[node] for node in served)),
            free_departure=vehicle.longest is not None,
            max_seconds=None if vehicle.longest is None else Seconds(vehicle.longest),
            max_metres=None if vehicle.farthest is None else Metres(vehicle.farthest),
            reloads=vehicle.reloads,
            max_trips=vehicle.most_trips,
        )

    def _horizon(self) -> int:
        """Return a time by which any route over all nodes is back."""
        if isinstance(self.legs, FlatLines):
            return min(LARGEST, len(self.ids) * self.legs.longest()[0] + sum(self.service))
        legs = self.legs if self.seconds is None else self.seconds
        return min(LARGEST, int(legs.max(axis=1, initial=0).astype(np.int64).sum()) + sum(self.service))


def _circles(vehicles: tuple[Vehicle, ...], nodes: int) -> dict[int, frozenset[str]]:
    """Return the skill that each node needs where not everybody may serve it: to belong to its circle of vehicles."""
    alike = [served for served in dict.fromkeys(v.serves for v in vehicles) if served is not None]
    if not alike:
        return {}
    members = {node: tuple(k for k, served in enumerate(alike, 1) if node in served) for node in range(nodes)}
    everyone = tuple(range(1, len(alike) + 1))
    return {
        node: frozenset({f"group {'+'.join(map(str, k)) or 'none'}"}) for node, k in members.items() if k != everyone
    }


def flat_legs(xy: NDArray[np.float64], *, scale: int, rounding: str, seconds_scale: int) -> FlatLines:
    """Return the lines between many points, to be asked for: distances times `scale`, seconds by a scale of theirs."""
    _refuse_far(xy, scale)
    return FlatLines(xy, scale, rounding, seconds_scale)


def _refuse_far(xy: NDArray[np.float64], scale: int) -> None:
    size = float(np.ptp(xy, axis=0).max(initial=0)) * scale
    most = LARGEST * 2 // 3  # a diagonal is at most 1.42 times as long
    if size > most:
        raise YourInput(f"Expected coordinates that span at most {most:,} units, got {size:,.0f}; change their unit.")


def euclidean(xy: NDArray[np.float64], *, scale: int, rounding: str) -> NDArray[np.int32]:
    """Return distances between all points, shape (n, n), times `scale`, then rounded: nearest, up or down."""
    _refuse_far(xy, scale)
    legs = np.empty((len(xy), len(xy)), np.int32)
    for k, point in enumerate(xy):
        # Row by row: the whole in floating point would need four times the memory of the answer.
        dx, dy = (xy - point).T
        exact = scale * np.sqrt(dx * dx + dy * dy)
        legs[k] = rounded(exact, rounding)
    return legs
