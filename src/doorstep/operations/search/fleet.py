"""The fleet search: static travel, one window a stop; any fleet, depots, loads, durations, prizes and flat prices."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.travel import Travel, TravelTimes, by_slot
from doorstep.domain.units import Seconds
from doorstep.domain.valuation import FREE, PAIRING_PARTS, PriceCurve, Rates
from doorstep.domain.windows import TimeWindow
from doorstep.operations.must_serve import must_count
from doorstep.operations.search import kernel_fleet as kernel
from doorstep.operations.search.lists import followers, nearest, side_by_side

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FAR = 2**28
"""Seconds that stand for 'no limit': sums of a few still fit into 32 bits."""

MOST_METRES = 2**31 - 1
"""Metres of a route that 32 bits can count."""

HEAT, WARM_HEAT, COLD = 2.0, 0.12, 0.02
"""First temperature, that of a search with a start, and the last: in mean prices of a leg."""

SHORT = (10.0, 8.0, 0.005, 0.01)
"""Mean stops removed, width of tail swaps, chance of a whole route, of a skip: where routes have up to 25 stops."""

LONG = (12.0, 16.0, 0.01, 0.01)
"""The same where they have more."""

SMALLER = 1.0
"""Whether a route that lost stops gets a smaller vehicle before they are inserted again."""

LIFT, LIFTED = 3.0, 0.5
"""How many times its prize a stop is worth in the beginning, and after which share of the search only its prize."""

FILL = 10.0
"""What serving is worth beyond the prize, in mean prizes, while an empty plan is filled."""

GROUP, GENEROUS, BONUS, PRUNE, CHANGES = 10.0, 0.4, 0.5, 0.9, 0.2
"""Left-out stops called back, chance and mean (in mean prizes) of a bonus, of pruning, share of vehicle changes."""

TOGETHER = 0.05
"""Chance that many are called back at once, and that the first may open a route for what all of them are worth.

A far quarter pays only together: without this, plans that begin beside the depot were measured never to reach it.
"""


def fits(problem: Problem) -> bool:
    """Return whether the fleet search may answer this problem."""
    if not problem.shifts or problem.pairs or problem.now is not None:
        return False
    valuation = problem.valuation
    begins, ends = min(s.starts for s in problem.shifts), max(s.ends for s in problem.shifts)
    return (
        all(_plain_shift(s) and _plain_rates(valuation.rates.get(s.shift_id, Rates())) for s in problem.shifts)
        and all(_plain_stop(s, valuation.curves.get(s.stop_id, FREE), begins) for s in problem.stops)
        and all(_still(problem.times[p], ends, len(problem.stops)) for p in {s.profile for s in problem.shifts})
        and kernel.UNIT * must_count(problem) <= kernel.MUST
    )


def _plain_shift(shift: PlannedShift) -> bool:
    """Return whether a shift asks for nothing but what this search knows: one trip, no battery, breaks or past."""
    known = PlannedShift(
        shift.shift_id, shift.vehicle_id, shift.driver_id, shift.starts, shift.ends, shift.start, shift.end,
        shift.capacities, shift.offers, shift.max_stops, shift.profile, shift.free_departure, shift.max_seconds,
        shift.max_metres, shift.reloads, shift.max_trips, shift.reload_seconds, shift.lifo,
    )  # fmt: skip
    return shift == known and (not shift.reloads or shift.max_trips <= 1)


def _plain_rates(rates: Rates) -> bool:
    return rates.cents_per_strain == 0


def _plain_stop(stop: Stop, curve: PriceCurve, begins: int) -> bool:
    """Return whether a stop has one window at most, is there from the beginning, and costs the same at any time."""
    flat = all(min(cents) == max(cents) for cents in curve.parts.values())
    return flat and len(stop.windows) <= 1 and stop.release <= begins


def _still(times: Travel, ends: int, stops: int) -> bool:
    """Return whether travel never changes and its sums fit into 32 bits."""
    if not isinstance(times, TravelTimes) or len(times.edges) != 1:
        return False
    longest, farthest = int(times.seconds.max(initial=0)), int(times.metres.max(initial=0))
    return longest + int(ends) < 2 * FAR and (stops + 1) * farthest <= MOST_METRES


class FleetRun:
    """One search in progress: arrays that the kernel works on, and the best plan it holds."""

    def __init__(self, problem: Problem, seed: int, start: Mapping[str, Sequence[str]] | None) -> None:
        """Lay out the arrays and insert the start's stops, as far as they fit."""
        problem = self.problem = side_by_side(problem)
        self.n, self.m, self.dims = len(problem.stops), len(problem.shifts), len(problem.dimensions)
        self._lay_out_kinds()
        self._lay_out_stops()
        self._lay_out_routes()
        self._lay_out_lists()
        self.rng = np.array([np.random.SeedSequence(seed).generate_state(1, np.uint64)[0] | np.uint64(1)], np.uint64)
        self.warm, self.arc = bool(start), 0.0
        self._load(start or {})

    # Laying out

    def _lay_out_kinds(self) -> None:
        """Group shifts that are interchangeable, and what each kind allows and costs."""
        problem = self.problem
        keys = _kinds(problem)
        names = list(dict.fromkeys(keys))
        self.of_route = np.array([names.index(key) for key in keys])
        firsts = [int(np.flatnonzero(self.of_route == g)[0]) for g in range(len(names))]
        self.shifts = [problem.shifts[k] for k in firsts]
        self.door, self.prizes, self.offset = _stop_prices(problem, self.shifts)
        self.kmon = np.array([_money(problem, s) for s in self.shifts], np.int64)
        depots = list(dict.fromkeys(x for s in self.shifts for x in (s.start, s.end)))
        self.at = np.array([*(s.location for s in problem.stops), *depots])
        rows = {place: self.n + k for k, place in enumerate(depots)}
        self.profiles = list(dict.fromkeys(s.profile for s in self.shifts))
        area = len(self.at) ** 2 * 2
        alike: dict[tuple[object, ...], int] = {}
        self.kint = np.zeros((len(firsts), 16), np.int64)
        for g, s in enumerate(self.shifts):
            base = self.profiles.index(s.profile) * area
            by_hour = tuple(self.kmon[g, kernel.PER_SECOND : kernel.FIXED].tolist())
            likeness = (_likeness(s), by_hour, self.door[:, g].tobytes())
            self.kint[g, : kernel.MOST_STOPS] = [rows[s.start], rows[s.end], s.starts, s.ends, base]
            most = (s.max_stops, s.max_seconds, s.max_metres)
            self.kint[g, kernel.MOST_STOPS : kernel.FREE] = [kernel.NOWHERE if x is None else x for x in most]
            self.kint[g, kernel.FREE :][:2] = [s.free_departure, alike.setdefault(likeness, len(alike))]
        self.cap = np.minimum(np.array([s.capacities for s in self.shifts], np.int64), 2**31 - 1).astype(np.int32)
        self.counts = np.bincount(self.of_route, minlength=len(firsts)).astype(np.int64)
        begins = np.concatenate([[0], np.cumsum(self.counts)]).astype(np.int64)
        order = np.argsort(self.of_route, kind="stable").astype(np.int64)
        self.fleet = (np.zeros(len(firsts), np.int64), self.counts, begins, order)

    def _lay_out_stops(self) -> None:
        """Fill matrices by row, windows, service, amounts, and what serving a stop alone costs."""
        both = []
        for name in self.profiles:
            times = by_slot(self.problem.times[name])
            metres, seconds = (m[0][np.ix_(self.at, self.at)] for m in (times.metres, times.seconds))
            both.append(np.stack([metres, np.minimum(seconds, FAR)], axis=2))
        self.legs = np.ascontiguousarray(np.stack(both), np.int32)
        into = np.ascontiguousarray(self.legs.transpose(0, 2, 1, 3))
        starts, ends = int(self.kint[:, kernel.STARTS].min()), int(self.kint[:, kernel.ENDS].max())
        windows = [
            s.windows[0] if s.windows else TimeWindow(Seconds(starts), Seconds(ends)) for s in self.problem.stops
        ]
        self.opens = np.array([max(w.opens, starts) for w in windows], np.int64)
        self.closes = np.array([min(w.closes, ends) for w in windows], np.int64)
        self.service = np.array([s.service for s in self.problem.stops], np.int64)
        self.amounts = np.zeros((self.n, max(1, self.dims), 2), np.int64)
        for x, s in enumerate(self.problem.stops):
            if self.dims:
                self.amounts[x, :, 0] = s.amounts
                self.amounts[x, : len(s.picks), 1] = s.picks
                self.door[x, (self.amounts[x].max(axis=1) > self.cap).any(axis=1)] = kernel.MUST
        amounts = np.minimum(self.amounts, 2**31 - 1).astype(np.int32)
        # The first dimension is compared with a room that counts deliveries only; pick-ups are looked at in full.
        stop = np.stack([self.opens, self.closes, self.service, amounts[:, 0, 0]], axis=1).astype(np.int32)
        self.size = self._features()
        self.world = (
            stop.reshape(-1), amounts.reshape(-1), into.reshape(-1), self.legs.reshape(-1), self.door.reshape(-1),
            self.kint.reshape(-1), self.kmon.reshape(-1), self.cap.reshape(-1) if self.dims else np.zeros(1, np.int32),
        )  # fmt: skip
        self.alone = np.zeros(self.n * len(self.kmon), np.int64)
        kernel.prices_alone(self.world, self.size, self.alone)

    def _features(self) -> Ints:
        """Return the kernel's `size`: how many there are of everything, and what must be looked at."""
        kint, kmon = self.kint, self.kmon
        self.mixed = bool(self.amounts[..., 1].any())
        priced = kmon[:, [kernel.PER_SECOND, kernel.PER_PAID, kernel.PER_OVER, kernel.PER_EVEN]].any()
        bounded = (kint[:, kernel.MOST_SECONDS] < kernel.NOWHERE) | (kint[:, kernel.MOST_STOPS] < self.n)
        self.timed = bool(priced or bounded.any())
        optional, limited = bool((self.prizes < kernel.MUST).any()), bool((self.counts < self.n).any())
        kinds = len(self.kmon)
        uneven = kinds > 1 or bool(self.door.any())
        hourly = bool(kmon[:, kernel.PER_SECOND].any())
        fair = bool(kmon[:, kernel.PER_EVEN].any())
        counts = [self.n, self.m, self.dims, self.mixed, self.timed, len(self.at), kinds]
        return np.array([*counts, optional, limited, kinds > 1, len(self.profiles), uneven, fair, hourly], np.int64)

    def _lay_out_routes(self) -> None:
        """Fill empty routes and the kernel's room to work."""
        n, m, dims = self.n, self.m, self.dims
        room, kint = n + m + 1, self.kint[self.of_route]
        row, seg = np.zeros((n + m, 8), np.int32), np.zeros((n + m, 8), np.int32)
        row[:, kernel.ROUTE] = -1
        row[n:, kernel.PREV] = row[n:, kernel.NEXT] = np.arange(n, n + m)
        row[n:, kernel.ROUTE] = np.arange(m)
        row[n:, kernel.DEP], row[n:, kernel.LAT] = kint[:, kernel.STARTS], kint[:, kernel.ENDS]
        free = kint[:, kernel.FREE] > 0
        seg[n:, kernel.ENDS_BY] = np.where(free, kint[:, kernel.ENDS], kint[:, kernel.STARTS])
        seg[n:, kernel.BEGINS] = kint[:, kernel.STARTS]
        rr = np.zeros((m, 4), np.int32)
        rr[:, kernel.KIND] = self.of_route
        rr[:, kernel.ROOM] = self.cap[self.of_route, 0] if dims else 2**31 - 1
        rr[:, kernel.FROM], rr[:, kernel.UNTIL] = kint[:, kernel.START], kint[:, kernel.END]
        self.rt = np.zeros((m, 8), np.int64)
        self.plan = (
            row.reshape(-1), seg.reshape(-1), np.zeros(max(1, n * dims * 4), np.int32), rr.reshape(-1),
            self.rt.reshape(-1), np.zeros(max(1, 2 * m * dims), np.int32),
        )  # fmt: skip
        self.journal = (
            np.full(m, -1, np.int64), np.zeros(room, np.int32), np.zeros(8 * room, np.int32),
            np.zeros(8 * room, np.int32), np.zeros(max(1, 4 * dims * room), np.int32), np.zeros(2 * m, np.int64),
            np.zeros(8 * m, np.int64), np.zeros(max(1, 2 * dims * m), np.int32),
        )  # fmt: skip
        self.pool = (np.zeros(n + 1, np.int64), np.full(n, -1, np.int64), self.prizes)
        self.state, self.offers = np.zeros(16, np.int64), np.zeros(4 * m, np.int64)
        self.todo, self.mark = np.zeros(n + 1, np.int64), np.full(n, -1, np.int64)
        self.was, self.key = np.zeros(n, np.int64), np.zeros(n + 1, np.int64)
        self.best_next = np.zeros(n + m, np.int32)

    def _lay_out_lists(self) -> None:
        """Fill neighbour lists and ranks."""
        n, kinds = self.n, len(self.kmon)
        legs = self.legs.astype(float)
        which = [self.profiles.index(s.profile) for s in self.shifts]
        share = self.counts / self.counts.sum()
        metre, second = (self.kmon[:, c].astype(float) * share for c in (kernel.PER_METRE, kernel.PER_SECOND))
        second = second + 1e-6 if not (metre.any() or second.any()) else second
        price = sum(legs[p, :, :, 0] * metre[g] + legs[p, :, :, 1] * second[g] for g, p in enumerate(which))
        within, least = price[:n, :n], legs[..., 1].min(axis=0)[:n, :n]
        cost, allowed = followers(within, least, *self._spans())
        may = self.door < kernel.MUST
        together = np.zeros((n, n), bool)
        for g in range(kinds):
            together |= may[:, None, g] & may[None, :, g]
        for d in range(0 if self.mixed else self.dims):
            load = self.amounts[:, d, 0]
            together &= load[:, None] + load[None, :] <= self.cap[:, d].max()
        allowed &= together
        before, after = nearest(cost.T, allowed.T), nearest(cost, allowed)
        self.lists = (self._with_legs(before, to_stop=True), self._with_legs(after, to_stop=False))
        self.near = nearest((within + within.T) / 2, ~np.eye(n, dtype=bool))
        loads = self.amounts[..., 0] + self.amounts[..., 1]
        size = (loads / np.maximum(1, loads.sum(axis=0))).sum(axis=1)
        far = price[n:, :n].min(axis=0) + price[:n, n:].min(axis=1)
        worth = np.minimum(self.prizes, kernel.MUST)
        scaled = (1e6 * x / max(1e-9, float(np.abs(x).max(initial=0))) for x in (size, far, worth.astype(float)))
        size, far, worth = scaled
        self.ranks = np.stack([size, far, self.closes - self.opens, self.opens, worth], axis=1).astype(np.int32)

    def _with_legs(self, listed: NDArray[np.int32], *, to_stop: bool) -> NDArray[np.int32]:
        """Return lists whose entries have the leg to their stop, or from it, beside: (other, metres, seconds)."""
        one = np.arange(self.n)[:, None]
        legs = self.legs[0, listed, one] if to_stop else self.legs[0, one, listed]
        return np.ascontiguousarray(np.concatenate([listed[:, :, None], legs], axis=2, dtype=np.int32))

    def _spans(self) -> tuple[Floats, Floats, Floats]:
        """Return the earliest and latest start of service at each stop with any vehicle, and how long it lasts.

        Where a stop can't be served alone, the way there and back may still be shorter with others between.
        """
        soonest, latest = np.full(self.n, np.inf), np.full(self.n, -np.inf)
        for g, shift in enumerate(self.shifts):
            seconds, kind = self.legs[self.profiles.index(shift.profile), ..., 1], self.kint[g]
            soonest = np.minimum(soonest, shift.starts + seconds[kind[kernel.START], : self.n])
            latest = np.maximum(latest, shift.ends - self.service - seconds[: self.n, kind[kernel.END]])
        alone = (self.alone.reshape(self.n, -1) < kernel.NOWHERE).any(axis=1)
        soonest = np.where(alone, np.maximum(self.opens, soonest), self.opens)
        latest = np.where(alone, np.minimum(self.closes, latest), self.closes)
        return soonest, latest, self.service.astype(float)

    def _load(self, start: Mapping[str, Sequence[str]]) -> None:
        """Begin at a given plan, or at none."""
        index = {s.stop_id: k for k, s in enumerate(self.problem.stops)}
        given = [[index[x] for x in start.get(s.shift_id, ())] for s in self.problem.shifts]
        begins = np.cumsum([0, *(len(g) for g in given)]).astype(np.int64)
        sequence = np.array([x for g in given for x in g] or [0], np.int64)
        kernel.load(self.plan, self.world, self.size, self.fleet, self.pool, self.state, sequence, begins)
        self._hold()

    def _hold(self) -> None:
        """Hold the current plan as the best."""
        self.state[kernel.BEST] = self.state[kernel.COST] + self.state[kernel.LOST]
        self.best_next[:] = self.plan[0].reshape(-1, 8)[:, kernel.NEXT]

    # Running

    def advance(self, iterations: int, done: float, step: float) -> None:
        """Run a chunk; `done` and `step` place it in the whole search."""
        if self.arc == 0.0:
            self._begin()
        if iterations == 0:
            return
        used = max(1, int(self.fleet[0].sum()))
        served = self.n - int(self.state[kernel.LEFT])
        removal = LONG if served > 25 * used else SHORT
        hot = (WARM_HEAT if self.warm else HEAT) * self.arc
        optional = (GROUP, GENEROUS, BONUS * self.worth, PRUNE, CHANGES, self._lift(done), SMALLER, TOGETHER)
        setting = (hot, COLD * self.arc, *removal, *optional)
        self._run(iterations, setting, done, step)

    def _lift(self, done: float) -> float:
        """Return how many times its prize a stop is worth: more at first, so that whole routes can begin."""
        return 1.0 if self.warm else 1.0 + (LIFT - 1.0) * max(0.0, 1.0 - done / LIFTED) ** 2

    def _begin(self) -> None:
        """Fill an empty plan and take the temperature from it."""
        if not self.warm:
            self._fill()
        metres, busy = self.rt[:, kernel.R_METRES], self.rt[:, kernel.R_BUSY]
        rates = self.kmon[self.of_route]
        way = float((metres * rates[:, kernel.PER_METRE] + busy * rates[:, kernel.PER_SECOND]).sum())
        legs = self.n - int(self.state[kernel.LEFT]) + int(self.fleet[0].sum())
        self.arc = max(1.0, way / max(1, legs))
        self.worth = self._worth()

    def _worth(self) -> float:
        """Return the mean prize."""
        optional = self.prizes[self.prizes < kernel.MUST]
        return float(optional.mean()) if len(optional) else 0.0

    def _fill(self) -> None:
        """Insert every stop where it costs least; with no temperature a first iteration takes whatever is better."""
        kernel.fill(
            self.plan, self.world, self.size, self.lists, self.fleet, self.journal, self.pool, self.alone,
            self.offers, self.state, self.rng, self.ranks, self.todo, self.mark, self.was, self.key,
            np.int64(FILL * self._worth()), np.int64(8),
        )  # fmt: skip
        if self.state[kernel.COST] + self.state[kernel.LOST] < self.state[kernel.BEST]:
            self._hold()  # else nothing was worth its way: what the search began with stays the best

    def _run(self, iterations: int, setting: tuple[float, ...], done: float, step: float) -> None:
        """Call the kernel."""
        kernel.run(
            self.plan, self.world, self.size, self.lists, self.near, self.ranks, self.fleet, self.journal, self.pool,
            self.alone, self.offers, self.state, self.rng, np.array(setting), self.best_next, self.todo, self.mark,
            self.was, self.key, iterations, done, step,
        )  # fmt: skip

    # What was found

    @property
    def price(self) -> float:
        """Return the best plan's price in cents; a stop that must be served and isn't counts 1e9."""
        return int(self.state[kernel.BEST]) / kernel.UNIT + self.offset / kernel.UNIT

    def sequences(self) -> dict[str, tuple[str, ...]]:
        """Return the best plan: stop ids by shift id, empty shifts left away."""
        found = {}
        for r, shift in enumerate(self.problem.shifts):
            ids = tuple(self.problem.stops[x].stop_id for x in self._visits(r))
            if ids:
                found[shift.shift_id] = ids
        return found

    def _visits(self, r: int) -> list[int]:
        """Return the stops of route r of the best plan."""
        x, visits = int(self.best_next[self.n + r]), []
        while x < self.n:
            visits.append(x)
            x = int(self.best_next[x])
        return visits

    def departures(self) -> dict[str, Seconds]:
        """Return when shifts with a free departure leave: the earliest second that makes for the shortest duration."""
        found = {}
        for r, shift in enumerate(self.problem.shifts):
            visits = self._visits(r) if shift.free_departure else []
            if visits:
                found[shift.shift_id] = self._departure(shift, visits)
        return found

    def _departure(self, shift: PlannedShift, visits: Sequence[int]) -> Seconds:
        """Go back from the end: begin at each stop as early as costs no waiting later on."""
        legs = self.legs[self.profiles.index(shift.profile), ..., 1]
        begins, after = int(shift.starts), int(self.kint[self.of_route[0], kernel.END])
        after = int(np.flatnonzero(self.at[self.n :] == shift.end)[0]) + self.n
        for x in reversed(visits):
            back = begins - int(legs[x, after]) - int(self.service[x])
            begins, after = min(max(back, int(self.opens[x])), int(self.closes[x])), x
        depot = int(np.flatnonzero(self.at[self.n :] == shift.start)[0]) + self.n
        return Seconds(min(max(begins - int(legs[depot, after]), int(shift.starts)), int(shift.ends)))


def _kinds(problem: Problem) -> list[tuple[object, ...]]:
    """Return for each shift what it must share with another to be interchangeable."""
    valuation = problem.valuation
    named = {v.who for v in problem.vetoes}.union(*(s.only for s in problem.stops), *valuation.pairings.values())
    keys: list[tuple[object, ...]] = []
    for s in problem.shifts:
        own = s.shift_id if s.shift_id in named or s.driver_id in named else None
        rates = valuation.rates.get(s.shift_id, Rates())
        keys.append((_likeness(s), _money(problem, s), rates.cents_per_stop, s.capacities, s.offers, own))
    return keys


def _likeness(shift: PlannedShift) -> tuple[object, ...]:
    """Return what two shifts must share to be exchanged without looking at their stops one by one."""
    return (
        shift.starts, shift.ends, shift.start, shift.end, shift.profile, shift.max_stops, shift.max_seconds,
        shift.max_metres, shift.free_departure,
    )  # fmt: skip


def _money(problem: Problem, shift: PlannedShift) -> tuple[int, ...]:
    """Return a shift's rates as the kernel counts them: for a second or a metre, in units."""
    rates = problem.valuation.rates.get(shift.shift_id, Rates())
    hour, wait = 5 * rates.cents_per_hour, 5 * rates.waiting_cents_per_hour
    over = 5 * (rates.overtime_cents_per_hour + rates.strain_cents_per_overtime_hour)
    even = 5 * rates.even_cents_per_hour
    after = min(int(rates.overtime_after), 2**40)
    return (
        18 * rates.cents_per_km, hour - wait, wait, after, over, int(rates.even_seconds), even,
        kernel.UNIT * rates.fixed_cents,
    )  # fmt: skip


def _stop_prices(problem: Problem, shifts: Sequence[PlannedShift]) -> tuple[Ints, Ints, int]:
    """Return prices by stop and shift less each stop's lowest, prices of leaving out less the same, and their sum.

    Whom a stop may not be given to (skills, `only`, a veto) it costs `MUST`.
    """
    valuation, n = problem.valuation, len(problem.stops)
    prices = np.zeros((n, len(shifts)), np.int64)
    flat = np.array([valuation.curves.get(s.stop_id, FREE).total(0) for s in problem.stops], np.int64)
    service = np.array([s.service for s in problem.stops], np.int64)
    index = {s.stop_id: x for x, s in enumerate(problem.stops)}
    for k, shift in enumerate(shifts):
        rates = valuation.rates.get(shift.shift_id, Rates())
        busy = 5 * (rates.cents_per_hour - rates.waiting_cents_per_hour)
        prices[:, k] = kernel.UNIT * (flat + rates.cents_per_stop) + busy * service
        for part in PAIRING_PARTS:
            for stop_id, cents in valuation.pairings.get(part, {}).get(shift.shift_id, {}).items():
                if stop_id in index:
                    prices[index[stop_id], k] += kernel.UNIT * cents
    lowest = prices.min(axis=1)
    prices -= lowest[:, None]
    prizes = np.array([valuation.unserved.get(s.stop_id, -1) for s in problem.stops], np.int64)
    known = np.array([s.stop_id in valuation.unserved for s in problem.stops], bool)
    prizes = np.where(known, kernel.UNIT * prizes - lowest, kernel.MUST)
    for k, shift in enumerate(shifts):
        prices[_refused(problem, shift), k] = kernel.MUST
    return prices, prizes, int(lowest.sum())


def _refused(problem: Problem, shift: PlannedShift) -> NDArray[np.bool_]:
    """Return for each stop whether this shift may not serve it, whatever it carries."""
    who = {shift.shift_id, *([shift.driver_id] if shift.driver_id else [])}
    vetoed = {v.stop_id for v in problem.vetoes if v.who in who}
    return np.array(
        [
            not s.needs <= shift.offers or s.stop_id in vetoed or bool(s.only and not s.only & who)
            for s in problem.stops
        ],
        bool,
    )
