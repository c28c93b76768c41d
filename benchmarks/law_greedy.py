"""What the plainest planner would serve: stop after stop at its cheapest place, those that must be served first.

It sets the least that a search has to serve, so that none passes the laws by leaving stops out.
"""

from collections.abc import Mapping

from doorstep.domain.plan import Plan
from doorstep.domain.problem import Halt, Problem
from doorstep.operations.check import check
from doorstep.operations.explain.insertion import errand_of, insertions
from doorstep.operations.schedule import schedule


def greedy_plan(problem: Problem) -> Plan | None:
    """Return a plan that serves each stop where it costs least and breaks nothing, unless leaving it out is cheaper.

    It places no rests, charges or second trips. None where the checker finds more wrong than stops left out.
    """
    price = problem.valuation.unserved
    sequences: dict[str, tuple[Halt, ...]] = {}
    served = set[str]()
    for stop in sorted(problem.stops, key=lambda s: s.stop_id in price):
        errand = errand_of(problem, stop.stop_id)
        ids = {s.stop_id for s in errand}
        if ids & served:
            continue
        fitting = [found for found in insertions(problem, sequences, errand) if not found.breaks]
        if not fitting:
            continue
        best = min(fitting, key=lambda found: found.cents)
        if ids <= set(price) and best.cents > sum(price[x] for x in ids):
            continue
        sequences = {**sequences, best.shift.shift_id: best.halts}
        served |= ids
    return _checked(problem, sequences)


def _checked(problem: Problem, sequences: Mapping[str, tuple[Halt, ...]]) -> Plan | None:
    plan = schedule(problem, sequences, seed=0, problem_sha256="")
    report = check(problem, plan)
    return plan if len(report.infeasible) <= len(report.left_out) else None


def served_in(plan: Plan) -> set[str]:
    """Return the stops that a plan serves."""
    return {visit.stop_id for route in plan.routes for visit in route.visits if visit.kind in ("stop", "pickup")}
