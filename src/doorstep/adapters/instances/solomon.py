"""Solomon's and Gehring and Homberger's text: a fleet, and one line per customer with window and service.

Solomon 1987; Gehring and Homberger 1999. Read by the one-decimal convention of `benchmark`.
"""

import re

import numpy as np
from numpy.typing import NDArray

from doorstep.adapters.instances.benchmark import MOST_NODES, TENTHS, Benchmark, Vehicle, euclidean, flat_legs
from doorstep.adapters.instances.lines import numbers, whole
from doorstep.adapters.straight_lines import FlatLines
from doorstep.adapters.strict_json import SPLIT
from doorstep.domain.errors import YourInput
from doorstep.domain.problem import Problem
from doorstep.domain.travel import MATRIX_PLACES

HEADINGS = ("VEHICLE", "NUMBER", "CUSTOMER", "CUST")
COLUMNS = ("customer", "x", "y", "demand", "ready time", "due date", "service time")


def is_solomon(text: str) -> bool:
    """Return whether a text begins like a Solomon instance."""
    return re.search(r"^\s*VEHICLE\s*$\s*^\s*NUMBER\s+CAPACITY", text[:2000], re.MULTILINE | re.IGNORECASE) is not None


def read_solomon(text: str, name: str, *, vehicles: int | None = None) -> Problem:
    """Return the problem of a Solomon text; `vehicles` replaces the file's number.

    The format has no count of customers and no end mark: a text that is cut between two lines is a smaller instance.
    """
    rows = _rows(text)
    fleet = _row(rows[0], 2, name) if rows else []
    customers = [_row(row, len(COLUMNS), name) for row in rows[1:]]
    if not 2 <= len(customers) <= MOST_NODES:
        raise YourInput(
            f"{name}: expected a depot and up to {MOST_NODES - 1:,} customers, got {len(customers)} lines; "
            f"where they are too many, {SPLIT}."
        )
    table = np.array(customers)
    wholes = [[whole(v, f"{name}, {c} of customer {row[0]:g}") for v, c in _whole_columns(row)] for row in customers]
    ids = tuple(str(row[0]) for row in wholes)
    _check(ids, wholes, name)
    return Benchmark(
        name=text.split(maxsplit=1)[0],
        ids=ids,
        legs=_legs(table[:, 1:3]),
        vehicles=whole(fleet[0], f"{name}, number of vehicles") if vehicles is None else vehicles,
        fleet=Vehicle((whole(fleet[1], f"{name}, capacity"),)),
        demand=tuple((row[1],) for row in wholes),
        service=tuple(TENTHS * row[4] for row in wholes),
        windows=tuple((TENTHS * row[2], TENTHS * row[3]) for row in wholes),
    ).problem()


def _rows(text: str) -> list[tuple[int, str]]:
    """Return the lines under headings, with their numbers; none of them is passed over."""
    lines = [(at, line) for at, line in enumerate(text.splitlines(), 1) if line.strip()]
    first = next(k for k, (_, line) in enumerate(lines) if line.strip().upper() == HEADINGS[0])
    return [(at, line) for at, line in lines[first:] if not line.strip().upper().startswith(HEADINGS)]


def _legs(xy: NDArray[np.float64]) -> NDArray[np.int32] | FlatLines:
    if len(xy) > MATRIX_PLACES:
        return flat_legs(xy, scale=TENTHS, rounding="down", seconds_scale=TENTHS)
    return euclidean(xy, scale=TENTHS, rounding="down")


def _row(row: tuple[int, str], n: int, name: str) -> list[float]:
    found = numbers(row[1], row[0], name)
    if len(found) != n:
        what = "number and capacity of vehicles" if n == 2 else ", ".join(COLUMNS)
        raise YourInput(f"{name}, line {row[0]}: expected {n} numbers ({what}), got {len(found)}.")
    return found


def _whole_columns(row: list[float]) -> list[tuple[float, str]]:
    return [(row[k], COLUMNS[k]) for k in (0, 3, 4, 5, 6)]


def _check(ids: tuple[str, ...], wholes: list[list[int]], name: str) -> None:
    if ids[0] != "0":
        raise YourInput(f"{name}: expected customer 0, the depot, first, got customer {ids[0]}.")
    if len(set(ids)) != len(ids):
        twice = next(found for k, found in enumerate(ids) if found in ids[:k])
        raise YourInput(f"{name}: expected each customer once, got customer {twice} twice.")
    for customer, _, ready, due, _ in wholes:
        if due < ready:
            raise YourInput(f"{name}: expected customer {customer} to be due after ready time {ready}, got {due}.")
