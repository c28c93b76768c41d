"""`plan.json`: the answer as a file, by the names of the data contract.

Reading checks types, not truth: whether a plan holds is for `doorstep check` to say. Keys nobody knows are passed
over, so that a newer writer's plan can still be read.
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from doorstep.adapters.strict_json import Spot, keep, parsed, text_of, written
from doorstep.domain.places import Place
from doorstep.domain.plan import Plan, Relaxation, Route, Unserved, Visit
from doorstep.domain.units import Cents, Metres, Seconds

SCHEMA_VERSION = 1
FAR = 10**15


def write_plan(plan: Plan, path: Path) -> None:
    """Write a plan, whole or not at all."""
    keep(path, plan_text(plan).encode())


def plan_text(plan: Plan) -> str:
    """Return a plan as the text of its file."""
    return written(plan_document(plan))


def plan_document(plan: Plan) -> dict[str, Any]:
    """Return a plan as JSON values; `cents` in whole minor units, times in seconds since local midnight."""
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "plan_id": plan.plan_id,
        "company": plan.company,
        "depot_id": plan.depot_id,
        "day": plan.day,
        "timezone": plan.timezone,
        "currency": plan.currency,
        "objective": plan.objective,
        "seed": plan.seed,
        "problem_sha256": plan.problem_sha256,
        "valued_by": list(plan.valued_by),
        "cents": dict(plan.cents),
        "routes": [_route_row(route) for route in plan.routes],
        "unserved": [_unserved_row(row) for row in plan.unserved],
    }
    return document if plan.unlawful is None else {**document, "unlawful": list(plan.unlawful)}


def _route_row(route: Route) -> dict[str, Any]:
    return {
        "shift_id": route.shift_id,
        "vehicle_id": route.vehicle_id,
        "driver_id": route.driver_id,
        "leaves_at": route.leaves_at,
        "returns_at": route.returns_at,
        "metres": route.metres,
        "seconds": route.seconds,
        "cents": dict(route.cents),
        "visits": [_visit_row(visit) for visit in route.visits],
    }


def _visit_row(visit: Visit) -> dict[str, Any]:
    return {
        "kind": visit.kind,
        "stop_id": visit.stop_id,
        "order_ids": list(visit.order_ids),
        "lon": visit.place and visit.place.lon,
        "lat": visit.place and visit.place.lat,
        "arrives_at": visit.arrives_at,
        "starts_at": visit.starts_at,
        "leaves_at": visit.leaves_at,
        "p05": visit.p05,
        "p50": visit.p50,
        "p95": visit.p95,
        "success": visit.success,
        "load_after": list(visit.load_after),
        "status": visit.status,
        "cents": dict(visit.cents),
    }


def _unserved_row(row: Unserved) -> dict[str, Any]:
    return {
        "order_id": row.order_id,
        "stop_id": row.stop_id,
        "reason": row.reason,
        "cents": row.cents,
        "would_be_served_if": [asdict(change) for change in row.would_be_served_if],
    }


def read_plan(path: Path) -> Plan:
    """Return the plan of a file; raises YourInput with the spot, what was expected and what came."""
    return plan_of(parsed(text_of(path), path.name))


def plan_of(root: Spot) -> Plan:
    """Return the plan of a parsed document."""
    root.at("schema_version").version(SCHEMA_VERSION)
    unlawful = root.get("unlawful")
    return Plan(
        plan_id=root.at("plan_id").text(),
        company=root.at("company").text(),
        depot_id=root.at("depot_id").text(),
        day=root.at("day").day(),
        timezone=root.at("timezone").text(),
        currency=root.at("currency").text(),
        objective=root.at("objective").text(),
        seed=_figure(root.at("seed")),
        problem_sha256=_text_or(root.get("problem_sha256"), ""),
        valued_by=root.at("valued_by").texts(),
        cents=_cents(root.at("cents")),
        routes=tuple(_route(spot) for spot in root.at("routes").items()),
        unserved=tuple(_unserved(spot) for spot in root.at("unserved").items()),
        unlawful=None if unlawful is None else unlawful.texts(),
    )


def _figure(spot: Spot) -> int:
    return spot.whole(-FAR, FAR)


def _cents(spot: Spot) -> Mapping[str, Cents]:
    return {part: Cents(_figure(spot.at(part))) for part in spot.names()}


def _text_or(spot: Spot | None, default: str) -> str:
    return default if spot is None or spot.value == "" else spot.text()


def _route(spot: Spot) -> Route:
    driver = spot.get("driver_id")
    return Route(
        shift_id=spot.at("shift_id").text(),
        vehicle_id=spot.at("vehicle_id").text(),
        driver_id=None if driver is None else driver.text(),
        leaves_at=Seconds(_figure(spot.at("leaves_at"))),
        returns_at=Seconds(_figure(spot.at("returns_at"))),
        metres=Metres(_figure(spot.at("metres"))),
        seconds=Seconds(_figure(spot.at("seconds"))),
        cents=_cents(spot.at("cents")),
        visits=tuple(_visit(visit) for visit in spot.at("visits").items()),
    )


def _visit(spot: Spot) -> Visit:
    success = spot.get("success")
    return Visit(
        stop_id=_text_or(spot.get("stop_id"), ""),
        order_ids=spot.at("order_ids").texts(),
        place=_place(spot),
        arrives_at=Seconds(_figure(spot.at("arrives_at"))),
        starts_at=Seconds(_figure(spot.at("starts_at"))),
        leaves_at=Seconds(_figure(spot.at("leaves_at"))),
        load_after=spot.at("load_after").wholes(-FAR, FAR),
        cents=_cents(spot.at("cents")),
        kind=_text_or(spot.get("kind"), "stop"),
        status=_text_or(spot.get("status"), "planned"),
        p05=_quantile(spot.get("p05")),
        p50=_quantile(spot.get("p50")),
        p95=_quantile(spot.get("p95")),
        success=None if success is None else success.number(0, 1),
    )


def _place(spot: Spot) -> Place | None:
    lon, lat = spot.get("lon"), spot.get("lat")
    if lon is None and lat is None:
        return None
    return Place(spot.at("lon").number(-180, 180), spot.at("lat").number(-90, 90))


def _quantile(spot: Spot | None) -> Seconds | None:
    return None if spot is None else Seconds(_figure(spot))


def _unserved(spot: Spot) -> Unserved:
    changes = spot.get("would_be_served_if")
    return Unserved(
        order_id=spot.at("order_id").text(),
        stop_id=_text_or(spot.get("stop_id"), ""),
        reason=_text_or(spot.get("reason"), ""),
        cents=Cents(_figure(spot.at("cents"))),
        would_be_served_if=() if changes is None else tuple(_relaxation(change) for change in changes.items()),
    )


def _relaxation(spot: Spot) -> Relaxation:
    confirmed = spot.at("confirmed")
    if not isinstance(confirmed.value, bool):
        raise confirmed.refused("true or false")
    return Relaxation(
        change=spot.at("change").text(),
        of=_text_or(spot.get("of"), ""),
        amount=_figure(spot.at("amount")),
        unit=_text_or(spot.get("unit"), ""),
        cents=Cents(_figure(spot.at("cents"))),
        confirmed=confirmed.value,
    )
