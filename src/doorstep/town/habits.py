"""Who opens the door when: half-hourly chances of every recipient, on weekdays and at weekends."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from doorstep.town.hidden import HABITS, Hidden

Floats = NDArray[np.float64]

KNOT_S = 1800
KNOTS = 49
"""Every half hour from midnight to midnight, both ends included."""


def chances(rng: np.random.Generator, truth: Hidden, habit: NDArray[np.int64]) -> Floats:
    """Return the chance that each recipient takes a delivery, shape (2, n, 49): weekdays, then weekends.

    In a town where nothing reacts every door has one chance of its own at all hours: the mean over its working day.
    """
    n = len(habit)
    hours = np.arange(KNOTS) * KNOT_S / 3600
    moved = hours[np.newaxis] - rng.normal(0, truth.person_shift_minutes / 60, (n, 1))
    person = rng.normal(0, truth.person_logit_sd, (n, 1))
    bands = rng.normal(0, truth.person_slot_logit_sd, (n, 3))
    band = np.clip(((hours - 7.5) // 4.5).astype(int), 0, 2)
    weekday = np.empty((n, KNOTS))
    for number, name in enumerate(HABITS):
        who = habit == number
        at, height = np.array(truth.home_curves[name]).T
        weekday[who] = np.interp(moved[who], at, height)
    weekend = np.full((n, KNOTS), truth.weekend_home)
    both = np.minimum(expit(logit(np.stack([weekday, weekend])) + person + bands[:, band]), truth.best_chance)
    if truth.reacts:
        return np.asarray(both)
    working = (hours >= 9) & (hours <= 19)
    return np.broadcast_to(both[:1, :, working].mean(axis=2, keepdims=True), both.shape).copy()


def at_second(table: Floats, row: NDArray[np.int64], at: Floats) -> Floats:
    """Return chances read from half-hourly rows of `table` (n, 49) at seconds of the day, linear between knots."""
    place = np.clip(at / KNOT_S, 0, KNOTS - 1.000001)
    knot = place.astype(np.int64)
    share = place - knot
    low, high = table[row, knot], table[row, knot + 1]
    read: Floats = low + (high - low) * share
    return read
