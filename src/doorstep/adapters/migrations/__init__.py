"""The history of the store's tables, as Alembic scripts: one line of versions, applied part by part.

A part (keys, people, facts) is a file of SQLite or a schema of PostgreSQL, each with its own `alembic_version`. To add
a migration: a new file in `versions`, its revision at the end of `HISTORY.known`, and `sql_tables` changed alike; a
test compares the two. Alembic is imported only when there is something to migrate, for it takes most of a second.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, inspect, text

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


def version(connection: Connection, schema: str | None) -> str | None:
    """Return the version of a part, or None when it has no tables of ours."""
    if not inspect(connection).has_table(VERSION_TABLE, schema=schema):
        return None
    place = f"{schema}.{VERSION_TABLE}" if schema else VERSION_TABLE
    found = connection.execute(text(f"SELECT version_num FROM {place}")).scalar()  # noqa: S608  # our own names only
    return None if found is None else str(found)


def upgrade(connection: Connection, schemas: Mapping[str, str | None], history: History = HISTORY) -> None:
    """Bring parts (each with its schema), all at the same version, to the head inside the connection's transaction."""
    command = importlib.import_module("alembic.command")
    config = importlib.import_module("alembic.config").Config()
    config.set_main_option("script_location", str(history.scripts).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes.update(connection=connection, schemas=dict(schemas))
    command.upgrade(config, "head")
