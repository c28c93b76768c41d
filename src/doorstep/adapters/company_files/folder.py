"""A company's folder as a stream of facts: read once, in an order in which references resolve, every row checked.

The rows stream; what stays in memory is 32 bytes a row (see `keys`). What is private never reaches a body, a message
or a fact's id, so that nothing of it can be guessed back once the person's key is destroyed.
"""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from doorstep.adapters.company_files.columns import EPOCH, Table
from doorstep.adapters.company_files.company_toml import FILE as COMPANY_TOML
from doorstep.adapters.company_files.company_toml import read_company
from doorstep.adapters.company_files.contract import BY_NAME, TABLES
from doorstep.adapters.company_files.geography import Geocode
from doorstep.adapters.company_files.intake import Count, Desk, Intake, Mapped
from doorstep.adapters.company_files.known import KINDS, Known, Memory
from doorstep.adapters.company_files.readiness import IN_STORE, Readiness, Tally, readiness
from doorstep.adapters.company_files.rows import RowReader
from doorstep.adapters.company_files.troubles import Trouble, Troubles
from doorstep.adapters.tables import Progress, TableFile, UnreadableFile, open_table
from doorstep.domain.errors import YourInput
from doorstep.domain.facts import Fact, fact_id

STREETS = ("streets.osm.pbf", "streets.osm")
TALLIED_AT_ONCE = 4096
"""Facts of the store that are counted together."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to read: `now` (ISO 8601, UTC) dates corrections; `mapped` translates values; `osm` names the streets."""

    now: str
    mapped: Mapped = field(default_factory=dict)
    osm: Path | None = None
    geocode: Geocode | None = None
    progress: Progress = lambda file, done, size: None


class CompanyFolder:
    """A folder of the data contract. `troubles`, `counts` and `tally` fill up as `facts` is read."""

    def __init__(self, folder: Path, options: Options) -> None:
        if not folder.is_dir():
            raise YourInput(f"Expected a folder with a company's files, found none at {folder}; check the path.")
        self.folder = folder
        self.troubles = Troubles()
        self.counts: dict[str, Count] = {}
        self.tally = Tally()
        self.broken = False
        self._options = options
        self._known = Known()
        self._memory = Memory(self._known)
        _refuse_what_is_no_file(folder)
        self._files, strangers = _files(folder)
        for text in strangers:
            self.troubles.note(text)
        self._streets = options.osm or next((folder / name for name in STREETS if (folder / name).is_file()), None)
        if not self._files and not (folder / COMPANY_TOML).exists():
            names = ", ".join(f"{table.name}.csv" for table in TABLES[:3])
            raise YourInput(f"Expected files such as {COMPANY_TOML}, {names} in {folder}, found none; check the path.")
        self._company = self._read_company()

    @property
    def name(self) -> str:
        """The company's name in company.toml; empty: the folder has none."""
        return str(self._company.get("name", ""))

    @property
    def streets(self) -> Path | None:
        """The street file: given, in the folder, or remembered; None: there is none."""
        if self._streets is None and self._known.streets is not None:
            return Path(self._known.streets["path"])
        return self._streets

    @property
    def bad(self) -> int:
        """How many troubles were found."""
        return self.troubles.count

    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of facts that must be remembered before `facts`: of these files and what they refer to."""
        names = {"depots"}
        for name in self._files:
            names |= {name, *_referred(BY_NAME[name])}
        return tuple(table.kind for table in TABLES if table.name in names)

    def remember(self, kind: str, facts: Iterator[Fact], private: Iterator[tuple[str, Mapping[str, Any]]]) -> None:
        """Take in what the store holds of a kind; kinds come in the order of `kinds`, company and roads first."""
        if kind not in KINDS:
            for fact in facts:
                self._remember_company(fact)
            return
        for key, part in private:
            self._memory.private(key, part)
        bodies: list[Mapping[str, Any]] = []
        for fact in facts:
            self._memory.fact(fact)
            bodies.append(fact.body)
            if len(bodies) == TALLIED_AT_ONCE:
                self.tally.add(KINDS[kind], bodies)
                bodies = []
        self.tally.add(KINDS[kind], bodies)
        self._memory.end_of_kind()

    def present(self, kind: str) -> None:
        """Note that the store holds some facts of a kind that need not be remembered."""
        self.tally.rows[KINDS[kind]] = IN_STORE

    def others(self) -> tuple[str, ...]:
        """Return the kinds that need not be remembered, only `present`."""
        kinds = self.kinds()
        return tuple(table.kind for table in TABLES if table.kind not in kinds)

    def facts(self) -> Iterator[Fact]:
        """Yield every fact that is new or corrects an older one, in an order in which references resolve."""
        yield from self._own_facts()
        for table in TABLES:
            if table.name in self._files:
                yield from self._table(table, self._files[table.name])

    def readiness(self) -> Readiness:
        """Return what the company's data is good for, store and folder together."""
        return readiness(self.tally, streets=self.streets is not None)

    # The company and its streets

    def _read_company(self) -> Mapping[str, Any]:
        path = self.folder / COMPANY_TOML
        if not path.exists():
            return {}
        body, troubles, notes = read_company(path)
        for trouble in troubles:
            self.troubles.add(trouble)
        for note in notes:
            self.troubles.note(note)
        self.broken = self.broken or bool(troubles)
        if body.get("timezone") and not troubles:
            self._known.zone = body["timezone"]
        return body

    def _remember_company(self, fact: Fact) -> None:
        if fact.kind == "roads":
            self._known.streets = {**fact.body, "fact_id": fact.fact_id}
            return
        self._known.company = {**fact.body, "fact_id": fact.fact_id}
        if not self._company:
            self._known.zone = str(fact.body["timezone"])

    def _own_facts(self) -> Iterator[Fact]:
        if self._company and not self.broken:
            yield from self._unless_known("company", self._company, self._known.company)
        if self._streets is not None:
            trouble = _street_trouble(self._streets)
            if trouble:
                self.troubles.add(trouble)
                self.broken = True
                return
            yield from self._unless_known("roads", _roads(self._streets), self._known.streets)

    def _unless_known(self, kind: str, body: Mapping[str, Any], known: Mapping[str, Any] | None) -> Iterator[Fact]:
        before = {name: value for name, value in (known or {}).items() if name != "fact_id"}
        if before == dict(body):
            return
        at = self._options.now if known else EPOCH
        content = {"body": body, "corrects": known["fact_id"]} if known else body
        yield Fact(fact_id(kind, kind, content), kind, kind, at, at, body)

    # One file

    def _table(self, table: Table, path: Path) -> Iterator[Fact]:
        count = self.counts[path.name] = Count()
        try:
            with open_table(path) as file:
                yield from self._rows(table, file, count)
        except UnreadableFile as error:
            self._break(table, Trouble(path.name, error.line, "", error.expected, error.found, error.todo))

    def _rows(self, table: Table, file: TableFile, count: Count) -> Iterator[Fact]:
        name = file.path.name
        reader = RowReader(table, name, file.header, self._options.mapped.get(table.name, {}))
        troubles = reader.header_troubles()
        for trouble in troubles:
            self._break(table, trouble)
        if troubles:
            return
        for column in reader.unknown:
            self.troubles.note(f"{name}: the column {column or '(without a name)'} is not of the contract, passed over")
        geocode = self._options.geocode if self.streets is not None else None
        desk = Desk(self._known, self.troubles, self._options.now, geocode)
        intake = Intake(desk, table, reader, count)

        def seen(bodies: list[dict[str, Any]]) -> None:
            self.tally.add(table.name, bodies)
            self._options.progress(name, file.done, file.size)

        yield from intake.facts(file, seen)
        self._options.progress(name, file.size, file.size)

    def _break(self, table: Table, trouble: Trouble) -> None:
        self.troubles.add(trouble)
        self.broken = True
        self._known.broken.add(table.name)


def read_mapping(path: Path) -> Mapped:
    """Return what `--map FILE` translates: TOML sections [file.column] with value = "value of the contract"."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise YourInput(f"Expected a TOML file at {path}, the disk says: {error.strerror}; check the path.") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise YourInput(f"Expected TOML in {path}, found a mistake: {error}; correct it.") from error
    mapped: dict[str, dict[str, dict[str, str]]] = {}
    for file, columns in given.items():
        for name, values in columns.items() if isinstance(columns, dict) else [("", columns)]:
            mapped.setdefault(file, {})[name] = _mapped_values(path, file, name, values)
    return mapped


def _mapped_values(path: Path, file: str, name: str, values: Any) -> dict[str, str]:
    table = BY_NAME.get(file)
    column = table.column(name) if table else None
    if column is None or not column.choices or not isinstance(values, dict):
        raise YourInput(
            f"Expected sections such as [attempts.outcome] in {path}, for columns with a fixed set of values, got "
            f"[{file}.{name}]; docs/data.md lists them."
        )
    strange = [value for value in values.values() if value not in column.choices]
    if strange:
        known = ", ".join(column.choices)
        raise YourInput(f"Expected {file}.{name} to be mapped to one of {known}, got {strange[0]!r}; correct {path}.")
    return {str(key): str(value) for key, value in values.items()}


def _files(folder: Path) -> tuple[dict[str, Path], list[str]]:
    """Return files by table, and sentences about files the contract does not know."""
    files: dict[str, Path] = {}
    strangers = []
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in {".csv", ".parquet"} or path.name.startswith("."):
            name = path.name.split(".")[0].lower()
            if name in BY_NAME:
                strangers.append(f"{path.name} was passed over; export it as {name}.csv or {name}.parquet")
            continue
        if path.stem not in BY_NAME or path.suffix not in {".csv", ".parquet"}:
            close = get_close_matches(path.stem.lower(), BY_NAME, 1)
            hint = f"; is it {close[0]}.csv?" if close else ""
            strangers.append(f"{path.name} is not a file of the contract and was passed over{hint}")
        elif path.stem in files:
            raise YourInput(
                f"Expected one file of {path.stem}, found {files[path.stem].name} and {path.name}; remove one."
            )
        else:
            files[path.stem] = path
    return files, strangers


def _refuse_what_is_no_file(folder: Path) -> None:
    names = {COMPANY_TOML, *STREETS, *(f"{name}.{ending}" for name in BY_NAME for ending in ("csv", "parquet"))}
    for path in sorted(folder.iterdir()):
        if path.name in names and (path.is_dir() or not path.exists()):
            found = "a folder" if path.is_dir() else "a link to nothing"
            raise YourInput(f"Expected {path} to be a file, found {found}; put the file in its place, or remove it.")


def _street_trouble(path: Path) -> Trouble | None:
    """Return why a file can't hold streets, as far as its first bytes tell; its rest is read when it is needed."""
    try:
        with path.open("rb") as file:
            head = file.read(1024)
    except OSError as error:
        raise YourInput(f"Expected streets at {path}, the disk says: {error.strerror}; check the path.") from error
    sign = {".pbf": b"OSMHeader", ".osm": b"<", ".xml": b"<"}.get(path.suffix, b"")
    if head and sign in head:
        return None
    found = "something else" if head else "an empty file"
    return Trouble(path.name, 0, "", "streets of OpenStreetMap", found, "download or export it again")


def _referred(table: Table) -> set[str]:
    one = {column.refers for column in table.columns if column.refers}
    many = {file for column in table.columns if column.refers_by for file in column.refers_by[1].values()}
    further = {"recipients"} if table.person else set()
    return one | many | further


def _roads(path: Path) -> Mapping[str, Any]:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return {"path": str(path.resolve()), "sha256": digest, "bytes": path.stat().st_size}
    except OSError as error:
        raise YourInput(f"Expected streets at {path}, the disk says: {error.strerror}; check the path.") from error
