"""One planning question: stops, shifts, travel times and the valuation that prices any answer."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from doorstep.domain.places import Place
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Seconds
from doorstep.domain.valuation import Valuation
from doorstep.domain.windows import TimeWindow


@dataclass(frozen=True, slots=True)
class Stop:
    """A place where a vehicle halts once, for one or more orders.

    `location` is its row in the matrices. Service starts inside one of `windows` (sorted, apart; none: any
    time); an early van waits. `amounts` follow the problem's `dimensions` and are taken on board at the depot.
    `needs` are skills that the shift must offer. `strain` is the burden of stairs and parking, in units.
    """

    stop_id: str
    order_ids: tuple[str, ...]
    location: int
    windows: tuple[TimeWindow, ...]
    service: Seconds
    amounts: tuple[int, ...]
    needs: frozenset[str] = frozenset()
    strain: int = 0


@dataclass(frozen=True, slots=True)
class PlannedShift:
    """A driver, a vehicle and a span of time that may become one route.

    Leaves `start` no earlier than `starts`, is back at `end` no later than `ends`. `capacities` follow the
    problem's `dimensions`. `max_stops` counts stops; `profile` picks the matrices.
    """

    shift_id: str
    vehicle_id: str
    driver_id: str | None
    starts: Seconds
    ends: Seconds
    start: int
    end: int
    capacities: tuple[int, ...]
    offers: frozenset[str] = frozenset()
    max_stops: int | None = None
    profile: str = "car"


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Everything the search and the checker may look at, and nothing else.

    `places[i]` is where matrix row i lies (None where an instance has no coordinates). Times are seconds
    since local midnight of `day` in `timezone`.
    """

    company: str
    depot_id: str
    day: str
    timezone: str
    currency: str
    dimensions: tuple[str, ...]
    places: tuple[Place | None, ...]
    stops: tuple[Stop, ...]
    shifts: tuple[PlannedShift, ...]
    times: Mapping[str, TravelTimes]
    valuation: Valuation

    def valued(self, valuation: Valuation) -> "Problem":
        """Return the same question under other prices."""
        return replace(self, valuation=valuation)
