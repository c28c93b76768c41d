"""Check a plan against its problem."""

from contextlib import suppress
from dataclasses import replace

from doorstep.domain.errors import YourInput
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Problem
from doorstep.domain.sequences import Sequences, sequences_of
from doorstep.operations.asking import ask_for_routes, ask_for_stops
from doorstep.operations.check import CheckReport
from doorstep.operations.check import check as checked


def check_plan(problem: Problem, plan: Plan, *, problem_sha256: str) -> CheckReport:
    """Return what a check finds; a plan made for another problem than the one fingerprinted is a violation too."""
    ask_for_stops(problem)
    ask_for_routes(problem, _readable(problem, plan))
    report = checked(problem, plan)
    if not plan.problem_sha256:
        unsaid = "The plan does not say which problem it was made for (problem_sha256 is empty)."
        return replace(report, notes=(unsaid, *report.notes))
    if plan.problem_sha256 != problem_sha256:
        other = f"The plan: expected problem_sha256 {problem_sha256} of this problem, found {plan.problem_sha256}."
        return replace(report, violations=(other, *report.violations))
    return report


def _readable(problem: Problem, plan: Plan) -> Sequences:
    """Return a plan's sequences, none where they can't be read: that is for the check to say."""
    with suppress(YourInput, TypeError, ValueError, AttributeError):
        return sequences_of(plan, problem)[0]
    return {}
