"""`doorstep solve PROBLEM`: a plan for one problem file, stateless."""

import argparse
import json
from pathlib import Path
from typing import Any

from rich.console import Console

from doorstep.adapters.geojson import geojson_text
from doorstep.adapters.instances.any_format import read_asked
from doorstep.adapters.instances.asked import Asked
from doorstep.adapters.plan_files import plan_text
from doorstep.adapters.plan_pairs import write_pair
from doorstep.adapters.problem_files import problem_sha256
from doorstep.adapters.strict_json import keep
from doorstep.domain.errors import YourInput
from doorstep.domain.plan import Plan
from doorstep.flows.explain import explained
from doorstep.flows.solve import solve
from doorstep.operations.check import CheckReport
from doorstep.server.commands.answers import refuse_unwritable
from doorstep.server.commands.arguments import HELP_ITERATIONS, iterations, searches, seconds, seed, two_cores
from doorstep.server.commands.in_cells import add_processes, in_cells, say_cells
from doorstep.server.commands.sentences import Amounts, plan_in_words, say, say_unserved
from doorstep.server.commands.streets import HELP, Streets
from doorstep.server.terminal import Progress

INCOMPLETE = 2
"""Exit code when stops that must be served did not fit: the plan is written, and does not hold."""

EACH = 0.3
"""Seconds of each second search, unless somebody says otherwise."""

ANSWERS = ("doorstep", "same", "geojson")


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Draw the command's arguments."""
    parser = commands.add_parser(
        "solve",
        help="plan one problem file: problem.json, VRPLIB, Solomon, VROOM, Route Optimization or Lyon JSON",
        description="Writes plan.json to --out, or prints it; what was found is said on standard error.",
    )
    parser.add_argument("problem", type=Path, metavar="PROBLEM", help="the format is told from the content")
    parser.add_argument("--seconds", type=seconds, default=10.0, metavar="S", help="how long to search (10)")
    parser.add_argument("--iterations", type=iterations, metavar="N", help=HELP_ITERATIONS)
    parser.add_argument("--seed", type=seed, default=1, metavar="N", help="same seed, same choices (1)")
    parser.add_argument(
        "--searches", type=searches, default=two_cores(), metavar="N",
        help="searches at once, a core each, that exchange what they find (two, where there are two cores)",
    )  # fmt: skip
    add_processes(parser)
    parser.add_argument("--vehicles", type=int, metavar="N", help="instead of a benchmark text's own number")
    parser.add_argument(
        "--out", type=Path, metavar="F",
        help="where the plan goes, its problem beside it for dispatch, explain and quote; without it, it is printed",
    )  # fmt: skip
    parser.add_argument("--json", nargs="?", const="-", metavar="F", help="the plan for machines, to F or printed")
    parser.add_argument(
        "--explain", type=seconds, nargs="?", const=EACH, metavar="S",
        help=f"say what would serve each order left out, each change solved again for up to S seconds ({EACH})",
    )  # fmt: skip
    parser.add_argument(
        "--answer", choices=ANSWERS, help="plan.json (doorstep), the file's own format (same), or a map (geojson)"
    )
    parser.add_argument("--vroom", action="store_true", help="answer in VROOM's format, as --answer same does")
    parser.add_argument(
        "--osm",
        type=Path,
        metavar="FILE",
        help=f"{HELP}, and to draw on",
    )
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Read the problem, solve it, write the plan and say what was found."""
    targets = [path for path in (given.out, given.json and given.json != "-" and Path(given.json)) if path]
    refuse_unwritable(*targets)
    streets = Streets(given.osm)
    asked = read_asked(given.problem, vehicles=given.vehicles, ways=streets.ways())
    answer = _answer(given, asked)
    progress, cut, amounts = Progress(Console(stderr=True)), list[float](), Amounts.of(asked.problem)
    cells = list[int]()
    within = in_cells(given.processes, cells.append, roads=given.osm is not None)
    with progress.stage("search") as line, within as in_parts:
        plan, report = solve(
            asked.problem,
            seconds=given.seconds,
            seed=given.seed,
            problem_sha256=problem_sha256(asked.problem),
            start=asked.start,
            searches=given.searches,
            cells=in_parts,
            iterations=given.iterations,
            on_progress=lambda now: line.say(f"{now.share:.0%}, {amounts.text(round(now.price))}"),
            on_cut_short=cut.append,
        )
    pair = given.out if answer == "doorstep" else None
    text = _kept(targets, pair, asked, plan, _text(answer, asked, plan, streets))
    if given.explain is not None and plan.unserved:
        with progress.stage("explain") as line:
            plan = explained(
                asked.problem, plan, seconds=given.explain, seed=given.seed,
                on_progress=lambda done, of: line.say(f"{done} of {of} stops"),
            )  # fmt: skip
        text = _kept(targets, pair, asked, plan, _text(answer, asked, plan, streets))
    if not targets or given.json == "-":
        print(text, end="")
    for spent in cut:
        of = "" if given.iterations else f" of {given.seconds:.1f}"
        say(Console(stderr=True), f"The search was cut short after {spent:.1f}{of} s; "
            "this is the best plan it had found.")  # fmt: skip
    say_cells(Console(stderr=True), cells, given.processes)
    _say(asked, plan, report, looked=given.explain is not None)
    return INCOMPLETE if report.left_out else 0


def _kept(targets: list[Path], pair: Path | None, asked: Asked, plan: Plan, text: str) -> str:
    """Write the text to all targets; the one that is a pair gets the plan with its problem beside it."""
    for path in targets:
        if path == pair:
            write_pair(asked.problem, plan, path)
        else:
            keep(path, text.encode())
    return text


def _answer(given: argparse.Namespace, asked: Asked) -> str:
    """Return which answer is wanted, before anything is searched for."""
    if not given.vroom:
        return given.answer or "doorstep"
    if given.answer not in (None, "same"):
        raise YourInput(f"Expected --vroom or --answer {given.answer}, got both; leave one away.")
    if asked.format != "VROOM":
        raise YourInput("Expected a VROOM problem to answer in VROOM's format; leave --vroom away for others.")
    return "same"


def _text(answer: str, asked: Asked, plan: Plan, streets: Streets) -> str:
    """Return the plan in the form wanted; a format without an answer of its own is answered by plan.json."""
    if answer == "geojson":
        paths, attribution = streets.drawn()
        return geojson_text(asked.problem, plan, paths=paths, attribution=attribution)
    if answer == "same" and asked.answer is not None:
        return json.dumps(asked.answer(plan), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    return plan_text(plan)


def _say(asked: Asked, plan: Plan, report: CheckReport, *, looked: bool) -> None:
    out = Console(stderr=True)
    amounts = Amounts.of(asked.problem)
    say(out, f"{plan_in_words(asked.problem, plan, report.cents, amounts)}.")
    if asked.travel:
        say(out, f"travel: {asked.travel}{f'; {asked.attribution}' if asked.attribution else ''}")
    say_unserved(out, plan.unserved, amounts, looked=looked, pairs=asked.problem.pairs)
    for sentence in report.violations[:20]:
        say(out, sentence)
