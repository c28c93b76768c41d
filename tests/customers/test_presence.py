import json
from functools import cache
from typing import Any

import numpy as np
import pytest
from tests.customers.doors import knocks

from doorstep.customers import presence
from doorstep.domain.orders import Order, Recipient
from doorstep.domain.places import Place
from doorstep.domain.units import Cents, Seconds
from doorstep.estimators.scores import brier_skill

HOME = Place(-8.61, 41.15)


@cache
def world(kind, seed=3) -> Any:
    return knocks(kind, seed=seed, a_day=250, people=2_000)


@cache
def learned(kind, seed=3) -> presence.Presence:
    return presence.learn(world(kind, seed), seed=1)


def order(number, recipient) -> Order:
    return Order(
        f"o{number}", recipient, "m1", "d1", "2026-03-04", (), None, 1_000, 1_000, None, frozenset(), Cents(500)
    )


def asked(kind, count=40) -> tuple[list[Order], dict[str, Recipient]]:
    columns = world(kind)
    _, first = np.unique(columns["recipient_id"].astype(str), return_index=True)
    people = {
        columns["recipient_id"][i]: Recipient(
            columns["recipient_id"][i], HOME, columns["kind"][i], columns["postcode"][i], int(columns["floor"][i])
        )
        for i in first[:count]
    }
    return [order(number, who) for number, who in enumerate(people)], people


@pytest.mark.parametrize("kind", ["smooth", "threshold"])
def test_the_hour_is_used_where_it_matters_and_much_of_the_truth_is_found(kind):
    columns, model = world(kind), learned(kind)
    held = columns["day"] >= columns["day"].max() - 27
    usual = columns["failed"][~held].mean()
    best = brier_skill(columns["failed"][held], columns["true_failing"][held], usual)

    assert model.level.name in {"hours", "own_hours"}
    assert model.scores["brier_skill"] > 0.4 * best
    assert model.scores["calibration_error"] < 0.04


def test_where_the_hour_means_nothing_curves_are_flat():
    orders, people = asked("null")
    outlooks = learned("null").outlooks(orders, people, "2026-03-04")

    assert learned("null").level.name == "flat"
    assert all(len(set(outlook.success)) == 1 for outlook in outlooks.values())
    assert len({outlook.success[0] for outlook in outlooks.values()}) > 20


def test_outlooks_follow_the_truth_by_hour():
    orders, people = asked("threshold", 400)
    outlooks = learned("threshold").outlooks(orders, people, "2026-03-04")
    noon = np.mean([outlook.chance(12 * 3600) for outlook in outlooks.values()])
    evening = np.mean([outlook.chance(19 * 3600) for outlook in outlooks.values()])

    assert evening > noon + 0.05


def test_an_outlook_has_a_knot_each_half_hour_and_its_chance_lies_in_its_band():
    orders, people = asked("smooth")
    outlooks = learned("smooth").outlooks(orders, people, "2026-03-04")

    assert list(outlooks) == [each.order_id for each in orders]
    for outlook in outlooks.values():
        assert {b - a for a, b in zip(outlook.at, outlook.at[1:], strict=False)} == {1800}
        assert all(
            0 <= low <= p <= high <= 1 for low, p, high in zip(outlook.low, outlook.success, outlook.high, strict=True)
        )
        assert outlook.attempts > 0


def test_a_stranger_gets_an_outlook_that_rests_on_nothing():
    who = {"new": Recipient("new", HOME, "house", "9999")}
    outlook = learned("smooth").outlooks([order(1, "new")], who, "2026-03-04", grid=(36_000, 72_000))["o1"]

    assert outlook.attempts == 0
    assert outlook.at == (36_000, 72_000)
    assert outlook.high[0] - outlook.low[0] > 0.05


def test_the_same_facts_give_the_same_model():
    again = presence.learn(world("threshold"), seed=1)

    assert again.model_id == learned("threshold").model_id


def test_a_model_read_back_answers_the_same():
    model = learned("threshold")
    back = presence.from_json(json.loads(json.dumps(model.to_json())))
    orders, people = asked("threshold")

    assert back.model_id == model.model_id
    assert back.outlooks(orders, people, "2026-03-04") == model.outlooks(orders, people, "2026-03-04")


def test_without_attempts_every_hour_is_alike_and_it_says_so():
    nothing = {name: values[:0] for name, values in world("null").items()}
    model = presence.learn(nothing, seed=1)
    outlook = model.outlooks([order(1, "new")], {"new": Recipient("new", HOME)}, "2026-03-04", grid=[Seconds(36_000)])

    assert outlook["o1"].success[0] == pytest.approx(0.9)
    assert "not enough to tell" in dict(model.evidence)["hours"]


def test_evidence_says_that_hours_were_not_drawn_by_lot():
    assert "not by lot" in dict(learned("smooth").evidence)["selection"]


@pytest.mark.slow
def test_in_null_worlds_the_gate_stays_shut():
    opened = sum(presence.learn(knocks("null", seed=seed, a_day=150, people=1_200), seed=1).level.name != "flat"
                 for seed in range(100, 112))  # fmt: skip

    assert opened == 0
