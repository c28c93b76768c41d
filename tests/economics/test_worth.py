import json
from typing import Any

import numpy as np

from doorstep.economics import worth

DAY = 86_400.0


def placed(counts, days=90, cents=900.0) -> Any:
    names = np.repeat([f"r{k}" for k in range(len(counts))], counts).astype(object)
    instant = np.linspace(0, days * DAY, len(names))
    return {"recipient_id": names, "instant": instant, "revenue_cents": np.full(len(names), cents)}


def books(cents) -> Any:
    return {"account": np.array(["wages", "support", "marketing"], dtype=object), "cents": np.array([cents, 1e9, 1e9])}


def test_a_recipient_is_worth_margin_times_the_orders_of_a_year():
    rng = np.random.default_rng(1)
    counts = rng.poisson(rng.gamma(2.0, 5.0, 400))
    found = worth.learn(placed(counts), books(500.0 * counts.sum()))
    yearly = counts.mean() * 365 / 90 * 400

    assert round(found.margin_per_order) == 400
    assert abs(np.mean(list(found.cents.values())) / yearly - 1) < 0.1
    assert max(found.cents.values()) < 240_000


def test_one_order_is_not_a_habit_and_strangers_get_what_is_usual():
    rng = np.random.default_rng(2)
    counts = np.maximum(1, rng.poisson(rng.gamma(2.0, 2.0, 400)))
    found = worth.learn(placed(counts), books(500.0 * counts.sum()))
    once = found.of(f"r{int(np.flatnonzero(counts == 1)[0])}")

    assert once > 1 * 365 / 90 * 400
    assert found.of("stranger") == found.usual > once


def test_deliveries_that_lose_money_make_nobody_worth_less_than_nothing():
    found = worth.learn(placed([3, 4, 5]), books(12 * 2_000.0))

    assert set(found.cents.values()) == {0}


def test_without_books_the_margin_is_an_assumption_and_without_revenue_unknown():
    bare = {"account": np.array([], dtype=object), "cents": np.zeros(0)}
    unknown = placed([3, 4], cents=float("nan"))

    assert "assumption" in dict(worth.learn(placed([3, 4]), bare).evidence)["margin"]
    assert worth.learn(unknown, bare).of("r0") == 0


def test_no_orders_at_all_are_worth_nothing():
    nothing = {name: values[:0] for name, values in placed([1]).items()}

    assert worth.learn(nothing, books(1.0)).usual == 0


def test_worths_read_back_are_the_same():
    found = worth.learn(placed([3, 9, 4]), books(5_000.0))
    back = worth.from_json(json.loads(json.dumps(worth.to_json(found))))

    assert (back.model_id, back.cents, back.usual) == (found.model_id, found.cents, found.usual)
