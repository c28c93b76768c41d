"""Which depots of a company have work on a day: what a night of planning is made of."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from doorstep.domain.errors import YourInput
from doorstep.domain.fleet import Shift
from doorstep.domain.orders import Order
from doorstep.domain.units import Seconds
from doorstep.flows import nouns
from doorstep.flows.ports import Store
from doorstep.flows.vetoes import standing

PAST: Mapping[str, str] = {"driver": "", "shift": "date", "duty": "begins_at", "attempt": "arrived_at"}
"""What tells a driver's past, and what says when each was; a contract holds on any day."""


@dataclass(frozen=True, slots=True)
class DepotDue:
    """A depot with so many orders due, whose first shift begins at `due_at`: its plan must be there by then.

    `digest` is another one when anything is that its plan rests on.
    """

    depot_id: str
    orders: int
    due_at: Seconds
    digest: str


def depots_due(store: Store, company: str, day: str, models: Mapping[str, str]) -> tuple[DepotDue, ...]:
    """Return the depots with orders due on a day, by id; raises YourInput where there is none.

    `models` are the ids of those that a plan is made with, by name.
    """
    work: dict[str, list[Order]] = defaultdict(list)
    for order in nouns.due(store, company, day).orders:
        work[order.depot_id].append(order)
    if not work:
        raise YourInput(
            f"Expected orders due on {day}, found none that is open; import orders.csv with that due_on, or name "
            "another day."
        )
    shifts = nouns.shifts_of(store, company, day)
    of_depot = {depot: [shift for shift in shifts if shift.depot_id == depot] for depot in work}
    told = _Told(store, company, day, shifts, models)
    return tuple(_due(depot, work[depot], of_depot[depot], told) for depot in sorted(work))


def _due(depot: str, orders: Sequence[Order], shifts: Sequence[Shift], told: "_Told") -> DepotDue:
    said = "\n".join([*told.of_all, *sorted(told.of_one(depot, orders, shifts))])
    begins = min((shift.starts for shift in shifts), default=Seconds(0))
    return DepotDue(depot, len(orders), begins, hashlib.sha256(said.encode()).hexdigest())


class _Told:
    """What a store says of a day, read once for all depots: of each thing a text that changes when it does."""

    def __init__(
        self, store: Store, company: str, day: str, shifts: Sequence[Shift], models: Mapping[str, str]
    ) -> None:
        known, streets = nouns.company_of(store, company), nouns.roads_of(store, company)
        drivers = {shift.driver_id for shift in shifts if shift.driver_id}
        chargers = [fact.fact_id for fact in store.current(company, "charger")]
        self.of_all = [repr(known), streets[1] if streets else "", repr(sorted(models.items())), *chargers]
        self._depots = {depot.depot_id: repr(depot) for depot in nouns.depots_of(store, company, day)}
        self._vehicles = {vehicle.vehicle_id: _plain(vehicle) for vehicle in nouns.vehicles_of(store, company)}
        self._recipients = {who.recipient_id: repr(who) for who in nouns.recipients_of(store, company)}
        self._vetoes = standing(store, company)
        asks = known.tariff.familiar_door_cents or known.tariff.territory_cents_per_km
        self._past = _past(store, company, day, drivers, doors=bool(asks) or any(shift.duty_rules for shift in shifts))
        areas = {shift.territory for shift in shifts if shift.territory and known.tariff.territory_cents_per_km}
        self._areas = _areas(store, company, day, areas)

    def of_one(self, depot: str, orders: Sequence[Order], shifts: Sequence[Shift]) -> Iterable[str]:
        """Yield what a depot's plan rests on, beside what is said of all."""
        drivers = {shift.driver_id for shift in shifts}
        recipients = {order.recipient_id for order in orders}
        subjects = recipients | {order.order_id for order in orders}
        yield self._depots.get(depot, "")
        yield from map(_plain, (*orders, *shifts))
        yield from (self._recipients.get(who, f"{who} nowhere") for who in recipients)
        yield from (self._vehicles.get(vehicle, "") for vehicle in {shift.vehicle_id for shift in shifts})
        yield from (
            f"{veto.driver_id} {veto.subject} {veto.since}"
            for veto in self._vetoes
            if veto.driver_id in drivers and veto.subject in subjects
        )
        yield from (fact for driver in drivers if driver for fact in self._past.get(driver, ()))
        yield from (fact for area in {shift.territory for shift in shifts} for fact in self._areas.get(area, ()))


def _past(store: Store, company: str, day: str, drivers: set[str], *, doors: bool) -> Mapping[str, list[str]]:
    """Return by driver the facts before a day that law and wishes look at; `doors` where they look at these too.

    Attempts are the most of a store, so they are read only where a plan reads them too.
    """
    found: dict[str, list[str]] = defaultdict(list)
    whose: dict[str, str] = {}
    for kind in (kind for kind in PAST if doors or kind != "attempt"):
        for fact in store.current(company, kind):
            who = fact.body.get("driver_id") or whose.get(fact.body.get("shift_id", ""), "")
            if kind == "shift":
                whose[fact.key] = who
            if who in drivers and fact.body.get(PAST[kind], "") < day:
                found[who].append(fact.fact_id)
    return found


def _areas(store: Store, company: str, day: str, areas: set[str]) -> Mapping[str, list[str]]:
    """Return by named territory the shifts before a day that had it, whoever drove them, and their attempts."""
    found: dict[str, list[str]] = defaultdict(list)
    whose: dict[str, str] = {}
    for kind in ("shift", "attempt") if areas else ():
        for fact in store.current(company, kind):
            area = fact.body.get("territory", "") if kind == "shift" else whose.get(fact.body.get("shift_id", ""), "")
            if area in areas and fact.body.get(PAST[kind], "") < day:
                whose[fact.key] = area
                found[area].append(fact.fact_id)
    return found


def _plain(each: Any) -> str:
    """Return the fields as text, sets in order: what is equal is told alike."""
    values = ((one.name, getattr(each, one.name)) for one in fields(each))
    return repr([(name, sorted(value) if isinstance(value, frozenset) else value) for name, value in values])
