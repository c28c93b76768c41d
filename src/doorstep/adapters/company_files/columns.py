"""How a column and a file of the contract are described; everything else in this package is derived from that."""

from collections.abc import Mapping
from dataclasses import dataclass, field

EPOCH = "1970-01-01T00:00:00+00:00"
"""The instant of a first row that has no time of its own: it holds since ever."""

KINDS: Mapping[str, str] = {
    "id": "id of the company's own",
    "text": "text",
    "phone": "phone number, may begin with +",
    "time": "ISO 8601 with offset",
    "wall": "HH:MM in the depot's zone",
    "date": "YYYY-MM-DD",
    "whole": "whole number",
    "money": "whole minor units",
    "decimal": "decimal number",
    "lon": "degrees east, WGS 84",
    "lat": "degrees north, WGS 84",
    "flag": "true or false",
    "choice": "one of",
    "list": "list separated by ;",
    "windows": "start/end intervals, separated by ;",
}
"""What a cell can hold, in words."""

WHOLE_LIMIT = 10**12
"""No count, volume or sum of one row is larger; what is larger is a mistyped cell."""

RATE_LIMIT = 10**9
"""No wage, price of an order or kilometre, weight or payload is larger, so that a day's sums stay exact and small."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what its cells hold and mean.

    `minimal`: a minimal company needs it (bold in the contract); `needed`: every row needs it where the file is
    there. `low` and `high` bound numbers, both included. `refers` names the file whose id stands here;
    `refers_by` does so depending on another column: (that column, its value -> file). `private` cells name a
    person: kept apart, encrypted, never printed.
    """

    name: str
    kind: str
    meaning: str = ""
    minimal: bool = False
    needed: bool = False
    low: float = 0
    high: float = WHOLE_LIMIT
    choices: tuple[str, ...] = ()
    refers: str = ""
    refers_by: tuple[str, Mapping[str, str]] | None = None
    private: bool = False

    @property
    def required(self) -> bool:
        """Whether an empty cell is an error."""
        return self.minimal or self.needed


@dataclass(frozen=True, slots=True)
class Table:
    """One file: its columns, what makes a row's key, when a row happened, whom it names, what its absence costs.

    `kind` is the kind of the facts it becomes. `key` joined by / is the fact's key. `at` lists the columns that
    say when it happened, the first filled one wins. `person` is the column that names the person its private
    cells belong to: the recipient, or an order whose recipient it is. `families` are columns whose names begin
    like theirs and go on as the company likes (capacity_cold).
    """

    name: str
    kind: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    at: tuple[str, ...] = ()
    person: str = ""
    families: tuple[Column, ...] = ()
    without: str = ""
    minimal: bool = False
    by_name: Mapping[str, Column] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {column.name: column for column in self.columns})

    def column(self, name: str) -> Column | None:
        """Return the description of a column by its name in a header; None: the contract does not know it."""
        known = self.by_name.get(name)
        if known:
            return known
        return next((f for f in self.families if name.startswith(f.name) and len(name) > len(f.name)), None)
