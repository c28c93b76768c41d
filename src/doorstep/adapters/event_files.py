"""Events of a running day as JSON: `[{"kind": "order", "at": 43200, ...}, ...]`; see docs/formats.md."""

from collections.abc import Callable, Mapping
from pathlib import Path

from doorstep.adapters.problem_parts import curve_of, stop_of, windows_of
from doorstep.adapters.strict_json import LARGEST, Spot, parsed, text_of
from doorstep.adapters.travel_files import UNKNOWN
from doorstep.domain.events import Cancelled, ClosedOff, Delayed, Event, FellOut, Ordered, Rewindowed, Ticked
from doorstep.domain.places import Place
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.windows import LATEST

MOST_EVENTS = 10_000
EVERY = ("kind", "at")
OF_A_STOP = ("windows", "service", "amounts", "needs", "strain", "picks", "release", "only")
"""Keys of a new order that are read as in a stop of a problem."""
ORDER = ("order_id", "lon", "lat", *OF_A_STOP, "curve", "unserved")
"""Keys of a new order."""


def read_events(path: Path, dimensions: int) -> tuple[Event, ...]:
    """Return the events of a file in order of time; raises YourInput with the spot of what can't be right.

    `dimensions` is how many amounts a new order must give.
    """
    return events_of(parsed(text_of(path), path.name), dimensions)


def events_of(root: Spot, dimensions: int) -> tuple[Event, ...]:
    """Return the events of a parsed document."""
    return tuple(sorted((_event(spot, dimensions) for spot in root.items(MOST_EVENTS)), key=lambda e: e.at))


def ordered_of(spot: Spot, dimensions: int) -> Ordered:
    """Return a new order: a stop without a row, at a place, with its prices."""
    spot.only((*EVERY, *ORDER), UNKNOWN)
    place = Place(spot.at("lon").number(-180, 180), spot.at("lat").number(-90, 90))
    curve, unserved = spot.get("curve"), spot.get("unserved")
    order_id = spot.at("order_id").text()
    plain = {k: spot.value[k] for k in OF_A_STOP if k in spot.value}
    given = {"amounts": [0] * dimensions, **plain, "stop_id": order_id, "order_ids": [order_id], "location": 0}
    return Ordered(
        at=_at(spot),
        stop=stop_of(Spot(given, spot.where), (1, dimensions)),
        place=place,
        curve=None if curve is None else curve_of(curve),
        unserved=None if unserved is None else Cents(unserved.whole(0, LARGEST)),
    )


def _event(spot: Spot, dimensions: int) -> Event:
    kind = spot.at("kind")
    if kind.value == "order":
        return ordered_of(spot, dimensions)
    if not isinstance(kind.value, str) or kind.value not in KINDS:
        raise kind.refused(f"one of order, {', '.join(KINDS)}")
    keys, made = KINDS[kind.value]
    return made(spot.only((*EVERY, *keys), UNKNOWN))


def _at(spot: Spot) -> Seconds:
    return Seconds(spot.at("at").whole(0, LATEST))


def _cancelled(spot: Spot) -> Event:
    return Cancelled(_at(spot), spot.at("order_id").text())


def _rewindowed(spot: Spot) -> Event:
    return Rewindowed(_at(spot), spot.at("order_id").text(), windows_of(spot.at("windows")))


def _fell_out(spot: Spot) -> Event:
    handover = spot.get("handover")
    shift_id = spot.at("shift_id").text()
    if handover is None:
        return FellOut(_at(spot), shift_id)
    return FellOut(_at(spot), shift_id, Seconds(handover.whole(0, 7200)))


def _closed_off(spot: Spot) -> Event:
    place = Place(spot.at("lon").number(-180, 180), spot.at("lat").number(-90, 90))
    return ClosedOff(_at(spot), place, spot.at("metres").whole(), Seconds(spot.at("until").whole(0, LATEST)))


def _delayed(spot: Spot) -> Event:
    return Delayed(_at(spot), spot.at("shift_id").text(), Seconds(spot.at("seconds").whole(0, 2**20)))


def _ticked(spot: Spot) -> Event:
    return Ticked(_at(spot))


KINDS: Mapping[str, tuple[tuple[str, ...], Callable[[Spot], Event]]] = {
    "cancel": (("order_id",), _cancelled),
    "windows": (("order_id", "windows"), _rewindowed),
    "sick": (("shift_id", "handover"), _fell_out),
    "breakdown": (("shift_id", "handover"), _fell_out),
    "closure": (("lon", "lat", "metres", "until"), _closed_off),
    "late": (("shift_id", "seconds"), _delayed),
    "time": ((), _ticked),
}
"""Keys and reader of each kind of event, new orders apart."""
