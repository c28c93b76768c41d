"""What two plans of one day differ in, for people: money by part, lateness, who moved, how even the work is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean, pstdev

from doorstep.domain.plan import Plan, Visit
from doorstep.domain.problem import Problem
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import PriceCurve

TOLD = Seconds(900)
"""A change of arrival that somebody would notice: a quarter of an hour."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One plan after another. Cents are after minus before, without parts that are equal.

    `late` counts stops reached after the promise's end, `late_seconds` by how much in all; both of the plan after.
    `moved` stops go with another shift, `retimed` ones arrive a quarter of an hour or more earlier or later, `dropped`
    and `gained` are served before and after only; where goods are handed over nobody is served. `spread` is the
    coefficient of variation of paid hours.
    """

    cents: Mapping[str, Cents]
    late: int
    late_seconds: Seconds
    moved: tuple[str, ...]
    retimed: tuple[str, ...]
    dropped: tuple[str, ...]
    gained: tuple[str, ...]
    spread: float

    @property
    def total(self) -> Cents:
        """Return the difference of all parts together."""
        return self.cents.get("total", Cents(0))


def difference(before: Plan, after: Plan, promised: Mapping[str, Seconds] | None = None) -> Difference:
    """Return what `after` differs in; `promised` says by stop until when somebody was told to expect us."""
    was, now = _served(before), _served(after)
    both = [stop_id for stop_id in now if stop_id in was]
    late = [now[x][1].starts_at - until for x, until in (promised or {}).items() if x in now]
    parts = {*before.cents, *after.cents}
    cents = {part: Cents(after.cents.get(part, 0) - before.cents.get(part, 0)) for part in sorted(parts)}
    return Difference(
        cents={part: by for part, by in cents.items() if by},
        late=sum(by > 0 for by in late),
        late_seconds=Seconds(sum(max(0, by) for by in late)),
        moved=tuple(x for x in both if was[x][0] != now[x][0]),
        retimed=tuple(x for x in both if abs(was[x][1].starts_at - now[x][1].starts_at) >= TOLD),
        dropped=tuple(x for x in was if x not in now),
        gained=tuple(x for x in now if x not in was),
        spread=spread(after),
    )


@dataclass(frozen=True, slots=True)
class Change:
    """A stop of which somebody must be told something else: who knocks, and when; None where nobody does.

    Where goods are handed over, `giver` is the shift whose van has them, and the orders are those of the goods.
    """

    stop_id: str
    order_ids: tuple[str, ...]
    was: tuple[str, Seconds] | None
    now: tuple[str, Seconds] | None
    giver: str | None = None


def changes(problem: Problem, before: Plan, after: Plan) -> tuple[Change, ...]:
    """Return what must be told anew after a plan, in order of time: another van, another time, somebody or nobody.

    `problem` is the one after.
    """
    was, now, handed = _visits(before), _visits(after), _handovers(problem)
    found = []
    for stop_id in {**was, **now}:
        old, new = was.get(stop_id), now.get(stop_id)
        if old is None or new is None or _differs(old, new):
            visit = (new or old or ("", None))[1]
            giver, orders = handed.get(stop_id, (None, visit.order_ids if visit else ()))
            found.append(Change(stop_id, orders, _told(old), _told(new), giver))
    return tuple(sorted(found, key=lambda change: (change.now or change.was or ("", 0))[1]))


def _handovers(problem: Problem) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return by stop at which goods are handed over whose van has them, and whose orders they are."""
    stops = {s.stop_id: s for s in problem.stops}
    orders = {pair.pickup: stops[pair.delivery].order_ids for pair in problem.pairs}
    return {s.stop_id: (s.giver, orders.get(s.stop_id, ())) for s in problem.stops if s.giver}


def _differs(old: tuple[str, Visit], new: tuple[str, Visit]) -> bool:
    return old[0] != new[0] or abs(old[1].starts_at - new[1].starts_at) >= TOLD


def _told(visit: tuple[str, Visit] | None) -> tuple[str, Seconds] | None:
    return None if visit is None else (visit[0], visit[1].starts_at)


def promises(problem: Problem) -> dict[str, Seconds]:
    """Return until when each stop expects somebody: until its last window closes, or lateness begins to cost."""
    curves = problem.valuation.curves
    ends = {
        s.stop_id: (*(w.closes for w in s.windows[-1:]), *_in_time_until(curves.get(s.stop_id))) for s in problem.stops
    }
    return {stop_id: min(found) for stop_id, found in ends.items() if found}


def _in_time_until(curve: PriceCurve | None) -> Iterator[Seconds]:
    """Yield the last knot at which being late costs least, where it costs more later."""
    late = () if curve is None else curve.parts.get("lateness", ())
    if curve is None or not late or late[-1] == min(late):
        return
    yield max(at for at, cents in zip(curve.at, late, strict=True) if cents == min(late))


def spread(plan: Plan) -> float:
    """Return the coefficient of variation of paid seconds over the shifts that drive; 0 for fewer than two."""
    paid = [route.seconds for route in plan.routes if route.visits]
    return pstdev(paid) / fmean(paid) if len(paid) > 1 and fmean(paid) > 0 else 0.0


def _visits(plan: Plan) -> dict[str, tuple[str, Visit]]:
    """Return the shift and the visit of every stop that is visited."""
    return {v.stop_id: (r.shift_id, v) for r in plan.routes for v in r.visits if v.kind in ("stop", "pickup")}


def _served(plan: Plan) -> dict[str, tuple[str, Visit]]:
    """Return the shift and the visit of every stop that somebody ordered, and that is visited."""
    return {stop_id: visit for stop_id, visit in _visits(plan).items() if visit[1].order_ids}
