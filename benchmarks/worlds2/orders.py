"""The orders of one day as the truth sees them: what every door does, costs and is worth, as arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.worlds2 import presence
from benchmarks.worlds2.laws import Laws
from benchmarks.worlds2.people import People

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NEVER = 10**7
"""A second after every closing."""

WINDOWS = np.array([(7, 10), (9, 12), (12, 15), (15, 18), (17, 20), (18, 21)])
"""Windows on sale, in hours: hard, three hours long."""

BANDS = np.array([(7, 12), (12, 17), (16, 21)])
"""What others were told."""

ALL_DAY = (7.0, 20.5)
YEAR_DAYS = 365.0


@dataclass(frozen=True, slots=True, eq=False)
class Orders:
    """One entry per order. `table` (2, n, 289) holds chances on dry and on rainy days; hard windows are
    `opens`..`closes` (0 and NEVER: none), `start`..`end` is what was told. `paused_orders` are those a pause costs.
    """  # fmt: skip

    recipient: Ints
    merchant: Ints
    opens: Ints
    closes: Ints
    start: Ints
    end: Ints
    weight_g: Ints
    parcels: Ints
    table: Floats
    old_town: Bools
    walk_s: Floats
    hand_s: Floats
    strain: Ints
    second_cents: Ints
    revenue_cents: Ints
    margin_cents: Floats
    paused_orders: Floats
    burst_chance: Floats
    ticket_failed: Floats
    ticket_late: Floats
    pause_failed: Floats
    pause_late: Floats
    patience_s: Floats
    account: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Morning:
    """How a day begins: weekday and odd week, everybody's rate, who was failed lately, what a miss does to accounts."""

    on: tuple[int, bool]
    rate: Floats
    failed_lately: Bools
    account_slope: Floats


def orders(rng: np.random.Generator, laws: Laws, people: People, morning: Morning, asked: tuple[Ints, Ints]) -> Orders:
    """Return the truth of one day's orders, `asked` by recipients from merchants.

    Everybody draws, whether they order or not, so that one order more leaves all others as they were.
    """
    who, shop = asked
    home, shops = people.recipients, people.merchants
    draws, heavy = rng.random((4, len(home.ids)))[:, who], rng.pareto(2.2, len(home.ids))[who]
    trade = shops.trade[shop]
    table = presence.tables(laws, home.habits, who, trade, morning.on)
    opens, closes, start, end = _promised(laws, table[0], draws[:3])
    weight = np.clip(shops.weight_g[shop] * (0.35 + heavy), 200, 28_000).astype(np.int64)
    parcels = 1 + (-np.log(draws[3]) * weight / 11_000).astype(np.int64)
    kind, floor, lift = home.kind[who], home.floor[who], home.lift[who]
    revenue = shops.cents_per_order[shop] + shops.cents_per_kg[shop] * weight // 1000
    again, temper = morning.failed_lately[who], home.temper[who]
    urgent = np.isin(trade, ("pharmacy", "meals"))
    pause_days = 7 * (laws.pause_weeks * (1 - laws.forever_share)) + YEAR_DAYS * laws.forever_share
    return Orders(
        recipient=who, merchant=shop, opens=opens, closes=closes, start=start, end=end, weight_g=weight,
        parcels=parcels, table=table, old_town=home.old_town[who],
        walk_s=home.walk_s[who] + np.where(lift, laws.lift_s, laws.stairs_s_per_floor * floor),
        hand_s=np.array(laws.handover_s)[kind] + laws.parcel_s * (parcels - 1),
        strain=home.strain[who] + np.where(lift, 0, floor) * np.where(weight > 12_000, 2, 1),
        second_cents=np.array(laws.second_attempt_cents)[kind], revenue_cents=revenue,
        margin_cents=(revenue - laws.marginal_stop_cents).astype(np.float64),
        paused_orders=morning.rate[who] * np.mean(laws.week) * pause_days,
        burst_chance=np.where(shops.bursts[shop], laws.burst_chance, 0.0),
        ticket_failed=np.minimum(np.where(again, laws.ticket_failed_again, laws.ticket_failed_first) * temper, 0.95),
        ticket_late=laws.ticket_late * temper,
        pause_failed=np.minimum(np.where(again, laws.pause_failed_again, laws.pause_failed_first) * temper, 0.95),
        pause_late=laws.pause_late * temper,
        patience_s=home.patience_s[who] * np.where(urgent, laws.hasty_trades, 1.0),
        account=morning.account_slope[shop],
    )  # fmt: skip


def _promised(laws: Laws, chance: Floats, draws: Floats) -> tuple[Ints, Ints, Ints, Ints]:
    """Return hard opens and closes, and told start and end, from uniform `draws` (3, n)."""
    what, which, by_habit = draws
    middle = (WINDOWS.mean(axis=1) * 3600 / presence.KNOT_S).astype(np.int64)
    wish = np.where((by_habit < laws.window_by_habit)[:, np.newaxis], chance[:, middle] ** 6, 1.0)
    cumulated = np.cumsum(wish, axis=1)
    window = WINDOWS[(which[:, np.newaxis] * cumulated[:, -1:] > cumulated).sum(axis=1)] * 3600
    band = BANDS[np.minimum((which * 3).astype(np.int64), 2)] * 3600
    sold = what < laws.window_share
    banded = ~sold & (what < laws.window_share + laws.band_share)
    day = (np.array(ALL_DAY) * 3600).astype(np.int64)
    span = np.where(sold[:, np.newaxis], window, np.where(banded[:, np.newaxis], band, day))
    return np.where(sold, window[:, 0], 0), np.where(sold, window[:, 1], NEVER), span[:, 0], span[:, 1]
