"""Who opens when: blocks of the day with steep edges, by way of life, weekday, week, weather and what is brought."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from benchmarks.worlds2.laws import Laws

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

KNOT_S = 300
KNOTS = 289
HOURS = np.arange(KNOTS) * KNOT_S / 3600
"""Every five minutes from midnight to midnight."""

Block = tuple[float, float, float]
"""From hour, to hour, and how much of the absence is left on a rainy day."""

NEVER = (-500.0, -500.0, 0.0)
MOST = 3
WORKDAYS = range(5)
HOMES = ("shift", "school run", "office", "pension", "homely", "night owl", "concierge", "absent")
TRADES_AT = ("shop", "bureau", "restaurant")
LIVES = (*HOMES, *TRADES_AT)

MIXTURES = {
    "house": (0.13, 0.24, 0.16, 0.28, 0.14, 0.02, 0.0, 0.03, 0, 0, 0),
    "flat": (0.14, 0.12, 0.18, 0.2, 0.13, 0.07, 0.13, 0.03, 0, 0, 0),
    "business": (0, 0, 0, 0, 0, 0, 0, 0, 0.48, 0.36, 0.16),
}
"""Shares of the ways of life by kind of door."""

ODD_DAY: tuple[Block, ...] = ((8.0, 12.0, 1.0), (13.0, 16.5, 1.0), (16.0, 20.5, 1.0))
"""What somebody has on one weekday of theirs: a class, a clinic, a grandchild."""


def _week(*days: Sequence[Block]) -> tuple[tuple[Sequence[Block], ...], ...]:
    """Return Monday to Saturday, the same in odd and even weeks."""
    return (tuple(days), tuple(days))


def _calendar() -> Mapping[str, tuple[tuple[Sequence[Block], ...], ...]]:
    """Return when nobody is in: by life, week (even, odd) and day (Monday to Saturday)."""
    early, late = [(5.0, 14.4, 1.0)], [(12.75, 22.75, 1.0)]
    works, brings = [(7.6, 12.6, 1.0), (15.0, 16.3, 1.0)], [(7.6, 8.7, 1.0), (15.0, 16.3, 1.0)]
    club = [(7.6, 8.7, 1.0), (13.5, 17.5, 0.6)]
    desk, friday = [(7.9, 17.7, 1.0)], [(7.9, 15.2, 1.0)]
    market, nap = [(8.2, 11.8, 0.35), (13.0, 14.5, 1.0)], [(13.0, 14.5, 1.0), (16.5, 17.75, 0.4)]
    shop, half = [(0.0, 8.9, 1.0), (12.5, 14.0, 1.0), (18.5, 24.0, 1.0)], [(0.0, 8.9, 1.0), (12.5, 24.0, 1.0)]
    bureau, short = [(0.0, 8.4, 1.0), (12.1, 12.9, 1.0), (16.9, 24.0, 1.0)], [(0.0, 8.4, 1.0), (14.5, 24.0, 1.0)]
    shut, meals = [(0.0, 24.0, 1.0)], [(0.0, 10.25, 1.0), (14.75, 17.25, 1.0), (22.5, 24.0, 1.0)]
    noon, sleeps = [(12.25, 13.25, 0.6)], [(0.0, 10.75, 1.0), (19.0, 24.0, 1.0)]
    return {
        "shift": ((early,) * 5 + ([],), (late,) * 5 + ([],)),
        "school run": _week(works, works, club, works, brings, [(9.5, 12.5, 0.5)]),
        "office": _week(desk, desk, desk, desk, friday, [(10.0, 13.0, 0.5)]),
        "pension": _week(nap, market, nap, nap, market, nap),
        "homely": _week(*(noon,) * 6),
        "night owl": _week(*(sleeps,) * 6),
        "concierge": _week(*([],) * 6),
        "absent": _week(*([],) * 6),
        "shop": _week(shop, shop, half, shop, shop, [(0.0, 8.9, 1.0), (13.0, 24.0, 1.0)]),
        "bureau": _week(bureau, bureau, bureau, bureau, short, shut),
        "restaurant": _week(shut, meals, meals, meals, meals, meals),
    }


def _blocks() -> Floats:
    """Return the calendar as an array (lives, weeks, days, MOST, 3)."""
    told = _calendar()
    return np.array([
        [[[*day, *[NEVER] * (MOST - len(day))] for day in week] for week in told[life]] for life in LIVES
    ])  # fmt: skip


BLOCKS = _blocks()


class Habits:
    """Everybody's way of life and own hours, one array entry each; see `Laws` for where they come from.

    `home_days` (n, 6) are weekdays on which an office worker stays at home; `odd_day` is -1 where there is none.
    """

    __slots__ = ("edge_h", "home_days", "level_in", "level_out", "life", "moved_h", "odd_block", "odd_day", "phase")

    def __init__(self, rng: np.random.Generator, laws: Laws, life: Ints) -> None:
        n = len(life)
        self.life, self.phase = life, rng.integers(0, 2, n)
        self.moved_h = rng.uniform(-laws.own_minutes, laws.own_minutes, n) / 60
        self.edge_h = rng.uniform(*laws.edge_s, n) / 3600
        self.home_days = rng.random((n, 6)) < rng.choice(np.array([0.0, 0.3, 0.6]), n)[:, np.newaxis]
        self.home_days &= (life == LIVES.index("office"))[:, np.newaxis]
        at_work = life >= len(HOMES)
        has_one = (rng.random(n) < laws.odd_day_share) & ~at_work & (life != LIVES.index("concierge"))
        self.odd_day, self.odd_block = np.where(has_one, rng.integers(0, 5, n), -1), rng.integers(0, 3, n)
        self.level_in, self.level_out = self._levels(rng, laws, at_work)

    def _levels(self, rng: np.random.Generator, laws: Laws, at_work: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        n, b = len(self.life), laws.level_beta
        low, high = laws.level_in
        inside = low + (high - low) * rng.beta(b, b, n)
        outside = laws.level_out[0] + (laws.level_out[1] - laws.level_out[0]) * rng.beta(b, b, n)
        inside, outside = np.where(at_work, np.maximum(inside, 0.95), inside), np.where(at_work, 0.3 * outside, outside)
        absent = self.life == LIVES.index("absent")
        inside = np.where(self.life == LIVES.index("concierge"), laws.concierge_level, inside)
        never = rng.uniform(*laws.absent_level, n)
        return np.where(absent, never, inside), np.where(absent, never, outside)


def tables(laws: Laws, habits: Habits, who: Ints, trade: NDArray[np.str_], on: tuple[int, bool]) -> Floats:
    """Return chances (2, n, KNOTS), dry and rainy, for orders of `trade` at doors `who` on (weekday, odd week)."""
    weekday, odd_week = on
    life = habits.life[who]
    blocks = BLOCKS[life, habits.phase[who] ^ int(odd_week), min(weekday, 5)].copy()
    blocks[habits.home_days[who, min(weekday, 5)], 0] = NEVER
    own = np.where((habits.odd_day[who] == weekday)[:, np.newaxis], np.array(ODD_DAY)[habits.odd_block[who]], NEVER)
    blocks = np.concatenate([blocks, own[:, np.newaxis]], axis=1)
    fixed = (blocks[..., 0] <= 0) | (blocks[..., 1] >= 24)
    moved, width = habits.moved_h[who][:, np.newaxis], habits.edge_h[who]
    starts = np.where(fixed & (blocks[..., 0] <= 0), blocks[..., 0] - 9, blocks[..., 0] + moved)
    ends = np.where(fixed & (blocks[..., 1] >= 24), blocks[..., 1] + 9, blocks[..., 1] + moved)
    dry, rain = np.zeros((2, len(who), KNOTS))
    for k in range(blocks.shape[1]):
        there = np.flatnonzero(ends[:, k] > 0)
        at, w = HOURS[np.newaxis], width[there, np.newaxis]
        gone = expit((at - starts[there, k, np.newaxis]) / w) * expit((ends[there, k, np.newaxis] - at) / w)
        dry[there] = np.maximum(dry[there], gone)
        rain[there] = np.maximum(rain[there], gone * blocks[there, k, 2, np.newaxis])
    outside = np.where(trade == "electronics", laws.signature_out, 1.0) * habits.level_out[who]
    inside = habits.level_in[who]
    drop = np.maximum(inside - outside, 0)[:, np.newaxis]
    chance = inside[:, np.newaxis] - np.stack([dry, rain]) * drop
    return _by_trade(laws, chance, life >= len(HOMES), trade, weekday)


def _by_trade(laws: Laws, chance: Floats, at_work: NDArray[np.bool_], trade: NDArray[np.str_], weekday: int) -> Floats:
    """Return chances after what a parcel means: medicine is awaited, an exchange is not, groceries on some evenings."""
    awaited = np.ones(chance.shape[1:])
    unloved = np.ones(chance.shape[1:])
    awaited[(trade == "pharmacy") & ~at_work] = laws.pharmacy_miss
    if weekday in (3, 4):
        awaited[np.ix_(trade == "grocery", HOURS >= 17)] = laws.grocery_evening_miss
    unloved[np.ix_((trade == "exchanges") & ~at_work, HOURS < 16)] = laws.exchange_daytime
    if weekday == 4:
        unloved[np.ix_((trade == "exchanges") & at_work, HOURS >= 13)] = laws.exchange_friday_business
    return np.clip((1 - (1 - chance) * awaited) * unloved, 0.02, 0.99)


def at_second(table: Floats, row: Ints, at: Floats) -> Floats:
    """Return chances from rows of `table` (n, KNOTS) at seconds of the day, linear between knots."""
    place = np.clip(at / KNOT_S, 0, KNOTS - 1.000001)
    knot = place.astype(np.int64)
    low, high = table[row, knot], table[row, knot + 1]
    read: Floats = low + (high - low) * (place - knot)
    return read
