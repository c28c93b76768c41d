"""`doorstep dispatch PLAN EVENTS`: while the day runs, a new plan with what is driven and loaded left as it is."""

import argparse
import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from doorstep.adapters.event_files import read_events
from doorstep.adapters.plan_files import plan_document
from doorstep.adapters.plan_pairs import write_pair
from doorstep.adapters.problem_files import problem_sha256
from doorstep.adapters.strict_json import keep
from doorstep.domain.events import Event, Ordered
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Problem
from doorstep.domain.units import Cents, Seconds
from doorstep.flows.dispatch import Dispatched, Effort, dispatch
from doorstep.flows.ports import Streets
from doorstep.flows.recall_past_orders import past_orders
from doorstep.operations.dispatch.differences import changes
from doorstep.operations.dispatch.futures import Waves
from doorstep.operations.dispatch.going_on import WAYS, Alternative
from doorstep.operations.dispatch.stability import Instability
from doorstep.server import wiring
from doorstep.server.commands.answers import refuse_unwritable
from doorstep.server.commands.arguments import HELP_ITERATIONS, cents, futures, iterations, minutes, seconds, seed
from doorstep.server.commands.dispatch_words import Past, owed, say_ways
from doorstep.server.commands.streets import HELP_NEW_PLACE, roads_beside
from doorstep.server.commands.told_plan import add_problem, read_told
from doorstep.server.settings import settings
from doorstep.server.terminal import Progress

INCOMPLETE = 2
"""Exit code when a stop that must be served fits nowhere: the plans are written, and each such stop is named."""

SECONDS, DECIDING_SECONDS = 1.0, 10.0
"""How long is searched unless somebody says otherwise; the second where it is decided who waits."""

EVERY = 1800
"""Seconds from one wave to the next unless somebody says otherwise."""


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Draw the command's arguments."""
    parser = commands.add_parser(
        "dispatch",
        help="re-plan a running day after events: three alternatives with their differences",
        description="PLAN is a plan with PLAN.problem.json beside it, as plan and dispatch write them.",
    )
    parser.add_argument("plan", type=Path, metavar="PLAN", help="plan.json of the day as it was planned last")
    parser.add_argument("events", type=Path, metavar="EVENTS", help="JSON list of events, see docs/formats.md")
    add_problem(parser)
    parser.add_argument("--osm", type=Path, metavar="F", help=HELP_NEW_PLACE)
    parser.add_argument("--seconds", type=seconds, metavar="S", help="how long to search (1; with --past 10)")
    parser.add_argument("--iterations", type=iterations, metavar="N", help=HELP_ITERATIONS)
    parser.add_argument("--seed", type=seed, default=1, metavar="N", help="same seed, same choices (1)")
    parser.add_argument("--take", choices=("best", *WAYS), default="best", help="which alternative --out gets (best)")
    parser.add_argument(
        "--move-cents", type=cents, metavar="C", help="what giving a stop to another driver costs (150)"
    )
    parser.add_argument("--hour-cents", type=cents, metavar="C", help="what an hour off the told time costs (400)")
    add_waves(parser)
    parser.add_argument("--out", type=Path, metavar="F", help="where the plan goes, its problem beside it")
    parser.add_argument("--json", nargs="?", const="-", metavar="F", help="all alternatives for machines")
    parser.set_defaults(run=run)


def add_waves(parser: argparse.ArgumentParser) -> None:
    """Draw the arguments by which it is decided who leaves now and who waits."""
    parser.add_argument(
        "--past", type=Path, nargs="*", metavar="F",
        help="decide first who leaves now and who waits for better company, by past days like today: each day's events "
        "in a file of its own, or without files the orders in the store",
    )  # fmt: skip
    parser.add_argument("--every", type=minutes, default=EVERY, metavar="MIN", help="minutes until the next wave (30)")
    parser.add_argument(
        "--futures", type=futures, default=10, metavar="N", help="how many futures are drawn from them (10)"
    )
    parser.add_argument("--company", metavar="ID", help="whose store; default: the only company in it")
    parser.add_argument("--home", metavar="DIR", help="where the store lives; default DOORSTEP_HOME or .doorstep")


def run(given: argparse.Namespace) -> int:
    """Read plan and events, plan on, write what was asked for and say what the choice is."""
    refuse_unwritable(given.out, given.json)
    problem, plan = read_told(given)
    events = read_events(given.events, len(problem.dimensions))
    past = _past(given, problem)
    usual = SECONDS if past is None else DECIDING_SECONDS
    effort = Effort(given.seconds or usual, given.seed, given.iterations)
    with Progress(Console(stderr=True)).stage("dispatch"):
        found = dispatch(
            problem, plan, events, effort=effort, instability=_instability(given), sha256_of=problem_sha256,
            streets=_streets(given.osm, problem, events), waves=None if past is None else past.waves,
        )  # fmt: skip
    taken = next((a for a in found.alternatives if a.name == given.take), found.alternatives[0])
    if given.out:
        write_pair(found.problem, taken.plan, given.out)
    if given.json is not None:
        _say_json(found, plan, taken, past, given.json)
    if given.json != "-":
        say_ways(Console(), found, plan, taken, past)
    return INCOMPLETE if owed(found.problem, taken.plan) else 0


def _past(given: argparse.Namespace, problem: Problem) -> Past | None:
    """Return the past days from which it is drawn what may come, if somebody asks who should wait."""
    if given.past is None:
        return None
    if given.past:
        days = [read_events(path, len(problem.dimensions)) for path in given.past]
        orders = tuple(tuple(event for event in day if isinstance(event, Ordered)) for day in days)
        return Past(Waves(orders, Seconds(given.every), given.futures), sum(map(len, days)) - sum(map(len, orders)))
    with closing(wiring.store_at(settings(given.home))) as store:
        orders = past_orders(store, wiring.company_in(store, given.company), problem)
    return Past(Waves(orders, Seconds(given.every), given.futures))


def _streets(osm: Path | None, problem: Problem, events: Sequence[Event]) -> Mapping[str, Streets]:
    """Return the roads to ask, if there is an order from a place that the matrices don't know."""
    new = any(isinstance(event, Ordered) and event.place not in problem.places for event in events)
    return roads_beside(osm, problem) if osm and new else {}


def _instability(given: argparse.Namespace) -> Instability:
    plain = Instability()
    return Instability(
        cents_per_move=plain.cents_per_move if given.move_cents is None else Cents(given.move_cents),
        cents_per_hour=plain.cents_per_hour if given.hour_cents is None else given.hour_cents,
    )


def alternative_row(problem: Problem, found: Alternative, before: Plan) -> dict[str, Any]:
    """Return one alternative as JSON values."""
    by = found.difference
    return {
        "name": found.name,
        "cents": dict(found.plan.cents),
        "difference": {
            "cents": dict(by.cents),
            "late": by.late,
            "late_seconds": by.late_seconds,
            "moved": list(by.moved),
            "retimed": list(by.retimed),
            "dropped": list(by.dropped),
            "gained": list(by.gained),
            "spread": round(by.spread, 4),
        },
        "must_be_served": list(owed(problem, found.plan)),
        "changes": [asdict(change) for change in changes(problem, before, found.plan)],
        "left_out": list(found.report.left_out),
        "plan": plan_document(found.plan),
    }


def _say_json(found: Dispatched, before: Plan, taken: Alternative, past: Past | None, target: str) -> None:
    document: dict[str, Any] = {
        "now": found.problem.now,
        "taken": taken.name,
        "notes": list(found.notes),
        "alternatives": [alternative_row(found.problem, a, before) for a in found.alternatives],
    }
    if found.decision is not None:
        orders = [asdict(row) for row in found.decision.verdicts(taken.plan)]
        document["wave"] = {"next": found.decision.next, "futures": found.decision.futures, "orders": orders}
    if past is not None:
        days = past.waves.past
        document["past"] = {"days": len(days), "orders": sum(map(len, days)), "passed_over": past.passed_over}
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    if target == "-":
        print(text, end="")
    else:
        keep(Path(target), text.encode())
