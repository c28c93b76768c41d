"""`doorstep check PROBLEM SOLUTION`: does the plan hold, and do its cents add up?"""

import argparse
import json
from pathlib import Path
from typing import Any

from doorstep.adapters.instances.any_format import read_asked
from doorstep.adapters.plan_files import read_plan
from doorstep.adapters.problem_files import problem_sha256
from doorstep.adapters.strict_json import keep
from doorstep.domain.plan import Plan
from doorstep.flows.check import check_plan
from doorstep.operations.check import CheckReport
from doorstep.server.commands.sentences import Amounts, total_in_words
from doorstep.server.commands.streets import HELP, Streets

REFUSED = 2
"""Exit code when a plan does not hold: the plan is the input that can't be right."""


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Draw the command's arguments."""
    parser = commands.add_parser(
        "check",
        help="recompute feasibility and cents of a plan from problem and plan alone",
        description="Exit code 0 when the plan holds, 2 with one line per violation when it does not.",
    )
    parser.add_argument("problem", type=Path, metavar="PROBLEM", help="a problem in any format that solve reads")
    parser.add_argument("solution", type=Path, metavar="SOLUTION", help="plan.json")
    parser.add_argument("--vehicles", type=int, metavar="N", help="the number given to solve, if one was")
    parser.add_argument("--osm", type=Path, metavar="FILE", help=f"{HELP}, if one was given to solve")
    parser.add_argument("--json", nargs="?", const="-", metavar="F", help="one document for machines, to F or printed")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Read both files, check, say what was found."""
    problem = read_asked(given.problem, vehicles=given.vehicles, ways=Streets(given.osm).ways()).problem
    plan = read_plan(given.solution)
    report = check_plan(problem, plan, problem_sha256=problem_sha256(problem))
    if given.json is not None:
        _say_json(report, given.json)
    else:
        _say(report, plan, Amounts.of(problem))
    return 0 if report.holds else REFUSED


def _say_json(report: CheckReport, target: str) -> None:
    document = {
        "holds": report.holds,
        "violations": list(report.violations),
        "notes": list(report.notes),
        "cents": {**report.cents, "total": report.total},
    }
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    if target == "-":
        print(text, end="")
    else:
        keep(Path(target), text.encode())


def _say(report: CheckReport, plan: Plan, amounts: Amounts) -> None:
    for note in report.notes:
        print(f"note: {note}")
    for violation in report.violations:
        print(violation)
    found = total_in_words(report.cents, len(plan.unserved), amounts)
    if report.holds:
        visits = sum(len(route.visits) for route in plan.routes)
        print(
            f"The plan holds: {len(plan.routes)} routes, {visits} visits, {len(plan.unserved)} orders unserved, "
            f"{found}."
        )
    else:
        count = f"{len(report.violations)} violation{'s' if len(report.violations) != 1 else ''}"
        print(f"The plan does not hold: {count}; recomputed: {found}.")
