"""The time-dependent JSON of MAMUT-routing: an instance, and an arrival function for each leg in a file beside it.

Read for its objective "Duration": vans leave when it suits, and a second between leaving and being back costs one cent,
whether it is driven, worked or waited. Rifki, Chiabaut and Solnon 2020 give Lyon's travel times.
"""

import gzip
import hashlib
import io
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from doorstep.adapters.strict_json import LARGEST, LARGEST_FILE, Spot, parsed, shown
from doorstep.adapters.travel_files import bytes_of
from doorstep.domain.errors import YourInput
from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.travel import ArrivalFunctions
from doorstep.domain.units import Seconds
from doorstep.domain.valuation import Rates, Valuation
from doorstep.domain.windows import TimeWindow

KEYS = (
    "instance_name", "instance_origin", "benchmark_name", "num_customers", "num_vehicles", "vehicle_capacity",
    "coordinates", "demands", "service_times", "time_windows", "depot", "horizon", "td", "metadata",
)  # fmt: skip
UNKNOWN = "doorstep reads these instances for the objective Duration only"
MOST_CUSTOMERS = 2_000
A_CENT_A_SECOND = Rates(cents_per_hour=3600, waiting_cents_per_hour=3600)


def is_lyon(root: Spot) -> bool:
    """Return whether a parsed document is an instance with arrival functions beside it."""
    return "td" in root.names()


def read_lyon(root: Spot, folder: Path) -> Problem:
    """Return the problem of an instance whose arrival functions lie in `folder`; every number in it must be whole."""
    root.only(KEYS, UNKNOWN)
    customers = root.at("num_customers").whole(1, MOST_CUSTOMERS)
    if root.at("depot").value != 0:
        raise root.at("depot").refused("0, so that the depot is the first node")
    name = root.at("instance_name").text()
    demands, services = (_per_node(root.at(key), customers) for key in ("demands", "service_times"))
    windows = [_window(spot) for spot in _nodes(root.at("time_windows"), customers)]
    capacity = _whole(root.at("vehicle_capacity"))
    vehicles = customers if root.get("num_vehicles") is None else min(customers, root.at("num_vehicles").whole(1))
    day = windows[0]
    shifts = tuple(
        PlannedShift(str(k), str(k), None, day.opens, day.closes, 0, 0, (capacity,), free_departure=True)
        for k in range(1, vehicles + 1)
    )
    stops = tuple(
        Stop(str(k), (str(k),), k, (windows[k],), Seconds(services[k]), (demands[k],)) for k in range(1, customers + 1)
    )
    return Problem(
        company=name,
        depot_id="0",
        day="1970-01-01",
        timezone="UTC",
        currency="XXX",
        dimensions=("demand",),
        places=(None,) * (customers + 1),
        stops=stops,
        shifts=shifts,
        times={"car": _functions(root.at("td"), customers + 1, folder)},
        valuation=Valuation(
            objective="duration",
            valued_by=("one cent per second from leaving to being back",),
            curves={},
            unserved={},
            rates={shift.shift_id: A_CENT_A_SECOND for shift in shifts},
        ),
    )


def _nodes(spot: Spot, customers: int) -> list[Spot]:
    items = list(spot.items())
    if len(items) != customers + 1:
        raise spot.wrong(f"expected {customers + 1} items, for the depot and every customer, got {len(items)}.")
    return items


def _per_node(spot: Spot, customers: int) -> list[int]:
    return [_whole(item) for item in _nodes(spot, customers)]


def _whole(spot: Spot) -> int:
    """Return a number that may be written with a point but must be whole."""
    value = spot.number(0, LARGEST)
    if value != int(value):
        raise spot.refused("a whole number", "doorstep counts in whole seconds")
    return int(value)


def _window(spot: Spot) -> TimeWindow:
    pair = [_whole(item) for item in spot.items(2)]
    if len(pair) != 2 or pair[0] > pair[1]:
        raise spot.refused("[opens, closes] with opens <= closes")
    return TimeWindow(Seconds(pair[0]), Seconds(pair[1]))


def _functions(spot: Spot, n: int, folder: Path) -> ArrivalFunctions:
    """Return the arrival functions that a `td` block names, after comparing their fingerprint."""
    if spot.at("model").value != "atf-ndcpwlf":
        raise spot.at("model").refused("'atf-ndcpwlf', arrival functions with linear pieces")
    name = spot.at("atf_path").text()
    if Path(name).name != name:
        raise spot.at("atf_path").refused("the bare name of a file beside the instance")
    content = _unpacked(bytes_of(folder / name, spot.at("atf_path"), LARGEST_FILE), spot.at("atf_path"))
    found, sha256 = hashlib.sha256(content).hexdigest(), spot.at("atf_sha256").text()
    if found != sha256:
        raise spot.at("atf_sha256").wrong(f"expected {name} to have {shown(sha256)}, found {found}; it was changed.")
    return _of_arcs(parsed(content.decode(errors="replace"), name).at("arcs"), n)


def _unpacked(content: bytes, spot: Spot) -> bytes:
    """Return a gzip file's content, or what was not packed as it is."""
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            unpacked = file.read(LARGEST_FILE + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise spot.refused("a whole gzip file", f"{error}") from error
    if len(unpacked) > LARGEST_FILE:
        raise spot.refused(f"arrival functions of at most {LARGEST_FILE >> 20} MB", "split the instance")
    return unpacked


def _of_arcs(spot: Spot, n: int) -> ArrivalFunctions:
    """Return the functions of a list of [from, to, departures, arrivals], in any order, one for each leg."""
    knots: dict[int, NDArray[np.int32]] = {}
    for arc in spot.items(n * n):
        parts = list(arc.items(4))
        if len(parts) != 4:
            raise arc.refused("[from, to, departures, arrivals]")
        start, end = (part.whole(0, n - 1) for part in parts[:2])
        if start == end or start * n + end in knots:
            raise arc.wrong(f"expected each leg between two nodes once, got {start} to {end}.")
        knots[start * n + end] = _knots(arc, parts[2], parts[3])
    legs = [start * n + end for start in range(n) for end in range(n) if start != end]
    missing = next((divmod(leg, n) for leg in legs if leg not in knots), None)
    if missing:
        raise spot.wrong(f"expected an arrival function from {missing[0]} to {missing[1]}, found none.")
    begins = np.zeros(n * n + 1, np.int64)
    begins[np.array(legs) + 1] = [knots[leg].shape[1] for leg in legs]
    flat = np.concatenate([knots[leg] for leg in legs], axis=1)
    try:
        return ArrivalFunctions(np.cumsum(begins), flat[0], flat[1], np.zeros((n, n), np.int32))
    except YourInput as error:
        raise spot.wrong(f"{error}") from None


def _knots(arc: Spot, at: Spot, there: Spot) -> NDArray[np.int32]:
    """Return departures and arrivals, shape (2, knots), all of them whole seconds."""
    try:
        pair = np.array([at.value, there.value], float)
    except (ValueError, TypeError):
        raise arc.wrong("expected as many arrivals as departures, all numbers, got something else.") from None
    if pair.ndim != 2 or not pair.size:
        raise arc.wrong("expected lists of departures and arrivals, got something else.")
    if not ((pair >= 0) & (pair <= LARGEST) & (pair == np.floor(pair))).all():
        raise arc.wrong(f"expected whole seconds from 0 to {LARGEST:,}, got others; write the knots in whole seconds.")
    return pair.astype(np.int32)
