"""`doorstep plan --day D`: a depot's day under an objective, with the problem beside it for `doorstep check`."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from doorstep.adapters.geojson import geojson_text
from doorstep.adapters.plan_files import plan_text, write_plan
from doorstep.adapters.problem_files import problem_sha256, write_problem
from doorstep.domain.facts import fact_id
from doorstep.domain.plan import Plan
from doorstep.domain.units import Cents
from doorstep.flows.nouns import pickups_due
from doorstep.flows.plan_day import OBJECTIVES, Question, plan_day, question, without_place
from doorstep.flows.record_decision import Alternative, Decision, record_decision
from doorstep.operations.search import Progress as SearchProgress
from doorstep.server import wiring
from doorstep.server.commands.answers import keep_text
from doorstep.server.commands.arguments import day, seconds, seed
from doorstep.server.commands.streets import along
from doorstep.server.settings import settings
from doorstep.server.terminal import Line, Progress, fitting


def add(commands: Any) -> None:
    """Draw the command's arguments."""
    parser = commands.add_parser(
        "plan",
        help="plan a day",
        description="Plans the orders due on a day with its shifts. Writes F and F.problem.json with --out.",
    )
    parser.add_argument("--day", type=day, required=True, metavar="D", help="the day, as YYYY-MM-DD")
    parser.add_argument("--objective", choices=OBJECTIVES, default="profit", help="what the search prices (profit)")
    parser.add_argument("--seconds", type=seconds, default=15.0, metavar="S", help="how long to search (15)")
    parser.add_argument("--seed", type=seed, default=1, metavar="N", help="same seed, same choices (1)")
    parser.add_argument("--depot", metavar="ID", help="which depot; default: the only one with orders")
    parser.add_argument("--company", metavar="ID", help="whose day; default: the only company in the store")
    parser.add_argument("--home", metavar="DIR", help="where the store lives; default DOORSTEP_HOME or .doorstep")
    parser.add_argument("--out", type=Path, metavar="F", help="write the plan to F and the problem to F.problem.json")
    parser.add_argument("--json", metavar="F", nargs="?", const="-", help="the plan as JSON, to F or stdout")
    parser.add_argument("--geojson", metavar="F", help="the routes on a map, along the streets (RFC 7946), to F")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Plan, check, record the decision, write."""
    home = settings(given.home)
    store = wiring.store_at(home)
    progress = Progress(Console(stderr=True))
    try:
        company = wiring.company_in(store, given.company)
        models = wiring.models_of(store, company)
        with progress.stage("roads and prices"):
            roads = wiring.roads_of(store, company, home)
            asked = question(store, company, given.day, models, roads, depot_id=given.depot)
            pickups = pickups_due(store, company, given.day)
        sha = problem_sha256(asked.problems[given.objective])
        with progress.stage("search") as line:
            watched = Watched(line)
            plan = plan_day(
                asked, given.objective, seconds=given.seconds, seed=given.seed, problem_sha256=sha,
                on_progress=watched.see,
            )  # fmt: skip
        record_decision(store, company, _decision(asked, plan, watched.first))
        if given.geojson:
            problem, credit = asked.problems[given.objective], roads("car").attribution
            keep_text(given.geojson, geojson_text(problem, plan, paths=along(roads), attribution=credit))
    finally:
        store.close()
    _write(given, asked, plan)
    if pickups:
        print(not_planned(pickups), file=sys.stderr)
    if asked.nowhere:
        print(without_place(asked.nowhere), file=sys.stderr)
    return 0


class Watched:
    """Shows how far the search is, and remembers the price of the first plan it held."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.first: Cents | None = None

    def see(self, now: SearchProgress) -> None:
        """Take note of the search's progress."""
        self.first = self.first if self.first is not None else Cents(round(now.price))
        self._line.say(f"{now.share:.0%}, {now.price:,.0f} cents")


def _decision(asked: Question, plan: Plan, first: Cents | None) -> Decision:
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return Decision(
        decision_id=f"{plan.plan_id}-{at}",
        what="plan_day",
        by="doorstep plan",
        at=at,
        chosen=plan.plan_id,
        cents=plan.cents["total"],
        inputs={"problem": plan.problem_sha256},
        models=asked.models.ids,
        valuation=fact_id("valuation", plan.objective, {"valued_by": plan.valued_by}),
        alternatives=[Alternative("the first plan that the search held", first)],
    )


def not_planned(pickups: Sequence[str]) -> str:
    """Return the sentence about orders of kinds that no plan holds yet."""
    named = ", ".join(pickups[:10]) + (f" and {len(pickups) - 10} more" if len(pickups) > 10 else "")
    return f"Left out, since only deliveries are planned so far: pick-ups and pairs {named}; send somebody by hand."


def _write(given: argparse.Namespace, asked: Question, plan: Plan) -> None:
    if given.out:
        write_problem(asked.problems[given.objective], Path(f"{given.out}.problem.json"))
        write_plan(plan, given.out)
    if given.json:
        keep_text(given.json, plan_text(plan))
    if given.json != "-":
        _say(Console(soft_wrap=True), plan, given.out)


def _say(out: Console, plan: Plan, path: Path | None) -> None:
    parts = {part: cents for part, cents in plan.cents.items() if part != "total" and cents}
    out.print(Text(fitting(_summary(plan, parts), out)))
    for order in plan.unserved[:20]:
        out.print(Text(fitting(f"unserved: order {order.order_id}: {order.reason}", out)))
    if len(plan.unserved) > 20:
        out.print(Text(f"unserved: {len(plan.unserved) - 20} more, all in the plan"))
    if path:
        out.print(
            Text(f"plan {path}, problem {path}.problem.json; check with: doorstep check {path}.problem.json {path}")
        )


def _summary(plan: Plan, parts: Mapping[str, int]) -> str:
    visits = sum(len(route.visits) for route in plan.routes)
    km = sum(route.metres for route in plan.routes) / 1000
    told = ", ".join(f"{part} {cents:,}" for part, cents in parts.items())
    return (
        f"{plan.day}, {plan.objective}: {len(plan.routes)} routes, {visits} visits, {len(plan.unserved)} orders "
        f"unserved, {km:,.0f} km, {plan.cents['total']:,} cents ({told})"
    )
