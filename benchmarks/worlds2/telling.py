"""Rows of the data contract: what a company's folder and a drive's folder say of a ring town, never the truth."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.worlds2.company import Company, driver_id
from benchmarks.worlds2.dispatcher import GUESSED_SERVICE_S
from benchmarks.worlds2.laws import KINDS
from benchmarks.worlds2.orders import Orders
from benchmarks.worlds2.outcomes import REASONS, Done
from doorstep.domain import tariff
from doorstep.domain.units import Seconds
from doorstep.town import names
from doorstep.town.history import Book
from doorstep.town.luck import stream
from doorstep.town.sheet import DEPOT_ID, Columns, planned_shifts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Row = dict[str, Any]
Line = tuple[str, str, int, int | None, str | None]
"""A ledger line: its id, account, cents, route and order."""

TABLES = (
    "merchants", "depots", "vehicles", "drivers", "shifts", "recipients", "orders", "attempts", "contacts",
    "leavings", "surveys", "pings", "costs", "revenue",
)  # fmt: skip
"""Files of a company's folder, in the order in which they refer to each other."""

SLOT_HOURS = (0.0, 6.75, 9.0, 11.25, 14.0, 15.25, 18.5)
ASSUMED_SPEEDS = (
    ("trunk", (1.0, 0.74, 0.95, 0.93, 0.93, 0.74, 0.97)),
    ("primary", (1.0, 0.7, 0.94, 0.92, 0.92, 0.72, 0.96)),
    ("secondary", (1.0, 0.73, 0.92, 0.88, 0.9, 0.75, 0.96)),
    ("tertiary", (1.0, 0.78, 0.9, 0.84, 0.9, 0.8, 0.96)),
    ("residential", (1.0, 0.8, 0.94, 0.92, 0.94, 0.82, 0.97)),
    ("living_street", (1.0, 0.95, 0.86, 0.78, 0.94, 0.95, 0.98)),
    ("unclassified", (1.0, 0.8, 0.94, 0.92, 0.94, 0.82, 0.97)),
)
"""What the company assumes of traffic: steps by class, near the truth and not equal to it."""

RATED = 0.06


def about(seed: int, company: Company) -> tariff.Company:
    """Return what goes into `company.toml`."""
    edges = tuple(Seconds(round(hour * 3600)) for hour in SLOT_HOURS)
    name = f"{names.distinct(stream(seed, 'ring company'), 1)[0]} Couriers"
    return tariff.Company(
        "ring-town", name, "EUR", 2, company.days.timezone, "", company.tariff, edges, ASSUMED_SPEEDS, "assumption"
    )


def rows(book: Book, company: Company, seed: int, table: str) -> Iterator[Row]:
    """Yield the rows of one file of a company's folder."""
    makers = {"merchants": _merchants, "depots": _depots, "vehicles": _vehicles, "drivers": _drivers}
    if table in makers:
        yield from makers[table](company)
    elif table == "recipients":
        yield from _recipients(company, seed)
    elif table == "orders":
        for row in book.rows("orders"):
            sent_back = company.undeliverable.get(row["order_id"], (None, None))
            yield row | {"cancelled_at": sent_back[0], "cancel_reason": sent_back[1]}
    else:
        yield from book.rows(table)


def _merchants(company: Company) -> Iterator[Row]:
    shops, first = company.people.merchants, company.days.iso(-250)
    for i, shop in enumerate(shops.ids):
        yield {"merchant_id": shop, "name": shops.names[i], "kind": str(shops.trade[i]), "started_on": first,
               "cents_per_order": int(shops.cents_per_order[i]), "cents_per_kg": int(shops.cents_per_kg[i]),
               "sla_on_time": float(shops.sla[i]), "depot_id": DEPOT_ID}  # fmt: skip


def _depots(company: Company) -> Iterator[Row]:
    place = company.people.depot
    yield {"depot_id": DEPOT_ID, "name": "Depot at the ring", "lon": place.lon, "lat": place.lat, "opens": "05:30",
           "closes": "23:00", "timezone": company.days.timezone, "doors": 4}  # fmt: skip


def _vehicles(company: Company) -> Iterator[Row]:
    for i in range(max(2, -(-company.orders_per_day // 27))):
        yield {"vehicle_id": f"v{i + 1:02d}", "depot_id": DEPOT_ID, "kind": "van", "profile": "car",
               "capacity_g": 560_000, "capacity_ml": 5_200_000,
               "fixed_cents_per_day": company.laws.van_fixed_cents, "owner": "own"}  # fmt: skip


def _drivers(company: Company) -> Iterator[Row]:
    for i, driver in enumerate(company.staff.drivers):
        left = None if driver.left is None else company.days.iso(driver.left)
        yield {"driver_id": driver_id(i), "depot_id": DEPOT_ID, "hired_on": company.days.iso(driver.hired),
               "left_on": left, "left_kind": left and "quit", "contract": "employed",
               "wage_cents_per_hour": driver.wage, "weekly_s": 38 * 3600}  # fmt: skip


def _recipients(company: Company, seed: int) -> Iterator[Row]:
    """Yield everybody known by tomorrow, with names, addresses and numbers that can't be anybody's."""
    home, days = company.people.recipients, company.days
    rng, n = stream(seed, "ring names"), len(home.ids)
    called, phones = names.people(rng, n), rng.integers(0, 1000, n).tolist()
    known = np.where(home.joins < 0, -rng.integers(1, 700, n), home.joins)
    for i in np.flatnonzero(home.joins <= days.days).tolist():
        postcode = home.postcodes[home.postcode[i]]
        yield {"recipient_id": home.ids[i], "lon": float(home.lon[i]), "lat": float(home.lat[i]),
               "address": f"{home.address[i]}, {postcode}", "postcode": postcode, "kind": KINDS[home.kind[i]],
               "floor": int(home.floor[i]), "lift": bool(home.lift[i]), "locale": "en",
               "created_at": days.stamp(int(known[i]), 18_000), "name": called[i],
               "email": f"{called[i].lower().replace(' ', '.')}.{i}@example.net",
               "phone": f"+447700900{phones[i]:03d}"}  # fmt: skip


def orders(rng: np.random.Generator, company: Company, day: int, order_ids: list[str], asked: Orders) -> Columns:
    """Return a day's orders as the company knows them."""
    people, days, n = company.people, company.days, len(order_ids)
    opens, closes = days.stamps(day, asked.opens), days.stamps(day, np.minimum(asked.closes, 86_400))
    hard = (asked.opens > 0).tolist()
    return {
        "order_id": order_ids, "recipient_id": [people.recipients.ids[i] for i in asked.recipient.tolist()],
        "merchant_id": [people.merchants.ids[m] for m in asked.merchant.tolist()], "depot_id": [DEPOT_ID] * n,
        "kind": ["delivery"] * n, "placed_at": days.stamps(day, -rng.integers(4 * 3600, 70 * 3600, n)),
        "ready_at": days.stamps(day, np.full(n, 16_200)), "due_on": [days.iso(day)] * n,
        "windows": [f"{a}/{b}" if sold else None for a, b, sold in zip(opens, closes, hard, strict=True)],
        "promised_start": days.stamps(day, asked.start), "promised_end": days.stamps(day, asked.end),
        "weight_g": asked.weight_g.tolist(), "volume_ml": (asked.weight_g * 6).tolist(),
        "parcels": asked.parcels.tolist(),
        "service_s": GUESSED_SERVICE_S[people.recipients.kind[asked.recipient]].tolist(), "mode": ["door"] * n,
        "revenue_cents": asked.revenue_cents.tolist(), "cancelled_at": [None] * n, "cancel_reason": [None] * n,
    }  # fmt: skip


def second_attempts(
    company: Company, day: int, asked: tuple[list[str], Ints], at: Ints, taken: NDArray[np.bool_]
) -> Columns:
    """Return the attempts of a partner, of whose vans nothing is known."""
    order_ids, who = asked
    home, stamps, n = company.people.recipients, company.days.stamps, len(order_ids)
    outcome = ["delivered" if ok else "nobody" for ok in taken.tolist()]
    nothing: list[None] = [None] * n
    return {
        "attempt_id": [f"{order}-2" for order in order_ids], "order_id": order_ids, "attempt_no": [2] * n,
        "shift_id": nothing, "driver_id": nothing, "seq": nothing, "planned_at": nothing,
        "parked_at": stamps(day, at - 40), "arrived_at": stamps(day, at), "door_at": stamps(day, at + 70),
        "left_at": stamps(day, at + 200), "outcome": outcome, "reason": [REASONS.get(how) for how in outcome],
        "lon": home.lon[who].tolist(), "lat": home.lat[who].tolist(), "recorded_at": stamps(day, at + 5400),
    }  # fmt: skip


def facts(company: Company, went: Done) -> dict[str, Columns]:
    """Return a day's columns by file."""
    used = np.bincount(went.route, minlength=len(went.back)) > 0
    return {
        "shifts": _shifts(company, went, used), "attempts": _attempts(company, went),
        "contacts": _contacts(company, went), "leavings": _leavings(company, went),
        "surveys": _surveys(company, went, used), "costs": _costs(company, went, used),
        "revenue": _revenue(company, went),
    }  # fmt: skip


def into(book: Book, company: Company, went: Done) -> None:
    """Write a day into the book of the past, with a position per halt."""
    for name, columns in facts(company, went).items():
        book.add(name, columns)
    home, day = company.people.recipients, went.today.day
    who, n = went.today.orders.recipient[went.which], len(went.which)
    book.add("pings", {
        "vehicle_id": [went.today.crew.vehicle_ids[r] for r in went.route.tolist()],
        "at": company.days.stamps(day, went.parked), "lon": home.lon[who].tolist(), "lat": home.lat[who].tolist(),
        "speed_m_per_s": [0.0] * n, "accuracy_m": [12] * n,
    })  # fmt: skip


def _shifts(company: Company, went: Done, used: NDArray[np.bool_]) -> Columns:
    day, crew = went.today.day, went.today.crew
    planned = dict(planned_shifts(company.days, day, crew))
    back = company.days.stamps(day, went.back)
    planned |= {
        "clocked_in_at": planned["starts_at"], "left_depot_at": company.days.stamps(day, went.leaves),
        "back_at": back, "clocked_out_at": back, "paid_cents": (went.pay.wages + went.pay.overtime).tolist(),
    }  # fmt: skip
    return {name: [cell for cell, keep in zip(cells, used, strict=True) if keep] for name, cells in planned.items()}


def _attempts(company: Company, went: Done) -> Columns:
    today, home = went.today, company.people.recipients
    ids, n = [today.order_ids[i] for i in went.which.tolist()], len(went.which)
    who = today.orders.recipient[went.which]
    times = {"planned_at": went.planned, "parked_at": went.parked, "arrived_at": went.arrived, "door_at": went.door,
             "left_at": went.left}  # fmt: skip
    return {
        "attempt_id": [f"{order}-1" for order in ids], "order_id": ids, "attempt_no": [1] * n,
        "shift_id": [today.crew.shift_ids[r] for r in went.route.tolist()],
        "driver_id": [today.crew.driver_ids[r] for r in went.route.tolist()], "seq": (went.seq + 1).tolist(),
        **{name: company.days.stamps(today.day, at) for name, at in times.items()},
        "outcome": went.outcome, "reason": [REASONS.get(how) for how in went.outcome], "lon": home.lon[who].tolist(),
        "lat": home.lat[who].tolist(), "recorded_at": company.days.stamps(today.day, went.left + 15),
    }  # fmt: skip


def _contacts(company: Company, went: Done) -> Columns:
    """Return who wrote and why; an order nobody visited is written about in the evening."""
    today, which, n = went.today, went.tickets, len(went.today.order_ids)
    at = np.full(n, 72_000)
    at[went.which] = went.left
    kind = np.where(went.failed > 0, "missing", np.where(went.late_by_order > 0, "late", "damaged"))[which]
    shop, who = today.orders.merchant[which].tolist(), today.orders.recipient[which].tolist()
    return {
        "contact_id": [f"c-{today.order_ids[i]}" for i in which.tolist()],
        "order_id": [today.order_ids[i] for i in which.tolist()],
        "recipient_id": [company.people.recipients.ids[i] for i in who],
        "merchant_id": [company.people.merchants.ids[m] for m in shop],
        "at": company.days.stamps(today.day, at[which] + 600 + (which * 61) % 7200), "kind": kind.tolist(),
        "handled_s": (300 + (which * 97) % 1100).tolist(),
        "cost_cents": [int(company.tariff.ticket_cents)] * len(which),
    }  # fmt: skip


def _leavings(company: Company, went: Done) -> Columns:
    who, n = went.today.orders.recipient[went.leaving].tolist(), len(went.leaving)
    return {
        "subject": ["recipient"] * n, "id": [company.people.recipients.ids[i] for i in who],
        "at": company.days.stamps(went.today.day, 75_600 + (went.leaving * 7) % 3600), "kind": ["subscription"] * n,
        "reason": ["had enough"] * n,
    }  # fmt: skip


def _surveys(company: Company, went: Done, used: NDArray[np.bool_]) -> Columns:
    """Return what drivers said of their day, often nothing, and what a few recipients thought of their stop."""
    today, routes = went.today, np.flatnonzero(used).tolist()
    rated = np.flatnonzero(went.rating[went.which] < RATED)
    annoyed = went.late_s[rated] > today.orders.patience_s[went.which[rated]]
    scores = np.clip(5 - 3 * ~went.taken[rated] - 2 * annoyed, 1, 5).tolist()
    shifts, said = [today.crew.shift_ids[r] for r in routes], [went.pulse[r] for r in routes]
    orders_ = [today.order_ids[i] for i in went.which[rated].tolist()]
    who = today.orders.recipient[went.which[rated]].tolist()
    asked = company.days.stamps(today.day, went.back[routes]) + company.days.stamps(today.day, went.left[rated] + 2400)
    drivers, none = len(shifts), [None]
    return {
        "survey_id": [f"pulse-{shift}" for shift in shifts] + [f"stop-{order}" for order in orders_],
        "subject": ["driver"] * drivers + ["recipient"] * len(orders_),
        "id": [today.crew.driver_ids[r] for r in routes] + [company.people.recipients.ids[i] for i in who],
        "question": ["pulse"] * drivers + ["stop"] * len(orders_), "asked_at": asked,
        "answered_at": [at if k >= drivers or said[k] is not None else None for k, at in enumerate(asked)],
        "score": said + scores, "order_id": none * drivers + orders_, "shift_id": shifts + none * len(orders_),
    }  # fmt: skip


def _costs(company: Company, went: Done, used: NDArray[np.bool_]) -> Columns:
    """Return the day's ledger: per shift wages, overtime, fuel and vehicle; second attempts; support."""
    today, lines = went.today, list[Line]()
    for account, cents in (("wages", went.pay.wages), ("overtime", went.pay.overtime), ("fuel", went.pay.distance),
                           ("vehicle", went.pay.fixed)):  # fmt: skip
        lines += [(f"{account}-{today.crew.shift_ids[r]}", account, int(cents[r]), r, None)
                  for r in np.flatnonzero(used & (cents > 0)).tolist()]  # fmt: skip
    for i in np.flatnonzero(went.failed > 0).tolist():
        order = today.order_ids[i]
        lines.append((f"second-{order}", "other", int(today.orders.second_cents[i]), None, order))
    if len(went.tickets):
        cents_ = len(went.tickets) * int(company.tariff.ticket_cents)
        lines.append((f"support-{company.days.iso(today.day)}", "support", cents_, None, None))
    on, crew = [line[3] for line in lines], today.crew
    return _ledger(company, today.day, lines) | {
        "vehicle_id": [None if r is None else crew.vehicle_ids[r] for r in on],
        "driver_id": [None if r is None else crew.driver_ids[r] for r in on],
        "shift_id": [None if r is None else crew.shift_ids[r] for r in on],
    }


def _ledger(company: Company, day: int, lines: list[Line]) -> dict[str, list[Any]]:
    n, nothing = len(lines), [None] * len(lines)
    return {
        "line_id": [line[0] for line in lines], "date": [company.days.iso(day)] * n,
        "account": [line[1] for line in lines], "cents": [line[2] for line in lines], "depot_id": [DEPOT_ID] * n,
        "vehicle_id": nothing, "driver_id": nothing, "shift_id": nothing, "order_id": [line[4] for line in lines],
    }  # fmt: skip


def _revenue(company: Company, went: Done) -> Columns:
    today, which = went.today, went.which.tolist()
    shop = today.orders.merchant[went.which].tolist()
    return {
        "line_id": [f"delivery-{today.order_ids[i]}" for i in which],
        "date": [company.days.iso(today.day)] * len(which),
        "merchant_id": [company.people.merchants.ids[m] for m in shop],
        "order_id": [today.order_ids[i] for i in which], "kind": ["delivery"] * len(which),
        "cents": today.orders.revenue_cents[went.which].tolist(),
    }  # fmt: skip


def recruiting(company: Company, day: int, driver: int) -> Columns:
    """Return what replacing a driver costs at once."""
    return _ledger(company, day, [(f"recruiting-{driver_id(driver)}", "recruiting", 210_000, None, None)])


def monthly(company: Company, day: int) -> Columns:
    """Return rent and software."""
    iso = company.days.iso(day)
    return _ledger(company, day, [(f"depot-{iso}", "depot", 290_000, None, None),
                                  (f"platform-{iso}", "platform", 75_000, None, None)])  # fmt: skip


def account_closed(company: Company, day: int, shop: int) -> Columns:
    """Return the leaving of a merchant."""
    return {"subject": ["merchant"], "id": [company.people.merchants.ids[shop]],
            "at": [company.days.stamp(day, 61_200)], "kind": ["account"],
            "reason": ["service below what was agreed"]}  # fmt: skip


def merchants_asked(rng: np.random.Generator, company: Company, day: int) -> Columns:
    """Return the month's question to merchants: high while the threshold is not passed, low after; many stay silent."""
    shops = company.people.merchants
    asked = [m for m in range(len(shops.ids)) if m not in company.gone]
    passed = (company.share_missed() > shops.borne)[asked]
    score = np.clip(np.where(passed, 4, 9) + rng.integers(-1, 2, len(asked)), 0, 10).tolist()
    silent = (rng.random(len(asked)) < 0.4).tolist()
    at, n = company.days.stamp(day, 36_000), len(asked)
    return {
        "survey_id": [f"nps-{company.days.iso(day)}-{shops.ids[m]}" for m in asked], "subject": ["merchant"] * n,
        "id": [shops.ids[m] for m in asked], "question": ["nps"] * n, "asked_at": [at] * n,
        "answered_at": [None if quiet else at for quiet in silent],
        "score": [None if quiet else said for said, quiet in zip(score, silent, strict=True)],
        "order_id": [None] * n, "shift_id": [None] * n,
    }  # fmt: skip


def as_rows(columns: Columns) -> Iterator[Mapping[str, Any]]:
    """Yield columns as rows."""
    called = tuple(columns)
    for cells in zip(*columns.values(), strict=True):
        yield dict(zip(called, cells, strict=True))
