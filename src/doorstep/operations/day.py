"""One depot's day as a planning question: orders become stops, shifts and vehicles become routes that may be."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from doorstep.domain.errors import YourInput
from doorstep.domain.fleet import Depot, Plug, Shift, Vehicle
from doorstep.domain.orders import Order, Recipient
from doorstep.domain.places import Place
from doorstep.domain.problem import Charger, Pair, PlannedShift, Problem, Stop
from doorstep.domain.tariff import Company
from doorstep.domain.travel import TimesByProfile
from doorstep.domain.units import Seconds, clock
from doorstep.domain.valuation import Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.operations.workload import strain_units

DIMENSIONS = ("weight_g", "volume_ml")
"""What every vehicle's capacities begin with; the company's own units follow by name."""

STRAIN = "strain_units"
"""A last dimension where some driver may be asked for so much strain only: it comes on board at each door and stays."""

UNLIMITED = 1_000_000_000
"""A capacity that nobody stated: the largest that a problem file may hold."""

NEXT_PARCEL_SHARE = 0.25
"""Share of its usual time that a further parcel takes at a door where somebody already stands: an assumption."""

UNPRICED = Valuation("none", (), {}, {}, {})
"""No prices yet: what a day has before it is valued (`Problem.valued`)."""


@dataclass(frozen=True, slots=True, eq=False)
class DayNouns:
    """What a depot's day is made of. `orders` are those due; recipients and vehicles by id; `day` an ISO date.

    `service` is seconds by order id. Matrix row 0 is the depot, row i the place of stop i - 1; those of `plugs` come
    last (see `places`). Of a pair both orders are there.
    """

    company: Company
    depot: Depot
    day: str
    orders: Sequence[Order]
    recipients: Mapping[str, Recipient]
    vehicles: Mapping[str, Vehicle]
    shifts: Sequence[Shift]
    service: Mapping[str, Seconds]
    plugs: Sequence[Plug] = ()


def places(nouns: DayNouns) -> tuple[Place, ...]:
    """Return the places whose travel times the day needs: the depot, the stops' as in `stops`, the plugs'."""
    doors = (nouns.recipients[group[0].recipient_id].place for group in _groups(nouns))
    return (nouns.depot.place, *doors, *(plug.place for plug in nouns.plugs))


def stops(nouns: DayNouns) -> tuple[Stop, ...]:
    """Return one stop per recipient and place: orders merge unless their windows never meet.

    Orders that are there at different times while shifts run stay apart, as do those of other drivers, halves of pairs,
    and what no shift could bring at once. Windows are intersected, amounts added; what is fetched is picked up there;
    service is the longest order's and a quarter of each other's. A stop is named after its first order.
    """
    units = own_units(nouns)
    return tuple(_stop(group, row, nouns, units) for row, group in enumerate(_groups(nouns), 1))


def own_units(nouns: DayNouns) -> tuple[str, ...]:
    """Return the units of the company's own that some vehicle of the day has a capacity in, by name."""
    driven = {shift.vehicle_id for shift in nouns.shifts}
    return tuple(sorted({unit for each in driven for unit, _ in nouns.vehicles[each].own_capacities}))


def strain_bounded(nouns: DayNouns) -> bool:
    """Return whether some driver of the day may be asked for so much strain only."""
    return any(shift.max_strain is not None for shift in nouns.shifts)


def day_problem(nouns: DayNouns, times: TimesByProfile, valuation: Valuation = UNPRICED) -> Problem:
    """Return the planning question. `times` must hold every profile of the shifts' vehicles, rows as in `places`.

    Raises YourInput when a vehicle's profile has no travel times, a shift lies outside its depot's hours, or two shifts
    need the same vehicle or driver at once.
    """
    found, asked, units = places(nouns), stops(nouns), own_units(nouns)
    _refuse_twice_at_once(nouns.shifts)
    shifts = tuple(_planned(shift, nouns, units) for shift in nouns.shifts)
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
        dimensions=(*DIMENSIONS, *units, *((STRAIN,) if strain_bounded(nouns) else ())),
        places=found,
        stops=asked,
        shifts=shifts,
        times=times,
        valuation=valuation,
        pairs=_pairs(nouns.orders),
        chargers=tuple(_charger(plug, 1 + len(asked) + k) for k, plug in enumerate(nouns.plugs)),
    )


def _pairs(orders: Sequence[Order]) -> tuple[Pair, ...]:
    fetched = {order.pair_id: order.order_id for order in orders if order.pair_id and order.kind == "pickup"}
    brought = {order.pair_id: order.order_id for order in orders if order.pair_id and order.kind != "pickup"}
    return tuple(Pair(fetched[pair_id], brought[pair_id]) for pair_id in fetched)


def _charger(plug: Plug, row: int) -> Charger:
    return Charger(plug.charger_id, row, plug.watts, plug.cents_per_kwh, plug.windows)


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
    units = own_units(nouns)
    vans = {(_offers(shift, nouns), _room(shift, nouns, units), _bearable(shift, nouns)) for shift in nouns.shifts}
    groups: dict[tuple[str, Place, Seconds, frozenset[str], str], list[list[Order]]] = {}
    order_of: list[list[Order]] = []
    for order in _settled(nouns):
        alone = order.order_id if order.pair_id else ""
        place = nouns.recipients[order.recipient_id].place
        mine = groups.setdefault((order.recipient_id, place, order.ready, order.drivers, alone), [])
        for group in mine:
            if _meets(group, order) and _carried([*group, order], vans, nouns, units):
                group.append(order)
                break
        else:
            mine.append([order])
            order_of.append(mine[-1])
    return order_of


def _settled(nouns: DayNouns) -> Iterator[Order]:
    """Yield the orders with `ready` only where it binds a van, and with windows that say when goods can be fetched.

    What both halves of a pair say of their goods is told of each: the larger amounts, the later `ready`.
    """
    begins = min((max(shift.starts, nouns.depot.opens) for shift in nouns.shifts), default=Seconds(0))
    halves: dict[str, list[Order]] = defaultdict(list)
    for order in nouns.orders:
        halves[order.pair_id].append(order)
    for order in nouns.orders:
        both = halves[order.pair_id] if order.pair_id else [order]
        ready = max(half.ready for half in both)
        bound = ready if ready > begins else Seconds(0)
        if order.kind == "pickup":
            windows = _from(bound, order.windows, nouns.depot.closes) if bound else order.windows
            yield replace(_with_the_most(order, both), windows=windows, ready=Seconds(0))
        else:
            yield replace(_with_the_most(order, both), ready=Seconds(0) if order.pair_id else bound)


def _from(ready: Seconds, windows: Sequence[TimeWindow], closes: Seconds) -> tuple[TimeWindow, ...]:
    """Return what is left of windows from `ready` on: of one that closed before, that instant."""
    spans = windows or (TimeWindow(Seconds(0), closes),)
    return tuple(TimeWindow(max(span.opens, ready), max(span.closes, ready)) for span in spans)


def _with_the_most(order: Order, both: Sequence[Order]) -> Order:
    if len(both) == 1:
        return order
    units = sorted({unit for half in both for unit, _ in half.own_amounts})
    return replace(
        order,
        weight_g=max(half.weight_g for half in both),
        volume_ml=max(half.volume_ml for half in both),
        own_amounts=tuple((unit, max(dict(half.own_amounts).get(unit, 0) for half in both)) for unit in units),
    )


def _carried(
    group: Sequence[Order],
    vans: Iterable[tuple[frozenset[str], tuple[int, ...], int]],
    nouns: DayNouns,
    units: Sequence[str],
) -> bool:
    """Return whether some van, told by what it offers, its room and what its driver bears, can bring these orders."""
    needs = frozenset[str]().union(*(order.needs for order in group))
    brought, fetched = _amounts(group, units)
    return any(
        needs <= offers
        and _strain(group, nouns) <= bearable
        and all(max(ours) <= theirs for *ours, theirs in zip(brought, fetched, room, strict=True))
        for offers, room, bearable in vans
    )


def _strain(group: Sequence[Order], nouns: DayNouns) -> int:
    who = nouns.recipients[group[0].recipient_id]
    return strain_units(who.kind, who.floor, lift=who.lift, weight_g=sum(order.weight_g for order in group))


def _bearable(shift: Shift, nouns: DayNouns) -> int:
    """Return the strain of one trip: of a shift with several trips each has its part, so that none can be too much."""
    trips = nouns.vehicles[shift.vehicle_id].max_trips
    return UNLIMITED if shift.max_strain is None else shift.max_strain // trips


def _amounts(group: Iterable[Order], units: Sequence[str]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return what a van has on board for these orders before it is there, and what it takes along from there."""
    sums = [[0] * (len(DIMENSIONS) + len(units)), [0] * (len(DIMENSIONS) + len(units))]
    for order in group:
        own = dict(order.own_amounts)
        amounts = (order.weight_g, order.volume_ml, *(own.get(unit, 0) for unit in units))
        which = sums[order.kind == "pickup"]
        which[:] = [a + b for a, b in zip(which, amounts, strict=True)]
    return tuple(sums[0]), tuple(sums[1])


def _offers(shift: Shift, nouns: DayNouns) -> frozenset[str]:
    return nouns.vehicles[shift.vehicle_id].offers | shift.skills


def _capacities(shift: Shift, nouns: DayNouns, units: Sequence[str]) -> tuple[int, ...]:
    strain = (_bearable(shift, nouns),) if strain_bounded(nouns) else ()
    return (*_room(shift, nouns, units), *strain)


def _room(shift: Shift, nouns: DayNouns, units: Sequence[str]) -> tuple[int, ...]:
    vehicle = nouns.vehicles[shift.vehicle_id]
    own, volume = dict(vehicle.own_capacities), vehicle.capacity_ml
    return (
        vehicle.capacity_g, UNLIMITED if volume is None else volume, *(own.get(unit, UNLIMITED) for unit in units)
    )  # fmt: skip


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


def _stop(group: Sequence[Order], row: int, nouns: DayNouns, units: Sequence[str]) -> Stop:
    seconds = sorted((int(nouns.service[order.order_id]) for order in group), reverse=True)
    brought, fetched = _amounts(group, units)
    picks = fetched if any(fetched) and not group[0].pair_id else ()
    strain = _strain(group, nouns)
    if strain_bounded(nouns):
        brought, picks = (*brought, 0), (*(picks or (0,) * len(brought)), strain)
    return Stop(
        stop_id=group[0].order_id,
        order_ids=tuple(order.order_id for order in group),
        location=row,
        windows=apart(_common(group) or ()),
        service=Seconds(seconds[0] + round(sum(seconds[1:]) * NEXT_PARCEL_SHARE)),
        amounts=brought,
        needs=frozenset().union(*(order.needs for order in group)),
        strain=strain,
        picks=picks,
        release=group[0].ready,
        only=group[0].drivers,
    )


def _planned(shift: Shift, nouns: DayNouns, units: Sequence[str]) -> PlannedShift:
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
        capacities=_capacities(shift, nouns, units),
        offers=_offers(shift, nouns),
        max_stops=vehicle.max_stops,
        profile=vehicle.profile,
        max_seconds=vehicle.max_route,
        max_metres=None if vehicle.battery else vehicle.range_m,
        reloads=(0,) if vehicle.max_trips > 1 else (),
        max_trips=vehicle.max_trips,
        reload_seconds=vehicle.reload if vehicle.max_trips > 1 else Seconds(0),
        lifo=vehicle.lifo,
        battery=vehicle.battery,
    )
