"""The tables of a store: facts, what names people (sealed), and the keys to that, in three files or three schemas.

`companies` is the head of the log: a company's last sequence number, and the last sealed row that counts. A sealed row
beyond it was left by a process that died between the commits of two files; nobody sees it, and the next append sweeps
it away.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Identity, Index, Integer, LargeBinary, MetaData, Table, Text

PARTS = ("keys", "people", "facts")
"""In the order in which a transaction commits them: once facts are committed, all is."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of one store, each in its part's schema (None in SQLite, where a part is a file)."""

    companies: Table
    facts: Table
    people: Table
    keys: Table


def tables(schemas: Mapping[str, str | None]) -> Tables:
    """Return the tables, each part in its schema; `info["once"]` names the columns that make two rows the same."""
    metadata = MetaData()
    return Tables(
        companies=Table(
            "companies", metadata,
            Column("company_id", Text, primary_key=True),
            Column("last_seq", BigInteger, nullable=False),
            Column("last_sealed_seq", BigInteger, nullable=False),
            schema=schemas["facts"],
            info={"once": ("company_id",)},
        ),
        facts=_facts(metadata, schemas["facts"]),
        people=_people(metadata, schemas["people"]),
        keys=Table(
            "keys", metadata,
            # New keys only ever go to the end, so that no page split leaves a copy of one behind.
            Column("row_id", BigInteger().with_variant(Integer, "sqlite"), Identity(), primary_key=True),
            Column("company_id", Text, nullable=False),
            Column("person_id", Text, nullable=False),
            Column("secret", LargeBinary, nullable=False),
            Index("keys_once", "company_id", "person_id", unique=True),
            schema=schemas["keys"],
            info={"once": ("company_id", "person_id")},
        ),
    )  # fmt: skip


def _facts(metadata: MetaData, schema: str | None) -> Table:
    return Table(
        "facts", metadata,
        Column("company_id", Text, primary_key=True),
        Column("seq", BigInteger, primary_key=True),
        Column("fact_id", LargeBinary, nullable=False),
        Column("kind", Text, nullable=False),
        Column("key", by_bytes(), nullable=False),
        Column("at", Text, nullable=False),
        Column("recorded_at", Text, nullable=False),
        Column("person_id", Text),
        Column("body", Text, nullable=False),
        Index("facts_once", "company_id", "fact_id", unique=True),
        Index("facts_by_key", "company_id", "kind", "key", "seq"),
        schema=schema,
        sqlite_with_rowid=False,
        info={"once": ("company_id", "fact_id")},
    )  # fmt: skip


def _people(metadata: MetaData, schema: str | None) -> Table:
    return Table(
        "people", metadata,
        Column("company_id", Text, primary_key=True),
        Column("seq", BigInteger, primary_key=True),
        Column("fact_id", LargeBinary, nullable=False),
        Column("kind", Text, nullable=False),
        Column("key", by_bytes(), nullable=False),
        Column("person_id", Text, nullable=False),
        Column("digest", LargeBinary, nullable=False),
        Column("sealed", LargeBinary, nullable=False),
        Index("people_once", "company_id", "fact_id", "digest", unique=True),
        Index("people_by_key", "company_id", "kind", "key", "person_id", "seq"),
        schema=schema,
        sqlite_with_rowid=False,
        info={"once": ("company_id", "fact_id", "digest")},
    )  # fmt: skip


def by_bytes() -> Text:
    """Return a text type that sorts by its bytes everywhere, as SQLite and Python do, whatever the server's locale."""
    return Text(collation="C").with_variant(Text(), "sqlite")
