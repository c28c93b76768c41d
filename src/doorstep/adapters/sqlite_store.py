"""The store in a folder of three SQLite files: facts.db, people.db (sealed) and keys.db.

A backup without keys.db holds nothing readable about anybody. WAL, every commit synced to disk, one writer at a time
across all processes (the write lock of facts.db), which SQLite is told at once (BEGIN IMMEDIATE): upgrading a read to
a write later fails under load. Transactions over several WAL files aren't atomic in SQLite, so we commit keys, then
people, then facts; the head of the log in facts.db says how much of people.db counts.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects.sqlite import insert

from doorstep.adapters import sqlite_files
from doorstep.adapters.errors import StoreBusy
from doorstep.adapters.migrations import HISTORY, History
from doorstep.adapters.sql_store import SqlStore
from doorstep.adapters.sql_tables import PARTS, Tables, tables
from doorstep.adapters.sqlite_errors import said, sentences

CACHE_KIB = 64 * 1024
"""Page cache per connection: the indexes of some million facts fit, and a big import stays below 400 MB."""

PATIENCE_S = 10.0
"""How long to wait for another writer."""


def open_store(folder: Path, *, patience_s: float = PATIENCE_S, history: History = HISTORY) -> SqlStore:
    """Open the store in a folder, made and migrated as needed, after a verified copy where tables change.

    Raises StoreIsNewer, NotAStore, StoreUnreachable, StoreReadOnly, StoreBusy, StoreFull or StoreDamaged.
    """
    sqlite_files.prepare(folder, PARTS)
    database = SqliteDatabase(folder, patience_s)
    try:
        sqlite_files.bring_up_to_date(folder, database, history)
    except BaseException:
        database.close()
        raise
    return SqlStore(database)


class SqliteDatabase:
    """Three engines, one per file."""

    def __init__(self, folder: Path, patience_s: float) -> None:
        self.tables: Tables = tables(dict.fromkeys(PARTS))
        self.engines: Mapping[str, Engine] = {part: _engine(folder / f"{part}.db", patience_s) for part in PARTS}
        self._patience_s = patience_s
        self._turn = threading.Lock()
        self._inserts: dict[str, str] = {}

    @contextmanager
    def reading(self, part: str) -> Iterator[Connection]:
        """Yield a connection with a snapshot of one part, that takes no lock."""
        with self.engines[part].execution_options(reading=True).connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Mapping[str, Connection]]:
        """Yield the connections of one write transaction; each begins when first used, facts first."""
        if not self._turn.acquire(timeout=self._patience_s):
            raise StoreBusy(
                f"Expected to write within {self._patience_s:g} s, but this process is already writing; "
                "finish one append before starting the next (one inside the other can't work)."
            )
        try:
            transaction = _Transaction(self.engines)
            try:
                _ = transaction["facts"]
                yield transaction
                transaction.commit()
            finally:
                transaction.close()
        finally:
            self._turn.release()

    def keep(self, connection: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> int:
        """Insert rows but those already there; return how many were new."""
        if not rows:
            return 0
        statement = self._inserts.setdefault(table.name, _insert(table))
        raw: Any = connection.connection.driver_connection
        before = raw.total_changes
        with sentences(connection.engine.url.database):
            raw.executemany(statement, rows)
        return int(raw.total_changes - before)

    def burn(self) -> None:
        """Rewrite keys.db without what was deleted, and empty its log, so that no byte of a key stays.

        Rewriting takes about a second per million people. Raises StoreBusy when somebody reads keys.db all the time.
        """
        engine = self.engines["keys"]
        pooled = engine.raw_connection()
        try:
            raw: Any = pooled.driver_connection
            with sentences(engine.url.database):
                raw.execute("VACUUM")
                self._empty_log(raw)
        finally:
            pooled.close()

    def close(self) -> None:
        """Let go of the files."""
        for engine in self.engines.values():
            engine.dispose()

    def _empty_log(self, raw: sqlite3.Connection) -> None:
        deadline = time.monotonic() + self._patience_s
        while raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            if time.monotonic() > deadline:
                raise StoreBusy(
                    "The key is destroyed, but its bytes are still in the log of keys.db, which another process holds "
                    "open; end that process and forget the same person again."
                )
            time.sleep(0.05)


class _Transaction(Mapping[str, Connection]):
    """Connections by part, begun when first asked for; facts first, since its lock is the store's lock."""

    def __init__(self, engines: Mapping[str, Engine]) -> None:
        self._engines = engines
        self._open: dict[str, Connection] = {}

    def __getitem__(self, part: str) -> Connection:
        if part not in self._open:
            self._open[part] = connection = self._engines[part].connect()
            connection.begin()
        return self._open[part]

    def __iter__(self) -> Iterator[str]:
        return iter(self._engines)

    def __len__(self) -> int:
        return len(self._engines)

    def commit(self) -> None:
        """Commit keys, people, facts: only with the last does anything count."""
        for part in PARTS:
            if part in self._open:
                self._open[part].commit()

    def close(self) -> None:
        """Undo what isn't committed, and give the connections back."""
        for connection in self._open.values():
            connection.close()


def _insert(table: Table) -> str:
    columns = [column for column in table.c if column.identity is None]
    kept = insert(table).on_conflict_do_nothing(index_elements=table.info["once"])
    return str(kept.compile(column_keys=[column.name for column in columns]))


def _engine(path: Path, patience_s: float) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": patience_s, "isolation_level": None},
        hide_parameters=True,  # an error would else show what it failed to write, keys included
    )

    @event.listens_for(engine, "connect")
    def _(raw: sqlite3.Connection, _record: object) -> None:
        with sentences(str(path)):
            for setting in (
                "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "temp_store=MEMORY",
                f"cache_size=-{CACHE_KIB}", "journal_size_limit=67108864",
            ):  # fmt: skip
                raw.execute(f"PRAGMA {setting}")

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get("reading") else "BEGIN IMMEDIATE")

    @event.listens_for(engine, "handle_error")
    def _(context: Any) -> BaseException | None:
        return said(context.original_exception, str(path))

    return engine
