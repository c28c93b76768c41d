"""Rows of one file to facts: checked against each other, against the rows before them and against the store."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

import numpy as np

from doorstep.adapters.company_files.checks import CHECKS, Check, Finding
from doorstep.adapters.company_files.columns import EPOCH, Column, Table
from doorstep.adapters.company_files.geography import Geocode
from doorstep.adapters.company_files.keys import CONTENT, MARK, PERSON, Hashes, hashes
from doorstep.adapters.company_files.known import BATCH, NOBODY, Known, encode, private_hash
from doorstep.adapters.company_files.rows import Body, RowReader, ascii_safe
from doorstep.adapters.company_files.troubles import Trouble, Troubles
from doorstep.adapters.tables import Row, TableFile
from doorstep.domain.days import first_instant
from doorstep.domain.facts import Fact

Mapped = Mapping[str, Mapping[str, Mapping[str, str]]]
"""File, column, value as it comes -> value of the contract."""


@dataclass(slots=True)
class Count:
    """Rows of a file: read, and what became of them; `bad` were refused."""

    read: int = 0
    new: int = 0
    corrected: int = 0
    unchanged: int = 0
    bad: int = 0


@dataclass(frozen=True, slots=True)
class Desk:
    """What every file's intake shares."""

    known: Known
    troubles: Troubles
    now: str
    geocode: Geocode | None = None


@dataclass(slots=True)
class Batch:
    """Good rows so far, column-wise."""

    lines: list[int] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    bodies: list[Body] = field(default_factory=list)
    privates: list[Body] = field(default_factory=list)

    def only(self, keep: Any) -> "Batch":
        """Return the rows for which `keep` is true."""
        return Batch(
            list(compress(self.lines, keep)), list(compress(self.keys, keep)), list(compress(self.bodies, keep)),
            list(compress(self.privates, keep)),
        )  # fmt: skip


class Intake:
    """The rows of one open file as facts; `count` says what became of them."""

    def __init__(self, desk: Desk, table: Table, reader: RowReader, count: Count) -> None:
        self.table = table
        self.count = count
        self._desk = desk
        self._known = desk.known
        self._reader = reader
        self._checks: tuple[Check, ...] = (*CHECKS.get(table.name, ()), *self._situated())
        self._references = [column for column in table.columns if column.refers or column.refers_by]
        self._refused: list[str] = []

    def facts(self, file: TableFile, seen: Callable[[list[Body]], None]) -> Iterator[Fact]:
        """Yield the facts that are new or correct older ones; `seen` is told the rows that are new."""
        for batch in self._batches(file):
            good = self._resolved(batch)
            if self.table.name == "depots":
                for body in good.bodies:
                    self._known.add_depot(body)
            while good.keys:
                _, firsts = np.unique(hashes(good.keys), return_index=True)
                is_first = np.zeros(len(good.keys), dtype=np.bool_)
                is_first[firsts] = True
                yield from self._new_facts(good.only(is_first), seen)
                good = good.only(~is_first)
            if self._refused:
                self._known.refuse(self.table.name, self._refused)
                self._refused.clear()

    # One row

    def _batches(self, file: TableFile) -> Iterator[Batch]:
        batch, read, checks, key_of = Batch(), self._reader.read, self._checks, self._key
        for item in file.rows():
            self.count.read += 1
            if isinstance(item, Row):
                self._broken_row(item)
                continue
            line, cells = item
            got = read(cells)
            if got is None or _found(checks, *got):
                got = self._examined(line, cells)
                if got is None:
                    continue
            body, private = got
            batch.lines.append(line)
            batch.keys.append(key_of(body))
            batch.bodies.append(body)
            batch.privates.append(private)
            if len(batch.lines) >= BATCH:
                yield batch
                batch = Batch()
        yield batch

    def _key(self, body: Body) -> str:
        first, *more = self.table.key
        return f"{body[first]}/{'/'.join(str(body[name]) for name in more)}" if more else body[first]

    def _broken_row(self, row: Row) -> None:
        until = f" (read on until line {row.until})" if row.until > row.line else ""
        todo = "close the quote, or double quotes that belong to the text"
        trouble = Trouble(self._reader.file, row.line, "", "cells with matching quotes", row.why + until, todo)
        self._bad([trouble], {})

    def _examined(self, line: int, cells: list[str]) -> tuple[Body, Body] | None:
        body, private, troubles = self._reader.examine(line, cells)
        if not troubles:
            found = [finding for check in self._checks if (finding := check(body, private))]
            troubles = [self._trouble(line, *finding) for finding in found]
        if not troubles:
            return body, private
        self._bad(troubles, body)
        return None

    def _trouble(self, line: int, column: str, expected: str, found: str, todo: str) -> Trouble:
        return Trouble(self._reader.file, line, column, expected, found, todo)

    def _bad(self, troubles: list[Trouble], body: Body) -> None:
        self.count.bad += 1
        for trouble in troubles:
            self._desk.troubles.add(trouble)
        if all(name in body for name in self.table.key):
            self._refused.append(self._key(body))

    # Checks that need to know the company

    def _situated(self) -> Iterator[Check]:
        names = self.table.by_name
        if "address" in names:
            yield self._located
        if "lon" in names and self.table.name != "depots":
            yield self._placed
        if self.table.name in {"orders", "shifts"}:
            yield self._day_has_hours("due_on" if self.table.name == "orders" else "date")

    def _placed(self, body: Body, private: Body) -> Finding | None:
        where = private if self.table.by_name["lon"].private else body
        if "lon" not in where or "lat" not in where:
            return None
        verdict = self._known.around.verdict(where["lon"], where["lat"])
        if verdict == "swapped":
            found, todo = "one that is only near when lon and lat are swapped", "swap the two, here or in depots"
            return "lon", "a point near a depot", found, todo
        if verdict == "far" and where["lon"] == where["lat"] == 0:
            return "lon", "a point near a depot", "0 and 0, which lies in the ocean", "fill in where it is"
        if verdict == "far":
            self._desk.troubles.note(f"{self._reader.file}: points more than 500 km from every depot")
        return None

    def _day_has_hours(self, day: str) -> Check:
        def check(body: Body, private: Body) -> Finding | None:
            why = self._known.closed_by_clocks(body["depot_id"], body[day])
            if not why:
                return None
            return day, "a day on which the depot's hours exist once", why, "change the depot's hours in depots"

        return check

    def _located(self, body: Body, private: Body) -> Finding | None:
        if "lon" in private or "address" not in private:
            return None
        geocode, what = self._desk.geocode, "lon and lat, or an address that the street file knows"
        if geocode is None:
            return "address", what, "an address and no street file", "give lon and lat, or add streets.osm.pbf or --osm"
        match = geocode(private["address"], str(body.get("postcode", "")))
        if match is None:
            found = f"an unknown one of {len(private['address'])} characters"
            return "address", what, found, "correct street, number and town, or fill in lon and lat"
        private["lon"], private["lat"] = match.place.lon, match.place.lat
        body["located_by"], body["located_confidence"] = match.how, round(match.confidence, 3)
        return None

    # A batch of good rows

    def _resolved(self, batch: Batch) -> Batch:
        """Return the rows whose references are known; the others are told and counted as bad."""
        wrong: dict[int, list[Trouble]] = {}
        for column in self._references:
            for file, rows in self._targets(column, batch.bodies).items():
                self._look_up(column.name, file, rows, batch, wrong)
        if not wrong:
            return batch
        for i, troubles in sorted(wrong.items()):
            self._bad(troubles, batch.bodies[i])
        return batch.only([i not in wrong for i in range(len(batch.lines))])

    def _targets(self, column: Column, bodies: list[Body]) -> dict[str, list[int]]:
        """Return, by the file a column refers to, the rows that do."""
        name = column.name
        if column.refers_by is None:
            return {column.refers: [i for i, body in enumerate(bodies) if name in body]}
        by, files = column.refers_by
        return {file: [i for i, body in enumerate(bodies) if body[by] == subject] for subject, file in files.items()}

    def _look_up(self, name: str, file: str, rows: list[int], batch: Batch, wrong: dict[int, list[Trouble]]) -> None:
        if not rows or file in self._known.broken:
            return
        ids = [batch.bodies[i][name] for i in rows]
        keys = hashes(ids)
        known, _ = self._known.indexes[file].find(keys)
        if known.all():
            return
        refused, _ = self._known.refused[file].find(keys)
        for j in np.flatnonzero(~known):
            i = rows[j]
            found, todo = ascii_safe(ids[j][:80]), f"add it to {file}, or correct the id"
            if refused[j]:
                found, todo = f"{found}, whose own row was refused", f"mend that row of {file} first"
            wrong.setdefault(i, []).append(self._trouble(batch.lines[i], name, f"an id in {file}", found, todo))

    def _new_facts(self, batch: Batch, seen: Callable[[list[Body]], None]) -> Iterator[Fact]:
        """Yield facts of rows whose keys differ from each other, unless the store or the file already told them."""
        recorded = [body.pop("recorded_at", None) for body in batch.bodies]
        people = self._people(batch)
        texts = [encode(body) for body in batch.bodies]
        keys = hashes(batch.keys)
        contents = hashes(texts) ^ self._private_hashes(batch, people)
        index = self._known.indexes[self.table.name]
        known, entries = index.find(keys)
        same = known & (entries[CONTENT] == contents)
        doubled = known & ~same & (entries[MARK] > 0)
        fresh = np.stack((keys, contents, np.array(batch.lines, dtype=np.int64), people))
        index.add(fresh[:, ~known])
        index.replace(fresh[:, known & ~doubled])
        self.count.unchanged += int(same.sum())
        seen(list(compress(batch.bodies, ~known)))
        for i in np.flatnonzero(doubled).tolist():
            self._doubled(batch, i, int(entries[MARK][i]))
        marks = entries[MARK].tolist()
        for i in np.flatnonzero(~same & ~doubled).tolist():
            yield self._fact(batch, i, texts[i], recorded[i], marks[i], self._name(int(people[i])))

    def _doubled(self, batch: Batch, i: int, before: int) -> None:
        found = f"{ascii_safe(batch.keys[i][:80])} in line {before} too, with other content"
        todo = "keep one of the two rows"
        self._bad([self._trouble(batch.lines[i], self.table.key[0], "one row per id", found, todo)], {})

    def _people(self, batch: Batch) -> Hashes:
        """Return the ordinal of the person each row is about: itself, its recipient, or its order's recipient."""
        known = self._known
        if self.table.name == "recipients":
            there, entries = known.indexes["recipients"].find(hashes(batch.keys))
            pairs = zip(batch.keys, there.tolist(), entries[PERSON].tolist(), strict=True)
            return np.array([old if known_ else known.people.add(key) for key, known_, old in pairs], dtype=np.int64)
        if self.table.name == "orders":
            there, entries = known.indexes["recipients"].find(hashes([b["recipient_id"] for b in batch.bodies]))
            return np.where(there, entries[PERSON], NOBODY)
        if self.table.person and any(batch.privates):
            return known.people_of([body[self.table.person] for body in batch.bodies])
        return np.full(len(batch.keys), NOBODY, dtype=np.int64)

    def _private_hashes(self, batch: Batch, people: Hashes) -> Hashes:
        """Return hashes of the private parts, after dropping those of people who were forgotten."""
        if not self.table.person or not any(batch.privates):
            return np.zeros(len(batch.keys), dtype=np.int64)
        forgotten = self._known.forgotten
        if forgotten:
            for private, person in zip(batch.privates, people.tolist(), strict=True):
                if private and person >= 0 and self._known.people[person] in forgotten:
                    private.clear()
                    self._desk.troubles.note(f"{self._reader.file}: private cells of forgotten people were dropped")
        return np.array([private_hash(private) for private in batch.privates], dtype=np.int64)

    def _name(self, ordinal: int) -> str | None:
        return self._known.people[ordinal] if ordinal >= 0 and self.table.person else None

    def _fact(self, batch: Batch, i: int, text: str, recorded: str | None, before: int, person: str | None) -> Fact:
        body, private, key = batch.bodies[i], batch.privates[i], batch.keys[i]
        at, since_ever = self._happened(body)
        if before:
            self.count.corrected += 1
            at = self._desk.now if since_ever else at
            recorded = recorded or max(at, self._desk.now)
            text = f'{{"body":{text},"corrects":{before}}}'
        else:
            self.count.new += 1
        # The id of `domain.facts.fact_id`, from the text at hand.
        named = f'["{self.table.kind}",{encode(key)},{text}]'
        fact_id = hashlib.blake2b(named.encode(), digest_size=16).hexdigest()
        return Fact(fact_id, self.table.kind, key, at, recorded or at, body, person if private else None, private)

    def _happened(self, body: Body) -> tuple[str, bool]:
        """Return when a row happened, and whether it has no time of its own and so holds since ever."""
        for name in self.table.at:
            value = body.get(name)
            if value is not None:
                if len(value) > 10:
                    return value, False
                return first_instant(value, self._known.zone_of(body.get("depot_id"))).isoformat(), False
        return EPOCH, True


def _found(checks: tuple[Check, ...], body: Body, private: Body) -> bool:
    for check in checks:  # noqa: SIM110 - any() with a generator takes twice as long, a million times
        if check(body, private) is not None:
            return True
    return False
