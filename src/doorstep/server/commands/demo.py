"""`doorstep demo`: one day planned twice over the same orders, driven through the same doors, compared in money."""

import argparse
import json
import os
import platform
import resource
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from doorstep.adapters.osm_files import read_streets
from doorstep.adapters.report import write
from doorstep.domain.comparison import Comparison, Learned
from doorstep.domain.errors import YourInput
from doorstep.flows.choose_doors import choose_doors
from doorstep.flows.compare import rows, waterfall
from doorstep.flows.draw_plans import draw_plans
from doorstep.flows.drive_plan import DrivenMoney
from doorstep.flows.models import evidence
from doorstep.operations.search import compile_ahead
from doorstep.server.commands.answers import keep_text
from doorstep.server.commands.arguments import seconds, seed
from doorstep.server.rehearsal import BothPlans, Rehearsal, drive_seeds, planned_both_ways, rehearsed, search_pool
from doorstep.server.settings import settings
from doorstep.server.terminal import Progress, print_comparison
from doorstep.server.worlds import TownSettings, town

DRIVES = 60
LEAST_DRIVES = 30
MONEY = "expected"

LIMITS = (
    "The people are made up: they follow rules that we wrote, so this shows the method, not your company.",
    "Margins are the world's own expectation over the drives' real arrival times, because leavings are too rare to see "
    "in one day; failures and tickets are expectations too.",
    "Rush-hour speeds are an assumption until they are learned from pings; the town's true traffic differs from it.",
    "What a ticket, an account and a driver who quits cost are settings of the tariff, not measurements.",
)


def add(commands: Any) -> None:
    """Draw the command's arguments."""
    parser = commands.add_parser(
        "demo",
        help="a company's day planned twice, driven and compared; ends with a report",
        description="Makes a town, imports and learns its past, plans tomorrow both ways, drives both plans.",
    )
    parser.add_argument("--seed", type=seed, default=1, metavar="N", help="another number, another town (1)")
    parser.add_argument("--null", action="store_true", help="a town where nothing reacts: layers 2 and 3 earn nothing")
    parser.add_argument("--osm", type=Path, metavar="FILE", help="put the town's people on the streets of an OSM file")
    parser.add_argument("--seconds", type=seconds, default=15.0, metavar="S", help="search time of each plan (15)")
    parser.add_argument("--drives", type=int, default=DRIVES, metavar="N", help=f"drives of each plan ({DRIVES})")
    parser.add_argument("--orders-per-day", type=int, default=400, metavar="N", help="orders of a weekday (400)")
    parser.add_argument("--days", type=int, default=90, metavar="N", help="days of history (90)")
    parser.add_argument("--report", type=Path, default=Path("doorstep-report.html"), metavar="F", help="where it goes")
    parser.add_argument("--json", metavar="F", nargs="?", const="-", help="the figures as JSON, to F or stdout")
    parser.set_defaults(run=run)


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a demo found: the plans, their drives, and the comparison drawn from them."""

    plans: BothPlans
    efficiency: list[DrivenMoney]
    profit: list[DrivenMoney]
    comparison: Comparison


def run(given: argparse.Namespace) -> int:
    """Rehearse, compare, report."""
    _refuse(given)
    progress = Progress(Console(stderr=True))
    compile_ahead()
    with tempfile.TemporaryDirectory(prefix="doorstep-demo-") as work:
        outcome = _rehearse(given, Path(work), progress)
    with progress.stage("Write the report"):
        write(outcome.comparison, given.report)
    if given.json:
        keep_text(given.json, json.dumps(_document(outcome, progress), indent=1, ensure_ascii=False) + "\n")
    if given.json != "-":
        print_comparison(outcome.comparison, Console(), given.report.absolute())
    return 0


def _refuse(given: argparse.Namespace) -> None:
    if given.drives < LEAST_DRIVES:
        raise YourInput(
            f"Expected at least {LEAST_DRIVES} drives, so that an interval means something, got {given.drives}."
        )
    if given.osm and not given.osm.is_file():
        raise YourInput(f"Expected an OSM file (.osm.pbf or .osm) at {given.osm}, there is none; check the path.")
    if not given.report.absolute().parent.is_dir():
        raise YourInput(
            f"Expected a folder for the report, {given.report.absolute().parent} is none; give another path."
        )


def _rehearse(given: argparse.Namespace, work: Path, progress: Progress) -> Outcome:
    home = settings(str(work / "home"))
    asked = TownSettings(given.days, given.orders_per_day, given.null, given.osm, work=work, cache=home.cache / "roads")
    with search_pool() as pool:
        rehearsal = rehearsed(town(given.seed, asked), work / "company", home, seed=given.seed, stage=progress.stage)
        with progress.stage("Plan tomorrow both ways, one core each"):
            plans = planned_both_ways(rehearsal.asked, pool, seconds=given.seconds, seed=given.seed)
    with progress.stage(f"Drive both plans, {given.drives} times"):
        seeds = drive_seeds(given.seed, given.drives)
        efficiency, profit = rehearsal.drive(plans.efficiency, seeds), rehearsal.drive(plans.profit, seeds)
    with progress.stage("Compare and draw"):
        comparison = _comparison(given, rehearsal, plans, (efficiency, profit), progress)
    return Outcome(plans, efficiency, profit, comparison)


def _comparison(
    given: argparse.Namespace,
    rehearsal: Rehearsal,
    plans: BothPlans,
    driven: tuple[list[DrivenMoney], list[DrivenMoney]],
    progress: Progress,
) -> Comparison:
    asked, company = rehearsal.asked, rehearsal.asked.nouns.company
    roads = rehearsal.roads("car")
    drawing = draw_plans(asked, plans.efficiency, plans.profit, read_streets(rehearsal.streets), roads)
    return Comparison(
        company=company.name,
        day=rehearsal.day,
        timezone=company.timezone,
        currency=company.currency,
        exponent=company.exponent,
        orders=len(asked.nouns.orders),
        vans=len(asked.nouns.shifts),
        drives=given.drives,
        search_seconds=given.seconds,
        seed=given.seed,
        command=_command(given),
        machine=_machine(),
        same_plan=plans.same,
        rows=rows(*driven, MONEY),
        waterfall=waterfall(*driven, MONEY),
        drawing=drawing,
        doors=choose_doors(asked, drawing),
        stages=progress.stages,
        learned=tuple(Learned(what, sentence) for what, sentence in evidence(rehearsal.models)),
        limits=LIMITS,
        attribution=roads.attribution,
        null_statement=_null_statement(given, plans),
        money="expected",
    )


def _null_statement(given: argparse.Namespace, plans: BothPlans) -> str:
    if not given.null:
        return ""
    if plans.same:
        return "In this town nothing reacts, and nothing was found to price: layers 2 and 3 earn nothing here."
    return "In this town nothing reacts: layers 2 and 3 earn nothing here, whatever a single run may show."


def _command(given: argparse.Namespace) -> str:
    asked = [f"--seed {given.seed}"]
    asked += ["--null"] if given.null else []
    asked += [f"--osm {given.osm.name}"] if given.osm else []
    defaults = {"seconds": 15.0, "drives": DRIVES, "orders_per_day": 400, "days": 90}
    asked += [
        f"--{name.replace('_', '-')} {getattr(given, name):g}"
        for name, usual in defaults.items()
        if getattr(given, name) != usual
    ]
    return f"./run demo {' '.join(asked)}"


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def _document(outcome: Outcome, progress: Progress) -> dict[str, Any]:
    found = outcome.comparison
    driven = rows(outcome.efficiency, outcome.profit, "driven")[0]
    return {
        "company": found.company,
        "day": found.day,
        "seed": found.seed,
        "command": found.command,
        "orders": found.orders,
        "drives": found.drives,
        "money": found.money,
        "verdict": found.verdict,
        "same_plan": found.same_plan,
        "level": 0.9,
        "rows": [_row(row) for row in found.rows],
        "driven_margin": _row(driven),
        "stages": [asdict(stage) for stage in progress.stages],
        "peak_mb": round(_peak_mb()),
    }


def _row(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("what", "unit", "efficiency", "profit", "difference", "low", "high")}


def _peak_mb() -> float:
    """Return the most memory this process and its largest child held, in MB (Linux counts kB, macOS bytes)."""
    unit = 1024**2 if sys.platform == "darwin" else 1024
    used = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used) / unit
