"""Small random days of a few thousand seconds on which every departure can be tried: slots or arrival functions."""

from dataclasses import replace

import numpy as np

from doorstep.domain.problem import PlannedShift, Problem, Stop, Veto
from doorstep.domain.travel import ArrivalFunctions, Travel, TravelTimes
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import PriceCurve, Rates, Valuation
from doorstep.domain.windows import TimeWindow

HORIZON = 4_000


def arrival_functions(rng: np.random.Generator, n: int, *, slopes: bool = True) -> ArrivalFunctions:
    """Return random functions with steps, flat pieces and pieces that rise one by one; with `slopes` any others too."""
    begins, at, there = [0], [np.zeros(0, np.int32)], [np.zeros(0, np.int32)]
    for leg in range(n * n):
        if leg // n != leg % n:
            knots = _any_knots(rng) if slopes and rng.random() < 0.5 else _stepwise_knots(rng)
            at.append(knots[0])
            there.append(knots[1])
        begins.append(begins[-1] + (len(at[-1]) if leg // n != leg % n else 0))
    metres = rng.integers(0, 3000, (n, n)).astype(np.int32)
    np.fill_diagonal(metres, 0)
    return ArrivalFunctions(np.array(begins, np.int64), np.concatenate(at), np.concatenate(there), metres)


def _any_knots(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    at = np.sort(rng.integers(0, HORIZON, rng.integers(1, 9))).astype(np.int32)
    there = np.maximum.accumulate(at + rng.integers(0, 500, len(at))).astype(np.int32)
    return at, there


def _stepwise_knots(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return what a travel time that changes in steps becomes when nobody may overtake."""
    edges = np.unique(np.concatenate([[0, HORIZON], rng.integers(1, HORIZON, 4)]))
    takes = rng.integers(20, 400, len(edges) - 1)
    at, there = [0], [int(takes[0])]
    for k, end in enumerate(edges[1:]):
        later = min((int(e + t) for e, t in zip(edges[k + 1 : -1], takes[k + 1 :], strict=True)), default=10**9)
        top = min(int(end + takes[k]), later)
        at += [max(top - int(takes[k]), at[-1]), int(end)]
        there += [max(top, there[-1])] * 2
        if k + 1 < len(takes):
            at.append(int(end))
            there.append(max(there[-1], min(int(end + takes[k + 1]), later)))
    return np.array(at, np.int32), np.maximum.accumulate(np.maximum(at, there)).astype(np.int32)


def slots(rng: np.random.Generator, n: int) -> TravelTimes:
    """Return random travel by slot; a leg may last longer than a slot, and its way may depend on the hour."""
    edges = sorted({0, *rng.integers(1, HORIZON, rng.integers(0, 5)).tolist()})
    seconds = rng.integers(0, 600, (len(edges), n, n)).astype(np.int32)
    metres = rng.integers(0, 3000, (len(edges) if rng.random() < 0.5 else 1, n, n)).astype(np.int32)
    metres = np.broadcast_to(metres, seconds.shape).copy()
    seconds[:, np.arange(n), np.arange(n)] = metres[:, np.arange(n), np.arange(n)] = 0
    return TravelTimes(tuple(Seconds(e) for e in edges), seconds, metres)


def timed_problem(seed: int, stops: int, travel: str) -> Problem:
    """Return a random day with two depots; `travel` is "slots", "steps" (slopes 0 and 1) or "slopes"."""
    rng = np.random.default_rng(seed)
    n = stops + 2
    times: Travel = slots(rng, n) if travel == "slots" else arrival_functions(rng, n, slopes=travel == "slopes")
    shifts = tuple(_shift(rng, k) for k in range(int(rng.integers(1, 4))))
    doors = tuple(_stop(rng, k, k + 1) for k in range(1, stops + 1))
    curved = [s for s in doors if rng.random() < 0.2]
    valuation = Valuation(
        "profit", (), {s.stop_id: _curve(rng) for s in curved},
        {s.stop_id: Cents(int(rng.integers(100, 4000))) for s in doors if rng.random() < 0.4},
        {s.shift_id: _rates(rng) for s in shifts},
    )  # fmt: skip
    doors = tuple(
        replace(s, only=frozenset({shifts[0].shift_id, shifts[-1].shift_id})) if rng.random() < 0.1 else s
        for s in doors
    )
    vetoes = tuple(Veto(shifts[-1].shift_id, s.stop_id, "a dog") for s in doors if rng.random() < 0.1)
    return Problem(
        "test", "d", "2026-01-01", "UTC", "EUR", ("load",), (None,) * n, doors, shifts, {"car": times}, valuation,
        vetoes=vetoes,
    )  # fmt: skip


def _shift(rng: np.random.Generator, k: int) -> PlannedShift:
    starts = int(rng.integers(0, 1000))
    longest = Seconds(int(rng.integers(1500, HORIZON))) if rng.random() < 0.3 else None
    return PlannedShift(
        f"h{k}", f"v{k}", None, Seconds(starts), Seconds(starts + int(rng.integers(2500, HORIZON))),
        int(rng.integers(0, 2)), int(rng.integers(0, 2)), (int(rng.integers(3, 9)),),
        free_departure=bool(rng.random() < 0.8), max_seconds=longest,
    )  # fmt: skip


def _stop(rng: np.random.Generator, k: int, location: int) -> Stop:
    opens = sorted(rng.integers(0, HORIZON, 4).tolist())
    spans = [(opens[0], opens[1]), (opens[2], opens[3])] if len(set(opens)) == 4 else []
    windows = tuple(TimeWindow(Seconds(a), Seconds(b)) for a, b in spans[: int(rng.integers(0, 3))])
    return Stop(f"s{k}", (f"o{k}",), location, windows, Seconds(int(rng.integers(0, 200))), (int(rng.integers(0, 4)),))


def _curve(rng: np.random.Generator) -> PriceCurve:
    at = sorted(set(rng.integers(0, HORIZON, 3).tolist()))
    return PriceCurve(tuple(map(Seconds, at)), {"failure": tuple(Cents(int(rng.integers(0, 900))) for _ in at)})


def _rates(rng: np.random.Generator) -> Rates:
    hour = int(rng.integers(500, 4000))
    return Rates(
        cents_per_hour=hour, cents_per_km=int(rng.integers(0, 60)), fixed_cents=int(rng.integers(0, 500)),
        waiting_cents_per_hour=hour if rng.random() < 0.6 else int(rng.integers(0, 5000)),
        overtime_after=Seconds(int(rng.integers(500, 3000))), overtime_cents_per_hour=int(rng.integers(0, 2000)),
    )  # fmt: skip
