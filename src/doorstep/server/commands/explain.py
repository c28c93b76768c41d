"""`doorstep explain PLAN ID`: why an order is left out, or why it has this driver and this time; and what if."""

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from doorstep.adapters.strict_json import keep
from doorstep.domain.errors import YourInput
from doorstep.domain.plan import Relaxation
from doorstep.domain.units import Cents, Seconds, clock
from doorstep.domain.windows import TimeWindow
from doorstep.flows.explain import Explained, explain
from doorstep.operations.dispatch.differences import Difference
from doorstep.operations.dispatch.happenings import stop_of
from doorstep.operations.explain import WhatIf, WhyHere, what_if
from doorstep.operations.explain.insertion import PAST
from doorstep.operations.explain.relaxing import SHIFTS_WITH, UNITS
from doorstep.server.commands.answers import refuse_unwritable
from doorstep.server.commands.arguments import moment, seconds, seed
from doorstep.server.commands.sentences import Amounts, amount_in_words, room_in_words, say, would_be_served
from doorstep.server.commands.streets import HELP
from doorstep.server.commands.told_plan import add_problem, read_told
from doorstep.server.terminal import Progress

GIVE = 900
"""Seconds around a wished time that still count as that time."""

BOUNDS = {
    "window_opens_earlier": "it would come before the window opens",
    "window_closes_later": "it would come after the window closes",
    "shift_ends_later": "it would be back after its end",
    "longer_shift": "it would last too long",
    "more_driving": "its driver would drive too long",
    "more_working": "its driver would work too long",
    "goods_earlier": "it was loaded before the goods were there",
    "left_without": "it was loaded, and left without these goods",
    "more_metres": "it would drive too far",
    "more_range": "its battery would be too low",
    "more_stops": "it would have too many stops",
    "more_room": "it would be too full",
    "skill": "it lacks a skill",
    "let_come": "it is not let come",
    "veto_lifted": "there is a veto",
}
"""What is wrong with a place, in words."""

NAMED = ("skill", "let_come", "veto_lifted", *PAST)

ON_BOARD = "it is on board of shift {}, and nobody else can bring it."
"""What no wish can change."""

SET_ASIDE = {
    "window_opens_earlier": "somebody would knock {} before its window opens",
    "window_closes_later": "somebody would knock {} after its window closes",
    "let_come": "only others may come there",
    "must_serve": "it must be served",
}
"""Rules that a decision by hand can break."""

BETTER = "So the plan itself could be better: plan again with more --seconds."
"""What follows from a decision by hand that breaks no rule and makes a plan cheaper: nothing kept the search from it
but time."""

MOST_SHIFTS = 5
"""Shifts without a place of which it is said why."""


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Draw the command's arguments."""
    parser = commands.add_parser(
        "explain",
        help="why an order is left out, or has this driver and time; what if it were otherwise",
        description="PLAN is a plan with PLAN.problem.json beside it. What would be otherwise was planned again and "
        "checked; what keeps other shifts away is measured in the plan as it stands.",
    )
    parser.add_argument("plan", type=Path, metavar="PLAN", help="plan.json")
    parser.add_argument("order", metavar="ID", help="an order's id")
    add_problem(parser)
    parser.add_argument("--osm", type=Path, metavar="F", help=f"{HELP}, if one was given to solve")
    parser.add_argument("--shift", metavar="ID", help="what if this shift made the visit")
    parser.add_argument("--time", type=moment, metavar="HH:MM", help="what if somebody knocked about then")
    parser.add_argument("--leave-out", action="store_true", help="what if it were not served")
    parser.add_argument("--seconds", type=seconds, default=0.5, metavar="S", help="of each second search (0.5)")
    parser.add_argument("--seed", type=seed, default=1, metavar="N", help="same seed, same choices (1)")
    parser.add_argument("--json", nargs="?", const="-", metavar="F", help="the same for machines, to F or printed")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Read the plan, find out, say it."""
    refuse_unwritable(given.json)
    if given.leave_out and (given.shift is not None or given.time is not None):
        raise YourInput(
            "Expected --leave-out alone, or --shift and --time, got both; nobody comes to an order that is left out."
        )
    problem, plan = read_told(given)
    effort = {"seconds": given.seconds, "seed": given.seed}
    with Progress(Console(stderr=True)).stage("explain"):
        if given.shift is not None or given.time is not None or given.leave_out:
            window = None if given.time is None else TimeWindow(Seconds(given.time - GIVE), Seconds(given.time + GIVE))
            stop = stop_of(problem, given.order)
            answer: Explained | WhatIf = what_if(
                problem, plan, stop.stop_id, shift_id=given.shift, window=window, left_out=given.leave_out, **effort
            )
        else:
            answer = explain(problem, plan, given.order, **effort)
    lines, document = _told(answer, Amounts.of(problem))
    _answer(given.json, lines, document)
    return 0


def _told(answer: Explained | WhatIf, amounts: Amounts) -> tuple[list[str], dict[str, Any]]:
    """Return the answer in sentences and as JSON values."""
    if isinstance(answer, WhatIf):
        document = {name: getattr(answer, name) for name in ("holds", "on_board_of", "held_by", "breaks")}
        return [_what_if(answer, amounts)], {**document, "difference": asdict(answer.difference)}
    if answer.here is not None:
        return _here(answer.here, amounts), {"here": asdict(answer.here)}
    changes = [asdict(change) for change in answer.would_be_served_if]
    reason = answer.left_out and answer.left_out.reason
    document = {"reason": reason, "on_board_of": answer.on_board_of, "would_be_served_if": changes}
    return _left_out(answer, amounts), document


def _what_if(answer: WhatIf, amounts: Amounts) -> str:
    if answer.on_board_of:
        return f"No: {ON_BOARD.format(answer.on_board_of)}"
    if answer.held_by:
        return f"No: shift {answer.held_by} was there, is on its way, or is bound to go there."
    if not answer.holds:
        return "No plan was found in which that holds, and all is served that must be."
    then = f"Then the best plan found would cost {_by(answer.difference, amounts)}."
    broken = _set_aside(answer, amounts)
    if answer.difference.dropped and not amounts.pays_for_leaving_out:
        then = f"{then} Somebody is left out, as VROOM's tasks may be: what that saves is no gain."
        return f"{then} The problem does not allow it either: {', '.join(broken)}." if broken else then
    if broken:
        return f"{then} But the problem does not allow it: {', '.join(broken)}."
    return f"{then} {BETTER}" if answer.difference.total < 0 else then


def _set_aside(answer: WhatIf, amounts: Amounts) -> list[str]:
    """Return the rules that are broken, in words."""
    kinds = {name.partition(":")[0]: by for name, by in answer.breaks.items()}
    return [SET_ASIDE[kind].format(_amount(kind, by, amounts)) for kind, by in kinds.items()]


def _here(here: WhyHere, amounts: Amounts) -> list[str]:
    visit, doors = here.visit, amounts.parts(here.visit.cents)
    who = f"Shift {here.shift_id} ({here.driver_id or 'no driver named'}) knocks at {clock(visit.starts_at)}"
    if here.held:
        return [f"{who}: the visit is driven, under way or frozen, and nobody's to choose any more."]
    lines = [
        f"{who}, and could {_latest(here)} with all of its route still allowed.",
        f"It adds {amounts.text(here.adds)} to that route" + (f", of that at the door: {doors}." if doors else "."),
    ]
    if here.on_board:
        lines.append(_sentence(ON_BOARD.format(here.shift_id)))
    lines += [
        f"With shift {i.shift_id} ({i.driver_id or 'no driver named'}) instead, the best plan found costs "
        f"{_by(i.difference, amounts)}."
        for i in sorted(here.instead, key=lambda i: i.difference.total)
    ]
    if any(i.difference.total < 0 for i in here.instead):
        lines.append(BETTER)
    lines += [
        f"Shift {shift_id} has no place for it as the plan stands: at best {_broken(breaks, amounts)}."
        for shift_id, breaks in list(here.cannot.items())[:MOST_SHIFTS]
    ]
    more = len(here.cannot) - MOST_SHIFTS
    return [*lines, f"So it is with {more} more shifts."] if more > 0 else lines


def _latest(here: WhyHere) -> str:
    until = clock(here.latest)
    return f"until {until}" if until != clock(here.visit.starts_at) else "not a minute later"


def _left_out(answer: Explained, amounts: Amounts) -> list[str]:
    reason = answer.left_out.reason if answer.left_out else ""
    changes = list(would_be_served(answer.would_be_served_if, amounts))
    if answer.on_board_of:
        reason = f"{reason} {_sentence(ON_BOARD.format(answer.on_board_of))}"
    return [f"Left out. {reason}", *(changes or ["No single change was found that would serve it."])]


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]


def _broken(breaks: Mapping[str, int], amounts: Amounts) -> str:
    return ", ".join(_bound(name, by, amounts) for name, by in breaks.items())


def _bound(name: str, by: int, amounts: Amounts) -> str:
    """Return a bound that would be broken, and by how much."""
    change, _, of = name.partition(":")
    if change in NAMED:
        return BOUNDS[change] + (f" ({of})" if change in SHIFTS_WITH else "")
    amount = room_in_words(of, by) if change == "more_room" else _amount(change, by, amounts)
    return f"{BOUNDS[change]} by {amount}"


def _amount(change: str, by: int, amounts: Amounts) -> str:
    return amount_in_words(Relaxation(change, "", by, UNITS.get(change, ""), Cents(0), False), amounts)


def _by(difference: Difference, amounts: Amounts) -> str:
    """Return how much more or less another plan costs, of what parts, and whom it moves."""
    total = amounts.total(difference.cents)
    if not difference.total and not difference.moved:
        return "the same, and nothing else changes"
    how = f"{amounts.text(abs(total))} {'more' if total > 0 else 'less'}" if total else "the same"
    parts = amounts.parts(difference.cents, sign=True)
    moved = len(difference.moved)
    hands = {0: "no stop changes hands", 1: "one stop changes hands"}.get(moved, f"{moved} stops change hands")
    return f"{how}{f' ({parts})' if parts else ''}; {hands}"


def _answer(target: str | None, lines: list[str], document: dict[str, Any]) -> None:
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    if target == "-":
        print(text, end="")
        return
    if target is not None:
        keep(Path(target), text.encode())
    out = Console()
    for line in lines:
        say(out, line)
