"""Quotes against a plan of 1,000 stops on Porto's streets: how long one takes, and what asking two slots only costs.

Each order is quoted as `doorstep quote --osm` does, with the legs to the 60 nearest places, and to those beside the
places of routes that look best, asked in two slots; and again with its whole row and column asked in all slots: that is
the truth it is held against. A quote's bar is on the wall, legs included, its processor time beside it; the roads, the
kernel (which looks at every place and prices the best few) and the answer once legs are known (the kernel, and the
schedule's own difference at the place it chose in each window) are in processor time. Matrices are kept.
"""

import hashlib
import json
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.bench_replan import planned
from benchmarks.data import DATA
from benchmarks.harness import Row, at_most, figure
from benchmarks.true_price_days import PLAN, day_in_porto, places_in_porto
from doorstep.adapters.osrm import OsrmRoads, open_roads
from doorstep.domain.events import Ordered
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Problem, Stop
from doorstep.domain.travel import TravelTimes, by_slot
from doorstep.domain.units import Seconds
from doorstep.domain.windows import TimeWindow
from doorstep.flows.quote import QuotingDay, quote, quoting_day
from doorstep.operations.new_place import NewLegs, in_slots
from doorstep.operations.quote import Quote, Quoted, Quoter
from doorstep.operations.search.cache import kernel_cache
from doorstep.operations.search.warm import main as warm_kernels
from doorstep.roads.speeds import DEFAULT_SPEEDS

SET = tomllib.loads(Path(__file__).with_name("quote.toml").read_text())
EVERY = 10**5
"""More places than any day has."""


@dataclass
class Errors:
    """How quotes differ from those with every leg asked in every slot, in cents and by window."""

    price: list[int] = field(default_factory=list)
    dearer: list[int] = field(default_factory=list)
    truth: list[int] = field(default_factory=list)
    elsewhere: int = 0
    broken: int = 0
    only_one: int = 0
    cheapest: list[bool] = field(default_factory=list)


@dataclass
class Tally:
    """What was measured, by quote or by window."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    legs: list[float] = field(default_factory=list)
    kernel: list[float] = field(default_factory=list)
    answer: list[float] = field(default_factory=list)
    layout: list[float] = field(default_factory=list)
    windows: int = 0
    offers: int = 0
    overlooked: int = 0
    asked: Errors = field(default_factory=Errors)
    guessed: Errors = field(default_factory=Errors)


def run(quick: bool, worlds: Path | None) -> Sequence[Row]:
    """Quote orders on each day at each moment, with two slots, with all, and with none."""
    del worlds
    how = {**SET, **(SET["quick"] if quick else {})}
    warm_kernels()
    tally = Tally()
    roads = open_roads(DATA / PLAN["map"], DEFAULT_SPEEDS)
    for seed in how["seeds"]:
        for kind in how["kinds"]:
            problem = on_streets(day_in_porto(kind, how["stops"], seed), roads, seed)
            plan = planned(problem, seed, seconds=how["plan_cpu_seconds"], cpu_clock=True)
            for at in how["moments"]:
                _moment(tally, (problem, plan, roads), how, (seed, at))
    return list(_rows(tally, how))


def on_streets(problem: Problem, roads: OsrmRoads, seed: int) -> Problem:
    """Return the day with travel by the slots of a road network; the matrices are kept."""
    places = [place for place in problem.places if place is not None]
    name = hashlib.sha256(json.dumps([PLAN["map"], PLAN["box"], len(places), seed]).encode()).hexdigest()[:16]
    kept = kernel_cache().parent / f"porto-slots-{name}.npz"
    if not kept.exists():
        times = roads.times(places)
        np.savez(kept, seconds=times.seconds.astype(np.uint16), metres=times.metres.astype(np.uint16))
    with np.load(kept) as found:
        seconds, metres = (found[what].astype(np.int32) for what in ("seconds", "metres"))
    return replace(problem, times={"car": TravelTimes(DEFAULT_SPEEDS.edges, seconds, metres)})


# One moment of a day


def _moment(tally: Tally, day: tuple[Problem, Plan, OsrmRoads], how: dict[str, Any], which: tuple[int, int]) -> None:
    problem, plan, roads = day
    at = which[1]
    begun = time.perf_counter()
    quoting = quoting_day(problem, plan, Seconds(at))
    tally.layout.append(time.perf_counter() - begun)
    whole = quoting_day(problem, plan, Seconds(at), best=EVERY)
    hours = [h for h in how["opens_hours"] if 3600 * (h + how["window_hours"]) > at]
    windows = [TimeWindow(Seconds(3600 * h), Seconds(3600 * (h + how["window_hours"]))) for h in hours]
    orders = list(_orders(roads, how, which))
    for warm_up in (True, False):
        for order in orders[:1] if warm_up else orders:
            _one(Tally() if warm_up else tally, (quoting, whole), order, windows, roads)


def _orders(roads: OsrmRoads, how: dict[str, Any], which: tuple[int, int]) -> Iterator[Ordered]:
    seed, at = which
    rng = np.random.default_rng([seed, at, how["orders_each"]])
    for k, place in enumerate(places_in_porto(roads, how["orders_each"], rng)[1:]):
        service = Seconds(int(rng.integers(*how["service"])))
        goods = ((1,), ()) if at == 0 else ((0,), (1,))
        stop = Stop(f"new{k}", (f"new{k}",), 0, (), service, goods[0], picks=goods[1])
        yield Ordered(Seconds(at), stop, place)


def _one(
    tally: Tally, days: tuple[QuotingDay, QuotingDay], order: Ordered, windows: list[TimeWindow], roads: OsrmRoads
) -> None:
    day, whole = days
    streets, spent = _Timed(roads), (time.perf_counter(), time.process_time())
    quoted = quote(day, order, windows, {"car": streets})
    tally.wall.append(1000 * (time.perf_counter() - spent[0]))
    tally.cpu.append(1000 * (time.process_time() - spent[1]))
    tally.legs.append(1000 * streets.seconds)
    tally.windows += len(windows)
    tally.offers += len(quoted.offers)
    _evaluate(tally, day.quoter, order, windows)
    known = {"car": _every_leg(day.problem, order, roads)}
    truth = day.quoter.quote(order, windows, known)
    _compare(tally.asked, day.quoter, order, (quoted, truth), known)
    _compare(tally.guessed, day.quoter, order, (day.quoter.quote(order, windows), truth), known)
    least = {offer.window: offer.total for offer in whole.quoter.quote(order, windows, known).offers}
    found = {offer.window: offer.total for offer in truth.offers}
    tally.overlooked += sum(found.get(w) != cents for w, cents in least.items())


@dataclass
class _Timed:
    """A road network that says how long it took to answer."""

    roads: OsrmRoads
    seconds: float = 0.0

    @property
    def edges(self) -> tuple[int, ...]:
        return self.roads.edges

    def legs(self, *asked: Any) -> Any:
        begun = time.process_time()
        found = self.roads.legs(*asked)
        self.seconds += time.process_time() - begun
        return found


def _evaluate(tally: Tally, quoter: Quoter, order: Ordered, windows: list[TimeWindow]) -> None:
    """Time the kernel alone, and the whole answer once legs are known, all windows at once."""
    new = quoter.newcomer(order)
    arrays, found = quoter.look(new, windows)
    begun = time.process_time()
    quoter.again(arrays, found)
    looked = time.process_time()
    quoter.answer(new, windows)
    tally.kernel.append(1000 * (looked - begun))
    tally.answer.append(1000 * (time.process_time() - looked))


def _every_leg(problem: Problem, order: Ordered, roads: OsrmRoads) -> NewLegs:
    rows = range(len(problem.places))
    travel, slots = by_slot(problem.times["car"]), range(len(roads.edges))
    others = [place for place in problem.places if place is not None]
    return in_slots(travel, rows, slots, roads.legs(order.place, others, slots))


def _compare(
    errors: Errors, quoter: Quoter, order: Ordered, both: tuple[Quoted, Quoted], known: dict[str, NewLegs]
) -> None:
    said, real = ({offer.window: offer for offer in quoted.offers} for quoted in both)
    errors.only_one += len(said.keys() ^ real.keys())
    for window in said.keys() & real.keys():
        mine, best = said[window], real[window]
        errors.price.append(mine.total - best.total)
        errors.truth.append(best.total)
        errors.elsewhere += _where(mine) != _where(best)
        really = quoter.once_more(order, mine, known)
        errors.broken += really is None
        errors.dearer += [] if really is None else [really.total - best.total]
    if said and real:
        errors.cheapest.append(both[0].offers[0].window == both[1].offers[0].window)


def _where(offer: Quote) -> tuple[str, int]:
    return offer.shift_id, offer.position


# What is shown


def _rows(tally: Tally, how: dict[str, Any]) -> Iterator[Row]:
    what = f"{how['stops']:,} stops, {len(tally.wall)} orders, {tally.windows} windows"
    yield at_most(f"quote, wall p95, {what}", _p95(tally.wall), "ms", how["bar_quote_ms"])
    yield figure("  wall, median and longest", f"{np.median(tally.wall):.1f} {max(tally.wall):.1f}", "ms")
    yield figure("  processor, median and p95", f"{np.median(tally.cpu):.1f} {_p95(tally.cpu):.1f}", "ms")
    yield figure(
        "  of it asking the roads, median and p95", f"{np.median(tally.legs):.1f} {_p95(tally.legs):.1f}", "ms"
    )
    yield at_most("kernel alone, all windows, p95", _p95(tally.kernel), "ms", how["bar_kernel_ms"])
    yield figure("  median and longest", f"{np.median(tally.kernel):.3f} {max(tally.kernel):.3f}", "ms")
    answered = f"{np.median(tally.answer):.1f} {_p95(tally.answer):.1f} {max(tally.answer):.1f}"
    yield figure("  with the prices of the places it chose, by the schedule: median, p95, longest", answered, "ms")
    yield figure("laying a day out, median and longest", f"{np.median(tally.layout):.2f} {max(tally.layout):.2f}", "s")
    yield figure("windows that can be offered", f"{tally.offers} of {tally.windows}")
    yield figure("  where pricing every place finds a cheaper one", tally.overlooked)
    yield from _error_rows("two slots asked, against all", tally.asked)
    yield from _error_rows("nothing asked, against all", tally.guessed)


def _error_rows(name: str, errors: Errors) -> Iterator[Row]:
    off, n = np.abs(errors.price), len(errors.price)
    percent = 100 * off.sum() / max(1, np.abs(errors.truth).sum())
    yield figure(f"{name}: price off, median, mean, p95", f"{np.median(off):.0f} {off.mean():.1f} {_p95(off):.0f}", "c")
    yield figure("  sum of differences, of the sum of prices", f"{percent:.2f}", "%")
    yield figure("  another place chosen", f"{errors.elsewhere} of {n}")
    dearer = np.array(errors.dearer)
    yield figure("  the chosen place really dearer, mean, p95", f"{dearer.mean():.1f} {_p95(dearer):.0f}", "c")
    yield figure("  the chosen place really impossible", f"{errors.broken} of {n}")
    yield figure("  offered by only one of the two", errors.only_one)
    yield figure("  same cheapest window", f"{sum(errors.cheapest)} of {len(errors.cheapest)}")


def _p95(values: Any) -> float:
    return float(np.quantile(values, 0.95))
