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
    """Return one driver's record, mostly of two to five weeks, in whole minutes; some are careful, some are not."""
    rng = np.random.default_rng(seed)
    zone = str(rng.choice(ZONES))
    begin = first_instant(str(rng.choice(FIRST_DAYS)), zone)
    at = int(begin.timestamp()) // 60 + int(rng.integers(0, 36 * 60))
    weeks = float(rng.choice([2, 3, 4, 5, 5, 5, 18], p=[0.2, 0.2, 0.2, 0.12, 0.12, 0.12, 0.04]))
    until = at + int((weeks - rng.random()) * 7 * 1440)
    care = float(rng.choice([0.0, 0.7, 0.95, 0.98, 0.99, 1.0]))
    short = 1.0 if rng.random() < 0.4 else float(rng.uniform(0.2, 1.0))
    weekends = [w for w in WEEKENDS if rng.random() < 0.6] or WEEKENDS
    activities: list[Activity] = []
    while at < until:
        days = int(rng.integers(4, 7))
        for day in range(days):
            at = _day(rng, activities, at, care, short)
            at += _draw(rng, NIGHTS, care, 660) if day < days - 1 else 0
        at += _draw(rng, weekends, care, 1440)
    return DutyRecord(zone, tuple(activities))


def _draw(rng: np.random.Generator, menu: Sequence[int], care: float, least: int) -> int:
    """Return a length off a menu; the careful take at least so much."""
    if rng.random() < care:
        menu = [length for length in menu if length >= least] or menu
    return int(rng.choice(menu))


def _day(rng: np.random.Generator, activities: list[Activity], at: int, care: float, short: float) -> int:
    """Add one day's duty from a minute on, and return when it ends."""
    driven = worked = 0
    most = int(short * rng.choice([360, 480, 540, 541, 600, 601, 780]))
    ends = at + (780 if rng.random() < care else int(rng.choice([600, 780, 840, 900, 960])))
    most = min(most, 540) if rng.random() < care else most
    since = on_end = 0
    while worked < most and at < ends:
        kind = str(rng.choice(["driving", "driving", "work", "waiting"]))
        length = int(rng.choice(STRETCHES))
        if rng.random() < care:
            length = min(length, 270 - since, 360 - on_end, 540 - driven, ends - at)
        if length > 0:
            activities.append(_activity(kind, at, at + length))
            at += length
            driven += length if kind == "driving" else 0
            worked += length if kind != "waiting" else 0
            since += length if kind == "driving" else 0
            on_end += length
        if length <= 0 or rng.random() < 0.7:
            pause = _draw(rng, PAUSES, care, 45)
            if at + pause >= ends and rng.random() < care:
                break
            if rng.random() < 0.5:
                activities.append(_activity("break", at, at + pause))
            at += pause
            since = on_end = 0
            if driven >= 540 and rng.random() < care:
                break
    return at


def _activity(kind: str, begins: int, ends: int) -> Activity:
    known: dict[str, ActivityKind] = {"driving": "driving", "work": "work", "waiting": "waiting", "break": "break"}
    return Activity(known[kind], Instant(begins * 60), Instant(ends * 60))
