"""JSON from strangers: every refusal names the spot, what was expected there and what came."""

import gc
import json
import math
import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.errors import Outside, YourInput

LARGEST_FILE = 1 << 30
"""Bytes a file may have; a larger one is a mistake, or a day that should be split by depot."""

SPLIT = "split it by depot and plan the depots with `doorstep night`"
"""What to do with more than one request can hold."""

LARGEST = 10**9
"""Seconds, metres and amounts beyond this are mistakes: thirty years, or the way to the moon and back."""


def shown(value: object) -> str:
    """Return a value as JSON would show it, cut to a readable length."""
    try:
        text = json.dumps(value)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def text_of(path: Path) -> str:
    """Return a file's text (UTF-8, a byte-order mark allowed); raises YourInput when there is none."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except IsADirectoryError:
        raise YourInput(f"Expected a file, got the directory {path}; name the file inside it.") from None
    except FileNotFoundError:
        raise YourInput(f"Expected a file at {path}, found none; check the path.") from None
    except OSError as error:
        raise YourInput(f"Expected a readable file at {path}: {error.strerror}; check its rights.") from error
    if len(content) > LARGEST_FILE:
        raise YourInput(f"{path.name}: expected at most {LARGEST_FILE >> 20} MB, got more; split the day by depot.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise YourInput(
            f"{path.name}: expected text in UTF-8, got byte 0x{content[error.start]:02x} at {error.start}; "
            "check that this is the right file."
        ) from None


def parsed(text: str, name: str) -> "Spot":
    """Return the document's root; raises YourInput where the text is no JSON, with line and column.

    And where an object has a key twice: whichever of the two were read, the other would be ignored in silence.
    """
    twice: list[tuple[dict[str, Any], str]] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            twice.append((found, next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)))
        return found

    try:
        root = Spot(_undisturbed(text, once), f"{name}:")
    except json.JSONDecodeError as error:
        raise YourInput(
            f"{name}: expected JSON, got something else at line {error.lineno}, column {error.colno} ({error.msg}); "
            "check that the file is whole."
        ) from None
    except (ValueError, RecursionError) as error:
        raise YourInput(f"{name}: expected JSON of usual size, got {error}; check the file.") from None
    if twice:
        raise _said_twice(root, twice)
    return root


def _undisturbed(text: str, once: Callable[[list[tuple[str, Any]]], dict[str, Any]]) -> Any:
    """Return the JSON of a text, in half the time: nothing of it is garbage while it is read, so none is looked for."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        return json.loads(text, object_pairs_hook=once)
    finally:
        if collecting:
            gc.enable()


def _said_twice(root: "Spot", twice: Sequence[tuple[dict[str, Any], str]]) -> YourInput:
    """Return the error for the first object that has a key twice; one inside what was dropped comes with another."""
    keys, spots = {id(found): key for found, key in twice}, [root]
    while id(spots[-1].value) not in keys:
        spots += reversed(list(spots.pop().inside()))
    return spots[-1].wrong(f"expected every key once, got {keys[id(spots[-1].value)]!r} again; leave one of them out.")


class Spot:
    """A value in a document and where it stands, for reading it or refusing it."""

    __slots__ = ("value", "where")

    def __init__(self, value: Any, where: str) -> None:
        self.value = value
        self.where = where

    def wrong(self, text: str) -> YourInput:
        """Return an error that names this spot."""
        return YourInput(f"{self.where.removesuffix(':')}: {text}")

    def refused(self, expected: str, advice: str = "") -> YourInput:
        """Return the error that says what was expected here and what came."""
        return self.wrong(f"expected {expected}, got {shown(self.value)}{'; ' + advice if advice else ''}.")

    def names(self) -> list[str]:
        """Return the keys of an object."""
        if not isinstance(self.value, dict):
            raise self.refused("an object")
        return list(self.value)

    def only(self, allowed: tuple[str, ...], advice: str) -> "Spot":
        """Refuse keys that nobody reads, so that nothing is silently ignored."""
        for key in self.names():
            if key not in allowed:
                raise self.wrong(f"expected only {', '.join(allowed)}, got {key!r}; {advice}.")
        return self

    def get(self, key: str) -> "Spot | None":
        """Return what stands under a key, None where it is absent or null."""
        if not isinstance(self.value, dict):
            raise self.refused("an object")
        found = self.value.get(key)
        step = " " if self.where.endswith(":") else "."
        return None if found is None else Spot(found, f"{self.where}{step}{key}")

    def at(self, key: str) -> "Spot":
        """Return what must stand under a key."""
        found = self.get(key)
        if found is None:
            raise self.wrong(f"expected {key!r}, found none; add it.")
        return found

    def inside(self) -> "Iterator[Spot]":
        """Yield the objects and lists that stand in an object or a list."""
        if isinstance(self.value, dict):
            yield from (spot for key in self.value if (spot := self.get(key)) and isinstance(spot.value, dict | list))
        elif isinstance(self.value, list):
            yield from (spot for spot in self.items(len(self.value)) if isinstance(spot.value, dict | list))

    def items(self, most: int = 1_000_000, instead: str = "split the problem") -> "Iterator[Spot]":
        """Yield the items of a list; where there are more than `most` it says what to do `instead`."""
        if not isinstance(self.value, list):
            raise self.refused("a list")
        if len(self.value) > most:
            raise self.wrong(f"expected at most {most:,} items, got {len(self.value):,}; {instead}.")
        return (Spot(item, f"{self.where}[{i}]") for i, item in enumerate(self.value))

    def whole(self, low: int = 0, high: int = LARGEST) -> int:
        """Return a whole number within bounds."""
        if not isinstance(self.value, int) or isinstance(self.value, bool) or not low <= self.value <= high:
            raise self.refused(f"a whole number from {low:,} to {high:,}")
        return self.value

    def version(self, known: int) -> None:
        """Refuse every version of a document but the one that is known."""
        if not isinstance(self.value, int) or isinstance(self.value, bool) or self.value != known:
            raise self.refused(f"{known}", "this doorstep reads that version alone")

    def number(self, low: float, high: float) -> float:
        """Return a finite number within bounds."""
        fits = isinstance(self.value, int | float) and not isinstance(self.value, bool) and low <= self.value <= high
        if not fits or not math.isfinite(self.value):
            raise self.refused(f"a number from {low:g} to {high:g}")
        return float(self.value)

    def text(self) -> str:
        """Return a text that is not empty."""
        if not isinstance(self.value, str) or not self.value:
            raise self.refused("a text")
        return self.value

    def texts(self) -> tuple[str, ...]:
        """Return a list of texts."""
        return tuple(item.text() for item in self.items())

    def wholes(self, low: int = 0, high: int = LARGEST) -> tuple[int, ...]:
        """Return a list of whole numbers within bounds."""
        return tuple(item.whole(low, high) for item in self.items())

    def day(self) -> str:
        """Return a calendar date, YYYY-MM-DD."""
        try:
            return date.fromisoformat(self.text()).isoformat()
        except ValueError:
            raise self.refused("a date such as 2026-03-02") from None

    def timezone(self) -> str:
        """Return the name of a time zone that the zone database knows."""
        try:
            return ZoneInfo(self.text()).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise self.refused("a time zone such as Europe/Lisbon") from None

    def array(self, shape: tuple[int, ...], high: int = LARGEST) -> NDArray[np.int32]:
        """Return nested lists as whole numbers from 0 to `high`, in the shape asked for."""
        try:
            found = np.array(self.value)
        except (ValueError, OverflowError):
            found = np.array(None)
        if found.shape != shape or (found.dtype.kind != "i" and found.size) or _holds_truths(self.value):
            self._walk(shape, high)
        wrong = np.argwhere((found < 0) | (found > high)) if found.size else np.empty((0, 0))
        if len(wrong):
            self._inside(tuple(int(k) for k in wrong[0])).whole(0, high)
        return found.astype(np.int32).reshape(shape)

    def _inside(self, index: tuple[int, ...]) -> "Spot":
        value = self.value
        for k in index:
            value = value[k]
        return Spot(value, self.where + "".join(f"[{k}]" for k in index))

    def _walk(self, shape: tuple[int, ...], high: int) -> None:
        """Find the first spot that is not as the shape asks, and refuse it."""
        if not shape:
            self.whole(0, high)
            return
        if not isinstance(self.value, list) or len(self.value) != shape[0]:
            length = f"{len(self.value)} items" if isinstance(self.value, list) else shown(self.value)
            raise self.wrong(f"expected a list of {shape[0]} items, got {length}.")
        for i, item in enumerate(self.value):
            Spot(item, f"{self.where}[{i}]")._walk(shape[1:], high)  # noqa: SLF001 - its own kind


def _holds_truths(value: list[Any]) -> bool:
    """Return whether true or false stands in nested lists, where numpy would take them for 1 and 0."""
    kinds = set(map(type, value))
    return bool in kinds or (list in kinds and any(map(_holds_truths, value)))


def written(document: dict[str, Any]) -> str:
    """Return a document as JSON with one line per key, and per item of long lists: readable, and quick to diff."""
    lines = []
    for key, value in document.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            rows = ",\n  ".join(_dense(item) for item in value)
            lines.append(f" {json.dumps(key)}: [\n  {rows}\n ]")
        else:
            lines.append(f" {json.dumps(key)}: {_dense(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _dense(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(", ", ": "))


def renamed(path: Path, target: Path) -> None:
    """Give a file another name, in the place of what had it; raises Outside."""
    try:
        path.replace(target)
    except OSError as error:
        raise Outside(f"Could not write {target}: {error.strerror}; check rights and space.") from error


BESIDE = ".doorstep-part"
"""How the name of a file ends that is still being written."""

LEFT = re.compile(rf"\..*\.[a-z0-9_]{{8}}{re.escape(BESIDE)}", re.DOTALL)
"""The names that only `keep` gives."""

ABANDONED = 3600
"""Seconds after which nobody is writing such a file any more."""


def keep(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; raises YourInput for a folder that is not there, Outside otherwise.

    What a writer that was killed left in the folder, an hour ago or earlier, goes with it.
    """
    if path.is_dir() or not path.parent.is_dir():
        raise YourInput(f"Expected to write a file at {path}, but its folder is missing or it is a folder itself.")
    beside: Path | None = None
    try:
        path = path.resolve()
        if path.exists() and not path.is_file():
            path.write_bytes(content)  # a pipe or device has no place beside it, and must never be replaced
            return
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:50]}.", suffix=BESIDE)
        beside = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        beside.chmod(0o644)
        beside.replace(path)
    except OSError as error:
        raise Outside(f"Could not write {path}: {error.strerror}; check rights and space.") from error
    finally:
        if beside is not None:
            beside.unlink(missing_ok=True)
    _sweep(path)


def _sweep(written: Path) -> None:
    """Remove what was left unfinished beside a file long before it was written."""
    with suppress(OSError), os.scandir(written.parent) as entries:
        left = [entry for entry in entries if LEFT.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)]
        before = written.stat().st_mtime - ABANDONED
        for entry in left:
            if entry.stat(follow_symlinks=False).st_mtime < before:
                Path(entry.path).unlink(missing_ok=True)
