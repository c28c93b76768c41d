"""A Route Optimization request's costs as a valuation: in cents, or in smaller units where its costs are finer."""

from collections.abc import Mapping, Sequence

from doorstep.adapters.instances.route_optimization_parts import Call, Shipment, Vehicle, Window
from doorstep.adapters.instances.route_optimization_travel import LaidOut
from doorstep.adapters.instances.rows import all_alike, as_first
from doorstep.adapters.strict_json import LARGEST
from doorstep.domain.errors import YourInput
from doorstep.domain.units import Cents, Seconds, per_hour
from doorstep.domain.valuation import PriceCurve, Rates, Valuation, soft_window

MOST_CENTS = 4 * 10**11
"""The most that one price may be: what all of them may come to in a search."""

UNITS = (100, 1000, 10_000, 100_000, 1_000_000)


def unit_of(shipments: Sequence[Shipment], vehicles: Sequence[Vehicle]) -> int:
    """Return how many cents make one of the request's money: 100, or more where its costs are finer."""
    costs = [*_costs_of_shipments(shipments), *_costs_of_vehicles(vehicles)]
    return next((unit for unit in UNITS if all(abs(c * unit - round(c * unit)) < 1e-6 for c in costs)), UNITS[-1])


def _costs_of_shipments(shipments: Sequence[Shipment]) -> list[float]:
    found = [shipment.penalty or 0.0 for shipment in shipments]
    for shipment in shipments:
        found += shipment.by_vehicle.values()
        for call in shipment.calls:
            found += [call.cost, *(cost for window in call.windows for cost in (window.early, window.late))]
    return found


def _costs_of_vehicles(vehicles: Sequence[Vehicle]) -> list[float]:
    return [
        cost
        for v in vehicles
        for cost in (v.per_hour, v.per_traveled_hour, v.per_km, v.fixed, v.lasts.beyond, v.ends.late if v.ends else 0.0)
    ]


def valuation_of(
    shipments: Sequence[Shipment], vehicles: Sequence[Vehicle], rows: LaidOut, unit: int, horizon: tuple[int, int]
) -> Valuation:
    """Return the request's costs; `horizon` is when the model begins and ends."""
    tariff = _tariff(shipments, vehicles, rows, unit)
    unserved = _unserved(shipments, unit)
    same = _same(tariff)
    if same is not None and all(cents - same[stop] >= 0 for stop, cents in unserved.items()):
        # What serving costs whoever comes may as well be saved by leaving out: a plainer question, the same answer.
        unserved, tariff = {stop: Cents(cents - same[stop]) for stop, cents in unserved.items()}, {}
    most = max([*unserved.values(), *(abs(c) for row in tariff.values() for c in row.values())], default=0)
    if most > MOST_CENTS:
        raise YourInput(
            f"Expected costs below {MOST_CENTS // unit:,}, got {most // unit:,}; use a larger unit of money."
        )
    return Valuation(
        objective="cost",
        valued_by=(f"Route Optimization costs, {unit} cents to 1",),
        curves=_curves(shipments, unit, horizon),
        unserved=unserved,
        rates={vehicle.shift_id: _rates(vehicle, unit, horizon[0]) for vehicle in vehicles},
        pairings={"tariff": tariff} if tariff else {},
    )


def _cents(vehicle: Vehicle, cost: float, unit: int) -> int:
    cents = round(cost * unit)
    if cents > LARGEST:
        raise vehicle.spot.wrong(
            f"expected costs of at most {LARGEST // unit:,}, got {cost:g}; use a larger unit of money."
        )
    return cents


def _rates(vehicle: Vehicle, unit: int, begins: int) -> Rates:
    """Return a shift's rates. What a request pays while it rests is paid as part of what the route costs at all."""
    hour, traveled = _cents(vehicle, vehicle.per_hour, unit), _cents(vehicle, vehicle.per_traveled_hour, unit)
    rested = sum(rest.lasts for rest in vehicle.rests)
    after, beyond = _overtime(vehicle, begins)
    return Rates(
        cents_per_hour=hour + traveled,
        waiting_cents_per_hour=hour,
        cents_per_km=_cents(vehicle, vehicle.per_km, unit),
        fixed_cents=_cents(vehicle, vehicle.fixed, unit) + per_hour(rested, hour),
        **({} if after is None else {"overtime_after": Seconds(max(0, after - rested))}),
        overtime_cents_per_hour=_cents(vehicle, beyond, unit),
    )


def _overtime(vehicle: Vehicle, begins: int) -> tuple[int | None, float]:
    """Return the seconds of a route beyond which an hour costs more, and how much."""
    if vehicle.lasts.soft is not None and vehicle.lasts.beyond:
        return vehicle.lasts.soft, vehicle.lasts.beyond
    if vehicle.ends is not None and vehicle.ends.soft_closes is not None and vehicle.ends.late:
        starts = begins if vehicle.starts is None or vehicle.starts.opens is None else vehicle.starts.opens
        return vehicle.ends.soft_closes - starts, vehicle.ends.late
    return None, 0.0


def _tariff(
    shipments: Sequence[Shipment], vehicles: Sequence[Vehicle], rows: LaidOut, unit: int
) -> dict[str, dict[str, Cents]]:
    """Return what each call costs with each vehicle beyond its hours, kilometres and lateness."""
    owns: dict[int, dict[str, int]] = {}
    for shipment in shipments:
        for number, own in shipment.by_vehicle.items():
            owns.setdefault(number, {})[shipment.stop_id(shipment.calls[-1])] = round(own * unit)
    found: dict[str, dict[str, Cents]] = {}
    alike: dict[tuple[int, int], dict[str, Cents]] = {}
    for vehicle, kind in zip(vehicles, rows.kind_of, strict=True):
        traveled = -round(vehicle.per_traveled_hour * unit)
        if (kind, traveled) not in alike:
            alike[kind, traveled] = {
                shipment.stop_id(call): Cents(
                    round(call.cost * unit) + per_hour(rows.lasts[shipment.stop_id(call)][kind], traveled)
                )
                for shipment in shipments
                for call in shipment.calls
            }
        row, mine = alike[kind, traveled], owns.get(vehicle.number, {})
        if mine:
            row = row | {name: Cents(row[name] + cents) for name, cents in mine.items()}
        found[vehicle.shift_id] = as_first(row, found.values(), len(vehicles))
    return found


def _same(tariff: Mapping[str, Mapping[str, Cents]]) -> Mapping[str, Cents] | None:
    """Return what every vehicle's row says, None where they differ."""
    return next(iter(tariff.values())) if all_alike(tariff) else None


def _unserved(shipments: Sequence[Shipment], unit: int) -> dict[str, Cents]:
    """Return prices of leaving out; a pair's stands at its delivery."""
    return {
        shipment.stop_id(call): Cents(round(shipment.penalty * unit) if call is shipment.calls[-1] else 0)
        for shipment in shipments
        if shipment.penalty is not None
        for call in shipment.calls
    }


def _curves(shipments: Sequence[Shipment], unit: int, horizon: tuple[int, int]) -> dict[str, PriceCurve]:
    found = {}
    for shipment in shipments:
        for call in shipment.calls:
            curve = _curve(call, unit, horizon)
            if curve is not None:
                found[shipment.stop_id(call)] = curve
    return found


def _curve(call: Call, unit: int, horizon: tuple[int, int]) -> PriceCurve | None:
    window = call.windows[0] if call.windows else None
    if window is None or not (_early(window) or _late(window)):
        return None
    until = horizon[1] if window.closes is None else window.closes
    opens = (window.soft_opens or 0) if _early(window) else 0
    closes = until if window.soft_closes is None or not _late(window) else window.soft_closes
    return soft_window(
        Seconds(opens),
        Seconds(closes),
        early=round(window.early * unit),
        late=round(window.late * unit),
        until=Seconds(until),
    )


def _early(window: Window) -> bool:
    return window.soft_opens is not None and window.early > 0


def _late(window: Window) -> bool:
    return window.soft_closes is not None and window.late > 0
