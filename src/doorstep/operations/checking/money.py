"""What a route costs, part by part: its own parts, and those of its doors and plugs."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence

from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.valuation import PriceCurve, Rates
from doorstep.operations.checking.driving import Course
from doorstep.operations.checking.halts import Halted


def visit_cents(
    problem: Problem, shift: PlannedShift, halt: Halted, knocks: int, charged_mwh: int
) -> Mapping[str, int]:
    """Return the parts of one halt: when somebody knocks, who comes, what is charged."""
    if halt.charger is not None:
        return {"energy": rounded(charged_mwh // 1000 * halt.charger.cents_per_kwh, 1000)}
    return Counter() if halt.stop is None else _door_cents(problem, shift, halt.stop, knocks)


def _door_cents(problem: Problem, shift: PlannedShift, stop: Stop, knocks: int) -> Counter[str]:
    prices = problem.valuation
    money = Counter(tariff=prices.rates.get(shift.shift_id, Rates()).cents_per_stop)
    if stop.stop_id in prices.curves:
        curve = prices.curves[stop.stop_id]
        money.update({part: on_curve(curve, cents, knocks) for part, cents in curve.parts.items()})
    for part, by_shift in prices.pairings.items():
        money[part] += by_shift.get(shift.shift_id, {}).get(stop.stop_id, 0)
    return money


def on_curve(curve: PriceCurve, cents: Sequence[int], at: int) -> int:
    """Return a part's price at a second: linear between knots, rounded down; the nearest knot's value outside."""
    k = bisect_left(curve.at, at)
    if k == len(curve.at):
        return cents[-1]
    if k == 0 or curve.at[k] == at:
        return cents[k]
    span, gone = curve.at[k] - curve.at[k - 1], at - curve.at[k - 1]
    weighted = cents[k - 1] * (span - gone) + cents[k] * gone
    return weighted // span


def rounded(numerator: int, denominator: int) -> int:
    """Divide and round to the nearest whole, halves up."""
    whole, rest = divmod(numerator, denominator)
    return whole + (2 * rest >= denominator)


def route_cents(
    problem: Problem, shift: PlannedShift, halts: Sequence[Halted], driven: Course, doors: Sequence[Mapping[str, int]]
) -> Counter[str]:
    """Return all parts of a route's price: its own and its halts'. A shift without visits costs nothing."""
    if not halts:
        return Counter()
    rates = problem.valuation.rates.get(shift.shift_id, Rates())
    over = max(0, driven.paid - rates.overtime_after)
    burden = max(0, sum(halt.stop.strain for halt in halts if halt.stop) - rates.strain_free)
    money = Counter(
        time=rounded((driven.paid - driven.idle) * rates.cents_per_hour, 3600),
        distance=rounded(sum(driven.metres) * rates.cents_per_km, 1000),
        fixed=rates.fixed_cents,
        overtime=rounded(over * rates.overtime_cents_per_hour, 3600),
        waiting=rounded(driven.idle * rates.waiting_cents_per_hour, 3600),
        strain=burden * rates.cents_per_strain + rounded(over * rates.strain_cents_per_overtime_hour, 3600),
        fairness=rounded(abs(driven.paid - rates.even_seconds) * rates.even_cents_per_hour, 3600),
    )
    for cents in doors:
        money.update(cents)
    return money
