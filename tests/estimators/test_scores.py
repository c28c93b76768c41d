import numpy as np
import pytest

from doorstep.estimators.scores import auc, brier_skill, calibration_error, reliability, scores


def test_auc_is_the_share_of_pairs_in_order():
    came = np.array([0, 0, 1, 1, 1.0])
    chance = np.array([0.1, 0.6, 0.5, 0.7, 0.6])
    pairs = [(a > b) + 0.5 * (a == b) for a in chance[2:] for b in chance[:2]]

    assert auc(came, chance) == pytest.approx(np.mean(pairs))


def test_saying_the_usual_share_has_no_skill_and_the_truth_has_all():
    came = np.array([0, 1, 1, 0, 1.0])

    assert brier_skill(came, np.full(5, 0.4), 0.4) == 0
    assert brier_skill(came, came, 0.4) == 1


def test_true_chances_are_calibrated_and_bold_ones_are_not():
    rng = np.random.default_rng(1)
    chance = rng.uniform(0.2, 0.8, 20_000)
    came = (rng.random(20_000) < chance).astype(float)
    bold = np.clip(0.5 + 2 * (chance - 0.5), 0.01, 0.99)

    assert calibration_error(came, chance) < 0.02
    assert calibration_error(came, bold) > 0.1
    assert sum(part.rows for part in reliability(came, chance)) == 20_000


def test_one_kind_of_answer_alone_cannot_be_ranked():
    assert scores(np.ones(4), np.full(4, 0.9), 0.9)["auc"] == 0.5
