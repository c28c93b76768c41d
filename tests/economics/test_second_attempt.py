import json
from typing import Any

import numpy as np

from doorstep.domain.tariff import Tariff
from doorstep.economics import second_attempt

EMPTY = {"account": np.array([], dtype=object), "cents": np.zeros(0)}


def retries(rows=4_000, seed=1, *, told=True) -> Any:
    rng = np.random.default_rng(seed)
    failed = rng.random(rows) < 0.15
    kind = rng.choice(["house", "flat"], rows).astype(object)
    extra = np.where(kind == "flat", 600, 400)
    cents = np.where(failed, extra + rng.normal(0, 80, rows), np.nan) if told else np.full(rows, np.nan)
    return {"failed": failed.astype(float), "kind": kind, "cents": cents}


def test_the_books_tell_what_a_failure_cost_by_kind_of_door():
    found = second_attempt.learn(retries(), EMPTY, Tariff())

    assert abs(found.cents("flat") - 600) < 40
    assert abs(found.cents("house") - 400) < 40
    assert found.cents("house") < found.cents("business") == found.usual < found.cents("flat")


def test_without_lines_per_order_a_stop_of_the_books_stands_in():
    books = {"account": np.array(["wages", "marketing"], dtype=object), "cents": np.array([1_600_000.0, 9e9])}
    found = second_attempt.learn(retries(told=False), books, Tariff())

    assert 300 < found.usual < 400
    assert "on average by the books" in found.evidence


def test_without_books_it_is_an_assumption():
    found = second_attempt.learn(retries(told=False), EMPTY, Tariff())

    assert found.usual == 267 + 60
    assert "assumption" in found.evidence


def test_costs_read_back_are_the_same():
    found = second_attempt.learn(retries(), EMPTY, Tariff())

    assert second_attempt.from_json(json.loads(json.dumps(second_attempt.to_json(found)))) == found
