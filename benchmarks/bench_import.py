"""Import of a company's year from CSV into SQLite, in a process of its own: seconds and peak memory.

1,000,000 rows: 60,000 recipients with names, 450,000 orders with promises, 450,000 attempts of which every fourth
has coordinates, contacts for the rest; `--quick` a tenth of everything. The child imports into an empty store, then
imports the same folder again, which must keep nothing.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.harness import Row, at_most, figure
from doorstep.adapters.company_files.writing import write_company, write_table
from doorstep.domain.facts import OUTCOMES
from doorstep.domain.tariff import Company

ROWS = 1_000_000
QUICK_ROWS = 100_000
SEED = 20_260_301
DAYS = 360
FIRST_DAY = date(2025, 3, 1)
SECONDS, MEGABYTES = 60.0, 1_000.0
QUICK_SECONDS, QUICK_MEGABYTES = 8.0, 400.0

CHILD = """
import json, resource, sys, time
from doorstep.server.cli import main
began = time.perf_counter()
code = main(["import", sys.argv[1], "--home", sys.argv[2], "--company", "bench", "--json", sys.argv[3]])
seconds = time.perf_counter() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"code": code, "seconds": seconds, "cpu": time.process_time(), "peak_mb": peak}))
"""


def run(quick: bool, worlds: Path | None) -> Sequence[Row]:
    """Write the folder, import it in a child, return the rows."""
    rows = QUICK_ROWS if quick else ROWS
    with tempfile.TemporaryDirectory() as scratch:
        folder, home = Path(scratch, "company"), Path(scratch, "home")
        began = time.perf_counter()
        written = write(folder, rows)
        writing = time.perf_counter() - began
        first, told = _import(folder, home, Path(scratch, "first.json"))
        again, told_again = _import(folder, home, Path(scratch, "again.json"))
        kept = sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
    label = f"{rows:,} rows"
    return (
        at_most(f"import {label}", first["seconds"], "s", QUICK_SECONDS if quick else SECONDS),
        at_most(f"peak memory, {label}", first["peak_mb"], "MB", QUICK_MEGABYTES if quick else MEGABYTES),
        at_most("rows not kept by the first import", written - told["appended"], "", 0),
        at_most("rows kept by the same import again", told_again["appended"], "", 0),
        figure("processor time of the import", round(first["cpu"], 2), "s"),
        figure("processor time per row", round(first["cpu"] / written * 1e6, 1), "us"),
        figure("same import again", round(again["seconds"], 2), "s"),
        figure("peak memory, same import again", round(again["peak_mb"]), "MB"),
        figure("store on disk", round(kept / 1e6), "MB"),
        figure("writing the folder", round(writing, 2), "s"),
    )


def _import(folder: Path, home: Path, out: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(folder), str(home), str(out)], capture_output=True, text=True, check=True
    )
    told = json.loads(done.stdout.splitlines()[-1])
    if told["code"] != 0:
        raise SystemExit(done.stdout + done.stderr)
    return told, json.loads(out.read_text())


def write(folder: Path, rows: int) -> int:
    """Write a company of about `rows` rows; return how many facts it must become, company.toml included."""
    recipients, orders = rows * 6 // 100, rows * 45 // 100
    write_company(folder, Company("", "Bench", "EUR", 2, "Europe/Lisbon", "PT"))
    tables: dict[str, Iterator[dict[str, Any]]] = {
        "depots": iter([{"depot_id": "d1", "lon": -8.61, "lat": 41.15, "opens": "06:00", "closes": "22:00"}]),
        "merchants": ({"merchant_id": f"m{i}", "cents_per_order": 450 + i} for i in range(20)),
        "vehicles": ({"vehicle_id": f"v{i}", "depot_id": "d1", "capacity_g": 800_000} for i in range(40)),
        "drivers": ({"driver_id": f"dr{i}", "depot_id": "d1"} for i in range(40)),
        "recipients": _recipients(recipients),
        "orders": _orders(orders, recipients),
        "attempts": _attempts(orders),
    }
    written = sum(write_table(folder, name, table) for name, table in tables.items())
    written += write_table(folder, "contacts", _contacts(rows - written, orders))
    return written + 1


def _recipients(n: int) -> Iterator[dict[str, Any]]:
    rng = random.Random(SEED)
    for i in range(n):
        yield {
            "recipient_id": f"r{i:06d}", "lon": round(-8.61 + rng.gauss(0, 0.03), 6),
            "lat": round(41.15 + rng.gauss(0, 0.02), 6), "address": f"Rua {rng.randrange(900)} {rng.randrange(200)}",
            "postcode": f"4{rng.randrange(1000):03d}-{rng.randrange(1000):03d}", "kind": rng.choice(("house", "flat")),
            "floor": rng.randrange(6), "lift": rng.random() < 0.4, "created_at": _at(0, 3600 * 8),
            "name": f"Name {rng.randrange(10**6)}", "phone": f"+3519{rng.randrange(10**8):08d}",
        }  # fmt: skip


def _at(day: int, second: float) -> datetime:
    return datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=UTC) + timedelta(days=day, seconds=second)


def _orders(n: int, recipients: int) -> Iterator[dict[str, Any]]:
    rng = random.Random(SEED + 1)
    for i in range(n):
        day = i * DAYS // n
        slot = rng.randrange(8, 20) * 3600
        yield {
            "order_id": f"o{i:07d}", "recipient_id": f"r{rng.randrange(recipients):06d}",
            "merchant_id": f"m{rng.randrange(20)}", "depot_id": "d1",
            "placed_at": _at(day, -rng.randrange(60_000)), "due_on": FIRST_DAY + timedelta(days=day),
            "promised_start": _at(day, slot), "promised_end": _at(day, slot + 7200),
            "weight_g": rng.randrange(100, 20_000), "volume_ml": rng.randrange(100, 90_000),
            "service_s": rng.randrange(60, 300), "revenue_cents": rng.randrange(300, 900),
        }  # fmt: skip


def _attempts(n: int) -> Iterator[dict[str, Any]]:
    rng = random.Random(SEED + 2)
    for i in range(n):
        at = _at(i * DAYS // n, rng.randrange(8 * 3600, 20 * 3600))
        there = i % 4 == 0
        yield {
            "attempt_id": f"a{i:07d}", "order_id": f"o{i:07d}", "attempt_no": 1, "driver_id": f"dr{rng.randrange(40)}",
            "seq": rng.randrange(90), "arrived_at": at, "left_at": at + timedelta(seconds=rng.randrange(30, 400)),
            "outcome": OUTCOMES[0] if rng.random() < 0.9 else rng.choice(OUTCOMES),
            "lon": round(-8.61 + rng.gauss(0, 0.03), 6) if there else None,
            "lat": round(41.15 + rng.gauss(0, 0.02), 6) if there else None,
        }  # fmt: skip


def _contacts(n: int, orders: int) -> Iterator[dict[str, Any]]:
    rng = random.Random(SEED + 3)
    for i in range(n):
        of = rng.randrange(orders)
        yield {
            "contact_id": f"c{i:06d}", "order_id": f"o{of:07d}", "at": _at(of * DAYS // orders, rng.randrange(86_400)),
            "kind": rng.choice(("late", "missing", "damaged", "change", "complaint", "other")),
            "handled_s": rng.randrange(60, 900), "cost_cents": rng.randrange(100, 900),
        }  # fmt: skip
