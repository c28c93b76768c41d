"""What customers ask us to bring or to fetch, at whose door, and for which merchant."""

from dataclasses import dataclass

from doorstep.domain.places import Place
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.windows import TimeWindow


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who opens a door. `kind` is house, flat or business; the name lives elsewhere."""

    recipient_id: str
    place: Place
    kind: str = "house"
    postcode: str = ""
    floor: int = 0
    lift: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """What a customer asked us to bring (or to fetch: `kind` pickup) on one day, with promise and revenue.

    `windows` are hard; `promise` is what the recipient was told (None: that day). Amounts in grams and ml, and in units
    of the company's own by name. From `ready` on the goods can leave where they are. Two orders with the same `pair_id`
    are one thing, fetched at the one's door and brought to the other's; empty: its goods begin or end at the depot.
    Only `drivers` may come (none: all). Where not all can be served, a lower `priority` stays out first.
    """

    order_id: str
    recipient_id: str
    merchant_id: str | None
    depot_id: str
    due_on: str
    windows: tuple[TimeWindow, ...]
    promise: TimeWindow | None
    weight_g: int
    volume_ml: int
    service: Seconds | None
    needs: frozenset[str]
    revenue: Cents
    kind: str = "delivery"
    pair_id: str = ""
    ready: Seconds = Seconds(0)
    own_amounts: tuple[tuple[str, int], ...] = ()
    drivers: frozenset[str] = frozenset()
    priority: int = 0
