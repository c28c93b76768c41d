"""Days in Porto under true prices: real streets, rush hours by zone, doors that open by the hour."""

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.data import DATA
from doorstep.adapters.osrm import OsrmRoads, open_roads
from doorstep.domain.errors import YourInput
from doorstep.domain.places import Place
from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.speeds import SlotSpeeds
from doorstep.domain.streets import UnreachablePlace
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import PriceCurve, Rates, Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.operations.search.cache import kernel_cache
from doorstep.roads.speeds import DEFAULT_SPEEDS

PLAN = tomllib.loads(Path(__file__).with_name("true_price.toml").read_text())
DAYS = {k: v for k, v in PLAN.items() if k not in ("methods", "proxies", "full", "quick", "rate")}
"""What of the plan the days are drawn from; the rest says who plans them, and how that is judged."""
KM_PER_DEGREE = 111.2
KINDS = ("away_by_day", "at_home", "afternoons")


def day_in_porto(kind: str, stops: int, seed: int) -> Problem:
    """Return a day of `kind` (parcel, grocery): the same arguments always give the same problem."""
    places, seconds, metres = _streets(stops, seed)
    rng = np.random.default_rng([seed, stops, sorted(("parcel", "grocery")).index(kind)])
    goods = PLAN[kind]
    doors = [_door(rng, goods, k) for k in range(1, stops + 1)]
    curves = {stop.stop_id: _curve(rng, window) for stop, window in doors}
    rates = PLAN["rates"]
    at_least = -(-stops // goods["capacity"])
    vans = tuple(
        PlannedShift(
            f"h{k}", f"v{k}", None, Seconds(rates["starts"]), Seconds(rates["ends"]), 0, 0, (goods["capacity"],)
        )
        for k in range(int(goods["spare_vans"] * at_least) + 2)
    )
    paid = Rates(
        cents_per_hour=rates["cents_per_hour"], cents_per_km=rates["cents_per_km"], fixed_cents=rates["fixed_cents"],
        waiting_cents_per_hour=rates["cents_per_hour"], overtime_after=Seconds(rates["overtime_after"]),
        overtime_cents_per_hour=rates["overtime_cents_per_hour"],
    )  # fmt: skip
    return Problem(
        "bench", "d", "2026-03-02", "Europe/Lisbon", "EUR", ("parcels",), tuple(places), tuple(s for s, _ in doors),
        vans, {"car": rush_hours(places, seconds, metres)},
        Valuation("profit", ("true-price",), curves, {}, {van.shift_id: paid for van in vans}),
    )  # fmt: skip


def promised(problem: Problem) -> dict[str, tuple[int, int]]:
    """Return the window that each stop was promised (first and last second without a price of lateness)."""
    found = {}
    for stop in problem.stops:
        late = problem.valuation.curves[stop.stop_id].parts.get("lateness")
        if late is not None:
            curve = problem.valuation.curves[stop.stop_id]
            closes = max(a for a, cents in zip(curve.at, late, strict=True) if cents == 0)
            found[stop.stop_id] = (int(stop.windows[0].opens), int(closes))
    return found


def zone_factors(places: Sequence[Place], hours: float) -> np.ndarray:
    """Return by how much traffic at an hour of the day stretches a leg that begins at each place."""
    traffic = PLAN["traffic"]
    town = Place(*traffic["town_hall"])
    rings = np.searchsorted(traffic["ring_km"], [_km(place, town) for place in places])
    by_zone = np.array([np.interp(hours, traffic["hours"], row) for row in traffic["factors"]])
    return np.asarray(by_zone[rings])


def rush_hours(places: Sequence[Place], seconds: np.ndarray, metres: np.ndarray) -> TravelTimes:
    """Return travel by slot: free flow stretched by zone and hour."""
    slot = PLAN["traffic"]["slot_seconds"]
    first, last = (3600 * PLAN["traffic"]["hours"][k] for k in (0, -1))
    edges = [0, *range(first, last + 1, slot)]
    middles = [first / 3600, *((edge + slot / 2) / 3600 for edge in edges[1:])]
    factors = np.stack([zone_factors(places, hour) for hour in middles])
    stretched = np.rint(seconds[None] * factors[:, :, None]).astype(np.int32)
    return TravelTimes(tuple(Seconds(e) for e in edges), stretched, np.broadcast_to(metres, stretched.shape))


def _door(rng: np.random.Generator, goods: Mapping[str, Any], k: int) -> tuple[Stop, tuple[int, int] | None]:
    """Return a stop and the window it was promised, if any; service may begin late, never early."""
    service = Seconds(int(rng.integers(goods["service"][0], goods["service"][1] + 1)))
    opens = 3600 * int(rng.integers(goods["opens_hours"][0], goods["opens_hours"][1] + 1))
    window = (opens, opens + 3600 * goods["window_hours"]) if rng.random() < goods["windowed"] else None
    spans = (TimeWindow(Seconds(opens), Seconds(PLAN["rates"]["ends"])),) if window else ()
    return Stop(f"s{k}", (f"o{k}",), k, spans, service, (1,)), window


def _curve(rng: np.random.Generator, window: tuple[int, int] | None) -> PriceCurve:
    """Return the price of failing, and of being late, by the second of knocking."""
    failing = PLAN["failure"]
    chances = failing[str(rng.choice(KINDS, p=failing["shares"]))]
    hours = np.array(failing["hours"]) * 3600
    ends = PLAN["rates"]["ends"]
    at = sorted({*(int(h) for h in hours if h <= ends), ends, *(range(window[1], ends, 300) if window else ())})
    factor = failing["windowed_factor"] if window else 1.0
    fail = tuple(Cents(round(failing["cents"] * factor * c)) for c in np.interp(at, hours, chances))
    if window is None:
        return PriceCurve(tuple(Seconds(a) for a in at), {"failure": fail})
    late = [max(0, a - window[1]) / 60 for a in at]
    linear, square = PLAN["lateness"]["cents_per_minute"], PLAN["lateness"]["cents_per_minute_squared"]
    cents = tuple(Cents(round(linear * m + square * m * m)) for m in late)
    return PriceCurve(tuple(Seconds(a) for a in at), {"failure": fail, "lateness": cents})


def _streets(stops: int, seed: int) -> tuple[list[Place], np.ndarray, np.ndarray]:
    """Return the depot and the doors with free-flow seconds and metres between them, kept beside the kernels."""
    parts = json.dumps([PLAN["map"], PLAN["box"], stops, seed])
    kept = kernel_cache().parent / f"porto-{hashlib.sha256(parts.encode()).hexdigest()[:16]}.npz"
    if not kept.exists():
        osm = DATA / PLAN["map"]
        if not osm.exists():
            raise YourInput(f"Expected Porto's map at {osm}, found none; set DOORSTEP_DATA to the folder of data.")
        factors = dict.fromkeys(DEFAULT_SPEEDS.factors, (1.0,))
        free = SlotSpeeds((Seconds(0),), DEFAULT_SPEEDS.free_flow_kmh, factors, "free flow")
        roads = open_roads(osm, free)
        places = _places(roads, stops, np.random.default_rng([seed, stops]))
        times = roads.times(places)
        lonlat = np.array([(p.lon, p.lat) for p in places])
        np.savez(kept, lonlat=lonlat, seconds=times.seconds[0], metres=times.metres[0])
    with np.load(kept) as found:
        return [Place(float(x), float(y)) for x, y in found["lonlat"]], found["seconds"], found["metres"]


def _places(roads: OsrmRoads, count: int, rng: np.random.Generator) -> list[Place]:
    """Return the depot and `count` doors near a road."""
    box = PLAN["box"]
    centres = np.column_stack([
        rng.uniform(box["west"], box["east"], box["centres"]), rng.uniform(box["south"], box["north"], box["centres"])
    ])  # fmt: skip
    kept = [Place(*box["depot"])]
    while len(kept) <= count:
        around = centres[rng.integers(len(centres), size=count)]
        apart = rng.normal(0, box["spread_km"] / KM_PER_DEGREE, size=(count, 2)) * [1 / np.cos(np.radians(41.15)), 1]
        anywhere = np.column_stack([
            rng.uniform(box["west"], box["east"], count), rng.uniform(box["south"], box["north"], count)
        ])  # fmt: skip
        lonlat = np.where(rng.random((count, 1)) < 0.5, around + apart, anywhere)
        drawn = [Place(float(lon), float(lat)) for lon, lat in lonlat]
        try:
            roads.snap(drawn)
        except UnreachablePlace as far:
            drawn = [place for i, place in enumerate(drawn) if i not in far.indices]
        kept += drawn
    return kept[: count + 1]


places_in_porto = _places
"""The same for other benchmarks; kept runs are known by the code above, its name included."""


def _km(one: Place, other: Place) -> float:
    """Return the distance as the crow flies, well enough inside one town."""
    x = (one.lon - other.lon) * np.cos(np.radians((one.lat + other.lat) / 2))
    return float(KM_PER_DEGREE * np.hypot(x, one.lat - other.lat))
