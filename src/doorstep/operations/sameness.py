"""Whether two questions are the same question to the search, so that one search answers both."""

from doorstep.domain.problem import Problem
from doorstep.domain.units import Cents
from doorstep.domain.valuation import Pairings, PriceCurve, Rates, Valuation


def asks_the_same(one: Problem, other: Problem) -> bool:
    """Return whether any two plans compare alike under both: prices differ by constants only.

    True where no curve of either changes with time by other amounts than its counterpart's, and rates and the
    prices of not serving are equal. Stops, shifts and travel times must be the same objects or equal.
    """
    same_day = one.stops == other.stops and one.shifts == other.shifts and one.times is other.times
    return same_day and _prices_alike(one.valuation, other.valuation)


def _prices_alike(one: Valuation, other: Valuation) -> bool:
    stops = one.curves.keys() | other.curves.keys()
    return (
        dict(one.unserved) == dict(other.unserved)
        and _moving(one.pairings) == _moving(other.pairings)
        and {k: _felt(r) for k, r in one.rates.items()} == {k: _felt(r) for k, r in other.rates.items()}
        and all(_movement(one.curves.get(stop)) == _movement(other.curves.get(stop)) for stop in stops)
    )


def _felt(rates: Rates) -> tuple[int, ...]:
    """Return the rates that can move a plan; an allowance for strain that costs nothing can't."""
    free = rates.strain_free if rates.cents_per_strain else 0
    return (
        rates.cents_per_hour, rates.cents_per_km, rates.fixed_cents, rates.waiting_cents_per_hour,
        rates.overtime_after, rates.overtime_cents_per_hour, free, rates.cents_per_strain,
        rates.strain_cents_per_overtime_hour, rates.cents_per_stop, rates.even_cents_per_hour,
        rates.even_seconds if rates.even_cents_per_hour else 0,
    )  # fmt: skip


def _moving(pairings: Pairings) -> dict[tuple[str, str], int]:
    """Return what it costs that a shift serves a stop, all parts together, where it costs or saves anything."""
    sums: dict[tuple[str, str], int] = {}
    for shift, stops in ((shift, stops) for part in pairings.values() for shift, stops in part.items()):
        for stop, cents in stops.items():
            sums[shift, stop] = sums.get((shift, stop), 0) + cents
    return {who: cents for who, cents in sums.items() if cents}


def _movement(curve: PriceCurve | None) -> tuple[tuple[int, Cents], ...]:
    """Return how a curve's total moves above its lowest knot; nothing where it never moves."""
    if curve is None:
        return ()
    totals = [curve.total(at) for at in curve.at]
    least = min(totals)
    if max(totals) == least:
        return ()
    return tuple((int(at), Cents(total - least)) for at, total in zip(curve.at, totals, strict=True))
