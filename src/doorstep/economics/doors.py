"""Price of one order's door by the second somebody is *planned* to knock, the real arrival being spread around it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import norm

from doorstep.domain.orders import Order
from doorstep.domain.outlook import ArrivalSpread, Outlook, Reactions
from doorstep.domain.tariff import Tariff
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import PriceCurve
from doorstep.estimators.columns import Floats
from doorstep.estimators.mixture import hats

MOST_KNOTS = 30
AFTER_PROMISE = 900
"""Where one more knot sits behind the end of a promise, for prices bend there."""

SOFT_UNTIL = 12 * 3600
"""Seconds outside a promise beyond which the tariff's price for it no longer grows."""

_EVEN = norm.ppf((np.arange(15) + 0.5) / 15)
NODES = _EVEN / _EVEN.std()
"""Fifteen equally likely points of a standard normal, scaled to its variance."""


@dataclass(frozen=True, slots=True)
class DoorCosts:
    """What a mishap at this order's door costs, in cents: one more attempt, the recipient's worth, the account."""

    second_attempt: Cents
    worth: Cents
    account: Cents


@dataclass(slots=True, eq=False)
class Doors:
    """Prices doors under one set of reactions; keeps what many doors share. `leaves` is when routes usually start."""

    reactions: Reactions
    spread: ArrivalSpread
    tariff: Tariff
    leaves: Seconds
    _nodes: dict[tuple[int, ...], Floats] = field(default_factory=dict)
    _mixing: dict[tuple[tuple[int, ...], tuple[int, ...]], Floats] = field(default_factory=dict)
    _late: dict[tuple[tuple[int, ...], int], Floats] = field(default_factory=dict)

    @property
    def late_cents_per_hour(self) -> int:
        """The tariff's price of an hour late, where nothing was learned of what lateness does."""
        said = self.reactions
        learned = any(said.ticket_if_late) or any(said.orders_if_late) or said.account_if_late
        return 0 if learned else self.tariff.late_cents_per_hour

    @property
    def soft(self) -> bool:
        """Whether the tariff prices anything outside a promise: nobody learns what coming early does."""
        return self.late_cents_per_hour > 0 or self.tariff.early_cents_per_hour > 0

    def knots(self, order: Order, outlook: Outlook) -> tuple[int, ...]:
        """Return the seconds at which an order's price is worked out: the outlook's, and some around its promise."""
        knots: set[int] = set(outlook.at)
        if order.promise is not None and len(outlook.at) > 1:
            closes = order.promise.closes
            knots |= {at for at in (closes, closes + AFTER_PROMISE) if outlook.at[0] < at < outlook.at[-1]}
        edges = self._edges(order)
        return thinned(sorted(knots | edges), edges)

    def _edges(self, order: Order) -> set[int]:
        """Return where the tariff's prices outside a promise begin, bend under the spread of arrivals, and end."""
        edges: set[int] = set()
        if order.promise is not None and self.late_cents_per_hour:
            edges |= {order.promise.closes + by for by in (-AFTER_PROMISE, 0, AFTER_PROMISE, SOFT_UNTIL)}
        if order.promise is not None and self.tariff.early_cents_per_hour:
            edges |= {order.promise.opens - by for by in (-AFTER_PROMISE, 0, AFTER_PROMISE, SOFT_UNTIL)}
        return {max(0, edge) for edge in edges}

    def parts(self, order: Order, outlook: Outlook, costs: DoorCosts, knots: tuple[int, ...]) -> dict[str, Floats]:
        """Return expected cents per knot for failure, ticket, lost_value, and lateness by the tariff; not rounded."""
        failing = self._failing(outlook, knots)
        late = self._lateness(order, knots)
        said = self.reactions
        orders = np.minimum(failing * said.orders_if_failed + late[1], 1.0)
        leaving = failing * said.account_if_failed + late[2] * said.account_if_late
        return {
            "failure": failing * costs.second_attempt,
            "ticket": (failing * said.ticket_if_failed + late[0]) * self.tariff.ticket_cents,
            "lost_value": orders * costs.worth + leaving * costs.account,
            "lateness": self._by_tariff(order, knots),
        }

    def _by_tariff(self, order: Order, knots: tuple[int, ...]) -> Floats:
        """Return, per knot, what the tariff asks for being late or early."""
        if order.promise is None or not self.soft:
            return np.zeros(len(knots))
        at = self._arrivals(knots)
        late = np.maximum(at - order.promise.closes, 0).mean(axis=1)
        early = np.maximum(order.promise.opens - at, 0).mean(axis=1)
        return (late * self.late_cents_per_hour + early * self.tariff.early_cents_per_hour) / 3600

    def _failing(self, outlook: Outlook, knots: tuple[int, ...]) -> Floats:
        success = np.asarray(outlook.success, dtype=np.float64)
        if np.ptp(success) < 1e-9:
            return np.full(len(knots), 1 - success[0])
        key = (knots, outlook.at)
        if key not in self._mixing:
            at = self._arrivals(knots)
            weights = hats(at.ravel(), np.asarray(outlook.at, dtype=np.float64))
            self._mixing[key] = weights.reshape(*at.shape, -1).mean(axis=1)
        return np.asarray(1 - self._mixing[key] @ success, dtype=np.float64)

    def _lateness(self, order: Order, knots: tuple[int, ...]) -> Floats:
        """Return, per knot, expected extra tickets and lost orders for lateness, and the chance to be late: (3, n)."""
        if order.promise is None:
            return np.zeros((3, len(knots)))
        key = (knots, int(order.promise.closes))
        if key not in self._late:
            late = np.maximum(self._arrivals(knots) - order.promise.closes, 0)
            said = self.reactions
            tickets = np.interp(late, said.late_at, said.ticket_if_late).mean(axis=1)
            orders = np.interp(late, said.late_at, said.orders_if_late).mean(axis=1)
            self._late[key] = np.stack([tickets, orders, (late > 0).mean(axis=1)])
        return self._late[key]

    def _arrivals(self, knots: tuple[int, ...]) -> Floats:
        """Return equally likely real knocks (n, 15) for planned ones."""
        if knots not in self._nodes:
            hours = [max(0.0, (at - self.leaves) / 3600) for at in knots]
            mean = np.array([self.spread.mean(h) for h in hours])
            sd = np.array([self.spread.sd(h) for h in hours])
            self._nodes[knots] = np.asarray(knots)[:, None] + mean[:, None] + sd[:, None] * NODES
        return self._nodes[knots]


def thinned(knots: Sequence[int], kept: Collection[int] = ()) -> tuple[int, ...]:
    """Return at most thirty of rising knots, first and last among them, and those that are `kept` (up to ten)."""
    if len(knots) <= MOST_KNOTS:
        return tuple(knots)
    if kept:
        others = [at for at in knots if at not in kept]
        some = np.unique(np.linspace(0, len(others) - 1, MOST_KNOTS - len(kept)).round().astype(int))
        return tuple(sorted({*kept, *(others[i] for i in some)}))
    keep = np.unique(np.linspace(0, len(knots) - 1, MOST_KNOTS).round().astype(int))
    return tuple(knots[i] for i in keep)


def curve(knots: tuple[int, ...], parts: dict[str, Floats]) -> PriceCurve:
    """Return whole cents; parts that are nothing are left out, a price that never changes gets one knot."""
    rounded = {name: np.rint(cents).astype(np.int64) for name, cents in parts.items()}
    told = {name: cents for name, cents in rounded.items() if cents.any()}
    if all(np.ptp(cents) == 0 for cents in told.values()):
        return PriceCurve((Seconds(knots[0]),), {name: (Cents(int(cents[0])),) for name, cents in told.items()})
    whole = {name: tuple(Cents(int(each)) for each in cents) for name, cents in told.items()}
    return PriceCurve(tuple(Seconds(at) for at in knots), whole)
