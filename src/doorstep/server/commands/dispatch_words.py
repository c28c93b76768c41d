"""What `doorstep dispatch` says on a terminal: the ways to go on, side by side, who leaves now, who is told what."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from doorstep.domain.plan import Plan
from doorstep.domain.problem import Problem
from doorstep.domain.units import clock
from doorstep.operations.dispatch.differences import Change, changes
from doorstep.operations.dispatch.futures import Waves
from doorstep.operations.dispatch.going_on import WAYS, Alternative, Dispatched
from doorstep.operations.dispatch.verdicts import Verdict
from doorstep.server.commands.sentences import MOST_NAMED, Amounts, say, say_some, say_unserved, some, stops_once
from doorstep.server.terminal import fitting

MOST_SHOWN = 20
"""Changes that are named one by one."""

TELLS_ALL = "; --json tells all."

LEGEND = (
    "late: after the promise's end; moved: with another driver; retimed: 15 min or more off; out, in: not served any "
    "more, newly served; uneven: spread of paid hours"
)
"""What the columns mean."""

NO_GAIN = "-"
"""What stands for a cost that is no comparison, because somebody is left out whom no money stands for."""


@dataclass(frozen=True, slots=True)
class Past:
    """Past days from which futures are drawn, and how many of their events are passed over: they order nothing."""

    waves: Waves
    passed_over: int = 0


def say_ways(out: Console, found: Dispatched, before: Plan, taken: Alternative, past: Past | None) -> None:
    """Say what there is to choose from, and whom the one that is taken concerns."""
    ways = _unlike(found)
    out_of_it = [_newly_unpaid(found.problem, before, way.plan) for way, *_ in ways]
    say(out, f"Now {clock(found.problem.now or 0)}. {_how_many(ways)}, against the plan before; * is taken:")
    out.print(_table(found, ways, taken, out_of_it, out))
    say(out, LEGEND)
    for same in ways:
        if 1 < len(same) < len(WAYS):
            say(out, f"{' and '.join(way.name for way in same)} come to the same plan.")
    for sentence in _no_gains(found.problem, ways, out_of_it):
        say(out, sentence)
    for note in found.notes:
        say(out, note)
    if past is not None:
        say(out, _drawn_from(past))
    if found.decision is not None:
        _say_wave(out, found.decision.verdicts(taken.plan), clock(found.decision.next))
    _say_changes(out, found.problem, before, taken.plan)


def _say_changes(out: Console, problem: Problem, before: Plan, plan: Plan) -> None:
    """Say who must be told what, and what else stays unserved."""
    told = changes(problem, before, plan)
    reasons = {row.stop_id: row.reason for row in plan.unserved}
    lines = list(in_words(told, reasons))
    for line in lines[:MOST_SHOWN]:
        say(out, line)
    if len(lines) > MOST_SHOWN:
        say(out, f"... and {len(lines) - MOST_SHOWN} more{TELLS_ALL}")
    if not told:
        say(out, "Nobody needs to be told anything new.")
    known = {change.stop_id for change in told}
    rest = [row for row in plan.unserved if row.stop_id not in known]
    say_unserved(out, rest, Amounts.of(problem), looked=False, most=MOST_SHOWN, pairs=problem.pairs)


def _unlike(found: Dispatched) -> list[list[Alternative]]:
    """Return the ways to go on, those together that come to the same plan."""
    unlike: list[list[Alternative]] = []
    for way in found.alternatives:
        same = next((ways for ways in unlike if _same(ways[0].plan, way.plan)), None)
        if same is None:
            unlike.append([way])
        else:
            same.append(way)
    return unlike


def _same(one: Plan, other: Plan) -> bool:
    return (one.routes, one.unserved) == (other.routes, other.unserved)


def _how_many(ways: Sequence[Sequence[Alternative]]) -> str:
    """Return how many ways there are to choose from."""
    if len(ways) > 1:
        return f"{'Three' if len(ways) == len(WAYS) else 'Two'} ways to go on"
    return "One way to go on, however dear a change is held to be"


def owed(problem: Problem, plan: Plan) -> tuple[str, ...]:
    """Return the orders that must be served, and that a plan leaves out; whoever is part of a pair once."""
    return _left_out(problem, plan, problem.valuation.unserved)


def _left_out(problem: Problem, plan: Plan, prices: Container[str]) -> tuple[str, ...]:
    rows = [row for row in plan.unserved if row.stop_id not in prices]
    once = stops_once(problem.pairs, (row.stop_id for row in rows))
    return tuple(row.order_id for row in rows if row.stop_id in once)


def _newly_unpaid(problem: Problem, before: Plan, plan: Plan) -> list[str]:
    """Return the orders that a plan leaves out other than the plan before, and that no money stands for."""
    known = {row.order_id for row in before.unserved}
    prices = problem.valuation.unserved if Amounts.of(problem).pays_for_leaving_out else {}
    return [order_id for order_id in _left_out(problem, plan, prices) if order_id not in known]


def _no_gains(
    problem: Problem, ways: Sequence[Sequence[Alternative]], out_of_it: Sequence[Sequence[str]]
) -> Iterator[str]:
    """Yield who is left out in which ways, where no money stands for that and it makes them look cheap."""
    paid = Amounts.of(problem).pays_for_leaving_out
    by_orders: dict[tuple[str, ...], list[str]] = {}
    for same, orders in zip(ways, out_of_it, strict=True):
        by_orders.setdefault(tuple(orders), []).extend(way.name for way in same)
    for orders, names in by_orders.items():
        if orders:
            more = f" and {len(orders) - MOST_NAMED} more" if len(orders) > MOST_NAMED else ""
            whom = ", ".join(orders[:MOST_NAMED]) + more
            are = _are(len(orders))
            said = f"must be served and {are} left out" if paid else f"{are} left out, as VROOM's tasks may be"
            yield f"{_names(names)}: {whom} {said}; what that saves is no gain, so no cost is told."


def _names(ways: Sequence[str]) -> str:
    return "all three" if len(ways) == len(WAYS) else ", ".join(ways)


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _drawn_from(past: Past) -> str:
    """Return what the futures are drawn from."""
    days = past.waves.past
    text = (
        f"Each of {some(past.waves.futures, 'future')} is drawn from {some(len(days), 'past day')} with "
        f"{some(sum(map(len, days)), 'order')}, every hour from any of them."
    )
    if not past.passed_over:
        return text
    other = f"{some(past.passed_over, 'event')} of these days ordered nothing and {_are(past.passed_over)} passed over."
    return f"{text} {other}"


def _say_wave(out: Console, rows: Sequence[Verdict], until: str) -> None:
    """Say who leaves with this wave, who waits for the next, and why."""
    goes = [row for row in rows if row.goes]
    waits = [row for row in rows if not row.goes and row.leaves is not None]
    out_of_it = len(rows) - len(goes) - len(waits)
    also = f", {out_of_it} stay{'s' * (out_of_it == 1)} out" if out_of_it else ""
    say(
        out,
        f"Of {some(len(rows), 'stop')} that could leave by {until}, {len(goes)} go{'es' * (len(goes) == 1)}, "
        f"{len(waits)} wait{'s' * (len(waits) == 1)}{also}.",
    )
    say_some(out, [f"{_orders(row)} goes: {row.why}." for row in goes], most=MOST_SHOWN, more=TELLS_ALL)
    say_some(out, [f"{_orders(row)} waits: {row.why}." for row in waits], most=MOST_SHOWN, more=TELLS_ALL)


def _orders(row: Verdict) -> str:
    return ", ".join(row.order_ids) or row.stop_id


def _table(
    found: Dispatched,
    ways: Sequence[Sequence[Alternative]],
    taken: Alternative,
    out_of_it: Sequence[Sequence[str]],
    out: Console,
) -> Table:
    amounts = Amounts.of(found.problem)
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    for name in ("way", "cost", "of it changes", "late", "moved", "retimed", "out", "in", "uneven"):
        table.add_column(name, justify="left" if name == "way" else "right", no_wrap=True)
    for same, orders in zip(ways, out_of_it, strict=True):
        way, by = same[0], same[0].difference
        name = "all three" if len(same) == len(WAYS) else way.name
        late = f"{by.late} ({-(-by.late_seconds // 60)} min)" if by.late else "0"
        cells = (
            f"{name} *" if taken in same else name,
            NO_GAIN if orders else amounts.text(amounts.total(by.cents), sign=True),
            amounts.text(way.plan.cents.get("instability", 0)), late, str(len(by.moved)), str(len(by.retimed)),
            str(len(by.dropped)), str(len(by.gained)), f"{by.spread:.0%}",
        )  # fmt: skip
        table.add_row(*(Text(fitting(cell, out)) for cell in cells))
    return table


def in_words(told: Sequence[Change], reasons: Mapping[str, str]) -> Iterator[str]:
    """Yield changes as lines: what is fetched from one van by another together, else one stop each."""
    fetched: dict[tuple[str, str], list[Change]] = {}
    for change in told:
        if change.giver and change.now and change.was is None:
            fetched.setdefault((change.now[0], change.giver), []).append(change)
        else:
            yield _in_words(change, reasons.get(change.stop_id))
    for (shift_id, giver), goods in fetched.items():
        times = [change.now[1] for change in goods if change.now]
        span = clock(min(times)) if len(times) == 1 else f"{clock(min(times))} to {clock(max(times))}"
        names = ", ".join(order for change in goods for order in change.order_ids)
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
