"""The plan that dispatch, explain and quote go on from; its problem lies beside it, or is in any format solve reads."""

import argparse
from pathlib import Path

from doorstep.adapters.instances.any_format import read_asked
from doorstep.adapters.plan_files import read_plan
from doorstep.adapters.plan_pairs import read_pair
from doorstep.adapters.problem_files import problem_sha256
from doorstep.domain.errors import YourInput
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Problem
from doorstep.flows.check import check_plan
from doorstep.server.commands.streets import Streets


def add_problem(parser: argparse.ArgumentParser) -> None:
    """Draw the arguments that say where a plan's problem lies."""
    parser.add_argument(
        "--problem", type=Path, metavar="F", help="the plan's problem, where it lies elsewhere, as solve was given it"
    )
    parser.add_argument("--vehicles", type=int, metavar="N", help="the number given to solve, if one was")


def read_told(given: argparse.Namespace) -> tuple[Problem, Plan]:
    """Return a plan and its problem; raises YourInput where it is no answer to it.

    Everything after would be about another day.
    """
    if given.problem is None:
        problem, plan = read_pair(given.plan)
    else:
        ways = Streets(given.osm).ways()
        problem, plan = read_asked(given.problem, vehicles=given.vehicles, ways=ways).problem, read_plan(given.plan)
    fingerprint = problem_sha256(problem)
    report = check_plan(problem, plan, problem_sha256=fingerprint)
    if len(report.violations) <= len(report.left_out):
        return problem, plan
    another = given.problem is not None and plan.problem_sha256 not in ("", fingerprint)
    same = " Name the very file, and the same --vehicles and --osm, that solve was given." if another else ""
    raise YourInput(f"Expected a plan that holds for its problem, got one that does not: {report.violations[0]}{same}")
