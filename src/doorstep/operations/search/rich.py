"""The rich search: trips, releases, pairs, picks, limits, whatever couples a route. Holds arrays and the best plan."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.problem import Break, Charge, Halt, PlannedShift, Problem, Reload
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Seconds
from doorstep.domain.valuation import Rates
from doorstep.operations.errors import UnplannableInput
from doorstep.operations.search import duration, layout, rich_frozen, rich_layout
from doorstep.operations.search import kernel_prices as prices
from doorstep.operations.search import kernel_rich as kernel
from doorstep.operations.search import kernel_rich_memory as memory
from doorstep.operations.search import kernel_rich_places as places
from doorstep.operations.search import kernel_rich_rests as kernel_rests
from doorstep.operations.search import kernel_rich_routes as routes
from doorstep.operations.search.lists import followers, nearest, side_by_side

CONSTRUCT = (1.0, 1.0, 1.0, 0.0, 0.0, 0.01, 1.0, 0.0, 1e9, 0.0)
"""The kernel's setting for filling an empty plan: everything that fits goes in."""

HEAT, WARM_HEAT, COLD = 1.0, 0.2, 0.01
"""First temperature, that of a search with a start, and the last: in mean prices of a served stop."""

SETTING = (10.0, 8.0, 0.02, 0.01, 0.03, 0.02, 16.0, 0.1)
"""Mean stops removed, width of tail swaps, chance of a whole route or trip, of a skip, of a generous insertion, of a
move of trips or shifts, the most stops left out that are tried again at once, the chance of taking out single stops."""


def wanted(problem: Problem) -> bool:
    """Return whether the problem asks for what only this search plans."""
    stops = any(any(s.picks) or s.release > 0 or s.only for s in problem.stops)
    rates = [problem.valuation.rates.get(s.shift_id, Rates()) for s in problem.shifts]
    prices_more = any(r.cents_per_stop or r.even_cents_per_hour for r in rates) or any(
        problem.valuation.pairings.values()
    )
    beyond = duration.wanted(problem) and not duration.fits(problem)
    return bool(
        stops or problem.pairs or problem.vetoes or prices_more or any(_bound(s) for s in problem.shifts) or beyond
    )


def _bound(shift: PlannedShift) -> bool:
    """Return whether a shift has trips, limits or rules that couple what it does."""
    limits = (shift.max_metres, shift.max_driving, shift.max_working, shift.battery)
    trips = shift.max_trips > 1 and shift.reloads
    return bool(trips or shift.lifo or shift.breaks or shift.frozen) or any(x is not None for x in limits)


def refuse(problem: Problem) -> None:
    """Raise where even this search can't plan what is asked."""
    _refuse_functions(problem)
    for shift in problem.shifts:
        rich_layout.refuse_many_rules(shift)
    ends = Counter(stop_id for pair in problem.pairs for stop_id in (pair.pickup, pair.delivery))
    twice = [stop_id for stop_id, times in ends.items() if times > 1]
    if twice:
        raise UnplannableInput(
            f"Expected every stop in at most one pair, got {twice[0]!r} in {ends[twice[0]]}; make it one stop for each."
        )


def _refuse_functions(problem: Problem) -> None:
    """Raise where travel is arrival functions, with what asks for more than the search that plans with these."""
    by_function = [s for s in problem.shifts if not isinstance(problem.times[s.profile], TravelTimes)]
    if by_function:
        raise UnplannableInput(
            f"Expected travel times by slot beside {next(_beyond_functions(problem), 'shifts that have these')}, got "
            f"arrival functions for profile {by_function[0].profile!r}; give every profile matrices by slot, or leave "
            "it out."
        )


SHIFTS_BEYOND = ("max_metres", "reloads", "lifo", "battery", "breaks", "max_driving", "max_working", "frozen")
"""What of a shift is not planned with arrival functions."""


def _beyond_functions(problem: Problem) -> Iterator[str]:
    """Yield what is not planned with arrival functions: each field, and whose it is."""
    for stop in problem.stops:
        yield from _asked(f"of stop {stop.stop_id!r}", picks=any(stop.picks), release=stop.release > 0)
    for shift in problem.shifts:
        rates = problem.valuation.rates.get(shift.shift_id, Rates())
        given = {name: getattr(shift, name) for name in SHIFTS_BEYOND}
        bound = {name: not (value is None or value is False or value == ()) for name, value in given.items()}
        even, by_stop = rates.even_cents_per_hour != 0, rates.cents_per_stop != 0
        yield from _asked(f"of shift {shift.shift_id!r}", **bound, cents_per_stop=by_stop, even_cents_per_hour=even)
    yield from (f"'pairs' with stop {pair.pickup!r}" for pair in problem.pairs)
    yield from (f"'chargers' with {charger.charger_id!r}" for charger in problem.chargers)
    yield from (f"'pairings' with shift {name!r}" for part in problem.valuation.pairings.values() for name in part)


def _asked(whose: str, **fields: bool) -> Iterator[str]:
    return (f"{name!r} {whose}" for name, asked in fields.items() if asked)


class RichRun:
    """One search in progress: arrays that the kernel works on, and the best plan it holds."""

    def __init__(self, problem: Problem, seed: int, start: Mapping[str, Sequence[Halt]] | None) -> None:
        """Lay out the arrays and insert the start's stops, as far as they fit; breaks and charges are placed anew."""
        problem = self.problem = side_by_side(problem)
        self.n, self.m = len(problem.stops), len(problem.shifts)
        self.rows = rich_layout.rows(problem)
        self.curves = layout.curves(problem)
        self.ask = self._ask()
        self.live = self._live(seed)
        self.mem = memory.memory(self.ask, self.live)
        self.hot = 0.0
        self.warm = bool(start)
        _run(self.mem, kernel.PRICE_ALONE)
        self._load(start or {})

    def _ask(self) -> memory.Ask:
        """Lay out the problem."""
        problem, n = self.problem, self.n
        kept_from = rich_layout.refused(problem)
        kinds = self.kinds = rich_layout.kinds(problem, self.rows, kept_from)
        at = np.array([*(s.location for s in problem.stops), *self.rows], np.int32)
        travel = rich_layout.travel(problem, kinds.profiles, at)
        stops = layout.stops(problem, kinds.firsts, self.curves.constants)
        for g, shift in enumerate(kinds.firsts):
            stops.allowed[list(kept_from[shift.shift_id]), g] = 0
        goods = rich_layout.goods(problem, self.curves.constants)
        fixed = {stop_id for shift in problem.shifts for stop_id in shift.frozen}
        late = {pair.pickup for pair in rich_layout.torn(problem)} - fixed
        stops.allowed[[k for k, s in enumerate(problem.stops) if s.stop_id in late]] = 0
        timed = rich_layout.depends_on_time(problem, moving=bool((self.curves.of_stop >= 0).any()))
        lists = _Lists(problem, kinds, travel, stops.ints.reshape(-1, 8), goods.more.reshape(-1, 4))
        allowed = stops.allowed
        rests = rich_layout.lay_out_rests(problem, kinds, self.rows)
        return memory.Ask(
            n=n, m=self.m, dims=len(problem.dimensions), kinds=len(kinds.firsts),
            width=lists.pred.shape[1], timed=int(timed),
            mixed=int(bool(problem.pairs) or bool(goods.picked.any())),
            releases=int(any(s.release > 0 for s in problem.stops)), still=int(travel.shape[1] == 1),
            stop=stops.ints, spans=stops.spans, more=goods.more, brought=goods.brought, picked=goods.picked,
            goods=goods.goods, curve_of=self.curves.of_stop, knots=self.curves.knots, values=self.curves.values,
            curve_bins=self.curves.bins, kint=kinds.ints, kmore=kinds.more, kflt=kinds.floats, keven=kinds.even,
            kcap=kinds.capacities, kind_of=kinds.of_route, kind_begins=kinds.begins, kind_routes=kinds.routes,
            allowed=allowed, pairing=rich_layout.pairing(problem, kinds.firsts),
            alone=np.full((n, len(kinds.firsts)), prices.INFINITE), unserved=goods.unserved, tt=travel.lines,
            into=travel.into, edges=travel.edges, bins=travel.bins, shape=travel.shape,
            most_chargers=len(problem.chargers), reload_rows=kinds.reload_rows, rules=rests.rules,
            rule_spans=rests.rule_spans, breaks=rests.breaks, battery=rests.battery, chargers=rests.chargers,
            charger_spans=rests.charger_spans, pred=lists.pred, succ=lists.succ, near=lists.near,
            ranks=lists.ranks(goods.brought + goods.goods + goods.picked),
        )  # fmt: skip

    def _live(self, seed: int) -> memory.Live:
        """Lay out empty routes and the kernel's room to work."""
        n, m, dims = self.n, self.m, self.ask.dims
        reloads = int(min(self.kinds.more.reshape(-1, 16)[self.kinds.of_route, routes.MOST_RELOADS].sum(), n)) + 8
        size = n + m + reloads
        it = np.zeros((size, routes.NODE), np.int32)
        it[:n, routes.ROUTE] = -2
        ends = n + np.arange(m)
        it[ends, routes.PREV] = it[ends, routes.NEXT] = it[ends, routes.TRIP] = ends
        it[ends, routes.ROUTE] = np.arange(m)
        ints = self.kinds.ints.reshape(-1, 8)[self.kinds.of_route]
        it[ends, routes.LEAVES] = ints[:, prices.K_STARTS]
        it[ends, routes.LATEST] = it[ends, routes.LASTLY] = ints[:, prices.K_ENDS]
        count = np.zeros(16, np.int64)
        count[routes.POOL] = reloads
        pool = np.zeros(2 * size, np.int32)
        pool[:reloads] = np.arange(size - 1, n + m - 1, -1)
        state = np.random.SeedSequence(seed).generate_state(1, np.uint64)[0] | np.uint64(1)

        def ints32(length: int) -> NDArray[np.int32]:
            return np.zeros(length, np.int32)

        labels = (size + 2) * (kernel_rests.MOST_LABELS + 1)
        return memory.Live(
            nodes=size, half=size, it=it.reshape(-1), fl=np.zeros(size * 8),
            ld=ints32(max(1, size * 3 * dims)), rt=ints32(8 * m),
            count=count, cost=np.zeros(3), rng=np.array([state], np.uint64),
            empty=np.diff(self.kinds.begins).astype(np.int32), pool=pool, todo=ints32(n + 1), left=ints32(n + 1),
            best_next=it[:, routes.NEXT].copy(), best_row=ints32(size), stamp=np.zeros(m, np.int64),
            looked=np.zeros(size, np.int64), few=np.zeros(places.FEW),
            few_at=np.zeros(places.FEW * places.WIDTH, np.int64), key=np.zeros(n + 1, np.int64), picks=ints32(n + 1),
            old_ids=ints32(size), old_routes=ints32(m), old_it=ints32(size * routes.NODE), old_fl=np.zeros(size * 8),
            old_ld=ints32(max(1, size * 3 * dims)), old_rt=ints32(8 * m), old_left=ints32(n + 1),
            old_empty=ints32(len(self.kinds.firsts)), lab=np.zeros(labels * kernel_rests.LABEL, np.int64),
            lab_price=np.zeros(labels), lab_size=np.zeros(size + 2, np.int64), ahead=np.zeros(3 * size + 6, np.int64),
            floor=np.zeros(size + 2),
            rests=np.zeros(3 * size + 6, np.int64),
        )  # fmt: skip

    def fill(self, start: Mapping[str, Sequence[Halt]], *, strict: bool) -> None:
        """Append stops and reloads to their routes; not `strict` takes them as they are, feasible or not."""
        begins, sequence = self._flat(start)
        _run(self.mem, kernel.LOAD if strict else kernel.LOAD_AS_IS, sequence=sequence, begins=begins)

    def _flat(self, start: Mapping[str, Sequence[Halt]]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return where each route begins in an array of nodes, and the array; frozen stops come first."""
        index = {s.stop_id: k for k, s in enumerate(self.problem.stops)}
        given: list[list[int]] = []
        for shift in self.problem.shifts:
            halts = tuple(start.get(shift.shift_id, ()))
            begun = tuple(h for h in halts if isinstance(h, str))[: len(shift.frozen)] == shift.frozen
            frozen = () if begun else shift.frozen
            given.append(self._nodes(index, (*frozen, *(h for h in halts if h not in frozen))))
        begins = np.cumsum([0, *(len(g) for g in given)]).astype(np.int32)
        return begins, np.array([x for g in given for x in g] or [0], np.int32)

    def _nodes(self, index: Mapping[str, int], halts: Sequence[Halt]) -> list[int]:
        """Return stops by place and reloads as -1 - row; rests and charges are left away."""
        found = []
        for halt in halts:
            if isinstance(halt, str):
                found.append(index[halt])
            elif isinstance(halt, Reload) and halt.location in self.rows:
                found.append(-1 - self.rows[halt.location])
        return found

    def _load(self, start: Mapping[str, Sequence[Halt]]) -> None:
        """Begin at a given plan, or at none: what is in no route is left out, a pair under its pick-up's name."""
        self.fill({**start, **self._beginnings(start)}, strict=True)
        routed = self.live.it.reshape(-1, routes.NODE)[: self.n, routes.ROUTE] >= 0
        more = self.ask.more.reshape(-1, 4)
        named = (more[:, routes.ROLE] != routes.DELIVERY) | routed[more[:, routes.MATE]]
        out = np.flatnonzero(~routed & named)
        self.live.left[: len(out)] = out
        self.live.count[routes.LEFT] = len(out)
        self._hold()

    def _beginnings(self, start: Mapping[str, Sequence[Halt]]) -> dict[str, tuple[Halt, ...]]:
        """Return the start of each route with frozen stops, with reloads between these."""
        found = {}
        for shift in self.problem.shifts:
            if shift.frozen:
                price = RichRun(rich_frozen.alone(self.problem, shift), 0, None).price_of
                given = start.get(shift.shift_id, ())
                found[shift.shift_id] = rich_frozen.beginning(self.problem, shift, given, price)
        return found

    def price_of(self, halts: Sequence[Halt]) -> float:
        """Return the price of stops and reloads as the first route, infinite where its hours or limits forbid them."""
        live = self._live(seed=0)
        begins, sequence = self._flat({self.problem.shifts[0].shift_id: halts})
        _run(memory.memory(self.ask, live), kernel.LOAD_AS_IS, sequence=sequence, begins=begins)
        price = float(live.fl.reshape(-1, 8)[self.n, routes.PRICE])
        return price if price < routes.BROKEN / 2 else inf

    def _hold(self) -> None:
        """Hold the current plan as the best, its price summed afresh."""
        it = self.live.it.reshape(-1, routes.NODE)
        self.live.cost[:] = self._price_now()
        self.live.best_next[:] = it[:, routes.NEXT]
        self.live.best_row[:] = it[:, routes.ROW]
        self.live.count[routes.BEST_LEFT] = self.live.count[routes.LEFT]

    def _price_now(self) -> float:
        left = self.live.left[: int(self.live.count[routes.LEFT])]
        return float(self._route_prices().sum() + self.ask.unserved[left].sum())

    def _route_prices(self) -> NDArray[np.float64]:
        found: NDArray[np.float64] = self.live.fl.reshape(-1, 8)[self.n : self.n + self.m, routes.PRICE]
        return found

    def advance(self, iterations: int, done: float, step: float) -> None:
        """Run a chunk; `done` and `step` place it in the whole search."""
        if self.hot == 0.0:
            self._begin()
        hot = self.hot * (WARM_HEAT if self.warm else HEAT)
        self._run(iterations, (hot, hot * COLD, *SETTING), done, step)

    def _begin(self) -> None:
        """Fill an empty plan and take the temperature from it."""
        if not self.warm:
            self._run(1, CONSTRUCT, 0.0, 0.0)
            self._hold()
        served = max(1, self.n - int(self.live.count[routes.LEFT]))
        self.hot = max(1.0, float(self._route_prices().sum()) / served)

    def _run(self, iterations: int, setting: tuple[float, ...], done: float, step: float) -> None:
        """Call the kernel."""
        self.live.cost[routes.COST] = self._price_now()
        _run(self.mem, kernel.ANNEAL, iterations, np.array(setting), (done, step))

    @property
    def price(self) -> float:
        """Return the best plan's price in cents, unrounded.

        A stop that must be served and isn't counts 1e9 and its curve's lowest price.
        """
        return float(self.live.cost[routes.BEST_COST] + self.curves.constants.sum())

    def sequences(self) -> dict[str, tuple[Halt, ...]]:
        """Return the best plan: halts by shift id, empty shifts left away."""
        return self._answer().sequences

    def departures(self) -> dict[str, Seconds]:
        """Return when the best plan's shifts leave, as far as they may choose."""
        return self._answer().departures

    def _answer(self) -> "_Answer":
        """Return the best plan, with breaks, charges and departures placed once more."""
        found = _Answer({}, {})
        plain = self._plain_sequences()
        if not any(rich_layout.rests(shift) for shift in self.problem.shifts):
            return _Answer(plain, {})
        live = self._live(seed=0)
        mem = memory.memory(self.ask, live)
        begins, sequence = self._flat(plain)
        _run(mem, kernel.LOAD_AS_IS, sequence=sequence, begins=begins)
        left_at = live.it.reshape(-1, routes.NODE)[self.n :, routes.LEAVES]
        for r, shift in enumerate(self.problem.shifts):
            if shift.shift_id in plain:
                places = _run(mem, kernel.PLACE_RESTS, r)
                rests = live.rests.reshape(-1, 3)[1 : places + 1].tolist()
                found.sequences[shift.shift_id] = tuple(self._with_rests(plain[shift.shift_id], rests))
                if shift.free_departure:
                    found.departures[shift.shift_id] = Seconds(int(left_at[r]))
        return found

    def _with_rests(self, halts: Sequence[Halt], rests: Sequence[Sequence[int]]) -> Iterator[Halt]:
        """Yield halts with the breaks and charges that come before each of them, and before the return."""
        missing = len(halts) + 1 - len(rests)
        placed = [*rests, *[(0, -1, 0)] * missing]
        for halt, (seconds, charger, charged) in zip((*halts, None), placed, strict=True):
            if seconds:
                yield Break(Seconds(seconds))
            if charger >= 0:
                yield Charge(self.problem.chargers[charger].charger_id, Seconds(charged))
            if halt is not None:
                yield halt

    def _plain_sequences(self) -> dict[str, tuple[Halt, ...]]:
        """Return the best plan's stops and reloads."""
        places_of = {row: place for place, row in self.rows.items()}
        found: dict[str, tuple[Halt, ...]] = {}
        for r, shift in enumerate(self.problem.shifts):
            x, halts = int(self.live.best_next[self.n + r]), list[Halt]()
            while x != self.n + r:
                reload = Reload(places_of[int(self.live.best_row[x])]) if x >= self.n else None
                halts.append(reload or self.problem.stops[x].stop_id)
                x = int(self.live.best_next[x])
            if halts:
                found[shift.shift_id] = tuple(halts)
        return found


@dataclass(frozen=True, slots=True)
class _Answer:
    """Halts and departures by shift."""

    sequences: dict[str, tuple[Halt, ...]]
    departures: dict[str, Seconds]


NOTHING = np.zeros(1, np.int32)


def _run(  # noqa: PLR0913 - the kernel's one entry for five tasks
    mem: NDArray[np.int64],
    task: int,
    number: int = 0,
    setting: NDArray[np.float64] | None = None,
    shares: tuple[float, float] = (0.0, 0.0),
    *,
    sequence: NDArray[np.int32] = NOTHING,
    begins: NDArray[np.int32] = NOTHING,
) -> int:
    """Call the kernel, whose entry is compiled for these types alone."""
    setting = np.zeros(1) if setting is None else setting
    done: int = kernel.run(mem, task, number, setting, float(shares[0]), float(shares[1]), sequence, begins)
    return done


class _Lists:
    """Who may follow whom: neighbour lists and the ranks by which stops are put back."""

    def __init__(
        self, problem: Problem, kinds: rich_layout.Kinds, travel: rich_layout.Travel, ints: NDArray[np.int32],
        more: NDArray[np.int32],
    ) -> None:  # fmt: skip
        n, rows, slots = len(problem.stops), int(travel.shape[0]), int(travel.shape[1])
        lines = travel.lines.reshape(-1, rows, rows, 2 * slots)
        floats = kinds.floats.reshape(-1, 8)
        seconds, metres = lines[..., :slots].mean(axis=(0, 3)), lines[..., slots:].mean(axis=(0, 3))
        hour, metre = float(floats[:, prices.K_HOUR].mean()), float(floats[:, prices.K_METRE].mean())
        price = seconds * max(hour, 1e-6) + metres * metre
        self.within = price[:n, :n]
        least = lines[..., :slots].min(axis=(0, 3)).astype(float)[:n, :n]
        earliest, latest = self._span(problem, ints, more, least)
        service = ints[:, prices.SERVICE].astype(float)
        cost, allowed = followers(self.within, least, earliest, latest, service)
        allowed &= ~((more[:, routes.ROLE] == routes.DELIVERY)[:, None] & (np.arange(n)[None] == more[:, :1]))
        self.succ, self.pred = nearest(cost, allowed), nearest(cost.T, allowed.T)
        self.near = nearest((self.within + self.within.T) / 2, ~np.eye(n, dtype=bool))
        far = price[n, :n] + price[:n, n]
        self.far = far * 1e6 / max(1.0, float(far.max(initial=1.0)))
        self.earliest, self.latest = earliest, latest

    @staticmethod
    def _span(
        problem: Problem, ints: NDArray[np.int32], more: NDArray[np.int32], least: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the first and last second of service at each stop, releases and pairs considered."""
        starts = min(s.starts for s in problem.shifts)
        ends = max(s.ends for s in problem.shifts)
        earliest = np.maximum(np.maximum(ints[:, prices.OPENS], starts), more[:, routes.RELEASE]).astype(float)
        latest = np.minimum(ints[:, prices.LAST_CLOSE], ends).astype(float)
        a = np.flatnonzero(more[:, routes.ROLE] == routes.PICKUP)
        b = more[a, routes.MATE]
        takes = ints[a, prices.SERVICE] + least[a, b]
        earliest[b] = np.maximum(earliest[b], earliest[a] + takes)
        latest[a] = np.minimum(latest[a], latest[b] - takes)
        return earliest, np.maximum(latest, earliest)

    def ranks(self, amounts: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return size, distance from the depot, width and beginning of the span of each stop."""
        n = len(self.far)
        each = amounts.reshape(n, -1).astype(float)
        size = (1000 * each / np.maximum(1.0, each.sum(axis=0))).sum(axis=1) if each.size else np.zeros(n)
        wide = self.latest - self.earliest
        return np.stack([1000 * size, self.far, wide, self.earliest], axis=1).clip(-(2**31), 2**31 - 1).astype(np.int32)
