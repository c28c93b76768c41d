"""Random rosters of several weeks, drawn close to what the law allows so that every rule is kept and broken often."""

from collections.abc import Sequence

import numpy as np

from doorstep.domain.days import first_instant
from doorstep.domain.duty import Activity, ActivityKind, DutyRecord, Instant

ZONES = ("Europe/Lisbon", "Europe/Berlin", "America/New_York", "America/Phoenix")
FIRST_DAYS = ("2026-01-05", "2026-03-09", "2026-03-16", "2026-07-02", "2026-10-12", "2026-10-24")
"""Where rosters begin; four of them run across a change of clocks in one of the zones."""

STRETCHES = (20, 45, 75, 120, 135, 150, 180, 240, 269, 270, 271, 300, 360, 480, 481)
PAUSES = (5, 10, 14, 15, 16, 20, 29, 30, 31, 44, 45, 46, 60, 90, 179, 180, 200)
NIGHTS = (480, 539, 540, 541, 600, 659, 660, 661, 690, 720, 780, 840)
WEEKENDS = (
    1380,
    1439,
    1440,
    1500,
    1800,
    2039,
    2040,
    2099,
    2100,
    2160,
    2400,
    2699,
    2700,
    2760,
    3300,
    3600,
    4140,
    5400,
    7000,
)


def random_roster(seed: int) -> DutyRecord:
    """Return one driver's record, mostly of two to five weeks, in whole minutes.

    Some drivers keep to every limit to the minute, some slip once or twice, mostly by a minute, some don't care.
    """
    rng = np.random.default_rng(seed)
    zone = str(rng.choice(ZONES))
    begin = first_instant(str(rng.choice(FIRST_DAYS)), zone)
    at = int(begin.timestamp()) // 60 + int(rng.integers(0, 36 * 60))
    weeks = float(rng.choice([2, 3, 4, 5, 5, 5, 18], p=[0.2, 0.2, 0.2, 0.12, 0.12, 0.12, 0.04]))
    until = at + int((weeks - rng.random()) * 7 * 1440)
    slips = float(rng.choice([0.0, 1.0, 2.0, 4.0])) / (60 * weeks)
    care = float(rng.choice([0.0, 0.8, 1 - slips], p=[0.1, 0.1, 0.8]))
    short = 1.0 if rng.random() < 0.4 else float(rng.uniform(0.2, 1.0))
    long_nights, weekend = float(rng.choice([1.0, 1.0, 0.6, 0.0])), int(rng.choice([1440, 2100, 2700, 2700]))
    activities: list[Activity] = []
    while at < until:
        days, six_days = int(rng.integers(4, 7)), at + 8640
        for day in range(days):
            at = _day(rng, activities, at, care, short)
            if day == 5 and 0 < six_days - at < 400:
                until_then = six_days + (rng.random() >= care or rng.random() < 0.2)
                activities.append(_activity("waiting", at, until_then))
                at = until_then
            night = 660 if rng.random() < long_nights else 540
            at += _draw(rng, NIGHTS, care, night) if day < days - 1 else 0
        at += _draw(rng, WEEKENDS, care, weekend if rng.random() < 0.6 else 2700)
    return DutyRecord(zone, tuple(activities))


def _draw(rng: np.random.Generator, menu: Sequence[int], care: float, least: int) -> int:
    """Return a length off a menu: at least so much for the careful, who like to take no more; just less for a slip."""
    if rng.random() < care:
        enough = [length for length in menu if length >= least]
        return min(enough) if rng.random() < 0.3 else int(rng.choice(enough))
    return int(rng.choice(menu)) if rng.random() < 0.3 else max(length for length in menu if length < least)


def _day(rng: np.random.Generator, activities: list[Activity], at: int, care: float, short: float) -> int:
    """Add one day's duty from a minute on, and return when it ends."""
    driven = worked = since = on_end = 0
    half = False
    most = int(short * (rng.choice([540, 600]) if rng.random() < care else rng.choice([541, 601, 780])))
    ends = at + (780 if rng.random() < care else int(rng.choice([781, 840, 900, 960])))
    while worked < most and at < ends:
        kind = str(rng.choice(["driving", "driving", "work", "waiting"]))
        length = int(rng.choice(STRETCHES))
        room = min(270 - since, 360 - on_end, ends - at, (600 if most > 540 else 540) - driven)
        if rng.random() < care or rng.random() < 0.7:
            length = min(length, room + (rng.random() >= care))
        if length > 0:
            activities.append(_activity(kind, at, at + length))
            at += length
            driven += length if kind == "driving" else 0
            worked += length if kind != "waiting" else 0
            since += length if kind == "driving" else 0
            on_end += length if kind != "waiting" else 0
        if length <= 0 or rng.random() < 0.5:
            least = 30 if half else int(rng.choice([15, 45]))
            pause = _draw(rng, PAUSES, care, least)
            if at + pause >= ends and rng.random() < care:
                break
            if rng.random() < 0.5:
                activities.append(_activity("break", at, at + pause))
            at += pause
            half, on_end = least == 15, 0
            since = since if half else 0
    return at


def _activity(kind: str, begins: int, ends: int) -> Activity:
    known: dict[str, ActivityKind] = {"driving": "driving", "work": "work", "waiting": "waiting", "break": "break"}
    return Activity(known[kind], Instant(begins * 60), Instant(ends * 60))
