"""Google's Route Optimization request (OptimizeToursRequest, or its ShipmentModel alone) as a problem, and its answer.

By the REST reference of API v1. What doorstep can't plan is refused by name; traffic is not known here, and breaks lie
on the route, not before or after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from doorstep.adapters.instances.asked import Asked
from doorstep.adapters.instances.coordinates import Ways, straight_ways
from doorstep.adapters.instances.route_optimization_answer import Words
from doorstep.adapters.instances.route_optimization_parts import (
    MODEL,
    NOT_YET,
    REQUEST,
    REQUEST_PASSED,
    Call,
    Clock,
    Rest,
    Shipment,
    Vehicle,
    Window,
    absent,
    camel,
    flag,
    instant_of,
    shipments_of,
    vehicles_of,
)
from doorstep.adapters.instances.route_optimization_prices import unit_of, valuation_of
from doorstep.adapters.instances.route_optimization_travel import LaidOut, ground, laid_out
from doorstep.adapters.strict_json import LARGEST, Spot
from doorstep.domain.duty import BreakRule
from doorstep.domain.problem import Halt, Pair, PlannedShift, Problem, Stop
from doorstep.domain.units import Metres, Seconds
from doorstep.domain.windows import TimeWindow

DEPOT = "route-optimization"
DAY = 86_400
YEAR = 31_536_000
"""Seconds after which a model ends that doesn't say when, as the reference has it."""
REFUSED = ("injectedSolutionConstraint", "refreshDetailsRoutes", "interpretInjectedSolutionsUsingLabels")
MODEL_REFUSED = (
    "globalDurationCostPerHour", "transitionAttributes", "shipmentTypeIncompatibilities", "shipmentTypeRequirements",
    "precedenceRules", "breakRules", "objectives",
)  # fmt: skip
OWN_KEYS = ("globalStartTime", "globalEndTime", "durationDistanceMatrices", "durationDistanceMatrixSrcTags")


def is_route_optimization(root: Spot) -> bool:
    """Return whether a document is a Route Optimization request, or its model alone."""
    if not isinstance(root.value, dict):
        return False
    keys = camel(dict.fromkeys(root.value))
    if isinstance(root.value.get("model"), dict):
        return True
    shipments = root.value.get("shipments")
    first = shipments[0] if isinstance(shipments, list) and shipments else None
    return bool(keys.keys() & set(OWN_KEYS)) or (
        isinstance(first, dict) and bool({"pickups", "deliveries"} & set(first))
    )


def read_route_optimization(root: Spot, name: str, ways: Ways = straight_ways) -> Asked:
    """Return what a request asks; raises YourInput for what is wrong, or can't be planned.

    `ways` gives the legs between coordinates of a model without matrices.
    """
    whole = Spot(camel(root.value), root.where)
    request = whole if whole.get("model") is not None else Spot({"model": whole.value}, whole.where)
    model = request.at("model") if request is whole else whole
    _refuse(request, model)
    horizon, clock = _horizon(model)
    out = [(vehicle, _hours(vehicle, horizon)) for vehicle in vehicles_of(model, clock)]
    hours = [each for _, each in out]
    vehicles = tuple(replace(vehicle, rests=_within(vehicle.rests, each)) for vehicle, each in out)
    shipments = shipments_of(model, clock, len(model.at("vehicles").value))
    net = ground(request, model, shipments, vehicles, ways)
    rows = laid_out(shipments, vehicles, net)
    unit = unit_of(shipments, vehicles)
    goods = [one for s in shipments for one in (s.demands, *(call.demands for call in s.calls))]
    loads = tuple(sorted({load for one in goods for load in one}))
    valuation = valuation_of(shipments, vehicles, rows, unit, horizon)
    problem = Problem(
        company=name,
        depot_id=DEPOT,
        day=datetime.fromtimestamp(clock.midnight, UTC).date().isoformat(),
        timezone="UTC",
        currency="XXX",
        dimensions=loads,
        places=tuple(net.places[row.reached] if row.reached >= 0 else None for row in rows.rows.rows),
        stops=tuple(_stop(s, call, rows, loads, horizon) for s in shipments for call in s.calls),
        shifts=tuple(_shift(v, k, rows, loads, hours[k]) for k, v in enumerate(vehicles)),
        times=rows.times(net.legs),
        valuation=replace(valuation, valued_by=(*valuation.valued_by, net.said)) if net.said else valuation,
        pairs=tuple(Pair(s.stop_id(s.calls[0]), s.stop_id(s.calls[1])) for s in shipments if len(s.calls) > 1),
    )
    words = Words(request, model, shipments, vehicles, net, rows, clock, loads)
    return Asked(
        problem, _start(request, shipments, vehicles), words.document, "Route Optimization", net.said, net.attribution
    )


def _refuse(request: Spot, model: Spot) -> None:
    """Refuse what is asked for and can't be planned."""
    request.only((*REQUEST, *REQUEST_PASSED, *REFUSED), NOT_YET)
    model.only((*MODEL, *MODEL_REFUSED), NOT_YET)
    absent(request, *REFUSED)
    absent(model, *MODEL_REFUSED)
    mode = request.get("solvingMode")
    if mode is not None and mode.value not in (0, "DEFAULT_SOLVE"):
        raise mode.refused("DEFAULT_SOLVE", NOT_YET)
    most = model.get("maxActiveVehicles")
    if most is not None and most.whole() < len(list(model.at("vehicles").items())):
        raise most.refused("as many active vehicles as there are", NOT_YET)


def _horizon(model: Spot) -> tuple[tuple[int, int], Clock]:
    """Return when the model begins and ends, in seconds of its first day, and the clock of that day."""
    begins, ends = model.get("globalStartTime"), model.get("globalEndTime")
    start, whole = (0, True) if begins is None else instant_of(begins)
    clock = Clock(start // DAY * DAY)
    first = start - clock.midnight + (0 if whole else 1)
    last = (
        first + YEAR
        if ends is None and begins is not None
        else YEAR
        if ends is None
        else instant_of(ends)[0] - clock.midnight
    )
    if last < first:
        raise model.at("globalEndTime").refused("an end after globalStartTime")
    if last > LARGEST:
        raise model.wrong("expected a model that ends within thirty years after globalStartTime; give both.")
    return (first, min(last, 2 * YEAR)), clock


# Stops


def _stop(shipment: Shipment, call: Call, rows: LaidOut, loads: Sequence[str], horizon: tuple[int, int]) -> Stop:
    name = shipment.stop_id(call)
    goods = tuple(shipment.demands.get(load, 0) + call.demands.get(load, 0) for load in loads)
    if len(shipment.calls) > 1 and any(call.demands.values()):
        raise call.spot.at("loadDemands").refused("loadDemands at the shipment of a pickup and a delivery", NOT_YET)
    none = (0,) * len(loads)
    return Stop(
        stop_id=name,
        order_ids=(name,),
        location=rows.at[name],
        windows=tuple(_hard(window, horizon) for window in call.windows),
        service=Seconds(rows.service[name]),
        amounts=none if call.is_pickup else goods,
        picks=goods if call.is_pickup and len(shipment.calls) == 1 and any(goods) else (),
        only=frozenset(f"vehicle-{k}" for k in shipment.vehicles or ()),
    )


def _hard(window: Window, horizon: tuple[int, int]) -> TimeWindow:
    opens = horizon[0] if window.opens is None else window.opens
    closes = horizon[1] if window.closes is None else window.closes
    return TimeWindow(Seconds(opens), Seconds(max(opens, closes)))


# Shifts


@dataclass(frozen=True, slots=True)
class _Hours:
    """When a vehicle may be out, and whether it leaves when it likes."""

    starts: int
    ends: int
    free: bool


def _hours(vehicle: Vehicle, horizon: tuple[int, int]) -> _Hours:
    """Return a vehicle's hours; a bound that a shift can't have is refused."""
    first, last = horizon
    starts, ends = vehicle.starts, vehicle.ends
    begins = first if starts is None or starts.opens is None else max(first, starts.opens)
    back = last if ends is None or ends.closes is None else min(last, ends.closes)
    latest = None if starts is None else starts.closes
    if back < begins:
        raise vehicle.spot.wrong(
            f"expected hours that end after they begin, got {begins} to {back} s of the first day."
        )
    if latest is not None and begins < latest < back:
        raise vehicle.spot.at("startTimeWindows").refused(
            "a start window of one instant, or one that ends with the vehicle's hours", NOT_YET
        )
    if ends is not None and ends.opens is not None and ends.opens > begins:
        raise vehicle.spot.at("endTimeWindows").refused("no earliest end after the start", NOT_YET)
    hours = _Hours(begins, back, free=latest != begins)
    _refuse_soft(vehicle, hours)
    return hours


def _refuse_soft(vehicle: Vehicle, hours: _Hours) -> None:
    """Refuse prices of starting and ending that a shift can't have."""
    starts, ends, spot = vehicle.starts, vehicle.ends, vehicle.spot
    if starts is not None and ((starts.early and starts.soft_opens) or (starts.late and starts.soft_closes)):
        raise spot.at("startTimeWindows").refused("no soft bounds with a price", NOT_YET)
    if ends is not None and ends.early and ends.soft_opens:
        raise spot.at("endTimeWindows").refused("no price for ending early", NOT_YET)
    late = ends is not None and bool(ends.late) and ends.soft_closes is not None
    if late and (hours.free or vehicle.lasts.beyond or vehicle.rests or vehicle.rhythm):
        raise spot.at("endTimeWindows").refused(
            "a price for ending late only where the vehicle starts at one instant and has neither breaks nor a soft "
            "routeDurationLimit",
            NOT_YET,
        )
    if vehicle.lasts.beyond and vehicle.rhythm:
        raise spot.at("routeDurationLimit").refused("a softMaxDuration only without frequencyConstraints", NOT_YET)


def _shift(vehicle: Vehicle, k: int, rows: LaidOut, loads: Sequence[str], hours: _Hours) -> PlannedShift:
    label = vehicle.spot.get("label") or vehicle.spot.get("displayName")
    return PlannedShift(
        shift_id=vehicle.shift_id,
        vehicle_id=vehicle.shift_id if label is None or not label.value else label.text(),
        driver_id=None,
        starts=Seconds(hours.starts),
        ends=Seconds(hours.ends),
        start=rows.ends[k][0],
        end=rows.ends[k][1],
        capacities=tuple(vehicle.limits.get(load, LARGEST) for load in loads),
        profile=rows.kinds[rows.kind_of[k]].name,
        free_departure=hours.free,
        max_seconds=None if vehicle.lasts.most is None else Seconds(vehicle.lasts.most),
        max_metres=None if vehicle.metres is None else Metres(vehicle.metres),
        max_driving=None if vehicle.travels is None else Seconds(vehicle.travels),
        lifo=vehicle.lifo,
        breaks=(*_rests(vehicle), *_rhythm(vehicle)),
    )


def _within(rests: Sequence[Rest], hours: _Hours) -> tuple[Rest, ...]:
    """Return the breaks that a vehicle's hours touch; others lie before or after its route."""
    return tuple(rest for rest in rests if rest.closes >= hours.starts and rest.opens <= hours.ends)


def _rests(vehicle: Vehicle) -> list[BreakRule]:
    return [
        BreakRule(
            name=f"break request {k}",
            counted="elapsed",
            after=Seconds(YEAR),
            length=Seconds(rest.lasts),
            windows=(TimeWindow(Seconds(rest.opens), Seconds(rest.closes)),),
        )
        for k, rest in enumerate(vehicle.rests)
    ]


def _rhythm(vehicle: Vehicle) -> list[BreakRule]:
    return [
        BreakRule(name=f"frequency constraint {k}", counted="elapsed", after=Seconds(after), length=Seconds(length))
        for k, (length, after) in enumerate(vehicle.rhythm)
    ]


# The routes a request brings along


def _start(request: Spot, shipments: Sequence[Shipment], vehicles: Sequence[Vehicle]) -> Mapping[str, tuple[Halt, ...]]:
    known = {(s.number, call.is_pickup): s.stop_id(call) for s in shipments for call in s.calls}
    numbers = {vehicle.number: vehicle.shift_id for vehicle in vehicles}
    routes = request.get("injectedFirstSolutionRoutes")
    start: dict[str, tuple[Halt, ...]] = {}
    seen: set[str] = set()
    for route in () if routes is None else routes.items():
        number = route.get("vehicleIndex") or Spot(0, f"{route.where}.vehicleIndex")
        if number.whole() not in numbers or numbers[number.whole()] in start:
            raise number.refused("the index of a vehicle that is not ignored, each once")
        halts = [_halt(visit, known) for visit in (route.get("visits") or Spot([], route.where)).items()]
        twice = [halt for k, halt in enumerate(halts) if halt in seen or halt in halts[:k]]
        if twice:
            raise route.wrong(f"expected every call in one visit, got {twice[0]} again.")
        seen.update(halts)
        start[numbers[number.whole()]] = tuple(halts)
    return start


def _halt(visit: Spot, known: Mapping[tuple[int, bool], str]) -> str:
    index = visit.get("shipmentIndex") or Spot(0, f"{visit.where}.shipmentIndex")
    found = known.get((index.whole(), flag(visit, "isPickup")))
    if found is None:
        raise visit.refused("a pickup or delivery of a shipment that is not ignored")
    return found
