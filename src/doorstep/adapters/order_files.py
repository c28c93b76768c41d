"""An order that is about to be placed, as JSON: an event of kind `order` whose windows are candidates."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from doorstep.adapters.event_files import ordered_of
from doorstep.adapters.strict_json import Spot, parsed, text_of
from doorstep.domain.events import Ordered
from doorstep.domain.units import Seconds
from doorstep.domain.windows import TimeWindow

MOST_CANDIDATES = 10_000


def read_order(path: Path, dimensions: int, at: Seconds) -> tuple[Ordered, tuple[TimeWindow, ...], dict[str, Any]]:
    """Return the order, the windows it may be offered in any order, and its values as they stand in the file.

    Without `at` in the file it is asked for at `at`. Raises YourInput with the spot of what can't be right.
    """
    root = parsed(text_of(path), path.name)
    if not isinstance(root.value, dict):
        raise root.refused("an object with order_id, lon and lat")
    kind = root.get("kind")
    if kind is not None and kind.value != "order":
        raise kind.refused('"order", or no kind')
    asked = root.get("windows")
    windows = () if asked is None else tuple(_window(spot) for spot in asked.items(MOST_CANDIDATES))
    values = {"kind": "order", "at": int(at), **{k: v for k, v in root.value.items() if v is not None}}
    order = ordered_of(Spot({k: v for k, v in values.items() if k != "windows"}, root.where), dimensions)
    return replace(order, stop=replace(order.stop, windows=())), windows, values


def event_row(values: dict[str, Any], window: TimeWindow) -> dict[str, Any]:
    """Return the event that books an order in one window: what `doorstep dispatch` reads.

    A window that was given is a promise, so the order must be served: the event has no price of leaving it out.
    """
    promised = {key: value for key, value in values.items() if key != "unserved"}
    return {**promised, "windows": [[window.opens, window.closes]]}


def _window(spot: Spot) -> TimeWindow:
    pair = spot.wholes()
    if len(pair) != 2 or pair[0] > pair[1]:
        raise spot.refused("[opens, closes] with opens <= closes", "check the time zone")
    return TimeWindow(Seconds(pair[0]), Seconds(pair[1]))
