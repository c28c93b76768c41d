"""SQLite's error codes as sentences: which file, what happened, what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from doorstep.adapters.errors import StoreBusy, StoreDamaged, StoreFull, StoreReadOnly, StoreUnreachable
from doorstep.domain.errors import Outside

_DAMAGED = (
    StoreDamaged,
    "{path} is not what we wrote: cut short or overwritten ({error}). Restore it from a backup; keep this copy aside.",
)
_SENTENCES: dict[int, tuple[type[Outside], str]] = {
    sqlite3.SQLITE_BUSY: (
        StoreBusy,
        "{path} stayed locked by another process ({error}); let its import or planning end, then try again.",
    ),
    sqlite3.SQLITE_FULL: (
        StoreFull,
        "No room left to write {path} ({error}); nothing of this call was kept. Free some space, then try again.",
    ),
    sqlite3.SQLITE_READONLY: (
        StoreReadOnly,
        "{path} may be read but not written ({error}); give this user the right to write it and its folder.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        StoreUnreachable,
        "{path} can't be opened ({error}); check the path and the rights of its folder.",
    ),
    sqlite3.SQLITE_PERM: (StoreUnreachable, "{path} can't be opened ({error}); check its rights."),
    sqlite3.SQLITE_IOERR: (
        StoreUnreachable,
        "The disk failed while we used {path} ({error}); nothing unfinished was kept. Check the disk and its quota.",
    ),
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}
_SENTENCES[sqlite3.SQLITE_LOCKED] = _SENTENCES[sqlite3.SQLITE_BUSY]


def said(error: BaseException | None, path: str | None) -> Outside | None:
    """Return an error of SQLite's as one of ours, or None when it isn't the outside's fault."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    kind, sentence = _SENTENCES.get(code & 0xFF, (None, ""))  # the low byte is the kind, the rest a detail
    return kind(sentence.format(path=path, error=error)) if kind else None


@contextmanager
def sentences(path: str | None) -> Iterator[None]:
    """Turn SQLite's errors inside into ours."""
    try:
        yield
    except sqlite3.Error as error:
        ours = said(error, path)
        if ours is None:
            raise
        raise ours from error
