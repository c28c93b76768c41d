"""Laws that hold for every problem: what the scheduler makes the checker reproduces, and no mistake passes."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.operations.mistakes import MISTAKES
from tests.operations.problems import replanned, under_way
from tests.strategies import assignments, problems, rich_assignments, seeds

from doorstep.domain.valuation import PARTS
from doorstep.operations.check import check
from doorstep.operations.schedule import schedule
from doorstep.operations.search import search

FEASIBILITY = ("start by", "back by", "on board", "does not offer", "at most", "expected a visit")
"""What a sentence says when a plan is infeasible though every figure in it is right."""


@given(assignments())
def test_every_figure_and_cent_of_any_schedule_is_reproduced(case):
    problem, sequences = case
    plan = schedule(problem, sequences, seed=1, problem_sha256="")

    report = check(problem, plan)

    assert report.total == plan.cents["total"]
    assert {part: plan.cents[part] for part in PARTS if plan.cents.get(part)} == report.cents
    assert [v for v in report.violations if not any(words in v for words in FEASIBILITY)] == []


FIGURE = re.compile(
    r"expected (arrives_at|starts_at|leaves_at|load_after|returns_at|metres|seconds|kind|no stop_id) |cents"
)
"""What a sentence says when a figure or a name is wrong, not the plan."""


@given(rich_assignments())
def test_every_figure_and_cent_of_any_rich_schedule_is_reproduced(case):
    problem, sequences, departures = case
    plan = schedule(problem, sequences, departures=departures, seed=1, problem_sha256="")

    report = check(problem, plan)

    assert report.total == plan.cents["total"]
    assert {part: plan.cents[part] for part in PARTS if plan.cents.get(part)} == report.cents
    assert [v for v in report.violations if FIGURE.search(v)] == []


@given(rich_assignments(), seeds)
def test_every_figure_and_cent_of_a_day_under_way_is_reproduced(case, seed):
    problem, sequences, departures = case
    rng = np.random.default_rng(seed)
    morning = schedule(problem, sequences, departures=departures, seed=1, problem_sha256="")
    running = under_way(rng, problem, sequences, morning)
    plan = schedule(running, replanned(rng, running), seed=1, problem_sha256="")

    report = check(running, plan)

    assert report.total == plan.cents["total"]
    assert [v for v in report.violations if FIGURE.search(v) or "driven" in v] == []


@given(assignments(optional=1.0))
def test_leaving_everybody_out_at_a_price_always_holds(case):
    problem, _ = case

    report = check(problem, schedule(problem, {}, seed=1, problem_sha256=""))

    assert report.violations == ()
    assert report.total == sum(problem.valuation.unserved.values())


@pytest.mark.usefixtures("kernels")
@given(problems(), seeds)
def test_a_searched_plan_is_never_refused(problem, seed):
    found = search(problem, seconds=1, seed=seed, iterations=100)

    report = check(problem, schedule(problem, found.sequences, seed=seed, problem_sha256=""))

    # Stops that must be served may not fit beside each other; then each is said once, and nothing else is wrong.
    assert len(report.violations) == len(report.left_out)


@settings(max_examples=max(20, settings().max_examples // 5))  # each example plants every mistake there is
@given(assignments(max_stops=8), st.integers(0, 99))
def test_no_mistake_passes(case, pick):
    problem, sequences = case
    plan = schedule(problem, sequences, seed=1, problem_sha256="")
    before = set(check(problem, plan).violations)
    wrong = {name: mistake(plan, pick) for name, mistake in MISTAKES.items()}
    planted = {name: other for name, other in wrong.items() if other is not None and other != plan}

    passed = [name for name, other in planted.items() if set(check(problem, other).violations) <= before]

    assert passed == []
