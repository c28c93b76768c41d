"""What must not be driven, the slow way: second by second and from scratch at every moment, by topic and route.

Written from the problem's text, sharing nothing with `check`: a day is an array with one letter per second. Only when
vans leave and when breaks begin is taken from the plan.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from doorstep.domain.duty import BreakRule
from doorstep.domain.plan import Plan, Route
from doorstep.domain.problem import Break, Charge, Charger, Halt, PlannedShift, Problem, Reload, Stop
from doorstep.domain.sequences import sequences_of

DRIVE, SERVE, DOOR, WAIT, PLUG, REST = "DSdwPR"
COUNTED = {"driving": DRIVE, "working": DRIVE + SERVE, "elapsed": DRIVE + SERVE + DOOR + WAIT + PLUG + REST}

SAYS = {
    "service to start by": "window", "charging to start by": "window", "back by": "span",
    "from start to return": "span", "to leave no earlier": "departure", " m, found ": "metres",
    "stops, found": "stops", "trips, found": "trips", "does not offer": "needs", "expected one of": "only",
    "somebody else": "veto", "frozen stops first": "frozen", "expected a route with": "frozen", "on board": "load",
    "before delivery": "pair", "in one trip": "pair", "expected both": "pair", "delivered first": "lifo",
    "expected a break": "break", " of driving, found": "duty", " of work, found": "duty",
    "in the battery": "range", "no battery": "range", "expected a visit": "left out",
}  # fmt: skip
"""The topic of each sentence of the checker."""


def topics_of(sentences: Sequence[str]) -> set[tuple[str, str]]:
    """Return (route, topic) of the checker's sentences; what isn't about one route has no route."""
    found = set()
    for sentence in sentences:
        (topic,) = {topic for words, topic in SAYS.items() if words in sentence}
        whole = topic in ("pair", "left out") or sentence.startswith("Shift")
        found.add(("" if whole else sentence.split("'")[1], topic))
    return found


def broken(problem: Problem, plan: Plan) -> set[tuple[str, str]]:
    """Return (route, topic) of everything that must not be driven; `left out` apart."""
    sequences, _ = sequences_of(plan, problem)
    shifts = {shift.shift_id: shift for shift in problem.shifts}
    found = {("", "pair") for _ in _pairs(problem, list(sequences.values()))}
    for route in plan.routes:
        halts = sequences[route.shift_id]
        if halts:
            day = _Day.lived(problem, shifts[route.shift_id], halts, route)
            found |= {(route.shift_id, topic) for topic in day.broken()}
    found |= {("", "frozen") for shift in problem.shifts if shift.frozen and not sequences.get(shift.shift_id)}
    return found


def _pairs(problem: Problem, sequences: Sequence[Sequence[Halt]]) -> Iterator[str]:
    for pair in problem.pairs:
        fetched = [(r, k) for r, halts in enumerate(sequences) for k, halt in enumerate(halts) if halt == pair.pickup]
        brought = [(r, k) for r, halts in enumerate(sequences) for k, halt in enumerate(halts) if halt == pair.delivery]
        if len(fetched) != len(brought):
            yield "alone"
        for (r, a), (q, b) in zip(fetched, brought, strict=False):
            if r != q or a > b or any(isinstance(halt, Reload) for halt in sequences[r][a:b]):
                yield "apart"


@dataclass
class _Day:
    """One van's day: a letter for each second since it is paid, and what happened at each halt."""

    problem: Problem
    shift: PlannedShift
    halts: Sequence[Halt]
    leaves_at: int
    letters: str
    arrives: list[int]
    starts: list[int]
    legs: list[int]
    back: int

    @classmethod
    def lived(cls, problem: Problem, shift: PlannedShift, halts: Sequence[Halt], route: Route) -> "_Day":
        """Drive the route once."""
        times = problem.times[shift.profile]
        clock = int(route.leaves_at)
        paid_from = clock if shift.free_departure else shift.starts
        letters, here = WAIT * (clock - paid_from), shift.start
        arrives: list[int] = []
        starts: list[int] = []
        legs: list[int] = []
        for k, halt in enumerate(halts):
            there = here if isinstance(halt, Break) else _row(problem, halt)
            reaches = clock if isinstance(halt, Break) else int(times.arrival(here, there, clock))
            legs.append(0 if isinstance(halt, Break) else times.distance(here, there, clock))
            begins = route.visits[k].starts_at if isinstance(halt, Break) else _begins(problem, halts, k, reaches)
            lasts, letter = _lasts(problem, shift, halt)
            letters += DRIVE * (reaches - clock) + (DOOR if isinstance(halt, str) else WAIT) * (begins - reaches)
            letters += letter * lasts
            arrives.append(reaches)
            starts.append(begins)
            here, clock = there, begins + lasts
        back = int(times.arrival(here, shift.end, clock))
        legs.append(times.distance(here, shift.end, clock))
        letters += DRIVE * (back - clock)
        return cls(problem, shift, halts, route.leaves_at, letters, arrives, starts, legs, back)

    def broken(self) -> Iterator[str]:
        """Name the topics of what must not be driven."""
        shift = self.shift
        stops = [_stop(self.problem, halt) for halt in self.halts if isinstance(halt, str)]
        trips = 1 + sum(isinstance(halt, Reload) for halt in self.halts)
        who = {shift.shift_id, shift.driver_id} - {None}
        driving, working = (sum(letter in COUNTED[name] for letter in self.letters) for name in ("driving", "working"))
        rules = {
            "window": any(_closed(self.problem, h, at) for h, at in zip(self.halts, self.arrives, strict=True)),
            "span": self.back > shift.ends or len(self.letters) > _or_huge(shift.max_seconds),
            "departure": self.leaves_at < max(shift.starts, *self.releases(0)),
            "metres": sum(self.legs) > _or_huge(shift.max_metres),
            "stops": len(stops) > _or_huge(shift.max_stops),
            "trips": trips > shift.max_trips,
            "needs": any(need not in shift.offers for stop in stops for need in stop.needs),
            "only": any(stop.only and not stop.only & who for stop in stops),
            "veto": any(v.who in who and v.stop_id == stop.stop_id for v in self.problem.vetoes for stop in stops),
            "frozen": [stop.stop_id for stop in stops[: len(shift.frozen)]] != list(shift.frozen),
            "load": any(self.overloaded(k) for k in range(-1, len(self.halts))),
            "lifo": shift.lifo and self.crossing(),
            "break": any(not self.rested(rule) for rule in shift.breaks),
            "duty": driving > _or_huge(shift.max_driving) or working > _or_huge(shift.max_working),
            "range": self.stranded(),
        }
        return (topic for topic, is_broken in rules.items() if is_broken)

    def trip(self, k: int) -> range:
        """Return the positions of the trip that halt `k` belongs to; -1 is the start."""
        cuts = [-1, *(i for i, halt in enumerate(self.halts) if isinstance(halt, Reload)), len(self.halts)]
        return next(range(a + 1, b) for a, b in pairwise(cuts) if a <= k < b)

    def served(self, positions: range) -> list[tuple[int, Stop]]:
        """Return the stops among some positions."""
        return [(i, _stop(self.problem, h)) for i in positions if isinstance(h := self.halts[i], str)]

    def releases(self, k: int) -> list[int]:
        """Return the releases of the trip that halt `k` belongs to."""
        return [0, *(stop.release for _, stop in self.served(self.trip(-1 if k == 0 else k)))]

    def overloaded(self, k: int) -> bool:
        """Weigh everything that is on board after halt `k`, thing by thing."""
        brought = {pair.delivery for pair in self.problem.pairs}
        stops, load = self.served(self.trip(k)), np.zeros(len(self.problem.dimensions), int)
        for i, stop in stops:
            if stop.stop_id not in brought and i > k:
                load += np.array(stop.amounts, int)
            if i <= k and stop.picks:
                load += np.array(stop.picks, int)
        at = {stop.stop_id: i for i, stop in stops}
        for pair in self.problem.pairs:
            goods = np.array(_stop(self.problem, pair.delivery).amounts, int)
            load += goods * (int(at.get(pair.pickup, k + 1) <= k) - int(at.get(pair.delivery, k + 1) <= k))
        return bool((load > np.array(self.shift.capacities, int)).any())

    def crossing(self) -> bool:
        """Return whether any two pairs of one trip cross: in one, in two, out one, out two."""
        spans = []
        for trip in {self.trip(k) for k in range(-1, len(self.halts))}:
            at = {stop.stop_id: i for i, stop in self.served(trip)}
            spans += [(at[p.pickup], at.get(p.delivery, 10**9)) for p in self.problem.pairs if p.pickup in at]
        spans = [(a, b if b > a else 10**9) for a, b in spans]
        return any(a < c < b < d and self.trip(a) == self.trip(c) for a, b in spans for c, d in spans)

    def rested(self, rule: BreakRule) -> bool:
        """Return whether a rule is kept, counting letters back from the end of every leg and service."""
        rests = [(self.starts[k], h.seconds) for k, h in enumerate(self.halts) if isinstance(h, Break)]
        if rule.windows:
            return any(n >= rule.length and w.opens <= at <= w.closes for at, n in rests for w in rule.windows)
        return not any(self.counted(rule, end) > rule.after for end in self.ends(DRIVE + SERVE))

    def ends(self, letters: str) -> list[int]:
        """Return the seconds at which something ends, an empty service too."""
        first = self.back - len(self.letters)
        ends = [at - first for at in self.arrives] + [len(self.letters)]
        for k, halt in enumerate(self.halts):
            lasts, letter = _lasts(self.problem, self.shift, halt)
            ends += [self.starts[k] + lasts - first] if letter in letters else []
        return ends

    def counted(self, rule: BreakRule, end: int) -> int:
        """Return what a rule has counted when `end` seconds have passed."""
        first, since, parts = self.back - len(self.letters), -1, rule.parts_so_far
        for k, halt in enumerate(self.halts):
            waited = self.starts[k] - self.arrives[k]
            if (
                isinstance(halt, str)
                and rule.waiting_counts
                and waited >= rule.length
                and self.starts[k] - first <= end
            ):
                since, parts = self.starts[k] - first, 0
            if isinstance(halt, Break) and self.starts[k] + halt.seconds - first <= end:
                begins, held = self.starts[k] - first, int(rule.so_far) if since < 0 else 0
                counted = held + sum(a in COUNTED[rule.counted] for a in self.letters[max(since, 0) : begins])
                if rule.split and counted > 0 and halt.seconds >= rule.split[parts]:
                    parts += 1
                if halt.seconds >= rule.length or (rule.split and parts == len(rule.split)):
                    since, parts = self.starts[k] + halt.seconds - first, 0
        before = int(rule.so_far) if since < 0 else 0
        return before + sum(letter in COUNTED[rule.counted] for letter in self.letters[max(since, 0) : end])

    def stranded(self) -> bool:
        """Return whether the battery ever holds less than it must, metre by metre; or a van without one charges."""
        battery = self.shift.battery
        if battery is None:
            return any(isinstance(halt, Charge) for halt in self.halts)
        level = battery.starts_with_wh * 1000
        for k, metres in enumerate(self.legs):
            level -= metres * battery.wh_per_km
            if level < battery.reserve_wh * 1000:
                return True
            halt = self.halts[k] if k < len(self.halts) else None
            if isinstance(halt, Charge):
                power = min(_charger(self.problem, halt.charger_id).watts, battery.charge_w)
                level = min(level + halt.seconds * power * 1000 // 3600, max(level, battery.capacity_wh * 1000))
        return False


def _or_huge(limit: int | None) -> int:
    return 10**12 if limit is None else limit


def _stop(problem: Problem, stop_id: str) -> Stop:
    return next(stop for stop in problem.stops if stop.stop_id == stop_id)


def _charger(problem: Problem, charger_id: str) -> Charger:
    return next(charger for charger in problem.chargers if charger.charger_id == charger_id)


def _row(problem: Problem, halt: Halt) -> int:
    if isinstance(halt, str):
        return _stop(problem, halt).location
    return halt.location if isinstance(halt, Reload) else _charger(problem, halt.charger_id).location  # type: ignore[union-attr]


def _windows(problem: Problem, halt: Halt):
    if isinstance(halt, str):
        return _stop(problem, halt).windows
    return _charger(problem, halt.charger_id).windows if isinstance(halt, Charge) else ()


def _closed(problem: Problem, halt: Halt, arrives: int) -> bool:
    windows = _windows(problem, halt)
    return bool(windows) and arrives > max(window.closes for window in windows)


def _begins(problem: Problem, halts: Sequence[Halt], k: int, arrives: int) -> int:
    if isinstance(halts[k], Reload):
        rest = halts[k + 1 :]
        cut = next((i for i, halt in enumerate(rest) if isinstance(halt, Reload)), len(rest))
        return max([arrives, *(_stop(problem, halt).release for halt in rest[:cut] if isinstance(halt, str))])
    windows = _windows(problem, halts[k])
    if not windows or _closed(problem, halts[k], arrives):
        return arrives
    at = arrives
    while not any(window.opens <= at <= window.closes for window in windows):
        at += 1
    return at


def _lasts(problem: Problem, shift: PlannedShift, halt: Halt) -> tuple[int, str]:
    if isinstance(halt, str):
        return _stop(problem, halt).service, SERVE
    if isinstance(halt, Reload):
        return shift.reload_seconds, SERVE
    return halt.seconds, PLUG if isinstance(halt, Charge) else REST
