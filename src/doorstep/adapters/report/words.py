"""Figures and verdicts in words, as the page and the terminal both say them; the minus sign is U+2212."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from doorstep.domain.comparison import Comparison, ComparisonRow

MINUS = "\u2212"
SPACE = "\u00a0"
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "CNY": "¥", "KRW": "₩", "BRL": "R$"}

LABELS = {
    "margin": ("Margin", "a day"),
    "cost of a delivery": ("Cost of a delivery", "true cost"),
    "failed deliveries": ("Failed deliveries", "of {orders}"),
    "on time": ("On time", "of deliveries"),
    "tickets": ("Tickets", "per 100"),
    "customers leaving": ("Customers leaving", "cost a day"),
    "overtime": ("Overtime", "a day"),
    "drivers leaving": ("Drivers leaving", "cost a day"),
    "distance": ("Distance", "a stop"),
}
"""What the rows are called on a page, and the qualifier beside the name."""


def number(value: float, decimals: int = 0, *, sign: bool = False) -> str:
    """Return a number with thousands set off, half a unit rounded away from zero; a rounded zero has no sign.

    >>> number(-1286.4), number(212, sign=True), number(-0.004, 2, sign=True)
    ('−1,286', '+212', '0.00')
    """
    rounded = rounded_to(value, decimals)
    before = MINUS if rounded < 0 else "+" if sign and rounded > 0 else ""
    return f"{before}{abs(rounded):,.{decimals}f}"


def rounded_to(value: float, decimals: int) -> Decimal:
    """Return a value at some decimals, half a unit rounded away from zero."""
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Money:
    """How a currency is written: its sign before the digits, `exponent` decimals where cents are shown.

    `written` replaces the sign; empty: amounts stand alone, and the currency is said once beside them.
    """

    currency: str
    exponent: int
    written: str | None = None

    @property
    def before(self) -> str:
        """The currency's sign, or its code and a space that does not break."""
        return SYMBOLS.get(self.currency, self.currency + SPACE) if self.written is None else self.written

    def decimals(self, cents: Iterable[float]) -> int:
        """Return the decimals of amounts that stand together: none when one of them is 100 units or more."""
        return 0 if max((abs(c) for c in cents), default=0) >= 100 * 10**self.exponent else self.exponent

    def units(self, cents: float, decimals: int) -> Decimal:
        """Return cents as units of the currency, rounded to some decimals."""
        return Decimal(str(cents)).scaleb(-self.exponent).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)

    def text(self, cents: float, decimals: int | None = None, *, sign: bool = False) -> str:
        """Return an amount as people write it; decimals None: as its own size asks.

        >>> Money("EUR", 2).text(-21_234), Money("EUR", 2).text(810, sign=True), Money("KWD", 3).text(12_345)
        ('−€212', '+€8.10', 'KWD\\xa012.345')
        """
        units = self.units(cents, self.decimals([cents]) if decimals is None else decimals)
        before = MINUS if units < 0 else "+" if sign and units > 0 else ""
        return f"{before}{self.before}{abs(units):,f}"


@dataclass(frozen=True, slots=True)
class Figures:
    """How one row's figures are written: all at one precision, so that they can be compared by eye."""

    row: ComparisonRow
    money: Money

    @property
    def is_money(self) -> bool:
        """Whether the row is in the currency's smallest unit."""
        return self.row.unit.startswith("cents")

    @property
    def decimals(self) -> int:
        """The decimals that all figures of the row are shown at; a bound clear of zero is never shown as zero."""
        nearest = min(abs(self.row.low), abs(self.row.high))
        if self.is_money:
            usual = self.money.decimals((self.row.efficiency, self.row.profit, self.row.low, self.row.high))
            hidden = self.row.clear and not self.money.units(nearest, usual)
            return self.money.exponent if hidden else usual
        usual = self._usual
        return usual + 1 if self.row.clear and not rounded_to(nearest, usual) else usual

    @property
    def _usual(self) -> int:
        row = self.row
        if row.unit.startswith(("minutes", "metres")):
            return 0 if max(abs(row.efficiency), abs(row.profit)) >= 10 else 1
        return 1 if row.unit == "percent" else 2

    @property
    def fine(self) -> int:
        """The decimals at which sums are shown: the cent, or one more than usual."""
        return self.money.exponent if self.is_money else self.decimals + 1

    def value(self, value: float, decimals: int | None = None) -> str:
        """Return one plan's figure with its unit."""
        shown = self.decimals if decimals is None else decimals
        if self.is_money:
            return self.money.text(value, shown)
        return f"{number(value, shown)}{_unit(self.row.unit)}"

    def change(self, value: float, decimals: int | None = None) -> str:
        """Return a difference with its sign and unit."""
        shown = self.decimals if decimals is None else decimals
        if self.is_money:
            return self.money.text(value, shown, sign=True)
        unit = f"{SPACE}points" if self.row.unit == "percent" else _unit(self.row.unit)
        return f"{number(value, shown, sign=True)}{unit}"

    def interval(self) -> str:
        """Return the interval of the difference, in words."""
        low, high = (self.change(v) for v in (self.row.low, self.row.high))
        if self.is_money:
            # A currency's code is said once, beside the difference: the interval stands right below it.
            code = self.money.before if self.money.before.endswith(SPACE) else ""
            return f"{low} to {high}".replace(code, "") if code else f"{low} to {high}"
        unit = f"{SPACE}points" if self.row.unit == "percent" else _unit(self.row.unit)
        return f"{low.removesuffix(unit)} to {high if self.row.unit != 'percent' else high.removesuffix(unit)}"

    def sum(self) -> tuple[str, str, str]:
        """Return profit, efficiency and their difference so finely, and so rounded, that they add up."""
        if self.is_money:
            parts = [self.money.units(v, self.fine) for v in (self.row.profit, self.row.efficiency)]
            cents = float((parts[0] - parts[1]).scaleb(self.money.exponent))
        else:
            parts = [rounded_to(v, self.fine) for v in (self.row.profit, self.row.efficiency)]
            cents = float(parts[0] - parts[1])
        return (
            self.value(self.row.profit, self.fine),
            self.value(self.row.efficiency, self.fine),
            self.change(cents, self.fine),
        )


def _unit(unit: str) -> str:
    if unit == "percent":
        return f"{SPACE}%"
    if unit.startswith("minutes"):
        return f"{SPACE}min"
    return f"{SPACE}m" if unit.startswith("metres") else ""


def label(row: ComparisonRow, orders: int) -> tuple[str, str]:
    """Return a row's name and the qualifier beside it."""
    name, qualifier = LABELS.get(row.what, (row.what, row.unit))
    return name, qualifier.format(orders=f"{orders:,}")


def day_in_words(day: str) -> str:
    """Return an ISO date as people say it.

    >>> day_in_words("2026-11-20")
    'Fri 20 Nov 2026'
    """
    at = date.fromisoformat(day)
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{days[at.weekday()]} {at.day} {months[at.month - 1]} {at.year}"


def title(comparison: Comparison) -> tuple[tuple[str, str], ...]:
    """Return the verdict as (text, role) pieces; the roles gain and loss appear only when the interval allows."""
    if comparison.verdict == "same":
        return (("Both plans are the same: layers 2 and 3 earn nothing here", ""),)
    if comparison.verdict == "open":
        return (("No difference we can be sure of", ""),)
    figures = Figures(comparison.margin, Money(comparison.currency, comparison.exponent))
    amount = figures.value(abs(comparison.margin.difference))
    won = comparison.verdict == "better"
    claim = (f"{amount} more a day", "gain") if won else (f"{amount} less a day", "loss")
    return (("Planning for profit earns ", ""), claim, *_distance(comparison.further))


def _distance(further: float) -> tuple[tuple[str, str], ...]:
    percent = rounded_to(abs(further) * 100, 0)
    if percent == 0:
        return ((", over the same distance", ""),)
    way = "further" if further > 0 else "less"
    return ((", and drives ", ""), (f"{percent}{SPACE}% {way}", "distance"))


def title_text(comparison: Comparison) -> str:
    """Return the verdict as one sentence."""
    return "".join(text for text, _ in title(comparison))


def interval_sentence(comparison: Comparison) -> str:
    """Return what the verdict rests on, in one sentence: the interval, or why there is none."""
    row = comparison.margin
    figures = Figures(row, Money(comparison.currency, comparison.exponent))
    if comparison.verdict == "same":
        return "Both searches ended with the same routes, so every drive gives the same money."
    if comparison.verdict == "open":
        return (
            f"The profit plan's margin differs by {figures.change(row.difference)} a day, 90{SPACE}% interval "
            f"{figures.interval()}. That covers zero, so layers 2 and 3 earn nothing here that we can show."
        )
    if row.low > 0:
        return f"90{SPACE}% interval {figures.value(row.low)} to {figures.value(row.high)}."
    return f"90{SPACE}% interval {figures.value(-row.high)} to {figures.value(-row.low)} less."


def basis_sentence(comparison: Comparison) -> str:
    """Return what both plans had in common."""
    seconds = number(comparison.search_seconds, 0 if comparison.search_seconds >= 1 else 1)
    told = "" if comparison.money == "driven" else ", priced by the world's own expectation"
    return (
        f"Both plans got the same orders and {seconds}{SPACE}s of computing, "
        f"then {comparison.drives} drives through the same doors and luck{told}."
    )


def verdict_chip(comparison: Comparison) -> tuple[str, str]:
    """Return the few words beside the title, and their role."""
    if comparison.verdict == "same":
        return "one plan, twice", "open"
    if comparison.verdict == "open":
        return "interval covers zero", "open"
    return "interval clear of zero", "gain" if comparison.verdict == "better" else "loss"


def row_chip(row: ComparisonRow, comparison: Comparison) -> tuple[str, str]:
    """Return the mark beside a row's name and its role: it cannot tell, it got worse, or nothing."""
    if comparison.verdict == "same":
        return "", ""
    if row.verdict == "open":
        return "can’t tell", "open"
    if row.verdict == "better":
        return "", ""
    return ("the price paid" if comparison.verdict == "better" and row.what != "margin" else "worse"), "loss"
