"""Rows of the matrices that say more than a location: where legs end and begin, and what a door adds to them.

A set-up that is needed only by who comes from elsewhere, or a service time that depends on the vehicle, has no field
in a stop. It fits into the legs: before arriving, or after leaving.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from doorstep.adapters.strict_json import LARGEST, SPLIT
from doorstep.domain.errors import YourInput
from doorstep.domain.travel import AskedTimes, Legs, TravelTimes
from doorstep.domain.units import Cents, Seconds

NOWHERE = -1
"""A location that is no way from anywhere: where a vehicle begins or ends that has no start or end."""

MOST_LEGS = 400_000_000

MOST_PAIRINGS = 20_000_000
"""Prices of a task with a vehicle: 2 GB."""


@dataclass(frozen=True, slots=True)
class Row:
    """Where legs to here end, where legs from here begin, and the seconds that either takes longer, by kind of vehicle.

    `before` counts only for who comes from another location.
    """

    reached: int
    leaves: int
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()

    @classmethod
    def of(cls, location: int) -> Self:
        """Return the plain row of a location."""
        return cls(location, location)

    @property
    def plain(self) -> bool:
        """Whether the row says no more than its location."""
        return self.reached == self.leaves and not any((*self.before, *self.after))


class Rows:
    """The rows of a problem in order, each once; the plain rows of all locations come first."""

    def __init__(self, locations: int) -> None:
        self.rows = [Row.of(location) for location in range(locations)]
        self._at = {row: k for k, row in enumerate(self.rows)}

    def at(self, row: Row) -> int:
        """Return the number of a row, added where it is new; a plain one is its location's.

        Stops share a row where going from one to the other takes no time.
        """
        row = Row.of(row.reached) if row.plain else row
        if row.leaves != row.reached or row.after or row not in self._at:
            self._at[row] = len(self.rows)
            self.rows.append(row)
        return self._at[row]

    def asked(self, legs: Legs, kind: int, pace: tuple[float, int] = (1, 1)) -> AskedTimes:
        """Return the legs between all rows for one kind of vehicle, to be asked for; see `RowLegs.pace`."""
        if all(row.plain and row.reached == k for k, row in enumerate(self.rows)) and pace[0] == pace[1]:
            return AskedTimes(legs, range(len(self.rows)))
        before = np.array([row.before[kind] if row.before else 0 for row in self.rows], np.int64)
        after = np.array([row.after[kind] if row.after else 0 for row in self.rows], np.int64)
        ends = (np.array([row.leaves for row in self.rows]), np.array([row.reached for row in self.rows]))
        return AskedTimes(RowLegs(legs, *ends, before, after, pace), range(len(self.rows)))

    def legs(self, seconds: NDArray[np.int32], metres: NDArray[np.int32], kind: int) -> TravelTimes:
        """Return the legs between all rows for one kind of vehicle, of legs between locations."""
        if len(self.rows) ** 2 > MOST_LEGS:
            raise YourInput(
                f"Expected at most {MOST_LEGS:,} legs, got {len(self.rows) ** 2:,}; split the day by depot."
            )
        if not len(seconds):
            seconds = metres = np.zeros((1, 1), np.int32)
        if all(row.plain and row.reached == k for k, row in enumerate(self.rows)) and len(seconds) == len(self.rows):
            return TravelTimes((Seconds(0),), _still(seconds)[None], _still(metres)[None])
        leaves = np.array([row.leaves for row in self.rows])
        reached = np.array([row.reached for row in self.rows])
        before = np.array([row.before[kind] if row.before else 0 for row in self.rows])
        after = np.array([row.after[kind] if row.after else 0 for row in self.rows])
        nowhere = (leaves == NOWHERE)[:, None] | (reached == NOWHERE)[None, :]
        legs = np.where(nowhere, 0, seconds[np.ix_(leaves, reached)]).astype(np.int64)
        legs += np.where(leaves[:, None] == reached[None, :], 0, before[None, :])
        legs += after[:, None]
        if legs.size and legs.max() > LARGEST:
            raise YourInput(f"Expected legs of at most {LARGEST:,} s with set-up and service, got {legs.max():,} s.")
        far = metres[np.ix_(leaves, reached)]
        far[nowhere] = 0
        return TravelTimes((Seconds(0),), _still(legs.astype(np.int32))[None], _still(far)[None])


@dataclass(frozen=True, slots=True, eq=False)
class RowLegs:
    """Legs between rows, asked of the legs between locations.

    `leaves`, `reached`, `before` and `after` are those of the rows; seconds are times pace[0] / pace[1], rounded.
    """

    of: Legs
    leaves: NDArray[np.int64]
    reached: NDArray[np.int64]
    before: NDArray[np.int64]
    after: NDArray[np.int64]
    pace: tuple[float, int]

    @property
    def name(self) -> str:
        """What the legs are, with a fingerprint of the rows."""
        digest = hashlib.sha256()
        for array in (self.leaves, self.reached, self.before, self.after):
            digest.update(np.ascontiguousarray(array, "<i8").tobytes())
        return f"{self.of.name}, by rows {digest.hexdigest()[:16]}, x {self.pace[0]!r} / {self.pace[1]!r}"

    @property
    def edges(self) -> tuple[Seconds, ...]:
        """Starts of the traffic slots."""
        return self.of.edges

    def table(self, starts: Sequence[int], ends: Sequence[int]) -> NDArray[np.int32]:
        """Return the legs from each start to each end, shape (2, K, starts, ends)."""
        a, b = np.asarray(starts, np.int64), np.asarray(ends, np.int64)
        here, there = np.maximum(self.leaves[a], 0), np.maximum(self.reached[b], 0)
        return self._with_doors(self.of.table(here.tolist(), there.tolist()), a[:, None], b[None, :])

    def pairs(self, starts: Sequence[int], ends: Sequence[int]) -> NDArray[np.int32]:
        """Return the legs from each start to the end beside it, shape (2, K, starts)."""
        a, b = np.asarray(starts, np.int64), np.asarray(ends, np.int64)
        here, there = np.maximum(self.leaves[a], 0), np.maximum(self.reached[b], 0)
        return self._with_doors(self.of.pairs(here.tolist(), there.tolist()), a, b)

    def longest(self) -> tuple[int, int]:
        """Return seconds and metres that no leg exceeds."""
        seconds, metres = self.of.longest()
        doors = int(self.before.max(initial=0)) + int(self.after.max(initial=0))
        return min(LARGEST, int(seconds * self.pace[0] / self.pace[1]) + 1 + doors), metres

    def _with_doors(self, legs: NDArray[np.int32], a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return legs between locations as those between rows a and b: none to nowhere or where one is already."""
        seconds = np.floor(legs[0] * self.pace[0] / self.pace[1] + 0.5)
        nowhere = (self.leaves[a] == NOWHERE) | (self.reached[b] == NOWHERE)
        seconds = np.where(nowhere, 0, seconds)
        seconds += np.where(self.leaves[a] == self.reached[b], 0, self.before[b]) + self.after[a]
        both = np.stack([np.minimum(seconds, LARGEST), np.where(nowhere, 0, legs[1])]).astype(np.int32)
        return np.where(a == b, np.int32(0), both)


def _still(legs: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the legs with none from a row to itself."""
    np.fill_diagonal(legs, 0)
    return legs


def as_first(row: dict[str, Cents], rows: Iterable[dict[str, Cents]], vehicles: int) -> dict[str, Cents]:
    """Return what tasks cost with one more vehicle: the first of the rows so far where it says the same, else `row`.

    Raises YourInput where it is another and rows of so many vehicles are too many, before more of them are laid out.
    """
    first = next(iter(rows), row)
    if row is first or row == first:
        return first
    if vehicles * len(row) > MOST_PAIRINGS:
        raise YourInput(
            f"Expected at most {MOST_PAIRINGS:,} prices of a task with a vehicle, got {vehicles:,} vehicles that cost "
            f"differently at {len(row):,} tasks; let them cost the same at doors, or {SPLIT}."
        )
    return row


def all_alike(tariff: Mapping[str, Mapping[str, Cents]]) -> bool:
    """Return whether every vehicle's row of what tasks cost is the first's, as `as_first` gives it."""
    first = next(iter(tariff.values()))
    return all(row is first for row in tariff.values())


def rounded(seconds: Sequence[int] | NDArray[np.int32], hundredths: int) -> NDArray[np.int32]:
    """Return seconds times a factor in hundredths, to the nearest whole second."""
    if hundredths == 100:
        return np.array(seconds, np.int32)
    found = (np.asarray(seconds, np.int64) * hundredths + 50) // 100
    return np.minimum(found, LARGEST).astype(np.int32)
