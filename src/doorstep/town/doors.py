"""The orders of one day as the truth sees them: what every door does, costs and is worth, as arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from doorstep.town.hidden import Hidden
from doorstep.town.people import People

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NEVER = 10**7
"""A second after every closing."""

MONTHS_AHEAD_DAYS = 365.0
"""How far ahead later orders are counted."""

WINDOWS = np.array([
    (8, 10), (10, 12), (12, 14), (14, 16), (16, 18), (18, 20), (8, 11), (11, 14), (14, 17), (17, 20), (8, 12),
    (12, 16), (16, 20),
])  # fmt: skip
"""Windows on sale, in hours."""

DAY_PROMISE = (8, 20)
HALF_DAYS = ((8, 13), (13, 19))


@dataclass(frozen=True, slots=True, eq=False)
class Promises:
    """What was sold and told: hard `opens`..`closes` (0 and NEVER: none) and the promised span, in seconds."""

    opens: Ints
    closes: Ints
    start: Ints
    end: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Doors:
    """One entry per order. `table` (n, 49) holds half-hourly chances; `ahead` is orders of the next twelve months.

    `ticket_*`, `loss_*` and `account_*` are this order's own chances, shares and hazards; zero where nothing reacts.
    """

    recipient: Ints
    merchant: Ints
    promises: Promises
    weight_g: Ints
    parcels: Ints
    table: Floats
    walk_s: Floats
    hand_s: Floats
    strain: Ints
    second_cents: Ints
    revenue_cents: Ints
    margin_cents: Floats
    ahead: Floats
    ticket_base: Floats
    ticket_failed: Floats
    ticket_late: Floats
    loss_failed: Floats
    loss_late: Floats
    account_failed: Floats
    account_late: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Mood:
    """How people stand on a day: recipients' rates as they are now, merchants' monthly orders and hazards."""

    weekend: bool
    rate: Floats
    monthly_orders: Floats
    account_hazard: Floats


def promised(truth: Hidden, chance: Floats, draws: Floats) -> Promises:
    """Return what n orders were sold or told, from uniform `draws` (3, n).

    Windows are bought for hours at which people tend to be at home.
    """
    what, which, half_day = draws
    middle = (WINDOWS.sum(axis=1)).astype(np.int64)
    weight = np.cumsum(chance[:, middle] ** 4, axis=1)
    window = WINDOWS[(which[:, np.newaxis] * weight[:, -1:] > weight).sum(axis=1)] * 3600
    half = np.array(HALF_DAYS)[(half_day < 0.5).astype(int)] * 3600
    sold = what < truth.window_share
    halved = ~sold & (what < truth.window_share + truth.half_day_share)
    span = np.where(sold[:, np.newaxis], window, np.where(halved[:, np.newaxis], half, np.array(DAY_PROMISE) * 3600))
    return Promises(np.where(sold, window[:, 0], 0), np.where(sold, window[:, 1], NEVER), span[:, 0], span[:, 1])


def doors(rng: np.random.Generator, truth: Hidden, people: People, mood: Mood, who: Ints, shop: Ints) -> Doors:
    """Return the truth of one day's orders, for recipients `who` from merchants `shop`.

    Everybody draws, whether they order or not, so that one order more or less leaves all others as they were.
    """
    recipients, merchants = people.recipients, people.merchants
    n = len(who)
    table = recipients.chance[int(mood.weekend)][who]
    everybody = len(recipients.ids)
    heavy, draws = rng.normal(-0.18, 0.6, everybody)[who], rng.random((4, everybody))[:, who]
    weight = np.maximum(200, merchants.weight_g[shop] * np.exp(heavy)).astype(np.int64)
    parcels = 1 + (-np.log(draws[3]) * weight / 9_000).astype(np.int64)
    kind, floor, lift = recipients.kind[who], recipients.floor[who], recipients.lift[who]
    climb = np.where(
        lift & (floor > 0), truth.lift_s + truth.lift_s_per_floor * floor, truth.stairs_s_per_floor * floor
    )
    revenue = merchants.cents_per_order[shop] + merchants.cents_per_kg[shop] * weight // 1000
    impatience = recipients.impatience[who] * truth.reacts
    silent = 1 - np.minimum(truth.loss_if_failed * impatience, 0.9)
    slope = truth.reacts * mood.account_hazard[shop] * truth.account_slope / 2 / mood.monthly_orders[shop]
    return Doors(
        recipient=who, merchant=shop, promises=promised(truth, table, draws[:3]), weight_g=weight, parcels=parcels,
        table=table, walk_s=recipients.parking_walk_s[who] + climb,
        hand_s=np.array(truth.handover_s)[kind] + truth.parcel_s * (parcels - 1),
        strain=recipients.parking_strain[who] + np.where(lift, 0, floor) * (1 + (weight > 10_000)),
        second_cents=np.array(truth.second_attempt_cents)[kind], revenue_cents=revenue,
        margin_cents=(revenue - truth.marginal_stop_cents).astype(np.float64),
        ahead=mood.rate[who] * MONTHS_AHEAD_DAYS * np.mean(truth.weekday_volume),
        ticket_base=np.full(n, truth.ticket_base if truth.reacts else truth.ticket_null),
        ticket_failed=truth.ticket_if_failed * impatience, ticket_late=truth.ticket_late_most * impatience,
        loss_failed=truth.reacts * (1 - silent * (1 - truth.unsubscribe_if_failed)),
        loss_late=truth.loss_late_most * impatience,
        account_failed=slope, account_late=slope,
    )  # fmt: skip
