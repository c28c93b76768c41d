"""How many more contacts a failed or a late delivery brings than one that went well."""

import numpy as np

from doorstep.estimators.columns import Columns, Floats, floats, height
from doorstep.estimators.effects import Effect, Question, learn_effects
from doorstep.estimators.monotone import ramps

LATE_AT = (0, 600, 1800, 3600, 5400)
"""Seconds after the promise between which reactions are taken to grow in straight lines."""


def lateness(deliveries: Columns) -> Floats:
    """Return seconds after the promise, 0 when early or when nothing was promised."""
    return np.maximum(np.nan_to_num(floats(deliveries, "late_s"), nan=0.0), 0.0)


def learn_tickets(deliveries: Columns) -> dict[str, Effect]:
    """Return extra contacts per knock: `failed` (one weight) and `late` (a weight per step between `LATE_AT`).

    Each knock is compared with knocks that went well, second and later attempts with their like; luck is shared
    by day.
    """
    rows = height(deliveries)
    retry = (floats(deliveries, "attempt_no") > 1).astype(np.float64)
    return learn_effects(
        Question(
            came=floats(deliveries, "tickets"),
            expected=np.ones(rows),
            base=np.column_stack([np.ones(rows), retry]),
            blocks={
                "failed": floats(deliveries, "failed")[:, None],
                "late": ramps(lateness(deliveries), np.asarray(LATE_AT, dtype=np.float64)),
            },
            cluster=floats(deliveries, "day").astype(np.int64),
        )
    )
