"""A comparison that never was: a made-up grid town with about 400 doors, the same for the same seed."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.comparison import (
    ROWS,
    Comparison,
    ComparisonRow,
    Door,
    Drawing,
    DrawnPlan,
    DrawnRoute,
    DrawnStop,
    Learned,
    PlannedVisit,
    Stage,
    Waterfall,
    WaterfallStep,
)
from doorstep.domain.drawing import Ground, Line, Point, simplified
from doorstep.domain.outlook import Outlook
from doorstep.domain.units import Cents, Metres, Seconds
from doorstep.domain.valuation import PriceCurve
from doorstep.domain.windows import TimeWindow

BLOCK = 110
ACROSS = 44
Node = tuple[int, int]
Numbers = NDArray[np.float64]


def example(seed: int = 20, **changes: Any) -> Comparison:
    """Return the example, with fields replaced as asked."""
    draw = np.random.default_rng(seed)
    drawing = town(draw)
    whole = Comparison(
        company="Larkhaven", day="2026-11-20", timezone="Europe/Lisbon", currency="EUR", exponent=2,
        orders=len(drawing.stops), vans=len(drawing.profit.routes), drives=30, search_seconds=20.0, seed=seed,
        command=f"./run demo --seed {seed}", machine="2 cores, 3.9 GB, Linux, Python 3.12.1", same_plan=False,
        rows=rows(), waterfall=waterfall(), drawing=drawing, doors=doors(drawing),
        stages=(
            Stage("Making the town", 6.41), Stage("Building its streets", 11.03), Stage("Importing 90 days", 9.87),
            Stage("Learning", 7.2), Stage("Planning both ways", 21.6), Stage("Driving both plans", 14.02),
        ),
        learned=(
            Learned("Who opens when", "On 9 held-out days: log loss 0.241 against 0.268 of the base rate. Passed."),
            Learned("What lateness does", "A late delivery brings 0.021 more tickets, 0.012 to 0.031. Passed."),
            Learned("Who leaves after a failure", "Too few leavings to tell from zero, so it gets no price."),
        ),
        limits=(
            "The town is made up: its people follow rules that we wrote; it shows the method, not your company.",
            "Rush-hour speeds are an assumption until they are learned from your own pings.",
            "What a leaving customer costs is the setting merchant_churn_cents, not a measurement.",
        ),
        attribution="Streets drawn by the town itself, seed 20",
        null_statement="In a town where nobody ever leaves: €31, −€12 to €74, so no claim",
    )  # fmt: skip
    return replace(whole, **changes)


def with_margin(difference: float, low: float, high: float, efficiency: float = 107_412.0) -> dict[str, Any]:
    """Return the rows and waterfall of a comparison whose margin differs by this, in cents."""
    start, end = round(efficiency), round(efficiency + difference)
    margin = ComparisonRow(
        "margin", "cents a day", efficiency, efficiency + difference, difference, low, high, "up",
        "Revenue of what was delivered minus everything that the day cost.",
    )  # fmt: skip
    step = WaterfallStep("Everything together", Cents(end - start), min(low, end - start), max(high, end - start))
    return {"rows": (margin, *rows()[1:]), "waterfall": Waterfall(Cents(start), Cents(end), (step,))}


def rows() -> tuple[ComparisonRow, ...]:
    figures = {
        "margin": (107_412.0, 128_634.0, 11_805.0, 30_102.0, "Revenue minus wages, distance and failures."),
        "cost of a delivery": (862.3, 808.1, -77.2, -30.4, "All money out, shared by the orders taken at a door."),
        "failed deliveries": (8.21, 5.71, -3.24, -1.71, "Attempts at which nobody took the parcel."),
        "on time": (91.4, 94.9, 2.1, 4.8, "Deliveries inside the promise that the recipient was told."),
        "tickets": (3.91, 3.64, -0.40, -0.13, "Contacts that follow the day, at €47.00 each (your setting)."),
        "customers leaving": (34_120.0, 26_218.0, -13_110.0, -2_980.0, "Later orders and accounts lost."),
        "overtime": (104.2, 68.4, -58.1, -13.8, "Paid minutes past the eighth hour, all drivers together."),
        "drivers leaving": (11_790.0, 11_190.0, -2_080.0, 905.0, "Chance to leave times the price of quitting."),
        "distance": (1_214.0, 1_288.0, 58.0, 91.0, "All metres driven, shared by the stops."),
    }  # fmt: skip
    return tuple(
        ComparisonRow(what, ROWS[what][0], a, b, b - a, low, high, ROWS[what][1], note)
        for what, (a, b, low, high, note) in figures.items()
    )


def waterfall() -> Waterfall:
    steps = (
        WaterfallStep("More driving", Cents(-3_812), -4_700.0, -2_900.0, "31 km at €0.30 and 1.6 h at €18.00."),
        WaterfallStep("Fewer failed", Cents(9_702), 6_600.0, 12_900.0, "10.3 fewer visits to come back to."),
        WaterfallStep("Fewer tickets", Cents(5_230), 2_500.0, 7_900.0, "1.1 fewer tickets at €47.00."),
        WaterfallStep("Fewer leave us", Cents(7_902), 2_980.0, 13_110.0, "Later orders kept, times their margin."),
        WaterfallStep("Less overtime", Cents(1_600), 610.0, 2_590.0, "36 minutes at the surcharge."),
        WaterfallStep("Drivers stay", Cents(600), -905.0, 2_080.0, "Too few leavings to be sure."),
    )
    return Waterfall(Cents(107_412), Cents(128_634), steps)


def town(draw: np.random.Generator, doors_wanted: int = 412, vans: int = 10) -> Drawing:
    ways, parks, river = _streets(draw)
    nodes = [(i, j) for i in range(1, ACROSS) for j in range(1, ACROSS)]
    at = [nodes[k] for k in draw.choice(len(nodes), doors_wanted, replace=False)]
    depot = (ACROSS // 2 + 2, ACROSS // 2 - 3)
    before = [_ordered(group, at, depot) for group in _split(list(range(doors_wanted)), at, vans)]
    after = _shuffled(before, at, draw)
    moved = _moved(before, after)
    stops = []
    where = {
        name: {k: (r, p) for r, route in enumerate(plan) for p, k in enumerate(route)}
        for name, plan in (("a", before), ("b", after))
    }
    for k in range(doors_wanted):
        kind = str(draw.choice(["house", "flat", "business"], p=[0.45, 0.4, 0.15]))
        visits = [_visit(where[name][k], draw, saved=k in moved and name == "b") for name in ("a", "b")]
        stops.append(
            DrawnStop(f"{48_000 + k}", _point(at[k]), kind, f"410{k % 7}", k in moved, visits[0], visits[1])
        )  # fmt: skip
    return Drawing(
        ground=Ground(ways, (), (river,), parks),
        depot=_point(depot),
        efficiency=_plan("efficiency", before, at, depot),
        profit=_plan("profit", after, at, depot),
        stops=tuple(stops),
    )


def doors(drawing: Drawing) -> tuple[Door, ...]:
    hours = tuple(Seconds(h * 1800) for h in range(14, 42))
    lived = np.arange(14, 42) / 2
    noon = np.exp(-(((lived - 12.4) / 1.7) ** 2))
    made = (
        ("house", "home mornings and late afternoon", 0.9 - 0.62 * noon, 14, (45_000, 55_800)),
        ("flat", "nobody in before noon", 0.36 + 0.54 / (1 + np.exp(-(lived - 12.2) * 2.2)), 9, (36_600, 52_500)),
        ("business", "shop, always open: fits anywhere", 0.95 + 0.02 * np.sin(lived), 3, (57_000, 41_400)),
    )  # fmt: skip
    promise = TimeWindow(Seconds(9 * 3600), Seconds(17 * 3600))
    return tuple(
        _door(drawing.stops[k * 37], kind, words, (hours, chance, attempts), promise, planned)
        for k, (kind, words, chance, attempts, planned) in enumerate(made)
    )


def _door(
    stop: DrawnStop,
    kind: str,
    words: str,
    habit: tuple[tuple[Seconds, ...], Numbers, int],
    promise: TimeWindow,
    planned: tuple[int, int],
) -> Door:
    at, chance, attempts = habit
    width = 0.5 / (2 + attempts)
    late = np.clip((np.array(at) - promise.closes) / 3600, 0, None)
    curve = PriceCurve(
        at,
        {
            "failure": tuple(Cents(round(v)) for v in 940 * (1 - chance)),
            "lateness": tuple(Cents(round(v)) for v in 160 * late),
            "ticket": tuple(Cents(round(v)) for v in 120 * (1 - chance) + 90 * late),
            "lost_value": tuple(Cents(round(v)) for v in 80 * (1 - chance) + 130 * late),
        },
    )
    outlook = Outlook(
        stop.order_id, "recipient-7731", "presence-1", at, tuple(chance.tolist()),
        tuple(np.clip(chance - width, 0, 1).tolist()), tuple(np.clip(chance + width, 0, 1).tolist()), attempts,
    )  # fmt: skip
    efficiency, profit = (Seconds(s) for s in planned)
    return Door(stop.order_id, kind, words, stop.postcode, curve, outlook, promise, efficiency, profit)


def _warp(i: float, j: float) -> tuple[float, float]:
    x, y = (i - ACROSS / 2) * BLOCK, (j - ACROSS / 2) * BLOCK
    return x + 70 * np.sin(y / 900) + 16 * np.sin(i * 1.7), y + 90 * np.sin(x / 1100) + 16 * np.cos(j * 2.1)


def _point(node: Node) -> Point:
    x, y = _warp(*node)
    return round(float(x)), round(float(y))


def _streets(draw: np.random.Generator) -> tuple[dict[str, tuple[Line, ...]], tuple[Line, ...], Line]:
    ways: dict[str, list[Line]] = {"main": [], "middle": [], "minor": []}
    for k in range(ACROSS + 1):
        width = "main" if k % 11 == 0 else "middle" if k % 4 == 0 else "minor"
        for run in ([(k, j) for j in range(ACROSS + 1)], [(j, k) for j in range(ACROSS + 1)]):
            holes = set(draw.choice(ACROSS, 5).tolist()) if width == "minor" else set()
            piece: list[Node] = []
            for place, node in enumerate(run):
                piece.append(node)
                if place in holes or place == ACROSS:
                    if len(piece) > 1:
                        ways[width].append(simplified(np.array([_warp(*n) for n in piece]), 3.0))
                    piece = []
    parks = tuple(
        tuple(_point(n) for n in ((i, j), (i + w, j), (i + w, j + h), (i, j + h), (i, j)))
        for i, j, w, h in ((3, 38, 4, 3), (30, 7, 5, 4), (16, 6, 3, 3), (27, 33, 4, 4), (3, 4, 3, 4))
    )
    river = tuple((x, round(260 + 330 * float(np.sin(x / 1250 + 0.8)))) for x in range(-2700, 2701, 150))
    return {k: tuple(v) for k, v in ways.items()}, parks, river


def _split(group: list[int], at: list[Node], parts: int) -> list[list[int]]:
    if parts == 1:
        return [group]
    spread = np.array([at[k] for k in group])
    axis = int(np.argmax(spread.std(axis=0)))
    ranked = sorted(group, key=lambda k: (at[k][axis], at[k][1 - axis]))
    left = parts // 2
    cut = len(group) * left // parts
    return _split(ranked[:cut], at, left) + _split(ranked[cut:], at, parts - left)


def _apart(a: Node, b: Node) -> int:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _ordered(group: list[int], at: list[Node], depot: Node) -> list[int]:
    left, route, here = set(group), [], depot
    while left:
        nearest = min(sorted(left), key=lambda k: _apart(at[k], here))
        left.remove(nearest)
        route.append(nearest)
        here = at[nearest]
    better = True
    while better:
        better = False
        for i in range(len(route) - 1):
            for j in range(i + 2, len(route)):
                a = at[route[i - 1]] if i else depot
                z = at[route[j + 1]] if j + 1 < len(route) else depot
                now = _apart(a, at[route[i]]) + _apart(at[route[j]], z)
                if _apart(a, at[route[j]]) + _apart(at[route[i]], z) < now:
                    route[i : j + 1] = route[i : j + 1][::-1]
                    better = True
    return route


def _shuffled(plan: list[list[int]], at: list[Node], draw: np.random.Generator) -> list[list[int]]:
    after = [list(route) for route in plan]
    for _ in range(14):
        r = int(draw.integers(len(after)))
        k = after[r][int(draw.integers(len(after[r])))]
        to = min((s for s in range(len(after)) if s != r), key=lambda s: min(_apart(at[k], at[m]) for m in after[s]))
        after[r].remove(k)
        place = min(range(len(after[to])), key=lambda p: _apart(at[k], at[after[to][p]]))
        after[to].insert(place, k)
    for _ in range(6):
        r = int(draw.integers(len(after)))
        cut = int(draw.integers(4, len(after[r]) - 6))
        after[r][cut : cut + 3] = after[r][cut : cut + 3][::-1]
    return after


def _neighbours(plan: list[list[int]]) -> dict[int, tuple[int, int, int]]:
    return {
        k: (r, route[p - 1] if p else -1, route[p + 1] if p + 1 < len(route) else -1)
        for r, route in enumerate(plan)
        for p, k in enumerate(route)
    }


def _moved(before: list[list[int]], after: list[list[int]]) -> set[int]:
    a, b = _neighbours(before), _neighbours(after)
    return {k for k in a if a[k] != b[k]}


def _visit(place: tuple[int, int], draw: np.random.Generator, *, saved: bool) -> PlannedVisit:
    route, position = place
    failure = int(draw.gamma(2.0, 90)) // (3 if saved else 1)
    cents = {"failure": Cents(failure), "ticket": Cents(failure // 8), "lost_value": Cents(failure // 11)}
    return PlannedVisit(route + 1, position + 1, Seconds(32_400 + 720 * position), cents)


def _leg(a: Node, b: Node) -> Line:
    corner = (b[0], a[1]) if (a[0] + b[1]) % 2 else (a[0], b[1])
    path = [a]
    for goal in (corner, b):
        while path[-1] != goal:
            i, j = path[-1]
            path.append((i + (goal[0] > i) - (goal[0] < i), j + (goal[1] > j) - (goal[1] < j)))
    return simplified(np.array([_warp(*n) for n in path]), 3.0)


def _plan(objective: str, plan: list[list[int]], at: list[Node], depot: Node) -> DrawnPlan:
    routes = []
    for r, route in enumerate(plan):
        stations = [depot, *(at[k] for k in route), depot]
        metres = BLOCK * sum(_apart(a, b) for a, b in pairwise(stations))
        legs = tuple(_leg(a, b) for a, b in pairwise(stations))
        routes.append(
            DrawnRoute(
                r + 1,
                r,
                f"van {3 + 2 * r}",
                Seconds(32_000),
                Seconds(33_600 + 720 * len(route)),
                Metres(metres),
                legs,
            )
        )
    return DrawnPlan(objective, Metres(sum(r.metres for r in routes)), tuple(routes))
