"""Outlooks and the tariff, turned into everything the search may trade: a price curve per stop, rates per shift.

Under `efficiency` only time and distance have a price. Both valuations share rates and the price of not serving, so a
search under either is the same search; where nothing was learned, profit's curves are constant and its plan the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import numpy as np

from doorstep.domain.fleet import Shift, Vehicle
from doorstep.domain.orders import Order, Recipient
from doorstep.domain.outlook import ArrivalSpread, Outlook, Reactions
from doorstep.domain.problem import Stop
from doorstep.domain.tariff import Tariff
from doorstep.domain.units import Cents, Seconds, per_hour, per_km
from doorstep.domain.valuation import PriceCurve, Rates, Valuation
from doorstep.economics.doors import SOFT_UNTIL, DoorCosts, Doors, curve, thinned
from doorstep.economics.second_attempt import SecondAttempt
from doorstep.economics.turnover import Turnover
from doorstep.economics.worth import Worth
from doorstep.estimators.artefact import model_id
from doorstep.estimators.columns import Floats

FAR_METRES = 200_000

STRAIN_BY_TARIFF = "strain-by-tariff"
"""Stands in `valued_by` where strain has the tariff's price and not a learned one."""

LATENESS_BY_TARIFF = "lateness-by-tariff"
"""Stands in `valued_by` where being late for a promise, or early, has the tariff's price and not a learned one."""


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """What is to be priced: the stops, the orders and recipients behind them, who may drive, and the tariff.

    `orders`, `recipients` and `vehicles` are by id; every order of a stop is there.
    """

    stops: Sequence[Stop]
    orders: Mapping[str, Order]
    recipients: Mapping[str, Recipient]
    shifts: Sequence[Shift]
    vehicles: Mapping[str, Vehicle]
    tariff: Tariff


@dataclass(frozen=True, slots=True, eq=False)
class Beliefs:
    """What was learned: outlooks by order id, and what mishaps, lateness and strain do. See the modules."""

    outlooks: Mapping[str, Outlook]
    reactions: Reactions
    spread: ArrivalSpread
    worth: Worth
    second_attempt: SecondAttempt
    turnover: Turnover


def value(day: Day, beliefs: Beliefs) -> Valuation:
    """Return prices on all three layers, for the objective "profit".

    A stop's curve sums its orders': failing times one more attempt, expected contacts, and the expected share of
    later orders lost times the recipient's worth plus what it does to the merchant's account. Knots at most 30.
    Part "lateness" is the tariff's, of lateness where nothing was learned of what it does. About 0.1 s for 400 orders.
    """
    leaves = Seconds(int(median(shift.starts for shift in day.shifts))) if day.shifts else Seconds(0)
    doors = Doors(beliefs.reactions, beliefs.spread, day.tariff, leaves)
    curves = {stop.stop_id: _stop_curve(stop, day, beliefs, doors) for stop in day.stops}
    told = [STRAIN_BY_TARIFF] if _strain_is_told(day.tariff, beliefs.turnover) else []
    told += [LATENESS_BY_TARIFF] if doors.soft else []
    names = sorted({outlook.model_id for outlook in beliefs.outlooks.values()})
    said = (
        beliefs.reactions.model_id, beliefs.spread.model_id, beliefs.worth.model_id,
        beliefs.second_attempt.model_id, beliefs.turnover.model_id,
    )  # fmt: skip
    return Valuation(
        objective="profit",
        valued_by=(*names, *said, *told, tariff_id(day.tariff)),
        curves={stop_id: priced for stop_id, priced in curves.items() if priced.parts},
        unserved=unserved(day, beliefs.second_attempt),
        rates=rates(day, _strained(day.tariff, beliefs.turnover)),
    )


def _strain_is_told(tariff: Tariff, learned: Turnover) -> bool:
    """Return whether strain has a price by the tariff, as nothing was learned of it."""
    return not learned.cents_per_strain and tariff.cents_per_strain > 0


def _strained(tariff: Tariff, learned: Turnover) -> dict[str, int]:
    """Return what strain costs, as learned; by the tariff where no effect of it was found."""
    told = _strain_is_told(tariff, learned)
    return {
        "strain_free": tariff.strain_free_units if told else learned.strain_free,
        "cents_per_strain": tariff.cents_per_strain if told else learned.cents_per_strain,
        "strain_cents_per_overtime_hour": learned.cents_per_overtime_hour,
    }


def efficiency(day: Day, second_attempt: SecondAttempt) -> Valuation:
    """Return prices of time and distance alone: the same rates, no curves, no strain; for "efficiency"."""
    return Valuation(
        objective="efficiency",
        valued_by=(second_attempt.model_id, tariff_id(day.tariff)),
        curves={},
        unserved=unserved(day, second_attempt),
        rates=rates(day, {}),
    )


def tariff_id(tariff: Tariff) -> str:
    """Return an id that only these rates have."""
    return model_id("tariff", {name: getattr(tariff, name) for name in tariff.__dataclass_fields__})


def rates(day: Day, strained: Mapping[str, Any]) -> dict[str, Rates]:
    """Return each shift's rates: wage for driving and waiting alike, the surcharge, kilometres, route and stops.

    A partner's vehicle costs what the partner asks, and our tariff stands in for nothing of it. Whoever drives it is
    the partner's to pay, and to keep, unless they are employed by us. Who is self-employed gets no surcharge.
    """
    return {shift.shift_id: _rates(shift, day.vehicles[shift.vehicle_id], day.tariff, strained) for shift in day.shifts}


def _rates(shift: Shift, vehicle: Vehicle, tariff: Tariff, strained: Mapping[str, Any]) -> Rates:
    if vehicle.hired:
        asked = Rates(
            cents_per_km=vehicle.cents_per_km or 0,
            fixed_cents=vehicle.fixed_cents or 0,
            cents_per_stop=vehicle.cents_per_stop,
        )
    else:
        asked = Rates(
            cents_per_km=tariff.cents_per_km if vehicle.cents_per_km is None else vehicle.cents_per_km,
            fixed_cents=tariff.fixed_cents_per_route if vehicle.fixed_cents is None else vehicle.fixed_cents,
            cents_per_stop=vehicle.cents_per_stop,
        )
    theirs = vehicle.hired and shift.contract != "employed"
    usual = 0 if theirs else tariff.wage_cents_per_hour
    wage = usual if shift.wage_cents_per_hour is None else shift.wage_cents_per_hour
    surcharge = 0.0 if theirs or shift.contract == "self" else tariff.overtime_multiplier - 1
    paid = replace(
        asked,
        cents_per_hour=wage,
        waiting_cents_per_hour=wage,
        overtime_after=tariff.overtime_after,
        overtime_cents_per_hour=round(wage * surcharge),
    )
    return paid if theirs else replace(paid, **strained)


def unserved(day: Day, second_attempt: SecondAttempt) -> dict[str, Cents]:
    """Return what leaving each stop out costs: its revenue, an attempt on another day, and a floor.

    The floor is more than any detour can cost: the longest shift at the dearest overtime wage, 200 km, a route's fixed
    cost and a stop's, and what the tariff asks for a broken promise, the heaviest stop's strain and a driver's unusual
    day. So a stop stays out only when no shift can take it, under either objective, and no objective can earn by
    serving fewer. Each step of an order's priority above the day's lowest is one more floor.
    """
    floor, lowest = _floor(day), min((order.priority for order in day.orders.values()), default=0)
    return {
        stop.stop_id: Cents(
            floor * (1 + max(day.orders[order].priority for order in stop.order_ids) - lowest)
            + sum(
                day.orders[order].revenue + second_attempt.cents(day.recipients[day.orders[order].recipient_id].kind)
                for order in stop.order_ids
            )
        )
        for stop in day.stops
    }


def _floor(day: Day) -> int:
    tariff = day.tariff
    longest = max((shift.ends - shift.starts for shift in day.shifts), default=0)
    wages = [shift.wage_cents_per_hour or tariff.wage_cents_per_hour for shift in day.shifts]
    km = [vehicle.cents_per_km or tariff.cents_per_km for vehicle in day.vehicles.values()]
    fixed = max((tariff.fixed_cents_per_route, *(vehicle.fixed_cents or 0 for vehicle in day.vehicles.values())))
    dearest = round(max(wages, default=tariff.wage_cents_per_hour) * max(1.0, tariff.overtime_multiplier))
    far = per_km(FAR_METRES, max(km, default=tariff.cents_per_km))
    stop = max((vehicle.cents_per_stop for vehicle in day.vehicles.values()), default=0)
    soft = per_hour(SOFT_UNTIL, tariff.late_cents_per_hour + tariff.early_cents_per_hour)
    strain = tariff.cents_per_strain * max((one.strain for one in day.stops), default=0) + tariff.unusual_day_cents
    return per_hour(longest, dearest) + far + fixed + stop + soft + strain


def _stop_curve(stop: Stop, day: Day, beliefs: Beliefs, doors: Doors) -> PriceCurve:
    each = []
    for order_id in stop.order_ids:
        order = day.orders[order_id]
        outlook = beliefs.outlooks[order_id]
        knots = doors.knots(order, outlook)
        each.append((knots, doors.parts(order, outlook, _costs(order, day, beliefs), knots)))
    if len(each) == 1:
        return curve(*each[0])
    union = thinned(sorted({at for knots, _ in each for at in knots}))
    summed: dict[str, Floats] = {}
    for knots, parts in each:
        for name, cents in parts.items():
            summed[name] = summed.get(name, np.zeros(len(union))) + np.interp(union, knots, cents)
    return curve(union, summed)


def _costs(order: Order, day: Day, beliefs: Beliefs) -> DoorCosts:
    return DoorCosts(
        second_attempt=beliefs.second_attempt.cents(day.recipients[order.recipient_id].kind),
        worth=beliefs.worth.of(order.recipient_id),
        account=day.tariff.merchant_churn_cents if order.merchant_id else Cents(0),
    )
