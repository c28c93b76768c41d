"""Which share of a recipient's later orders a failed or a late delivery costs.

Orders of the 28 days after each first knock are counted and compared with those of recipients who had ordered as often
before, in the same week, and whose delivery went well. Somebody with a mishap has, for being seen, just ordered; so has
everybody they are compared with, and both fall back to their usual rate alike.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from doorstep.customers.tickets import lateness
from doorstep.estimators.columns import Columns, Floats, Ints, floats, taken, texts
from doorstep.estimators.effects import Effect, Question, learn_effects
from doorstep.estimators.gates import SHUT
from doorstep.estimators.monotone import ramps
from doorstep.estimators.shrinkage import gamma_prior

DAY_S = 86_400.0
AFTER_DAYS = 28
LATE_AT = (0, 1800, 3600)
"""Seconds after the promise between which the loss is taken to grow in straight lines: few, for orders are rare."""

STRATA = 10
LEAST_ROWS = 1_000
PERIODS = 13
"""Spans of 28 days in the twelve months that a recipient's worth covers."""


@dataclass(frozen=True, slots=True)
class LostOrders:
    """Effects on the orders of the next 28 days, and the share of such a loss that twelve months keep."""

    failed: Effect
    late: Effect
    lasting: float
    rows: int


NOTHING = LostOrders(Effect(np.zeros(1), 0.0, 0.0, SHUT), Effect(np.zeros(len(LATE_AT) - 1), 0.0, 0.0, SHUT), 0.0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class _Later:
    """First knocks with all of a span after them observed: counts of orders there, and what their like ordered."""

    came: Floats
    expected: Floats
    failed: Floats
    late: Floats
    person: Ints


def learn_lost_orders(deliveries: Columns, placed: Columns) -> LostOrders:
    """Return what mishaps cost in later orders; zeros when held-out recipients don't show it."""
    near = _later(deliveries, placed, 0)
    if len(near.came) < LEAST_ROWS:
        return NOTHING
    found = learn_effects(_question(near))
    lasting = 0.0
    if found["failed"].verdict.opens or found["late"].verdict.opens:
        lasting = _lasting(found, near, _later(deliveries, placed, AFTER_DAYS))
    return LostOrders(found["failed"], found["late"], lasting, len(near.came))


def _steps(later: _Later) -> Floats:
    return ramps(later.late, np.asarray(LATE_AT, dtype=np.float64))


def _question(later: _Later) -> Question:
    # Losses are subtracted: columns are negative so that weights need not be.
    return Question(
        came=later.came,
        expected=later.expected,
        base=np.ones((len(later.came), 1)),
        blocks={"failed": -later.failed[:, None], "late": -_steps(later)},
        cluster=later.person,
    )


def _later(deliveries: Columns, placed: Columns, skip_days: int) -> _Later:
    """Return first knocks and the orders placed from `skip_days` after them until 28 days later."""
    names = {str(name): code for code, name in enumerate(np.unique(texts(placed, "recipient_id").astype(str)))}
    orders = _Orders(names, placed)
    opens, closes = orders.span()
    instant = floats(deliveries, "instant")
    followed = instant + (skip_days + AFTER_DAYS) * DAY_S <= closes
    rows = taken(deliveries, followed & (floats(deliveries, "attempt_no") == 1))
    at = floats(rows, "instant")
    person = np.array([names.get(str(name), -1) for name in texts(rows, "recipient_id")], dtype=np.int64)
    start = at + skip_days * DAY_S
    came = (orders.until(person, start + AFTER_DAYS * DAY_S) - orders.until(person, start)).astype(np.float64)
    before, days = orders.until(person, at).astype(np.float64), np.maximum((at - opens) / DAY_S, 1.0)
    failed, late = floats(rows, "failed"), lateness(rows)
    stratum = _strata(gamma_prior(before, days).rate(before, days), at)
    clean = (failed == 0) & (late == 0)
    count = int(stratum.max(initial=0)) + 1
    quiet = np.bincount(stratum[clean], minlength=count)
    expected = np.bincount(stratum[clean], came[clean], minlength=count) / np.maximum(quiet, 1)
    comparable = (quiet[stratum] >= 20) & (expected[stratum] > 0)
    return _Later(
        came[comparable], expected[stratum][comparable], failed[comparable], late[comparable], person[comparable]
    )


class _Orders:
    """Instants of orders by recipient, ready to be counted."""

    def __init__(self, names: dict[str, int], placed: Columns) -> None:
        person = np.array([names[str(name)] for name in texts(placed, "recipient_id")], dtype=np.int64)
        instant = floats(placed, "instant")
        self._first = float(instant.min()) if len(instant) else 0.0
        self._last = float(instant.max()) if len(instant) else 0.0
        self._keys = np.sort(self._key(person, instant))
        self._starts = np.searchsorted(self._keys, np.arange(len(names) + 1) * self._width())

    def span(self) -> tuple[float, float]:
        return self._first, self._last

    def _width(self) -> float:
        return 4 * (self._last - self._first + 200 * DAY_S)

    def _key(self, person: Ints, instant: Floats) -> Floats:
        return person * self._width() + np.clip(instant - self._first, 0, self._width() / 2)

    def until(self, person: Ints, instant: Floats) -> NDArray[Any]:
        """Return how many orders each person had placed by an instant, that instant included."""
        return np.searchsorted(self._keys, self._key(person, instant), side="right") - self._starts[person]


def _strata(rate: Floats, at: Floats) -> Ints:
    """Return a number per row: the week, and the tenth of that week's rates in which its rate lies."""
    week = ((at - at.min(initial=np.inf)) // (7 * DAY_S)).astype(np.int64)
    order = np.lexsort((rate, week))
    _, first, size = np.unique(week[order], return_index=True, return_counts=True)
    place = np.arange(len(order)) - np.repeat(first, size)
    tenth = np.empty(len(order), dtype=np.int64)
    tenth[order] = place * STRATA // np.repeat(size, size)
    return week * STRATA + tenth


def _lasting(found: dict[str, Effect], near: _Later, far: _Later) -> float:
    """Return the mean over twelve months of what is left of a loss, given how much of it 29 to 56 days later shows.

    Half of the belief beforehand is that who is lost stays lost, half that anything between nothing and all of it
    carries over from one span of 28 days to the next.
    """
    share = np.linspace(0, 1, 51)
    belief = np.full(51, 0.5 / 51)
    belief[-1] += 0.5
    if len(far.came) >= LEAST_ROWS:
        loss = far.failed * found["failed"].weights[0] + _steps(far) @ found["late"].weights
        kept, error = _carried(far, loss)
        relative = max(_relative_error(found), 0.02)
        spread = np.maximum(np.sqrt(error**2 + (share * relative) ** 2), 0.02)
        belief = belief * np.exp(-0.5 * ((kept - share) / spread) ** 2) / spread
    belief /= belief.sum()
    left = (share[:, None] ** np.arange(PERIODS)).mean(axis=1)
    return float(belief @ left)


def _relative_error(found: dict[str, Effect]) -> float:
    open_ones = [effect for effect in found.values() if effect.verdict.opens and effect.mean]
    return min((abs(effect.error / effect.mean) for effect in open_ones), default=1.0)


def _carried(far: _Later, loss: Floats) -> tuple[float, float]:
    """Return which share of `loss` shows in `far`, and its standard error, clustered by recipient."""
    centred = loss - np.average(loss, weights=far.expected)
    usual = far.came.sum() / far.expected.sum()
    weight = max(float((far.expected * centred**2).sum()), 1e-12)
    residual = far.came - usual * far.expected
    kept = -float((centred * residual).sum()) / weight
    left = centred * (residual + kept * far.expected * centred)
    return kept, float(np.sqrt((np.bincount(far.person, left) ** 2).sum())) / weight
