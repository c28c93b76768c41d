import json
from typing import Any

import numpy as np
import pytest
from tests.customers.aftermath import NOBODY, aftermath

from doorstep.customers import reactions
from doorstep.customers.later_orders import learn_lost_orders


def test_tickets_after_failures_and_lateness_are_found():
    found = reactions.learn(*aftermath(seed=1, ticket=(0.3, 0.15), lost=(0.0, 0.0)), NOBODY, NOBODY)

    assert abs(found.ticket_if_failed - 0.3) < 0.04
    assert found.ticket_if_late[0] == 0
    assert found.ticket_if_late[2] < 0.03
    assert 0.08 < found.ticket_if_late[-1] < 0.25
    assert list(found.ticket_if_late) == sorted(found.ticket_if_late)


def test_customers_who_leave_after_a_failure_take_that_share_of_orders_along():
    found = reactions.learn(*aftermath(seed=2, ticket=(0.0, 0.0), lost=(0.25, 0.0), churn=True), NOBODY, NOBODY)

    assert abs(found.orders_if_failed - 0.25) < 0.06
    assert max(found.orders_if_late) < 0.03
    assert (found.ticket_if_failed, max(found.ticket_if_late)) == (0.0, 0.0)


def test_losing_orders_to_lateness_grows_with_the_delay():
    found = learn_lost_orders(*aftermath(seed=3, lost=(0.0, 0.3), churn=True, people=6_000))

    assert found.late.verdict.opens
    assert abs(found.late.weights.sum() - 0.3) < 0.12


@pytest.mark.slow
def test_nothing_is_priced_where_nobody_reacts():
    opened = {"ticket_if_failed": 0, "ticket_if_late": 0, "orders_if_failed": 0, "orders_if_late": 0}
    for seed in range(40):
        found = reactions.learn(*aftermath(seed=seed, people=1_200, ticket=(0, 0), lost=(0, 0)), NOBODY, NOBODY)
        for name in opened:
            opened[name] += bool(np.any(getattr(found, name)))

    assert max(opened.values()) <= 2


def test_somebody_who_just_ordered_often_is_not_taken_for_lost():
    """Mishaps are more likely for whoever orders more, and busy weeks pass: matched controls pass them too."""
    rng = np.random.default_rng(5)
    deliveries, orders = aftermath(seed=5, ticket=(0, 0), lost=(0, 0))
    deliveries["failed"] = (rng.random(len(deliveries["day"])) < 0.05 + 0.004 * _recent(deliveries)).astype(float)

    assert not learn_lost_orders(deliveries, orders).failed.verdict.opens


def _recent(deliveries) -> Any:
    seen: dict[str, list[float]] = {}
    counts = []
    for who, at in zip(deliveries["recipient_id"], deliveries["instant"], strict=True):
        mine = seen.setdefault(who, [])
        counts.append(sum(at - before < 20 * 86_400 for before in mine))
        mine.append(at)
    return np.array(counts, dtype=float)


def test_without_enough_facts_it_says_so_and_prices_nothing():
    deliveries, orders = aftermath(seed=1, people=20)
    found = reactions.learn(deliveries, orders, NOBODY, NOBODY)

    assert found.orders_if_failed == 0
    assert "not enough to tell" in dict(found.evidence)["account"]


def accounts(deliveries, *, slope, seed=1) -> Any:
    rng = np.random.default_rng(seed)
    day = np.repeat(np.arange(14, 90, 2), 6)
    merchant = np.tile([f"m{i}" for i in range(6)], 38).astype(object)
    deliveries["merchant_id"] = np.array([f"m{i}" for i in rng.integers(0, 6, len(deliveries["day"]))], dtype=object)
    wave = 0.1 + 0.09 * np.sin(deliveries["day"] / 9 + [int(m[1]) for m in deliveries["merchant_id"]])
    deliveries["failed"] = (rng.random(len(wave)) < wave).astype(float)
    share = []
    for name, at in zip(merchant, day, strict=True):
        near = (deliveries["merchant_id"] == name) & (deliveries["day"] >= at - 28) & (deliveries["day"] < at)
        share.append(deliveries["failed"][near].mean())
    score = np.clip(8 - slope * np.array(share) + rng.normal(0, 0.4, len(day)), 0, 10)
    return {"merchant_id": merchant, "instant": day * 86_400.0, "score": score}


def test_merchants_who_mark_down_bad_months_put_a_price_on_failures():
    deliveries, orders = aftermath(seed=6, ticket=(0, 0), lost=(0, 0))
    found = reactions.learn(deliveries, orders, accounts(deliveries, slope=25), NOBODY)

    assert 0 < found.account_if_failed < 0.001
    assert "assumption" in dict(found.evidence)["account"]


def test_merchants_who_do_not_care_put_no_price_on_them():
    deliveries, orders = aftermath(seed=7, ticket=(0, 0), lost=(0, 0))
    found = reactions.learn(deliveries, orders, accounts(deliveries, slope=0), NOBODY)

    assert found.account_if_failed == 0


def test_reactions_read_back_are_the_same():
    found = reactions.learn(*aftermath(seed=1, people=1_500), NOBODY, NOBODY)

    assert reactions.from_json(json.loads(json.dumps(reactions.to_json(found)))) == found
