"""Random events of a running day, and what must still be so after them, written without the code that sees to it."""

from collections.abc import Iterator
from itertools import takewhile

import numpy as np

from doorstep.domain.events import Cancelled, ClosedOff, Delayed, Event, FellOut, Ordered, Rewindowed, Ticked
from doorstep.domain.places import Place
from doorstep.domain.plan import Plan, Route, Visit
from doorstep.domain.problem import Problem, Stop
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import PriceCurve
from doorstep.domain.windows import TimeWindow

SERVED = ("stop", "pickup")
KINDS = ("order", "cancel", "windows", "late", "sick", "closure", "time")


def random_moment(rng: np.random.Generator, problem: Problem, plan: Plan) -> Seconds:
    """Return a second at which the day may be looked at again: soon, or much later, seldom before now."""
    now = problem.now
    first = min([int(r.leaves_at) for r in plan.routes] or [36_000]) if now is None else now
    last = max([int(r.returns_at) for r in plan.routes] or [first + 3600])
    far = 0.1 if now is None else 0.03
    chance = rng.random()
    if chance < 0.05:
        return Seconds(max(0, first - int(rng.integers(0, 3600))))
    if chance < far:
        return Seconds(int(last + rng.integers(0, 3600)))
    step = (last - first) / (4 if now is None else 15)
    return Seconds(int(first + rng.exponential(max(60.0, step))))


def random_event(rng: np.random.Generator, problem: Problem, at: Seconds, kind: str = "") -> Event:
    """Return an event of any kind at a second of the day, about anything the problem has."""
    kind = kind or str(rng.choice(KINDS, p=(0.25, 0.2, 0.2, 0.12, 0.06, 0.07, 0.1)))
    order = str(rng.choice([x for s in problem.stops for x in s.order_ids] or [""]))
    if kind == "order" and None not in problem.places:
        return _ordered(rng, problem, at)
    if kind == "cancel" and order:
        return Cancelled(at, order)
    if kind == "windows" and order:
        opens = max(0, at + int(rng.integers(-3600, 4 * 3600)))
        return Rewindowed(at, order, (TimeWindow(Seconds(opens), Seconds(opens + int(rng.integers(0, 7200)))),))
    if kind == "closure" and None not in problem.places:
        until = Seconds(at + int(rng.integers(0, 7200)))
        return ClosedOff(at, _somewhere(rng, problem), int(rng.integers(0, 2500)), until)
    shift = problem.shifts[int(rng.integers(len(problem.shifts)))].shift_id
    if kind == "sick":
        return FellOut(at, shift)
    return Delayed(at, shift, Seconds(int(rng.integers(0, 3600)))) if kind == "late" else Ticked(at)


def _ordered(rng: np.random.Generator, problem: Problem, at: Seconds) -> Ordered:
    new = f"new{at}.{rng.integers(10**6)}"
    opens = Seconds(at + int(rng.integers(0, 3 * 3600)))
    windows = (TimeWindow(opens, Seconds(opens + int(rng.integers(600, 7200)))),) if rng.random() < 0.6 else ()
    some = tuple(int(rng.integers(0, 12)) for _ in problem.dimensions)
    none = (0,) * len(problem.dimensions)
    fetch = rng.random() < 0.4
    stop = Stop(new, (new,), 0, windows, Seconds(120), none if fetch else some, picks=some if fetch else ())
    place = problem.places[int(rng.integers(len(problem.places)))] if rng.random() < 0.3 else None
    curve = PriceCurve((at, Seconds(at + 7200)), {"lateness": (Cents(0), Cents(900))}) if rng.random() < 0.3 else None
    price = Cents(int(rng.integers(0, 60_000))) if rng.random() < 0.8 else None
    return Ordered(at, stop, place or _somewhere(rng, problem), curve, price)


def _somewhere(rng: np.random.Generator, problem: Problem) -> Place:
    one, other = (problem.places[int(rng.integers(len(problem.places)))] for _ in range(2))
    assert one is not None
    assert other is not None
    share = float(rng.random())
    return Place(one.lon + share * (other.lon - one.lon), one.lat + share * (other.lat - one.lat))


def broken_promises(problem: Problem, plan: Plan, event: Event, after: Problem, new: Plan) -> Iterator[str]:
    """Yield in words what of a plan was driven or loaded when an event came, and is not so in the plan after it."""
    now = max(event.at, problem.now or 0)
    known = {s.shift_id: s for s in after.shifts}
    routes = {r.shift_id: r for r in new.routes}
    for route in plan.routes:
        begun = _begun(problem, route, now)
        found = routes.get(route.shift_id)
        if isinstance(event, FellOut) and event.shift_id == route.shift_id:
            begun = [v for v in begun if v.starts_at <= now]
        elif found is None and begun:
            yield f"{route.shift_id} has no route any more."
            continue
        visits = found.visits if found else ()
        if [d.halt for d in known[route.shift_id].driven if isinstance(d.halt, str)] != [
            v.stop_id for v in visits[: len(known[route.shift_id].driven)] if v.kind in SERVED
        ]:
            yield f"{route.shift_id}: problem and plan tell two pasts."
        yield from _changed(event, route, begun, visits[: len(begun)])
        if found is not None and begun and found.leaves_at != route.leaves_at:
            yield f"{route.shift_id} left at {route.leaves_at} s, and now at {found.leaves_at} s."
        yield from _unloaded(problem, event, route, begun, new)


def _begun(problem: Problem, route: Route, now: int) -> list[Visit]:
    """Return the visits for which the van set off by `now`."""
    known = {s.shift_id: len(s.driven) for s in problem.shifts}[route.shift_id]
    left = [route.leaves_at, *(v.leaves_at for v in route.visits)]
    return [v for k, v in enumerate(route.visits) if k < known or (left[k] <= now and route.leaves_at <= now)]


def _changed(event: Event, route: Route, begun: list[Visit], visits: tuple[Visit, ...]) -> Iterator[str]:
    late = isinstance(event, Delayed) and event.shift_id == route.shift_id
    if len(visits) < len(begun):
        yield f"{route.shift_id}: {len(begun)} visits were driven, {len(visits)} are left."
    for k, (was, now) in enumerate(zip(begun, visits, strict=False)):
        last = late and k == len(begun) - 1
        if (was.kind in SERVED, was.stop_id) != (now.kind in SERVED, now.stop_id):
            yield f"{route.shift_id}, visit {k + 1}: was {was.stop_id!r}, is {now.stop_id!r}."
        elif _times(was) != _times(now) and not (last and now.leaves_at >= was.leaves_at):
            yield f"{route.shift_id}, visit {k + 1}: was at {_times(was)}, is at {_times(now)}."


def _times(visit: Visit) -> tuple[int, int, int]:
    return visit.arrives_at, visit.starts_at, visit.leaves_at


def _unloaded(problem: Problem, event: Event, route: Route, begun: list[Visit], new: Plan) -> Iterator[str]:
    """Say where something that a van has on board is brought by another, or something else by it on this trip."""
    if not begun:
        return
    aboard = _aboard(problem, route, begun)
    fell = isinstance(event, FellOut) and event.shift_id == route.shift_id
    for other in new.routes:
        ids = [v.stop_id for v in other.visits]
        mine = other.shift_id == route.shift_id
        for stop_id in aboard & set(ids):
            fetch = f"fetch {stop_id} from {route.shift_id}"
            fetched = fetch in ids and ids.index(fetch) < ids.index(stop_id)
            if fetched != fell or (mine and fell) or not (mine or fell):
                yield f"{stop_id} was on board of {route.shift_id}, and {other.shift_id} brings it."
        fetching = any(v.kind == "reload" and v.starts_at >= event.at for v in begun)
        if mine and not fell and not fetching:
            yield from _never_loaded(problem, route, other, len(begun))


def _aboard(problem: Problem, route: Route, begun: list[Visit]) -> set[str]:
    """Return the stops whose goods a van has, fetched at its depot or at a door."""
    paired = {x for p in problem.pairs for x in (p.pickup, p.delivery)}
    amounts = {s.stop_id: s.amounts for s in problem.stops}
    trip = takewhile(lambda visit: visit.kind != "reload", route.visits[len(begun) :])
    loaded = {v.stop_id for v in trip if v.kind == "stop" and v.stop_id not in paired and any(amounts[v.stop_id])}
    done = {v.stop_id for v in begun}
    return loaded | {p.delivery for p in problem.pairs if p.pickup in done and p.delivery not in done}


def _never_loaded(problem: Problem, route: Route, new: Route, begun: int) -> Iterator[str]:
    """Say where a van brings on the trip it is on what it has not on board, as far as somebody can tell."""
    paired = {x for p in problem.pairs for x in (p.pickup, p.delivery)}
    named = {s.stop_id for s in problem.stops if s.only}
    known = (
        {v.stop_id for v in route.visits} | paired | named | {s.stop_id for s in problem.stops if not any(s.amounts)}
    )
    fetched = {v.stop_id for v in new.visits if v.stop_id.startswith("fetch ")}
    for visit in takewhile(lambda visit: visit.kind != "reload", new.visits[begun:]):
        rescued = any(fetch.startswith(f"fetch {visit.stop_id} from") for fetch in fetched)
        if visit.kind == "stop" and visit.stop_id not in known and not rescued:
            yield f"{new.shift_id} brings {visit.stop_id}, which it never loaded."
