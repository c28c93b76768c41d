"""Prints docs/data.md from the codec: `python -m doorstep.adapters.company_files.documentation docs/data.md`."""

import sys
from pathlib import Path

from doorstep.adapters.company_files.columns import KINDS, RATE_LIMIT, Column, Table
from doorstep.adapters.company_files.company_toml import TARIFF
from doorstep.adapters.company_files.contract import TABLES
from doorstep.domain.tariff import Tariff

_BEGINNING = """# The data contract

Written by `python -m doorstep.adapters.company_files.documentation docs/data.md` from the codec that the
importer, the exporter and the town share. `doorstep import --template DIR` writes an empty folder to fill in.

A company is a folder of `company.toml` and the files below, each as `.csv` or `.parquet`. Columns in **bold**
are what a minimal company needs; an asterisk marks what every row needs where the file is there; all else may
be absent, and what can't be known without it says so. Unknown columns are noted and passed over.

**CSV.** UTF-8, with or without byte-order mark; comma, semicolon or tab; RFC 4180 quotes; the first line names
the columns. Lists in a cell are separated by `;`. Text that begins with `=`, `+`, `-` or `@` is written with a
leading apostrophe, so that no spreadsheet takes it for a formula, and read back without it; a phone number may
begin with `+`.

**Values.** Times are ISO 8601 with offset. Wall-clock columns are `HH:MM` in the depot's zone, resolved per
date; hours from 24 on belong to the next day; a time that a clock change skips or doubles is an error on that
date. Money is whole minor units of the company's one currency (none for JPY, three digits for KWD). Weights g,
volumes ml, lengths mm, durations s, distances m, energy Wh. Longitude before latitude, WGS 84. Ids are the
company's own strings.

**Time of a row.** It happened at the first filled of the columns named under *at*; a row without such a column
holds since 1970. Every row may carry `recorded_at`, when we could first know it: default its own time, for a
correction the moment of its import. Learning joins on it.

**Import.** `doorstep import DIR [--dry-run] [--keep-good] [--map FILE] [--company ID] [--osm FILE]`. All or
nothing unless `--keep-good`. The same id and content again: nothing. The same id with other content: a
correction, kept as a new fact; within one file: an error. A row that refers to an unknown id is an error.
Absence never deletes. A folder may hold new days only. Unknown values of a column with a fixed set are errors
unless `--map` translates them:

```toml
[attempts.outcome]
"Zugestellt" = "delivered"
```

**People.** Columns marked *private* name a person. They are kept apart, encrypted under that person's key, and
are never printed. After `doorstep forget`, the same rows again bring nothing private back.

**Addresses.** A recipient without lon and lat is looked up in the street file by its address; doubtful matches
are listed. `streets.osm.pbf` (or `.osm`) in the folder, or `--osm FILE`, is remembered by its path and content.

**Subcontractors.** A vehicle whose `owner` is neither empty nor `own` costs what its row in vehicles.csv says and
nothing of our tariff: `fixed_cents_per_day` for a route, `cents_per_km`, `cents_per_stop`. Its driver is the
partner's to pay: no wage unless drivers.csv names one, no overtime, no strain; but who is `employed` is paid by us,
whatever they drive. Where the row has no price at all, our tariff stands in. A minimum per day and prices by steps
can't be told.

## company.toml

| key | meaning |
|---|---|
| **name**, **currency**, **timezone** | text; ISO 4217; IANA |
| country | text |
"""

_MEANINGS = {
    "cents_per_strain": "price of a unit of strain (`docs/duty.md`) where pulse surveys showed no effect of it; ",
    "strain_free_units": "units of a shift that this price leaves free; ",
    "late_cents_per_hour": "price of an hour after a promise, where nothing was learned of what lateness does; ",
    "early_cents_per_hour": "price of an hour before a promise; ",
    "familiar_door_cents": "what a driver who knows a door saves there (`docs/duty.md`); ",
    "territory_cents_per_km": "price of a stop outside its driver's home area, by the km from its edge; ",
    "irregular_cents_per_hour": "price of sending a driver out at another hour than usual; ",
    "unusual_day_cents": "price of sending a driver out on a day of the week, or on more of them, than usual; ",
    "uneven_cents_per_hour": "price of each paid hour above or below a fair share of the day; ",
}
"""What rates do whose names don't tell."""

_ENDING = """| [duty] rules | legal hours of shifts whose vehicle and driver name none (`docs/duty.md`); default none |
| [duty] exceptions | whether a day may use those that the law counts; default false |
| [duty] runs_every_day | a US carrier's: 70 hours in 8 days, else 60 in 7; default true |
| [slots] edges | starts of the day's traffic slots, `["00:00", "07:00", ...]` |
| [speeds] source | where the factors come from; default "assumption" |
| [speeds] CLASS | factor on free-flow speed by slot for a road class of OpenStreetMap |
"""


def data_page() -> str:
    """Return the text of docs/data.md."""
    tariff = Tariff()
    rates = [
        f"| [tariff] {name} | {_MEANINGS.get(name, '')}default {getattr(tariff, field)} |\n"
        for name, field in TARIFF.items()
    ]
    return _BEGINNING + "".join(rates) + _ENDING + "".join(_section(table) for table in TABLES)


def _section(table: Table) -> str:
    facts = f"Kind `{table.kind}`, key {' / '.join(f'`{name}`' for name in table.key)}"
    at = f", at {', else '.join(f'`{name}`' for name in table.at)}" if table.at else ""
    person = f"; private cells belong to the recipient named by `{table.person}`" if table.person else ""
    without = f"\nWithout it: {table.without}.\n" if table.without else ""
    rows = "".join(_row(column, column.name) for column in table.columns)
    families = "".join(_row(column, f"{column.name}NAME") for column in table.families)
    return (
        f"\n## {table.name}\n\n{table.meaning[0].upper()}{table.meaning[1:]}. {facts}{at}{person}.\n{without}\n"
        f"| column | holds | meaning |\n|---|---|---|\n{rows}{families}"
    )


def _row(column: Column, name: str) -> str:
    shown = f"**{name}**" if column.minimal else f"{name}\\*" if column.needed else name
    return f"| {shown} | {_holds(column)} | {column.meaning}{' (private)' if column.private else ''} |\n"


def _holds(column: Column) -> str:
    if column.choices:
        return f"one of {', '.join(column.choices)}"
    if column.refers:
        return f"id in {column.refers}"
    if column.refers_by:
        return f"id in the file of the {column.refers_by[0]}"
    bounded = column.kind in {"whole", "decimal"} and column.high < RATE_LIMIT
    return KINDS[column.kind] + (f", {column.low:g} to {column.high:g}" if bounded else "")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(data_page(), encoding="utf-8")
