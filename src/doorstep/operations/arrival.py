"""How far real arrivals stray from planned ones, learned from what drivers met; a few wild days don't move it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from scipy.optimize import nnls

from doorstep.domain.outlook import ArrivalSpread
from doorstep.estimators.artefact import model_id
from doorstep.estimators.columns import Columns, Floats, floats

LEAST_ROWS = 200
MOST_HOURS = 16.0
WILD = 4.0
"""Robust standard deviations beyond which a delay is cut back before anything is fitted."""

ASSUMED = ArrivalSpread("arrival-assumption", bias=0.0, bias_per_hour=0.0, sd0=300.0, sd_per_hour=180.0)
"""What is taken without arrivals to learn from: an assumption."""


def learn(visits: Columns) -> ArrivalSpread:
    """Return the spread of arrivals from the visits dataset (`delay_s` against plan, `hours` into the route).

    Mean by least squares, variance by non-negative least squares on squared residuals; delays beyond four robust
    standard deviations of their hour are cut back to there. The assumed spread below 200 planned arrivals.
    """
    delay, hours = floats(visits, "delay_s"), floats(visits, "hours")
    known = np.isfinite(delay) & np.isfinite(hours) & (hours >= 0) & (hours <= MOST_HOURS)
    if known.sum() < LEAST_ROWS:
        return ASSUMED
    delay, hours = _tamed(delay[known], hours[known]), hours[known]
    line = np.column_stack([np.ones(len(hours)), hours])
    mean = np.linalg.lstsq(line, delay, rcond=None)[0]
    squares = (delay - line @ mean) ** 2
    spread, _ = nnls(np.column_stack([np.ones(len(hours)), hours**2]), squares)
    figures = {
        "bias": round(float(mean[0]), 2),
        "bias_per_hour": round(float(mean[1]), 2),
        "sd0": round(float(np.sqrt(spread[0])), 2),
        "sd_per_hour": round(float(np.sqrt(spread[1])), 2),
    }
    return ArrivalSpread(model_id=model_id("arrival", figures), **figures)


def _tamed(delay: Floats, hours: Floats) -> Floats:
    """Return delays cut back to four robust standard deviations around the median of their hour."""
    tamed = delay.copy()
    for hour in np.unique(hours.astype(int)):
        mine = hours.astype(int) == hour
        middle = float(np.median(delay[mine]))
        scale = max(30.0, 1.4826 * float(np.median(np.abs(delay[mine] - middle))))
        tamed[mine] = np.clip(delay[mine], middle - WILD * scale, middle + WILD * scale)
    return tamed


def to_json(spread: ArrivalSpread) -> dict[str, Any]:
    """Return a spread as JSON can hold it."""
    return asdict(spread)


def from_json(kept: Mapping[str, Any]) -> ArrivalSpread:
    """Return the spread that `to_json` kept."""
    return ArrivalSpread(**kept)
