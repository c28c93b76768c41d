"""One depot's day as a planning question: orders become stops, shifts and vehicles become routes that may be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from doorstep.domain.errors import YourInput
from doorstep.domain.fleet import Depot, Shift, Vehicle
from doorstep.domain.orders import Order, Recipient
from doorstep.domain.places import Place
from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.tariff import Company
from doorstep.domain.travel import TimesByProfile
from doorstep.domain.units import Seconds, clock
from doorstep.domain.valuation import Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.operations.workload import strain_units

DIMENSIONS = ("weight_g", "volume_ml")
UNLIMITED_ML = 1_000_000_000
"""Capacity of a vehicle whose loading volume nobody stated: the largest that a problem file may hold."""

NEXT_PARCEL_SHARE = 0.25
"""Share of its usual time that a further parcel takes at a door where somebody already stands: an assumption."""

UNPRICED = Valuation("none", (), {}, {}, {})
"""No prices yet: what a day has before it is valued (`Problem.valued`)."""


@dataclass(frozen=True, slots=True, eq=False)
class DayNouns:
    """What a depot's day is made of. `orders` are those due; recipients and vehicles by id; `day` an ISO date.

    `service` is seconds by order id. Matrix row 0 is the depot, row i the place of stop i - 1 (see `places`).
    """

    company: Company
    depot: Depot
    day: str
    orders: Sequence[Order]
    recipients: Mapping[str, Recipient]
    vehicles: Mapping[str, Vehicle]
    shifts: Sequence[Shift]
    service: Mapping[str, Seconds]


def places(nouns: DayNouns) -> tuple[Place, ...]:
    """Return the places whose travel times the day needs: the depot, then each stop's, in the order of `stops`."""
    return (nouns.depot.place, *(nouns.recipients[group[0].recipient_id].place for group in _groups(nouns)))


def stops(nouns: DayNouns) -> tuple[Stop, ...]:
    """Return one stop per recipient and place: orders merge unless their windows never meet.

    Windows are intersected, amounts added; service is the longest order's and a quarter of each other's. A stop
    is named after its first order.
    """
    return tuple(_stop(group, row, nouns) for row, group in enumerate(_groups(nouns), 1))


def day_problem(nouns: DayNouns, times: TimesByProfile, valuation: Valuation = UNPRICED) -> Problem:
    """Return the planning question. `times` must hold every profile of the shifts' vehicles, rows as in `places`.

    Raises YourInput when a vehicle's profile has no travel times, a shift lies outside its depot's hours, or two shifts
    need the same vehicle or driver at once.
    """
    found = places(nouns)
    _refuse_twice_at_once(nouns.shifts)
    shifts = tuple(_planned(shift, nouns) for shift in nouns.shifts)
    missing = {shift.profile for shift in shifts} - times.keys()
    if missing:
        raise YourInput(
            f"Expected travel times for the profiles of all vehicles, none for {', '.join(sorted(missing))}; "
            f"there are {', '.join(sorted(times)) or 'none'}. Build the roads for them, or change vehicles.csv."
        )
    return Problem(
        company=nouns.company.company_id,
        depot_id=nouns.depot.depot_id,
        day=nouns.day,
        timezone=nouns.depot.timezone,
        currency=nouns.company.currency,
        dimensions=DIMENSIONS,
        places=found,
        stops=stops(nouns),
        shifts=shifts,
        times=times,
        valuation=valuation,
    )


def _refuse_twice_at_once(shifts: Sequence[Shift]) -> None:
    """Raise YourInput when two shifts that overlap have the same vehicle or driver: a plan could send it two ways."""
    last: dict[tuple[str, str], Shift] = {}
    for shift in sorted(shifts, key=lambda shift: (shift.starts, shift.ends)):
        for who in (("vehicle", shift.vehicle_id), ("driver", shift.driver_id or shift.shift_id)):
            before = last.get(who)
            if before is not None and shift.starts < before.ends:
                raise YourInput(
                    f"Expected shifts of {' '.join(who)} one after the other, got {before.shift_id} until "
                    f"{clock(before.ends)} and {shift.shift_id} from {clock(shift.starts)}; correct one in shifts.csv."
                )
            last[who] = shift


def _groups(nouns: DayNouns) -> list[list[Order]]:
    """Return orders that one halt can serve together, in the order in which the first of each was given."""
    groups: dict[tuple[str, Place], list[list[Order]]] = {}
    order_of: list[list[Order]] = []
    for order in nouns.orders:
        mine = groups.setdefault((order.recipient_id, nouns.recipients[order.recipient_id].place), [])
        for group in mine:
            if _meets(group, order):
                group.append(order)
                break
        else:
            mine.append([order])
            order_of.append(mine[-1])
    return order_of


def _meets(group: Iterable[Order], order: Order) -> bool:
    common = _common(group)
    return not order.windows or common is None or bool(intersected(common, order.windows))


def _common(group: Iterable[Order]) -> tuple[TimeWindow, ...] | None:
    """Return the windows in which all orders can be served; None: any time."""
    common: tuple[TimeWindow, ...] | None = None
    for order in group:
        if order.windows:
            common = order.windows if common is None else intersected(common, order.windows)
    return common


def intersected(one: Sequence[TimeWindow], other: Sequence[TimeWindow]) -> tuple[TimeWindow, ...]:
    """Return the spans that lie in a window of both, sorted.

    >>> morning, late = TimeWindow(Seconds(0), Seconds(9)), TimeWindow(Seconds(5), Seconds(20))
    >>> intersected([morning], [late])
    (TimeWindow(opens=5, closes=9),)
    """
    both = [
        TimeWindow(max(a.opens, b.opens), min(a.closes, b.closes))
        for a in one
        for b in other
        if max(a.opens, b.opens) <= min(a.closes, b.closes)
    ]
    return tuple(sorted(both))


def apart(windows: Sequence[TimeWindow]) -> tuple[TimeWindow, ...]:
    """Return the same spans sorted, those that overlap or touch joined into one."""
    joined: list[TimeWindow] = []
    for window in sorted(windows):
        if joined and window.opens <= joined[-1].closes:
            joined[-1] = TimeWindow(joined[-1].opens, max(joined[-1].closes, window.closes))
        else:
            joined.append(window)
    return tuple(joined)


def _stop(group: Sequence[Order], row: int, nouns: DayNouns) -> Stop:
    who = nouns.recipients[group[0].recipient_id]
    seconds = sorted((int(nouns.service[order.order_id]) for order in group), reverse=True)
    weight = sum(order.weight_g for order in group)
    return Stop(
        stop_id=group[0].order_id,
        order_ids=tuple(order.order_id for order in group),
        location=row,
        windows=apart(_common(group) or ()),
        service=Seconds(seconds[0] + round(sum(seconds[1:]) * NEXT_PARCEL_SHARE)),
        amounts=(weight, sum(order.volume_ml for order in group)),
        needs=frozenset().union(*(order.needs for order in group)),
        strain=strain_units(who.kind, who.floor, lift=who.lift, weight_g=weight),
    )


def _planned(shift: Shift, nouns: DayNouns) -> PlannedShift:
    vehicle = nouns.vehicles[shift.vehicle_id]
    starts, ends = max(shift.starts, nouns.depot.opens), min(shift.ends, nouns.depot.closes)
    if ends < starts:
        raise YourInput(
            f"Expected shift {shift.shift_id} to overlap the hours of depot {nouns.depot.depot_id} "
            f"({clock(nouns.depot.opens)} to {clock(nouns.depot.closes)}), got {clock(shift.starts)} to "
            f"{clock(shift.ends)}; correct one of them."
        )
    return PlannedShift(
        shift_id=shift.shift_id,
        vehicle_id=vehicle.vehicle_id,
        driver_id=shift.driver_id,
        starts=starts,
        ends=ends,
        start=0,
        end=0,
        capacities=(vehicle.capacity_g, UNLIMITED_ML if vehicle.capacity_ml is None else vehicle.capacity_ml),
        offers=vehicle.offers,
        max_stops=vehicle.max_stops,
        profile=vehicle.profile,
    )
