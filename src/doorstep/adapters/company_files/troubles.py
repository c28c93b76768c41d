"""What is wrong with rows: every one counted, the first few of each kind kept as examples."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

EXAMPLES = 5
"""Troubles of one kind that are told in full; the rest is counted."""

KINDS_TOLD = 200
"""Kinds of trouble that are told apart; later kinds are counted together."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing wrong: where, what was expected, what came (never a private value), what to do."""

    file: str
    line: int
    column: str
    expected: str
    found: str
    todo: str

    def __str__(self) -> str:
        where = self.file + (f", line {self.line}" if self.line else "") + (f", {self.column}" if self.column else "")
        return f"{where}: expected {self.expected}, found {self.found}; {self.todo}."

    def as_json(self) -> Mapping[str, Any]:
        """Return it for machines."""
        return {
            "file": self.file, "line": self.line, "column": self.column, "expected": self.expected,
            "found": self.found, "todo": self.todo,
        }  # fmt: skip


@dataclass(slots=True)
class Troubles:
    """All troubles of an import: `count` of them, `kinds` with examples and counts, notes that are no troubles."""

    count: int = 0
    kinds: dict[tuple[str, str, str], list[Trouble]] = field(default_factory=dict)
    counts: dict[tuple[str, str, str], int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)

    def add(self, trouble: Trouble) -> None:
        """Count a trouble, and keep it while its kind has few examples."""
        self.count += 1
        kind = (trouble.file, trouble.column, trouble.expected)
        if kind not in self.counts and len(self.counts) >= KINDS_TOLD:
            kind = (trouble.file, "", "")
        self.counts[kind] = self.counts.get(kind, 0) + 1
        examples = self.kinds.setdefault(kind, [])
        if len(examples) < EXAMPLES:
            examples.append(trouble)

    def note(self, text: str) -> None:
        """Count something worth knowing that keeps no row out."""
        self.notes[text] = self.notes.get(text, 0) + 1

    def lines(self) -> list[str]:
        """Return all troubles as sentences, a line about the rest after each kind."""
        said = []
        for kind, examples in self.kinds.items():
            said += [str(trouble) for trouble in examples]
            rest = self.counts[kind] - len(examples)
            if rest:
                column = f", {kind[1]}" if kind[1] else ""
                said.append(f"{kind[0]}{column}: {rest:,} more like this.")
        return said
