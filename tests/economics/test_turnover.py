import json
from typing import Any

import numpy as np

from doorstep.domain.tariff import Tariff
from doorstep.economics import turnover

NOBODY_LEFT = {"driver_id": np.array(["w0"], dtype=object), "quit": np.zeros(1), "left_on": np.full(1, np.nan)}


def pulses(*, overtime=0.0, strain=0.0, seed=1, drivers=25, days=60) -> tuple[dict[str, Any], dict[str, int]]:
    rng = np.random.default_rng(seed)
    driver = np.tile(np.arange(drivers), days)
    day = np.repeat(np.arange(days), drivers)
    hours = np.maximum(0, rng.normal(0.2, 0.8, len(day)))
    units = rng.integers(20, 80, len(day))
    mood = rng.normal(7, 1.2, drivers)[driver] + rng.normal(0, 0.3, days)[day]
    score = mood - overtime * hours - strain * np.maximum(units - 40, 0) + rng.normal(0, 1.0, len(day))
    shift = [f"s{k}" for k in range(len(day))]
    columns = {
        "driver_id": np.array([f"w{k}" for k in driver], dtype=object),
        "shift_id": np.array(shift, dtype=object),
        "score": np.clip(np.round(score), 0, 10),
        "day": day,
        "paid_s": 8 * 3600 + 3600 * hours,
    }
    return columns, dict(zip(shift, units.tolist(), strict=True))


def test_overtime_that_lowers_the_pulse_gets_a_price():
    columns, strain = pulses(overtime=0.5)
    found = turnover.learn(columns, NOBODY_LEFT, strain, Tariff())
    expected = 0.5 * turnover.QUITTING_A_YEAR_PER_POINT / turnover.WORKING_DAYS * 800_000

    assert abs(found.cents_per_overtime_hour / expected - 1) < 0.35
    assert found.cents_per_strain == 0
    assert "assumption" in dict(found.evidence)["quitting"]


def test_strain_beyond_what_is_carried_unfelt_gets_a_price():
    columns, strain = pulses(strain=0.04)
    found = turnover.learn(columns, NOBODY_LEFT, strain, Tariff())

    assert 25 <= found.strain_free <= 55
    assert 7 <= found.cents_per_strain <= 20
    assert found.cents_per_overtime_hour == 0


def test_where_work_does_not_matter_nothing_is_priced():
    priced = 0
    for seed in range(60):
        columns, strain = pulses(seed=seed, drivers=15, days=40)
        found = turnover.learn(columns, NOBODY_LEFT, strain, Tariff())
        priced += found.cents_per_strain != 0 or found.cents_per_overtime_hour != 0

    assert priced <= 4


def test_thirty_quits_are_enough_to_learn_what_a_low_pulse_leads_to():
    columns, strain = pulses(overtime=0.5, drivers=120, days=90)
    rng = np.random.default_rng(3)
    number = np.array([int(name[1:]) for name in columns["driver_id"]])
    usual = np.bincount(number, columns["score"]) / np.bincount(number)
    quits = rng.random(120) < np.clip((8.5 - usual) / 4, 0, 1)
    left = np.where(quits, rng.integers(30, 110, 120), np.nan)
    drivers = {"driver_id": np.array([f"w{k}" for k in range(120)], dtype=object), "quit": quits.astype(float),
               "left_on": left}  # fmt: skip
    found = turnover.learn(columns, drivers, strain, Tariff())

    assert quits.sum() >= 30
    assert "assumption" not in dict(found.evidence)["quitting"]
    assert found.cents_per_overtime_hour > 0


def test_a_handful_of_answers_prices_nothing_and_says_so():
    columns, strain = pulses(overtime=2.0, drivers=5, days=10)
    found = turnover.learn(columns, NOBODY_LEFT, strain, Tariff())

    assert (found.cents_per_strain, found.cents_per_overtime_hour) == (0, 0)
    assert "not enough to tell" in found.evidence[0][1]


def test_turnover_read_back_is_the_same():
    columns, strain = pulses(overtime=0.5)
    found = turnover.learn(columns, NOBODY_LEFT, strain, Tariff())

    assert turnover.from_json(json.loads(json.dumps(turnover.to_json(found)))) == found
