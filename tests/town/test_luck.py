"""Luck belongs to (seed, purpose, id), spreads evenly, and does not depend on company."""

import numpy as np
from scipy.stats import kstest

from doorstep.town.luck import keys, normal, uniform


def test_the_same_id_has_the_same_luck_in_any_company():
    alone = uniform([5], "door", keys(["o7"]))[0, 0]
    among = uniform([4, 5], "door", keys(["o1", "o7", "o9"]))[1, 1]

    assert alone == among


def test_luck_is_even_and_strictly_between_0_and_1():
    luck = uniform(range(50), "door", keys([f"o{i}" for i in range(400)])).ravel()

    assert luck.min() > 0
    assert luck.max() < 1
    assert kstest(luck, "uniform").pvalue > 1e-4


def test_seeds_and_purposes_are_independent():
    ids = keys([f"o{i}" for i in range(20_000)])
    doors, tickets = uniform([1], "door", ids)[0], uniform([1], "ticket", ids)[0]
    other = uniform([2], "door", ids)[0]

    assert abs(np.corrcoef(doors, tickets)[0, 1]) < 0.03
    assert abs(np.corrcoef(doors, other)[0, 1]) < 0.03


def test_normal_luck_has_mean_0_and_variance_1():
    drawn = normal([3], "leg", keys([str(i) for i in range(40_000)]))

    assert abs(drawn.mean()) < 0.02
    assert abs(drawn.std() - 1) < 0.02
