"""The history of the store's tables, as Alembic scripts: one line of versions, applied part by part.

A part (keys, people, facts) is a file of SQLite or a schema of PostgreSQL, each with its own `alembic_version`. To add
a migration: a new file in `versions`, its revision at the end of `HISTORY.known`, and `sql_tables` changed alike; a
test compares the two. Alembic is imported only when there is something to migrate, for it takes most of a second.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection, inspect

from doorstep.adapters.errors import NotAStore, StoreIsNewer

VERSION_TABLE = "alembic_version"


@dataclass(frozen=True, slots=True)
class History:
    """The versions a program knows, oldest first, and the folder of the scripts that lead from one to the next."""

    known: tuple[str, ...]
    scripts: Path

    @property
    def head(self) -> str:
        """The version this program reads and writes."""
        return self.known[-1]


HISTORY = History(known=("0001",), scripts=Path(__file__).parent)


def version(connection: Connection, schema: str | None, where: object, history: History = HISTORY) -> str | None:
    """Return the version of a part, or None when it is empty; `where` is how to call it to a person.

    Raises NotAStore when somebody else's tables are there, StoreIsNewer when the version is one we don't know.
    """
    tables = inspect(connection).get_table_names(schema=schema)
    if VERSION_TABLE not in tables:
        if tables:
            raise NotAStore(
                f"Expected a store of doorstep's in {where}, found somebody else's tables; give another place."
            )
        return None
    column: sa.ColumnClause[str] = sa.column("version_num")
    found = connection.execute(sa.select(column).select_from(sa.table(VERSION_TABLE, column, schema=schema))).scalar()
    if found is not None and found not in history.known:
        raise StoreIsNewer(
            f"{where} was written by a newer doorstep (tables {found}; this one knows up to {history.head}). "
            "Use that doorstep, or restore a copy made before its tables were changed."
        )
    return found


def upgrade(connection: Connection, schemas: Mapping[str, str | None], history: History = HISTORY) -> None:
    """Bring parts (each with its schema), all at the same version, to the head inside the connection's transaction."""
    command = importlib.import_module("alembic.command")
    config = importlib.import_module("alembic.config").Config()
    config.set_main_option("script_location", str(history.scripts).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes.update(connection=connection, schemas=dict(schemas))
    command.upgrade(config, "head")
