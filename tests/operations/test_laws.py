"""Laws that hold for every problem: what the scheduler makes the checker reproduces, and no mistake passes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import MISTAKES, Mistake, assignments

from doorstep.domain.valuation import PARTS
from doorstep.operations.check import check
from doorstep.operations.schedule import schedule

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


@given(assignments(optional=1.0))
def test_leaving_everybody_out_at_a_price_always_holds(case):
    problem, _ = case

    report = check(problem, schedule(problem, {}, seed=1, problem_sha256=""))

    assert report.violations == ()
    assert report.total == sum(problem.valuation.unserved.values())


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=list(MISTAKES))
@given(case=assignments(max_stops=8), pick=st.integers(0, 99))
def test_a_mistake_is_always_found(mistake: Mistake, case, pick):
    problem, sequences = case
    plan = schedule(problem, sequences, seed=1, problem_sha256="")
    before = check(problem, plan).violations
    wrong = mistake(plan, pick)
    if wrong is None or wrong == plan:
        return

    found = set(check(problem, wrong).violations) - set(before)

    assert found
