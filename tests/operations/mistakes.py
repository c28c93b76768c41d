"""Wrong plans: each mistake takes a plan and a whole number that picks the place.

It returns a plan that must be refused, or None where the plan has no such place.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from doorstep.domain.plan import Plan, Route, Unserved, Visit
from doorstep.domain.units import Cents, Seconds

Mistake = Callable[[Plan, int], Plan | None]


def _with_route(plan: Plan, pick: int, change: Callable[[Route], Route | None]) -> Plan | None:
    driven = [k for k, route in enumerate(plan.routes) if route.visits]
    if not driven:
        return None
    k = driven[pick % len(driven)]
    changed = change(plan.routes[k])
    if changed is None:
        return None
    return replace(plan, routes=(*plan.routes[:k], changed, *plan.routes[k + 1 :]))


def _with_visit(plan: Plan, pick: int, change: Callable[[Visit], Visit]) -> Plan | None:
    def swap(route: Route) -> Route:
        k = pick % len(route.visits)
        return replace(route, visits=(*route.visits[:k], change(route.visits[k]), *route.visits[k + 1 :]))

    return _with_route(plan, pick, swap)


def _later(seconds: Seconds) -> Seconds:
    return Seconds(seconds + 1)


def _dearer(cents: Mapping[str, Cents], part: str) -> dict[str, Cents]:
    return {**cents, part: Cents(cents.get(part, 0) + 1)}


def _drop_row(plan: Plan, pick: int) -> Plan | None:
    if not plan.unserved:
        return None
    k = pick % len(plan.unserved)
    return replace(plan, unserved=(*plan.unserved[:k], *plan.unserved[k + 1 :]))


def _dearer_row(plan: Plan, pick: int) -> Plan | None:
    if not plan.unserved:
        return None
    k = pick % len(plan.unserved)
    row = replace(plan.unserved[k], cents=Cents(plan.unserved[k].cents + 1))
    return replace(plan, unserved=(*plan.unserved[:k], row, *plan.unserved[k + 1 :]))


def _unserve_a_served(plan: Plan, pick: int) -> Plan | None:
    orders = [(order, v.stop_id) for r in plan.routes for v in r.visits for order in v.order_ids]
    if not orders:
        return None
    order, stop = orders[pick % len(orders)]
    return replace(plan, unserved=(*plan.unserved, Unserved(order, stop, "by mistake", Cents(0))))


def _swap_visits(plan: Plan, pick: int) -> Plan | None:
    def swap(route: Route) -> Route | None:
        if len(route.visits) < 2:
            return None
        k = pick % (len(route.visits) - 1)
        pair = (route.visits[k + 1], route.visits[k])
        return replace(route, visits=(*route.visits[:k], *pair, *route.visits[k + 2 :]))

    return _with_route(plan, pick, swap)


MISTAKES: dict[str, Mistake] = {
    "an arrival a second later": lambda p, k: _with_visit(p, k, lambda v: replace(v, arrives_at=_later(v.arrives_at))),
    "a start a second later": lambda p, k: _with_visit(p, k, lambda v: replace(v, starts_at=_later(v.starts_at))),
    "a leaving a second later": lambda p, k: _with_visit(p, k, lambda v: replace(v, leaves_at=_later(v.leaves_at))),
    "a return a second later": lambda p, k: _with_route(
        p, k, lambda r: replace(r, returns_at=_later(r.returns_at), seconds=_later(r.seconds))
    ),
    "a metre more": lambda p, k: _with_route(p, k, lambda r: replace(r, metres=type(r.metres)(r.metres + 1))),
    "a leaving before the shift": lambda p, k: _with_route(p, k, lambda r: replace(r, leaves_at=Seconds(-1))),
    "a dropped visit": lambda p, k: _with_route(p, k, lambda r: replace(r, visits=r.visits[1:])),
    "a doubled visit": lambda p, k: _with_route(p, k, lambda r: replace(r, visits=(*r.visits, r.visits[0]))),
    "a route for nobody's shift": lambda p, k: _with_route(p, k, lambda r: replace(r, shift_id="nobody's")),
    "another vehicle": lambda p, k: _with_route(p, k, lambda r: replace(r, vehicle_id="another")),
    "another driver": lambda p, k: _with_route(p, k, lambda r: replace(r, driver_id="another")),
    "a route driven twice": lambda p, k: replace(p, routes=(*p.routes, p.routes[0])) if p.routes else None,
    "an unknown stop": lambda p, k: _with_visit(p, k, lambda v: replace(v, stop_id="nowhere")),
    "an unknown order": lambda p, k: _with_visit(p, k, lambda v: replace(v, order_ids=("none",))),
    "an order forgotten at the door": lambda p, k: _with_visit(p, k, lambda v: replace(v, order_ids=v.order_ids[1:])),
    "a load that grows": lambda p, k: _with_visit(p, k, lambda v: replace(v, load_after=(*v.load_after, 1))),
    "a place elsewhere": lambda p, k: _with_visit(p, k, lambda v: replace(v, place=None)),
    "a chance above one": lambda p, k: _with_visit(p, k, lambda v: replace(v, success=1.5)),
    "a chance that is no number": lambda p, k: _with_visit(p, k, lambda v: replace(v, success=float("nan"))),
    "quantiles upside down": lambda p, k: _with_visit(p, k, lambda v: replace(v, p05=Seconds(2), p95=Seconds(1))),
    "a cent at the door": lambda p, k: _with_visit(p, k, lambda v: replace(v, cents=_dearer(v.cents, "failure"))),
    "a cent on the route": lambda p, k: _with_route(p, k, lambda r: replace(r, cents=_dearer(r.cents, "time"))),
    "a part nobody knows": lambda p, k: _with_route(p, k, lambda r: replace(r, cents=_dearer(r.cents, "bribes"))),
    "a cent in a part": lambda p, k: replace(p, cents=_dearer(p.cents, "distance")),
    "a cent in the total": lambda p, k: replace(p, cents=_dearer(p.cents, "total")),
    "no total": lambda p, k: replace(p, cents={part: c for part, c in p.cents.items() if part != "total"}),
    "another day": lambda p, k: replace(p, day="1999-12-31"),
    "another objective": lambda p, k: replace(p, objective="fame"),
    "another valuation": lambda p, k: replace(p, valued_by=("guess",)),
    "an unserved order unmentioned": _drop_row,
    "a cent more for leaving out": _dearer_row,
    "served and unserved": _unserve_a_served,
    "two visits the other way round": _swap_visits,
}
