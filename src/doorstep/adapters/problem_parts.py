"""The parts of `problem.json`: each is read here, and written beside it.

A field that was never given is not written, so that a plain problem keeps its text and its fingerprint.
"""

from collections.abc import Iterable, Sequence
from dataclasses import MISSING, asdict, fields
from typing import Any, get_args

from doorstep.adapters.strict_json import LARGEST, Spot
from doorstep.adapters.travel_files import UNKNOWN
from doorstep.domain.duty import BreakRule, Counted
from doorstep.domain.errors import YourInput
from doorstep.domain.places import Place
from doorstep.domain.problem import (
    Battery,
    Break,
    Charge,
    Charger,
    Driven,
    Halt,
    Pair,
    PlannedShift,
    Reload,
    Stop,
    Veto,
)
from doorstep.domain.units import Cents, Metres, Seconds
from doorstep.domain.valuation import PAIRING_PARTS, Pairings, PriceCurve, Rates, Valuation
from doorstep.domain.windows import TimeWindow

MOST_CENTS = 10**12
MOST_ROWS = 1000
"""Windows, break rules, reloads of one stop, shift or charger."""
MOST_PARTS = 5
"""Parts that a rule may split a break into: as many as a search keeps count of. No law has more than two."""

RATES = tuple(field.name for field in fields(Rates))
OLD_RATES = RATES[:9]
"""Rates that are always written."""
STOP = (
    "stop_id", "order_ids", "location", "windows", "service", "amounts", "needs", "strain", "curve", "unserved",
    "picks", "release", "only", "giver",
)  # fmt: skip
SHIFT = (*(field.name for field in fields(PlannedShift)), "rates")
LATER = tuple(field.name for field in fields(PlannedShift) if field.default is not MISSING)[3:]
"""Fields of a shift that are written only where they are not as in a plain one."""
BATTERY = tuple(field.name for field in fields(Battery))
RULE = tuple(field.name for field in fields(BreakRule))
CHARGER = tuple(field.name for field in fields(Charger))
DRIVEN = ("stop_id", "reload", "charge", "break", "arrives_at", "starts_at", "leaves_at", "metres")


# What many parts are made of


def place_of(spot: Spot) -> Place | None:
    """Return where a row of the matrices lies, None where nobody says."""
    if spot.value is None:
        return None
    spot.only(("lon", "lat"), UNKNOWN)
    return Place(spot.at("lon").number(-180, 180), spot.at("lat").number(-90, 90))


def location_of(spot: Spot, n: int) -> int:
    """Return a row of the matrices."""
    if not isinstance(spot.value, int) or isinstance(spot.value, bool) or not 0 <= spot.value < n:
        raise spot.refused(f"the row of one of the {n} places, from 0 to {n - 1}")
    return spot.value


def whole_or(spot: Spot | None, default: int, high: int = LARGEST) -> int:
    """Return a whole number from 0, or what stands for none."""
    return default if spot is None else spot.whole(0, high)


def most_or_none(spot: Spot | None) -> int | None:
    """Return a bound, None where there is none."""
    return None if spot is None else spot.whole()


def _flag(spot: Spot | None) -> bool:
    if spot is not None and not isinstance(spot.value, bool):
        raise spot.refused("true or false")
    return spot is not None and spot.value


def _set(spot: Spot | None) -> frozenset[str]:
    return frozenset(() if spot is None else spot.texts())


def _per_dimension(spot: Spot, n: int) -> tuple[int, ...]:
    amounts = spot.wholes()
    if len(amounts) != n:
        raise spot.refused(f"{n} numbers, one per dimension")
    return amounts


def windows_of(spot: Spot | None) -> tuple[TimeWindow, ...]:
    """Return windows in order and apart."""
    windows: list[TimeWindow] = []
    for item in () if spot is None else spot.items(MOST_ROWS):
        pair = item.wholes()
        if len(pair) != 2 or pair[0] > pair[1]:
            raise item.refused("[opens, closes] with opens <= closes", "check the time zone")
        if windows and pair[0] <= windows[-1].closes:
            raise item.refused(f"windows in order and apart, so one that opens after {windows[-1].closes}")
        windows.append(TimeWindow(Seconds(pair[0]), Seconds(pair[1])))
    return tuple(windows)


def _window_rows(windows: Iterable[TimeWindow]) -> list[list[int]]:
    return [[window.opens, window.closes] for window in windows]


# Stops, pairs and vetoes


def stop_of(spot: Spot, size: tuple[int, int]) -> Stop:
    """Return a stop of a problem with so many places and dimensions."""
    spot.only(STOP, UNKNOWN)
    order_ids, giver = spot.at("order_ids").texts(), spot.get("giver")
    if giver is None and not order_ids:
        raise spot.at("order_ids").refused("at least one order")
    if giver is not None and order_ids:
        raise spot.at("order_ids").refused("no order where goods are handed over")
    picks = spot.get("picks")
    return Stop(
        stop_id=spot.at("stop_id").text(),
        order_ids=order_ids,
        location=location_of(spot.at("location"), size[0]),
        windows=windows_of(spot.get("windows")),
        service=Seconds(whole_or(spot.get("service"), 0)),
        amounts=_per_dimension(spot.at("amounts"), size[1]),
        needs=_set(spot.get("needs")),
        strain=whole_or(spot.get("strain"), 0),
        picks=() if picks is None else _per_dimension(picks, size[1]),
        release=Seconds(whole_or(spot.get("release"), 0)),
        only=_set(spot.get("only")),
        giver="" if giver is None else giver.text(),
    )


def stop_row(stop: Stop, prices: Valuation) -> dict[str, Any]:
    """Return a stop and its prices as JSON values."""
    curve = prices.curves.get(stop.stop_id)
    row = {
        "stop_id": stop.stop_id,
        "order_ids": list(stop.order_ids),
        "location": stop.location,
        "windows": _window_rows(stop.windows),
        "service": stop.service,
        "amounts": list(stop.amounts),
        "needs": sorted(stop.needs),
        "strain": stop.strain,
        "curve": curve and {"at": list(curve.at), "cents": {part: list(c) for part, c in sorted(curve.parts.items())}},
        "unserved": prices.unserved.get(stop.stop_id),
    }
    later = {"picks": list(stop.picks), "release": stop.release, "only": sorted(stop.only), "giver": stop.giver}
    return row | {name: value for name, value in later.items() if value}


def pair_of(spot: Spot) -> Pair:
    """Return a pick-up and its delivery."""
    spot.only(("pickup", "delivery"), UNKNOWN)
    return Pair(spot.at("pickup").text(), spot.at("delivery").text())


def veto_of(spot: Spot) -> Veto:
    """Return who must not come where, and why."""
    spot.only(("who", "stop_id", "reason"), UNKNOWN)
    reason = spot.get("reason")
    if reason is not None and not isinstance(reason.value, str):
        raise reason.refused("a text")
    return Veto(spot.at("who").text(), spot.at("stop_id").text(), "" if reason is None else reason.value)


# Vehicles and their chargers


def charger_of(spot: Spot, places: int) -> Charger:
    """Return a charger at one of so many places."""
    spot.only(CHARGER, UNKNOWN)
    return Charger(
        charger_id=spot.at("charger_id").text(),
        location=location_of(spot.at("location"), places),
        watts=spot.at("watts").whole(1),
        cents_per_kwh=spot.at("cents_per_kwh").whole(),
        windows=windows_of(spot.get("windows")),
    )


def charger_row(charger: Charger) -> dict[str, Any]:
    """Return a charger as JSON values."""
    return {**asdict(charger), "windows": _window_rows(charger.windows)}


def _battery(spot: Spot | None) -> Battery | None:
    if spot is None:
        return None
    spot.only(BATTERY, UNKNOWN)
    capacity = spot.at("capacity_wh").whole()
    reserve = whole_or(spot.get("reserve_wh"), 0)
    for name in ("starts_with_wh", "reserve_wh"):
        held = spot.get(name)
        if held is not None and held.whole() > capacity:
            raise held.refused(f"at most the {capacity} Wh that the battery can store")
    return Battery(
        capacity_wh=capacity,
        starts_with_wh=spot.at("starts_with_wh").whole(),
        wh_per_km=spot.at("wh_per_km").whole(),
        charge_w=spot.at("charge_w").whole(),
        reserve_wh=reserve,
    )


# Shifts


def shift_of(spot: Spot, size: tuple[int, int]) -> PlannedShift:
    """Return a shift of a problem with so many places and dimensions."""
    spot.only(SHIFT, UNKNOWN)
    starts, ends = spot.at("starts").whole(), spot.at("ends").whole()
    if ends < starts:
        raise spot.at("ends").refused(f"an end at or after the start at {starts}")
    driver, frozen = spot.get("driver_id"), spot.get("frozen")
    return PlannedShift(
        shift_id=spot.at("shift_id").text(),
        vehicle_id=spot.at("vehicle_id").text(),
        driver_id=None if driver is None else driver.text(),
        starts=Seconds(starts),
        ends=Seconds(ends),
        start=location_of(spot.at("start"), size[0]),
        end=location_of(spot.at("end"), size[0]),
        capacities=_per_dimension(spot.at("capacities"), size[1]),
        offers=_set(spot.get("offers")),
        max_stops=most_or_none(spot.get("max_stops")),
        profile=spot.at("profile").text(),
        free_departure=_flag(spot.get("free_departure")),
        **_bounds(spot),
        **_trips(spot, size[0]),
        lifo=_flag(spot.get("lifo")),
        battery=_battery(spot.get("battery")),
        breaks=tuple(_rule(rule) for rule in _rows(spot.get("breaks"))),
        frozen=() if frozen is None else frozen.texts(),
        driven=_driven(spot, size[0]),
        loaded_at=_second(spot.get("loaded_at")),
    )


def _rows(spot: Spot | None) -> Iterable[Spot]:
    return () if spot is None else spot.items(MOST_ROWS)


def _second(spot: Spot | None) -> Seconds | None:
    at = most_or_none(spot)
    return None if at is None else Seconds(at)


def _bounds(spot: Spot) -> dict[str, Any]:
    names = ("max_seconds", "max_metres", "max_driving", "max_working")
    return {name: most_or_none(spot.get(name)) for name in names}


def _trips(spot: Spot, places: int) -> dict[str, Any]:
    trips = spot.get("max_trips")
    return {
        "reloads": tuple(location_of(row, places) for row in _rows(spot.get("reloads"))),
        "max_trips": 1 if trips is None else trips.whole(1),
        "reload_seconds": Seconds(whole_or(spot.get("reload_seconds"), 0)),
    }


def _rule(spot: Spot) -> BreakRule:
    spot.only(RULE, UNKNOWN)
    counted, split = spot.at("counted"), spot.get("split")
    if counted.value not in get_args(Counted):
        raise counted.refused(f"one of {', '.join(get_args(Counted))}")
    rule = BreakRule(
        name=spot.at("name").text(),
        counted=counted.value,
        after=Seconds(spot.at("after").whole()),
        length=Seconds(spot.at("length").whole(1)),
        split=() if split is None else _split(split),
        so_far=Seconds(whole_or(spot.get("so_far"), 0)),
        windows=windows_of(spot.get("windows")),
        waiting_counts=_flag(spot.get("waiting_counts")),
        parts_so_far=whole_or(spot.get("parts_so_far"), 0),
    )
    if rule.parts_so_far and (rule.parts_so_far >= len(rule.split) or not rule.so_far or rule.windows):
        raise spot.at("parts_so_far").wrong(
            f"expected fewer parts than the split's {len(rule.split)}, no windows, and 'so_far' above 0 beside them, "
            f"got {rule.parts_so_far} parts after {rule.so_far} s; all parts together end what is counted."
        )
    return rule


def _split(spot: Spot) -> tuple[Seconds, ...]:
    return tuple(Seconds(part.whole(1)) for part in spot.items(MOST_PARTS, "take fewer and longer parts"))


def _driven(spot: Spot, places: int) -> tuple[Driven, ...]:
    driven = spot.get("driven")
    if driven is None:
        return ()
    if spot.get("loaded_at") is None:
        raise driven.wrong("expected 'loaded_at' beside it, found none; a van that has driven was loaded before.")
    return tuple(_past(item, places) for item in driven.items())


def _past(spot: Spot, places: int) -> Driven:
    spot.only(DRIVEN, UNKNOWN)
    arrives, starts, leaves = (spot.at(name).whole() for name in ("arrives_at", "starts_at", "leaves_at"))
    if not arrives <= starts <= leaves:
        raise spot.wrong(f"expected arrives_at <= starts_at <= leaves_at, got {arrives}, {starts} and {leaves}.")
    halt = _halt(spot, places, Seconds(leaves - starts))
    return Driven(halt, Seconds(arrives), Seconds(starts), Seconds(leaves), Metres(spot.at("metres").whole()))


def _halt(spot: Spot, places: int, lasts: Seconds) -> Halt:
    kinds = [name for name in DRIVEN[:4] if spot.get(name) is not None]
    if len(kinds) != 1:
        raise spot.wrong(f"expected one of {', '.join(DRIVEN[:4])}, got {' and '.join(kinds) or 'none'}.")
    what = spot.at(kinds[0])
    match kinds[0]:
        case "reload":
            return Reload(location_of(what, places))
        case "charge":
            return Charge(what.text(), lasts)
        case "break":
            if what.value is not True:
                raise what.refused("true")
            return Break(lasts)
        case _:
            return what.text()


def shift_row(shift: PlannedShift, prices: Valuation) -> dict[str, Any]:
    """Return a shift and its rates as JSON values."""
    row = {name: value for name, value in asdict(shift).items() if name not in LATER or value != _PLAIN[name]}
    row |= {"capacities": list(shift.capacities), "offers": sorted(shift.offers)}
    if shift.breaks:
        row["breaks"] = [_rule_row(rule) for rule in shift.breaks]
    if shift.driven:
        row["driven"] = [_driven_row(driven) for driven in shift.driven]
    rates = asdict(prices.rates.get(shift.shift_id, Rates()))
    return {**row, "rates": {name: rate for name, rate in rates.items() if name in OLD_RATES or rate}}


_PLAIN = {field.name: field.default for field in fields(PlannedShift)}


def _rule_row(rule: BreakRule) -> dict[str, Any]:
    row = {**asdict(rule), "split": list(rule.split), "windows": _window_rows(rule.windows)}
    return {name: value for name, value in row.items() if name != "parts_so_far" or value}


def _driven_row(driven: Driven) -> dict[str, Any]:
    match driven.halt:
        case Reload(location):
            halt: dict[str, Any] = {"reload": location}
        case Charge(charger_id):
            halt = {"charge": charger_id}
        case Break():
            halt = {"break": True}
        case _:
            halt = {"stop_id": driven.halt}
    return halt | {name: getattr(driven, name) for name in DRIVEN[4:]}


# Prices


def valuation_of(root: Spot, stops: Sequence[Spot], shifts: Sequence[Spot]) -> Valuation:
    """Return the prices that stand at stops, at shifts, and for pairings of the two."""
    curves = {s.at("stop_id").text(): spot for s in stops if (spot := s.get("curve")) is not None}
    prices = {s.at("stop_id").text(): spot for s in stops if (spot := s.get("unserved")) is not None}
    rates = {s.at("shift_id").text(): spot for s in shifts if (spot := s.get("rates")) is not None}
    pairings = root.get("pairings")
    return Valuation(
        objective=root.at("objective").text(),
        valued_by=root.at("valued_by").texts(),
        curves={stop: curve_of(spot) for stop, spot in curves.items()},
        unserved={stop: Cents(spot.whole(-MOST_CENTS, MOST_CENTS)) for stop, spot in prices.items()},
        rates={shift: _rates(spot) for shift, spot in rates.items()},
        pairings={} if pairings is None else _pairings(pairings),
    )


def curve_of(spot: Spot) -> PriceCurve:
    """Return a door's price curve."""
    spot.only(("at", "cents"), UNKNOWN)
    cents = spot.at("cents")
    parts = {part: tuple(map(Cents, cents.at(part).wholes(-MOST_CENTS, MOST_CENTS))) for part in cents.names()}
    try:
        return PriceCurve(tuple(Seconds(at) for at in spot.at("at").wholes()), parts)
    except YourInput as error:
        raise spot.wrong(f"{error}") from None


def _rates(spot: Spot) -> Rates:
    spot.only(RATES, UNKNOWN)
    given = {name: spot.at(name).whole(0, LARGEST) for name in spot.names()}
    return Rates(**given)  # type: ignore[arg-type]  # overtime_after is Seconds, a whole number like the rest


def _pairings(spot: Spot) -> Pairings:
    spot.only(PAIRING_PARTS, UNKNOWN)
    return {
        part: {
            shift: {stop: Cents(row.at(stop).whole(-MOST_CENTS, MOST_CENTS)) for stop in row.names()}
            for shift, row in ((name, spot.at(part).at(name)) for name in spot.at(part).names())
        }
        for part in spot.names()
    }


def pairing_rows(pairings: Pairings) -> dict[str, Any]:
    """Return what pairings cost as JSON values."""
    return {part: {shift: dict(stops) for shift, stops in shifts.items()} for part, shifts in pairings.items()}
