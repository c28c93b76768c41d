"""The maps as whole numbers for the page's script: lines as a first point and steps, visits as short rows."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from doorstep.adapters.report.figures import PARTS, doors, money_of
from doorstep.domain.comparison import Comparison, Door, Drawing, DrawnPlan, DrawnStop, PlannedVisit
from doorstep.domain.drawing import Line, simplified

Json = dict[str, Any]


def document(comparison: Comparison, tolerance_m: float = 0.0) -> Json:
    """Return everything the script needs; `tolerance_m` > 0 draws lines more coarsely to save room."""
    money = money_of(comparison)
    return {
        "money": {"before": money.before, "exponent": money.exponent},
        "parts": PARTS,
        "map": _map(comparison.drawing, tolerance_m),
        "doors": [_door(door) for door in comparison.doors],
        "span": [(view := doors(comparison)).starts, view.ends],
    }


def _map(drawing: Drawing, tolerance_m: float) -> Json:
    ground = drawing.ground
    before = _pairs(drawing.stops, [stop.efficiency for stop in drawing.stops])
    after = _pairs(drawing.stops, [stop.profit for stop in drawing.stops])
    return {
        "ground": {
            **{name: _lines(lines, tolerance_m) for name, lines in ground.streets.items()},
            "water": _lines(ground.water, tolerance_m),
            "rivers": _lines(ground.rivers, tolerance_m),
            "parks": _lines(ground.parks, tolerance_m),
        },
        "depot": drawing.depot,
        "plans": [
            _plan(drawing.efficiency, before, _known(after), tolerance_m),
            _plan(drawing.profit, after, _known(before), tolerance_m),
        ],
        "stops": [_stop(stop) for stop in drawing.stops],
    }


def _lines(lines: Iterable[Line], tolerance_m: float) -> list[list[int]]:
    coarse = (simplified(np.array(line, dtype=float), tolerance_m) if tolerance_m else line for line in lines)
    return [_steps(line) for line in coarse]


def _steps(line: Line) -> list[int]:
    """Return a line as its first point and then the step to each next point.

    >>> _steps(((5, 7), (6, 7), (6, 3)))
    [5, 7, 1, 0, 0, -4]
    """
    steps = [*line[:1], *((b[0] - a[0], b[1] - a[1]) for a, b in pairwise(line))]
    return [value for step in steps for value in step]


Pairs = Mapping[int, Sequence[tuple[frozenset[str], frozenset[str]]]]


def _pairs(stops: Sequence[DrawnStop], visits: Sequence[PlannedVisit | None]) -> Pairs:
    """Return the legs of each route as (orders left, orders reached); no orders: the depot."""
    at: dict[int, dict[int, set[str]]] = {}
    for stop, visit in zip(stops, visits, strict=True):
        if visit is not None:
            at.setdefault(visit.route, {}).setdefault(visit.position, set()).add(stop.order_id)
    depot: frozenset[str] = frozenset()
    return {
        route: list(pairwise([depot, *(frozenset(places[k]) for k in sorted(places)), depot]))
        for route, places in at.items()
    }


def _known(pairs: Pairs) -> frozenset[tuple[frozenset[str], frozenset[str]]]:
    return frozenset(pair for legs in pairs.values() for pair in legs)


def _plan(
    plan: DrawnPlan, pairs: Pairs, elsewhere: frozenset[tuple[frozenset[str], frozenset[str]]], tolerance_m: float
) -> list[Json]:
    return [
        {
            "n": route.number,
            "c": route.colour,
            "legs": _lines(route.legs, tolerance_m),
            "new": [int(pair not in elsewhere) for pair in pairs.get(route.number, ())],
        }
        for route in plan.routes
    ]


def _stop(stop: DrawnStop) -> list[Any]:
    """Return [x, y, moved, order id, kind, postcode, efficiency visit, profit visit]."""
    visits = [_visit(visit) for visit in (stop.efficiency, stop.profit)]
    return [*stop.at, int(stop.moved), stop.order_id, stop.kind, stop.postcode, *visits]


def _visit(visit: PlannedVisit | None) -> list[Any] | None:
    if visit is None:
        return None
    return [visit.route, visit.position, int(visit.knocks_at), {k: int(v) for k, v in visit.cents.items() if v}]


def _door(door: Door) -> Json:
    outlook = door.outlook
    return {
        "at": door.curve.at,
        "parts": door.curve.parts,
        "chance": [outlook.at, [round(p, 4) for p in outlook.success]],
        "now": door.profit if door.profit is not None else door.efficiency,
    }
