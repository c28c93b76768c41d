"""What the rich search believes, held against the schedule's definition and the checker: the last check of its plan."""

from collections.abc import Mapping, Sequence

from doorstep.domain.plan import Plan
from doorstep.domain.problem import Halt, Problem
from doorstep.domain.units import Seconds
from doorstep.operations.check import check
from doorstep.operations.errors import KernelDisagrees
from doorstep.operations.schedule import schedule


def refuse_disagreement(
    problem: Problem, sequences: Mapping[str, Sequence[Halt]], departures: Mapping[str, Seconds], price: float
) -> None:
    """Raise where a plan breaks a rule that its frozen stops don't break for it, or costs something else.

    The search counts cents unrounded, the schedule rounds each part of each visit and route: so they may differ by a
    few cents for each visit.
    """
    plan = schedule(problem, sequences, seed=0, problem_sha256="", departures=departures)
    report = check(problem, plan)
    frozen = any(shift.frozen for shift in problem.shifts)
    wrong = [sentence for sentence in report.violations if not frozen and _is_ours(sentence)]
    if wrong:
        raise KernelDisagrees(f"The search returned a plan that may not be driven. {wrong[0]}")
    visits = sum(len(route.visits) + 2 for route in plan.routes)
    if frozen or _left_out(problem, plan):
        return
    if abs(report.total - price) > 5 * visits + 1e-6 * abs(price):
        raise KernelDisagrees(f"The search priced its plan at {price:.2f} cents, the schedule at {report.total}.")


def _is_ours(sentence: str) -> bool:
    """Return whether a violation is more than a stop left out for want of room or time."""
    return "no price for leaving it out" not in sentence


def _left_out(problem: Problem, plan: Plan) -> bool:
    return any(u.stop_id not in problem.valuation.unserved for u in plan.unserved)
