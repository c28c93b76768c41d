"""Futures are drawn from past days: what came later than now, ready for the first wave after it came."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tests.operations.explain.street import at, stop, street, van

from doorstep.domain.events import Ordered
from doorstep.domain.places import Place
from doorstep.operations.dispatch.futures import Waves, sampled


def came(minute: int, k: int, **more: Any) -> Ordered:
    """Return an order of a past day at place k."""
    return Ordered(at(minute), stop(k, **more), Place(-8.6 + 0.012 * k, 41.1))


def futures(day: Sequence[Ordered], now: int) -> list[list[Ordered]]:
    """Return what may come on a day like one other, which is decided every half hour."""
    return sampled(replace(street([stop(10)], [van(0)]), now=at(now)), Waves([day], at(30), futures=2), 1)


def test_a_past_day_s_order_counts_only_if_it_came_later_than_now() -> None:
    drawn = futures([came(59, 1), came(61, 2), came(125, 3)], now=60)

    assert [[(o.stop.location, o.stop.release) for o in orders] for orders in drawn] == [
        [(2, at(90) + 1), (3, at(150) + 1)]
    ] * 2


def test_what_is_fetched_at_a_door_is_there_from_the_second_it_was_ordered() -> None:
    fetched = {"amounts": (0,), "picks": (1,)}
    day = [came(61, 1, windows=[(0, 90)], **fetched), came(62, 2, windows=[(0, 50)], **fetched), came(63, 3, **fetched)]
    spans = [[(w.opens, w.closes) for w in order.stop.windows] for order in futures(day, now=60)[0]]

    assert spans[:2] == [[(at(61), at(90))], [(at(62), at(62))]]
    assert spans[2][0][0] == at(63)
