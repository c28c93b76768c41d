"""The store in memory: the same words and the same answers as the databases, gone when the process ends."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from doorstep.adapters.fact_rows import FactRow, checked_company, fact_of, row_of
from doorstep.domain.facts import Fact

Thing = tuple[str, str]
"""Kind and key."""


@dataclass(slots=True)
class _Company:
    known: set[bytes] = field(default_factory=set)
    rows: dict[str, dict[str, list[FactRow]]] = field(default_factory=dict)
    told: dict[str, set[FactRow]] = field(default_factory=dict)
    private: dict[str, dict[Thing, str]] = field(default_factory=dict)

    def keep(self, row: FactRow) -> bool:
        new = row.fact_id not in self.known
        if new:
            self.known.add(row.fact_id)
            self.rows.setdefault(row.kind, {}).setdefault(row.key, []).append(row._replace(private=None))
        return self._keep_private(row) or new

    def _keep_private(self, row: FactRow) -> bool:
        if row.private is None or row.person_id is None:
            return False
        told = self.told.setdefault(row.person_id, set())
        version = row._replace(at="", recorded_at="", body="")
        if version in told:
            return False
        told.add(version)
        self.private.setdefault(row.person_id, {})[row.kind, row.key] = row.private
        return True


class MemoryStore:
    """Port `Store` in memory. Private parts aren't sealed here: they never leave the process."""

    def __init__(self) -> None:
        self._companies: dict[str, _Company] = {}

    def append(self, company: str, facts: Iterable[Fact]) -> int:
        """Keep facts and return how many were new; if `facts` raises, none is kept."""
        checked_company(company)
        rows = [row_of(fact) for fact in facts]
        if not rows:
            return 0
        mine = self._companies.setdefault(company, _Company())
        return sum([mine.keep(row) for row in rows])

    def current(self, company: str, kind: str) -> Iterator[Fact]:
        """Yield the latest fact of each key as of the call, in key order."""
        return (_fact(row) for row in self._latest(company, kind))

    def history(self, company: str, kind: str, key: str) -> tuple[Fact, ...]:
        """Return every fact of one thing, oldest first."""
        return tuple(_fact(row) for row in self._mine(company).rows.get(kind, {}).get(key, ()))

    def private(self, company: str, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield (key, private part) of current facts whose person is not forgotten."""
        mine, latest = self._mine(company), self._latest(company, kind)
        return (
            (row.key, json.loads(text))
            for row in latest
            if row.person_id and (text := mine.private.get(row.person_id, {}).get((row.kind, row.key)))
        )

    def forget(self, company: str, person_id: str) -> bool:
        """Drop all that names a person; return whether there was anything."""
        mine = self._mine(company)
        mine.told.pop(person_id, None)
        return mine.private.pop(person_id, None) is not None

    def companies(self) -> tuple[str, ...]:
        """Return the companies that have facts, sorted."""
        return tuple(sorted(self._companies))

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""

    def _mine(self, company: str) -> _Company:
        return self._companies.get(checked_company(company)) or _Company()

    def _latest(self, company: str, kind: str) -> tuple[FactRow, ...]:
        return tuple(rows[-1] for _, rows in sorted(self._mine(company).rows.get(kind, {}).items()))


def _fact(row: FactRow) -> Fact:
    return fact_of(row[:7])
