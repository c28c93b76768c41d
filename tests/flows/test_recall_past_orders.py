"""What was ordered on past days for the same day, from a store."""

from typing import Any

import pytest
from tests.operations.explain.street import at, stop, street, van

from doorstep.adapters.memory_store import MemoryStore
from doorstep.domain.errors import YourInput
from doorstep.domain.facts import Fact
from doorstep.domain.places import Place
from doorstep.domain.windows import TimeWindow
from doorstep.flows.recall_past_orders import past_orders

AT = "2025-12-01T08:00:00+00:00"


def order(number: int, day: str, placed: str, **more: Any) -> Fact:
    body = {"order_id": f"p{number}", "recipient_id": "r1", "depot_id": "d", "due_on": day, "placed_at": placed,
            "weight_g": 3, "volume_ml": 0, **more}  # fmt: skip
    return Fact(f"o{number}", "order", f"p{number}", AT, AT, {k: v for k, v in body.items() if v is not None})


def store(*facts: Fact) -> MemoryStore:
    kept = MemoryStore()
    kept.append("c", [Fact("1", "recipient", "r1", AT, AT, {"recipient_id": "r1"}, "r1", {"lon": -8.5, "lat": 41.1})])
    kept.append("c", facts)
    return kept


def test_past_days_are_told_by_the_orders_that_came_in_on_them() -> None:
    kept = store(
        order(1, "2025-12-30", "2025-12-30T10:00:00+00:00", windows=[["2025-12-30T11:00:00Z", "2025-12-30T13:00:00Z"]]),
        order(2, "2025-12-30", "2025-12-29T22:00:00+00:00"),
        order(3, "2025-12-31", "2025-12-30T22:00:00+00:00"),
        order(4, "2025-12-30", "2025-12-30T10:00:00+00:00", cancelled_at="2025-12-30T10:05:00+00:00"),
        order(5, "2026-01-01", "2026-01-01T10:00:00+00:00"),
        order(6, "2025-10-01", "2025-10-01T10:00:00+00:00"),
        order(7, "2025-12-30", "2025-12-30T12:00:00+00:00", kind="pickup", service_s=90,
              promised_start="2025-12-30T15:00:00Z", promised_end="2025-12-30T16:00:00Z"),
    )  # fmt: skip
    one, other = past_orders(kept, "c", street([stop(1)], [van(0)]))

    assert other == (), "a day on which nothing came"
    assert [(o.stop.stop_id, o.at, o.place) for o in one] == [
        ("p1", at(600), Place(-8.5, 41.1)),
        ("p7", at(720), Place(-8.5, 41.1)),
    ]
    assert one[0].stop.windows == (TimeWindow(at(660), at(780)),)
    assert (one[0].stop.service, one[0].stop.amounts) == (60, (0,)), "as long as at today's doors; load is not weighed"
    assert (one[1].stop.service, one[1].stop.windows) == (90, (TimeWindow(at(900), at(960)),))


def test_a_company_to_which_nobody_orders_on_the_day_is_told_so() -> None:
    kept = store(order(2, "2025-12-30", "2025-12-29T22:00:00+00:00"))

    with pytest.raises(YourInput, match="placed on the day they were due, in the 56 days before 2026-01-01; got none"):
        past_orders(kept, "c", street([stop(1)], [van(0)]))
