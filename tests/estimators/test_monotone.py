import numpy as np

from doorstep.estimators.monotone import fit_line, ramps

KNOTS = np.array([0.0, 600.0, 1800.0, 3600.0])


def test_ramps_draw_the_line_between_their_knots():
    steps = np.array([0.1, 0.0, 0.4])
    line = ramps(np.array([-5.0, 300.0, 1200.0, 2700.0, 9000.0]), KNOTS) @ steps

    assert np.allclose(line, [0.0, 0.05, 0.1, 0.3, 0.5])


def test_bounded_weights_are_never_negative_and_free_ones_may_be():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(500, 2))
    y = -2.0 - 1.0 * x[:, 0] + 0.5 * x[:, 1] + rng.normal(0, 0.1, 500)
    line = fit_line(np.column_stack([np.ones(500), x]), y)

    assert abs(line.weights[0] + 2.0) < 0.1
    assert line.weights[1] == 0
    assert abs(line.weights[2] - 0.5) < 0.1


def test_without_bounds_in_the_way_it_is_least_squares():
    rng = np.random.default_rng(2)
    design = np.column_stack([np.ones(300), rng.uniform(0, 1, (300, 3))])
    y = design @ np.array([1.0, 0.5, 2.0, 0.1]) + rng.normal(0, 0.01, 300)

    assert np.allclose(fit_line(design, y).weights, np.linalg.lstsq(design, y, rcond=None)[0], atol=1e-6)
