import json
from typing import Any

import numpy as np
import pytest

from doorstep.operations import arrival


def visits(rows=5_000, seed=1, *, wild=0.0) -> Any:
    rng = np.random.default_rng(seed)
    hours = rng.uniform(0, 8, rows)
    delay = 60 + 45 * hours + rng.normal(0, np.sqrt(240**2 + (120 * hours) ** 2))
    delay = np.where(rng.random(rows) < wild, 40_000.0, delay)
    return {"hours": hours, "delay_s": delay}


@pytest.mark.parametrize("wild", [0.0, 0.01])
def test_bias_and_spread_are_found_although_some_days_went_wild(wild):
    found = arrival.learn(visits(wild=wild))

    assert abs(found.mean(4.0) - 240) < 60
    assert abs(found.sd(0.5) / np.hypot(240, 60) - 1) < 0.25
    assert abs(found.sd(6.0) / np.hypot(240, 720) - 1) < 0.15


def test_without_planned_arrivals_the_spread_is_an_assumption():
    empty = {"hours": np.full(1_000, np.nan), "delay_s": np.full(1_000, np.nan)}

    assert arrival.learn(empty) == arrival.ASSUMED
    assert "assumption" in arrival.ASSUMED.model_id


def test_a_spread_read_back_is_the_same():
    found = arrival.learn(visits())

    assert arrival.from_json(json.loads(json.dumps(arrival.to_json(found)))) == found
