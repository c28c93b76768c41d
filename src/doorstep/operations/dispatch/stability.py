"""The price of changing a plan that people know: another driver at a door, another time than was told."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from doorstep.domain.plan import Plan, Visit
from doorstep.domain.problem import Problem
from doorstep.domain.units import Cents, Seconds, per_hour
from doorstep.domain.valuation import PriceCurve


@dataclass(frozen=True, slots=True)
class Instability:
    """What a change costs: a stop that goes with another shift, and an arrival that strays from what was told.

    Within `tolerance` of the told arrival nothing is lost; beyond, `cents_per_hour` for up to `most`. The figures are
    assumptions of ours, to be set by whoever has measured calls after changes.
    """

    cents_per_move: Cents = Cents(150)
    cents_per_hour: int = 400
    tolerance: Seconds = Seconds(900)
    most: Seconds = Seconds(7200)

    def times(self, factor: float) -> "Instability":
        """Return the same, so many times as dear."""
        return replace(
            self,
            cents_per_move=Cents(round(self.cents_per_move * factor)),
            cents_per_hour=round(self.cents_per_hour * factor),
        )


def with_instability(problem: Problem, told: Plan, price: Instability) -> Problem:
    """Return the problem in which straying from a told plan costs; what an earlier plan told no longer counts."""
    visits = {v.stop_id: (r.shift_id, v) for r in told.routes for v in r.visits if v.kind in ("stop", "pickup")}
    stops = {s.stop_id for s in problem.stops}
    known = {x: found for x, found in visits.items() if x in stops}
    valuation = problem.valuation
    curves = {x: _drifting(valuation.curves.get(x), visit, price) for x, (_, visit) in known.items()}
    others = {
        shift.shift_id: {x: price.cents_per_move for x, (mine, _) in known.items() if mine != shift.shift_id}
        for shift in problem.shifts
    }
    pairings = {part: by for part, by in valuation.pairings.items() if part != "instability"}
    if price.cents_per_move:
        pairings["instability"] = others
    return replace(problem, valuation=replace(valuation, curves={**valuation.curves, **curves}, pairings=pairings))


def without_instability(told: Plan) -> Plan:
    """Return a plan as its sums are once everybody knows it: straying from an earlier one was paid for then."""
    paid = told.cents.get("instability", 0)
    parts = {part: cents for part, cents in told.cents.items() if part != "instability"}
    return replace(told, cents=parts | {"total": Cents(told.cents.get("total", 0) - paid)})


def _drifting(curve: PriceCurve | None, visit: Visit, price: Instability) -> PriceCurve:
    """Return a door's curve with a price for knocking at another time than was told."""
    parts = {} if curve is None else {part: cents for part, cents in curve.parts.items() if part != "instability"}
    kept = PriceCurve((Seconds(0),) if curve is None else curve.at, parts)
    if not price.cents_per_hour:
        return kept
    far = per_hour(price.most, price.cents_per_hour)
    low, high = visit.starts_at - price.tolerance, visit.starts_at + price.tolerance
    valley = PriceCurve(
        (Seconds(low - price.most), Seconds(low), Seconds(high), Seconds(high + price.most)),
        {"instability": (far, Cents(0), Cents(0), far)},
    )
    return together(kept, valley)


def together(one: PriceCurve, other: PriceCurve) -> PriceCurve:
    """Return a curve with the parts of both, at the knots of both from midnight on. Their parts must differ."""
    at = tuple(sorted({Seconds(max(0, t)) for t in (*one.at, *other.at)}))
    parts = {part: _at_knots(curve, part, at) for curve in (one, other) for part in curve.parts}
    return PriceCurve(at, parts)


def _at_knots(curve: PriceCurve, part: str, at: Iterable[Seconds]) -> tuple[Cents, ...]:
    return tuple(curve.price(part, t) for t in at)
