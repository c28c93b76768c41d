"""What is hidden about tomorrow, for whoever is allowed to look: benchmarks that need the best valuation there is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.worlds2 import driving, presence
from benchmarks.worlds2.company import Company, Today
from benchmarks.worlds2.drives import UnknownInPlan, weather_odds
from benchmarks.worlds2.laws import RAIN
from benchmarks.worlds2.reactions import consequences

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STRAIN_STEP = 12.0
"""Units over which the step of a week's strain is spread to become a rate."""

OVERTIME_STEP_H = 2 / 3
"""Hours over which the step of an overtime day is spread to become a rate."""


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """The truth of tomorrow before its weather is known: doors, reactions, drivers, streets."""

    company: Company
    tomorrow: Today

    def chance(self, order_id: str, at: float) -> float:
        """Return the chance that the delivery is taken when somebody rings at second `at` of the day."""
        return float(self._chance(np.array([self._row(order_id)]), np.array([float(at)]))[0])

    def curves(self, order_ids: Sequence[str], at: Sequence[int]) -> Mapping[str, Floats]:
        """Return the expected cost in cents by part and second of arrival, each of shape (orders, len(at)).

        `failure` a second attempt; `ticket` contacts for any reason; `lost_value` orders not placed and the merchant's
        account after a failure; `lateness` the same after lateness. Their sum is what the world itself expects.
        """
        rows = np.array([[self._row(order_id)] for order_id in order_ids])
        grid = np.broadcast_to(np.asarray(at, dtype=np.float64), (len(order_ids), len(at)))
        which = np.broadcast_to(rows, grid.shape)
        orders, tariff = self.tomorrow.orders, self.company.tariff
        failed, late = 1 - self._chance(which, grid), np.maximum(grid - orders.end[which], 0)
        both = consequences(self.company.laws, orders, which, (failed, late))
        on_time = consequences(self.company.laws, orders, which, (failed, np.zeros_like(late)))
        worth = (orders.paused_orders * orders.margin_cents)[which]
        value = [each.pause * worth + each.account * int(tariff.merchant_churn_cents) for each in (on_time, both)]
        return {
            "failure": failed * orders.second_cents[which], "ticket": both.ticket * int(tariff.ticket_cents),
            "lost_value": value[0], "lateness": value[1] - value[0],
        }  # fmt: skip

    def unserved(self, order_id: str) -> float:
        """Return what leaving an order out costs: its revenue, a second attempt and what a failure leads to."""
        row = np.array([self._row(order_id)])
        orders, tariff = self.tomorrow.orders, self.company.tariff
        follows = consequences(self.company.laws, orders, row, (np.ones(1), np.zeros(1)))
        reactions = follows.ticket * int(tariff.ticket_cents) + follows.account * int(tariff.merchant_churn_cents)
        lost = follows.pause * orders.paused_orders[row] * orders.margin_cents[row]
        return float((orders.revenue_cents[row] + orders.second_cents[row] + reactions + lost)[0])

    def strain(self, shift_id: str) -> Mapping[str, float]:
        """Return what a shift's burden costs, by the fields of `domain.valuation.Rates` (not rounded).

        The truth's two steps, told as rates because rates are what a valuation holds: each step is spread over a
        short run behind its threshold. A driver far from a limit has rates of zero.
        """
        crew, laws = self.tomorrow.crew, self.company.laws
        if shift_id not in crew.shift_ids:
            raise UnknownInPlan(f"Expected a shift of tomorrow, got {shift_id!r}; take one from the folder's shifts.")
        driver = crew.drivers[[crew.shift_ids.index(shift_id)]]
        able, quit_cents = self.company.staff.strength(driver, self.tomorrow.day), self.company.tariff.driver_quit_cents
        room, brink = float(able.room[0]), bool(able.brink[0])
        return {
            "strain_free": max(0, round(room - STRAIN_STEP / 2)),
            "cents_per_strain": laws.quit_if_strained * int(quit_cents) / STRAIN_STEP * (room > 0),
            "strain_cents_per_overtime_hour": laws.quit_if_overtime * int(quit_cents) / OVERTIME_STEP_H * brink,
        }

    def stop_strain(self, order_id: str) -> int:
        """Return the burden of an order's stairs and parking, in whole units."""
        return int(self.tomorrow.orders.strain[self._row(order_id)])

    def service_s(self, order_id: str) -> float:
        """Return the seconds at a door for a driver of ordinary pace, from ringing to leaving, if taken."""
        row = self._row(order_id)
        return float(self.tomorrow.orders.walk_s[row] + self.tomorrow.orders.hand_s[row])

    def second_attempt_cents(self, order_id: str) -> int:
        """Return what bringing an order again costs."""
        return int(self.tomorrow.orders.second_cents[self._row(order_id)])

    def slowness(self, at: float) -> float:
        """Return by how much traffic stretches free-flow time at a second of the day, over doors and weathers."""
        inside = self.tomorrow.orders.old_town
        weekday, when = self.company.days.weekday(self.tomorrow.day), np.full(len(inside), float(at))
        each = [
            driving.slowness(self.company.laws, weekday, inside, when, np.full(len(inside), weather)).mean()
            for weather in range(3)
        ]
        return float(weather_odds(self.company) @ np.array(each))

    def _chance(self, which: Ints, at: Floats) -> Floats:
        dry, rain = (presence.at_second(table, which, at) for table in self.tomorrow.orders.table)
        odds = weather_odds(self.company)[RAIN]
        mixed: Floats = (1 - odds) * dry + odds * rain
        return mixed

    def _row(self, order_id: str) -> int:
        try:
            return self.tomorrow.order_ids.index(order_id)
        except ValueError:
            raise UnknownInPlan(
                f"Expected an order due tomorrow, got {order_id!r}; take one from the folder."
            ) from None
