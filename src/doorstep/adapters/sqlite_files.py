"""The files of a store in a folder: made private to their owner, checked, copied and migrated."""

import logging
import os
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, text

from doorstep.adapters import migrations
from doorstep.adapters.errors import StoreDamaged, StoreUnreachable
from doorstep.adapters.migrations import History
from doorstep.adapters.sqlite_errors import sentences

logger = logging.getLogger(__name__)


def prepare(folder: Path, parts: Sequence[str]) -> None:
    """Make the folder, and the files, readable by their owner alone (SQLite gives its logs the same rights)."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for part in parts:
            os.close(os.open(folder / f"{part}.db", os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreUnreachable(
            f"Expected a folder to keep the store in at {folder}; {error.strerror}. Give a folder you may write to."
        ) from error


class Parts(Protocol):
    """The little of a database that migrating needs."""

    engines: Mapping[str, Engine]

    def writing(self) -> AbstractContextManager[Mapping[str, Connection]]:
        """Return the connections of one transaction over all parts."""


def bring_up_to_date(folder: Path, parts: Parts, history: History) -> None:
    """Check all files and migrate those that need it, all or none; does nothing when nothing is to do."""
    if any(version != history.head for version in _versions(folder, parts.engines, history).values()):
        with parts.writing() as writing:
            _migrate(folder, parts.engines, writing, history)
    for leftover in folder.glob("before-*/keys.db"):
        shred(leftover)


def copy_verified(source: Path, target: Path) -> None:
    """Copy a database that may be in use, and check every page of the copy. Raises StoreDamaged when it isn't whole."""
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with sentences(str(target)), closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
        new.execute("PRAGMA journal_mode=DELETE")
        verdict = new.execute("PRAGMA integrity_check").fetchone()[0]
    if verdict != "ok":
        raise StoreDamaged(
            f"The copy of {source} at {target} is not whole ({verdict}); restore {source} from a backup."
        )


def shred(path: Path) -> None:
    """Overwrite a file with zeros, then delete it."""
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()


def _migrate(folder: Path, engines: Mapping[str, Engine], writing: Mapping[str, Connection], history: History) -> None:
    found = _versions(folder, engines, history)  # again, now that nobody else can be migrating
    _refuse_lost_facts(folder, engines, found)
    if found["facts"] not in {None, history.head}:
        logger.warning("migrating store=%s to=%s copy=%s", folder, history.head, _copies(folder, found, history))
    for part in engines:
        migrations.upgrade(writing[part], {part: None}, history)


def _versions(folder: Path, engines: Mapping[str, Engine], history: History) -> dict[str, str | None]:
    return {part: _version(folder / f"{part}.db", engine, history) for part, engine in engines.items()}


def _version(path: Path, engine: Engine, history: History) -> str | None:
    with engine.execution_options(reading=True).connect() as connection:
        return migrations.version(connection, None, path, history)


def _refuse_lost_facts(folder: Path, engines: Mapping[str, Engine], found: Mapping[str, str | None]) -> None:
    """An empty facts.db beside a filled people.db is a lost file, not a new store."""
    if found["facts"] is None and found["people"] is not None:
        with engines["people"].execution_options(reading=True).connect() as connection:
            filled = connection.execute(text("SELECT 1 FROM people LIMIT 1")).first()
        if filled:
            raise StoreDamaged(
                f"{folder / 'facts.db'} is missing or empty though people.db isn't; restore it from a backup."
            )


def _copies(folder: Path, found: Mapping[str, str | None], history: History) -> Path:
    """Copy all files aside and return where; the copy of keys.db goes as soon as the migration has succeeded."""
    names = (f"before-{history.head}{suffix}" for suffix in ("", *(f"-{n}" for n in range(2, 1000))))
    copies = next(folder / name for name in names if not (folder / name).exists())
    copies.mkdir(mode=0o700)
    for part, version in found.items():
        if version is not None:
            copy_verified(folder / f"{part}.db", copies / f"{part}.db")
    return copies
