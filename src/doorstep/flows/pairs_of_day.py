"""What an order is on its day: brought from the depot, fetched to it, or half of a pair from door to door."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Body = Mapping[str, Any]

ROLES: Mapping[tuple[str, str], str] = {
    ("pickup", "delivery"): "pickup",
    ("pickup", "pair"): "pickup",
    ("pair", "delivery"): "pickup",
    ("delivery", "pickup"): "delivery",
    ("delivery", "pair"): "delivery",
    ("pair", "pickup"): "delivery",
}
"""Which half an order is, by its own kind and its partner's; of two of a kind nobody can tell."""


@dataclass(frozen=True, slots=True)
class Role:
    """`kind` is delivery or pickup; with a `pair_id` the other half is planned beside it."""

    kind: str
    pair_id: str = ""


def role(order: Body, told: Sequence[Body], taken: Collection[str]) -> Role | None:
    """Return what an order is planned as; None: it can't be, since its other half is missing or nobody can tell which.

    `told` are all orders with its pair_id, cancelled ones too; `taken` names those that somebody took before the day.
    Where a half lies at another day, the goods are at the depot between the two.
    """
    others = [body for body in told if body["order_id"] != order["order_id"]]
    own = order.get("kind", "delivery")
    if not others:
        return None if own == "pair" else Role(own)
    other, kind = others[0], ROLES.get((own, others[0].get("kind", "delivery")))
    if len(others) > 1 or kind is None or "cancelled_at" in other:
        return None
    if other["order_id"] in taken:
        return Role(kind) if kind == "delivery" else None
    if other["due_on"] == order["due_on"]:
        return Role(kind, order["pair_id"]) if other["depot_id"] == order["depot_id"] else None
    fetched_first = (order["due_on"] < other["due_on"]) == (kind == "pickup")
    return Role(kind) if fetched_first else None
