"""Where places lie on a flat map, for whoever asks what lies together; without coordinates, travel draws it."""

import math

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.places import Place
from doorstep.domain.problem import Problem
from doorstep.domain.travel import AskedTimes, Travel, TravelTimes


def flat(problem: Problem) -> NDArray[np.float64]:
    """Return places as x and y of equal scale; shape (places, 2).

    Degrees of latitude, or, where a place has no coordinates, the mean seconds from two places far apart.
    """
    known: list[Place] = [place for place in problem.places if place is not None]
    if len(known) < len(problem.places):
        return _drawn(problem)
    lat = np.array([p.lat for p in known])
    return np.stack([np.array([p.lon for p in known]) * math.cos(math.radians(float(lat.mean()))), lat], axis=1)


def _drawn(problem: Problem) -> NDArray[np.float64]:
    times = problem.times[problem.shifts[0].profile]
    first = seconds_from(times, problem.shifts[0].start)
    one = seconds_from(times, int(first.argmax()))
    return np.stack([one, seconds_from(times, int(one.argmax()))], axis=1)


def seconds_from(times: Travel, row: int) -> NDArray[np.float64]:
    """Return the mean seconds of the legs from a row to all."""
    if isinstance(times, AskedTimes):
        return np.asarray(times.from_row(row).mean(axis=0))
    if isinstance(times, TravelTimes):
        return np.asarray(times.seconds[:, row].mean(axis=0))
    return np.asarray(times.mean_seconds()[row])
