"""What people do about a failed or a late delivery, as chances and shares. All zero where nothing reacts.

A ticket comes when any of three independent reasons gives one: the order itself, the failure, the lateness.
Later orders are lost in shares that compose the same way. Lateness counts with
diminishing returns, 1 - exp(-late / tau).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from doorstep.town.doors import Doors
from doorstep.town.hidden import Hidden

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Consequences:
    """Per delivery: chance of a ticket, share of later orders lost, added hazard of the merchant's account."""

    ticket: Floats
    loss: Floats
    account: Floats


def consequences(truth: Hidden, doors: Doors, which: Ints, failed: Floats, late_s: Floats) -> Consequences:
    """Return what follows when orders `which` fail with chance (or fact, 0 or 1) `failed` and are `late_s` late.

    Arrays of one shape. Every consequence is linear in `failed`, so expectations and facts share this function.
    """
    late_ticket = doors.ticket_late[which] * fading(late_s, truth.ticket_late_tau)
    late_loss = doors.loss_late[which] * fading(late_s, truth.loss_late_tau)
    ticket = 1 - (1 - doors.ticket_base[which]) * (1 - late_ticket) * (1 - failed * doors.ticket_failed[which])
    loss = 1 - (1 - late_loss) * (1 - failed * doors.loss_failed[which])
    late_account = doors.account_late[which] * fading(late_s, truth.account_late_tau)
    return Consequences(ticket, loss, failed * doors.account_failed[which] + late_account)


def fading(late_s: Floats, tau: float) -> Floats:
    """Return lateness between 0 and 1 with diminishing returns."""
    share: Floats = 1 - np.exp(-np.maximum(late_s, 0) / tau)
    return share


def burden(truth: Hidden, sensitivity: Floats, strain: Floats, overtime_s: Floats) -> Floats:
    """Return by how much a day raises the chance that its driver quits within the weeks after it."""
    beyond = np.maximum(strain - truth.strain_free, 0)
    per_driver = truth.quit_per_strain * beyond + truth.quit_per_overtime_hour * overtime_s / 3600
    added: Floats = truth.reacts * sensitivity * per_driver
    return added
