"""Which depots of a company have work on a day: what a night of planning is made of."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields

from doorstep.domain.errors import YourInput
from doorstep.domain.fleet import Shift
from doorstep.domain.orders import Order
from doorstep.domain.units import Seconds
from doorstep.flows import nouns
from doorstep.flows.ports import Store


@dataclass(frozen=True, slots=True)
class DepotDue:
    """A depot with so many orders due, whose first shift begins at `due_at`: its plan must be there by then.

    `digest` is another one when its orders or shifts are.
    """

    depot_id: str
    orders: int
    due_at: Seconds
    digest: str


def depots_due(store: Store, company: str, day: str) -> tuple[DepotDue, ...]:
    """Return the depots with orders due on a day, by id; raises YourInput where there is none."""
    work: dict[str, list[Order]] = defaultdict(list)
    for order in nouns.due(store, company, day).orders:
        work[order.depot_id].append(order)
    if not work:
        raise YourInput(
            f"Expected orders due on {day}, found none that is open; import orders.csv with that due_on, or name "
            "another day."
        )
    shifts = nouns.shifts_of(store, company, day)
    return tuple(_due(depot, work[depot], [s for s in shifts if s.depot_id == depot]) for depot in sorted(work))


def _due(depot: str, orders: Sequence[Order], shifts: Sequence[Shift]) -> DepotDue:
    facts: list[Order | Shift] = [*orders, *shifts]
    said = "\n".join(sorted(repr(_plain(each)) for each in facts))
    begins = min((shift.starts for shift in shifts), default=Seconds(0))
    return DepotDue(depot, len(orders), begins, hashlib.sha256(said.encode()).hexdigest())


def _plain(each: Order | Shift) -> list[tuple[str, object]]:
    """Return the fields with sets in order: what is equal is told alike."""
    values = ((one.name, getattr(each, one.name)) for one in fields(each))
    return [(name, sorted(value) if isinstance(value, frozenset) else value) for name, value in values]
