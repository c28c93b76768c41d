"""Intervals of paired runs: exact where arithmetic is, and covering as often as they say."""

import numpy as np
import pytest

from doorstep.estimators.intervals import around, paired


def test_a_constant_difference_has_no_width():
    told = paired([1.0, 5.0, 2.0], [3.0, 7.0, 4.0])

    assert (told.low95, told.difference, told.high95) == (2.0, 2.0, 2.0)
    assert told.clear()


def test_the_wider_level_has_the_wider_interval():
    rng = np.random.default_rng(1)
    told = paired(rng.normal(size=40).tolist(), rng.normal(size=40).tolist())

    assert told.low95 < told.low90 < told.difference < told.high90 < told.high95


def test_it_covers_as_often_as_it_says():
    rng = np.random.default_rng(2)
    hits = [low <= 0 <= high for low, high in (around(rng.normal(size=12).tolist(), 0.9) for _ in range(2000))]

    assert np.mean(hits) == pytest.approx(0.9, abs=0.02)


def test_unequal_or_single_runs_are_refused():
    with pytest.raises(ValueError, match="two or more runs"):
        paired([1.0], [2.0])
    with pytest.raises(ValueError, match="got 2 and 3"):
        paired([1.0, 2.0], [1.0, 2.0, 3.0])
