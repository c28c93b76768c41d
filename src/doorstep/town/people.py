"""Who lives and works in the town: recipients, merchants, drivers and their hidden traits, as arrays."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.streets import StreetMap
from doorstep.town import habits, names
from doorstep.town.errors import BadTown
from doorstep.town.hidden import KINDS, Hidden
from doorstep.town.luck import stream
from doorstep.town.plane import Plane
from doorstep.town.sites import Sites, along, centre

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

REACH_M = 6_000.0
"""How far from the middle of a map people are put."""


@dataclass(frozen=True, slots=True, eq=False)
class Recipients:
    """Doors and what is behind them, one array entry each. `chance` has shape (2, n, 49)."""

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
    lift: NDArray[np.bool_]
    chance: Floats
    rate: Floats
    joins: Ints
    impatience: Floats
    merchant: Ints
    parking_walk_s: Floats
    parking_strain: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Merchants:
    """Shops: what they pay, what they were promised, and how quickly they lose patience."""

    ids: list[str]
    names: list[tuple[str, str]]
    cents_per_order: Ints
    cents_per_kg: Ints
    sla: Floats
    weight_g: Floats


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Everybody, the depot, and the plane their metres are in."""

    plane: Plane
    depot_east: float
    depot_north: float
    recipients: Recipients
    merchants: Merchants


def settle(seed: int, truth: Hidden, streets: StreetMap, orders_per_day: int, days: int) -> People:
    """Return the people of a town: 7.5 recipients per order of a day, 6 to 10 merchants; the same for the same seed.

    Raises BadTown when the map has no streets to live on.
    """
    plane = centre(streets)
    rng = stream(seed, "people")
    sites = along(streets, plane, rng, every=19.0, within=REACH_M)
    n = max(40, round(7.5 * orders_per_day))
    if len(sites.east) < n:
        raise BadTown(
            f"Expected room for {n} doors within {REACH_M:.0f} m of the map's middle, found {len(sites.east)}; "
            "ask for fewer orders a day or give a larger map."
        )
    merchants = _merchants(rng, 6 + int(rng.integers(0, 5)))
    recipients = _recipients(rng, truth, plane, sites.chosen(_chosen(rng, sites, n)), len(merchants.ids))
    joins = np.where(rng.random(n) < truth.joined_share, rng.integers(0, max(days, 1), n), -1)
    rate = _scaled(recipients.rate * (joins < 0), orders_per_day, recipients.rate)
    depot = _depot(rng, sites)
    return People(plane, float(sites.east[depot]), float(sites.north[depot]),
                  replace(recipients, rate=rate, joins=joins), merchants)  # fmt: skip


def _scaled(known: Floats, orders_per_day: int, rate: Floats) -> Floats:
    """Return rates at which those known from the start place that many orders a day, at most one each."""
    scale = orders_per_day / known.sum()
    for _ in range(30):
        scale *= orders_per_day / -np.expm1(-scale * known).sum()
    return scale * rate


def _chosen(rng: np.random.Generator, sites: Sites, n: int) -> Ints:
    """Return n different sites, denser near the middle."""
    away = np.hypot(sites.east, sites.north)
    weight = np.exp(-away / (1.2 * np.median(away)))
    return rng.choice(len(away), size=n, replace=False, p=weight / weight.sum())


def _depot(rng: np.random.Generator, sites: Sites) -> int:
    """Return a site well out of the middle, where a depot finds land."""
    away = np.hypot(sites.east, sites.north)
    return int(rng.choice(np.flatnonzero((away > np.quantile(away, 0.72)) & (away < np.quantile(away, 0.85)))))


def _recipients(rng: np.random.Generator, truth: Hidden, plane: Plane, homes: Sites, shops: int) -> Recipients:
    """Return who lives behind these doors, everybody known since ever and with relative rates."""
    n = len(homes.east)
    lon, lat = plane.to_degrees(homes.east, homes.north)
    codes = sorted(set(homes.postcode))
    code = np.array([codes.index(postcode) for postcode in homes.postcode])
    kind = rng.choice(len(KINDS), size=n, p=truth.kind_shares)
    flat = kind == KINDS.index("flat")
    floor = np.where(flat, rng.integers(0, 6, n), 0)
    tight = rng.permutation(np.linspace(0, 1, len(codes)))[code]
    low, high = truth.parking_walk_s
    return Recipients(
        ids=[f"r{i:05d}" for i in range(n)],
        east=homes.east, north=homes.north, lon=lon, lat=lat,
        address=[f"{number} {street}" for number, street in zip(homes.number, homes.street, strict=True)],
        postcode=code, postcodes=codes, kind=kind, floor=floor,
        lift=flat & (rng.random(n) < 0.12 + 0.13 * floor),
        chance=habits.chances(rng, truth, _habit(rng, truth, kind, code, len(codes))),
        rate=rng.gamma(truth.rate_shape, 1 / truth.rate_shape, n) + 0.05, joins=np.full(n, -1),
        impatience=np.exp(rng.normal(-(truth.patience_sd**2) / 2, truth.patience_sd, n)),
        merchant=rng.choice(shops, size=(n, 3), p=_popularity(shops)),
        parking_walk_s=low + (high - low) * tight, parking_strain=np.rint(2 * tight).astype(np.int64),
    )  # fmt: skip


def _habit(rng: np.random.Generator, truth: Hidden, kind: Ints, code: Ints, codes: int) -> Ints:
    """Return each recipient's habit; its mixture depends on the kind of door and on the postcode."""
    mix = np.array([truth.mixtures[name] for name in KINDS])[kind]
    tilt = np.exp(rng.normal(0, truth.postcode_tilt, (codes, mix.shape[1])))[code]
    cumulated = np.cumsum(mix * tilt, axis=1)
    drawn = rng.random(len(kind)) * cumulated[:, -1]
    habit: Ints = (drawn[:, np.newaxis] > cumulated).sum(axis=1)
    return habit


def _popularity(shops: int) -> Floats:
    weight = 1 / (np.arange(shops) + 2.0)
    return weight / weight.sum()


def _merchants(rng: np.random.Generator, n: int) -> Merchants:
    return Merchants(
        ids=[f"m{i + 1:02d}" for i in range(n)],
        names=names.shops(rng, n),
        cents_per_order=rng.integers(15, 22, n) * 50,
        cents_per_kg=rng.integers(0, 3, n) * 8,
        sla=np.array([0.9, 0.92, 0.95])[rng.integers(0, 3, n)],
        weight_g=rng.uniform(2_500, 8_500, n),
    )
