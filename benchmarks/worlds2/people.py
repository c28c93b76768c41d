"""Who lives and trades in a ring town: doors, a few heavy orderers among many rare ones, and shops of many trades."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.worlds2.laws import KINDS, TRADES, Laws
from benchmarks.worlds2.presence import LIVES, MIXTURES, Habits
from benchmarks.worlds2.streets import ANCHOR, OLD_TOWN_M
from doorstep.domain.places import Place
from doorstep.domain.streets import StreetMap
from doorstep.town import names
from doorstep.town.luck import stream
from doorstep.town.sites import Sites, along

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

DOOR_EVERY_M = 16.0

ABOVE = 1.02
"""By how much more those known from the start would order if nobody ever paused and no account had left."""


@dataclass(frozen=True, slots=True, eq=False)
class Recipients:
    """One array entry per door. `rate` is orders per ordinary working day; `shops` (n, 2) the first and second choice.

    `patience_s` is the lateness at which somebody reacts at all; `temper` multiplies what they do then.
    """

    ids: list[str]
    east: Floats
    north: Floats
    lon: Floats
    lat: Floats
    address: list[str]
    postcode: Ints
    postcodes: list[str]
    kind: Ints
    floor: Ints
    lift: Bools
    old_town: Bools
    habits: Habits
    rate: Floats
    joins: Ints
    shops: Ints
    patience_s: Floats
    temper: Floats
    walk_s: Floats
    strain: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Merchants:
    """Shops: what they pay, what was promised, when they have had enough, and whether tickets come in bursts."""

    ids: list[str]
    names: list[str]
    trade: NDArray[np.str_]
    cents_per_order: Ints
    cents_per_kg: Ints
    sla: Floats
    borne: Floats
    bursts: Bools
    weight_g: Floats


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Everybody, and where the vans start."""

    depot_east: float
    depot_north: float
    recipients: Recipients
    merchants: Merchants

    @property
    def depot(self) -> Place:
        """Return the depot as a place."""
        return ANCHOR.place(self.depot_east, self.depot_north)


def settle(seed: int, laws: Laws, streets: StreetMap, orders_per_day: int, days: int) -> People:
    """Return the people of a ring town, the same for the same seed."""
    rng = stream(seed, "ring people")
    sites = along(streets, ANCHOR, rng, every=DOOR_EVERY_M)
    n = min(max(60, round(laws.doors_per_order * orders_per_day)), len(sites.east))
    merchants = _merchants(rng, 7 + int(rng.integers(0, 3)))
    recipients = _recipients(
        rng, laws, sites.chosen(_chosen(rng, sites, n)), (orders_per_day, days), len(merchants.ids)
    )
    away = np.hypot(sites.east, sites.north)
    edge = np.flatnonzero((away > np.quantile(away, 0.6)) & (away < np.quantile(away, 0.75)))
    depot = int(rng.choice(edge))
    return People(float(sites.east[depot]), float(sites.north[depot]), recipients, merchants)


def _chosen(rng: np.random.Generator, sites: Sites, n: int) -> Ints:
    """Return n different sites: the old town, and quarters that grew around a few middles of their own."""
    seats = rng.choice(len(sites.east), 9, replace=False)
    away = np.hypot(sites.east[:, np.newaxis] - sites.east[seats], sites.north[:, np.newaxis] - sites.north[seats])
    weight = 0.35 + (away.min(axis=1) < 650) * 1.6 + (np.hypot(sites.east, sites.north) < OLD_TOWN_M) * 1.3
    return rng.choice(len(weight), size=n, replace=False, p=weight / weight.sum())


def _recipients(rng: np.random.Generator, laws: Laws, homes: Sites, size: tuple[int, int], shops: int) -> Recipients:
    orders_per_day, days = size
    n = len(homes.east)
    lon, lat = ANCHOR.to_degrees(homes.east, homes.north)
    codes = sorted(set(homes.postcode))
    kind = rng.choice(len(KINDS), size=n, p=laws.kind_shares)
    life = np.array([rng.choice(len(LIVES), p=MIXTURES[KINDS[k]]) for k in kind])
    old_town = np.hypot(homes.east, homes.north) < OLD_TOWN_M
    floor = np.where(kind == KINDS.index("flat"), np.minimum(rng.geometric(0.3, n) - 1, 7), 0)
    joins = np.where(rng.random(n) < laws.joined_share, rng.integers(0, max(days, 1), n), -1)
    walk = rng.uniform(*laws.walk_s, n) + 60 * old_town
    return Recipients(
        ids=[f"r{i:05d}" for i in range(n)], east=homes.east, north=homes.north, lon=lon, lat=lat,
        address=[f"{number} {street}" for number, street in zip(homes.number, homes.street, strict=True)],
        postcode=np.array([codes.index(code) for code in homes.postcode]), postcodes=codes, kind=kind, floor=floor,
        lift=(floor > 0) & (rng.random(n) < np.where(old_town, 0.1, 0.3 + 0.1 * floor)), old_town=old_town,
        habits=Habits(rng, laws, life), rate=_rates(rng, laws, n, orders_per_day, joins), joins=joins,
        shops=np.stack([rng.choice(shops, n, p=_popularity(rng, shops)), rng.integers(0, shops, n)], axis=1),
        patience_s=laws.patience_least_s + laws.patience_median_s * np.exp(laws.patience_sigma * rng.normal(size=n)),
        temper=rng.choice(np.array([0.3, 1.0, 1.9]), n, p=[0.35, 0.45, 0.2]), walk_s=walk,
        strain=(walk > 90).astype(np.int64) + old_town,
    )  # fmt: skip


def _rates(rng: np.random.Generator, laws: Laws, n: int, orders_per_day: int, joins: Ints) -> Floats:
    """Return rates with a Pareto tail at which those known from the start place that many orders a day."""
    raw = np.minimum(1 + rng.pareto(laws.rate_pareto, n), laws.rate_most)
    known = raw * (joins < 0)
    orders = ABOVE * orders_per_day
    scale = orders / known.sum()
    for _ in range(40):
        scale *= orders / -np.expm1(-scale * known).sum()
    rates: Floats = scale * raw
    return rates


def _popularity(rng: np.random.Generator, shops: int) -> Floats:
    weight = rng.permutation(np.linspace(1.0, 2.6, shops))
    shares: Floats = weight / weight.sum()
    return shares


def _merchants(rng: np.random.Generator, n: int) -> Merchants:
    """Return n shops; the first five trades are always there."""
    trade = np.array(TRADES[:n])
    sla = rng.choice(np.array([0.78, 0.82, 0.86]), n)
    return Merchants(
        ids=[f"m{i + 1:02d}" for i in range(n)],
        names=[f"{name} {kind.title()}" for name, kind in zip(names.distinct(rng, n), trade.tolist(), strict=True)],
        trade=trade, cents_per_order=rng.integers(19, 27, n) * 50, cents_per_kg=rng.integers(0, 3, n) * 10, sla=sla,
        borne=1 - sla + rng.uniform(0.0, 0.05, n), bursts=rng.random(n) < 0.4,
        weight_g=rng.uniform(1_500, 7_000, n),
    )  # fmt: skip
