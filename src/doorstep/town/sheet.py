"""One day of one company, ready to be told: who drove what, and the rows of the data contract that say so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.tariff import Tariff
from doorstep.domain.units import per_hour, per_km
from doorstep.town.aftermath import REASONS, Aftermath
from doorstep.town.calendar import Calendar
from doorstep.town.doors import Doors
from doorstep.town.people import People

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Columns = Mapping[str, Sequence[Any]]

DEPOT_ID = "d1"
STOP_RATING_SHARE = 0.08


@dataclass(frozen=True, slots=True, eq=False)
class Crew:
    """The shifts of a day, one entry each, in the order of routes."""

    shift_ids: list[str]
    driver_ids: list[str]
    vehicle_ids: list[str]
    drivers: Ints
    starts: Ints
    ends: Ints
    wage: Ints
    fixed_cents: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A day as driven. `back`, `metres`, `pulse` by route; `planned`, `rating` by visit; `tickets`: orders somebody
    wrote about, visited or not."""

    calendar: Calendar
    day: int
    order_ids: list[str]
    crew: Crew
    doors: Doors
    after: Aftermath
    planned: Ints
    leaves: Ints
    back: Ints
    metres: Ints
    pulse: Ints
    rating: Floats
    reacts: bool
    tickets: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Pay:
    """Cents per route; zero for routes without visits."""

    wages: Ints
    overtime: Ints
    distance: Ints
    fixed: Ints
    overtime_s: Ints


def pay(tariff: Tariff, crew: Crew, used: NDArray[np.bool_], back: Ints, metres: Ints) -> Pay:
    """Return what routes cost: paid from the shift's start until back, a surcharge on overtime, metres, fixed."""
    paid = np.where(used, back - crew.starts, 0)
    over = np.maximum(paid - int(tariff.overtime_after), 0)
    surcharge = tariff.overtime_multiplier - 1
    each = list(zip(paid.tolist(), over.tolist(), crew.wage.tolist(), metres.tolist(), strict=True))
    return Pay(
        np.array([per_hour(p, w) for p, _, w, _ in each], dtype=np.int64),
        np.array([per_hour(o, round(w * surcharge)) for _, o, w, _ in each], dtype=np.int64),
        np.array([per_km(m, tariff.cents_per_km) for _, _, _, m in each], dtype=np.int64),
        np.where(used, crew.fixed_cents + int(tariff.fixed_cents_per_route), 0), over,
    )  # fmt: skip


def told(sheet: Sheet, people: People, tariff: Tariff) -> dict[str, Columns]:
    """Return the day's columns by file: shifts, attempts, contacts, leavings, surveys, costs, revenue."""
    used = np.bincount(sheet.after.route, minlength=len(sheet.crew.starts)) > 0
    paid = pay(tariff, sheet.crew, used, sheet.back, sheet.metres)
    return {
        "shifts": _shifts(sheet, used, paid),
        "attempts": _attempts(sheet, people),
        "contacts": _contacts(sheet, people, tariff),
        "leavings": _leavings(sheet, people),
        "surveys": _surveys(sheet, people, used),
        "costs": _costs(sheet, used, paid, tariff),
        "revenue": _revenue(sheet, people),
    }


def planned_shifts(calendar: Calendar, day: int, crew: Crew) -> Columns:
    """Return the columns of shifts nobody has driven yet."""
    n = len(crew.shift_ids)
    nothing: list[str | None] = [None] * n
    return {
        "shift_id": crew.shift_ids, "date": [calendar.iso(day)] * n, "driver_id": crew.driver_ids,
        "vehicle_id": crew.vehicle_ids, "depot_id": [DEPOT_ID] * n, "starts_at": calendar.stamps(day, crew.starts),
        "ends_at": calendar.stamps(day, crew.ends), "clocked_in_at": nothing, "left_depot_at": nothing,
        "back_at": nothing, "clocked_out_at": nothing, "paid_cents": nothing,
    }  # fmt: skip


def _shifts(sheet: Sheet, used: NDArray[np.bool_], paid: Pay) -> Columns:
    planned = dict(planned_shifts(sheet.calendar, sheet.day, sheet.crew))
    back = sheet.calendar.stamps(sheet.day, sheet.back)
    planned |= {
        "clocked_in_at": planned["starts_at"], "left_depot_at": sheet.calendar.stamps(sheet.day, sheet.leaves),
        "back_at": back, "clocked_out_at": back, "paid_cents": (paid.wages + paid.overtime).tolist(),
    }  # fmt: skip
    return {name: [cell for cell, keep in zip(cells, used, strict=True) if keep] for name, cells in planned.items()}


def _attempts(sheet: Sheet, people: People) -> Columns:
    after, home, stamps = sheet.after, people.recipients, sheet.calendar.stamps
    ids = [sheet.order_ids[i] for i in after.which.tolist()]
    who = sheet.doors.recipient[after.which]
    return {
        "attempt_id": [f"{order}-1" for order in ids], "order_id": ids, "attempt_no": [1] * len(ids),
        "shift_id": [sheet.crew.shift_ids[r] for r in after.route.tolist()],
        "driver_id": [sheet.crew.driver_ids[r] for r in after.route.tolist()],
        "seq": (after.seq + 1).tolist(), "planned_at": stamps(sheet.day, sheet.planned),
        "parked_at": stamps(sheet.day, after.parked), "arrived_at": stamps(sheet.day, after.arrived),
        "door_at": stamps(sheet.day, after.door), "left_at": stamps(sheet.day, after.left),
        "outcome": after.outcome, "reason": [REASONS.get(outcome) for outcome in after.outcome],
        "lon": home.lon[who].tolist(), "lat": home.lat[who].tolist(),
        "recorded_at": stamps(sheet.day, after.left + 20),
    }  # fmt: skip


def _contacts(sheet: Sheet, people: People, tariff: Tariff) -> Columns:
    """Return who wrote and why; an order nobody visited is written about in the evening."""
    after, which, n = sheet.after, sheet.tickets, len(sheet.order_ids)
    at, failed, late = np.full(n, 70_000), np.ones(n, dtype=bool), np.zeros(n, dtype=bool)
    at[after.which], failed[after.which], late[after.which] = after.left, ~after.taken, after.late_s > 0
    kind = np.where(failed & sheet.reacts, "missing", np.where(late & sheet.reacts, "late", "other"))
    return {
        "contact_id": [f"c-{sheet.order_ids[i]}" for i in which.tolist()],
        "order_id": [sheet.order_ids[i] for i in which.tolist()],
        "recipient_id": [people.recipients.ids[i] for i in sheet.doors.recipient[which].tolist()],
        "merchant_id": [people.merchants.ids[i] for i in sheet.doors.merchant[which].tolist()],
        "at": sheet.calendar.stamps(sheet.day, at[which] + 900 + (which * 37) % 5400),
        "kind": kind[which].tolist(), "handled_s": (360 + (which * 53) % 600).tolist(),
        "cost_cents": [int(tariff.ticket_cents)] * len(which),
    }  # fmt: skip


def _leavings(sheet: Sheet, people: People) -> Columns:
    gone = np.flatnonzero(sheet.after.unsubscribed)
    who = sheet.doors.recipient[sheet.after.which[gone]].tolist()
    return {
        "subject": ["recipient"] * len(gone), "id": [people.recipients.ids[i] for i in who],
        "at": sheet.calendar.stamps(sheet.day, sheet.after.left[gone] + 7200), "kind": ["subscription"] * len(gone),
        "reason": ["told us to stop"] * len(gone),
    }  # fmt: skip


def _surveys(sheet: Sheet, people: People, used: NDArray[np.bool_]) -> Columns:
    """Return the drivers' answers of the evening and what a few recipients thought of their stop."""
    after, routes = sheet.after, np.flatnonzero(used)
    rated = np.flatnonzero(sheet.rating < STOP_RATING_SHARE)
    unhappy = sheet.reacts * ((~after.taken[rated]) * 2 + (after.late_s[rated] > 900))
    scores = np.clip(5 - unhappy - (sheet.rating[rated] < 0.02), 1, 5).tolist()
    shifts = [sheet.crew.shift_ids[r] for r in routes.tolist()]
    orders = [sheet.order_ids[i] for i in after.which[rated].tolist()]
    who = sheet.doors.recipient[after.which[rated]].tolist()
    asked = sheet.calendar.stamps(sheet.day, sheet.back[routes])
    asked += sheet.calendar.stamps(sheet.day, after.left[rated] + 1800)
    none: list[str | None] = [None]
    return {
        "survey_id": [f"pulse-{shift}" for shift in shifts] + [f"stop-{order}" for order in orders],
        "subject": ["driver"] * len(shifts) + ["recipient"] * len(orders),
        "id": [sheet.crew.driver_ids[r] for r in routes.tolist()] + [people.recipients.ids[i] for i in who],
        "question": ["pulse"] * len(shifts) + ["stop"] * len(orders), "asked_at": asked, "answered_at": asked,
        "score": sheet.pulse[routes].tolist() + scores, "order_id": none * len(shifts) + orders,
        "shift_id": shifts + none * len(orders),
    }  # fmt: skip


def _costs(sheet: Sheet, used: NDArray[np.bool_], paid: Pay, tariff: Tariff) -> Columns:
    """Return the day's ledger lines: per shift wages, overtime, fuel and vehicle; per failure a second attempt."""
    lines: list[tuple[str, str, int, int | None, str | None]] = []
    for account, cents in (("wages", paid.wages), ("overtime", paid.overtime), ("fuel", paid.distance),
                           ("vehicle", paid.fixed)):  # fmt: skip
        lines += [(f"{account}-{sheet.crew.shift_ids[r]}", account, int(cents[r]), r, None)
                  for r in np.flatnonzero(used & (cents > 0)).tolist()]  # fmt: skip
    failed = sheet.after.which[~sheet.after.taken].tolist()
    lines += [_second(sheet, i) for i in failed + unvisited(sheet).tolist()]
    tickets = len(sheet.tickets)
    if tickets:
        line_id = f"support-{sheet.calendar.iso(sheet.day)}"
        lines.append((line_id, "support", tickets * int(tariff.ticket_cents), None, None))
    return _lines(sheet, lines)


def unvisited(sheet: Sheet) -> Ints:
    """Return the orders of the day that no route took."""
    return np.setdiff1d(np.arange(len(sheet.order_ids)), sheet.after.which)


def _second(sheet: Sheet, which: int) -> tuple[str, str, int, int | None, str | None]:
    order = sheet.order_ids[which]
    return f"second-{order}", "other", int(sheet.doors.second_cents[which]), None, order


def _lines(sheet: Sheet, lines: list[tuple[str, str, int, int | None, str | None]]) -> Columns:
    day, crew = sheet.calendar.iso(sheet.day), sheet.crew
    on = [line[3] for line in lines]
    return {
        "line_id": [line[0] for line in lines], "date": [day] * len(lines), "account": [line[1] for line in lines],
        "cents": [line[2] for line in lines], "depot_id": [DEPOT_ID] * len(lines),
        "vehicle_id": [None if r is None else crew.vehicle_ids[r] for r in on],
        "driver_id": [None if r is None else crew.driver_ids[r] for r in on],
        "shift_id": [None if r is None else crew.shift_ids[r] for r in on], "order_id": [line[4] for line in lines],
    }  # fmt: skip


def _revenue(sheet: Sheet, people: People) -> Columns:
    which = sheet.after.which.tolist()
    shop = sheet.doors.merchant[sheet.after.which].tolist()
    return {
        "line_id": [f"delivery-{sheet.order_ids[i]}" for i in which],
        "date": [sheet.calendar.iso(sheet.day)] * len(which), "merchant_id": [people.merchants.ids[m] for m in shop],
        "order_id": [sheet.order_ids[i] for i in which], "kind": ["delivery"] * len(which),
        "cents": sheet.doors.revenue_cents[sheet.after.which].tolist(),
    }  # fmt: skip
