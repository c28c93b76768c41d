"""A minimal company as text, for tests that break one thing about it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from doorstep.adapters.company_files.folder import CompanyFolder, Options
from doorstep.domain.facts import Fact

NOW = "2026-06-01T00:00:00+00:00"

FILES: Mapping[str, str] = {
    "company.toml": 'name = "Minimal"\ncurrency = "EUR"\ntimezone = "Europe/Lisbon"\n',
    "depots.csv": "depot_id,lon,lat,opens,closes\nd1,-8.61,41.15,06:00,22:00\n",
    "vehicles.csv": "vehicle_id,depot_id,capacity_g\nv1,d1,800000\n",
    "shifts.csv": "shift_id,date,vehicle_id,depot_id,starts_at,ends_at\n"
    "s1,2026-03-02,v1,d1,2026-03-02T08:00:00+00:00,2026-03-02T16:00:00+00:00\n",
    "recipients.csv": "recipient_id,lon,lat,name,phone\nr1,-8.62,41.16,Ana Silva,+351911222333\nr2,-8.60,41.14,Rui,\n",
    "orders.csv": "order_id,recipient_id,depot_id,due_on,weight_g\no1,r1,d1,2026-03-02,1200\no2,r2,d1,2026-03-02,300\n",
    "attempts.csv": "attempt_id,order_id,arrived_at,outcome,lon,lat\n"
    "a1,o1,2026-03-02T10:00:00+00:00,delivered,-8.6201,41.1601\na2,o2,2026-03-02T11:00:00+01:00,nobody,,\n",
}


def write_example(folder: Path, changes: Mapping[str, str | bytes | None] | None = None) -> Path:
    """Write the company with some files replaced; None leaves a file out."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {**FILES, **(changes or {})}.items():
        if isinstance(text, bytes):
            (folder / name).write_bytes(text)
        elif text is not None:
            (folder / name).write_text(text, encoding="utf-8", newline="")
    return folder


def read(folder: Path, **options: Any) -> tuple[CompanyFolder, list[Fact]]:
    """Read a folder with nothing known before."""
    source = CompanyFolder(folder, Options(now=NOW, **options))
    return source, list(source.facts())


def changed(name: str, old: str, new: str) -> dict[str, str | bytes | None]:
    """Return the change of one file in which one text is replaced by another."""
    assert old in FILES[name]
    return {name: FILES[name].replace(old, new, 1)}
