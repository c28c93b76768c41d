"""Rows of one file: cells to a typed body and the private part, fast when all is well, exact when it is not."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from doorstep.adapters.company_files.cells import BadCell, Blank, Memo, Parse, parser, shape
from doorstep.adapters.company_files.columns import Column, Table
from doorstep.adapters.company_files.troubles import Trouble

Body = dict[str, Any]
Cells = Sequence[str]

LONGEST_FOUND = 60
SORTED_AFTER = 2000
"""Rows after which it is clear which columns repeat their cells."""


class RowReader:
    """Reads rows of a table under one header. `unknown` are columns the contract lacks, `missing` needed ones."""

    def __init__(self, table: Table, file: str, header: Sequence[str], mapped: Mapping[str, Mapping[str, str]]) -> None:
        names = [visible(name.strip().lower()) for name in header]
        described = [(i, name, table.column(name)) for i, name in enumerate(names)]
        self.table = table
        self.file = file
        self.width = len(names)
        self.names = names
        self.unknown = tuple(name for _, name, column in described if column is None)
        self.doubled = tuple(sorted({name for name in names if names.count(name) > 1}))
        self.missing = tuple(c.name for c in table.columns if c.required and c.name not in names)
        known = sorted((name, i, column) for i, name, column in described if column is not None and name)
        self._known = [(name, i, column, Memo(parser(column, mapped.get(column.name)))) for name, i, column in known]
        self._recurring = [(name, i, memo) for name, i, column, memo in self._known if not column.private]
        self._unique: list[tuple[str, int, Parse]] = []
        self._private = [(name, i, memo.parse) for name, i, column, memo in self._known if column.private]
        self._until_sorted = SORTED_AFTER
        self._required = frozenset(c.name for c in table.columns if c.required)

    def header_troubles(self) -> list[Trouble]:
        """Return what makes the whole file unreadable."""
        found = ", ".join(self.names) if len(self.names) < 40 else f"{len(self.names)} columns"
        troubles = [
            Trouble(self.file, 1, name, "each column once", "it twice", "remove or rename one") for name in self.doubled
        ]
        for name in self.missing:
            close = get_close_matches(name, self.unknown, 1)
            todo = f"rename {close[0]} to {name}" if close else f"add the column {name}"
            troubles.append(Trouble(self.file, 1, name, "this column in the first line", found, todo))
        return troubles

    def read(self, cells: Cells) -> tuple[Body, Body] | None:
        """Return (body, private part) of a good row; None when anything about it needs `examine`."""
        if len(cells) != self.width:
            return None
        try:
            body, private = self._parsed(cells)
        except ValueError:
            return None
        self._until_sorted -= 1
        if not self._until_sorted:
            self._sort_columns()
        return (body, private) if self._required <= body.keys() or self._filled(body, private) else None

    def _parsed(self, cells: Cells) -> tuple[Body, Body]:
        body: Body = {}
        private: Body = {}
        for name, i, memo in self._recurring:
            text = cells[i]
            if text:
                body[name] = memo[text]
        for name, i, parse in self._unique:
            text = cells[i]
            if text:
                body[name] = parse(text)
        for name, i, parse in self._private:
            text = cells[i]
            if text:
                private[name] = parse(text)
        return body, private

    def _sort_columns(self) -> None:
        """Stop remembering cells of columns that hardly ever repeat: looking them up costs more than it saves."""
        unique = [column for column in self._recurring if column[2].missed > SORTED_AFTER // 2]
        self._recurring = [column for column in self._recurring if column not in unique]
        self._unique = [(name, i, memo.parse) for name, i, memo in unique]

    def _filled(self, body: Body, private: Body) -> bool:
        return all(name in body or name in private for name in self._required)

    def examine(self, line: int, cells: Cells) -> tuple[Body, Body, list[Trouble]]:
        """Return body, private part and every trouble of a row, column by column."""
        if len(cells) != self.width:
            found = f"{len(cells)} cells"
            todo = "quote cells that hold the separator, or fill in the missing ones"
            return {}, {}, [Trouble(self.file, line, "", f"{self.width} cells, as the first line has", found, todo)]
        body: Body = {}
        private: Body = {}
        troubles: list[Trouble] = []
        for name, i, column, memo in self._known:
            try:
                if cells[i]:
                    (private if column.private else body)[name] = memo[cells[i]]
            except Blank:
                continue
            except BadCell as bad:
                troubles.append(self._bad(line, column, name, cells[i], bad))
        wrong = {trouble.column for trouble in troubles}
        troubles += [
            Trouble(self.file, line, name, "a filled cell", "an empty one", "fill it in: every row needs it")
            for name in sorted(self._required - body.keys() - private.keys() - wrong)
        ]
        return body, private, troubles

    def _bad(self, line: int, column: Column, name: str, text: str, bad: BadCell) -> Trouble:
        return Trouble(self.file, line, name, bad.expected, shown(text, private=column.private), bad.todo)


def shown(text: str, *, private: bool) -> str:
    """Return a cell as a message may show it: short, on one line, and only its shape if private."""
    if private:
        return shape(text)
    cut = text if len(text) <= LONGEST_FOUND else f"{text[:LONGEST_FOUND]}… ({len(text):,} characters)"
    return ascii_safe(cut)


def ascii_safe(text: str) -> str:
    """Return text in quotes with control characters spelled out, so that no terminal acts on them."""
    return f"'{visible(text)}'"


def visible(text: str) -> str:
    """Return text with what nobody sees spelled out."""
    return text if text.isprintable() else "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
