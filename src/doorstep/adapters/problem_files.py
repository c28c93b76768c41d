"""`problem.json`: one planning question as a file, matrices inline or in an `.npz` beside it.

The reader refuses what it does not know: a constraint that is silently ignored would make the answer wrong.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from doorstep.adapters.problem_names import refuse_unknown_names
from doorstep.adapters.problem_parts import (
    charger_of,
    charger_row,
    most_or_none,
    pair_of,
    pairing_rows,
    place_of,
    shift_of,
    shift_row,
    stop_of,
    stop_row,
    valuation_of,
    veto_of,
)
from doorstep.adapters.strict_json import SPLIT, Spot, keep, parsed, text_of, written
from doorstep.adapters.travel_files import UNKNOWN, travel_document, travel_of, travel_sha256
from doorstep.domain.problem import MOST_STOPS, PlannedShift, Problem, Stop
from doorstep.domain.units import Seconds

SCHEMA_VERSION = 1
MOST_SHIFTS = 50_000
MOST_PLACES = 110_000
MOST_VETOES = 1_000_000

TOP = (
    "schema_version", "company", "depot_id", "day", "timezone", "currency", "objective", "valued_by", "dimensions",
    "places", "stops", "shifts", "matrices", "pairs", "vetoes", "chargers", "pairings", "now",
)  # fmt: skip


# Reading


def read_problem(path: Path) -> Problem:
    """Return the problem of a file; raises YourInput with the spot, what was expected and what came."""
    return problem_of(parsed(text_of(path), path.name), path.parent)


def problem_of(root: Spot, folder: Path) -> Problem:
    """Return the problem of a parsed document whose `.npz` lies in `folder`."""
    root.at("schema_version").version(SCHEMA_VERSION)
    root.only(TOP, UNKNOWN)
    dimensions = root.at("dimensions").texts()
    places = tuple(place_of(spot) for spot in root.at("places").items(MOST_PLACES, SPLIT))
    size = (len(places), len(dimensions))
    stop_spots = list(root.at("stops").items(MOST_STOPS, SPLIT))
    shift_spots = list(root.at("shifts").items(MOST_SHIFTS))
    stops = tuple(stop_of(spot, size) for spot in stop_spots)
    shifts = tuple(shift_of(spot, size) for spot in shift_spots)
    now = most_or_none(root.get("now"))
    problem = Problem(
        company=root.at("company").text(),
        depot_id=root.at("depot_id").text(),
        day=root.at("day").day(),
        timezone=root.at("timezone").timezone(),
        currency=_currency(root.at("currency")),
        dimensions=dimensions,
        places=places,
        stops=stops,
        shifts=shifts,
        times=travel_of(
            root.at("matrices"), _whose(stops, shifts, len(places)), {s.profile for s in shifts}, folder, places
        ),
        valuation=valuation_of(root, stop_spots, shift_spots),
        pairs=tuple(pair_of(spot) for spot in _rows(root, "pairs", MOST_STOPS)),
        vetoes=tuple(veto_of(spot) for spot in _rows(root, "vetoes", MOST_VETOES)),
        chargers=tuple(charger_of(spot, size[0]) for spot in _rows(root, "chargers", MOST_SHIFTS)),
        now=None if now is None else Seconds(now),
    )
    refuse_unknown_names(root, problem)
    return problem


def _whose(stops: Sequence[Stop], shifts: Sequence[PlannedShift], places: int) -> list[str]:
    """Return in words who is at each place: a depot, the end of a shift, a stop, else its number."""
    words = [f"place {k}" for k in range(places)]
    for stop in reversed(stops):
        words[stop.location] = f"stop {stop.stop_id!r}"
    for shift in reversed(shifts):
        words[shift.end] = f"the end of shift {shift.shift_id!r}"
    for shift in reversed(shifts):
        words[shift.start] = f"the depot where shift {shift.shift_id!r} starts"
    return words


def _rows(root: Spot, name: str, most: int) -> Iterator[Spot]:
    spot = root.get(name)
    return iter(()) if spot is None else spot.items(most)


def _currency(spot: Spot) -> str:
    if not re.fullmatch("[A-Z]{3}", spot.text()):
        raise spot.refused("a currency of three capital letters, such as EUR")
    return spot.text()


# Writing


def write_problem(problem: Problem, path: Path, *, inline: bool | None = None, beside: Path | None = None) -> None:
    """Write a problem; its matrices go into an `.npz` of the same name, or `beside`, unless `inline`.

    None: inline where they are small. Both files appear whole or not at all, the `.npz` first.
    """
    matrices = travel_document(problem.times, beside or path.with_suffix(".npz"), inline=inline)
    keep(path, written({**_document(problem), "matrices": matrices}).encode())


def _document(problem: Problem) -> dict[str, Any]:
    """Return everything but the matrices; what a plain problem lacks is left out."""
    prices = problem.valuation
    later = {
        "pairs": [asdict(pair) for pair in problem.pairs],
        "vetoes": [asdict(veto) for veto in problem.vetoes],
        "chargers": [charger_row(charger) for charger in problem.chargers],
        "pairings": pairing_rows(prices.pairings),
    }
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
        "stops": [stop_row(stop, prices) for stop in problem.stops],
        "shifts": [shift_row(shift, prices) for shift in problem.shifts],
        **{name: rows for name, rows in later.items() if rows},
        **({} if problem.now is None else {"now": problem.now}),
    }


def problem_sha256(problem: Problem) -> str:
    """Return the fingerprint of a problem: the same whether its matrices lie inline, beside it or in memory.

    SHA-256 over the document without matrices (keys sorted, ASCII) followed by each profile's slot edges, seconds
    and metres (or its arrival functions' knots) as little-endian whole numbers.
    """
    digest = hashlib.sha256(json.dumps(_document(problem), sort_keys=True, separators=(",", ":")).encode())
    travel_sha256(problem.times, digest)
    return digest.hexdigest()
