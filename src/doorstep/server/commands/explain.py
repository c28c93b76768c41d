"""`doorstep explain PLAN ID`: why an order is left out, or why it has this driver and this time; and what if."""

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from doorstep.adapters.plan_files import read_plan
from doorstep.adapters.problem_files import problem_sha256, read_problem
from doorstep.adapters.strict_json import keep
from doorstep.domain.errors import YourInput
from doorstep.domain.plan import Relaxation
from doorstep.domain.units import Cents, Seconds, clock
from doorstep.domain.windows import TimeWindow
from doorstep.flows.check import check_plan
from doorstep.flows.explain import Explained, explain
from doorstep.operations.differences import Difference
from doorstep.operations.explain import WhatIf, WhyHere, what_if
from doorstep.operations.explain.relaxing import SHIFTS_WITH, UNITS
from doorstep.operations.happenings import stop_of
from doorstep.server.commands.arguments import moment, seconds, seed
from doorstep.server.terminal import Progress, fitting

GIVE = 900
"""Seconds around a wished time that still count as that time."""

CHANGES = {
    "window_opens_earlier": "its window opened {amount} earlier",
    "window_closes_later": "its window closed {amount} later",
    "shift_ends_later": "shift {of} ended {amount} later",
    "longer_shift": "shift {of} could last {amount} longer",
    "more_driving": "the driver of shift {of} could drive {amount} more",
    "more_working": "the driver of shift {of} could work {amount} more",
    "goods_earlier": "its goods had been there {amount} earlier",
    "more_metres": "shift {of} could drive {amount} more",
    "more_range": "the vehicle of shift {of} had {amount} more",
    "more_stops": "shift {of} could take {amount} more",
    "more_room": "the vehicle of shift {of} had room for {amount} {what} more",
    "skill": "shift {of} offered {what}",
    "let_come": "shift {of} were let come",
    "veto_lifted": "the veto against shift {of} were lifted",
    "worth_more": "leaving it out cost {amount} more",
    "instead_of": "stop {of} were left out instead",
    "another_shift": "there were one more shift like {of}",
    "search_longer": "the search had gone on longer",
}
"""What each change is in words, after "It would be served if"."""


BOUNDS = {
    "window_opens_earlier": "it would come before the window opens",
    "window_closes_later": "it would come after the window closes",
    "shift_ends_later": "it would be back after its end",
    "longer_shift": "it would last too long",
    "more_driving": "its driver would drive too long",
    "more_working": "its driver would work too long",
    "goods_earlier": "it was loaded before the goods were there",
    "more_metres": "it would drive too far",
    "more_range": "its battery would be too low",
    "more_stops": "it would have too many stops",
    "more_room": "it would be too full",
    "skill": "it lacks a skill",
    "let_come": "it is not let come",
    "veto_lifted": "there is a veto",
}
"""What is wrong with a place, in words."""

NAMED = ("skill", "let_come", "veto_lifted")


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Draw the command's arguments."""
    parser = commands.add_parser(
        "explain",
        help="why an order is left out, or has this driver and time; what if it were otherwise",
        description="PLAN is a plan with PLAN.problem.json beside it. Every statement was solved again.",
    )
    parser.add_argument("plan", type=Path, metavar="PLAN", help="plan.json")
    parser.add_argument("order", metavar="ID", help="an order's id")
    parser.add_argument("--problem", type=Path, metavar="F", help="the plan's problem, where it lies elsewhere")
    parser.add_argument("--shift", metavar="ID", help="what if this shift made the visit")
    parser.add_argument("--time", type=moment, metavar="HH:MM", help="what if somebody knocked about then")
    parser.add_argument("--leave-out", action="store_true", help="what if it were not served")
    parser.add_argument("--seconds", type=seconds, default=0.5, metavar="S", help="of each second search (0.5)")
    parser.add_argument("--seed", type=seed, default=1, metavar="N", help="same seed, same choices (1)")
    parser.add_argument("--json", nargs="?", const="-", metavar="F", help="the same for machines, to F or printed")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Read the plan, find out, say it."""
    problem = read_problem(given.problem or Path(f"{given.plan}.problem.json"))
    plan = read_plan(given.plan)
    report = check_plan(problem, plan, problem_sha256=problem_sha256(problem))
    if len(report.violations) > len(report.left_out):
        raise YourInput(f"Expected a plan that holds for its problem, got one that does not: {report.violations[0]}")
    effort = {"seconds": given.seconds, "seed": given.seed}
    with Progress(Console(stderr=True)).stage("explain"):
        if given.shift or given.time is not None or given.leave_out:
            window = None if given.time is None else TimeWindow(Seconds(given.time - GIVE), Seconds(given.time + GIVE))
            stop = stop_of(problem, given.order)
            answer: Explained | WhatIf = what_if(
                problem, plan, stop.stop_id, shift_id=given.shift, window=window, left_out=given.leave_out, **effort
            )
        else:
            answer = explain(problem, plan, given.order, **effort)
    lines, document = _told(answer)
    _answer(given.json, lines, document)
    return 0


def _told(answer: Explained | WhatIf) -> tuple[list[str], dict[str, Any]]:
    """Return the answer in sentences and as JSON values."""
    if isinstance(answer, WhatIf):
        return [_what_if(answer)], {"holds": answer.holds, "difference": asdict(answer.difference)}
    if answer.here is not None:
        return _here(answer.here), {"here": asdict(answer.here)}
    changes = [asdict(change) for change in answer.would_be_served_if]
    return _left_out(answer), {"reason": answer.left_out and answer.left_out.reason, "would_be_served_if": changes}


def _what_if(answer: WhatIf) -> str:
    if not answer.holds:
        return "No plan was found in which that holds."
    return f"Then the best plan found would cost {_by(answer.difference)}."


def _here(here: WhyHere) -> list[str]:
    visit = here.visit
    doors = ", ".join(f"{part} {cents:,}" for part, cents in visit.cents.items()) or "nothing"
    lines = [
        f"Shift {here.shift_id} ({here.driver_id or 'no driver named'}) knocks at {clock(visit.starts_at)}, and could "
        f"until {clock(here.latest)} without anything after it coming too late.",
        f"It adds {here.adds:,} cents to that route; of that the door costs {doors}.",
    ]
    lines += [f"With shift {i.shift_id} instead the best plan found costs {_by(i.difference)}." for i in here.instead]
    lines += [
        f"Shift {shift_id} has no place for it as the plan stands: {_broken(breaks)}."
        for shift_id, breaks in list(here.cannot.items())[:5]
    ]
    return lines


def _left_out(answer: Explained) -> list[str]:
    reason = answer.left_out.reason if answer.left_out else ""
    lines = [f"Left out. {reason}"]
    lines += [f"It would be served if {in_words(change)}; {_price(change)}." for change in answer.would_be_served_if]
    return lines if answer.would_be_served_if else [*lines, "No single change was found that would serve it."]


def in_words(change: Relaxation) -> str:
    """Return a change as the end of a sentence."""
    of, what = change.of, ""
    if change.change in SHIFTS_WITH:
        of, _, what = change.of.rpartition(":")
    return CHANGES[change.change].format(amount=_amount(change), of=of, what=what)


def _amount(change: Relaxation) -> str:
    """Return an amount as people say it."""
    if change.unit == "s":
        return f"{-(-change.amount // 60)} min"
    if change.unit == "stops":
        return "one stop" if change.amount == 1 else f"{change.amount} stops"
    return f"{change.amount:,} {change.unit}".removesuffix(" units")


def _price(change: Relaxation) -> str:
    """Return what a change costs, as the end of a sentence."""
    if change.cents > 0:
        return f"serving it then costs {change.cents:,} cents more than leaving it out"
    return f"serving it then costs {-change.cents:,} cents less than leaving it out" if change.cents else "for nothing"


def _broken(breaks: Mapping[str, int]) -> str:
    return ", ".join(_bound(name, by) for name, by in breaks.items())


def _bound(name: str, by: int) -> str:
    """Return a bound that would be broken, and by how much."""
    change, _, of = name.partition(":")
    amount = _amount(Relaxation(change, of, by, UNITS[change], Cents(0), False))
    what = f" ({of})" if change in SHIFTS_WITH else ""
    return f"{BOUNDS[change]}{what}" + ("" if change in NAMED else f" by {amount}")


def _by(difference: Difference) -> str:
    parts = ", ".join(f"{part} {by:+,}" for part, by in difference.cents.items() if part != "total")
    return f"{difference.total:+,} cents ({parts or 'nothing changes'}); {len(difference.moved)} stops change hands"


def _answer(target: str | None, lines: list[str], document: dict[str, Any]) -> None:
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    if target == "-":
        print(text, end="")
        return
    if target is not None:
        keep(Path(target), text.encode())
    out = Console(soft_wrap=True)
    for line in lines:
        out.print(Text(fitting(line, out)))
