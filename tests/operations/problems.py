"""Random small problems: slots, several windows, skills, optional stops, curves, several kinds of shift."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from doorstep.domain.places import Place
from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import DOOR_PARTS, PriceCurve, Rates, Valuation
from doorstep.domain.windows import TimeWindow

DAY = 86_400
SKILLS = ("fridge", "lift", "id_check")


@dataclass(frozen=True)
class Recipe:
    """What a random problem is made of; chances are per stop."""

    shifts: int = 4
    slots: int = 4
    dimensions: int = 2
    profiles: int = 2
    windowed: float = 0.6
    two_windows: float = 0.4
    needy: float = 0.2
    optional: float = 0.4
    curved: float = 0.8
    priced_hours: bool = True
    alike: bool = False
    span_km: float = 12.0


def random_problem(rng: np.random.Generator, n_stops: int, recipe: Recipe | None = None) -> Problem:
    """Return a problem with `n_stops` stops around two depots; the same generator state gives the same problem.

    Travel is directed, breaks the triangle inequality here and there, and two stops may share a location.
    Some stops may be impossible to serve; the plan that serves nobody is feasible always unless none is optional.
    """
    recipe = recipe or Recipe()
    locations = 2 + max(1, n_stops - n_stops // 8)
    xy = rng.uniform(0, recipe.span_km, size=(locations, 2))
    times = {name: _times(rng, xy, recipe) for name in ("car", "bike")[: recipe.profiles]}
    stops = tuple(_stop(rng, k, int(rng.integers(2, locations)), recipe) for k in range(n_stops))
    shifts = _shifts(rng, recipe, sum(s.amounts[0] for s in stops) if recipe.dimensions else 0)
    return Problem(
        company="test",
        depot_id="d1",
        day="2026-03-02",
        timezone="Europe/Lisbon",
        currency="EUR",
        dimensions=tuple(f"dim{d}" for d in range(recipe.dimensions)),
        places=tuple(Place(-8.6 + x / 80, 41.1 + y / 111) for x, y in xy),
        stops=stops,
        shifts=shifts,
        times=times,
        valuation=_valuation(rng, stops, shifts, recipe),
    )


def random_sequences(rng: np.random.Generator, problem: Problem) -> dict[str, list[str]]:
    """Return some split of some of the stops over the shifts, feasible or not."""
    order = [problem.stops[int(k)].stop_id for k in rng.permutation(len(problem.stops))]
    chosen = order[: int(rng.integers(0, len(order) + 1))]
    sequences: dict[str, list[str]] = {shift.shift_id: [] for shift in problem.shifts}
    for stop_id in chosen:
        sequences[problem.shifts[int(rng.integers(len(problem.shifts)))].shift_id].append(stop_id)
    return sequences


def _times(rng: np.random.Generator, xy: np.ndarray, recipe: Recipe) -> TravelTimes:
    n = len(xy)
    km = np.hypot(*(xy[:, None, :] - xy[None, :, :]).transpose(2, 0, 1)) * rng.uniform(1.0, 1.6, size=(n, n))
    speed = rng.uniform(15, 45, size=(recipe.slots, 1, 1)) * rng.uniform(0.8, 1.2, size=(recipe.slots, n, n))
    metres = np.repeat((km * 1000).astype(np.int32)[None], recipe.slots, axis=0)
    metres = (metres * rng.choice([1.0, 1.0, 1.3], size=metres.shape)).astype(np.int32)
    seconds = (km[None] / speed * 3600).astype(np.int32)
    diagonal = np.arange(n)
    seconds[:, diagonal, diagonal] = 0
    metres[:, diagonal, diagonal] = 0
    inner = np.sort(rng.choice(np.arange(6 * 3600, 20 * 3600, 60), size=recipe.slots - 1, replace=False))
    return TravelTimes((Seconds(0), *(Seconds(int(e)) for e in inner)), seconds, metres)


def _stop(rng: np.random.Generator, k: int, location: int, recipe: Recipe) -> Stop:
    return Stop(
        stop_id=f"s{k}",
        order_ids=tuple(f"o{k}.{j}" for j in range(int(rng.integers(1, 4)))),
        location=location,
        windows=_windows(rng, recipe),
        service=Seconds(int(rng.integers(0, 900))),
        amounts=tuple(int(rng.integers(0, 20)) for _ in range(recipe.dimensions)),
        needs=frozenset({str(rng.choice(SKILLS))}) if rng.random() < recipe.needy else frozenset(),
        strain=int(rng.integers(0, 5)),
    )


def _windows(rng: np.random.Generator, recipe: Recipe) -> tuple[TimeWindow, ...]:
    if rng.random() >= recipe.windowed:
        return ()
    opens = int(rng.integers(7 * 3600, 18 * 3600))
    first = TimeWindow(Seconds(opens), Seconds(opens + int(rng.integers(0, 3 * 3600))))
    if rng.random() >= recipe.two_windows:
        return (first,)
    again = first.closes + int(rng.integers(60, 3 * 3600))
    return (first, TimeWindow(Seconds(again), Seconds(again + int(rng.integers(600, 2 * 3600)))))


def _shifts(rng: np.random.Generator, recipe: Recipe, amount: int) -> tuple[PlannedShift, ...]:
    shifts: list[PlannedShift] = []
    for k in range(recipe.shifts):
        if shifts and (recipe.alike or rng.random() < 0.3):
            shifts.append(_like(shifts[-1], k))
            continue
        starts = int(rng.integers(6 * 3600, 11 * 3600))
        ends = starts + int(rng.integers(3 * 3600, 11 * 3600))
        capacity = max(20, int(amount * rng.uniform(0.3, 1.2) / recipe.shifts * 1.5))
        shifts.append(
            PlannedShift(
                shift_id=f"h{k}",
                vehicle_id=f"v{k}",
                driver_id=f"d{k}" if rng.random() < 0.8 else None,
                starts=Seconds(starts),
                ends=Seconds(ends),
                start=int(rng.integers(0, 2)),
                end=int(rng.integers(0, 2)),
                capacities=(capacity,) * recipe.dimensions,
                offers=frozenset(s for s in SKILLS if rng.random() < 0.6),
                max_stops=int(rng.integers(1, 30)) if rng.random() < 0.3 else None,
                profile=str(rng.choice(("car", "bike")[: recipe.profiles])),
            )
        )
    return tuple(shifts)


def _like(shift: PlannedShift, k: int) -> PlannedShift:
    return PlannedShift(
        f"h{k}", f"v{k}", f"d{k}", shift.starts, shift.ends, shift.start, shift.end, shift.capacities, shift.offers,
        shift.max_stops, shift.profile,
    )  # fmt: skip


def _valuation(
    rng: np.random.Generator, stops: Sequence[Stop], shifts: Sequence[PlannedShift], recipe: Recipe
) -> Valuation:
    return Valuation(
        objective="profit",
        valued_by=("test",),
        curves={s.stop_id: _curve(rng) for s in stops if rng.random() < recipe.curved},
        unserved={s.stop_id: Cents(int(rng.integers(0, 3000))) for s in stops if rng.random() < recipe.optional},
        rates=_rates(rng, shifts, recipe),
    )


def _curve(rng: np.random.Generator) -> PriceCurve:
    knots = int(rng.integers(1, 9))
    at = np.sort(rng.choice(np.arange(6 * 3600, 22 * 3600), size=knots, replace=False))
    parts = rng.permutation(DOOR_PARTS)[: int(rng.integers(0, len(DOOR_PARTS) + 1))]
    return PriceCurve(
        at=tuple(Seconds(int(a)) for a in at),
        parts={str(p): tuple(Cents(int(c)) for c in rng.integers(-100, 900, size=knots)) for p in parts},
    )


def _rates(rng: np.random.Generator, shifts: Sequence[PlannedShift], recipe: Recipe) -> dict[str, Rates]:
    if not recipe.priced_hours:
        return {s.shift_id: Rates(cents_per_km=100) for s in shifts}
    rates: dict[str, Rates] = {}
    for k, shift in enumerate(shifts):
        if k and (recipe.alike or rng.random() < 0.4):
            rates[shift.shift_id] = rates[shifts[k - 1].shift_id]
        elif rng.random() < 0.9:
            rates[shift.shift_id] = _rate(rng)
        else:
            rates[shift.shift_id] = Rates()
    return rates


def _rate(rng: np.random.Generator) -> Rates:
    return Rates(
        cents_per_hour=int(rng.integers(0, 3000)),
        cents_per_km=int(rng.integers(0, 80)),
        fixed_cents=int(rng.integers(0, 4000)),
        waiting_cents_per_hour=int(rng.integers(0, 3000)),
        overtime_after=Seconds(int(rng.integers(2 * 3600, 9 * 3600))),
        overtime_cents_per_hour=int(rng.integers(0, 2000)),
        strain_free=int(rng.integers(0, 40)),
        cents_per_strain=int(rng.integers(0, 60)),
        strain_cents_per_overtime_hour=int(rng.integers(0, 900)),
    )
