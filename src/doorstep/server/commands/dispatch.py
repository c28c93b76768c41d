"""`doorstep dispatch PLAN EVENTS`: while the day runs, a new plan with what is driven and loaded left as it is."""

import argparse
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from doorstep.adapters.event_files import read_events
from doorstep.adapters.plan_files import plan_document
from doorstep.adapters.plan_pairs import read_pair, write_pair
from doorstep.adapters.problem_files import problem_sha256
from doorstep.adapters.strict_json import keep
from doorstep.domain.errors import YourInput
from doorstep.domain.events import Event, Ordered
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Problem
from doorstep.domain.units import Cents, clock
from doorstep.flows.check import check_plan
from doorstep.flows.dispatch import WAYS, Alternative, Dispatched, Effort, dispatch
from doorstep.flows.ports import Streets
from doorstep.operations.differences import Change, changes
from doorstep.operations.stability import Instability
from doorstep.server.commands.answers import refuse_unwritable
from doorstep.server.commands.arguments import cents, seconds, seed
from doorstep.server.commands.sentences import Amounts, say, say_unserved
from doorstep.server.commands.streets import HELP_NEW_PLACE, roads_beside
from doorstep.server.terminal import Progress, fitting

INCOMPLETE = 2
"""Exit code when a stop that must be served fits nowhere: the plans are written, and each such stop is named."""


MOST_SHOWN = 20
"""Changes that are named one by one."""

FETCHED = re.compile(r"fetch (.+) from (.+)")
"""The id of a stop at which one van takes over another's goods."""

LEGEND = (
    "late: after the promise's end; moved: with another driver; retimed: 15 min or more off; out, in: not served any "
    "more, newly served; uneven: spread of paid hours"
)
"""What the columns mean."""


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Draw the command's arguments."""
    parser = commands.add_parser(
        "dispatch",
        help="re-plan a running day after events: three alternatives with their differences",
        description="PLAN is a plan with PLAN.problem.json beside it, as plan and dispatch write them.",
    )
    parser.add_argument("plan", type=Path, metavar="PLAN", help="plan.json of the day as it was planned last")
    parser.add_argument("events", type=Path, metavar="EVENTS", help="JSON list of events, see docs/formats.md")
    parser.add_argument("--problem", type=Path, metavar="F", help="the plan's problem, where it lies elsewhere")
    parser.add_argument("--osm", type=Path, metavar="F", help=HELP_NEW_PLACE)
    parser.add_argument("--seconds", type=seconds, default=1.0, metavar="S", help="how long to search (1)")
    parser.add_argument("--seed", type=seed, default=1, metavar="N", help="same seed, same choices (1)")
    parser.add_argument("--take", choices=("best", *WAYS), default="best", help="which alternative --out gets (best)")
    parser.add_argument(
        "--move-cents", type=cents, metavar="C", help="what giving a stop to another driver costs (150)"
    )
    parser.add_argument("--hour-cents", type=cents, metavar="C", help="what an hour off the told time costs (400)")
    parser.add_argument("--out", type=Path, metavar="F", help="where the plan goes, its problem beside it")
    parser.add_argument("--json", nargs="?", const="-", metavar="F", help="all alternatives for machines")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Read plan and events, plan on, write what was asked for and say what the choice is."""
    refuse_unwritable(given.out, given.json)
    problem, plan = read_pair(given.plan, given.problem)
    _refuse_strangers(problem, plan)
    events = read_events(given.events, len(problem.dimensions))
    with Progress(Console(stderr=True)).stage("dispatch"):
        found = dispatch(
            problem, plan, events, effort=Effort(given.seconds, given.seed), instability=_instability(given),
            sha256_of=problem_sha256, streets=_streets(given.osm, problem, events),
        )  # fmt: skip
    taken = next((a for a in found.alternatives if a.name == given.take), found.alternatives[0])
    if given.out:
        write_pair(found.problem, taken.plan, given.out)
    if given.json is not None:
        _say_json(found, plan, taken, given.json)
    if given.json != "-":
        _say(Console(), found, plan, taken)
    owed = {row.stop_id for row in taken.plan.unserved} - found.problem.valuation.unserved.keys()
    return INCOMPLETE if owed else 0


def _refuse_strangers(problem: Problem, plan: Plan) -> None:
    """Raise where the plan is no answer to the problem: everything after would be about another day."""
    report = check_plan(problem, plan, problem_sha256=problem_sha256(problem))
    if len(report.violations) > len(report.left_out):
        raise YourInput(f"Expected a plan that holds for its problem, got one that does not: {report.violations[0]}")


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


def alternative_row(found: Alternative, before: Plan) -> dict[str, Any]:
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
        "changes": [asdict(change) for change in changes(before, found.plan)],
        "left_out": list(found.report.left_out),
        "plan": plan_document(found.plan),
    }


def _say_json(found: Dispatched, before: Plan, taken: Alternative, target: str) -> None:
    document = {
        "now": found.problem.now,
        "taken": taken.name,
        "notes": list(found.notes),
        "alternatives": [alternative_row(a, before) for a in found.alternatives],
    }
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    if target == "-":
        print(text, end="")
    else:
        keep(Path(target), text.encode())


def _say(out: Console, found: Dispatched, before: Plan, taken: Alternative) -> None:
    """Say what there is to choose from, and whom the one that is taken concerns."""
    amounts = Amounts(found.problem.currency)
    say(out, f"Now {clock(found.problem.now or 0)}. Three ways to go on, against the plan before; * is taken:")
    out.print(_table(found, taken, out))
    say(out, LEGEND)
    for note in found.notes:
        say(out, note)
    told = changes(before, taken.plan)
    reasons = {row.stop_id: row.reason for row in taken.plan.unserved}
    lines = list(in_words(told, reasons))
    for line in lines[:MOST_SHOWN]:
        say(out, line)
    if len(lines) > MOST_SHOWN:
        say(out, f"... and {len(lines) - MOST_SHOWN} more; --json tells all.")
    if not told:
        say(out, "Nobody needs to be told anything new.")
    known = {change.stop_id for change in told}
    say_unserved(
        out, [row for row in taken.plan.unserved if row.stop_id not in known], amounts, looked=False, most=MOST_SHOWN
    )


def _table(found: Dispatched, taken: Alternative, out: Console) -> Table:
    amounts = Amounts(found.problem.currency)
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    for name in ("way", "cost", "of it changes", "late", "moved", "retimed", "out", "in", "uneven"):
        table.add_column(name, justify="left" if name == "way" else "right", no_wrap=True)
    for way in found.alternatives:
        by = way.difference
        late = f"{by.late} ({-(-by.late_seconds // 60)} min)" if by.late else "0"
        cells = (
            f"{way.name} *" if way is taken else way.name, amounts.text(by.total, sign=True),
            amounts.text(way.plan.cents.get("instability", 0)), late, str(len(by.moved)), str(len(by.retimed)),
            str(len(by.dropped)), str(len(by.gained)), f"{by.spread:.0%}",
        )  # fmt: skip
        table.add_row(*(Text(fitting(cell, out)) for cell in cells))
    return table


def in_words(told: Sequence[Change], reasons: Mapping[str, str]) -> Iterator[str]:
    """Yield changes as lines: what is fetched from one van by another together, else one stop each."""
    fetched: dict[tuple[str, str], list[Change]] = {}
    for change in told:
        handed = FETCHED.fullmatch(change.stop_id)
        if handed and change.now and change.was is None:
            fetched.setdefault((change.now[0], handed[2]), []).append(change)
        else:
            yield _in_words(change, reasons.get(change.stop_id))
    for (shift_id, giver), goods in fetched.items():
        times = [change.now[1] for change in goods if change.now]
        span = clock(min(times)) if len(times) == 1 else f"{clock(min(times))} to {clock(max(times))}"
        names = ", ".join(FETCHED.sub(r"\1", change.stop_id) for change in goods)
        yield f"{shift_id} fetches from {giver} ({span}): {names}"


def _in_words(change: Change, reason: str | None) -> str:
    orders = ", ".join(change.order_ids) or change.stop_id
    if change.now is None:
        was = "" if change.was is None else f" (was {_told(change.was)})"
        return f"{orders}: not served{was}. {reason or 'Not wanted any more.'}"
    before = "new" if change.was is None else f"was {_told(change.was)}"
    return f"{orders}: {_told(change.now)} ({before})"


def _told(visit: tuple[str, int]) -> str:
    return f"{visit[0]} at {clock(visit[1])}"
