"""`doorstep quote PLAN ORDER`: before a customer orders, what each window would cost, by whom and when."""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from doorstep.adapters.order_files import event_row, read_order
from doorstep.adapters.strict_json import keep
from doorstep.domain.errors import YourInput
from doorstep.domain.plan import Plan
from doorstep.domain.units import Cents, Seconds, clock
from doorstep.domain.windows import TimeWindow
from doorstep.flows.quote import QuotingDay, quote, quoting_day, usual_windows
from doorstep.operations.dispatch.stability import Instability
from doorstep.operations.quote import Quote, Quoted
from doorstep.server.commands.arguments import cents, moment
from doorstep.server.commands.sentences import WIDE, Amounts, say
from doorstep.server.commands.streets import HELP_NEW_PLACE, roads_beside
from doorstep.server.commands.told_plan import add_problem, read_told
from doorstep.server.terminal import Progress, fitting

NOBODY = 2
"""Exit code when no window can be served."""

MOST_NAMED = 12
"""Windows that are refused for the same reason and named one by one."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was found: the day, the windows' prices, and the same asked of the roads in every slot, if it was."""

    day: QuotingDay
    quoted: Quoted
    refined: Quoted | None
    values: Mapping[str, Any]
    unserved: Cents | None


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Draw the command's arguments."""
    parser = commands.add_parser(
        "quote",
        help="what a new order would cost in each window, before it is placed: by whom, when, and what it adds",
        description="PLAN is a plan with PLAN.problem.json beside it, as plan and dispatch write them.",
    )
    parser.add_argument("plan", type=Path, metavar="PLAN", help="plan.json of the day as it was planned last")
    parser.add_argument("order", type=Path, metavar="ORDER", help="JSON of the order, see docs/formats.md")
    add_problem(parser)
    parser.add_argument(
        "--windows", type=windows, metavar="HH:MM-HH:MM,...",
        help="windows to offer (the order's own; else every two hours)",
    )  # fmt: skip
    parser.add_argument("--osm", type=Path, metavar="F", help=HELP_NEW_PLACE)
    parser.add_argument("--hour-cents", type=cents, metavar="C", help="what an hour off a told time costs (400)")
    parser.add_argument("--take", type=window, metavar="HH:MM-HH:MM", help="the window that --out books (cheapest)")
    parser.add_argument("--out", type=Path, metavar="F", help="where the booking goes: events for doorstep dispatch")
    parser.add_argument("--json", nargs="?", const="-", metavar="F", help="the same for machines, to F or printed")
    parser.set_defaults(run=run)


def window(text: str) -> TimeWindow:
    """Return a window from HH:MM-HH:MM."""
    opens, dash, closes = text.strip().partition("-")
    found = (moment(opens), moment(closes)) if dash else (1, 0)
    if found[0] > found[1]:
        raise argparse.ArgumentTypeError(f"expected a window as HH:MM-HH:MM, for instance 09:00-11:00, got {text!r}")
    return TimeWindow(Seconds(found[0]), Seconds(found[1]))


def windows(text: str) -> tuple[TimeWindow, ...]:
    """Return windows with commas between them."""
    return tuple(window(part) for part in text.split(","))


def run(given: argparse.Namespace) -> int:
    """Read plan and order, ask for the prices, say them and write the booking."""
    problem, plan = read_told(given)
    order, asked, values = read_order(given.order, len(problem.dimensions), problem.now or Seconds(0))
    with Progress(Console(stderr=True)).stage("quote"):
        streets = roads_beside(given.osm, problem) if given.osm else {}
        day = quoting_day(problem, plan, order.at, _instability(given.hour_cents))
        offered = given.windows or asked or usual_windows(day.problem)
        quoted = quote(day, order, offered, streets)
        refined = quote(day, order, offered, streets, every_slot=True) if streets else None
    answer = _Answer(day, quoted, refined, values, order.unserved)
    if given.json is not None:
        _say_json(answer, plan, given.json)
    if given.json != "-":
        _say(Console(), answer)
    if given.out:
        keep(given.out, (json.dumps([event_row(values, _taken(quoted, given.take))], indent=1) + "\n").encode())
    return 0 if quoted.offers else NOBODY


def _instability(hour_cents: int | None) -> Instability:
    return Instability() if hour_cents is None else Instability(cents_per_hour=hour_cents)


def _taken(quoted: Quoted, wanted: TimeWindow | None) -> TimeWindow:
    """Return the window that is booked: the one asked for, else the cheapest; raises YourInput where it can't be."""
    found = [offer.window for offer in quoted.offers if wanted in (None, offer.window)]
    if found:
        return found[0]
    if wanted is None or not quoted.offers:
        raise YourInput("Expected a window that can be served to book, got none; nothing was written.")
    why = next((f" {refusal.why}" for refusal in quoted.refusals if refusal.window == wanted), "")
    offered = _spans([offer.window for offer in quoted.offers])
    raise YourInput(
        f"Expected one of the windows that can be served to book, {offered}, got {_span(wanted)}; nothing "
        f"was written.{why}"
    )


# Saying it


def _spans(windows: Sequence[TimeWindow]) -> str:
    return ", ".join(map(_span, windows))


def _costs(windows: Sequence[TimeWindow]) -> str:
    return "costs" if len(windows) == 1 else "cost"


def _span(window: TimeWindow) -> str:
    return f"{clock(window.opens)}-{clock(window.closes)}"


def quote_row(offer: Quote, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return one offer as JSON values, with the event that books it."""
    return {
        "window": [offer.window.opens, offer.window.closes],
        "shift_id": offer.shift_id,
        "driver_id": offer.driver_id,
        "position": offer.position,
        "after": offer.after,
        "before": offer.before,
        "leaves_at": offer.leaves_at,
        "arrives_at": offer.arrives_at,
        "starts_at": offer.starts_at,
        "cents": {**offer.cents, "total": offer.total},
        "door": dict(offer.door),
        "others": dict(offer.others),
        "later": offer.later,
        "latest_seconds": offer.latest,
        "slow": offer.slow,
        "event": event_row(dict(values), offer.window),
    }


def _say_json(answer: _Answer, plan: Plan, target: str) -> None:
    document = {
        "plan_id": plan.plan_id,
        "currency": plan.currency,
        "now": answer.day.problem.now,
        "notes": _notes(answer),
        "offers": [quote_row(offer, answer.values) for offer in answer.quoted.offers],
        "refused": [{"window": [r.window.opens, r.window.closes], "why": r.why} for r in answer.quoted.refusals],
        "every_slot": _totals(answer.refined),
    }
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    if target == "-":
        print(text, end="")
    else:
        keep(Path(target), text.encode())


def _totals(refined: Quoted | None) -> list[dict[str, Any]] | None:
    """Return the windows' prices with the roads asked in every slot."""
    if refined is None:
        return None
    return [{"window": [q.window.opens, q.window.closes], "total": q.total} for q in refined.offers]


def _notes(answer: _Answer) -> list[str]:
    """Return what should be known beside the prices."""
    notes = list(answer.day.notes)
    slow = answer.day.quoter.slow_shifts
    if slow:
        named = ", ".join(slow[:5]) + (f" and {len(slow) - 5} more" if len(slow) > 5 else "")
        notes.append(
            f"Breaks, a battery or legal hours bind {named}: there the likeliest places were tried one by one, the "
            "slower way; breaks and charges stay where they are."
        )
    return [*notes, *_dear(answer)]


def _dear(answer: _Answer) -> Iterator[str]:
    """Yield which windows cost more than leaving the order out: once booked, nothing weighs the two any more."""
    least, offers = answer.unserved, answer.quoted.offers
    dear = sorted(offer.window for offer in offers if least is not None and offer.total > least)
    if least is not None and dear:
        which = "Every window costs" if len(dear) == len(offers) else f"{_spans(dear)} {_costs(dear)}"
        price = Amounts.of(answer.day.problem).text(least)
        yield f"{which} more than leaving the order out ({price}); once booked it must be served all the same."


def _refused(quoted: Quoted) -> dict[str, list[TimeWindow]]:
    """Return the windows that nobody can serve by the reason why."""
    found: dict[str, list[TimeWindow]] = {}
    for refusal in quoted.refusals:
        found.setdefault(refusal.why, []).append(refusal.window)
    return found


def _say(out: Console, answer: _Answer) -> None:
    amounts, offers = Amounts.of(answer.day.problem), answer.quoted.offers
    now = answer.day.problem.now or 0
    say(out, f"Now {clock(now)}. Of {len(offers) + len(answer.quoted.refusals)} windows {len(offers)} can be served.")
    if offers:
        out.print(_table(out, offers, amounts))
    if out.width < WIDE:
        for offer in offers:
            say(out, f"{_span(offer.window)}: {amounts.parts(offer.cents, sign=True) or 'nothing'}.")
    refined = {q.window: q.total for q in answer.refined.offers} if answer.refined else {}
    changed = [q for q in offers if q.window in refined and refined[q.window] != q.total]
    for offer in changed:
        say(out, f"{_span(offer.window)}: {amounts.text(refined[offer.window])} with the roads asked at every hour.")
    for why, refused in _refused(answer.quoted).items():
        said = f"{len(refused)} windows" if len(refused) > MOST_NAMED else _spans(refused)
        say(out, f"{said}: {why}")
    for note in _notes(answer):
        say(out, note)


def _table(out: Console, offers: Sequence[Quote], amounts: Amounts) -> Table:
    """Return the offers, one line each, cheapest first."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    columns: dict[str, Callable[[Quote], str]] = {
        "window": lambda q: _span(q.window),
        "adds": lambda q: amounts.text(q.total, sign=True),
        "shift": lambda q: q.shift_id,
        "visit": lambda q: str(q.position),
        "comes": lambda q: clock(q.starts_at),
        "others": lambda q: f"{q.later} later, up to {-(-q.latest // 60)} min" if q.later else "as told",
    }
    if out.width >= WIDE:
        columns["of that"] = lambda q: amounts.parts(q.cents, sign=True) or "nothing"
    for name in columns:
        table.add_column(name, justify="right" if name in ("adds", "visit") else "left", no_wrap=name != "of that")
    for offer in offers:
        table.add_row(*(Text(fitting(cell(offer), out)) for cell in columns.values()))
    return table
