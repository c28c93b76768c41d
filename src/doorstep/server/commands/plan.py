"""`doorstep plan --day D`: a depot's day under an objective, with the problem beside it for `doorstep check`."""

import argparse
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from doorstep.adapters.geojson import geojson_text
from doorstep.adapters.plan_files import plan_text, write_plan
from doorstep.adapters.plan_pairs import write_pair
from doorstep.adapters.problem_files import problem_sha256
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Problem
from doorstep.domain.sequences import sequences_of
from doorstep.domain.units import Cents
from doorstep.flows.explain import explained
from doorstep.flows.plan_day import OBJECTIVES, Question, decided, question, without_half, without_place
from doorstep.flows.plan_evenly import Searching, plan_evenly
from doorstep.flows.record_decision import record_decision
from doorstep.operations.duty.fair_shares import MOST_SPREAD
from doorstep.operations.search import Progress as SearchProgress
from doorstep.operations.territory import compactness
from doorstep.server import wiring
from doorstep.server.commands.answers import keep_text, refuse_unwritable
from doorstep.server.commands.arguments import (
    HELP_ITERATIONS,
    day,
    iterations,
    percent,
    searches,
    seconds,
    seed,
    two_cores,
)
from doorstep.server.commands.in_cells import add_processes, in_cells, say_cells
from doorstep.server.commands.sentences import (
    Amounts,
    orders_unserved,
    routes_table,
    say,
    say_some,
    say_unserved,
    some,
)
from doorstep.server.commands.streets import along
from doorstep.server.harmless import harmless
from doorstep.server.settings import settings
from doorstep.server.terminal import Line, Progress

INCOMPLETE = 2
"""Exit code when the validator of working hours finds a plan not lawful: it is written, and each breach is named."""

MOST_COMPARED = 4_000
"""Stops up to which each is held against the area of every route."""

EACH = 0.3
"""Seconds of each second search, unless somebody says otherwise."""


def add(commands: Any) -> None:
    """Draw the command's arguments."""
    parser = commands.add_parser(
        "plan",
        help="plan a day",
        description="Plans the orders due on a day with its shifts. Writes F and F.problem.json with --out. The exit "
        "code is 2 where the plan is not lawful: it is written, and each breach of working hours is named.",
    )
    parser.add_argument("--day", type=day, required=True, metavar="D", help="the day, as YYYY-MM-DD")
    parser.add_argument("--objective", choices=OBJECTIVES, default="profit", help="what the search prices (profit)")
    parser.add_argument("--seconds", type=seconds, default=15.0, metavar="S", help="how long to search (15)")
    parser.add_argument("--iterations", type=iterations, metavar="N", help=HELP_ITERATIONS)
    parser.add_argument("--seed", type=seed, default=1, metavar="N", help="same seed, same choices (1)")
    parser.add_argument(
        "--searches", type=searches, default=two_cores(), metavar="N",
        help="searches at once, a core each, that exchange what they find (two, where there are two cores)",
    )  # fmt: skip
    parser.add_argument(
        "--even", type=percent, metavar="PERCENT",
        help="spread paid hours evenly (a variation of 0.1), and spend up to PERCENT of the cost on it",
    )  # fmt: skip
    add_processes(parser)
    parser.add_argument("--depot", metavar="ID", help="which depot; default: the only one with orders")
    parser.add_argument("--company", metavar="ID", help="whose day; default: the only company in the store")
    parser.add_argument("--home", metavar="DIR", help="where the store lives; default DOORSTEP_HOME or .doorstep")
    parser.add_argument("--out", type=Path, metavar="F", help="write the plan to F and the problem to F.problem.json")
    parser.add_argument("--json", metavar="F", nargs="?", const="-", help="the plan as JSON, to F or stdout")
    parser.add_argument(
        "--explain", type=seconds, nargs="?", const=EACH, metavar="S",
        help=f"say what would serve each order left out, each change solved again for up to S seconds ({EACH})",
    )  # fmt: skip
    parser.add_argument("--geojson", metavar="F", help="the routes on a map, along the streets (RFC 7946), to F")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Plan, check, record the decision, write."""
    refuse_unwritable(given.out, given.json, given.geojson)
    home = settings(given.home)
    progress = Progress(Console(stderr=True))
    with closing(wiring.store_at(home)) as store:
        company = wiring.company_in(store, given.company)
        models = wiring.models_of(store, company)
        with progress.stage("roads and prices"):
            roads = wiring.roads_of(store, company, home)
            asked = question(store, company, given.day, models, roads, depot_id=given.depot)
        with progress.stage("search") as line:
            watched = Watched(line, Amounts(asked.nouns.company.currency))
            asked, plan = _searched(asked, given, watched)
        say_cells(Console(stderr=True), watched.cells, given.processes)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        record_decision(store, company, decided(asked, plan, by="doorstep plan", at=at, first=watched.first))
        if given.geojson:
            problem, credit = asked.problems[given.objective], roads("car").attribution
            keep_text(given.geojson, geojson_text(problem, plan, paths=along(roads), attribution=credit))
    if given.out:
        write_pair(asked.problems[given.objective], plan, given.out)
    _answer(given, asked, _explained(given, asked, plan, progress))
    for left_out, sentence in ((asked.halves, without_half), (asked.nowhere, without_place)):
        if left_out:
            print(harmless(sentence(left_out)), file=sys.stderr)
    for broken in plan.unlawful or ():
        print(harmless(f"Not lawful: {broken}"), file=sys.stderr)
    return INCOMPLETE if plan.unlawful else 0


def _explained(given: argparse.Namespace, asked: Question, plan: Plan, progress: Progress) -> Plan:
    """Return the plan with what would serve each order left out, where somebody asked; written anew."""
    if given.explain is None or not plan.unserved:
        return plan
    with progress.stage("explain") as line:
        plan = explained(
            asked.problems[given.objective], plan, seconds=given.explain, seed=given.seed,
            on_progress=lambda done, of: line.say(f"{done} of {of} stops"),
        )  # fmt: skip
    if given.out:
        write_plan(plan, given.out)
    return plan


def _searched(asked: Question, given: argparse.Namespace, watched: "Watched") -> tuple[Question, Plan]:
    """Return the question as it was answered, and the plan."""
    with in_cells(given.processes, watched.cells.append, roads=True) as cells:
        how = Searching(given.seconds, given.seed, given.searches, cells, given.iterations, watched.see)
        return plan_evenly(asked, given.objective, how, fingerprint=problem_sha256, most_cost=given.even)


class Watched:
    """Shows how far the search is, and remembers the price of the first plan it held and the cells it planned in."""

    def __init__(self, line: Line, amounts: Amounts) -> None:
        self._line, self._amounts = line, amounts
        self.first: Cents | None = None
        self.cells: list[int] = []

    def see(self, now: SearchProgress) -> None:
        """Take note of the search's progress."""
        self.first = self.first if self.first is not None else Cents(round(now.price))
        self._line.say(f"{now.share:.0%}, {self._amounts.text(round(now.price))}")


def _answer(given: argparse.Namespace, asked: Question, plan: Plan) -> None:
    if given.json:
        keep_text(given.json, plan_text(plan))
    if given.json != "-":
        _say(Console(), asked, plan, given)


def _say(out: Console, asked: Question, plan: Plan, given: argparse.Namespace) -> None:
    """Say what was planned, route by route, what was left out and why, and what the law took."""
    amounts = Amounts(plan.currency)
    say(out, _summary(asked.problems[given.objective], plan, amounts))
    if plan.routes:
        out.print(routes_table(plan, out))
    pairs = asked.problems[given.objective].pairs
    say_unserved(out, plan.unserved, amounts, looked=given.explain is not None, pairs=pairs)
    _say_law(out, asked)
    _say_evening(out, asked, plan, amounts)
    _say_compactness(out, asked, plan)
    if given.out:
        say(out, f"plan {given.out}, problem {given.out}.problem.json; check with: doorstep check "
                 f"{given.out}.problem.json {given.out}")  # fmt: skip


def _summary(problem: Problem, plan: Plan, amounts: Amounts) -> str:
    stops = sum(visit.kind in ("stop", "pickup") for route in plan.routes for visit in route.visits)
    breaks = sum(visit.kind == "break" for route in plan.routes for visit in route.visits)
    km = sum(route.metres for route in plan.routes) / 1000
    rests = f" {some(breaks, 'break')}," if breaks else ""
    parts = amounts.parts(plan.cents) or "nothing"
    return (
        f"{plan.day}, {plan.objective}: {some(len(plan.routes), 'route')}, {some(stops, 'stop')},{rests} "
        f"{some(orders_unserved(problem, plan), 'order')} unserved, {km:,.0f} km, "
        f"{amounts.text(plan.cents['total'])} ({parts})"
    )


def _say_evening(out: Console, asked: Question, plan: Plan, amounts: Amounts) -> None:
    """Say how evenly a plan spreads paid hours, for how much, and the price by which a tariff would ask for that."""
    if asked.evening is None:
        return
    before, after = asked.evening
    if not after.cents_per_hour:
        why = "even enough" if after.spread.paid <= MOST_SPREAD else "nothing more even was found for that share"
        say(out, f"paid hours vary by {after.spread.paid:.2f} of a fair share: {why}")
        return
    setting = f"; as a setting: uneven_cents_per_hour = {after.cents_per_hour}" if plan.objective == "profit" else ""
    say(
        out,
        f"paid hours vary by {after.spread.paid:.2f} of a fair share instead of {before.spread.paid:.2f}, for "
        f"{100 * after.dearer_than(before):.1f} % more ({amounts.text(after.cents - before.cents)}){setting}",
    )


def _say_compactness(out: Console, asked: Question, plan: Plan) -> None:
    """Say how compact routes are, where the tariff has a price for leaving home."""
    problem = asked.problems[plan.objective]
    if not asked.nouns.company.tariff.territory_cents_per_km or len(problem.stops) > MOST_COMPARED or not plan.routes:
        return
    found = compactness(problem, sequences_of(plan, problem)[0])
    say(
        out,
        f"territories: stops lie {found.mean_metres / 1000:.1f} km from the middle of their route on average, "
        f"{found.in_another:.0%} of them inside another's",
    )


def _shifts(number: int) -> str:
    return "1 shift" if number == 1 else f"{number} shifts"


def _say_law(out: Console, asked: Question) -> None:
    """Say which shifts the law binds, and what it takes from them."""
    if not asked.bounds:
        return
    changed = [
        f"{b.shift.shift_id} ({b.shift.driver_id or 'no driver'}) {words}" for b in asked.bounds for words in b.words
    ]
    names = ", ".join(sorted({bound.rules.name for bound in asked.bounds}))
    say(out, f"legal hours ({names}): {_shifts(len(asked.bounds))} bound{':' if changed else ', none shortened'}")
    say_some(out, changed, most=20)
