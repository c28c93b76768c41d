"""The store on PostgreSQL: the same code as SQLite's, each part a schema, so that a dump can leave the keys out.

`pg_dump --exclude-schema=doorstep_keys` holds nothing readable about anybody. Facts are copied into a temporary table
and inserted from there, the fastest way that leaves alone what is known. Needs psycopg 3 (`doorstep[postgres]`).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column, Connection, Engine, MetaData, Table, create_engine, event, func, literal, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.schema import CreateSchema

from doorstep.adapters import migrations
from doorstep.adapters.errors import (
    StoreBusy,
    StoreDamaged,
    StoreFull,
    StoreReadOnly,
    StoreUnreachable,
)  # fmt: skip
from doorstep.adapters.migrations import HISTORY, History
from doorstep.adapters.sql_store import SqlStore
from doorstep.adapters.sql_tables import PARTS, Tables, tables
from doorstep.domain.errors import Outside

SCHEMAS = {"keys": "doorstep_keys", "people": "doorstep_people", "facts": "doorstep"}
"""Where each part lives."""

PATIENCE_S = 10.0
"""How long to wait for another writer of the same company."""

FEW = 50
"""Up to so many rows a plain insert beats a copy."""

MIGRATION_LOCK = 0x646F6F72
"""Advisory lock held while tables change: the word `door`."""

_SENTENCES: dict[str, tuple[type[Outside], str]] = {
    "53100": (StoreFull, "No room left on the server ({error}); nothing of this call was kept. Free some space."),
    "25006": (StoreReadOnly, "The database may only be read ({error}); connect to the primary server."),
    "42501": (StoreReadOnly, "The database refuses this user ({error}); grant it the schemas of doorstep."),
    "55P03": (StoreBusy, "Another process kept the log locked for too long ({error}); try again when it is done."),
    "XX001": (StoreDamaged, "The database says its data is damaged ({error}); restore it from a backup."),
    "XX002": (StoreDamaged, "The database says an index is damaged ({error}); run REINDEX DATABASE, or restore."),
}


def open_store(url: str, *, patience_s: float = PATIENCE_S, history: History = HISTORY) -> SqlStore:
    """Open the store in a PostgreSQL database (`postgresql://user@host/name`), made and migrated as needed.

    Raises StoreIsNewer, NotAStore, StoreUnreachable, StoreReadOnly or StoreBusy. Take a `pg_dump` before a new
    version of doorstep first opens a store here: only files are copied by themselves.
    """
    database = PostgresDatabase(_engine(url, patience_s))
    try:
        _bring_up_to_date(database.engine, history)
    except BaseException:
        database.close()
        raise
    return SqlStore(database)


class PostgresDatabase:
    """One engine; parts are schemas of one database, so one transaction spans them."""

    def __init__(self, engine: Engine) -> None:
        self.tables: Tables = tables(SCHEMAS)
        self.engine = engine

    @contextmanager
    def reading(self, part: str) -> Iterator[Connection]:  # one connection sees all parts here
        """Yield a connection."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Mapping[str, Connection]]:
        """Yield the connection of one transaction, as every part's."""
        with self.engine.begin() as connection:
            yield dict.fromkeys(PARTS, connection)

    def keep(self, connection: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> int:
        """Insert rows but those already there; return how many were new."""
        if not rows:
            return 0
        columns = [column for column in table.c if column.identity is None]
        kept = insert(table).on_conflict_do_nothing(index_elements=table.info["once"]).returning(literal(1))
        if len(rows) <= FEW:
            named = [dict(zip((column.name for column in columns), row, strict=True)) for row in rows]
            return len(connection.execute(kept, named).all())
        staged = _staged(connection, table, columns, rows)
        # No rowcount: after ON CONFLICT DO NOTHING the driver can't tell.
        return len(connection.execute(kept.from_select([column.name for column in columns], select(staged))).all())

    def burn(self) -> None:
        """Rewrite the table of keys without what was deleted. The server's log and replicas: see docs/privacy.md."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"VACUUM FULL {SCHEMAS['keys']}.keys"))

    def close(self) -> None:
        """Let go of connections."""
        self.engine.dispose()


def _staged(
    connection: Connection, table: Table, columns: Sequence[Column[Any]], rows: Sequence[Sequence[Any]]
) -> Table:
    """Copy rows into an empty temporary table with the same columns."""
    names = [Column(column.name, column.type) for column in columns]
    staged = Table(f"staged_{table.name}", MetaData(), *names, prefixes=["TEMPORARY"])
    staged.create(connection, checkfirst=True)
    raw: Any = connection.connection.driver_connection
    with _sentences(connection.engine), raw.cursor() as cursor:
        cursor.execute(f"TRUNCATE {staged.name}")
        with cursor.copy(f"COPY {staged.name} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    return staged


def _bring_up_to_date(engine: Engine, history: History) -> None:
    if set(_versions(engine, history)) == {history.head}:
        return
    with engine.begin() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(MIGRATION_LOCK)))
        for part, schema in SCHEMAS.items():
            connection.execute(CreateSchema(schema, if_not_exists=True))
            migrations.upgrade(connection, {part: schema}, history)


def _versions(engine: Engine, history: History) -> list[str | None]:
    with engine.connect() as connection:
        return [
            migrations.version(connection, schema, f"Schema {schema} of {engine.url}", history)
            for schema in SCHEMAS.values()
        ]


def _named(url: str) -> URL:
    named = make_url(url)
    if named.get_backend_name() not in {"postgresql", "postgres"}:
        raise ArgumentError(f"this one begins with {named.get_backend_name()}")
    return named


def _engine(url: str, patience_s: float) -> Engine:
    try:
        place = _named(url).set(drivername="postgresql+psycopg")
        options = f"{place.query.get('options', '')} -c lock_timeout={int(1000 * patience_s)}"
        # An error would else show what it failed to write, keys included.
        engine = create_engine(place, connect_args={"options": options}, hide_parameters=True)
    except ArgumentError as error:
        raise StoreUnreachable(f"Expected a URL like postgresql://user@host/name; {error}.") from error
    except ImportError as error:
        raise StoreUnreachable(
            "PostgreSQL needs psycopg 3, and it isn't installed; pip install 'doorstep[postgres]'."
        ) from error

    @event.listens_for(engine, "handle_error")
    def _(context: Any) -> BaseException | None:
        return _said(context.original_exception, engine)

    return engine


def _said(error: BaseException | None, engine: Engine) -> Outside | None:
    """Return an error of PostgreSQL's as one of ours, or None when it isn't the outside's fault."""
    state = getattr(error, "sqlstate", "")
    told = " ".join(str(error).split())
    if state in _SENTENCES:
        kind, sentence = _SENTENCES[state]
        return kind(sentence.format(error=told))
    unanswered = state is None and isinstance(error, engine.dialect.loaded_dbapi.OperationalError)
    if unanswered or (state or "")[:2] in {"08", "28", "3D", "57"}:
        return StoreUnreachable(f"{engine.url} doesn't let us in ({told}); check that it runs, its address, the user.")
    return None


@contextmanager
def _sentences(engine: Engine) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        ours = _said(error, engine)
        if ours is None:
            raise
        raise ours from error
