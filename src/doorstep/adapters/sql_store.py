"""Port `Store` on a database: one code for SQLite and PostgreSQL, which differ in how they begin, bulk-load and burn.

Facts are numbered in the order of appending, so a reader needs no long transaction: it remembers the last number when
it is called, reads page by page up to it, and sees the same facts however many are appended meanwhile.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import batched
from typing import Any, Protocol

from sqlalchemy import Connection, Row, Table, delete, func, select, update

from doorstep.adapters.fact_rows import checked_company, fact_of, row_of
from doorstep.adapters.sql_people import Head, keep_private, opened_parts
from doorstep.adapters.sql_tables import Tables
from doorstep.domain.facts import Fact

CHUNK = 5_000
"""Facts written at once: enough that statements cost nothing, few enough that memory stays small."""

PAGE = 2_000
"""Facts read at once."""


class Database(Protocol):
    """What differs between SQLite and PostgreSQL."""

    tables: Tables

    def reading(self, part: str) -> AbstractContextManager[Connection]:
        """Return a connection that reads one part ("facts", "people", "keys")."""

    def writing(self) -> AbstractContextManager[Mapping[str, Connection]]:
        """Return the connections of one transaction over all parts, alone on SQLite; an exception undoes it."""

    def keep(self, connection: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> int:
        """Insert rows (all columns) but those already there by `info["once"]`; return how many were new."""

    def burn(self) -> None:
        """Make sure that the bytes of deleted keys are gone from where we can reach."""

    def close(self) -> None:
        """Let go of files and connections."""


class SqlStore:
    """Port `Store` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tables = database.tables

    def append(self, company: str, facts: Iterable[Fact]) -> int:
        """Keep facts in one transaction and return how many were new; if `facts` raises, none is kept.

        Streams: memory doesn't grow with the number of facts. A known id whose private part is new is a correction,
        and counts as new. Raises UnfitFact for a fact that can't be kept.
        """
        checked_company(company)
        with self._database.writing() as writing:
            head = self._locked_head(writing["facts"], company)
            new = sum(self._keep(writing, head, chunk) for chunk in batched(facts, CHUNK))
            head.write(writing["facts"], self._tables.companies)
        return new

    def current(self, company: str, kind: str) -> Iterator[Fact]:
        """Yield the latest fact of each key as of the call, in key order, without its private part."""
        pages = self._pages(company, kind, self._head(company).last_seq)
        return (fact_of(row) for page in pages for row in page)

    def history(self, company: str, kind: str, key: str) -> tuple[Fact, ...]:
        """Return every fact of one thing, oldest first, without private parts."""
        facts = self._tables.facts.c
        wanted = (facts.company_id == checked_company(company)) & (facts.kind == kind) & (facts.key == key)
        with self._database.reading("facts") as connection:
            rows = connection.execute(select(*_columns(self._tables)).where(wanted).order_by(facts.seq)).all()
        return tuple(fact_of(row) for row in rows)

    def private(self, company: str, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield (key, private part) of the facts current at the call whose person is not forgotten.

        The part last told of a thing under the person that its current fact names. Somebody forgotten while we
        iterate is left out from the next page on. Raises StoreDamaged when a sealed part was changed.
        """
        head = self._head(company)
        pages = self._pages(company, kind, head.last_seq)
        return (part for page in pages for part in opened_parts(self._database, head, page))

    def forget(self, company: str, person_id: str) -> bool:
        """Destroy a person's key and what was sealed under it; return whether there was one.

        Safe to repeat: it also finishes a forgetting that was interrupted.
        """
        keys, people = self._tables.keys, self._tables.people
        mine = (keys.c.company_id == checked_company(company)) & (keys.c.person_id == person_id)
        with self._database.writing() as writing:
            self._locked_head(writing["facts"], company)
            writing["keys"].execute(update(keys).where(mine).values(secret=bytes(32)))
            known = writing["keys"].execute(delete(keys).where(mine).returning(keys.c.row_id)).first() is not None
            sealed = (people.c.company_id == company) & (people.c.person_id == person_id)
            writing["people"].execute(delete(people).where(sealed))
        self._database.burn()
        return known

    def companies(self) -> tuple[str, ...]:
        """Return the companies that have facts, sorted."""
        companies = self._tables.companies.c
        with self._database.reading("facts") as connection:
            rows = connection.execute(select(companies.company_id).where(companies.last_seq > 0)).scalars().all()
        return tuple(sorted(rows))

    def close(self) -> None:
        """Let go of files and connections."""
        self._database.close()

    def _keep(self, writing: Mapping[str, Connection], head: Head, chunk: Sequence[Fact]) -> int:
        rows = [row_of(fact) for fact in chunk]
        corrections = keep_private(self._database, writing, head, rows) if any(row.private for row in rows) else 0
        numbered = [(head.company, seq, *row[:7]) for seq, row in enumerate(rows, head.last_seq + 1)]
        head.last_seq += len(rows)
        return corrections + self._database.keep(writing["facts"], self._tables.facts, numbered)

    def _locked_head(self, connection: Connection, company: str) -> Head:
        """Return the head of the log, locked: whoever else would write for this company waits for us."""
        companies = self._tables.companies
        self._database.keep(connection, companies, [(company, 0, 0)])
        found = select(companies).where(companies.c.company_id == company).with_for_update()
        return Head(*connection.execute(found).one())

    def _head(self, company: str) -> Head:
        companies = self._tables.companies
        found = select(companies).where(companies.c.company_id == checked_company(company))
        with self._database.reading("facts") as connection:
            row = connection.execute(found).first()
        return Head(*row) if row else Head(company, 0, 0)

    def _pages(self, company: str, kind: str, last_seq: int) -> Iterator[Sequence[Row[Any]]]:
        """Yield the current facts of a kind as of a sequence number, page by page in key order."""
        facts, after = self._tables.facts.c, ""
        while True:
            latest = (
                select(facts.key, func.max(facts.seq).label("seq"))
                .where(facts.company_id == company, facts.kind == kind, facts.key > after, facts.seq <= last_seq)
                .group_by(facts.key)
                .order_by(facts.key)
                .limit(PAGE)
                .subquery()
            )
            joined = self._tables.facts.join(latest, (facts.company_id == company) & (facts.seq == latest.c.seq))
            with self._database.reading("facts") as connection:
                page = connection.execute(
                    select(*_columns(self._tables)).select_from(joined).order_by(latest.c.key)
                ).all()
            if page:
                yield page
            if len(page) < PAGE:
                return
            after = page[-1].key


def _columns(tables: Tables) -> list[Any]:
    facts = tables.facts.c
    return [facts.fact_id, facts.kind, facts.key, facts.at, facts.recorded_at, facts.person_id, facts.body]
