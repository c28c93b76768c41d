"""What is hidden, for whoever is allowed to look: benchmarks that need the best valuation there could be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from doorstep.town import driving, habits
from doorstep.town.errors import UnknownInPlan
from doorstep.town.history import Company, Tomorrow
from doorstep.town.reactions import consequences

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """The truth of tomorrow: doors, reactions, drivers, streets."""

    company: Company
    tomorrow: Tomorrow

    def chance(self, order_id: str, at: float) -> float:
        """Return the chance that the delivery is taken when somebody rings at second `at` of the day."""
        row = np.array([self._row(order_id)])
        return float(habits.at_second(self.tomorrow.doors.table, row, np.array([float(at)]))[0])

    def curves(self, order_ids: Sequence[str], at: Sequence[int]) -> Mapping[str, Floats]:
        """Return the expected cost in cents by part and second of arrival, each of shape (orders, len(at)).

        `failure` a second attempt; `ticket` contacts for any reason; `lost_value` later orders and the merchant's
        account after a failure; `lateness` the same after lateness. Their sum is what the world itself expects.
        """
        rows = np.array([[self._row(order_id)] for order_id in order_ids])
        grid = np.broadcast_to(np.asarray(at, dtype=np.float64), (len(order_ids), len(at)))
        which = np.broadcast_to(rows, grid.shape)
        doors, tariff, truth = self.tomorrow.doors, self.company.tariff, self.company.truth
        failed = 1 - habits.at_second(doors.table, which, grid)
        late = np.maximum(grid - doors.promises.end[which], 0)
        worth = (doors.ahead * doors.margin_cents)[which]
        both = consequences(truth, doors, which, failed, late)
        on_time = consequences(truth, doors, which, failed, np.zeros_like(late))
        value = [each.loss * worth + each.account * int(tariff.merchant_churn_cents) for each in (on_time, both)]
        return {
            "failure": failed * doors.second_cents[which], "ticket": both.ticket * int(tariff.ticket_cents),
            "lost_value": value[0], "lateness": value[1] - value[0],
        }  # fmt: skip

    def unserved(self, order_id: str) -> float:
        """Return what leaving an order out costs: its revenue, a second attempt and what a failure leads to."""
        row = np.array([self._row(order_id)])
        doors, tariff = self.tomorrow.doors, self.company.tariff
        follows = consequences(self.company.truth, doors, row, np.ones(1), np.zeros(1))
        reactions = follows.ticket * int(tariff.ticket_cents) + follows.account * int(tariff.merchant_churn_cents)
        lost = follows.loss * doors.ahead[row] * doors.margin_cents[row]
        return float((doors.revenue_cents[row] + doors.second_cents[row] + reactions + lost)[0])

    def strain(self, shift_id: str) -> Mapping[str, float]:
        """Return what a shift's burden costs, by the fields of `domain.valuation.Rates` (not rounded)."""
        crew, truth = self.tomorrow.crew, self.company.truth
        if shift_id not in crew.shift_ids:
            raise UnknownInPlan(f"Expected a shift of tomorrow, got {shift_id!r}; take one from the folder's shifts.")
        driver = int(crew.drivers[crew.shift_ids.index(shift_id)])
        quitting = self.company.staff.sensitivity[driver] * int(self.company.tariff.driver_quit_cents) * truth.reacts
        return {
            "strain_free": truth.strain_free, "cents_per_strain": truth.quit_per_strain * quitting,
            "strain_cents_per_overtime_hour": truth.quit_per_overtime_hour * quitting,
        }  # fmt: skip

    def stop_strain(self, order_id: str) -> int:
        """Return the burden of an order's stairs and parking, in whole units."""
        return int(self.tomorrow.doors.strain[self._row(order_id)])

    def service_s(self, order_id: str) -> float:
        """Return the mean seconds at a door for a driver of ordinary pace, from ringing to leaving, if taken."""
        row = self._row(order_id)
        return float(self.tomorrow.doors.walk_s[row] + self.tomorrow.doors.hand_s[row])

    def second_attempt_cents(self, order_id: str) -> int:
        """Return what bringing an order again costs."""
        return int(self.tomorrow.doors.second_cents[self._row(order_id)])

    def slowness(self, at: float) -> float:
        """Return by how much a second of the day stretches free-flow travel time."""
        return float(driving.slowness(self.company.truth, np.array([float(at)]))[0])

    def _row(self, order_id: str) -> int:
        try:
            return self.tomorrow.order_ids.index(order_id)
        except ValueError:
            raise UnknownInPlan(
                f"Expected an order due tomorrow, got {order_id!r}; take one from the company's folder."
            ) from None
