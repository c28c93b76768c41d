"""Which keys are known, with what content: 32 bytes a row, so that a file of any size can be checked as it streams.

Keys and contents are 64-bit hashes, different in every process; the chance that any two of ten million keys meet
is about one in 400,000.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.int64]

KEY: Final = 0
CONTENT: Final = 1
MARK: Final = 2
"""Negative: in the store, a digest of its fact's id. Positive: the line of the file."""
PERSON: Final = 3
"""Ordinal of the person in `Names`, -1 for nobody."""

_LARGEST_RUN = 1 << 20


class KeyIndex:
    """Hashed keys with content, mark and person, in sorted runs that merge as they grow (a log-structured merge).

    A lookup of 8,192 keys among a million takes about 2 ms.
    """

    def __init__(self) -> None:
        self._runs: list[Hashes] = []

    def __len__(self) -> int:
        return sum(run.shape[1] for run in self._runs)

    def add(self, entries: Hashes) -> None:
        """Keep entries of shape (4, n): key, content, mark, person; the keys are new and differ."""
        if not entries.shape[1]:
            return
        self._runs.append(np.ascontiguousarray(entries[:, np.argsort(entries[KEY], kind="stable")]))
        while len(self._runs) > 1 and self._should_merge():
            both = np.concatenate((self._runs.pop(-2), self._runs.pop()), axis=1)
            self._runs.append(np.ascontiguousarray(both[:, np.argsort(both[KEY], kind="stable")]))

    def _should_merge(self) -> bool:
        before, last = int(self._runs[-2].shape[1]), int(self._runs[-1].shape[1])
        return before < 2 * last and before + last <= _LARGEST_RUN

    def find(self, keys: Hashes) -> tuple[NDArray[np.bool_], Hashes]:
        """Return which keys are known, and the entries of shape (4, n); entries of unknown keys are zero."""
        known = np.zeros(len(keys), dtype=np.bool_)
        entries = np.zeros((4, len(keys)), dtype=np.int64)
        for at, run, places in self._hits(keys):
            known[at] = True
            entries[:, at] = run[:, places]
        return known, entries

    def replace(self, entries: Hashes) -> None:
        """Overwrite content, mark and person of keys that are known."""
        for at, run, places in self._hits(entries[KEY]):
            run[:, places] = entries[:, at]

    def _hits(self, keys: Hashes) -> Iterator[tuple[NDArray[np.intp], Hashes, NDArray[np.intp]]]:
        for run in self._runs:
            places = np.minimum(np.searchsorted(run[KEY], keys), run.shape[1] - 1)
            at = np.flatnonzero(run[KEY][places] == keys)
            if len(at):
                yield at, run, places[at]


class Names:
    """Ids by ordinal, in one piece of memory."""

    def __init__(self) -> None:
        self._text = bytearray()
        self._ends: list[int] = []

    def __len__(self) -> int:
        return len(self._ends)

    def add(self, name: str) -> int:
        """Keep a name and return its ordinal."""
        self._text += name.encode()
        self._ends.append(len(self._text))
        return len(self._ends) - 1

    def __getitem__(self, ordinal: int) -> str:
        begins = self._ends[ordinal - 1] if ordinal else 0
        return self._text[begins : self._ends[ordinal]].decode()


def hashes(texts: list[str]) -> Hashes:
    """Return 64-bit hashes of texts, stable within this process only."""
    return np.fromiter(map(hash, texts), dtype=np.int64, count=len(texts))
