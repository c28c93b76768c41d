"""Rows out of and into CSV and Parquet files, one at a time, every cell as text.

CSV is UTF-8, a byte-order mark is tolerated, and comma, semicolon or tab is recognised by the header. Parquet goes
through DuckDB, whose values come back as the text that the same cell of a CSV file would hold.
"""

import csv
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import duckdb

from doorstep.domain.errors import Outside, YourInput

LONGEST_CELL = 131_072
"""Characters after which a quote was surely never closed."""


class UnreadableFile(YourInput):
    """A whole file that cannot be read as the table it should be; `line` is 0 where no line is to blame."""

    def __init__(self, name: str, expected: str, found: str, todo: str, *, line: int = 0) -> None:
        super().__init__(f"{name}{f', line {line}' if line else ''}: expected {expected}, found {found}; {todo}.")
        self.expected, self.found, self.todo, self.line = expected, found, todo, line


@dataclass(frozen=True, slots=True)
class Row:
    """A broken row: where it began and why no cells could be read."""

    line: int
    until: int
    why: str


class TableFile(ABC):
    """An open file: `header`, then `rows()`; `done` and `size` in bytes (Parquet: rows) say how far it is."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.header: tuple[str, ...] = ()
        self.size = 0

    @property
    @abstractmethod
    def done(self) -> int:
        """How much of `size` has been read."""

    @abstractmethod
    def rows(self) -> Iterator[tuple[int, list[str]] | Row]:
        """Yield (physical line, cells) of each row, or a broken Row."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the file."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()


def open_table(path: Path) -> TableFile:
    """Open a .csv or .parquet file; raises UnreadableFile when it has no header that can be read."""
    return ParquetFile(path) if path.suffix == ".parquet" else CsvFile(path)


class CsvFile(TableFile):
    """A CSV file, streamed."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.size = path.stat().st_size
        self._file: IO[str] = path.open(encoding="utf-8-sig", newline="")
        try:
            first = self._first_line()
        except UnicodeDecodeError as error:
            self.close()
            raise not_utf8(path) from error
        if not first.strip():
            self.close()
            raise UnreadableFile(path.name, "a first line with the column names", "nothing", "add it")
        self.delimiter = max(",;\t", key=first.count)
        self._file.seek(0)
        self._reader = csv.reader(self._file, delimiter=self.delimiter, strict=True)
        try:
            self.header = tuple(next(self._reader))
        except csv.Error as error:
            self.close()
            todo = "mend the quotes of the first line"
            raise UnreadableFile(path.name, "a first line with the column names", _quoting(error), todo) from error

    def _first_line(self) -> str:
        line = self._file.readline(LONGEST_CELL)
        if len(line) >= LONGEST_CELL:
            self.close()
            found = f"{LONGEST_CELL:,} characters without a line break"
            todo = "look whether this is a text file"
            raise UnreadableFile(self.path.name, "a first line with the column names", found, todo)
        return line

    @property
    def done(self) -> int:
        """Bytes read, in steps of the buffer."""
        return self._file.buffer.tell() if not self._file.closed else self.size  # type: ignore[attr-defined]  # IO[str] hides the buffer of a text file

    def rows(self) -> Iterator[tuple[int, list[str]] | Row]:
        """Yield (physical line, cells); blank lines are passed over; bad quoting yields a Row and goes on."""
        reader = self._reader
        while True:
            last = reader.line_num
            try:
                for cells in reader:
                    if cells:
                        yield last + 1, cells
                    last = reader.line_num
            except csv.Error as error:
                yield Row(last + 1, reader.line_num, _quoting(error))
                continue
            except UnicodeDecodeError as error:
                raise not_utf8(self.path) from error
            return

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _quoting(error: csv.Error) -> str:
    text = str(error)
    if "field larger" in text or "unexpected end" in text:
        return "a quote was opened and never closed"
    return f"quotes do not match ({text})"


def not_utf8(path: Path) -> UnreadableFile:
    """Return the error for a file that is not UTF-8; it names the first bad byte and its line."""
    with path.open("rb") as file:
        head = file.read(64)
        if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            todo = f"save it as UTF-8 (iconv -f UTF-16 -t UTF-8 {path.name} > new.csv)"
            return UnreadableFile(path.name, "UTF-8", "UTF-16", todo)
        if b"\x00" in head:
            return UnreadableFile(path.name, "text in UTF-8", "binary data", "export it as CSV")
        file.seek(0)
        before = 0
        for line, raw in enumerate(file, 1):
            try:
                raw.decode("utf-8")
            except UnicodeDecodeError as error:
                found = f"byte 0x{raw[error.start]:02X} at byte {before + error.start:,} of the file"
                todo = f"save it as UTF-8 (from Windows: iconv -f WINDOWS-1252 -t UTF-8 {path.name} > new.csv)"
                return UnreadableFile(path.name, "UTF-8", found, todo, line=line)
            before += len(raw)
    return UnreadableFile(path.name, "UTF-8", "something else", "save it as UTF-8")


class ParquetFile(TableFile):
    """A Parquet file, streamed through DuckDB; a row's line is its number, counted from 1."""

    CHUNK = 4096

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._read = 0
        self._duck = _duck()
        try:
            described = self._duck.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
            counted = self._duck.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchone()
        except duckdb.Error as error:
            self.close()
            raise _not_parquet(path, error) from error
        self._types = tuple((str(name), str(kind)) for name, kind, *_ in described)
        self.header = tuple(name for name, _ in self._types)
        self.size = int(counted[0]) if counted else 0

    @property
    def done(self) -> int:
        """Rows read."""
        return self._read

    def rows(self) -> Iterator[tuple[int, list[str]] | Row]:
        """Yield (row number, cells as text)."""
        cells = ", ".join(_as_text(name, kind) for name, kind in self._types)
        try:
            cursor = self._duck.execute(f"SELECT {cells} FROM read_parquet(?)", [str(self.path)])  # noqa: S608 - names are quoted
            while chunk := cursor.fetchmany(self.CHUNK):
                for row in chunk:
                    self._read += 1
                    yield self._read, list(row)
        except duckdb.Error as error:
            raise _not_parquet(self.path, error) from error

    def close(self) -> None:
        """Let go of the connection."""
        self._duck.close()


def _duck() -> duckdb.DuckDBPyConnection:
    duck = duckdb.connect(":memory:", config={"threads": "1"})
    duck.execute("SET TimeZone = 'UTC'")
    return duck


def _not_parquet(path: Path, error: duckdb.Error) -> UnreadableFile:
    return UnreadableFile(path.name, "a whole Parquet file", f"what DuckDB calls: {_first(error)}", "export it again")


def _first(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _as_text(name: str, kind: str) -> str:
    cell = f"array_to_string({_quoted(name)}, ';')" if kind.endswith("[]") else f"CAST({_quoted(name)} AS VARCHAR)"
    return f"coalesce({cell}, '') AS {_quoted(name)}"


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """Write a CSV file (UTF-8, commas, \\n) beside the old one, then put it in its place; return its rows."""
    beside = path.with_name(f".{path.name}.writing")
    counted = _Counted(rows)
    try:
        with beside.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(counted)
        beside.replace(path)
    except OSError as error:
        raise Outside(f"Expected to write {path}, the disk says: {error}; check rights and space.") from error
    finally:
        beside.unlink(missing_ok=True)
    return counted.n


class _Counted:
    def __init__(self, rows: Iterable[Sequence[str]]) -> None:
        self._rows = rows
        self.n = 0

    def __iter__(self) -> Iterator[Sequence[str]]:
        for row in self._rows:
            self.n += 1
            yield row


def write_parquet(path: Path, types: Mapping[str, str], rows: Iterable[Sequence[str]]) -> int:
    """Write a Parquet file (zstd) with DuckDB types by column; empty cells become NULL; return its rows."""
    between = path.with_name(f".{path.name}.csv")
    beside = path.with_name(f".{path.name}.writing")
    columns = "{" + ", ".join(f"{_literal(name)}: 'VARCHAR'" for name in types) + "}"
    cells = ", ".join(_typed(name, kind) for name, kind in types.items())
    duck = _duck()
    try:
        n = write_csv(between, tuple(types), rows)
        source = f"read_csv({_literal(str(between))}, header = true, columns = {columns}, auto_detect = false, " \
                 "delim = ',', quote = '\"', escape = '\"', new_line = '\\n')"  # fmt: skip
        duck.execute(
            f"COPY (SELECT {cells} FROM {source}) TO {_literal(str(beside))} (FORMAT parquet, COMPRESSION zstd)"  # noqa: S608 - names and paths are quoted
        )
        os.replace(beside, path)  # noqa: PTH105 - one atomic call on both paths reads best as itself
    except duckdb.Error as error:
        raise Outside(f"Expected to write {path}, DuckDB says: {_first(error)}") from error
    finally:
        duck.close()
        between.unlink(missing_ok=True)
        beside.unlink(missing_ok=True)
    return n


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _typed(name: str, kind: str) -> str:
    cell = f"nullif({_quoted(name)}, '')"
    typed = f"string_split({cell}, ';')" if kind == "VARCHAR[]" else f"CAST({cell} AS {kind})"
    return f"{typed} AS {_quoted(name)}"


Progress = Callable[[str, int, int], None]
"""Called with a file's name, how much of it is read, and its size, in the file's own unit."""
