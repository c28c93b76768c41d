"""What happens while the day runs and may change the plan. Times are seconds since local midnight, as everywhere."""

from dataclasses import dataclass

from doorstep.domain.places import Place
from doorstep.domain.problem import Stop
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import PriceCurve
from doorstep.domain.windows import TimeWindow


@dataclass(frozen=True, slots=True)
class Ordered:
    """A new order came in: `stop` lies at `place`, its own `location` says nothing yet.

    `curve` and `unserved` are its prices; without `unserved` it must be served.
    """

    at: Seconds
    stop: Stop
    place: Place
    curve: PriceCurve | None = None
    unserved: Cents | None = None


@dataclass(frozen=True, slots=True)
class Cancelled:
    """An order is no longer wanted."""

    at: Seconds
    order_id: str


@dataclass(frozen=True, slots=True)
class Rewindowed:
    """A customer asked for other windows."""

    at: Seconds
    order_id: str
    windows: tuple[TimeWindow, ...]


@dataclass(frozen=True, slots=True)
class FellOut:
    """A shift ends here and now: its driver is ill, or its vehicle is broken.

    What its van has on board can be fetched where it stands, `handover` seconds for each stop.
    """

    at: Seconds
    shift_id: str
    handover: Seconds = Seconds(30)


@dataclass(frozen=True, slots=True)
class ClosedOff:
    """Nobody gets to places within `metres` of `place` until `until`."""

    at: Seconds
    place: Place
    metres: int
    until: Seconds


@dataclass(frozen=True, slots=True)
class Delayed:
    """A van is this much later than its plan says."""

    at: Seconds
    shift_id: str
    seconds: Seconds


@dataclass(frozen=True, slots=True)
class Ticked:
    """Nothing happened; time went by."""

    at: Seconds


Event = Ordered | Cancelled | Rewindowed | FellOut | ClosedOff | Delayed | Ticked
