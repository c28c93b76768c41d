from typing import Any

import numpy as np
from scipy.special import expit

from doorstep.estimators.mixture import hats, learn_mixture
from doorstep.estimators.scores import brier_skill

RNG = np.random.default_rng(1)


def people(groups=2_000, visits=12, *, by_hour=False, seed=1) -> tuple[Any, Any, Any, Any]:
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), visits)
    hour = rng.uniform(8, 20, len(group))
    away = (rng.random(groups) < 0.3)[group]
    chance = np.where(away & ((hour < 15) | (not by_hour)), 0.6, 0.05)
    return group, hour, chance, (rng.random(len(group)) < chance).astype(float)


def test_two_kinds_of_people_are_told_apart_as_well_as_bayes_could():
    group, _, _, failed = people()
    usual = np.full(len(group), np.log(failed.mean() / (1 - failed.mean())))
    half = np.arange(len(group)) % 2 == 0
    found = learn_mixture(failed[half], usual[half], group[half], np.ones((half.sum(), 1)), groups=2_000)
    said = found.chances(usual[~half], group[~half], np.ones(((~half).sum(), 1)))[0]
    fails, visits = np.bincount(group[half], failed[half]), np.bincount(group[half])
    away, home = (share * p**fails * (1 - p) ** (visits - fails) for share, p in ((0.3, 0.6), (0.7, 0.05)))
    bayes = ((away * 0.6 + home * 0.05) / (away + home))[group[~half]]
    best = brier_skill(failed[~half], bayes, failed[half].mean())

    assert brier_skill(failed[~half], said, failed[half].mean()) > 0.97 * best


def test_habits_by_hour_are_found():
    group, hour, chance, failed = people(by_hour=True)
    usual = np.full(len(group), np.log(failed.mean() / (1 - failed.mean())))
    basis = hats(hour, np.array([8.0, 11.0, 14.0, 17.0, 20.0]))
    half = np.arange(len(group)) % 2 == 0
    by_hour = learn_mixture(failed[half], usual[half], group[half], basis[half], groups=2_000)
    all_day = learn_mixture(failed[half], usual[half], group[half], np.ones((half.sum(), 1)), groups=2_000)
    ones = np.ones(((~half).sum(), 1))
    errors = [
        ((model.chances(usual[~half], group[~half], rows)[0] - chance[~half]) ** 2).mean()
        for model, rows in ((by_hour, basis[~half]), (all_day, ones))
    ]

    assert errors[0] < 0.5 * errors[1]


def test_somebody_never_met_gets_what_is_usual_and_a_wide_band():
    group, _, _, failed = people()
    usual = np.full(len(group), np.log(failed.mean() / (1 - failed.mean())))
    found = learn_mixture(failed, usual, group, np.ones((len(group), 1)), groups=2_000)
    mean, low, high = found.chances(usual[:1], np.array([-1]), np.ones((1, 1)))
    often, often_low, often_high = found.chances(usual[:1], group[:1], np.ones((1, 1)))

    assert abs(mean[0] - failed.mean()) < 0.02
    assert high[0] - low[0] > often_high[0] - often_low[0]
    assert low[0] <= mean[0] <= high[0]
    assert often_low[0] <= often[0] <= often_high[0]


def test_no_rows_leave_everybody_usual():
    none = np.zeros(0)
    found = learn_mixture(none, none, none.astype(np.int64), np.zeros((0, 1)), groups=0)

    assert np.allclose(found.chances(np.array([0.3]), np.array([-1]), np.ones((1, 1)))[0], expit(0.3))


def test_hats_sum_to_one_everywhere():
    weights = hats(RNG.uniform(0, 30, 200), np.array([8.0, 9.5, 14.0]))

    assert np.allclose(weights.sum(axis=1), 1)
    assert weights.min() >= 0
