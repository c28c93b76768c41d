"""Compare two plans that were driven through the same doors: rows with intervals, and where the money went."""

from collections.abc import Callable, Mapping, Sequence

from doorstep.domain.comparison import ROWS, ComparisonRow, Waterfall, WaterfallStep
from doorstep.domain.units import Cents
from doorstep.estimators.intervals import around, paired
from doorstep.flows.drive_plan import DrivenMoney, compared

NOTES: Mapping[str, str] = {
    "margin": "Revenue minus wages, overtime, distance, fixed cost, second attempts, tickets, and what customers, "
    "accounts and drivers who leave cost.",
    "cost of a delivery": "Wages, overtime, distance, fixed cost and second attempts, shared by the orders of the day.",
    "failed deliveries": "Share of visits at which nobody took the delivery.",
    "on time": "Share of orders whose van arrived before the promise ended.",
    "tickets": "Contacts for any reason, at the tariff's price each.",
    "customers leaving": "Margin of later orders that recipients no longer place, and accounts that leave.",
    "overtime": "Paid minutes beyond the tariff's limit, all drivers together.",
    "drivers leaving": "Extra chance that a driver quits after such a day, times what replacing one costs.",
    "distance": "Metres driven, shared by the visits.",
}
"""What each row is made of."""

STEPS: Mapping[str, tuple[str, ...]] = {
    "Orders served": ("revenue", "unserved"),
    "Time and distance": ("wages", "distance", "fixed"),
    "Overtime": ("overtime",),
    "Second attempts": ("second_attempts",),
    "Tickets": ("tickets",),
    "Customers leaving": ("lost_orders", "merchants"),
    "Drivers leaving": ("drivers",),
}
"""Steps from one margin to the other, and the parts of money in each."""


def rows(first: Sequence[DrivenMoney], second: Sequence[DrivenMoney], money: str) -> tuple[ComparisonRow, ...]:
    """Return the nine rows of a comparison, first against second, in driven or expected money."""
    found = compared(first, second, money)
    return tuple(
        ComparisonRow(
            what, unit, found[what].first, found[what].second, found[what].difference,
            min(found[what].low90, found[what].difference), max(found[what].high90, found[what].difference),
            better, NOTES[what],
        )
        for what, (unit, better) in ROWS.items()
    )  # fmt: skip


def waterfall(first: Sequence[DrivenMoney], second: Sequence[DrivenMoney], money: str) -> Waterfall:
    """Return the steps from the first margin to the second; a cent of rounding stays with the largest step."""
    margin = paired(*[[drive.metrics(money)["margin"] for drive in side] for side in (first, second)])
    start, end = round(margin.first), round(margin.second)
    steps = [_step(label, _gain(parts, money), first, second) for label, parts in STEPS.items()]
    rest = end - start - sum(step.cents for step in steps)
    largest = max(range(len(steps)), key=lambda i: abs(steps[i].cents))
    steps[largest] = _moved(steps[largest], rest)
    told = tuple(step for step in steps if step.cents or step.low or step.high)
    return Waterfall(Cents(start), Cents(end), told or (WaterfallStep("Nothing differs", Cents(0), 0.0, 0.0),))


def _gain(parts: Sequence[str], money: str) -> Callable[[DrivenMoney], float]:
    def gain(drive: DrivenMoney) -> float:
        expectation = drive.expected_cents
        cents = drive.cents if money == "driven" else expectation
        rare = ("lost_orders", "merchants", "drivers")
        return sum((1 if p == "revenue" else -1) * (expectation if p in rare else cents).get(p, 0) for p in parts)

    return gain


def _step(
    label: str, gain: Callable[[DrivenMoney], float], first: Sequence[DrivenMoney], second: Sequence[DrivenMoney]
) -> WaterfallStep:
    apart = [gain(b) - gain(a) for a, b in zip(first, second, strict=True)]
    low, high = around(apart, 0.90)
    cents = round(sum(apart) / len(apart))
    return WaterfallStep(label, Cents(cents), min(low, cents), max(high, cents))


def _moved(step: WaterfallStep, rest: int) -> WaterfallStep:
    cents = step.cents + rest
    return WaterfallStep(step.label, Cents(cents), min(step.low, cents), max(step.high, cents), step.note)
