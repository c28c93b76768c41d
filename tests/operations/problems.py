"""Random small problems: slots, several windows, skills, optional stops, curves, several kinds of shift.

A rich recipe adds pairs, trips, releases, batteries, breaks, vetoes and every price; a plain one draws as if they
did not exist, so that a seed keeps its problem.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from doorstep.domain.duty import BreakRule
from doorstep.domain.places import Place
from doorstep.domain.plan import Plan
from doorstep.domain.problem import (
    Battery,
    Break,
    Charge,
    Charger,
    Driven,
    Halt,
    Pair,
    PlannedShift,
    Problem,
    Reload,
    Stop,
    Veto,
)
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Cents, Metres, Seconds
from doorstep.domain.valuation import DOOR_PARTS, PAIRING_PARTS, Pairings, PriceCurve, Rates, Valuation
from doorstep.domain.windows import TimeWindow

DAY = 86_400
SKILLS = ("fridge", "lift", "id_check")


@dataclass(frozen=True)
class Recipe:
    """What a random problem is made of; chances are per stop, from `multi_trip` on per shift."""

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
    paired: float = 0.0
    picked: float = 0.0
    released: float = 0.0
    choosy: float = 0.0
    vetoed: float = 0.0
    paired_up: float = 0.0
    multi_trip: float = 0.0
    lifo: float = 0.0
    free: float = 0.0
    bounded: float = 0.0
    electric: float = 0.0
    resting: float = 0.0
    legal: float = 0.0
    frozen: float = 0.0
    even: float = 0.0
    subcontracted: float = 0.0


def rich(**fixed: Any) -> Recipe:
    """Return a recipe with everything there is; `fixed` sets parts of it."""
    return replace(
        Recipe(
            paired=0.4, picked=0.2, released=0.3, choosy=0.15, vetoed=0.15, paired_up=0.5,
            multi_trip=0.4, lifo=0.3, free=0.5, bounded=0.3, electric=0.3, resting=0.5, legal=0.3, frozen=0.2,
            even=0.5, subcontracted=0.4,
        ),
        **fixed,
    )  # fmt: skip


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
    problem = Problem(
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
    return _enriched(rng, problem, recipe)


def random_sequences(rng: np.random.Generator, problem: Problem) -> dict[str, list[str]]:
    """Return some split of some of the stops over the shifts, feasible or not; nobody reloads, charges or rests."""
    order = [problem.stops[int(k)].stop_id for k in rng.permutation(len(problem.stops))]
    chosen = order[: int(rng.integers(0, len(order) + 1))]
    sequences: dict[str, list[str]] = {shift.shift_id: [] for shift in problem.shifts}
    for stop_id in chosen:
        sequences[problem.shifts[int(rng.integers(len(problem.shifts)))].shift_id].append(stop_id)
    return sequences


def random_halts(rng: np.random.Generator, problem: Problem) -> dict[str, list[Halt]]:
    """Return such a split in which most pairs ride together and vans reload, charge and rest where they may."""
    sequences: dict[str, list[Halt]] = {shift_id: [*ids] for shift_id, ids in random_sequences(rng, problem).items()}
    for pair in problem.pairs:
        if rng.random() < 0.8:
            _join(rng, sequences, pair)
    for shift in problem.shifts:
        halts = _halts(rng, problem, shift) if sequences[shift.shift_id] else []
        for halt in halts:
            sequences[shift.shift_id].insert(int(rng.integers(len(sequences[shift.shift_id]) + 1)), halt)
    return sequences


def random_departures(
    rng: np.random.Generator, problem: Problem, sequences: Mapping[str, Sequence[Halt]]
) -> dict[str, Seconds]:
    """Return when some of the vans leave: once their shift has begun and all their stops are released."""
    releases = {stop.stop_id: stop.release for stop in problem.stops}
    told: dict[str, Seconds] = {}
    for shift in problem.shifts:
        stops = [halt for halt in sequences.get(shift.shift_id, ()) if isinstance(halt, str)]
        if stops and shift.free_departure and rng.random() < 0.7:
            ready = max(shift.starts, *(releases[stop] for stop in stops))
            told[shift.shift_id] = Seconds(ready + int(rng.integers(0, 7200)))
    return told


def under_way(
    rng: np.random.Generator, problem: Problem, sequences: Mapping[str, Sequence[Halt]], plan: Plan
) -> Problem:
    """Return the same day at a random second of it, with what the plan's vans did until then, a little late."""
    now = Seconds(int(rng.integers(6 * 3600, 20 * 3600)))
    routes = {route.shift_id: route for route in plan.routes}
    shifts = []
    for shift in problem.shifts:
        route = routes.get(shift.shift_id)
        if route is None or route.leaves_at > now:
            shifts.append(shift)
            continue
        late = int(rng.integers(0, 600))
        begun = sum(visit.arrives_at + late <= now for visit in route.visits)
        before = (Seconds(route.leaves_at), *(Seconds(visit.leaves_at + late) for visit in route.visits))
        driven = tuple(
            Driven(
                halt=halt,
                arrives_at=before[k] if isinstance(halt, Break) else Seconds(visit.arrives_at + late),
                starts_at=Seconds(visit.starts_at + late),
                leaves_at=Seconds(visit.leaves_at + late),
                metres=Metres(0 if isinstance(halt, Break) else int(rng.integers(0, 9000))),
            )
            for k, (halt, visit) in enumerate(zip(sequences[shift.shift_id][:begun], route.visits, strict=False))
        )
        done = {one.halt for one in driven}
        frozen = tuple(stop_id for stop_id in shift.frozen if stop_id not in done)
        shifts.append(replace(shift, driven=driven, loaded_at=route.leaves_at, frozen=frozen))
    gone = {one.halt for shift in shifts for one in shift.driven}
    shifts = [replace(s, frozen=tuple(f for f in s.frozen if f not in gone)) for s in shifts]
    return replace(problem, shifts=tuple(shifts), now=now)


def replanned(rng: np.random.Generator, problem: Problem) -> dict[str, list[Halt]]:
    """Return what is driven, and after it some split of some of the other stops, feasible or not."""
    driven: dict[str, list[Halt]] = {s.shift_id: [one.halt for one in s.driven] for s in problem.shifts}
    gone = {halt for halts in driven.values() for halt in halts}
    rest = random_halts(rng, problem)
    return {
        shift_id: [*driven[shift_id], *(halt for halt in halts if halt not in gone or not isinstance(halt, str))]
        for shift_id, halts in rest.items()
    }


def _join(rng: np.random.Generator, sequences: dict[str, list[Halt]], pair: Pair) -> None:
    """Put the pick-up into the route of the delivery, before it."""
    for halts in sequences.values():
        if pair.pickup in halts:
            halts.remove(pair.pickup)
    for halts in sequences.values():
        if pair.delivery in halts:
            halts.insert(int(rng.integers(halts.index(pair.delivery) + 1)), pair.pickup)


def _halts(rng: np.random.Generator, problem: Problem, shift: PlannedShift) -> list[Halt]:
    """Return halts that serve nobody and fit the shift."""
    halts: list[Halt] = []
    if shift.reloads and rng.random() < 0.7:
        halts += [Reload(int(rng.choice(shift.reloads))) for _ in range(int(rng.integers(1, shift.max_trips + 1)))]
    if shift.battery and problem.chargers and rng.random() < 0.7:
        charger = problem.chargers[int(rng.integers(len(problem.chargers)))]
        halts.append(Charge(charger.charger_id, Seconds(int(rng.integers(60, 7200)))))
    for rule in shift.breaks:
        lengths = rule.split if rule.split and rng.random() < 0.5 else (rule.length,)
        halts += [Break(seconds) for seconds in lengths if rng.random() < 0.8]
    return halts


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


# What only rich recipes have


def _some(rng: np.random.Generator, chance: float) -> bool:
    """Return whether it happens; what never happens draws nothing, so that plain recipes stay as they are."""
    return chance > 0 and bool(rng.random() < chance)


def _enriched(rng: np.random.Generator, problem: Problem, recipe: Recipe) -> Problem:
    pairs = _pairs(rng, problem.stops, recipe)
    pickups = {pair.pickup for pair in pairs}
    problem = replace(
        problem,
        pairs=pairs,
        stops=tuple(_rich_stop(rng, stop, problem, recipe, fetched=stop.stop_id in pickups) for stop in problem.stops),
        vetoes=tuple(_vetoes(rng, problem, recipe)),
        chargers=_chargers(rng, problem) if recipe.electric else (),
    )
    problem = replace(problem, shifts=_rich_shifts(rng, problem, recipe))
    given = {s.shift_id: _rich_rates(rng, problem.valuation.rates.get(s.shift_id), recipe) for s in problem.shifts}
    rates = {shift_id: rate for shift_id, rate in given.items() if rate is not None}
    return problem.valued(replace(problem.valuation, rates=rates, pairings=_pairings(rng, problem, recipe)))


def _pairs(rng: np.random.Generator, stops: Sequence[Stop], recipe: Recipe) -> tuple[Pair, ...]:
    if not recipe.paired:
        return ()
    order = [stops[int(k)].stop_id for k in rng.permutation(len(stops))]
    couples = zip(order[::2], order[1::2], strict=False)
    return tuple(Pair(one, other) for one, other in couples if rng.random() < recipe.paired)


def _rich_stop(rng: np.random.Generator, stop: Stop, problem: Problem, recipe: Recipe, *, fetched: bool) -> Stop:
    if fetched and rng.random() < 0.8:
        stop = replace(stop, amounts=(0,) * len(stop.amounts))
    if _some(rng, recipe.picked):
        stop = replace(stop, picks=tuple(int(rng.integers(0, 12)) for _ in problem.dimensions))
        if rng.random() < 0.5:
            stop = replace(stop, amounts=(0,) * len(stop.amounts))
    if _some(rng, recipe.released):
        stop = replace(stop, release=Seconds(int(rng.integers(6 * 3600, 13 * 3600))))
    if _some(rng, recipe.choosy):
        stop = replace(stop, only=frozenset(_who(rng, problem) for _ in range(int(rng.integers(1, 4)))))
    return stop


def _who(rng: np.random.Generator, problem: Problem) -> str:
    shift = problem.shifts[int(rng.integers(len(problem.shifts)))]
    return shift.driver_id if shift.driver_id is not None and rng.random() < 0.5 else shift.shift_id


def _vetoes(rng: np.random.Generator, problem: Problem, recipe: Recipe) -> Iterator[Veto]:
    for stop in problem.stops:
        if _some(rng, recipe.vetoed):
            yield Veto(_who(rng, problem), stop.stop_id, "the dog")


def _chargers(rng: np.random.Generator, problem: Problem) -> tuple[Charger, ...]:
    return tuple(
        Charger(
            charger_id=f"c{k}",
            location=int(rng.integers(0, len(problem.places))),
            watts=int(rng.choice((7_400, 22_000, 150_000))),
            cents_per_kwh=int(rng.integers(0, 90)),
            windows=_windows(rng, Recipe(windowed=0.4)),
        )
        for k in range(3)
    )


def _rich_shifts(rng: np.random.Generator, problem: Problem, recipe: Recipe) -> tuple[PlannedShift, ...]:
    """Return the shifts with their limits; shifts that were alike stay so."""
    shifts: list[PlannedShift] = []
    for k, shift in enumerate(problem.shifts):
        before = problem.shifts[k - 1] if k else None
        ids = {"shift_id": shift.shift_id, "vehicle_id": shift.vehicle_id, "driver_id": shift.driver_id}
        if before is not None and replace(before, **ids) == shift:  # type: ignore[arg-type]
            shifts.append(replace(shifts[-1], frozen=(), **ids))  # type: ignore[arg-type]
        else:
            shifts.append(_rich_shift(rng, shift, problem, recipe))
    return _frozen(rng, shifts, problem, recipe)


def _rich_shift(rng: np.random.Generator, shift: PlannedShift, problem: Problem, recipe: Recipe) -> PlannedShift:
    span = shift.ends - shift.starts
    if _some(rng, recipe.multi_trip):
        reloads = ((0,), (1,), (0, 1))[int(rng.integers(3))]
        trips, lasts = int(rng.integers(2, 5)), Seconds(int(rng.integers(0, 2400)))
        shift = replace(shift, reloads=reloads, max_trips=trips, reload_seconds=lasts)
    if _some(rng, recipe.bounded):
        shift = replace(shift, max_seconds=Seconds(int(span * rng.uniform(0.4, 1.1))))
    if _some(rng, recipe.bounded):
        shift = replace(shift, max_metres=Metres(int(rng.integers(10_000, 150_000))))
    if _some(rng, recipe.electric):
        shift = replace(shift, battery=_battery(rng))
    if _some(rng, recipe.resting):
        shift = replace(shift, breaks=_break_rules(rng, shift))
    if _some(rng, recipe.legal):
        shift = replace(shift, max_driving=Seconds(int(span * rng.uniform(0.2, 0.9))))
    if _some(rng, recipe.legal):
        shift = replace(shift, max_working=Seconds(int(span * rng.uniform(0.3, 1.0))))
    return replace(shift, lifo=_some(rng, recipe.lifo), free_departure=_some(rng, recipe.free))


def _battery(rng: np.random.Generator) -> Battery:
    capacity = int(rng.integers(8_000, 60_000))
    return Battery(
        capacity_wh=capacity,
        starts_with_wh=int(capacity * rng.uniform(0.3, 1.0)),
        wh_per_km=int(rng.integers(100, 400)),
        charge_w=int(rng.choice((7_400, 50_000))),
        reserve_wh=int(capacity * rng.uniform(0.0, 0.2)),
    )


def _break_rules(rng: np.random.Generator, shift: PlannedShift) -> tuple[BreakRule, ...]:
    driving = BreakRule(
        name="driving", counted="driving", after=Seconds(int(rng.integers(3600, 4 * 3600))), length=Seconds(2700),
        split=(Seconds(900), Seconds(1800)) if rng.random() < 0.6 else (),
        so_far=Seconds(int(rng.integers(0, 3600))),
    )  # fmt: skip
    if driving.split:
        driving = replace(driving, parts_so_far=driving.so_far % 2)  # no second draw: other problems stay the same
    working = BreakRule(
        name="working", counted="working", after=Seconds(int(rng.integers(2, 6) * 3600)), length=Seconds(1800),
        waiting_counts=bool(rng.random() < 0.5),
    )  # fmt: skip
    elapsed = BreakRule(
        name="elapsed", counted="elapsed", after=Seconds(int(rng.integers(3, 8) * 3600)), length=Seconds(1800),
        waiting_counts=bool(rng.random() < 0.3),
    )  # fmt: skip
    opens = Seconds(int(shift.starts + rng.integers(1800, 3 * 3600)))
    windows = (TimeWindow(opens, Seconds(opens + int(rng.integers(0, 7200)))),)
    lunch = BreakRule(
        name="lunch", counted="elapsed", after=Seconds(0), length=Seconds(int(rng.integers(600, 3600))), windows=windows
    )
    return tuple(rule for rule in (driving, working, elapsed, lunch) if rng.random() < 0.4)


def _frozen(
    rng: np.random.Generator, shifts: Sequence[PlannedShift], problem: Problem, recipe: Recipe
) -> tuple[PlannedShift, ...]:
    """Return the shifts with some stops that come first, each stop with one shift at most."""
    if not recipe.frozen:
        return tuple(shifts)
    left = [problem.stops[int(k)].stop_id for k in rng.permutation(len(problem.stops))]
    done: list[PlannedShift] = []
    for shift in shifts:
        count = int(rng.integers(1, 3)) if rng.random() < recipe.frozen else 0
        done.append(replace(shift, frozen=tuple(left[:count])))
        left = left[count:]
    return tuple(done)


def _rich_rates(rng: np.random.Generator, rates: Rates | None, recipe: Recipe) -> Rates | None:
    if _some(rng, recipe.subcontracted):
        rates = replace(rates or Rates(), cents_per_stop=int(rng.integers(0, 400)))
    if _some(rng, recipe.even):
        share = Seconds(int(rng.integers(2 * 3600, 9 * 3600)))
        rates = replace(rates or Rates(), even_seconds=share, even_cents_per_hour=int(rng.integers(0, 800)))
    return rates


def _pairings(rng: np.random.Generator, problem: Problem, recipe: Recipe) -> Pairings:
    if not recipe.paired_up:
        return {}
    return {
        part: {
            shift.shift_id: {
                stop.stop_id: Cents(int(rng.integers(-200, 400)))
                for stop in problem.stops
                if rng.random() < recipe.paired_up
            }
            for shift in problem.shifts
        }
        for part in PAIRING_PARTS
    }
