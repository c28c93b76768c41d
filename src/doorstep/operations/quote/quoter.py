"""What a new order would cost in each window that could be offered, by which shift and when.

The day is laid out once. A quote then has the kernel look at every place of every route; what is quoted is the
schedule's own difference, to the cent, part by part. Shifts with breaks, batteries or hours that the kernel does not
follow are answered another way: of their places the likeliest are scheduled and checked, one by one.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.errors import YourInput
from doorstep.domain.events import Ordered
from doorstep.domain.places import Place
from doorstep.domain.plan import Plan, Route, Visit
from doorstep.domain.problem import Halt, Reload
from doorstep.domain.travel import by_slot
from doorstep.domain.units import Cents, Seconds, clock
from doorstep.domain.valuation import PARTS
from doorstep.domain.windows import TimeWindow
from doorstep.operations.driving import Book
from doorstep.operations.errors import UnknownStop
from doorstep.operations.new_place import Guess, NewLegs, guesses
from doorstep.operations.progress import RunningDay
from doorstep.operations.quote.alone import Alone, holds, unladen
from doorstep.operations.quote.board import laid_out, new_arrays, profiles_of, room_to_look
from doorstep.operations.quote.coming_back import Chance, chances, coming_back
from doorstep.operations.quote.lines import Line, Newcomer, lines, room, soonest
from doorstep.operations.quote.why import Why, keeps_away, nobody, ruled_out
from doorstep.operations.search import kernel_quote as kernel

MOST_WINDOWS = 100
"""Windows that one quote may ask for."""

MOST_SLOTS = 2
"""Traffic slots in which a road network is asked for legs before a quote; the others follow from these."""

BEST = 12
"""Places that are priced exactly for each window, of those that look best by the tables."""

TRIES = 24
"""Places that are scheduled and checked for each window where breaks, batteries or hours bind."""


@dataclass(frozen=True, slots=True)
class Quote:
    """One window that can be offered: who would come, when, and what that adds to the plan.

    `position` counts the route's visits from 1; `after` and `before` are the stops next to it (None: no stop).
    `cents` are the parts that change; of these `door` is paid at the new door, and `others` at other doors: `later` of
    them are reached later, by `latest` seconds at most. `slow`: found by trying likely places one by one.
    """

    window: TimeWindow
    shift_id: str
    driver_id: str | None
    position: int
    after: str | None
    before: str | None
    leaves_at: Seconds
    arrives_at: Seconds
    starts_at: Seconds
    cents: Mapping[str, Cents]
    door: Mapping[str, Cents]
    others: Mapping[str, Cents]
    later: int
    latest: Seconds
    slow: bool = False

    @property
    def total(self) -> Cents:
        """Return what it adds in all."""
        return Cents(sum(self.cents.values()))


@dataclass(frozen=True, slots=True)
class Refusal:
    """One window that nobody can serve, and why."""

    window: TimeWindow
    why: str


@dataclass(frozen=True, slots=True)
class Quoted:
    """What can be offered, cheapest first, and what can't."""

    offers: tuple[Quote, ...]
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A new stop in one window."""

    new: Newcomer
    window: TimeWindow


class Quoter:
    """A running day laid out to answer what one more order would cost; the day itself never changes."""

    def __init__(self, day: RunningDay, told: Plan, *, best: int = BEST, tries: int = TRIES) -> None:
        """Lay a day out; `told` is its schedule, by which everybody goes on.

        Of the places that look good the `best` are priced exactly for each window; `tries` is the same for slow
        shifts. Raises YourInput where travel is not by slot.
        """
        self._most = {False: best, True: tries}
        self.problem = day.problem
        self._book, self._soonest = Book.of(day.problem), soonest(day.problem)
        self._lines = lines(day, told)
        self._day = laid_out(day.problem, self._lines)
        self._room = room(self._book, self._lines)
        places = [(line, k) for line in self._lines for k in range(line.ahead + 1)]
        self._open = np.array([k >= line.open_from for line, k in places], bool)
        self._slow = np.array([line.slow for line, _ in places], bool)
        self._first_arc = (self._day.first[:-1] + np.arange(len(self._lines))).astype(np.int64)
        self._alone: dict[str, Alone] = {}
        self._guesses: dict[Place, dict[str, Guess]] = {}
        self._taken = {x for s in day.problem.stops for x in (s.stop_id, *s.order_ids)}

    @property
    def slow_shifts(self) -> tuple[str, ...]:
        """Return the shifts of which only the likeliest places are tried, one by one."""
        return tuple(dict.fromkeys(line.shift.shift_id for line in self._lines if line.slow))

    @property
    def profiles(self) -> tuple[str, ...]:
        """Return the profiles of the vehicles that can still be given a stop."""
        return profiles_of(self._lines)

    def slots(self, windows: Sequence[TimeWindow], profile: str) -> tuple[int, ...]:
        """Return the slots of a profile's travel in which most of the windows lie, `MOST_SLOTS` at most."""
        edges = [*by_slot(self.problem.times[profile]).edges, 2**40]
        meet = [
            sum(max(0, min(w.closes, until - 1) - max(w.opens, begin) + 1) for w in set(windows))
            for begin, until in pairwise(edges)
        ]
        best = sorted(range(len(meet)), key=lambda k: (-meet[k], k))[:MOST_SLOTS]
        return tuple(sorted(k for k in best if meet[k] > 0)) or (0,)

    def quote(
        self, order: Ordered, windows: Sequence[TimeWindow], known: Mapping[str, NewLegs] | None = None
    ) -> Quoted:
        """Return what each window would cost, cheapest first, and why nobody can serve the others.

        The order's own windows don't count. `known` holds legs that a road network was asked for, by profile. Raises
        YourInput where the order has other dimensions than the day, or its id is taken.
        """
        self.refuse_unfit(order, windows)
        return self.answer(self.newcomer(order, known), windows)

    def answer(self, new: Newcomer, windows: Sequence[TimeWindow]) -> Quoted:
        """Return the same for a new stop as this day sees it; a window that is named twice is one."""
        now, each = self.problem.now or Seconds(0), dict.fromkeys(windows)
        over = [Refusal(w, f"It is over: now is {clock(now)}.") for w in each if w.closes < now]
        left = [w for w in each if w.closes >= now]
        if not self._lines or not left:
            why = nobody(len(self.problem.shifts))
            return Quoted((), (*over, *(Refusal(w, why) for w in left)))
        offers, refusals = self._answers(new, left)
        return Quoted(tuple(sorted(offers, key=lambda q: (q.total, q.window))), (*over, *refusals))

    def rows_beside(self, new: Newcomer, windows: Sequence[TimeWindow], most: int) -> list[int]:
        """Return the rows before and after the `most` places that look best in each window, each row once."""
        rows: dict[int, None] = {}
        for slow in self._speeds():
            arcs = self.look(new, windows, slow=slow)[1].arcs[:, :most]
            for arc in arcs[arcs >= 0].tolist():
                r = int(self._day.of_arc[arc])
                node, first, last = arc - r, int(self._day.first[r]), int(self._day.first[r + 1])
                route, nodes = self._day.route[r], self._day.node
                rows[int(nodes[node - 1, kernel.ROW] if node > first else route[kernel.START])] = None
                rows[int(nodes[node, kernel.ROW] if node < last else route[kernel.END])] = None
        return list(rows)

    def _speeds(self) -> list[bool]:
        """Return whether there are shifts that the kernel follows (False), and slow ones (True)."""
        return [False] * bool((~self._slow).any()) + [True] * bool(self._slow.any())

    def once_more(self, order: Ordered, offer: Quote, known: Mapping[str, NewLegs] | None = None) -> Quote | None:
        """Return an offer's own place priced again, with legs that are known better by now; None if it can't be."""
        line = next((x for x in self._lines if x.shift.shift_id == offer.shift_id), None)
        if line is None:
            return None
        asked, k = _Asked(self.newcomer(order, known), offer.window), offer.position - 1
        leaves = None if line.shift.loaded_at is not None else offer.leaves_at
        return self._offer(asked, line, k, leaves, checked=True)

    def newcomer(self, order: Ordered, known: Mapping[str, NewLegs] | None = None) -> Newcomer:
        """Return an order as this day sees it: what a van must fetch for it at the depot is there from now on."""
        goods = not any(order.stop.picks) or any(order.stop.amounts)
        release = max(order.stop.release, self._soonest) if goods else 0
        stop = replace(order.stop, release=Seconds(release), windows=())
        if order.place not in self._guesses:
            self._guesses = {order.place: guesses(self.problem, order.place)}
        legs = {name: guess.refined((known or {}).get(name)) for name, guess in self._guesses[order.place].items()}
        return Newcomer(stop, order.curve, legs)

    def look(
        self, new: Newcomer, windows: Sequence[TimeWindow], *, slow: bool = False
    ) -> tuple[kernel.New, kernel.Found]:
        """Return what the kernel finds in each window, of slow shifts or of the others."""
        may = self._fits(new) & (self._slow == slow)
        arrays = new_arrays(self.problem, self._lines, new, windows, may)
        found = room_to_look(len(windows), len(self._lines), self._most[slow])
        kernel.quote(self._day, arrays, found, 0 if slow else self._most[slow])
        return arrays, found

    def again(self, arrays: kernel.New, found: kernel.Found) -> None:
        """Have the kernel look once more: nothing but its own work, for measuring."""
        kernel.quote(self._day, arrays, found, found.arcs.shape[1])

    def _fits(self, new: Newcomer) -> NDArray[np.bool_]:
        """Return by arc whether the new stop may go there at all."""
        free = np.array([not keeps_away(self._book, line, new.stop) for line in self._lines], bool)
        mine = free[self._day.of_arc]
        return np.asarray(mine & self._open & self._room.holds(new.stop.amounts, new.stop.picks))

    def _answers(self, new: Newcomer, windows: Sequence[TimeWindow]) -> tuple[list[Quote], list[Refusal]]:
        """Return the best offer of each window, or why there is none."""
        found = {slow: self.look(new, windows, slow=slow)[1] for slow in self._speeds()}
        offers: list[Quote] = []
        for w, window in enumerate(windows):
            asked = _Asked(new, window)
            each = [
                self._tried(asked, f.arcs[w], f.looks[w]) if slow else self._exact(asked, f.best[w])
                for slow, f in found.items()
            ]
            offers += sorted((q for q in each if q is not None), key=lambda q: q.total)[:1]
        served = {offer.window for offer in offers}
        if len(served) == len(windows):
            return offers, []
        away = [keeps_away(self._book, line, new.stop) for line in self._lines]
        roomy = np.logical_or.reduceat(self._room.holds(new.stop.amounts, new.stop.picks), self._first_arc)
        why = Why(self._lines, new.stop, away, roomy.tolist(), sum(f.against for f in found.values()))
        alone = unladen(self.problem, new)
        refused = {x: ruled_out(alone, x) or why.sentence(w) for w, x in enumerate(windows) if x not in served}
        back = self._chances(why, new, max(x.closes for x in refused))
        return offers, [
            Refusal(x, f"{said} {coming_back(back, x, new, self._by_itself)}".strip()) for x, said in refused.items()
        ]

    def _chances(self, why: Why, new: Newcomer, by: Seconds) -> list[Chance]:
        """Return how those could come back for the goods that were loaded before these were there."""
        found: list[Chance] = []
        for r in why.loaded_too_early():
            ahead = self._day.node[self._day.first[r] : self._day.first[r + 1], kernel.ROW].tolist()
            rows = [int(self._day.route[r, kernel.START]), *ahead, int(self._day.route[r, kernel.END])]
            found += chances(self.problem, self._lines[r], rows, new, by)
        return found

    def refuse_unfit(self, order: Ordered, windows: Sequence[TimeWindow]) -> None:
        """Raise YourInput where an order, or what is offered, can't be priced against this day."""
        stop, n = order.stop, len(self.problem.dimensions)
        if not 0 < len(windows) <= MOST_WINDOWS:
            raise YourInput(f"Expected 1 to {MOST_WINDOWS} windows to quote, got {len(windows):,}; offer fewer.")
        if len(stop.amounts) != n or len(stop.picks) not in (0, n):
            raise YourInput(
                f"Expected {n} amounts, one for each of {', '.join(self.problem.dimensions) or 'no dimension'}, got "
                f"{len(stop.amounts)}."
            )
        if self._taken & {stop.stop_id, *stop.order_ids}:
            raise UnknownStop(f"Expected a new order, got {stop.stop_id!r}, which the plan has already.")

    # What a place costs, by the schedule

    def _exact(self, asked: _Asked, best: NDArray[np.int64]) -> Quote | None:
        """Return the offer of the place that the kernel found best."""
        if best[0] == kernel.NOWHERE:
            return None
        line, k = self._place(int(best[1]))
        leaves = self._leaves(line, k, asked.new)
        told = self._offer(asked, line, k, leaves)
        if line.begun or not line.shift.free_departure:
            return told
        chosen = self._offer(asked, line, k, None, checked=True)
        return min((q for q in (chosen, told) if q is not None), key=lambda q: q.total, default=None)

    def _tried(self, asked: _Asked, arcs: Sequence[int], looks: Sequence[float]) -> Quote | None:
        """Return the cheapest of some places at which the checker finds nothing wrong, the likeliest first."""
        best: Quote | None = None
        for arc, cents in zip(arcs, looks, strict=True):
            if arc < 0 or (best is not None and cents > best.total):
                break
            line, k = self._place(int(arc))
            free = line.shift.free_departure and not line.begun
            for at in (self._leaves(line, k, asked.new), None)[: 1 + free]:
                quote = self._offer(asked, line, k, at, checked=True)
                if quote is not None and (best is None or quote.total < best.total):
                    best = quote
        return best

    def _place(self, arc: int) -> tuple[Line, int]:
        """Return the line of an arc, and which of its halts the arc leads to, of all."""
        r = int(self._day.of_arc[arc])
        line = self._lines[r]
        return line, len(line.halts) - line.ahead + arc - int(self._first_arc[r])

    def _leaves(self, line: Line, k: int, new: Newcomer) -> Seconds | None:
        """Return when a van must be told to leave, that has the new stop before halt `k`; None where it has left."""
        if line.shift.loaded_at is not None:
            return None
        first_trip = not any(isinstance(halt, Reload) for halt in line.halts[:k])
        return Seconds(max(line.leaves, new.stop.release if first_trip and not line.begun else 0))

    def _by_itself(self, line: Line) -> Alone:
        if line.shift.shift_id not in self._alone:
            self._alone[line.shift.shift_id] = Alone(self.problem, line)
        return self._alone[line.shift.shift_id]

    def _offer(
        self, asked: _Asked, line: Line, k: int, leaves: Seconds | None, *, checked: bool = False
    ) -> Quote | None:
        """Return what it adds that a line serves the new stop before halt `k`; None if `checked` and it can't."""
        alone = self._by_itself(line)
        stop = replace(asked.new.stop, windows=(asked.window,))
        problem = alone.with_stop(replace(asked.new, stop=stop))
        halts = (*alone.halts[:k], stop.stop_id, *alone.halts[k:])
        plan, route = alone.route(problem, halts, leaves)
        if checked and not holds(problem, plan):
            return None
        was, visit = line.route.visits if line.route else (), route.visits[k]
        others = [*route.visits[:k], *route.visits[k + 1 :]]
        delays = [after.arrives_at - before.arrives_at for before, after in zip(was, others, strict=True)]
        return Quote(
            asked.window, line.shift.shift_id, line.shift.driver_id, k + 1, _stop_at(line.halts[:k], -1),
            _stop_at(line.halts[k:], 0), route.leaves_at, visit.arrives_at, visit.starts_at,
            _difference([route], [line.route] if line.route else []), visit.cents, _difference(others, was),
            sum(delay > 0 for delay in delays), Seconds(max([0, *delays])), line.slow,
        )  # fmt: skip


def _stop_at(halts: Sequence[Halt], k: int) -> str | None:
    """Return the stop at one end of some halts."""
    return next((halt for halt in halts[k:][:1] if isinstance(halt, str)), None)


def _difference(after: Sequence[Route | Visit], before: Sequence[Route | Visit]) -> dict[str, Cents]:
    """Return by part how much more the first cost than the second."""
    by: Counter[str] = Counter()
    for it in after:
        by.update(it.cents)
    for it in before:
        by.subtract(it.cents)
    return {part: Cents(by[part]) for part in PARTS if by[part]}
