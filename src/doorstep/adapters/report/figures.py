"""What the page shows beside the maps, as plain values: texts, the sums behind them, and places in per cent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor

from doorstep.adapters.report.words import (
    SPACE,
    Figures,
    Money,
    basis_sentence,
    day_in_words,
    interval_sentence,
    label,
    number,
    row_chip,
    title,
    title_text,
    verdict_chip,
)
from doorstep.domain.comparison import Comparison, ComparisonRow, Door, Waterfall, WaterfallStep
from doorstep.domain.units import clock

PARTS = {
    "failure": "nobody opens",
    "lateness": "lateness",
    "ticket": "a ticket",
    "lost_value": "leaving us sooner",
}
"""The parts of a door's price, in words."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with what is behind it: a heading, lines that add up to `total`, and sentences."""

    text: str
    heading: str
    lines: tuple[tuple[str, str], ...] = ()
    total: tuple[str, str] | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RowView:
    """A row of the table. Bar places are per cent of the bar's width, zero at 50, better to the right."""

    name: str
    qualifier: str
    efficiency: Figure
    profit: Figure
    change: Figure
    interval: str
    chip: tuple[str, str]
    role: str
    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class BarView:
    """A bar of the waterfall. Places are per cent of the axis; `end` is where the sum stands after it."""

    label: str
    figure: Figure
    role: str
    low: float
    high: float
    end: float


@dataclass(frozen=True, slots=True)
class DoorView:
    """A chosen door: two lanes over one time axis, all places in per cent."""

    order_id: str
    kind: str
    words: str
    evidence: str
    chance_line: str
    chance_band: str
    price_line: str
    price_area: str
    promise: tuple[float, float, str] | None
    dots: tuple[tuple[str, float, float, float], ...]
    prices: tuple[Figure, ...]
    now: int


@dataclass(frozen=True, slots=True)
class DoorsView:
    """The chosen doors on one scale of money and one of time (seconds since midnight)."""

    doors: tuple[DoorView, ...]
    starts: int
    ends: int
    hours: tuple[str, str]
    top: str
    top_cents: int


def money_of(comparison: Comparison) -> Money:
    """Return how the comparison's currency is written."""
    return Money(comparison.currency, comparison.exponent)


def kicker(comparison: Comparison) -> tuple[Figure, ...]:
    """Return the small figures above the title."""
    served = comparison.orders - comparison.drawing.profit.unserved
    return (
        Figure(
            f"{comparison.orders:,} orders", "Orders of the day", notes=(
                f"All orders due on {day_in_words(comparison.day)}; both plans got the same.",
                f"The profit plan serves {served:,}, the efficiency plan "
                f"{comparison.orders - comparison.drawing.efficiency.unserved:,}.",
            ),
        ),
        Figure(
            f"{comparison.vans} vans", "Vans that may drive", notes=(
                f"The efficiency plan uses {len(comparison.drawing.efficiency.routes)} of them, "
                f"the profit plan {len(comparison.drawing.profit.routes)}.",
            ),
        ),
    )  # fmt: skip


def headline(comparison: Comparison) -> tuple[tuple[str, str, Figure | None], ...]:
    """Return the title's pieces: text, role, and the figure behind it where there is one."""
    behind = {"gain": difference_figure, "loss": difference_figure, "distance": distance_figure}
    return tuple((text, role, behind[role](comparison, text) if role else None) for text, role in title(comparison))


def difference_figure(comparison: Comparison, text: str) -> Figure:
    """Return the difference of the margins with the steps that lead from one to the other."""
    money, fall = money_of(comparison), comparison.waterfall
    lines = tuple((step.label, money.text(step.cents, money.exponent, sign=True)) for step in fall.steps)
    total = ("Sum, a day", money.text(fall.end - fall.start, money.exponent, sign=True))
    return Figure(text, "Where the difference comes from", lines, total, (basis_sentence(comparison),))


def distance_figure(comparison: Comparison, text: str) -> Figure:
    """Return what both plans drive and by how much that differs."""
    before, after = comparison.drawing.efficiency.metres, comparison.drawing.profit.metres
    lines = (("Profit plan", f"{after:,}{SPACE}m"), ("less efficiency plan", f"{before:,}{SPACE}m"))
    share = f"{number(comparison.further * 100, 1, sign=True)}{SPACE}%"
    total = (f"More metres, {share}", f"{number(after - before, sign=True)}{SPACE}m")
    return Figure(text, "All vans, as planned", lines, total)


def lead(comparison: Comparison) -> tuple[Figure, str]:
    """Return the sentence below the title: the figure with its interval, and what both plans had in common."""
    row, figures = comparison.margin, Figures(comparison.margin, money_of(comparison))
    notes = (
        f"Nine times out of ten, an interval made like this holds the true difference; it comes from "
        f"{comparison.drives} drives of both plans, each pair through the same doors.",
    )
    lines = (
        ("Low end", figures.change(row.low, figures.fine)),
        ("Middle", figures.change(row.difference, figures.fine)),
        ("High end", figures.change(row.high, figures.fine)),
    )
    return Figure(interval_sentence(comparison), "Difference of the margins, a day", lines, None, notes), (
        basis_sentence(comparison)
    )


def null_figure(comparison: Comparison) -> Figure:
    """Return what a town without reactions says, as the check on the method."""
    notes = (
        "In a null town of the same seed doors open equally often at every hour, and no order, ticket or leaving "
        "depends on service. A method that claims a gain there finds gains in noise.",
    )
    return Figure(comparison.null_statement, "The check on ourselves", notes=notes)


def kilometres(comparison: Comparison, profit: bool) -> Figure:
    """Return a plan's kilometres with each route's."""
    plan = comparison.drawing.profit if profit else comparison.drawing.efficiency
    lines = tuple((f"Route {r.number}, {r.vehicle_id}", f"{r.metres:,}{SPACE}m") for r in plan.routes)
    routed = sum(r.metres for r in plan.routes)
    total = ("Sum of the routes", f"{routed:,}{SPACE}m")
    return Figure(f"{number(plan.metres / 1000)}{SPACE}km", f"{plan.objective.capitalize()} plan, driven", lines, total)


def moved_figure(comparison: Comparison) -> Figure:
    """Return how many visits changed, and what counts as changed."""
    notes = (
        f"{comparison.drawing.moved:,} of {len(comparison.drawing.stops):,} visits are on another route, or come "
        "after or before another visit than in the efficiency plan.",
    )
    return Figure(f"{comparison.drawing.moved:,} visits moved", "Visits that changed", notes=notes)


def table(comparison: Comparison) -> tuple[RowView, ...]:
    """Return the rows of the difference table."""
    return tuple(_row(row, comparison) for row in comparison.rows)


def _row(row: ComparisonRow, comparison: Comparison) -> RowView:
    figures = Figures(row, money_of(comparison))
    name, qualifier = label(row, comparison.orders)
    profit, efficiency, change = figures.sum()
    mean = f"Mean of {comparison.drives} drives of this plan."
    note = (row.note,) if row.note else ()
    bars = _bar(row)
    return RowView(
        name,
        qualifier,
        Figure(figures.value(row.efficiency), f"{name}, efficiency", (("Mean", efficiency),), None, (mean, *note)),
        Figure(figures.value(row.profit), f"{name}, profit", (("Mean", profit),), None, (mean, *note)),
        Figure(
            figures.change(row.difference),
            f"{name}, difference",
            (("Profit", profit), ("less efficiency", efficiency)),
            ("Difference", change),
            (f"90{SPACE}% interval {figures.interval()}.", _claim(row, comparison), *note),
        ),
        figures.interval(),
        row_chip(row, comparison),
        {"better": "gain", "worse": "loss"}.get(row.verdict, "open"),
        *bars,
    )


def _claim(row: ComparisonRow, comparison: Comparison) -> str:
    if comparison.verdict == "same":
        return "Both plans are the same."
    return {
        "better": "The whole interval is on the better side of zero.",
        "worse": "The whole interval is on the worse side of zero.",
    }.get(row.verdict, "The interval covers zero, so we can't tell.")


def _bar(row: ComparisonRow) -> tuple[float, float, float]:
    """Return low, middle and high as places, the farther end at 5 or 95 per cent."""
    farther = max(abs(row.low), abs(row.high))
    scale = (45.0 if row.better == "up" else -45.0) / farther if farther else 0.0
    places = [round(50 + value * scale, 2) for value in (row.low, row.difference, row.high)]
    return min(places), places[1], max(places)


def waterfall(comparison: Comparison) -> tuple[tuple[BarView, ...], str, bool]:
    """Return the bars from margin to margin, a sentence on where the axis starts, and whether that is not zero."""
    fall, money = comparison.waterfall, money_of(comparison)
    levels = [int(fall.start)]
    for step in fall.steps:
        levels.append(levels[-1] + step.cents)
    base, top = _axis(levels, 10**money.exponent)
    decimals = money.decimals(levels)

    def place(cents: float) -> float:
        return round(100 * (cents - base) / (top - base), 2)

    foot = place(min(max(0, base), top))
    ends = [
        _total_bar(name, f"{name} plan", cents, decimals, money, (foot, place(cents)))
        for name, cents in (("Efficiency", fall.start), ("Profit", fall.end))
    ]
    steps = [
        _step_bar(step, decimals, money, (place(before), place(after)))
        for step, before, after in zip(fall.steps, levels, levels[1:], strict=False)
    ]
    truncated = base > 0 or top < 0
    starts = f"Bars start at {money.text(base if base > 0 else top, decimals)}." if truncated else "Bars start at zero."
    return (ends[0], *steps, ends[1]), starts, truncated


def _axis(levels: Sequence[int], unit: int) -> tuple[int, int]:
    """Return the axis' ends: zero belongs to it unless all levels stand far from zero, close together."""
    low, high = min(levels), max(levels)
    spread = max(high - low, unit)
    room = 4 * unit if spread < 40 * unit else 20 * unit
    if low > 1.6 * spread:
        return floor((low - 0.6 * spread) / room) * room, high
    if high < -1.6 * spread:
        return low, ceil((high + 0.6 * spread) / room) * room
    return min(low, 0), max(high, 0, low + unit)


def _total_bar(
    name: str, label_text: str, cents: int, decimals: int, money: Money, places: tuple[float, float]
) -> BarView:
    figure = Figure(
        money.text(cents, decimals),
        f"Margin of the {name.lower()} plan, a day",
        (("Margin", money.text(cents, money.exponent)),),
    )
    return BarView(label_text, figure, "total", min(places), max(places), places[1])


def _step_bar(step: WaterfallStep, decimals: int, money: Money, places: tuple[float, float]) -> BarView:
    interval = " to ".join(money.text(v, decimals, sign=True) for v in (step.low, step.high))
    unsure = () if step.clear else ("The interval includes zero, so we can't tell.",)
    figure = Figure(
        money.text(step.cents, decimals, sign=True),
        step.label,
        (("A day", money.text(step.cents, money.exponent, sign=True)),),
        None,
        (f"90{SPACE}% interval {interval}.", *unsure, *((step.note,) if step.note else ())),
    )
    role = "open" if not step.clear else "gain" if step.cents > 0 else "loss"
    return BarView(step.label, figure, role, min(places), max(places), places[1])


def doors(comparison: Comparison) -> DoorsView:
    """Return the chosen doors on one common scale."""
    starts, ends = _span(comparison)
    tops = [max(_prices(door, starts, ends).values(), default=0) for door in comparison.doors]
    money = money_of(comparison)
    top = _round_up(max([*tops, 10**money.exponent]))
    views = tuple(_door(door, comparison, (starts, ends), top) for door in comparison.doors)
    return DoorsView(views, starts, ends, (clock(starts), clock(ends)), money.text(top), top)


def _span(comparison: Comparison) -> tuple[int, int]:
    """Return the hours that any door's lanes show: from the first knock or promise to the last, whole hours."""
    known: list[int] = [s for d in comparison.doors for s in (d.efficiency, d.profit) if s is not None]
    known += [s for d in comparison.doors if d.promise for s in (d.promise.opens, d.promise.closes) if 0 < s < 86_000]
    routes = (*comparison.drawing.efficiency.routes, *comparison.drawing.profit.routes)
    known += [s for r in routes for s in (r.leaves_at, r.returns_at)]
    first, last = min(known, default=8 * 3600), max(known, default=20 * 3600)
    return first // 3600 * 3600, max(-(-last // 3600) * 3600, first // 3600 * 3600 + 3600)


def _round_up(cents: int) -> int:
    """Return the next of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten, for the end of an axis.

    >>> _round_up(874), _round_up(1100)
    (1000, 1500)
    """
    power = int(10 ** (len(str(cents)) - 1))
    return next(tens * power // 10 for tens in (10, 15, 20, 30, 40, 50, 60, 80, 100) if tens * power // 10 >= cents)


def _prices(door: Door, starts: int, ends: int) -> dict[int, int]:
    knots = [s for s in door.curve.at if starts < s < ends]
    return {s: int(door.curve.total(s)) for s in (starts, *knots, ends)}


def _chances(door: Door, starts: int, ends: int) -> Mapping[int, tuple[float, float, float]]:
    """Return chance, low and high at the ends of the span and at the knots inside it."""
    outlook = door.outlook
    lanes = (outlook.success, outlook.low, outlook.high)
    at = [starts, *(s for s in outlook.at if starts < s < ends), ends]
    return {s: tuple(_between(outlook.at, lane, s) for lane in lanes) for s in at}  # type: ignore[misc]  # three lanes


def _between(at: Sequence[int], values: Sequence[float], s: int) -> float:
    if s <= at[0]:
        return values[0]
    for a, b, p, q in zip(at, at[1:], values, values[1:], strict=False):
        if s <= b:
            return p + (q - p) * (s - a) / (b - a)
    return values[-1]


def _door(door: Door, comparison: Comparison, span: tuple[int, int], top: int) -> DoorView:
    starts, ends = span

    def x(s: float) -> float:
        return round(100 * (min(max(s, starts), ends) - starts) / (ends - starts), 2)

    def y(cents: float) -> float:
        return round(100 - 100 * max(cents, 0) / top, 2)

    prices = _path((x(s), y(c)) for s, c in _prices(door, starts, ends).items())
    chances = _chances(door, starts, ends)
    band = [(x(s), 100 * (1 - high)) for s, (_, _, high) in chances.items()]
    band += [(x(s), 100 * (1 - low)) for s, (_, low, _) in reversed(list(chances.items()))]
    knocks = (("efficiency", door.efficiency), ("profit", door.profit))
    return DoorView(
        door.order_id,
        ", ".join(filter(None, (door.kind, door.postcode))),
        door.words,
        _evidence(door.outlook.attempts),
        "M" + _path((x(s), 100 * (1 - p)) for s, (p, _, _) in chances.items()),
        "M" + _path(band) + "Z",
        "M" + prices,
        f"M0,100L{prices}L100,100Z",
        _promise(door, span),
        tuple(
            (name, x(s), y(door.curve.total(s)), round(100 * (1 - door.outlook.chance(s)), 2))
            for name, s in knocks
            if s is not None
        ),
        tuple(_knock(door, name, s, comparison) for name, s in knocks),
        next((int(s) for _, s in reversed(knocks) if s is not None), starts),
    )


def _promise(door: Door, span: tuple[int, int]) -> tuple[float, float, str] | None:
    if door.promise is None:
        return None
    starts, ends = span
    left, right = (
        100 * (min(max(s, starts), ends) - starts) / (ends - starts) for s in (door.promise.opens, door.promise.closes)
    )
    text = f"promised {clock(door.promise.opens)} to {clock(door.promise.closes)}"
    return round(left, 2), round(right - left, 2), text


def _path(points: Iterable[tuple[float, float]]) -> str:
    return "L".join(f"{x:g},{y:.2f}" for x, y in points)


def _evidence(attempts: int) -> str:
    if attempts < 5:
        return f"few attempts: {attempts}" if attempts else "no attempts yet"
    return f"{attempts} attempts"


def _knock(door: Door, name: str, s: int | None, comparison: Comparison) -> Figure:
    """Return what knocking in one plan costs at a door, with the parts that add up to it."""
    heading = f"Order {door.order_id}, {name} plan"
    if s is None:
        return Figure("not served", heading, notes=("This plan leaves the order out that day.",))
    money, parts = money_of(comparison), door.curve.prices(s)
    lines = tuple((PARTS.get(part, part), money.text(cents, money.exponent)) for part, cents in parts.items())
    total = (f"Knocking at {clock(s)} costs", money.text(sum(parts.values()), money.exponent))
    chance = f"Somebody opens with {number(100 * door.outlook.chance(s))}{SPACE}% chance at that time."
    rests = f"Rests on {_evidence(door.outlook.attempts)} at this door and on doors like it."
    believed = "Both times are priced on the profit plan's curve: what we believed, not what was driven."
    return Figure(money.text(sum(parts.values()), money.exponent), heading, lines, total, (chance, rests, believed))


def stages(comparison: Comparison) -> tuple[tuple[str, Figure, float], ...]:
    """Return what was done, how long it took, and its share of the longest in per cent."""
    whole = sum(stage.seconds for stage in comparison.stages)
    longest = max((stage.seconds for stage in comparison.stages), default=0) or 1
    return tuple(
        (
            stage.what,
            Figure(
                f"{number(stage.seconds, 1)}{SPACE}s",
                stage.what,
                notes=(
                    f"{number(100 * stage.seconds / (whole or 1))}{SPACE}% of the {number(whole, 1)}{SPACE}s of all "
                    f"stages, by the clock on the wall of this machine: {comparison.machine}.",
                ),
            ),
            round(100 * stage.seconds / longest, 1),
        )
        for stage in comparison.stages
    )


def whole_time(comparison: Comparison) -> Figure:
    """Return the time of all stages together."""
    whole = sum(stage.seconds for stage in comparison.stages)
    lines = tuple((stage.what, f"{number(stage.seconds, 1)}{SPACE}s") for stage in comparison.stages)
    shown = sum(round(stage.seconds * 10) for stage in comparison.stages) / 10
    return Figure(f"{number(whole)}{SPACE}s", "All stages", lines, ("Sum", f"{number(shown, 1)}{SPACE}s"))


def fall_heading(comparison: Comparison) -> tuple[str, Figure | None, str]:
    """Return the heading of the waterfall: words, the figure, words; it claims no more than the title."""
    fall: Waterfall = comparison.waterfall
    if comparison.verdict in ("open", "same"):
        return "From one margin to the other", None, ""
    figures = Figures(comparison.margin, money_of(comparison))
    amount = figures.value(abs(fall.end - fall.start))
    figure = difference_figure(comparison, amount)
    return ("Where the ", figure, " comes from") if comparison.verdict == "better" else ("Where the ", figure, " goes")


def page_title(comparison: Comparison) -> str:
    """Return the document's title."""
    return f"{title_text(comparison)} · {comparison.company}"


def chip(comparison: Comparison) -> tuple[str, str]:
    """Return the mark beside the title."""
    return verdict_chip(comparison)
