"""What only PostgreSQL can get wrong: being away, refusing, being somebody else's."""

import socket
from contextlib import closing

import psycopg
import pytest
from sqlalchemy import Integer, Text, cast, create_engine, inspect, literal, select
from sqlalchemy.exc import DataError

from doorstep.adapters.errors import NotAStore, StoreBusy, StoreIsNewer, StoreReadOnly, StoreUnreachable
from doorstep.adapters.postgres_store import SCHEMAS, PostgresDatabase, _engine, open_store
from doorstep.adapters.sql_tables import tables
from doorstep.domain.facts import Fact

AT = "2026-01-01T08:00:00+00:00"
ORDER = Fact("f", "order", "o1", AT, AT, {})
pytestmark = pytest.mark.postgres


def test_a_server_that_is_away_is_named_without_the_password():
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else can answer there
        url = f"postgresql://somebody:hush@127.0.0.1:{taken.getsockname()[1]}/doorstep"
        with pytest.raises(StoreUnreachable, match="doesn't let us in") as caught:
            open_store(url)

    assert "hush" not in str(caught.value)


def test_an_error_never_shows_what_was_being_written(postgres_url):
    with closing(PostgresDatabase(_engine(postgres_url, 1.0))) as database, database.writing() as writing:
        with pytest.raises(DataError) as refused:
            writing["keys"].execute(select(1 / cast(literal("hush", type_=Text), Integer)))
        writing["keys"].rollback()

    assert "[parameters:" not in str(refused.value)


@pytest.mark.parametrize("url", ["somewhere", "mysql://user:hush@127.0.0.1/name"])
def test_something_that_is_no_url_of_a_postgresql_is_refused(url):
    with pytest.raises(StoreUnreachable, match="Expected a URL like postgresql://") as caught:
        open_store(url)

    assert "hush" not in str(caught.value)


def test_a_store_of_a_newer_doorstep_is_left_alone(postgres_url):
    with psycopg.connect(postgres_url) as connection:
        connection.execute("UPDATE doorstep.alembic_version SET version_num = '9999'")
    with pytest.raises(StoreIsNewer, match=r"9999.*0001"):
        open_store(postgres_url)
    with psycopg.connect(postgres_url) as connection:
        connection.execute("UPDATE doorstep.alembic_version SET version_num = '0001'")


def test_somebody_elses_schema_is_left_alone(postgres_server):
    postgres_server.psql("CREATE DATABASE songs")
    url = postgres_server.get_uri("songs")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE SCHEMA doorstep; CREATE TABLE doorstep.songs (name text)")

    with pytest.raises(NotAStore, match="somebody else's tables"):
        open_store(url)


def test_a_standby_says_that_it_may_only_be_read(postgres_url):
    with closing(open_store(f"{postgres_url}&options=-c default_transaction_read_only=on")) as store:
        with pytest.raises(StoreReadOnly, match="primary"):
            store.append("porto", [ORDER])

        assert store.companies() == ()


def test_a_company_locked_elsewhere_is_waited_for_then_named_and_others_go_on(postgres_url):
    with closing(open_store(postgres_url, patience_s=0.2)) as store, psycopg.connect(postgres_url) as other:
        store.append("porto", [ORDER])
        other.execute("SELECT 1 FROM doorstep.companies WHERE company_id = 'porto' FOR UPDATE")
        with pytest.raises(StoreBusy, match="locked for too long"):
            store.append("porto", [Fact("g", "order", "o2", AT, AT, {})])

        assert store.append("lyon", [ORDER]) == 1


def test_migrations_make_the_tables_the_program_expects(postgres_url):
    engine = create_engine(postgres_url.replace("postgresql:", "postgresql+psycopg:"))
    found, ours = inspect(engine), tables(SCHEMAS)
    for table in (ours.companies, ours.facts, ours.people, ours.keys):
        columns = {column["name"]: column["nullable"] for column in found.get_columns(table.name, table.schema)}
        indexes = {index["name"]: index["unique"] for index in found.get_indexes(table.name, table.schema)}

        assert columns == {column.name: bool(column.nullable) for column in table.c}
        assert indexes == {str(index.name): index.unique for index in table.indexes}
    engine.dispose()
