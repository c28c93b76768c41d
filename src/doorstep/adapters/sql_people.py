"""Sealed parts in a database: kept beside the facts they belong to, opened page by page."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, Row, Table, delete, func, select, update

from doorstep.adapters.fact_rows import FactRow
from doorstep.adapters.people import PersonKey, label, new_secret
from doorstep.adapters.sql_tables import Tables


class Keeper(Protocol):
    """The little of a database that people need."""

    tables: Tables

    def reading(self, part: str) -> Any:
        """Return a connection that reads one part."""

    def keep(self, connection: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> int:
        """Insert rows but those already there; return how many were new."""


@dataclass(slots=True)
class Head:
    """How far a company's log has got: the last fact, and the last sealed part that counts."""

    company: str
    last_seq: int
    last_sealed_seq: int

    def write(self, connection: Connection, companies: Table) -> None:
        """Write the head back; with its commit the facts before it count."""
        mine = update(companies).where(companies.c.company_id == self.company)
        connection.execute(mine.values(last_seq=self.last_seq, last_sealed_seq=self.last_sealed_seq))


def keep_private(keeper: Keeper, writing: Mapping[str, Connection], head: Head, rows: Sequence[FactRow]) -> int:
    """Seal and keep the private parts of rows about to be kept; return how many correct a fact already known.

    Same fact and same content again: nothing, recognised by a digest under the person's key.
    """
    people, facts = keeper.tables.people, keeper.tables.facts
    _sweep(writing["people"], people, head)
    ids = [row.fact_id for row in rows if row.private]
    told = _told(writing["people"], people, head.company, ids)
    known = _known(writing["facts"], facts, head.company, ids)
    keys = _keys(keeper, writing["keys"], head.company, sorted({str(row.person_id) for row in rows if row.private}))
    fresh, corrections = [], 0
    for row in rows:
        if row.private:
            bound = label(head.company, str(row.person_id), row.kind, row.key, row.fact_id)
            key = keys[str(row.person_id)]
            digest = key.digest(bound, row.private)
            if (row.fact_id, digest) not in told:
                told.add((row.fact_id, digest))
                head.last_sealed_seq += 1
                place = (head.company, head.last_sealed_seq, row.fact_id, row.kind, row.key, row.person_id)
                fresh.append((*place, digest, key.sealed(bound, row.private)))
                corrections += row.fact_id in known
        known.add(row.fact_id)
    keeper.keep(writing["people"], people, fresh)
    return corrections


def opened_parts(keeper: Keeper, head: Head, page: Sequence[Row[Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield (key, private part) of a page of current facts, in its order, leaving out people who are forgotten."""
    sealed = _sealed(keeper, head, page)
    with keeper.reading("keys") as connection:
        keys = _known_keys(
            connection, keeper.tables.keys, head.company, sorted({row.person_id for row in sealed.values()})
        )
    for fact in page:
        row = sealed.get((fact.key, fact.person_id))
        key = keys.get(fact.person_id)
        if row is not None and key is not None:
            text = key.opened(label(head.company, row.person_id, row.kind, row.key, row.fact_id), row.sealed)
            if text is not None:
                yield row.key, json.loads(text)


def _sealed(keeper: Keeper, head: Head, page: Sequence[Row[Any]]) -> dict[tuple[str, str], Row[Any]]:
    """Return the part last told of each thing and person on a page."""
    table, people = keeper.tables.people, keeper.tables.people.c
    latest = (
        select(func.max(people.seq).label("seq"))
        .where(people.company_id == head.company, people.kind == page[0].kind, people.seq <= head.last_sealed_seq)
        .where(people.key >= page[0].key, people.key <= page[-1].key)
        .group_by(people.key, people.person_id)
        .subquery()
    )
    joined = table.join(latest, (people.company_id == head.company) & (people.seq == latest.c.seq))
    with keeper.reading("people") as connection:
        rows = connection.execute(select(table).select_from(joined)).all()
    return {(row.key, row.person_id): row for row in rows}


def _sweep(connection: Connection, people: Table, head: Head) -> None:
    """Remove what a process left that died before its facts were committed."""
    beyond = (people.c.company_id == head.company) & (people.c.seq > head.last_sealed_seq)
    connection.execute(delete(people).where(beyond))


def _told(connection: Connection, people: Table, company: str, ids: Sequence[bytes]) -> set[tuple[bytes, bytes]]:
    found = select(people.c.fact_id, people.c.digest).where(people.c.company_id == company, people.c.fact_id.in_(ids))
    return {(row.fact_id, row.digest) for row in connection.execute(found)}


def _known(connection: Connection, facts: Table, company: str, ids: Sequence[bytes]) -> set[bytes]:
    found = select(facts.c.fact_id).where(facts.c.company_id == company, facts.c.fact_id.in_(ids))
    return set(connection.execute(found).scalars())


def _keys(keeper: Keeper, connection: Connection, company: str, persons: Sequence[str]) -> dict[str, PersonKey]:
    """Return the keys of persons, made now for those who have none."""
    known = _known_keys(connection, keeper.tables.keys, company, persons)
    made = {person: PersonKey(new_secret()) for person in persons if person not in known}
    rows = [(company, person, key.secret) for person, key in made.items()]
    keeper.keep(connection, keeper.tables.keys, rows)
    return known | made


def _known_keys(connection: Connection, keys: Table, company: str, persons: Sequence[str]) -> dict[str, PersonKey]:
    found = select(keys.c.person_id, keys.c.secret).where(keys.c.company_id == company, keys.c.person_id.in_(persons))
    return {row.person_id: PersonKey(row.secret) for row in connection.execute(found)}
