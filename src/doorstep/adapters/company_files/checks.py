"""What must hold between the cells of one row: order of times, pairs of coordinates, what a score may be."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Finding = tuple[str, str, str, str]
"""Column, expected, found, what to do."""

Row = dict[str, Any]
Check = Callable[[Row, Row], Finding | None]
"""A claim about body and private part of a row; None: it holds."""


def _in_order(earlier: str, later: str) -> Check:
    def check(body: Row, private: Row) -> Finding | None:
        first, last = body.get(earlier), body.get(later)
        if first is None or last is None or first <= last:
            return None
        found = f"{last}, and {first} for {earlier}"
        return later, f"a time not before {earlier}", found, "swap the two, or check date and offset"

    return check


def _together(one: str, other: str) -> Check:
    def check(body: Row, private: Row) -> Finding | None:
        missing = [name for name in (one, other) if name not in body and name not in private]
        if len(missing) != 1:
            return None
        return missing[0], f"{one} and {other} together", "one of the two", f"fill in {missing[0]}, or clear the other"

    return check


def _place_or_address(body: Row, private: Row) -> Finding | None:
    if ("lon" in private and "lat" in private) or "address" in private:
        return None
    return "lon", "lon and lat, or an address", "neither", "fill in one of the two"


def _opens_before_closes(body: Row, private: Row) -> Finding | None:
    if "opens" not in body or "closes" not in body or body["opens"] < body["closes"]:
        return None
    todo = "swap the two; for a closing time after midnight add 24 hours (30:00 is 06:00 of the next day)"
    return "closes", "a clock time after opens", f"{body['closes']}, and {body['opens']} for opens", todo


def _zone_exists(body: Row, private: Row) -> Finding | None:
    if "timezone" not in body or zone(body["timezone"]):
        return None
    return "timezone", "a time zone of the IANA list", body["timezone"], "write a name such as Europe/Lisbon"


def _starts_on_its_date(body: Row, private: Row) -> Finding | None:
    apart = date.fromisoformat(body["starts_at"][:10]) - date.fromisoformat(body["date"])
    if abs(apart.days) <= 1:
        return None
    return "starts_at", "a time on the row's date", f"{body['starts_at']} on {body['date']}", "correct one of the two"


LONGEST_SHIFT = timedelta(hours=36)


def _not_too_long(body: Row, private: Row) -> Finding | None:
    lasts = datetime.fromisoformat(body["ends_at"]) - datetime.fromisoformat(body["starts_at"])
    if lasts <= LONGEST_SHIFT:
        return None
    found = f"{body['ends_at']}, and {body['starts_at']} for starts_at"
    return "ends_at", "a time within 36 hours of starts_at", found, "correct one of the two"


def _a_window_near_its_day(body: Row, private: Row) -> Finding | None:
    windows = body.get("windows")
    if not windows:
        return None
    due, day = date.fromisoformat(body["due_on"]), timedelta(days=1)
    # A window is in UTC and may belong to a night: a day on either side is near.
    near = (due - day).isoformat(), (due + 2 * day).isoformat()
    if any(closes >= near[0] and opens < near[1] for opens, closes in windows):
        return None
    found = f"{windows[0][0]}/{windows[0][1]} for an order of {body['due_on']}"
    return "windows", "a window on the order's day", found, "correct due_on or the window"


def _half_of_something(body: Row, private: Row) -> Finding | None:
    if body.get("kind") != "pair" or "pair_id" in body:
        return None
    todo = "give both orders of the pair the same id, or write delivery or pickup for kind"
    return "pair_id", "a pair_id where kind is pair", "an empty cell", todo


def _score_fits(body: Row, private: Row) -> Finding | None:
    score = body.get("score")
    if score is None or (body["question"] != "stop" and score <= 10) or 1 <= score <= 5:
        return None
    return "score", "1 to 5 for the question stop", str(score), "correct score or question"


def _answered_has_score(body: Row, private: Row) -> Finding | None:
    if "score" not in body or "answered_at" in body:
        return None
    return "answered_at", "a time where there is a score", "an empty cell", "fill it in, or clear score"


def zone(name: str) -> ZoneInfo | None:
    """Return a time zone of the IANA list; None: there is none of this name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


CHECKS: Mapping[str, tuple[Check, ...]] = {
    "depots": (_opens_before_closes, _zone_exists),
    "chargers": (_opens_before_closes,),
    "drivers": (_in_order("hired_on", "left_on"),),
    "shifts": (
        _starts_on_its_date, _in_order("starts_at", "ends_at"), _not_too_long,
        _in_order("clocked_in_at", "clocked_out_at"), _in_order("left_depot_at", "back_at"),
    ),
    "duty": (_in_order("begins_at", "ends_at"),),
    "recipients": (_together("lon", "lat"), _place_or_address, _together("entrance_lon", "entrance_lat")),
    "orders": (
        _in_order("promised_start", "promised_end"), _together("promised_start", "promised_end"),
        _a_window_near_its_day, _half_of_something,
    ),
    "attempts": (_in_order("arrived_at", "left_at"), _together("lon", "lat")),
    "offers": (_in_order("window_start", "window_end"),),
    "surveys": (_score_fits, _answered_has_score, _in_order("asked_at", "answered_at")),
    "costs": (_in_order("date", "period_end"),),
}  # fmt: skip
