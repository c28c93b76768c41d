"""Writing a company's folder by the contract: what the town makes, what an export gives back, and the template."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from doorstep.adapters.company_files.cells import written
from doorstep.adapters.company_files.columns import Column, Table
from doorstep.adapters.company_files.contract import BY_NAME, TABLES
from doorstep.adapters.tables import write_csv, write_parquet
from doorstep.domain.errors import OurBug, YourInput
from doorstep.domain.tariff import Company
from doorstep.domain.units import clock

DUCK_TYPES: Mapping[str, str] = {
    "time": "TIMESTAMPTZ", "date": "DATE", "whole": "BIGINT", "money": "BIGINT", "decimal": "DOUBLE", "lon": "DOUBLE",
    "lat": "DOUBLE", "flag": "BOOLEAN", "list": "VARCHAR[]",
}  # fmt: skip
"""How a kind of column is kept in Parquet; all others are text."""


WISHES = ("familiar_door_cents", "territory_cents_per_km", "irregular_cents_per_hour", "uneven_cents_per_hour")
"""Rates that are written only where a company asks for something."""


def write_table(
    folder: Path,
    name: str,
    rows: Iterable[Mapping[str, Any]],
    *,
    columns: Sequence[str] | None = None,
    parquet: bool = False,
) -> int:
    """Write one file of the contract (orders, attempts ...) and return how many rows it has; streams.

    Values may be typed (aware datetimes, dates, numbers, booleans, lists) or already text; None or a missing key
    is an empty cell. `columns` default to those of the first row; without rows, to all of the contract. Text that
    looks like a formula is made harmless in CSV. Raises OurBug for a file, a column or a value the contract lacks.
    """
    table = BY_NAME.get(name)
    if table is None:
        raise OurBug(f"Expected a file of the contract, got {name!r}; known are {', '.join(BY_NAME)}.")
    rows = iter(rows)
    first = next(rows, None)
    header = tuple(columns or (first if first else table.by_name))
    described = [_described(table, column) for column in header]
    every = rows if first is None else chain((first,), rows)
    folder.mkdir(parents=True, exist_ok=True)
    cells = _cells(name, header, [written(column, escape=not parquet) for column in described], every)
    if parquet:
        types = {column: DUCK_TYPES.get(d.kind, "VARCHAR") for column, d in zip(header, described, strict=True)}
        return write_parquet(folder / f"{name}.parquet", types, cells)
    return write_csv(folder / f"{name}.csv", header, cells)


def _described(table: Table, name: str) -> Column:
    column = table.column(name)
    if column is None:
        raise OurBug(f"Expected a column of {table.name}, got {name!r}; known are {', '.join(table.by_name)}.")
    return column


def _cells(
    name: str, header: tuple[str, ...], writers: Sequence[Callable[[Any], str]], rows: Iterable[Mapping[str, Any]]
) -> Iterator[list[str]]:
    known = frozenset(header)
    pairs = list(zip(header, writers, strict=True))
    for row in rows:
        if not row.keys() <= known:
            strange = ", ".join(sorted(row.keys() - known))
            raise OurBug(f"Expected rows of {name} with columns {', '.join(header)}; one also has {strange}.")
        get = row.get
        try:
            yield ["" if (value := get(column)) is None else write(value) for column, write in pairs]
        except (TypeError, ValueError) as error:
            raise OurBug(f"Expected values that columns of {name} can hold: {error}.") from error


def write_company(folder: Path, company: Company) -> None:
    """Write `company.toml`: name, currency, zone, tariff, traffic slots, and speeds with their source."""
    tariff = company.tariff
    lines = [
        f"name = {_toml(company.name)}", f"currency = {_toml(company.currency)}",
        f"timezone = {_toml(company.timezone)}", f"country = {_toml(company.country)}", "", "[tariff]",
        f"wage_cents_per_hour = {tariff.wage_cents_per_hour}",
        f"overtime_multiplier = {float(tariff.overtime_multiplier)!r}",
        f"overtime_after_s = {int(tariff.overtime_after)}", f"cents_per_km = {tariff.cents_per_km}",
        f"fixed_cents_per_route = {tariff.fixed_cents_per_route}", f"ticket_cents = {tariff.ticket_cents}",
        f"driver_quit_cents = {tariff.driver_quit_cents}", f"merchant_churn_cents = {tariff.merchant_churn_cents}",
        f"overhead_cents_per_month = {tariff.overhead_cents_per_month}",
        *(f"{name} = {getattr(tariff, name)}" for name in WISHES if getattr(tariff, name)), "", "[slots]",
        f"edges = {_toml([clock(edge) for edge in company.slot_edges])}",
    ]  # fmt: skip
    if company.duty_rules or company.duty_exceptions or not company.runs_every_day:
        lines += ["", "[duty]", *([f"rules = {_toml(company.duty_rules)}"] if company.duty_rules else [])]
        lines += [f"exceptions = {_toml(company.duty_exceptions)}", f"runs_every_day = {_toml(company.runs_every_day)}"]
    if company.speed_factors:
        lines += ["", "[speeds]", f"source = {_toml(company.speeds_source)}"]
        lines += [f"{road} = {_toml([float(f) for f in factors])}" for road, factors in company.speed_factors]
    if any(edge % 60 for edge in company.slot_edges):
        raise YourInput(f"Expected traffic slots that begin at whole minutes, got {company.slot_edges}.")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "company.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _toml(value: str | bool | Sequence[Any]) -> str:
    # JSON's strings, booleans and arrays of strings and numbers are TOML's as well.
    return json.dumps(value, ensure_ascii=False)


def write_template(folder: Path) -> None:
    """Write an empty folder of the contract: every file with its header, and a company.toml to fill in."""
    for table in TABLES:
        write_table(folder, table.name, ())
    write_company(folder, Company("", "Name of your company", "EUR", 2, "Europe/Lisbon", "PT"))
