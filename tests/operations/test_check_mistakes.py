"""No planted mistake passes, and each kind of it is really planted."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.operations.beneath import BENEATH
from tests.operations.mistakes import MISTAKES
from tests.operations.problems import rich
from tests.operations.test_check_oracle import random_plan
from tests.strategies import seeds

from doorstep.operations.check import check


@settings(max_examples=max(20, settings().max_examples // 5))  # each example plants every mistake there is
@given(seeds, st.integers(0, 10), st.integers(0, 99))
def test_no_mistake_in_a_rich_plan_passes(seed, n_stops, pick):
    problem, plan = random_plan(seed, rich(optional=1.0), n_stops)
    before = set(check(problem, plan).violations)
    wrong = {name: mistake(plan, pick) for name, mistake in MISTAKES.items()}
    planted = {name: other for name, other in wrong.items() if other is not None and other != plan}

    passed = [name for name, other in planted.items() if set(check(problem, other).violations) <= before]

    assert passed == []


@settings(max_examples=max(20, settings().max_examples // 5))
@given(seeds, st.integers(1, 10), st.integers(0, 99))
def test_a_problem_that_asks_for_more_refuses_the_plan_in_the_right_words(seed, n_stops, pick):
    problem, plan = random_plan(seed, rich(optional=1.0), n_stops)
    asked = {name: beneath(problem, plan, pick) for name, (_, beneath) in BENEATH.items()}

    passed = [
        name
        for name, other in asked.items()
        if other is not None and not any(BENEATH[name][0] in found for found in check(other, plan).violations)
    ]

    assert passed == []


@pytest.mark.parametrize("table", ["a plan", "a problem"])
def test_every_mistake_is_planted_in_some_plan(table):
    planted: Counter[str] = Counter()
    for seed in range(60):
        problem, plan = random_plan(seed, rich(optional=1.0), 10)
        if table == "a plan":
            planted.update(name for name, mistake in MISTAKES.items() if mistake(plan, seed) is not None)
        else:
            planted.update(name for name, (_, beneath) in BENEATH.items() if beneath(problem, plan, seed) is not None)

    assert set(planted) == set(MISTAKES if table == "a plan" else BENEATH)
