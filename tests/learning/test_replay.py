from typing import Any

import numpy as np

from doorstep.learning.replay import replayed


def coins(days=60, a_day=50, seed=1) -> Any:
    rng = np.random.default_rng(seed)
    day = np.repeat(np.arange(days), a_day)
    side = rng.integers(0, 2, len(day)).astype(float)
    return {"day": day, "side": side, "came": (rng.random(len(day)) < 0.2 + 0.5 * side).astype(float)}


def shares(past) -> Any:
    high, low = (past["came"][past["side"] == side].mean() for side in (1, 0))
    return lambda rows: np.where(rows["side"] == 1, high, low)


def test_a_learner_never_sees_the_answers_it_is_asked_for():
    seen = []

    def learner(past) -> Any:
        seen.append(past["day"].max())

        def predict(rows) -> Any:
            assert "came" not in rows
            assert rows["day"].min() > seen[-1]
            return np.full(len(rows["day"]), 0.5)

        return predict

    replayed(coins(), "came", learner, blocks=2)

    assert seen == [31, 45]


def test_a_learner_that_knows_the_side_beats_one_that_does_not():
    knowing = replayed(coins(), "came", shares)
    guessing = replayed(coins(), "came", lambda past: lambda rows: np.full(len(rows["day"]), past["came"].mean()))

    assert knowing.better_than(guessing).opens
    assert not guessing.better_than(knowing).opens
    assert 0.15 < knowing.scores()["brier_skill"] < 0.35


def test_no_rows_give_no_scores():
    nothing = {name: values[:0] for name, values in coins().items()}

    assert replayed(nothing, "came", shares).scores() == {}
