"""`problem.json`: one planning question as a file, matrices inline or in an `.npz` beside it.

The reader refuses what it does not know: a constraint that is silently ignored would make the answer wrong.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from doorstep.adapters.strict_json import LARGEST, Spot, keep, parsed, text_of, written
from doorstep.adapters.travel_files import UNKNOWN, travel_document, travel_of, travel_sha256
from doorstep.domain.errors import YourInput
from doorstep.domain.places import Place
from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import PriceCurve, Rates, Valuation
from doorstep.domain.windows import TimeWindow

SCHEMA_VERSION = 1
MOST_STOPS = 100_000
MOST_SHIFTS = 50_000
MOST_PLACES = 20_000
MOST_CENTS = 10**12

TOP = (
    "schema_version", "company", "depot_id", "day", "timezone", "currency", "objective", "valued_by", "dimensions",
    "places", "stops", "shifts", "matrices",
)  # fmt: skip
STOP = (
    "stop_id", "order_ids", "location", "windows", "service", "amounts", "needs", "strain", "curve", "unserved",
)  # fmt: skip
SHIFT = (
    "shift_id", "vehicle_id", "driver_id", "starts", "ends", "start", "end", "capacities", "offers", "max_stops",
    "profile", "rates",
)  # fmt: skip
RATES = tuple(field.name for field in fields(Rates))


# Reading


def read_problem(path: Path) -> Problem:
    """Return the problem of a file; raises YourInput with the spot, what was expected and what came."""
    return problem_of(parsed(text_of(path), path.name), path.parent)


def problem_of(root: Spot, folder: Path) -> Problem:
    """Return the problem of a parsed document whose `.npz` lies in `folder`."""
    if root.at("schema_version").value != SCHEMA_VERSION:
        raise root.at("schema_version").refused(f"{SCHEMA_VERSION}", "this doorstep reads that version alone")
    root.only(TOP, UNKNOWN)
    dimensions = root.at("dimensions").texts()
    places = tuple(_place(spot) for spot in root.at("places").items(MOST_PLACES))
    size = (len(places), len(dimensions))
    stop_spots = list(root.at("stops").items(MOST_STOPS))
    shift_spots = list(root.at("shifts").items(MOST_SHIFTS))
    stops = tuple(_stop(spot, size) for spot in stop_spots)
    shifts = tuple(_shift(spot, size) for spot in shift_spots)
    _each_once("stop_id", ((s.stop_id, spot) for s, spot in zip(stops, stop_spots, strict=True)))
    _each_once("order id", ((o, spot) for s, spot in zip(stops, stop_spots, strict=True) for o in s.order_ids))
    _each_once("shift_id", ((s.shift_id, spot) for s, spot in zip(shifts, shift_spots, strict=True)))
    return Problem(
        company=root.at("company").text(),
        depot_id=root.at("depot_id").text(),
        day=root.at("day").day(),
        timezone=root.at("timezone").timezone(),
        currency=_currency(root.at("currency")),
        dimensions=dimensions,
        places=places,
        stops=stops,
        shifts=shifts,
        times=travel_of(root.at("matrices"), len(places), {s.profile for s in shifts}, folder),
        valuation=_valuation(root, stop_spots, shift_spots),
    )


def _currency(spot: Spot) -> str:
    if not re.fullmatch("[A-Z]{3}", spot.text()):
        raise spot.refused("a currency of three capital letters, such as EUR")
    return spot.text()


def _each_once(name: str, ids: Iterable[tuple[str, Spot]]) -> None:
    seen: dict[str, Spot] = {}
    for found, spot in ids:
        if found in seen:
            raise spot.wrong(f"expected each {name} once, got {found!r} as in {seen[found].where} already.")
        seen[found] = spot


def _place(spot: Spot) -> Place | None:
    if spot.value is None:
        return None
    spot.only(("lon", "lat"), UNKNOWN)
    return Place(spot.at("lon").number(-180, 180), spot.at("lat").number(-90, 90))


def _windows(spot: Spot | None) -> tuple[TimeWindow, ...]:
    windows: list[TimeWindow] = []
    for item in () if spot is None else spot.items(1000):
        pair = item.wholes()
        if len(pair) != 2 or pair[0] > pair[1]:
            raise item.refused("[opens, closes] with opens <= closes", "check the time zone")
        if windows and pair[0] <= windows[-1].closes:
            raise item.refused(f"windows in order and apart, so one that opens after {windows[-1].closes}")
        windows.append(TimeWindow(Seconds(pair[0]), Seconds(pair[1])))
    return tuple(windows)


def _location(spot: Spot, n: int) -> int:
    if not isinstance(spot.value, int) or isinstance(spot.value, bool) or not 0 <= spot.value < n:
        raise spot.refused(f"the row of one of the {n} places, from 0 to {n - 1}")
    return spot.value


def _per_dimension(spot: Spot, n: int) -> tuple[int, ...]:
    amounts = spot.wholes()
    if len(amounts) != n:
        raise spot.refused(f"{n} numbers, one per dimension")
    return amounts


def _set(spot: Spot | None) -> frozenset[str]:
    return frozenset(() if spot is None else spot.texts())


def _whole_or(spot: Spot | None, default: int, high: int = LARGEST) -> int:
    return default if spot is None else spot.whole(0, high)


def _stop(spot: Spot, size: tuple[int, int]) -> Stop:
    spot.only(STOP, UNKNOWN)
    order_ids = spot.at("order_ids").texts()
    if not order_ids:
        raise spot.at("order_ids").refused("at least one order")
    return Stop(
        stop_id=spot.at("stop_id").text(),
        order_ids=order_ids,
        location=_location(spot.at("location"), size[0]),
        windows=_windows(spot.get("windows")),
        service=Seconds(_whole_or(spot.get("service"), 0)),
        amounts=_per_dimension(spot.at("amounts"), size[1]),
        needs=_set(spot.get("needs")),
        strain=_whole_or(spot.get("strain"), 0),
    )


def _shift(spot: Spot, size: tuple[int, int]) -> PlannedShift:
    spot.only(SHIFT, UNKNOWN)
    starts, ends = spot.at("starts").whole(), spot.at("ends").whole()
    if ends < starts:
        raise spot.at("ends").refused(f"an end at or after the start at {starts}")
    driver, most = spot.get("driver_id"), spot.get("max_stops")
    return PlannedShift(
        shift_id=spot.at("shift_id").text(),
        vehicle_id=spot.at("vehicle_id").text(),
        driver_id=None if driver is None else driver.text(),
        starts=Seconds(starts),
        ends=Seconds(ends),
        start=_location(spot.at("start"), size[0]),
        end=_location(spot.at("end"), size[0]),
        capacities=_per_dimension(spot.at("capacities"), size[1]),
        offers=_set(spot.get("offers")),
        max_stops=None if most is None else most.whole(),
        profile=spot.at("profile").text(),
    )


def _valuation(root: Spot, stops: list[Spot], shifts: list[Spot]) -> Valuation:
    curves = {s.at("stop_id").text(): spot for s in stops if (spot := s.get("curve")) is not None}
    prices = {s.at("stop_id").text(): spot for s in stops if (spot := s.get("unserved")) is not None}
    rates = {s.at("shift_id").text(): spot for s in shifts if (spot := s.get("rates")) is not None}
    return Valuation(
        objective=root.at("objective").text(),
        valued_by=root.at("valued_by").texts(),
        curves={stop: _curve(spot) for stop, spot in curves.items()},
        unserved={stop: Cents(spot.whole(-MOST_CENTS, MOST_CENTS)) for stop, spot in prices.items()},
        rates={shift: _rates(spot) for shift, spot in rates.items()},
    )


def _curve(spot: Spot) -> PriceCurve:
    spot.only(("at", "cents"), UNKNOWN)
    cents = spot.at("cents")
    parts = {part: tuple(map(Cents, cents.at(part).wholes(-MOST_CENTS, MOST_CENTS))) for part in cents.names()}
    try:
        return PriceCurve(tuple(Seconds(at) for at in spot.at("at").wholes()), parts)
    except YourInput as error:
        raise spot.wrong(f"{error}") from None


def _rates(spot: Spot) -> Rates:
    spot.only(RATES, UNKNOWN)
    given = {name: spot.at(name).whole(0, LARGEST) for name in spot.names()}
    return Rates(**given)  # type: ignore[arg-type]  # overtime_after is Seconds, a whole number like the rest


# Writing


def write_problem(problem: Problem, path: Path, *, inline: bool | None = None) -> None:
    """Write a problem; its matrices go into an `.npz` of the same name beside it unless `inline`.

    None: inline where they are small. Both files appear whole or not at all, the `.npz` first.
    """
    matrices = travel_document(problem.times, path.with_suffix(".npz"), inline=inline)
    keep(path, written({**_document(problem), "matrices": matrices}).encode())


def _document(problem: Problem) -> dict[str, Any]:
    """Return everything but the matrices."""
    prices = problem.valuation
    return {
        "schema_version": SCHEMA_VERSION,
        "company": problem.company,
        "depot_id": problem.depot_id,
        "day": problem.day,
        "timezone": problem.timezone,
        "currency": problem.currency,
        "objective": prices.objective,
        "valued_by": list(prices.valued_by),
        "dimensions": list(problem.dimensions),
        "places": [place and {"lon": place.lon, "lat": place.lat} for place in problem.places],
        "stops": [_stop_row(stop, prices) for stop in problem.stops],
        "shifts": [_shift_row(shift, prices) for shift in problem.shifts],
    }


def _stop_row(stop: Stop, prices: Valuation) -> dict[str, Any]:
    curve = prices.curves.get(stop.stop_id)
    return {
        "stop_id": stop.stop_id,
        "order_ids": list(stop.order_ids),
        "location": stop.location,
        "windows": [[window.opens, window.closes] for window in stop.windows],
        "service": stop.service,
        "amounts": list(stop.amounts),
        "needs": sorted(stop.needs),
        "strain": stop.strain,
        "curve": curve and {"at": list(curve.at), "cents": {part: list(c) for part, c in sorted(curve.parts.items())}},
        "unserved": prices.unserved.get(stop.stop_id),
    }


def _shift_row(shift: PlannedShift, prices: Valuation) -> dict[str, Any]:
    row = asdict(shift)
    row["capacities"] = list(shift.capacities)
    row["offers"] = sorted(shift.offers)
    return {**row, "rates": asdict(prices.rates.get(shift.shift_id, Rates()))}


def problem_sha256(problem: Problem) -> str:
    """Return the fingerprint of a problem: the same whether its matrices lie inline, beside it or in memory.

    SHA-256 over the document without matrices (keys sorted, ASCII) followed by each profile's slot edges, seconds
    and metres (or its arrival functions' knots) as little-endian whole numbers.
    """
    digest = hashlib.sha256(json.dumps(_document(problem), sort_keys=True, separators=(",", ":")).encode())
    travel_sha256(problem.times, digest)
    return digest.hexdigest()
