"""Facts back to nouns: what the company told us, as planning and learning want it.

Clock and calendar times become elapsed seconds since the first instant of the day in the depot's zone.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from doorstep.domain.days import at_clock, elapsed
from doorstep.domain.errors import YourInput
from doorstep.domain.facts import TAKEN
from doorstep.domain.fleet import USUAL_CHARGE_W, USUAL_RELOAD, Depot, Plug, Shift, Vehicle
from doorstep.domain.orders import Order, Recipient
from doorstep.domain.places import Place
from doorstep.domain.problem import Battery
from doorstep.domain.tariff import Company, Tariff
from doorstep.domain.units import Cents, Metres, Seconds
from doorstep.domain.windows import TimeWindow
from doorstep.flows.pairs_of_day import Role, role
from doorstep.flows.ports import Store

Body = Mapping[str, Any]

UNLIMITED_W = 1_000_000_000
"""Power of a charger of which nobody says it: more than any vehicle takes."""

OWN = "own"
"""Owner of a vehicle that is no partner's."""

PROFILES: Mapping[str, str] = {"van": "car", "truck": "car", "bike": "bike", "foot": "foot", "robot": "foot"}
"""Road profile of a vehicle that names none, by its kind."""


def company_of(store: Store, company: str) -> Company:
    """Return the company as its latest company.toml tells it; raises YourInput when none was imported."""
    fact = next(store.current(company, "company"), None)
    if fact is None:
        known = ", ".join(store.companies()) or "none"
        raise YourInput(f"Expected a company that was imported, got {company!r}; known: {known}. Run doorstep import.")
    body = fact.body
    tariff = dict(body["tariff"])
    tariff["overtime_after"] = Seconds(tariff.pop("overtime_after_s"))
    return Company(
        company, body["name"], body["currency"], body["exponent"], body["timezone"], body.get("country", ""),
        Tariff(**tariff), tuple(Seconds(edge) for edge in body["slot_edges"]),
        tuple((road, tuple(factors)) for road, factors in body["speed_factors"].items()), body["speeds_source"],
        body.get("duty_rules", ""), body.get("duty_exceptions", False), body.get("runs_every_day", True),
    )  # fmt: skip


def roads_of(store: Store, company: str) -> tuple[str, str] | None:
    """Return path and sha256 of the company's street file; None: it has none."""
    fact = next(store.current(company, "roads"), None)
    return (fact.body["path"], fact.body["sha256"]) if fact else None


def depots_of(store: Store, company: str, day: str) -> tuple[Depot, ...]:
    """Return the depots with their hours of a day; raises YourInput where clocks skip or double an hour."""
    zones = _zones(store, company)
    return tuple(_depot(fact.body, zones[fact.key], day) for fact in store.current(company, "depot"))


def vehicles_of(store: Store, company: str) -> tuple[Vehicle, ...]:
    """Return the company's own vehicles."""
    return tuple(_vehicle(fact.body) for fact in store.current(company, "vehicle"))


def shifts_of(store: Store, company: str, day: str) -> tuple[Shift, ...]:
    """Return the shifts planned for a day, with their drivers' wages and skills."""
    zones, rules = _zones(store, company), _duty_rules(store, company)
    drivers = {fact.key: fact.body for fact in store.current(company, "driver")}
    bodies = (fact.body for fact in store.current(company, "shift"))
    return tuple(
        _shift(body, zones[body["depot_id"]], drivers.get(body.get("driver_id", ""), {}), rules)
        for body in bodies
        if body["date"] == day
    )


def plugs_of(store: Store, company: str, depot: Depot, day: str) -> tuple[Plug, ...]:
    """Return the company's chargers with their hours of a day, in the zone of a depot."""
    return tuple(_plug(fact.body, depot.timezone, day) for fact in store.current(company, "charger"))


@dataclass(frozen=True, slots=True)
class Due:
    """The orders of a day that can be planned, and the ids of `halves` whose other half is missing or can't be told."""

    orders: tuple[Order, ...]
    halves: tuple[str, ...] = ()


def due(store: Store, company: str, day: str) -> Due:
    """Return the orders due on a day that were neither cancelled nor taken by somebody before the day began.

    What was taken on the day itself stays: the day can be planned again afterwards, to compare.
    """
    zones, open_ones = _zones(store, company), []
    pairs: dict[str, list[Body]] = defaultdict(list)
    for fact in store.current(company, "order"):
        body = fact.body
        if "pair_id" in body:
            pairs[body["pair_id"]].append(body)
        if body["due_on"] == day and "cancelled_at" not in body:
            open_ones.append(body)
    taken = _taken(store, company, {body["order_id"]: zones[body["depot_id"]] for body in open_ones}, day)
    wanted = [body for body in open_ones if body["order_id"] not in taken]
    roles = [(body, role(body, pairs.get(body.get("pair_id", ""), ()), taken)) for body in wanted]
    return Due(
        orders=tuple(_order(body, zones[body["depot_id"]], told) for body, told in roles if told),
        halves=tuple(body["order_id"] for body, told in roles if not told),
    )


def last_due(store: Store, company: str) -> str:
    """Return the latest day on which an order is due; raises YourInput before any was imported."""
    days = (str(fact.body["due_on"]) for fact in store.current(company, "order"))
    latest = max(days, default="")
    if not latest:
        raise YourInput(f"Expected orders of {company}, there are none; import a folder with orders.csv.")
    return latest


def recipients_of(store: Store, company: str, ids: Iterable[str] | None = None) -> tuple[Recipient, ...]:
    """Return recipients with their places, all or those of some ids; forgotten people are not among them."""
    wanted = None if ids is None else frozenset(ids)
    places = {
        key: Place(private["lon"], private["lat"])
        for key, private in store.private(company, "recipient")
        if (wanted is None or key in wanted) and "lon" in private
    }
    facts = (fact for fact in store.current(company, "recipient") if fact.key in places)
    return tuple(_recipient(fact.body, places[fact.key]) for fact in facts)


def _zones(store: Store, company: str) -> Mapping[str, str]:
    """Return each depot's time zone; the company's where it names none."""
    default = company_of(store, company).timezone
    return {fact.key: fact.body.get("timezone", default) for fact in store.current(company, "depot")}


def _taken(store: Store, company: str, zones: Mapping[str, str], day: str) -> frozenset[str]:
    """Return which orders, given with their depots' zones, somebody took before a day began."""
    attempts = (fact.body for fact in store.current(company, "attempt"))
    mine = (body for body in attempts if body["order_id"] in zones and body["outcome"] in TAKEN)
    return frozenset(body["order_id"] for body in mine if elapsed(body["arrived_at"], day, zones[body["order_id"]]) < 0)


def _duty_rules(store: Store, company: str) -> Callable[[Body], str]:
    """Return what names the rule set that binds a shift: its vehicle's, else its driver's, else the company's."""
    told = [
        {fact.key: str(fact.body["duty_rules"]) for fact in store.current(company, kind) if "duty_rules" in fact.body}
        for kind in ("vehicle", "driver")
    ]
    default = company_of(store, company).duty_rules
    return lambda body: told[0].get(body["vehicle_id"]) or told[1].get(body.get("driver_id", "")) or default


def _depot(body: Body, zone: str, day: str) -> Depot:
    opens, closes = at_clock(body["opens"], day, zone), at_clock(body["closes"], day, zone)
    return Depot(body["depot_id"], Place(body["lon"], body["lat"]), opens, closes, zone)


def _vehicle(body: Body) -> Vehicle:
    return Vehicle(
        vehicle_id=body["vehicle_id"],
        depot_id=body["depot_id"],
        profile=body.get("profile") or PROFILES[body.get("kind", "van")],
        capacity_g=body["capacity_g"],
        capacity_ml=body.get("capacity_ml"),
        cents_per_km=body.get("cents_per_km"),
        fixed_cents=Cents(body["fixed_cents_per_day"]) if "fixed_cents_per_day" in body else None,
        max_stops=body.get("max_stops"),
        offers=frozenset(body.get("offers", ())),
        duty_rules=body.get("duty_rules", ""),
        own_capacities=_own(body, "capacity_", ("capacity_g", "capacity_ml")),
        max_trips=body.get("max_trips", 1),
        reload=Seconds(body.get("reload_s", USUAL_RELOAD)),
        cents_per_stop=body.get("cents_per_stop", 0),
        range_m=Metres(body["range_m"]) if "range_m" in body else None,
        max_route=Seconds(body["max_route_s"]) if "max_route_s" in body else None,
        lifo=body.get("lifo", False),
        battery=_battery(body),
        partner="" if body.get("owner", OWN) == OWN else body["owner"],
    )


def _battery(body: Body) -> Battery | None:
    """Return a vehicle's battery, full in the morning; None where nobody says how far it goes."""
    capacity = body.get("battery_wh")
    if not capacity or not (body.get("wh_per_km") or body.get("range_m")):
        return None
    used = body.get("wh_per_km") or 1000 * capacity / body["range_m"]
    return Battery(capacity, capacity, ceil(used), body.get("charge_w", USUAL_CHARGE_W))


def _plug(body: Body, zone: str, day: str) -> Plug:
    opens, closes = body.get("opens", "00:00"), body.get("closes", "24:00")
    told = "opens" in body or "closes" in body
    windows = (TimeWindow(at_clock(opens, day, zone), at_clock(closes, day, zone)),) if told else ()
    place, watts = Place(body["lon"], body["lat"]), body.get("watts", UNLIMITED_W)
    return Plug(body["charger_id"], place, watts, body.get("cents_per_kwh", 0), windows)


def _own(body: Body, family: str, others: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Return by name what a row says in units of the company's own."""
    told = ((name.removeprefix(family), value) for name, value in body.items() if name.startswith(family))
    return tuple(sorted((name, value) for name, value in told if family + name not in others))


def _shift(body: Body, zone: str, driver: Body, rules: Callable[[Body], str]) -> Shift:
    return Shift(
        shift_id=body["shift_id"],
        depot_id=body["depot_id"],
        vehicle_id=body["vehicle_id"],
        driver_id=body.get("driver_id"),
        date=body["date"],
        starts=elapsed(body["starts_at"], body["date"], zone),
        ends=elapsed(body["ends_at"], body["date"], zone),
        wage_cents_per_hour=driver.get("wage_cents_per_hour"),
        duty_rules=rules(body),
        skills=frozenset(driver.get("skills", ())),
        contract=driver.get("contract", ""),
        max_strain=driver.get("max_strain"),
        territory=body.get("territory", ""),
    )


def _order(body: Body, zone: str, told: Role) -> Order:
    promise = (body["promised_start"], body["promised_end"]) if "promised_start" in body else None
    return Order(
        order_id=body["order_id"],
        recipient_id=body["recipient_id"],
        merchant_id=body.get("merchant_id"),
        depot_id=body["depot_id"],
        due_on=body["due_on"],
        windows=tuple(_hard_window(opens, closes, body["due_on"], zone) for opens, closes in body.get("windows", ())),
        promise=_window(*promise, body["due_on"], zone) if promise else None,
        weight_g=body["weight_g"],
        volume_ml=body.get("volume_ml", 0),
        service=Seconds(body["service_s"]) if "service_s" in body else None,
        needs=frozenset(body.get("needs", ())),
        revenue=Cents(body.get("revenue_cents", 0)),
        kind=told.kind,
        pair_id=told.pair_id,
        ready=max(elapsed(body["ready_at"], body["due_on"], zone), Seconds(0)) if "ready_at" in body else Seconds(0),
        own_amounts=_own(body, "amount_", ()),
        drivers=frozenset(body.get("drivers", ())),
        priority=body.get("priority", 0),
    )


def _window(opens: str, closes: str, day: str, zone: str) -> TimeWindow:
    return TimeWindow(elapsed(opens, day, zone), elapsed(closes, day, zone))


def _hard_window(opens: str, closes: str, day: str, zone: str) -> TimeWindow:
    """Return the part of a window that lies in the day: of one that closed before, the first instant is left."""
    window = _window(opens, closes, day, zone)
    return TimeWindow(max(window.opens, Seconds(0)), max(window.closes, Seconds(0)))


def _recipient(body: Body, place: Place) -> Recipient:
    return Recipient(
        body["recipient_id"], place, body.get("kind", "house"), body.get("postcode", ""), body.get("floor", 0),
        body.get("lift", False),
    )  # fmt: skip
