"""`problem.json`: one planning question as a file, matrices inline or in an `.npz` beside it.

The reader refuses what it does not know: a constraint that is silently ignored would make the answer wrong.
"""

import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from doorstep.adapters.strict_json import LARGEST, Spot, keep, parsed, shown, text_of, written
from doorstep.domain.errors import YourInput
from doorstep.domain.places import Place
from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import PriceCurve, Rates, Valuation
from doorstep.domain.windows import TimeWindow

SCHEMA_VERSION = 1
MOST_STOPS = 100_000
MOST_SHIFTS = 50_000
MOST_PLACES = 20_000
MOST_LEGS = 400_000_000
"""Entries of all matrices together: 3.2 GB of seconds and metres."""
LARGEST_ARCHIVE = 8 * MOST_LEGS + (1 << 20)
"""Bytes of an `.npz`: both matrices in 32 bits, and what the archive adds."""
MOST_CENTS = 10**12
NO_ARCHIVE = (zipfile.BadZipFile, zlib.error, RuntimeError)
"""What damaged, encrypted or strangely packed archives raise (NotImplementedError is a RuntimeError)."""
INLINE_LEGS = 20_000
"""Up to this many entries a written file carries its matrices itself."""

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
UNKNOWN = "doorstep does not read it, and leaving it out silently would change the problem"


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
        times=_matrices(root.at("matrices"), len(places), {s.profile for s in shifts}, folder),
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


# Matrices


def _matrices(spot: Spot, n: int, needed: set[str], folder: Path) -> dict[str, TravelTimes]:
    missing = sorted(needed - set(spot.names()))
    if missing:
        raise spot.wrong(f"expected matrices for profile {missing[0]!r}, which a shift drives; found none.")
    edges = {profile: _edges(spot.at(profile).at("edges")) for profile in spot.names()}
    legs = sum(len(starts) * n * n for starts in edges.values())
    if legs > MOST_LEGS:
        raise spot.wrong(f"expected at most {MOST_LEGS:,} legs, got {legs:,}; split the day by depot.")
    archives: dict[str, bytes] = {}
    return {profile: _times(spot.at(profile), starts, n, (folder, archives)) for profile, starts in edges.items()}


def _edges(spot: Spot) -> tuple[Seconds, ...]:
    edges = spot.wholes()
    if not edges or edges[0] != 0 or any(a >= b for a, b in pairwise(edges)):
        raise spot.refused("slot edges that start at 0 and rise")
    return tuple(Seconds(edge) for edge in edges)


def _times(spot: Spot, edges: tuple[Seconds, ...], n: int, beside: tuple[Path, dict[str, bytes]]) -> TravelTimes:
    shape = (len(edges), n, n)
    if spot.get("npz") is None:
        spot.only(("edges", "seconds", "metres"), UNKNOWN)
        seconds, metres = spot.at("seconds").array(shape), spot.at("metres").array(shape)
    else:
        spot.only(("edges", "npz", "sha256", "seconds", "metres"), UNKNOWN)
        content = _archive(spot, *beside)
        seconds, metres = (_from_npz(content, spot.at(name), shape) for name in ("seconds", "metres"))
    for name, array in (("seconds", seconds), ("metres", metres)):
        stays = np.argwhere(np.diagonal(array, axis1=1, axis2=2) != 0)
        if len(stays):
            k, i = (int(x) for x in stays[0])
            raise YourInput(
                f"{spot.where}.{name}[{k}][{i}][{i}]: expected 0 from a place to itself, got {array[k, i, i]}."
            )
    return TravelTimes(edges, seconds, metres)


def _archive(spot: Spot, folder: Path, archives: dict[str, bytes]) -> bytes:
    name, sha256 = spot.at("npz").text(), spot.at("sha256").text()
    if Path(name).name != name:
        raise spot.at("npz").refused("the bare name of a file beside the problem")
    if name not in archives:
        archives[name] = _bytes_of(folder / name, spot.at("npz"))
    found = hashlib.sha256(archives[name]).hexdigest()
    if found != sha256:
        raise YourInput(f"{spot.where}.sha256: expected {name} to have {shown(sha256)}, found {found}; it was changed.")
    return archives[name]


def _bytes_of(path: Path, spot: Spot) -> bytes:
    try:
        if not path.is_file():
            raise spot.refused(f"a file in {path.parent}", "there is none of that name")
        if path.stat().st_size > LARGEST_ARCHIVE:
            raise spot.refused(f"a file of at most {LARGEST_ARCHIVE:,} bytes", "split the day by depot")
        return path.read_bytes()
    except OSError as error:
        raise spot.refused(f"a file in {path.parent}", f"{error.strerror}") from error


def _from_npz(content: bytes, spot: Spot, shape: tuple[int, ...]) -> NDArray[np.int32]:
    name = spot.text()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            with archive.open(f"{name}.npy") as member:
                found_shape, dtype = _npy_header(member)
            if found_shape != shape or dtype.kind not in "iu":
                raise spot.wrong(f"expected whole numbers of shape {shape}, got {dtype} of {found_shape}.")
            # np.load would rather take a member called `name` alone, whose size nobody has looked at.
            with archive.open(f"{name}.npy") as member:
                array: NDArray[Any] = np.lib.format.read_array(member, allow_pickle=False)
    except (*NO_ARCHIVE, KeyError, ValueError, OSError, EOFError) as error:
        raise spot.wrong(f"expected array {name!r} in the .npz, got {error}.") from error
    wrong = np.argwhere((array < 0) | (array > LARGEST))
    if len(wrong):
        index = tuple(int(k) for k in wrong[0])
        raise YourInput(f"{spot.where}{list(index)}: expected 0 to {LARGEST:,}, got {array[index]}.")
    return array.astype(np.int32)


def _npy_header(member: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return shape and type that an array claims, before any memory is given to it."""
    version = np.lib.format.read_magic(member)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"a format version {version}")
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(member)
    return shape, dtype


# Writing


def write_problem(problem: Problem, path: Path, *, inline: bool | None = None) -> None:
    """Write a problem; its matrices go into an `.npz` of the same name beside it unless `inline`.

    None: inline where they are small. Both files appear whole or not at all, the `.npz` first.
    """
    legs = sum(times.seconds.size for times in problem.times.values())
    if legs <= INLINE_LEGS if inline is None else inline:
        matrices = {name: _inline(times) for name, times in problem.times.items()}
    else:
        matrices = _beside(problem.times, path.with_suffix(".npz"))
    keep(path, written({**_document(problem), "matrices": matrices}).encode())


def _inline(times: TravelTimes) -> dict[str, Any]:
    return {"edges": list(times.edges), "seconds": times.seconds.tolist(), "metres": times.metres.tolist()}


def _beside(times: Mapping[str, TravelTimes], path: Path) -> dict[str, Any]:
    arrays: dict[str, NDArray[Any]] = {}
    entries: dict[str, dict[str, Any]] = {}
    for k, (profile, t) in enumerate(times.items()):
        arrays |= {f"seconds_{k}": t.seconds.astype("<i4"), f"metres_{k}": t.metres.astype("<i4")}
        entries[profile] = {"edges": list(t.edges), "seconds": f"seconds_{k}", "metres": f"metres_{k}"}
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **arrays)
    keep(path, content.getvalue())
    sha256 = hashlib.sha256(content.getvalue()).hexdigest()
    return {profile: {**entry, "npz": path.name, "sha256": sha256} for profile, entry in entries.items()}


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
    and metres as little-endian 32-bit whole numbers.
    """
    digest = hashlib.sha256(json.dumps(_document(problem), sort_keys=True, separators=(",", ":")).encode())
    for profile, times in sorted(problem.times.items()):
        digest.update(json.dumps([profile, list(times.edges), list(times.seconds.shape)]).encode())
        digest.update(np.ascontiguousarray(times.seconds, "<i4").tobytes())
        digest.update(np.ascontiguousarray(times.metres, "<i4").tobytes())
    return digest.hexdigest()
