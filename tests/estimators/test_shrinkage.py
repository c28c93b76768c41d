import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from doorstep.estimators.shrinkage import gamma_prior, shrunken_means, towards_zero


def test_rates_seen_seldom_stay_near_the_common_rate():
    rng = np.random.default_rng(1)
    true = rng.gamma(2.0, 0.05, 3_000)
    exposure = rng.integers(1, 60, 3_000).astype(float)
    events = rng.poisson(true * exposure).astype(float)
    prior = gamma_prior(events, exposure)
    shrunken, raw = prior.rate(events, exposure), events / exposure

    assert abs(prior.shape - 2.0) < 0.4
    assert ((shrunken - true) ** 2).mean() < 0.6 * ((raw - true) ** 2).mean()


def test_groups_that_differ_by_chance_alone_get_one_rate():
    rng = np.random.default_rng(2)
    events = rng.poisson(3.0, 2_000).astype(float)

    rates = gamma_prior(events, np.ones(2_000)).rate(events, np.ones(2_000))

    assert rates.std() < 0.25


def test_no_events_give_a_rate_of_nearly_nothing():
    prior = gamma_prior(np.zeros(5), np.ones(5))

    assert prior.rate(np.zeros(1), np.ones(1))[0] < 1e-5


def test_means_are_pulled_to_zero_by_how_little_they_rest_on():
    rng = np.random.default_rng(3)
    true = rng.normal(0, 0.5, 400)
    group = np.concatenate([np.repeat(np.arange(400), 1), np.repeat(np.arange(200), 20)])
    shift, rows = shrunken_means(true[group] + rng.normal(0, 1, len(group)), group, 401)

    assert rows[400] == 0
    assert shift[400] == 0
    assert np.abs(shift[200:400]).mean() < 0.6 * np.abs(shift[:200]).mean()


@given(st.floats(-10, 10), st.floats(0, 10))
def test_shrinking_never_turns_or_grows_an_estimate(estimate, error):
    shrunken = towards_zero(estimate, error)

    assert abs(shrunken) <= abs(estimate)
    assert shrunken * estimate >= 0
