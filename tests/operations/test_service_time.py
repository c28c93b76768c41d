import json
from typing import Any

import numpy as np

from doorstep.domain.orders import Order, Recipient
from doorstep.domain.places import Place
from doorstep.domain.units import Cents, Seconds
from doorstep.operations import service_time

HOME = Place(-8.6, 41.1)


def visits(rows=8_000, people=800, seed=1) -> Any:
    rng = np.random.default_rng(seed)
    person = rng.integers(0, people, rows)
    own = rng.normal(0, 0.25, people)
    kind = np.where(np.arange(people) % 3 == 0, "flat", "house").astype(object)
    floor = np.where(kind == "flat", np.arange(people) % 7, 0)
    lift = (np.arange(people) % 2).astype(float)
    mean = np.log(120) + 0.2 * (kind == "flat") + 0.12 * floor * (lift == 0) + own
    return {
        "recipient_id": np.array([f"r{k}" for k in person], dtype=object), "kind": kind[person],
        "floor": floor[person].astype(float), "lift": lift[person], "weight_g": rng.uniform(500, 5_000, rows),
        "service_s": np.exp(mean[person] + rng.normal(0, 0.3, rows)), "true_s": np.exp(mean + 0.045)[person],
    }  # fmt: skip


def order(number, recipient, service=None) -> Order:
    return Order(f"o{number}", recipient, None, "d1", "2026-03-04", (), None, 2_000, 0, service, frozenset(), Cents(0))


def test_stairs_and_people_make_a_door_slow():
    columns = visits()
    found = service_time.learn(columns)
    people = {
        f"r{k}": Recipient(f"r{k}", HOME, "flat" if k % 3 == 0 else "house", "", k % 7 if k % 3 == 0 else 0, k % 2 == 1)
        for k in range(800)
    }
    said = found.seconds([order(k, f"r{k}") for k in range(800)], people)
    truth = dict(zip(columns["recipient_id"], columns["true_s"], strict=True))
    ratio = np.array([said[f"o{k}"] / truth.get(f"r{k}", np.nan) for k in range(800)])

    assert abs(np.nanmean(ratio) - 1) < 0.05
    assert np.nanstd(ratio) < 0.15


def test_predictions_add_up_to_the_time_that_was_spent():
    columns = visits()
    found = service_time.learn(columns)
    rows = range(0, 8_000, 4)
    people = {
        columns["recipient_id"][k]: Recipient(
            columns["recipient_id"][k], HOME, columns["kind"][k], "", int(columns["floor"][k]), bool(columns["lift"][k])
        )
        for k in rows
    }
    said = found.seconds([order(k, columns["recipient_id"][k]) for k in rows], people)

    assert abs(sum(said.values()) / columns["service_s"][::4].sum() - 1) < 0.03


def test_without_visits_an_order_speaks_for_itself():
    nothing = {name: values[:0] for name, values in visits().items()}
    found = service_time.learn(nothing)
    said = found.seconds([order(1, "r1"), order(2, "r1", Seconds(300))], {"r1": Recipient("r1", HOME)})

    assert said == {"o1": service_time.ASSUMED, "o2": 300}


def test_no_orders_need_no_time():
    assert service_time.learn(visits()).seconds([], {}) == {}


def test_service_times_read_back_are_the_same():
    found = service_time.learn(visits())
    back = service_time.from_json(json.loads(json.dumps(service_time.to_json(found))))

    assert back.seconds([order(1, "r1")], {"r1": Recipient("r1", HOME)}) == found.seconds(
        [order(1, "r1")], {"r1": Recipient("r1", HOME)}
    )
