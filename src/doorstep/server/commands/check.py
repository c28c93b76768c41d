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
from doorstep.domain.problem import Problem
from doorstep.flows.check import check_plan
from doorstep.operations.check import CheckReport
from doorstep.server.commands.sentences import Amounts, orders_unserved, plan_in_words, some, total_in_words
from doorstep.server.commands.streets import HELP, Streets
from doorstep.server.harmless import harmless

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
        _say(report, problem, plan)
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


def _say(report: CheckReport, problem: Problem, plan: Plan) -> None:
    for note in report.notes:
        print(f"note: {harmless(note)}")
    for violation in report.violations:
        print(harmless(violation))
    amounts = Amounts.of(problem)
    if report.holds:
        print(f"The plan holds: {plan_in_words(problem, plan, report.cents, amounts)}.")
        return
    found = total_in_words(report.cents, orders_unserved(problem, plan), amounts)
    print(f"The plan does not hold: {some(len(report.violations), 'violation')}; recomputed: {found}.")
