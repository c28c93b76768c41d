"""What people do about failed or late deliveries: nothing up to a threshold, then a jump; second failures count most.

Every consequence is linear in `failed`, so expectations and facts share one function.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from benchmarks.worlds2.laws import Laws
from benchmarks.worlds2.orders import Orders

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Consequences:
    """Per delivery: chance of a ticket, chance that the recipient stops ordering for weeks, hazard of the account."""

    ticket: Floats
    pause: Floats
    account: Floats


def consequences(
    laws: Laws, orders: Orders, which: Ints, done: tuple[Floats, Floats], burst: Floats | None = None
) -> Consequences:
    """Return what follows for orders `which` that were `done` = (failed 0..1, seconds late), arrays of one shape.

    `burst` is 0 or 1 where it is known whether the merchant has a bad day; by default its chance.
    """
    failed, late_s = done
    crossed = np.where(late_s > 0, expit((late_s - orders.patience_s[which]) / laws.patience_edge_s), 0.0)
    bad_day = orders.burst_chance[which] if burst is None else burst
    base = laws.ticket_quiet + bad_day * (laws.ticket_burst - laws.ticket_quiet)
    ticket = 1 - (1 - base) * (1 - orders.ticket_late[which] * crossed) * (1 - orders.ticket_failed[which] * failed)
    pause = 1 - (1 - orders.pause_late[which] * crossed) * (1 - orders.pause_failed[which] * failed)
    return Consequences(ticket, pause, orders.account[which] * missed(laws, failed, late_s))


def missed(laws: Laws, failed: Floats, late_s: Floats) -> Floats:
    """Return how far a merchant counts a delivery as missed: failed, or more than a quarter of an hour late."""
    too_late = np.where(late_s > 0, expit((late_s - laws.missed_after_s) / laws.missed_edge_s), 0.0)
    counted: Floats = failed + (1 - failed) * too_late
    return counted


def account_hazard(laws: Laws, share: Floats, borne: Floats) -> Floats:
    """Return each account's chance of leaving within a month, given the share of missed deliveries."""
    grown: Floats = laws.account_base + laws.account_jump * expit((share - borne) / laws.account_edge)
    return grown


def account_slope(laws: Laws, share: Floats, borne: Floats, monthly_orders: Floats) -> Floats:
    """Return by how much one more missed delivery raises that chance: much near the threshold, nothing elsewhere."""
    near = expit((share - borne) / laws.account_edge)
    slope: Floats = laws.account_jump * near * (1 - near) / laws.account_edge / np.maximum(monthly_orders, 1.0)
    return slope
