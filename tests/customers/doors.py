"""Two little worlds of doors for tests: one smooth, one of thresholds; and one where the hour means nothing."""

from typing import Any

import numpy as np


def knocks(kind: str, *, seed: int, days: int = 90, a_day: int = 400, people: int = 5_000) -> Any:
    rng = np.random.default_rng(seed)
    rows = days * a_day
    person = rng.choice(people, rows, p=rng.dirichlet(np.full(people, 1.5)))
    homes = rng.choice(["house", "flat", "business"], people, p=[0.5, 0.4, 0.1])
    postcode = rng.integers(0, 12, people).astype(str).astype(object)
    floor = np.where(homes == "flat", rng.integers(0, 6, people), 0)
    day = np.repeat(np.arange(days), a_day)
    hour = np.clip(rng.normal(13, 3, rows), 8, 20)
    chance = CHANCES[kind](rng, person, people, homes, hour, day % 7)
    return {
        "recipient_id": np.array([f"r{i:05d}" for i in person], dtype=object),
        "merchant_id": rng.choice(["m1", "m2", "m3"], rows).astype(object),
        "kind": homes[person].astype(object),
        "postcode": postcode[person],
        "floor": floor[person].astype(float),
        "lift": rng.integers(0, 2, rows).astype(float),
        "attempt_no": np.where(rng.random(rows) < 0.1, 2.0, 1.0),
        "tenure_days": 200.0 + day,
        "weekday": (day % 7).astype(float),
        "day": day + 19_000,
        "knock": np.floor(hour * 3600),
        "promise_opens": np.full(rows, np.nan),
        "promise_closes": np.full(rows, np.nan),
        "failed": (rng.random(rows) < chance).astype(float),
        "true_failing": chance,
    }


def _smooth(rng, person, people, homes, hour, weekday) -> Any:
    base = rng.normal(-2.2, 0.7, people)
    peak = rng.normal(0, 1.0, people)[person]
    wave = np.cos((hour - 12) / 12 * np.pi) * (1.0 + peak) * (weekday < 5)
    return 1 / (1 + np.exp(-(base[person] + wave - 0.8 * (homes[person] == "business"))))


def _threshold(rng, person, people, homes, hour, weekday) -> Any:
    away = rng.random(people) < 0.3
    leaves, back = rng.normal(8, 0.7, people), rng.normal(16.5, 1.0, people)
    out = away[person] & (hour > leaves[person]) & (hour < back[person]) & (weekday < 5)
    return np.where(out, 0.55, 0.04)


def _null(rng, person, people, homes, hour, weekday) -> Any:
    return np.clip(rng.gamma(1.5, 0.06, people)[person] + 0.02 * (homes[person] == "flat"), 0, 0.9)


CHANCES = {"smooth": _smooth, "threshold": _threshold, "null": _null}
