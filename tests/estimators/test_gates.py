import numpy as np

from doorstep.estimators.effects import Question, learn_effects
from doorstep.estimators.gates import folds, forward, gate, held_out, log_losses


def test_a_gate_opens_for_a_better_model_and_not_for_a_worse_one():
    rng = np.random.default_rng(1)
    chance = rng.uniform(0.05, 0.95, 4_000)
    came = (rng.random(4_000) < chance).astype(float)
    day = np.repeat(np.arange(20), 200)
    knowing, guessing = log_losses(came, chance), log_losses(came, np.full(4_000, 0.5))

    assert gate(guessing, knowing, day).opens
    assert not gate(knowing, guessing, day).opens


def test_rows_of_one_day_share_their_luck():
    rng = np.random.default_rng(2)
    day = np.repeat(np.arange(14), 300)
    opened, by_row = 0, 0
    for _ in range(300):
        luck = rng.normal(0, 1, 14)[day] + rng.normal(0, 1, len(day))
        opened += gate(luck, np.zeros(len(day)), day).opens
        by_row += gate(luck, np.zeros(len(day)), np.arange(len(day))).opens

    assert opened <= 9
    assert by_row > 60


def test_too_few_days_never_open_a_gate():
    day = np.repeat(np.arange(4), 50)

    verdict = gate(np.ones(200), np.zeros(200), day)

    assert not verdict.opens
    assert "not enough to tell" in verdict.words("It")


def test_held_out_days_are_the_last_and_never_more_than_a_quarter():
    day = np.arange(90)

    assert np.flatnonzero(held_out(day)).tolist() == list(range(76, 90))
    assert held_out(np.arange(20)).sum() == 5


def test_blocks_walk_forward():
    day = np.arange(90)
    spans = [(day[before].max(), day[after].min(), day[after].max()) for before, after in forward(day)]

    assert np.array_equal(spans, [(61, 62, 75), (75, 76, 89)])


def test_folds_keep_clusters_whole():
    cluster = np.array([7, 7, 9, 9, 11, 13, 13])
    fold = folds(cluster, 2)

    assert all(len(set(fold[cluster == name])) == 1 for name in np.unique(cluster))


def question(rng, *, effect, rows=6_000, days=60) -> Question:
    day = np.repeat(np.arange(days), rows // days)
    hit = (rng.random(rows) < 0.1).astype(float)
    shared = rng.normal(0, 0.02, days)[day]
    came = (rng.random(rows) < 0.08 + shared + effect * hit).astype(float)
    return Question(came, np.ones(rows), np.ones((rows, 1)), {"hit": hit[:, None]}, day)


def test_without_an_effect_the_gate_stays_shut_but_for_its_level():
    rng = np.random.default_rng(3)
    opened = sum(learn_effects(question(rng, effect=0.0))["hit"].verdict.opens for _ in range(300))

    assert opened <= 8


def test_a_real_effect_passes_and_is_estimated():
    rng = np.random.default_rng(4)
    found = [learn_effects(question(rng, effect=0.08))["hit"] for _ in range(60)]

    assert sum(effect.verdict.opens for effect in found) >= 58
    assert abs(np.mean([effect.weights[0] for effect in found]) - 0.08) < 0.012
