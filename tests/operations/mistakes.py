"""Wrong plans: each mistake takes a plan and a whole number that picks the place.

It returns a plan that must be refused, or None where the plan has no such place. What a plan breaks when its problem
asks for more is in `beneath.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

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


def _with_kind(plan: Plan, pick: int, kind: str, change: Callable[[Visit], Visit | None]) -> Plan | None:
    """Change one visit of a kind, or drop it where the change is none."""
    spots = [(r, k) for r, route in enumerate(plan.routes) for k, v in enumerate(route.visits) if v.kind == kind]
    if not spots:
        return None
    r, k = spots[pick % len(spots)]
    route = plan.routes[r]
    changed = change(route.visits[k])
    visits = (*route.visits[:k], *(() if changed is None else (changed,)), *route.visits[k + 1 :])
    return replace(plan, routes=(*plan.routes[:r], replace(route, visits=visits), *plan.routes[r + 1 :]))


def _shorter(visit: Visit) -> Visit:
    return replace(visit, leaves_at=Seconds(visit.leaves_at - 60))


def _later_than_next(plan: Plan, pick: int, kind: str) -> Plan | None:
    """Move a visit of a kind behind the one after it, times and all."""

    def move(route: Route) -> Route | None:
        spots = [k for k, v in enumerate(route.visits[:-1]) if v.kind == kind and v.leaves_at > v.arrives_at]
        if not spots:
            return None
        k = spots[pick % len(spots)]
        pair = (route.visits[k + 1], route.visits[k])
        return replace(route, visits=(*route.visits[:k], *pair, *route.visits[k + 2 :]))

    return _with_route(plan, pick, move)


def _without_reload(plan: Plan, pick: int) -> Plan | None:
    """Drop a reload that took time."""

    def drop(route: Route) -> Route | None:
        left = [route.leaves_at, *(v.leaves_at for v in route.visits)]
        spots = [k for k, v in enumerate(route.visits) if v.kind == "reload" and v.leaves_at > left[k]]
        if not spots:
            return None
        k = spots[pick % len(spots)]
        return replace(route, visits=(*route.visits[:k], *route.visits[k + 1 :]))

    return _with_route(plan, pick, drop)


def _to_another_route(plan: Plan, pick: int) -> Plan | None:
    if len(plan.routes) < 2 or not plan.routes[0].visits:
        return None
    one, other = plan.routes[:2]
    other = replace(other, visits=(*other.visits, one.visits[pick % len(one.visits)]))
    return replace(plan, routes=(one, other, *plan.routes[2:]))


def _wrongly(item: Any, **fields: object) -> Any:
    """Return an item with values that its type forbids, as a careless reader might make one."""
    return replace(item, **fields)


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
    "a paid second more": lambda p, k: _with_route(p, k, lambda r: replace(r, seconds=_later(r.seconds))),
    "a leaving a minute early": lambda p, k: _with_route(
        p, k, lambda r: replace(r, leaves_at=Seconds(r.leaves_at - 60))
    ),
    "a cent of tariff at the door": lambda p, k: _with_visit(
        p, k, lambda v: replace(v, cents=_dearer(v.cents, "tariff"))
    ),
    "a cent of territory": lambda p, k: _with_visit(p, k, lambda v: replace(v, cents=_dearer(v.cents, "territory"))),
    "a cent of fairness": lambda p, k: _with_route(p, k, lambda r: replace(r, cents=_dearer(r.cents, "fairness"))),
    "a cent of energy": lambda p, k: _with_route(p, k, lambda r: replace(r, cents=_dearer(r.cents, "energy"))),
    "a stop called a break": lambda p, k: _with_kind(p, k, "stop", lambda v: replace(v, kind="break")),
    "a stop called a pick-up": lambda p, k: _with_kind(p, k, "stop", lambda v: replace(v, kind="pickup")),
    "a pick-up called a stop": lambda p, k: _with_kind(p, k, "pickup", lambda v: replace(v, kind="stop")),
    "a kind nobody knows": lambda p, k: _with_visit(p, k, lambda v: replace(v, kind="picnic")),
    "a break cut short": lambda p, k: _with_kind(p, k, "break", _shorter),
    "a break left out": lambda p, k: _with_kind(p, k, "break", lambda _: None),
    "a break later": lambda p, k: _later_than_next(p, k, "break"),
    "a break that ends before it begins": lambda p, k: _with_kind(
        p, k, "break", lambda v: replace(v, leaves_at=Seconds(v.starts_at - 1))
    ),
    "a break with a name": lambda p, k: _with_kind(p, k, "break", lambda v: replace(v, stop_id="lunch")),
    "a break that delivers": lambda p, k: _with_kind(p, k, "break", lambda v: replace(v, order_ids=("none",))),
    "a charge cut short": lambda p, k: _with_kind(p, k, "charge", _shorter),
    "a charge nowhere": lambda p, k: _with_kind(p, k, "charge", lambda v: replace(v, stop_id="nowhere")),
    "a charge for nothing": lambda p, k: _with_kind(
        p, k, "charge", lambda v: replace(v, cents=_dearer(v.cents, "energy"))
    ),
    "a charge later": lambda p, k: _later_than_next(p, k, "charge"),
    "a missing reload": _without_reload,
    "a reload nowhere": lambda p, k: _with_kind(p, k, "reload", lambda v: replace(v, stop_id="-1")),
    "a reload in a row of many digits": lambda p, k: _with_kind(
        p, k, "reload", lambda v: replace(v, stop_id="9" * 9_000)
    ),
    "a reload that loads nothing": lambda p, k: _with_kind(p, k, "reload", lambda v: replace(v, load_after=())),
    "a reload later": lambda p, k: _later_than_next(p, k, "reload"),
    "a visit on two routes": _to_another_route,
    "a seed that is no number": lambda p, k: _wrongly(p, seed=float("nan")),
    "routes that are none": lambda p, k: _wrongly(p, routes=(*p.routes, None)),
    "routes that are a number": lambda p, k: _wrongly(p, routes=10**40),
    "a row that is text": lambda p, k: _wrongly(p, unserved=("none",)),
    "cents that are a list": lambda p, k: _wrongly(p, cents=[1]),
    "visits that are none": lambda p, k: _with_route(p, k, lambda r: _wrongly(r, visits=None)),
    "a visit that is a route": lambda p, k: _with_route(p, k, lambda r: _wrongly(r, visits=(r,))),
    "an arrival that is no number": lambda p, k: _with_visit(p, k, lambda v: _wrongly(v, arrives_at=float("nan"))),
    "a leaving beyond all days": lambda p, k: _with_visit(p, k, lambda v: _wrongly(v, leaves_at=10**10_000)),
    "a load beyond all vans": lambda p, k: _with_visit(p, k, lambda v: _wrongly(v, load_after=(-(10**99),))),
    "a load that is a word": lambda p, k: _with_visit(p, k, lambda v: _wrongly(v, load_after="much")),
    "orders that hold lists": lambda p, k: _with_visit(p, k, lambda v: _wrongly(v, order_ids=([],))),
    "a kind that is a list": lambda p, k: _with_visit(p, k, lambda v: _wrongly(v, kind=[])),
    "a place that is a word": lambda p, k: _with_visit(p, k, lambda v: _wrongly(v, place="here")),
    "cents of a number": lambda p, k: _with_visit(p, k, lambda v: _wrongly(v, cents={1: 2})),
}
