"""`doorstep import DIR`: a company's folder into the store, ending with what the data is good for."""

import argparse
import hashlib
import json
import re
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from doorstep.adapters.company_files.folder import CompanyFolder, Options, read_mapping
from doorstep.adapters.company_files.geography import Match
from doorstep.adapters.company_files.page import Verdict, document, html
from doorstep.adapters.company_files.writing import write_template
from doorstep.adapters.osm_files import read_streets
from doorstep.domain.errors import YourInput
from doorstep.flows.import_company import Imported, import_company
from doorstep.flows.ports import Store
from doorstep.roads.addresses import Geocoder
from doorstep.server import wiring
from doorstep.server.commands.answers import keep_text
from doorstep.server.settings import settings
from doorstep.server.terminal import Line, Progress, fitting

EXIT_BAD_ROWS = YourInput.exit_code


def add(commands: Any) -> None:
    """Add `import` and its arguments to the command line."""
    parser = commands.add_parser(
        "import",
        help="read a company's folder (docs/data.md) into the store",
        description="Read a folder of CSV or Parquet files and a company.toml (docs/data.md) into the store. "
        "All rows or none, unless --keep-good. The same rows again change nothing; changed rows are corrections.",
    )
    parser.add_argument("folder", metavar="DIR", type=Path, help="the folder; it may hold new days only")
    parser.add_argument("--dry-run", action="store_true", help="check everything, keep nothing")
    parser.add_argument("--keep-good", action="store_true", help="keep good rows although others are bad")
    parser.add_argument("--map", metavar="FILE", type=Path, help='TOML: [file.column], then "yours" = "ours"')
    parser.add_argument("--company", metavar="ID", help="whose data this is; default: by the name in company.toml")
    parser.add_argument("--home", metavar="DIR", help="where the store lives; default DOORSTEP_HOME or .doorstep")
    parser.add_argument("--osm", metavar="FILE", type=Path, help="street file; default streets.osm.pbf in DIR")
    parser.add_argument("--json", metavar="F", nargs="?", const="-", help="everything as one document, to F or stdout")
    parser.add_argument("--page", metavar="FILE", type=Path, help="write the readiness page as HTML")
    parser.add_argument("--template", action="store_true", help="write an empty folder to fill in to DIR, and end")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Import and answer; 0: done, 2: rows are bad and nothing was kept."""
    if given.template:
        return _template(given.folder)
    home = settings(given.home)
    fresh = not home.database and not home.store.exists()
    store = wiring.memory_store() if given.dry_run and fresh else wiring.new_store(home)
    try:
        source, verdict = _import(given, store)
    finally:
        store.close()
    _answer(given, source, verdict)
    return EXIT_BAD_ROWS if verdict.refused else 0


def _import(given: argparse.Namespace, store: Store) -> tuple[CompanyFolder, Verdict]:
    mapped = read_mapping(given.map) if given.map else {}
    addresses = Addresses()
    with Progress(Console(stderr=True)).stage("import") as line:
        options = Options(
            now=datetime.now(UTC).isoformat(timespec="seconds"),
            mapped=mapped,
            osm=given.osm,
            geocode=addresses.find,
            progress=_shown_on(line),
        )
        source = addresses.source = CompanyFolder(given.folder, options)
        company = _company(given.company, source, store)
        done = import_company(store, source, company, keep_good=given.keep_good, dry_run=given.dry_run)
    return source, _verdict(given, source, company, done)


class Addresses:
    """Looks addresses up in the company's street file, which is read when the first one comes."""

    def __init__(self) -> None:
        self.source: CompanyFolder | None = None
        self._geocoder: Geocoder | None = None

    def find(self, address: str, postcode: str) -> Match | None:
        """Return where an address is; None: the map does not know it."""
        if self._geocoder is None:
            streets = self.source.streets if self.source else None
            if streets is None:
                return None
            self._geocoder = Geocoder(read_streets(streets))
        match = self._geocoder.find(address, postcode=postcode)
        return Match(match.place, match.confidence, match.how) if match.place else None


def _shown_on(line: Line) -> Any:
    def show(file: str, done: int, size: int) -> None:
        line.say(f"{file} {done / size:.0%}" if size else file)

    return show


def _company(asked: str | None, source: CompanyFolder, store: Store) -> str:
    """Return whose data it is: asked for, known by the name in company.toml, or the only company there is."""
    known = store.companies()
    if asked or source.name:
        company = asked or _by_name(source.name, store)
        if company not in known and not source.name:
            raise YourInput(
                f"Expected company.toml in {source.folder}, since nothing of {company!r} was imported before; "
                "it says name, currency and timezone."
            )
        return company
    if source.broken:
        raise YourInput(" ".join(source.troubles.lines()))
    if len(known) != 1:
        raise YourInput(
            f"Expected company.toml in {source.folder}, or --company ID; known companies: {', '.join(known) or 'none'}."
        )
    return known[0]


def _by_name(name: str, store: Store) -> str:
    for company in store.companies():
        if any(fact.body.get("name") == name for fact in store.current(company, "company")):
            return company
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    company = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if not company:  # no letter of ASCII: an id that this name has and no other
        company = f"company-{hashlib.blake2b(name.encode(), digest_size=4).hexdigest()}"
    if company in store.companies():
        raise YourInput(
            f"Expected a company whose name makes an id of its own; {name!r} would be {company!r}, which is the id of "
            f"another here. Is it the same one, renamed? Then add --company {company}; else --company and a new id."
        )
    return company


def _verdict(given: argparse.Namespace, source: CompanyFolder, company: str, done: Imported) -> Verdict:
    bad = sum(count.bad for count in source.counts.values())
    rows = f"{bad:,} bad row" + ("" if bad == 1 else "s")
    if done.refused:
        hint = "mend the files" if source.broken else "mend them, or keep the good rows with --keep-good"
        what = "a file could not be read" if source.broken else rows
        kept = f"Nothing was kept: {what}; {hint}."
    elif given.dry_run:
        new = sum(count.new + count.corrected for count in source.counts.values())
        kept = f"Nothing was kept (--dry-run): {new:,} rows would be" + (f", {rows} would not." if bad else ".")
    else:
        facts = "1 fact was" if done.appended == 1 else f"{done.appended:,} facts were"
        kept = f"{facts} kept" + (f"; {rows} left out." if bad else ".")
    return Verdict(kept, company, done.appended, bool(given.dry_run), done.refused)


def _answer(given: argparse.Namespace, source: CompanyFolder, verdict: Verdict) -> None:
    if given.page:
        keep_text(str(given.page), html(source, verdict))
    if given.json:
        text = json.dumps(document(source, verdict), indent=1, ensure_ascii=False) + "\n"
        keep_text(given.json, text)
        if given.json == "-":
            return
    _print(source, verdict)


def _print(source: CompanyFolder, verdict: Verdict) -> None:
    out, err = Console(soft_wrap=True), Console(stderr=True, soft_wrap=True)
    for line in source.troubles.lines():
        err.print(Text(fitting(line, err)))
    table = Table(box=None, pad_edge=False)
    table.add_column("file", no_wrap=True)
    for name in ("read", "new", "corrected", "unchanged", "bad"):
        table.add_column(name, justify="right")
    for name, count in source.counts.items():
        figures = (count.read, count.new, count.corrected, count.unchanged, count.bad)
        table.add_row(name, *(f"{n:,}" for n in figures), style="red" if count.bad else "")
    out.print(table)
    ready = source.readiness()
    notes = [text + (f" ({n:,})" if n > 1 else "") for text, n in source.troubles.notes.items()]
    sections = {"What is there": ready.there, "What each gap costs": ready.gaps, "What can be learned": ready.learnable}
    for title, lines in (sections | {"Noted": notes}).items():
        if lines:
            out.print(Text(f"\n{title}", style="bold"))
            for line in lines:
                out.print(Text(fitting(f"  {line}", out)))
    out.print(Text(f"\n{fitting(verdict.company, out)}: {verdict.kept}", style="red" if verdict.refused else "green"))


def _template(folder: Path) -> int:
    if folder.exists() and any(folder.iterdir()):
        raise YourInput(f"Expected an empty or new folder for the template, {folder} has files; name another.")
    write_template(folder)
    print(f"Wrote an empty folder of the data contract to {folder}; fill it in, then: doorstep import {folder}")
    return 0
