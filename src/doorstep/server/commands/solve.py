"""`doorstep solve PROBLEM`: a plan for one problem file, stateless."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from doorstep.adapters.instances.any_format import read_any
from doorstep.adapters.instances.vroom_answer import vroom_document
from doorstep.adapters.plan_files import plan_text
from doorstep.adapters.problem_files import problem_sha256
from doorstep.adapters.strict_json import keep
from doorstep.domain.errors import YourInput
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Problem
from doorstep.flows.solve import solve
from doorstep.operations.check import CheckReport
from doorstep.server.commands.arguments import seconds, seed
from doorstep.server.terminal import Progress

INCOMPLETE = 2
"""Exit code when stops that must be served did not fit: the plan is written, and does not hold."""


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Draw the command's arguments."""
    parser = commands.add_parser(
        "solve",
        help="plan one problem file: problem.json, VRPLIB, Solomon, VROOM or time-dependent JSON",
        description="Writes plan.json to --out, or prints it; what was found is said on standard error.",
    )
    parser.add_argument("problem", type=Path, metavar="PROBLEM", help="the format is told from the content")
    parser.add_argument("--seconds", type=seconds, default=10.0, metavar="S", help="how long to search (10)")
    parser.add_argument("--seed", type=seed, default=1, metavar="N", help="same seed, same choices (1)")
    parser.add_argument("--vehicles", type=int, metavar="N", help="instead of a benchmark text's own number")
    parser.add_argument("--out", type=Path, metavar="F", help="where the plan goes; without it, it is printed")
    parser.add_argument("--json", nargs="?", const="-", metavar="F", help="the plan for machines, to F or printed")
    parser.add_argument("--vroom", action="store_true", help="answer in VROOM's format instead of plan.json")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Read the problem, solve it, write the plan and say what was found."""
    targets = [path for path in (given.out, given.json and given.json != "-" and Path(given.json)) if path]
    for path in targets:
        if path.is_dir() or not path.absolute().parent.is_dir():
            raise YourInput(f"Expected to write a file at {path}, but its folder is missing or it is a folder itself.")
    problem = read_any(given.problem, vehicles=given.vehicles)
    with Progress(Console(stderr=True)).stage("search") as line:
        plan, report = solve(
            problem,
            seconds=given.seconds,
            seed=given.seed,
            problem_sha256=problem_sha256(problem),
            on_progress=lambda now: line.say(f"{now.share:.0%}, {now.price:,.0f} cents"),
        )
    text = _vroom_text(problem, plan) if given.vroom else plan_text(plan)
    for path in targets:
        keep(path, text.encode())
    if not targets or given.json == "-":
        print(text, end="")
    _say(plan, report)
    return INCOMPLETE if report.left_out else 0


def _vroom_text(problem: Problem, plan: Plan) -> str:
    return json.dumps(vroom_document(problem, plan), indent=1) + "\n"


def _say(plan: Plan, report: CheckReport) -> None:
    driven = [route for route in plan.routes if route.visits]
    visits = sum(len(route.visits) for route in driven)
    parts = ", ".join(f"{part} {cents:,}" for part, cents in report.cents.items()) or "nothing"
    print(
        f"{len(driven)} routes, {visits} visits, {len(plan.unserved)} orders unserved, "
        f"{report.total:,} cents ({parts}).",
        file=sys.stderr,
    )
    for row in plan.unserved[:20]:
        print(f"unserved: order {row.order_id}: {row.reason}", file=sys.stderr)
    if len(plan.unserved) > 20:
        print(f"unserved: {len(plan.unserved) - 20} more, all in the plan", file=sys.stderr)
    for sentence in report.violations[:20]:
        print(sentence, file=sys.stderr)
