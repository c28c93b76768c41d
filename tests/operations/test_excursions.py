"""Routes of one plan taken over by another: nobody twice, and nobody lost but who is named."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from doorstep.operations.search.excursions import as_following, exchanged, routes_of


def _plan(draw: np.random.Generator, n: int, routes: int) -> list[list[int]]:
    """Return n stops dealt out to so many routes, in any order; some routes may be empty and are left away."""
    of = draw.integers(0, routes, n)
    return [[int(x) for x in draw.permutation(n) if of[x] == k] for k in range(routes) if (of == k).any()]


@given(seed=st.integers(0, 10**6), n=st.integers(1, 40), routes=st.integers(1, 9))
def test_routes_that_are_taken_over_lose_and_double_nobody(seed, n, routes):
    draw = np.random.default_rng(seed)
    one, other = _plan(draw, n, routes), _plan(draw, n, routes)
    near = np.array([*draw.permutation(n)[:10], -1], np.int32)
    child, touched = exchanged(draw, one, other, near, int(draw.integers(n)))
    served = [x for route in child for x in route]

    assert len(served) == len(set(served))
    assert set(range(n)) - set(served) <= touched
    assert all(any([x for x in whole if x in route] == route for whole in (*one, *other)) for route in child)
    assert len(child) <= max(len(one), len(other))


def test_a_route_of_the_other_plan_comes_whole_or_without_whom_the_rest_serves():
    one, other = [[0, 1], [2, 3], [4, 5]], [[0, 2], [1, 3], [4, 5]]
    near = np.array([2, 1, 3], np.int32)
    found = [exchanged(np.random.default_rng(seed), one, other, near, 0)[0] for seed in range(20)]

    assert any([0, 2] in child and [1, 3] in child and [4, 5] in child for child in found)


def test_who_follows_whom_is_the_same_plan():
    routes = [[3, 1], [0]]

    assert routes_of(as_following(routes, 4, 3), 4) == routes
