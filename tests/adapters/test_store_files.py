"""The SQLite store as files: killed, cut short, locked, full, old, new, somebody else's."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from textwrap import dedent
from typing import IO, Any

import pytest
from sqlalchemy import Engine, MetaData, create_engine, insert, inspect
from sqlalchemy.exc import IntegrityError

from doorstep.adapters import migrations
from doorstep.adapters.errors import (
    NotAStore,
    StoreBusy,
    StoreDamaged,
    StoreFull,
    StoreIsNewer,
    StoreReadOnly,
    StoreUnreachable,
)
from doorstep.adapters.migrations import HISTORY, History
from doorstep.adapters.sql_tables import PARTS, tables
from doorstep.adapters.sqlite_store import SqliteDatabase, open_store
from doorstep.domain.facts import Fact, fact_id

AT = "2026-01-01T08:00:00+00:00"
BATCH = 40


def batch(number: int, phone: str = "1") -> Iterator[Fact]:
    """Facts of one batch, every other with a private part."""
    for i in range(BATCH):
        key, body = f"{number:05d}-{i:02d}", {"batch": number}
        private = {"phone": f"{phone}-{number}-{i}"} if i % 2 else {}
        yield Fact(fact_id("row", key, body), "row", key, AT, AT, body, f"p{key}", private)


NURSERY = """
    import importlib.util, os, pathlib, sys
    from doorstep.adapters.sqlite_store import open_store

    spec = importlib.util.spec_from_file_location("this", sys.argv[1])
    this = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(this)
    for number in map(int, sys.stdin):
        writer = os.fork()
        if writer == 0:
            store = open_store(pathlib.Path(sys.argv[2]))
            while True:
                store.append("porto", this.batch(number))
                os.write(1, b"kept %d\\n" % number)
                number += 1
        os.write(1, b"writer %d\\n" % writer)
        os.waitpid(writer, 0)
        os.write(1, b"dead\\n")
"""


@pytest.mark.slow
def test_killed_at_any_moment_it_opens_again_with_all_that_was_acknowledged(sqlite_folder):
    rng, last = random.Random(7), -1
    command = [sys.executable, "-c", dedent(NURSERY), __file__, str(sqlite_folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as nursery:
        assert nursery.stdin
        assert nursery.stdout
        for _ in range(12):
            acknowledged = _write_and_kill(nursery.stdin, nursery.stdout, last + 1, rng.uniform(0, 0.15))
            with closing(open_store(sqlite_folder)) as store:
                rows = [fact.body["batch"] for fact in store.current("porto", "row")]
                parts = dict(store.private("porto", "row"))
            _check_integrity(sqlite_folder)
            last = rows[-1]

            assert rows == [number for number in range(last + 1) for _ in range(BATCH)], (
                "batches are whole, and in order"
            )
            assert last >= acknowledged, "everything acknowledged is there"
            assert len(parts) == len(rows) // 2, "with its private parts"
        nursery.stdin.close()
    assert last > 12


def _write_and_kill(orders: IO[str], told: IO[str], first: int, after_s: float) -> int:
    """Let a process append batches; kill it a while after its first acknowledgement; return the last it gave."""
    orders.write(f"{first}\n")
    heard = [told.readline(), told.readline()]
    time.sleep(after_s)
    (writer,) = (int(line.split()[1]) for line in heard if line.startswith("writer"))
    os.kill(writer, signal.SIGKILL)
    while "dead\n" not in heard:
        heard.append(told.readline())
    return max(int(line.split()[1]) for line in heard if line.startswith("kept"))


def _check_integrity(folder: Path) -> None:
    for part in PARTS:
        with closing(sqlite3.connect(folder / f"{part}.db")) as raw:
            assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_sealed_rows_of_a_process_that_died_between_two_commits_do_not_count(sqlite_folder):
    with closing(open_store(sqlite_folder)) as store:
        store.append("porto", batch(0))
    before = shutil.copytree(sqlite_folder, sqlite_folder.parent / "before")
    with closing(open_store(sqlite_folder)) as store:
        store.append("porto", batch(0, phone="2"))
    # keys and people committed, facts not: what a kill between the commits leaves.
    shutil.copy(before / "facts.db", sqlite_folder / "facts.db")

    with closing(open_store(sqlite_folder)) as store:
        assert dict(store.private("porto", "row"))["00000-01"] == {"phone": "1-0-1"}
        assert store.append("porto", batch(0, phone="2")) == BATCH // 2, "told again, it is kept"
        assert dict(store.private("porto", "row"))["00000-01"] == {"phone": "2-0-1"}


@pytest.mark.slow
def test_an_import_of_many_facts_keeps_memory_small(sqlite_folder):
    program = """
        import pathlib, resource, sys
        from doorstep.adapters.sqlite_store import open_store
        from doorstep.domain.facts import Fact

        facts = (
            Fact(f"{i:032x}", "ping", f"k{i * 7919 % 100_003}", "t", "t", {"text": "x" * 400}) for i in range(100_000)
        )
        store = open_store(pathlib.Path(sys.argv[1]))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert store.append("porto", facts) == 100_000
        assert sum(1 for _ in store.current("porto", "ping")) == 100_000
        print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
    """
    command = [sys.executable, "-c", dedent(program), str(sqlite_folder)]
    grown_mb = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    assert grown_mb < 150, "100,000 facts as objects would be more; the page caches are 64 MB each"


def test_files_are_readable_by_their_owner_alone(sqlite_folder):
    with closing(open_store(sqlite_folder)) as store:
        store.append("porto", batch(0))
        modes = {path.name: path.stat().st_mode & 0o777 for path in sqlite_folder.iterdir()}

    assert len(modes) >= 3
    assert set(modes.values()) == {0o600}


def test_an_error_never_shows_what_was_being_written(sqlite_folder):
    with closing(SqliteDatabase(sqlite_folder, 1.0)) as database, database.writing() as writing:
        keys = database.tables.keys
        with pytest.raises(IntegrityError) as refused:
            writing["keys"].execute(insert(keys).values(company_id=None, person_id="r1", secret=b"hush" * 8))

    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("part", PARTS)
def test_a_file_cut_short_is_named(sqlite_folder, part):
    with closing(open_store(sqlite_folder)) as store:
        for number in range(20):
            store.append("porto", batch(number))
    path = sqlite_folder / f"{part}.db"
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)

    with pytest.raises(StoreDamaged, match=f"{part}.db is not what we wrote"), closing(open_store(sqlite_folder)):
        pass


@pytest.mark.parametrize("part", PARTS)
def test_a_file_overwritten_is_named(sqlite_folder, part):
    (sqlite_folder / f"{part}.db").write_bytes(b"this was a database" * 1000)

    with pytest.raises(StoreDamaged, match=rf"{part}\.db .*Restore it from a backup"):
        open_store(sqlite_folder)


def test_damage_inside_is_met_with_a_sentence(sqlite_folder):
    with closing(open_store(sqlite_folder)) as store:
        for number in range(20):
            store.append("porto", batch(number))
    path = sqlite_folder / "facts.db"
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * (path.stat().st_size - 8192))

    with closing(open_store(sqlite_folder)) as store, pytest.raises(StoreDamaged, match=r"facts\.db"):
        list(store.current("porto", "row"))


def test_a_lost_file_of_facts_is_not_taken_for_a_new_store(sqlite_folder):
    with closing(open_store(sqlite_folder)) as store:
        store.append("porto", batch(0))
    (sqlite_folder / "facts.db").unlink()

    with pytest.raises(StoreDamaged, match=r"facts\.db is missing"):
        open_store(sqlite_folder)


def test_a_backup_without_keys_opens_and_names_nobody(sqlite_folder):
    with closing(open_store(sqlite_folder)) as store:
        store.append("porto", batch(0))
    (sqlite_folder / "keys.db").unlink()

    with closing(open_store(sqlite_folder)) as store:
        assert sum(1 for _ in store.current("porto", "row")) == BATCH
        assert list(store.private("porto", "row")) == []


def test_a_store_of_a_newer_doorstep_is_left_alone(sqlite_folder):
    with closing(sqlite3.connect(sqlite_folder / "facts.db")) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(StoreIsNewer, match=r"newer doorstep .*9999.*0001"):
        open_store(sqlite_folder)


def test_somebody_elses_database_is_left_alone(tmp_path):
    with closing(sqlite3.connect(tmp_path / "facts.db")) as raw, raw:
        raw.execute("CREATE TABLE songs (name)")

    with pytest.raises(NotAStore, match="somebody else's tables"):
        open_store(tmp_path)


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "taken").write_text("")

    with pytest.raises(StoreUnreachable, match="Expected a folder"):
        open_store(tmp_path / "taken")


def test_a_full_disk_keeps_nothing_of_the_call(sqlite_folder):
    with closing(open_store(sqlite_folder)) as store:
        store.append("porto", batch(0))
        with _database(store).engines["facts"].connect() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 30")
        with pytest.raises(StoreFull, match="No room left"):
            store.append("porto", (fact for number in range(200) for fact in batch(number)))

        assert sum(1 for _ in store.current("porto", "row")) == BATCH
        assert len(list(store.private("porto", "row"))) == BATCH // 2


def test_a_store_that_may_only_be_read_says_so(sqlite_folder):
    with closing(open_store(sqlite_folder)) as store:
        store.append("porto", batch(0))
        with _database(store).engines["facts"].connect() as connection:
            connection.exec_driver_sql("PRAGMA query_only = ON")
        with pytest.raises(StoreReadOnly, match="may be read but not written"):
            store.append("porto", batch(1))

        assert sum(1 for _ in store.current("porto", "row")) == BATCH


def test_a_lock_held_elsewhere_is_waited_for_then_named(sqlite_folder):
    with closing(sqlite3.connect(sqlite_folder / "facts.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with closing(open_store(sqlite_folder, patience_s=0.1)) as store:
            with pytest.raises(StoreBusy, match="locked by another process"):
                store.append("porto", batch(0))
            other.execute("ROLLBACK")

            assert store.append("porto", batch(0)) == BATCH, "and goes on once the other is done"


def test_an_append_inside_an_append_is_refused_rather_than_waiting_for_itself(sqlite_folder):
    with closing(open_store(sqlite_folder, patience_s=0.1)) as store:
        with pytest.raises(StoreBusy, match="already writing"):
            store.append("porto", (fact for number in (0, 1) for fact in batch(store.append("porto", batch(number)))))

        assert store.companies() == ()


def test_a_forgetting_that_a_reader_of_keys_holds_up_says_so_and_can_be_finished(sqlite_folder):
    with closing(open_store(sqlite_folder, patience_s=0.1)) as store:
        store.append("porto", batch(0))
        with closing(sqlite3.connect(sqlite_folder / "keys.db", isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM keys").fetchone()
            with pytest.raises(StoreBusy, match="key is destroyed"):
                store.forget("porto", "p00000-01")

        assert "00000-01" not in dict(store.private("porto", "row"))
        assert store.forget("porto", "p00000-01") is False, "nothing left but its traces, which are gone now"
        assert not (sqlite_folder / "keys.db-wal").read_bytes()


@pytest.fixture
def later(tmp_path: Path) -> History:
    """A history with one migration more than ours."""
    scripts = shutil.copytree(HISTORY.scripts, tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "v0002_add_source.py").write_text(
        dedent("""
        import sqlalchemy as sa
        from alembic import context, op

        revision, down_revision, branch_labels, depends_on = "0002", "0001", None, None

        def upgrade():
            if "facts" in context.config.attributes["schemas"]:
                op.add_column("facts", sa.Column("source", sa.Text))
        """)
    )
    return History(known=(*HISTORY.known, "0002"), scripts=scripts)


def test_tables_are_changed_only_after_a_copy_that_opens(sqlite_folder, later):
    with closing(open_store(sqlite_folder)) as store:
        store.append("porto", batch(0))
    open_store(sqlite_folder, history=later).close()

    copies = sqlite_folder / "before-0002"
    assert sorted(path.name for path in copies.iterdir()) == ["facts.db", "people.db"], "no copy of keys outlives it"
    with closing(sqlite3.connect(sqlite_folder / "facts.db")) as raw:
        assert raw.execute("SELECT count(*), count(source) FROM facts").fetchone() == (BATCH, 0)
    with closing(open_store(copies)) as old:
        assert sum(1 for _ in old.current("porto", "row")) == BATCH
    with pytest.raises(StoreIsNewer):
        open_store(sqlite_folder)


def test_a_copy_of_keys_left_by_a_crash_is_destroyed_when_opened(sqlite_folder):
    (sqlite_folder / "before-0002").mkdir()
    (sqlite_folder / "before-0002" / "keys.db").write_bytes(b"secret")
    open_store(sqlite_folder).close()

    assert not (sqlite_folder / "before-0002" / "keys.db").exists()


def test_a_migration_that_fails_changes_nothing(sqlite_folder, later):
    with closing(open_store(sqlite_folder)) as store:
        store.append("porto", batch(0))
    broken = later.scripts / "versions" / "v0002_add_source.py"
    broken.write_text(broken.read_text() + '        op.add_column("nowhere", sa.Column("x", sa.Text))\n')
    with pytest.raises(Exception, match="nowhere"):
        open_store(sqlite_folder, history=later)

    with closing(open_store(sqlite_folder)) as store:
        assert sum(1 for _ in store.current("porto", "row")) == BATCH


@pytest.mark.parametrize("part", PARTS)
def test_migrations_make_the_tables_the_program_expects(sqlite_folder, part):
    expected = MetaData()
    ours = tables(dict.fromkeys(PARTS))
    for table in (ours.facts, ours.companies) if part == "facts" else (getattr(ours, part),):
        table.to_metadata(expected)
    engine = create_engine("sqlite://")
    expected.create_all(engine)
    made = create_engine(f"sqlite:///{sqlite_folder / part}.db")

    assert _shape(made) == _shape(engine)
    engine.dispose()
    made.dispose()


def _shape(engine: Engine) -> dict[str, Any]:
    found = inspect(engine)
    names = [name for name in found.get_table_names() if name != migrations.VERSION_TABLE]
    return {
        name: (
            [(column["name"], str(column["type"]), column["nullable"]) for column in found.get_columns(name)],
            found.get_pk_constraint(name)["constrained_columns"],
            sorted((index["name"], tuple(index["column_names"]), index["unique"]) for index in found.get_indexes(name)),
        )
        for name in names
    }


def _database(store) -> SqliteDatabase:
    database: SqliteDatabase = store._database
    return database
