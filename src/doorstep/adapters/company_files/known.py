"""What is known while an import runs: ids of the store and of this import, people, depots with their hours."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from doorstep.adapters.company_files.contract import TABLES
from doorstep.adapters.company_files.geography import Surroundings
from doorstep.adapters.company_files.keys import CONTENT, KEY, PERSON, Hashes, KeyIndex, Names, hashes
from doorstep.domain.days import at_clock
from doorstep.domain.errors import YourInput
from doorstep.domain.facts import Fact

BATCH = 8192
NOBODY = -1
encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
"""A body as text that is the same for the same content."""

KINDS = {table.kind: table.name for table in TABLES}


@dataclass(slots=True)
class Known:
    """Indexes by file name, ids whose own row was refused, files that could not be read, people, depots."""

    zone: str = "UTC"
    company: Mapping[str, Any] | None = None
    streets: Mapping[str, Any] | None = None
    indexes: dict[str, KeyIndex] = field(default_factory=lambda: {table.name: KeyIndex() for table in TABLES})
    refused: dict[str, KeyIndex] = field(default_factory=lambda: {table.name: KeyIndex() for table in TABLES})
    broken: set[str] = field(default_factory=set)
    people: Names = field(default_factory=Names)
    forgotten: set[str] = field(default_factory=set)
    depots: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    around: Surroundings = field(default_factory=lambda: Surroundings({}))
    _days: dict[tuple[str, str], str] = field(default_factory=dict)

    def add_depot(self, body: Mapping[str, Any]) -> None:
        """Keep where a depot is and when it opens."""
        self.depots[body["depot_id"]] = body
        self.around.depots[body["depot_id"]] = (body["lon"], body["lat"])
        self._days.clear()

    def zone_of(self, depot: str | None) -> str:
        """Return a depot's zone, or the company's."""
        return str(self.depots.get(depot or "", {}).get("timezone") or self.zone)

    def closed_by_clocks(self, depot: str, day: str) -> str:
        """Return why a depot's hours cannot be told on a day; empty: they can."""
        known = self._days.get((depot, day))
        if known is None:
            known = self._days[(depot, day)] = self._clock_trouble(depot, day)
        return known

    def _clock_trouble(self, depot: str, day: str) -> str:
        hours = self.depots.get(depot, {})
        try:
            for name in ("opens", "closes"):
                if name in hours:
                    at_clock(hours[name], day, self.zone_of(depot))
        except YourInput as error:
            return f"{depot} {name} at {str(error).split('got ', 1)[1].split(';')[0]}"
        return ""

    def people_of(self, orders: list[str]) -> Hashes:
        """Return the ordinals of the recipients of orders, NOBODY where unknown."""
        known, entries = self.indexes["orders"].find(hashes(orders))
        return np.where(known, entries[PERSON], NOBODY)

    def refuse(self, table: str, keys: list[str]) -> None:
        """Remember ids whose own row was refused."""
        index = self.refused[table]
        fresh = np.unique(hashes(keys))
        fresh = fresh[~index.find(fresh)[0]]
        entries = np.zeros((4, len(fresh)), dtype=np.int64)
        entries[KEY] = fresh
        index.add(entries)


class Memory:
    """Takes in what the store holds, kind by kind: first the private parts, then the facts."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._private = KeyIndex()
        self._parts: list[tuple[str, int]] = []
        self._facts: list[Fact] = []

    def private(self, key: str, private: Mapping[str, Any]) -> None:
        """Take in a private part of the kind whose facts follow."""
        self._parts.append((key, private_hash(private)))
        if len(self._parts) >= BATCH:
            self._keep_parts()

    def fact(self, fact: Fact) -> None:
        """Take in a current fact."""
        self._facts.append(fact)
        if len(self._facts) >= BATCH:
            self._keep_facts()

    def end_of_kind(self) -> None:
        """All of a kind was told."""
        self._keep_facts()
        self._private = KeyIndex()

    def _keep_parts(self) -> None:
        entries = np.zeros((4, len(self._parts)), dtype=np.int64)
        entries[KEY] = hashes([key for key, _ in self._parts])
        entries[CONTENT] = [content for _, content in self._parts]
        self._private.add(entries)
        self._parts.clear()

    def _keep_facts(self) -> None:
        self._keep_parts()
        if not self._facts:
            return
        facts, known = self._facts, self._known
        table = KINDS[facts[0].kind]
        keys = hashes([fact.key for fact in facts])
        named, parts = self._private.find(keys)
        known.forgotten.update(
            fact.person_id for fact, there in zip(facts, named, strict=True) if fact.person_id and not there
        )
        bodies = hashes([encode(fact.body) for fact in facts])
        marks = [mark(fact.fact_id) for fact in facts]
        entries = np.stack((keys, bodies ^ parts[CONTENT], np.array(marks, dtype=np.int64), self._people(table)))
        known.indexes[table].add(entries)
        if table == "depots":
            for fact in facts:
                known.add_depot(fact.body)
        self._facts = []

    def _people(self, table: str) -> Hashes:
        if table == "recipients":
            return np.array([self._known.people.add(fact.key) for fact in self._facts], dtype=np.int64)
        if table == "orders":
            known, entries = self._known.indexes["recipients"].find(
                hashes([str(fact.body["recipient_id"]) for fact in self._facts])
            )
            return np.where(known, entries[PERSON], NOBODY)
        return np.full(len(self._facts), NOBODY, dtype=np.int64)


def mark(fact_id: str) -> int:
    """Return a negative digest of a fact's id: what a correction names as the fact it corrects."""
    return -1 - (int.from_bytes(fact_id.encode()[:32], "big") % (2**61 - 1))


def private_hash(private: Mapping[str, Any]) -> int:
    """Return a hash of a private part; 0 for an empty one."""
    return hash(repr(sorted(private.items()))) if private else 0
