"""The hidden truth as a valuation: what the same search reaches if it knows the world. No model may look here."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from doorstep.domain.outlook import ArrivalSpread
from doorstep.domain.problem import Problem
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import PriceCurve, Rates, Valuation

STEP = 600
POINTS = norm.ppf((np.arange(21) + 0.5) / 21)
"""Equally likely points of a standard normal, for the spread of real arrivals around planned ones."""


class Truth(Protocol):
    """What a world tells of itself."""

    def curves(self, order_ids: list[str], at: list[int]) -> Mapping[str, NDArray[np.float64]]:
        """Return expected cents by part, (orders, seconds of arrival)."""

    def strain(self, shift_id: str) -> Mapping[str, float]:
        """Return what a shift's burden costs, by the fields of Rates."""


def with_the_truth(problem: Problem, truth: Truth, spread: ArrivalSpread) -> Problem:
    """Return the efficiency problem with every door and shift priced as the world itself does.

    Truth is told for real arrivals; planned ones are priced by the mean over the spread that was learned, which is
    what makes this the best a plan made beforehand can be priced.
    """
    first, last = min(s.starts for s in problem.shifts), max(s.ends for s in problem.shifts)
    knots = np.arange(first, last + STEP, STEP)
    hours = np.maximum(0.0, (knots - first) / 3600)
    mean = np.array([spread.mean(h) for h in hours])
    sd = np.array([spread.sd(h) for h in hours])
    real = (knots[:, None] + mean[:, None] + sd[:, None] * POINTS).astype(int)
    orders = [order for stop in problem.stops for order in stop.order_ids]
    told = truth.curves(orders, [int(at) for at in real.ravel()])
    folded = {part: cents.reshape(len(orders), *real.shape).mean(axis=2) for part, cents in told.items()}
    row = {order: i for i, order in enumerate(orders)}
    curves = {stop.stop_id: _curve(knots, folded, [row[o] for o in stop.order_ids]) for stop in problem.stops}
    rates = {shift: _strained(given, truth.strain(shift)) for shift, given in problem.valuation.rates.items()}
    known = Valuation("truth", ("the world itself",), curves, problem.valuation.unserved, rates)
    return problem.valued(known)


def _curve(knots: NDArray[Any], folded: Mapping[str, NDArray[np.float64]], rows: list[int]) -> PriceCurve:
    parts = {part: np.rint(cents[rows].sum(axis=0)).astype(int) for part, cents in folded.items()}
    return PriceCurve(
        tuple(Seconds(int(at)) for at in knots),
        {part: tuple(Cents(int(each)) for each in cents) for part, cents in parts.items()},
    )


def _strained(rates: Rates, strain: Mapping[str, float]) -> Rates:
    return replace(
        rates,
        strain_free=round(strain["strain_free"]),
        cents_per_strain=round(strain["cents_per_strain"]),
        strain_cents_per_overtime_hour=round(strain["strain_cents_per_overtime_hour"]),
    )
