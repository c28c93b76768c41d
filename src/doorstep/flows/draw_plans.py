"""Draw two plans of one day on the same streets, every door with its price in both."""

from collections.abc import Iterator, Mapping, Sequence

from doorstep.domain.comparison import Drawing, DrawnPlan, DrawnRoute, DrawnStop, PlannedVisit
from doorstep.domain.drawing import Box, Line, Plane, ground
from doorstep.domain.places import Place
from doorstep.domain.plan import Plan, Route
from doorstep.domain.streets import StreetMap
from doorstep.domain.units import Metres
from doorstep.domain.valuation import FREE
from doorstep.flows.plan_day import Question
from doorstep.flows.ports import Roads

COLOURS = 24


def draw_plans(asked: Question, efficiency: Plan, profit: Plan, streets: StreetMap, roads: Roads) -> Drawing:
    """Return both plans as lines along streets; doors are priced by the profit valuation in both."""
    depot = asked.nouns.depot.place
    box = Box.around([depot, *(place for place in asked.problems["profit"].places if place)])
    plane = Plane.over(box)
    visits = {plan.objective: _visits(asked, plan) for plan in (efficiency, profit)}
    return Drawing(
        ground=ground(streets, box, plane),
        depot=plane.point(depot),
        efficiency=_plan(efficiency, depot, plane, roads),
        profit=_plan(profit, depot, plane, roads),
        stops=tuple(_stops(asked, efficiency, profit, visits, plane)),
    )


def _stops(
    asked: Question, efficiency: Plan, profit: Plan, visits: Mapping[str, Mapping[str, PlannedVisit]], plane: Plane
) -> Iterator[DrawnStop]:
    before, after = _neighbours(efficiency), _neighbours(profit)
    first, second = visits[efficiency.objective], visits[profit.objective]
    for order in asked.nouns.orders:
        who = asked.nouns.recipients[order.recipient_id]
        yield DrawnStop(
            order_id=order.order_id,
            at=plane.point(who.place),
            kind=who.kind,
            postcode=who.postcode,
            moved=before.get(order.order_id) != after.get(order.order_id),
            efficiency=first.get(order.order_id),
            profit=second.get(order.order_id),
        )


def _visits(asked: Question, plan: Plan) -> dict[str, PlannedVisit]:
    curves = asked.problems["profit"].valuation.curves
    return {
        order: PlannedVisit(number, place, visit.starts_at, curves.get(visit.stop_id, FREE).prices(visit.starts_at))
        for number, route in enumerate(plan.routes, 1)
        for place, visit in enumerate(route.visits, 1)
        for order in visit.order_ids
    }


def _neighbours(plan: Plan) -> dict[str, tuple[str, str, str]]:
    """Return for each order its shift and the stops before and after it."""
    found: dict[str, tuple[str, str, str]] = {}
    for route in plan.routes:
        ids = ["", *(visit.stop_id for visit in route.visits), ""]
        for i, visit in enumerate(route.visits, 1):
            found |= dict.fromkeys(visit.order_ids, (route.shift_id, ids[i - 1], ids[i + 1]))
    return found


def _plan(plan: Plan, depot: Place, plane: Plane, roads: Roads) -> DrawnPlan:
    return DrawnPlan(
        objective=plan.objective,
        metres=Metres(sum(route.metres for route in plan.routes)),
        routes=tuple(
            DrawnRoute(
                number=number,
                colour=(number - 1) % COLOURS,
                vehicle_id=route.vehicle_id,
                leaves_at=route.leaves_at,
                returns_at=route.returns_at,
                metres=route.metres,
                legs=_legs(route, depot, plane, roads),
            )
            for number, route in enumerate(plan.routes, 1)
        ),
        unserved=len(plan.unserved),
    )


def _legs(route: Route, depot: Place, plane: Plane, roads: Roads) -> tuple[Line, ...]:
    """Return the shape of each leg under the traffic at which the van leaves for it."""
    stops = [depot, *(visit.place or depot for visit in route.visits), depot]
    leaves = [route.leaves_at, *(visit.leaves_at for visit in route.visits)]
    lines: list[Line] = []
    for slot, start, end in _runs([_slot(roads, at) for at in leaves]):
        lines += [plane.line(path.shape) for path in roads.route(stops[start : end + 1], slot)]
    return tuple(lines)


def _slot(roads: Roads, at: int) -> int:
    return sum(edge <= at for edge in roads.edges) - 1


def _runs(slots: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Yield (slot, first leg, leg behind the last) of stretches driven in one slot."""
    start = 0
    for i in range(1, len(slots) + 1):
        if i == len(slots) or slots[i] != slots[start]:
            yield slots[start], start, i
            start = i
