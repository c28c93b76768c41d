"""How plan, solve, explain and dispatch say things on a terminal: money, changes, a plan's routes, lines that fit."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from doorstep.adapters.company_files.company_toml import EXPONENTS
from doorstep.adapters.instances.vroom_prices import VALUED_BY
from doorstep.adapters.report.words import Money
from doorstep.domain.plan import Plan, Relaxation, Route, Unserved
from doorstep.domain.problem import Pair, Problem
from doorstep.domain.units import clock
from doorstep.operations.explain.relaxing import SHIFTS_WITH
from doorstep.server.terminal import fitting

NO_CURRENCY = "XXX"
"""ISO 4217's code for what is no currency: units of a benchmark."""

MOST_NAMED, MOST_EXPLAINED = 20, 8
"""Stops left out that are named one by one, and with what would serve each."""

WIDE = 100
"""Columns from which a table shows more."""

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
    "more_room": "the vehicle of shift {of} had room for {amount} more",
    "skill": "shift {of} offered {what}",
    "let_come": "shift {of} were let come",
    "veto_lifted": "the veto against shift {of} were lifted",
    "worth_more": "leaving it out cost {amount} more",
    "instead_of": "stop {of} were left out instead",
    "another_shift": "there were one more shift like {of}",
    "another_shift_for": "there were one more shift like {of} for {amount}",
    "search_longer": "the search had gone on longer",
}
"""What each change is in words, after "It would be served if"."""

MEASURES = {"weight_g": ("kg", "of weight"), "volume_ml": ("litres", "of volume")}
"""Thousands of what a dimension counts, and of what."""

HELPS = {
    "another_shift": "one more shift like {of}",
    "another_shift_for": "one more shift like {of} for a while",
    "shift_ends_later": "a later end of shift {of}",
    "more_room": "more room in the vehicle of shift {of}",
    "more_stops": "more stops for shift {of}",
    "instead_of": "giving up stop {of}",
    "window_closes_later": "a window that closes later",
    "window_opens_earlier": "a window that opens earlier",
}
"""Changes that may help several orders, as nouns; the others are said by their names."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """How the amounts of a plan are written: in its currency, or as cents where it has none.

    Not `pays_for_leaving_out`: what leaving out costs stands for *as many as fit, by priority*, and is no money.
    """

    currency: str
    pays_for_leaving_out: bool = True

    @classmethod
    def of(cls, problem: Problem) -> "Amounts":
        """Return how the amounts of a problem's plans are written."""
        return cls(problem.currency, pays_for_leaving_out=VALUED_BY not in problem.valuation.valued_by)

    def text(self, cents: int, *, sign: bool = False) -> str:
        """Return an amount to the cent.

        >>> Amounts("EUR").text(1234), Amounts("XXX").text(1234), Amounts("EUR").text(5, sign=True)
        ('€12.34', '1,234 cents', '+€0.05')
        """
        if self.currency == NO_CURRENCY:
            return f"{cents:+,} cents" if sign else f"{cents:,} cents"
        exponent = EXPONENTS.get(self.currency, 2)
        return Money(self.currency, exponent).text(cents, exponent, sign=sign)

    def money(self, cents: Mapping[str, int]) -> dict[str, int]:
        """Return the parts of a sum that are money."""
        no_money = ("total",) if self.pays_for_leaving_out else ("total", "unserved")
        return {part: amount for part, amount in cents.items() if part not in no_money}

    def total(self, cents: Mapping[str, int]) -> int:
        """Return the sum of the parts that are money."""
        return sum(self.money(cents).values())

    def parts(self, cents: Mapping[str, int], *, sign: bool = False) -> str:
        """Return the parts that are money and not zero, the largest first; empty where there is none."""
        told = sorted(((p, c) for p, c in self.money(cents).items() if c), key=lambda x: (-abs(x[1]), x[0]))
        return ", ".join(f"{part.replace('_', ' ')} {self.text(c, sign=sign)}" for part, c in told)


def total_in_words(cents: Mapping[str, int], left_out: int, amounts: Amounts) -> str:
    """Return what a plan costs in all and by parts; where leaving out is no money, how many are, beside it.

    >>> total_in_words({"time": 50, "unserved": 10**9}, 2, Amounts("XXX", pays_for_leaving_out=False))
    "50 cents (time 50 cents), and 2 are left out, as VROOM's tasks may be"
    """
    text = f"{amounts.text(amounts.total(cents))} ({amounts.parts(cents) or 'nothing'})"
    if amounts.pays_for_leaving_out or not left_out:
        return text
    return f"{text}, and {left_out:,} {'is' if left_out == 1 else 'are'} left out, as VROOM's tasks may be"


def some(number: int, what: str) -> str:
    """Return how many there are of something.

    >>> some(1, "route"), some(1234, "visit"), some(0, "order")
    ('1 route', '1,234 visits', '0 orders')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def orders_unserved(problem: Problem, plan: Plan) -> int:
    """Return how many orders a plan leaves out; one that is fetched at a door and brought to another is one."""
    stop_of = {order_id: stop.stop_id for stop in problem.stops for order_id in stop.order_ids}
    out = [stop_of.get(row.order_id, row.stop_id) for row in plan.unserved]
    once = stops_once(problem.pairs, out)
    return sum(stop_id in once for stop_id in out)


def stops_once(pairs: Sequence[Pair], stop_ids: Iterable[str]) -> set[str]:
    """Return these stops without such as are there with the stop to which their goods are brought."""
    out = set(stop_ids)
    return out - {pair.pickup for pair in pairs if pair.delivery in out}


def plan_in_words(problem: Problem, plan: Plan, cents: Mapping[str, int], amounts: Amounts) -> str:
    """Return how many routes, visits and orders left out a plan has, and what it costs."""
    driven, left_out = [route for route in plan.routes if route.visits], orders_unserved(problem, plan)
    visits = sum(len(route.visits) for route in driven)
    return (
        f"{some(len(driven), 'route')}, {some(visits, 'visit')}, {some(left_out, 'order')} unserved, "
        f"{total_in_words(cents, left_out, amounts)}"
    )


def say(out: Console, text: str, *, indent: int = 0) -> None:
    """Print a sentence; on a terminal in lines that fit, in a pipe in one."""
    before, after = " " * indent, " " * (indent + 2)
    text = fitting(text, out)
    lines = [before + text]
    if out.is_terminal:
        lines = textwrap.wrap(
            text, max(out.width, 40), initial_indent=before, subsequent_indent=after, break_on_hyphens=False
        )
    for line in lines:
        out.print(Text(line), soft_wrap=True)


def change_in_words(change: Relaxation, amounts: Amounts) -> str:
    """Return a change as the end of a sentence."""
    of, what = change.of, ""
    if change.change in SHIFTS_WITH:
        of, _, what = change.of.rpartition(":")
    if change.change == "more_room":
        return CHANGES["more_room"].format(amount=room_in_words(what, change.amount), of=of)
    return CHANGES[change.change].format(amount=amount_in_words(change, amounts), of=of, what=what)


def room_in_words(dimension: str, amount: int) -> str:
    """Return so much of a dimension as people say it, rounded up so that it suffices.

    >>> room_in_words("weight_g", 12_301), room_in_words("parcels", 3)
    ('12.4 kg of weight', '3 parcels')
    """
    unit, of_what = MEASURES.get(dimension, ("", dimension))
    return f"{-(-amount // 100) / 10:,.1f} {unit} {of_what}" if unit else f"{amount:,} {of_what}"


def amount_in_words(change: Relaxation, amounts: Amounts) -> str:
    """Return an amount as people say it."""
    if change.unit == "cents":
        return amounts.text(change.amount)
    if change.unit == "s":
        return _span(change.amount)
    if change.unit == "stops":
        return "one stop" if change.amount == 1 else f"{change.amount} stops"
    return f"{change.amount:,} {change.unit}".removesuffix(" units")


def _span(seconds: int) -> str:
    """Return a span in minutes, rounded up so that it suffices; from two hours on in hours and minutes."""
    minutes = -(-seconds // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"


def price_in_words(change: Relaxation, amounts: Amounts) -> str:
    """Return what a change costs, as the end of a sentence."""
    if not change.cents:
        return "serving it then costs no more than leaving it out"
    than = "more" if change.cents > 0 else "less"
    return f"serving it then costs {amounts.text(abs(change.cents))} {than} than leaving it out"


def would_be_served(changes: Sequence[Relaxation], amounts: Amounts) -> Iterator[str]:
    """Yield a sentence for each change."""
    for change in changes:
        price = f"; {price_in_words(change, amounts)}" if amounts.pays_for_leaving_out else ""
        yield f"It would be served if {change_in_words(change, amounts)}{price}."


def say_unserved(
    out: Console,
    rows: Sequence[Unserved],
    amounts: Amounts,
    *,
    looked: bool,
    most: int | None = None,
    pairs: Sequence[Pair] = (),
) -> None:
    """Print what stays unserved, each with its reason and, where somebody `looked`, what would change it.

    The halves of one of `pairs` that both stay out are named together.
    """
    most = most or (MOST_EXPLAINED if looked else MOST_NAMED)
    by_stop: dict[str, list[Unserved]] = {}
    for row in rows:
        by_stop.setdefault(row.stop_id, []).append(row)
    from_ = {pair.delivery: by_stop[pair.pickup] for pair in pairs if pair.pickup in by_stop}
    once = stops_once(pairs, by_stop)
    stops = {stop_id: same for stop_id, same in by_stop.items() if stop_id in once}
    for stop_id, same in list(stops.items())[:most]:
        say(out, f"unserved: {_orders(from_.get(stop_id, ()), same)}: {same[0].reason}")
        for sentence in would_be_served(same[0].would_be_served_if, amounts):
            say(out, sentence, indent=2)
        if looked and not same[0].would_be_served_if:
            say(out, "No single change was found that would serve it.", indent=2)
    if len(stops) > most:
        say(out, f"unserved: {len(stops) - most} more, all in the plan")
    helps = what_helps([row for row in rows if row.stop_id in once])
    if len(stops) > 1 and helps:
        say(out, f"What would serve most of the {len(stops)} stops, each by itself: {'; '.join(helps)}.")


def _orders(fetched: Sequence[Unserved], brought: Sequence[Unserved]) -> str:
    """Return the orders of a stop, behind those by which their goods are fetched at a door."""
    names = [", ".join(row.order_id for row in rows) for rows in (fetched, brought) if rows]
    return f"order{'s' if len(brought) > 1 else ''} {' to '.join(names)}"


def what_helps(rows: Sequence[Unserved], most: int = 3) -> list[str]:
    """Return the changes that would serve most stops, each stop by itself, with how many."""
    helped: dict[str, set[str]] = {}
    for row in rows:
        for change in row.would_be_served_if:
            of = change.of.rpartition(":")[0] if change.change in SHIFTS_WITH else change.of
            noun = HELPS.get(change.change, change.change.replace("_", " ") + " ({of})").format(of=of)
            helped.setdefault(noun, set()).add(row.stop_id)
    often = sorted(
        ((len(stops), noun) for noun, stops in helped.items() if len(stops) > 1), key=lambda x: (-x[0], x[1])
    )
    return [f"{noun} ({count})" for count, noun in often[:most]]


def say_some(out: Console, sentences: Iterable[str], *, most: int = 10, more: str = "") -> None:
    """Print sentences under something, and how many there are beyond the first few."""
    told = list(sentences)
    for sentence in told[:most]:
        say(out, sentence, indent=2)
    if len(told) > most:
        say(out, f"... and {len(told) - most} more{more}", indent=2)


def routes_table(plan: Plan, out: Console) -> Table:
    """Return the routes of a plan, one line each; vehicles and stops an hour where there is room."""
    wide, amounts = out.width >= WIDE, Amounts(plan.currency)
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    for name in ("shift", "driver", *(("vehicle",) if wide else ())):
        table.add_column(name, overflow="fold")
    for name in ("leaves", "back", "stops", "km", "hours", *(("stops/h",) if wide else ()), "cost"):
        table.add_column(name, justify="right", no_wrap=True)
    for route in plan.routes:
        table.add_row(*(Text(fitting(cell, out)) for cell in _cells(route, amounts, wide=wide)))
    return table


def _cells(route: Route, amounts: Amounts, *, wide: bool) -> Iterator[str]:
    stops = sum(visit.kind in ("stop", "pickup") for visit in route.visits)
    yield from (route.shift_id, route.driver_id or "-")
    if wide:
        yield route.vehicle_id
    yield from (clock(route.leaves_at), clock(route.returns_at), f"{stops:,}", f"{route.metres / 1000:,.1f}")
    yield f"{route.seconds // 3600}:{route.seconds % 3600 // 60:02d}"
    if wide:
        yield f"{3600 * stops / route.seconds:.1f}" if route.seconds else "-"
    yield amounts.text(sum(route.cents.values()))
