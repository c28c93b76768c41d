"""A company's facts as tables for learning: written to a folder of their own, read and joined by DuckDB in memory.

Only what was recorded by the instant asked for is there; a later correction counts from when it was made on. DuckDB is
used without anything to fetch and without pandas or Arrow.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import duckdb
import numpy as np
from numpy.typing import NDArray

from doorstep.adapters.company_files.columns import Table
from doorstep.adapters.company_files.contract import TABLES
from doorstep.domain.days import first_instant
from doorstep.domain.errors import OurBug
from doorstep.domain.facts import Fact

TYPES: Mapping[str, str] = {
    "time": "TIMESTAMP", "date": "DATE", "whole": "BIGINT", "money": "BIGINT", "decimal": "DOUBLE", "lon": "DOUBLE",
    "lat": "DOUBLE", "flag": "BOOLEAN",
}  # fmt: skip
"""DuckDB's type of a column by its kind in the contract; all others are text, lists and windows as JSON."""

MASTER = frozenset({"depots", "merchants", "vehicles", "chargers", "drivers", "recipients"})
"""Tables of what is, not of what happened: they are there whole, whenever they were told."""

AFTERWARDS: Mapping[str, tuple[str, ...]] = {
    "drivers": ("left_on",),
    "orders": ("cancelled_at",),
    "shifts": ("clocked_in_at", "left_depot_at", "back_at", "clocked_out_at"),
    "surveys": ("answered_at",),
}
"""Times that a row learns later than itself: unknown before they come."""

HIDDEN_WITH: Mapping[tuple[str, str], str] = {
    ("drivers", "left_kind"): "left_on",
    ("orders", "cancel_reason"): "cancelled_at",
    ("shifts", "paid_cents"): "clocked_out_at",
    ("surveys", "score"): "answered_at",
}
"""Columns that say nothing before the time in another one."""


class Facts(Protocol):
    """Where facts come from."""

    def current(self, company: str, kind: str) -> Iterator[Fact]:
        """Yield the latest fact of each key of a kind."""


class Declared(Protocol):
    """A dataset somebody declared."""

    @property
    def name(self) -> str:
        """What it is called in errors."""

    @property
    def sql(self) -> str:
        """Text over tables of the contract and `local_days`."""


class History:
    """What happened at a company until an instant, ready to be asked. Use it as a context, or close it.

    `as_of` is ISO 8601 with offset; None: everything. Tables are loaded when a dataset first names them: about
    1 s for 100,000 facts. `timezone` overrides the company's own.
    """

    def __init__(self, store: Facts, company: str, *, as_of: str | None = None, timezone: str | None = None) -> None:
        self._store, self._company, self._as_of = store, company, as_of
        self._zone = timezone or _zone(store, company)
        self._folder = TemporaryDirectory(prefix="doorstep-history-")
        self._loaded: set[str] = set()
        self._duck = duckdb.connect(":memory:", config={"threads": "1"})
        self._duck.execute("SET TimeZone = 'UTC'")

    def __enter__(self) -> "History":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of memory and files."""
        self._duck.close()
        self._folder.cleanup()

    def columns(self, dataset: Declared) -> dict[str, NDArray[Any]]:
        """Return a dataset's columns: text as object arrays ("" missing), figures as float64 (NaN missing) or int64.

        Raises OurBug when the dataset's SQL doesn't run: datasets are declared by the project, not by its users.
        """
        for table in TABLES:
            if re.search(rf"\b{table.name}\b", dataset.sql):
                self._load(table)
        if re.search(r"\blocal_days\b", dataset.sql):
            self._load_days()
        try:
            found = self._duck.execute(dataset.sql).fetchnumpy()
        except duckdb.Error as error:
            raise OurBug(f"Expected the dataset {dataset.name!r} to run, DuckDB says: {error}") from error
        return {name: _plain(values) for name, values in found.items()}

    def _load(self, table: Table) -> None:
        if table.name in self._loaded:
            return
        self._loaded.add(table.name)
        path = Path(self._folder.name) / f"{table.name}.ndjson"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(_line(fact) for fact in self._store.current(self._company, table.kind))
        self._duck.execute(f"CREATE TABLE {table.name} AS {_select(table, path, self._as_of)}")
        path.unlink()

    def _load_days(self) -> None:
        if "local_days" in self._loaded:
            return
        self._loaded.add("local_days")
        for table in TABLES:
            if table.name in {"depots", "orders", "attempts"}:
                self._load(table)
        self._duck.execute(
            "CREATE TABLE local_days (depot_id VARCHAR, day DATE, day_no BIGINT, weekday BIGINT, begins TIMESTAMP)"
        )
        zones = self._duck.execute("SELECT depot_id, timezone FROM depots").fetchall()
        rows = [(depot, *day) for depot, zone in zones for day in self._days(zone or self._zone)]
        if rows:
            self._duck.execute(
                "INSERT INTO local_days SELECT unnest(?), unnest(?), unnest(?), unnest(?), unnest(?)",
                [list(column) for column in zip(*rows, strict=True)],
            )

    def _days(self, zone: str) -> list[tuple[date, int, int, datetime]]:
        span = self._duck.execute("SELECT min(arrived_at), max(arrived_at) FROM attempts").fetchone()
        if span is None or span[0] is None:
            return []
        first, last = span[0].date() - timedelta(days=2), span[1].date() + timedelta(days=2)
        days = [first + timedelta(days=k) for k in range((last - first).days + 1)]
        epoch = date(1970, 1, 1)
        return [
            (day, (day - epoch).days, day.weekday(), first_instant(day.isoformat(), zone).replace(tzinfo=None))
            for day in days
        ]


def _zone(store: Facts, company: str) -> str:
    zones = [fact.body.get("timezone") for fact in store.current(company, "company")]
    return str(zones[-1]) if zones and zones[-1] else "UTC"


def _line(fact: Fact) -> str:
    return json.dumps({**fact.body, "recorded_at": fact.recorded_at}, ensure_ascii=False) + "\n"


def _select(table: Table, path: Path, as_of: str | None) -> str:
    names = {column.name: TYPES.get(column.kind, "VARCHAR") for column in table.columns if not column.private}
    names["recorded_at"] = "TIMESTAMP"
    cells = ", ".join(_cell(table.name, name, kind, as_of) for name, kind in names.items())
    told = ", ".join(f"""'{name}': 'VARCHAR'""" for name in names)
    where = ""
    if as_of is not None and table.name not in MASTER:
        where = f" WHERE {_utc('recorded_at')} <= {_instant(as_of)}"
    return (
        f"SELECT {cells} FROM read_json('{path}', format = 'newline_delimited', "  # noqa: S608 - names of the contract and a path of our own
        f"columns = {{{told}}}, maximum_object_size = 67108864){where}"
    )


def _cell(table: str, name: str, kind: str, as_of: str | None) -> str:
    value = _utc(name) if kind == "TIMESTAMP" else f'CAST("{name}" AS {kind})'
    clock = name if name in AFTERWARDS.get(table, ()) else HIDDEN_WITH.get((table, name))
    if as_of is None or clock is None:
        return f'{value} AS "{name}"'
    return f'CASE WHEN {_utc(clock)} <= {_instant(as_of)} THEN {value} END AS "{name}"'


def _utc(name: str) -> str:
    return f"""(CAST("{name}" AS TIMESTAMPTZ) AT TIME ZONE 'UTC')"""


def _instant(as_of: str) -> str:
    return f"TIMESTAMP '{datetime.fromisoformat(as_of).astimezone(UTC).replace(tzinfo=None).isoformat(sep=' ')}'"


def _plain(values: Any) -> NDArray[Any]:
    """Return a column without masks: NaN or "" where it is missing."""
    missing = np.ma.getmaskarray(values)
    data = np.ma.getdata(values)
    if data.dtype.kind in "OUS":
        return np.array(["" if gone or cell is None else str(cell) for cell, gone in zip(data, missing, strict=True)],
                        dtype=object)  # fmt: skip
    if data.dtype.kind == "f" or missing.any():
        return np.where(missing, np.nan, data.astype(np.float64))
    return np.asarray(data.astype(np.int64))
