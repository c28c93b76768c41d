"""The rows of a company's folder that do not happen day by day: who and what there is, with invented names."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from doorstep.domain.places import Place
from doorstep.domain.tariff import Company, Tariff
from doorstep.domain.units import Seconds
from doorstep.town import names
from doorstep.town.calendar import Calendar
from doorstep.town.hidden import KINDS
from doorstep.town.history import VAN_FIXED_CENTS, Past, driver_id
from doorstep.town.luck import stream
from doorstep.town.sheet import DEPOT_ID

Row = dict[str, Any]

SLOT_HOURS = (0.0, 6.5, 9.5, 12.0, 15.5, 19.0)
ASSUMED_SPEEDS = (
    ("trunk", (1.0, 0.74, 0.93, 0.9, 0.7, 0.97)),
    ("primary", (1.0, 0.7, 0.9, 0.88, 0.66, 0.95)),
    ("secondary", (1.0, 0.72, 0.91, 0.88, 0.68, 0.95)),
    ("tertiary", (1.0, 0.76, 0.92, 0.9, 0.72, 0.96)),
    ("residential", (1.0, 0.84, 0.95, 0.93, 0.8, 0.97)),
    ("unclassified", (1.0, 0.8, 0.94, 0.92, 0.76, 0.97)),
    ("living_street", (1.0, 0.92, 0.97, 0.96, 0.9, 0.98)),
)
"""What the company assumes of rush hours: steps by class, near the truth and not equal to it."""

TABLES = (
    "merchants", "depots", "vehicles", "drivers", "shifts", "recipients", "orders", "attempts", "contacts",
    "leavings", "surveys", "pings", "costs", "revenue",
)  # fmt: skip
"""Files a town fills, in the order in which they refer to each other."""


def company(name: str, calendar: Calendar, tariff: Tariff) -> Company:
    """Return what goes into `company.toml`."""
    edges = tuple(Seconds(round(hour * 3600)) for hour in SLOT_HOURS)
    return Company("town", name, "EUR", 2, calendar.timezone, "", tariff, edges, ASSUMED_SPEEDS, "assumption")


def rows(past: Past, seed: int, table: str) -> Iterator[Row]:
    """Yield the rows of one file."""
    makers = {"merchants": _merchants, "depots": _depots, "vehicles": _vehicles, "drivers": _drivers}
    if table in makers:
        yield from makers[table](past)
    elif table == "recipients":
        yield from _recipients(past, seed)
    elif table == "orders":
        yield from _orders(past)
    else:
        yield from past.book.rows(table)


def _merchants(past: Past) -> Iterator[Row]:
    shops, first = past.company.people.merchants, past.company.calendar.iso(-200)
    for i, shop in enumerate(shops.ids):
        yield {"merchant_id": shop, "name": shops.names[i][0], "kind": shops.names[i][1], "started_on": first,
               "cents_per_order": int(shops.cents_per_order[i]), "cents_per_kg": int(shops.cents_per_kg[i]),
               "sla_on_time": float(shops.sla[i]), "depot_id": DEPOT_ID}  # fmt: skip


def depot_place(past: Past) -> Place:
    """Return where the vans start."""
    people = past.company.people
    return people.plane.place(people.depot_east, people.depot_north)


def _depots(past: Past) -> Iterator[Row]:
    place = depot_place(past)
    yield {"depot_id": DEPOT_ID, "name": "Depot", "lon": place.lon, "lat": place.lat, "opens": "06:00",
           "closes": "22:00", "timezone": past.company.calendar.timezone, "doors": 6}  # fmt: skip


def _vehicles(past: Past) -> Iterator[Row]:
    for i in range(past.company.staff.seats):
        yield {"vehicle_id": f"v{i + 1:02d}", "depot_id": DEPOT_ID, "kind": "van", "profile": "car",
               "capacity_g": 520_000, "capacity_ml": 5_500_000, "fixed_cents_per_day": VAN_FIXED_CENTS,
               "owner": "own"}  # fmt: skip


def _drivers(past: Past) -> Iterator[Row]:
    staff, calendar = past.company.staff, past.company.calendar
    for i, hired in enumerate(staff.hired):
        left = staff.left[i]
        yield {"driver_id": driver_id(i), "depot_id": DEPOT_ID, "hired_on": calendar.iso(hired),
               "left_on": None if left is None else calendar.iso(left), "left_kind": None if left is None else "quit",
               "contract": "employed", "wage_cents_per_hour": staff.wage[i], "weekly_s": 40 * 3600}  # fmt: skip


def _recipients(past: Past, seed: int) -> Iterator[Row]:
    """Yield everybody known by tomorrow, with names, addresses and numbers that can't be anybody's."""
    home, calendar = past.company.people.recipients, past.company.calendar
    rng, n = stream(seed, "names"), len(home.ids)
    called = names.people(rng, n)
    phones = rng.integers(0, 1000, n).tolist()
    known = np.where(home.joins < 0, -rng.integers(1, 900, n), home.joins)
    for i in np.flatnonzero(home.joins <= calendar.days).tolist():
        kind, postcode = KINDS[home.kind[i]], home.postcodes[home.postcode[i]]
        yield {"recipient_id": home.ids[i], "lon": float(home.lon[i]), "lat": float(home.lat[i]),
               "address": f"{home.address[i]}, {postcode}", "postcode": postcode, "kind": kind,
               "floor": int(home.floor[i]), "lift": bool(home.lift[i]), "locale": "en",
               "created_at": calendar.stamp(int(known[i]), 28_800),
               "name": called[i], "email": f"{called[i].lower().replace(' ', '.')}.{i}@example.org",
               "phone": f"+447700900{phones[i]:03d}",
               "instructions": "ring twice" if phones[i] < 60 else None}  # fmt: skip


def _orders(past: Past) -> Iterator[Row]:
    sent_back = past.company.undeliverable
    for row in past.book.rows("orders"):
        when = sent_back.get(row["order_id"])
        if when:
            row["cancelled_at"], row["cancel_reason"] = when
        yield row
