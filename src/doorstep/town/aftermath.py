"""What luck makes of a drive's chances: outcomes, contacts, people who unsubscribe; flat arrays over visits."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from doorstep.town.doors import Doors
from doorstep.town.driving import Driven, Rounds
from doorstep.town.hidden import Hidden
from doorstep.town.reactions import consequences

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

TAKEN_HOW = np.array(["delivered", "neighbour", "safe_place"])
FAILED_HOW = np.array(["nobody", "no_access", "refused", "wrong_address"])
REASONS = {"nobody": "nobody answered", "no_access": "street door closed", "refused": "did not want it",
           "wrong_address": "name not found at the address"}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """Uniform numbers per visit: how it ended, whether somebody writes, unsubscribes, rates the stop."""

    how: Floats
    ticket: Floats
    unsubscribe: Floats
    rating: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Aftermath:
    """One entry per visit, in route order. `late_s` is 0 or more; `loss` the share of later orders that is lost."""

    route: Ints
    seq: Ints
    which: Ints
    parked: Ints
    arrived: Ints
    door: Ints
    left: Ints
    chance: Floats
    taken: Bools
    late_s: Ints
    outcome: list[str]
    ticket: Bools
    loss: Floats
    unsubscribed: Bools


def visits(rounds: Rounds) -> tuple[Ints, Ints]:
    """Return (route, position) of every visit, in route order."""
    route, seq = np.nonzero(rounds.here)
    return route.astype(np.int64), seq.astype(np.int64)


def lateness(doors: Doors, which: Ints, arrived: Ints) -> Ints:
    """Return seconds by which somebody rings after the promise, 0 or more."""
    late: Ints = np.maximum(arrived - doors.promises.end[which], 0)
    return late


def aftermath(truth: Hidden, doors: Doors, rounds: Rounds, driven: Driven, seed: int, draws: Draws) -> Aftermath:
    """Return what came of the drive under the `seed`-th luck; `draws` follow `visits(rounds)`."""
    route, seq = visits(rounds)
    which = rounds.order[route, seq]
    pick = (seed, route, seq)
    arrived, taken = driven.arrived[pick], driven.taken[pick]
    late = lateness(doors, which, arrived)
    follows = consequences(truth, doors, which, (~taken).astype(np.float64), late.astype(np.float64))
    good = TAKEN_HOW[np.searchsorted([0.93, 0.97], draws.how)]
    bad = FAILED_HOW[np.searchsorted([0.86, 0.94, 0.97], draws.how)]
    leaves = truth.unsubscribe_base + truth.unsubscribe_if_failed * ~taken * truth.reacts
    return Aftermath(
        route, seq, which, driven.parked[pick], arrived, driven.door[pick], driven.left[pick], driven.chance[pick],
        taken, late, np.where(taken, good, bad).tolist(), draws.ticket < follows.ticket, follows.loss,
        draws.unsubscribe < leaves,
    )  # fmt: skip
