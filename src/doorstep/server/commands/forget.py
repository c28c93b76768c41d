"""`doorstep forget`: destroy the key to all that names a person."""

import argparse
import sys
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from doorstep.domain.errors import YourInput
from doorstep.flows.forget import forget
from doorstep.server import wiring
from doorstep.server.harmless import harmless
from doorstep.server.settings import settings


def add(commands: Any) -> None:
    """Register the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "forget", help="destroy the key to all that names a person", description=__doc__
    )
    parser.add_argument("person", metavar="PERSON", help="the person's id, as in recipients.csv or drivers.csv")
    parser.add_argument("--company", metavar="C", help="whose person it is; default: the only company in the store")
    parser.add_argument("--home", metavar="DIR", help="where the store lives (default: DOORSTEP_HOME or .doorstep)")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Forget a person and say what was destroyed; somebody unknown is the caller's mistake."""
    with closing(wiring.store_at(settings(given.home))) as store:
        company = wiring.company_in(store, given.company)
        forgotten = forget(store, company, given.person, at=datetime.now(UTC).isoformat(timespec="seconds"))
    if not forgotten.destroyed and forgotten.before is None:
        raise YourInput(
            f"Expected a person of whom {company} keeps something private, found nobody called {given.person!r}; "
            "check the id (it is the company's own, not a name)."
        )
    sys.stdout.write(_told(harmless(company), harmless(given.person), forgotten.before))
    return 0


def _told(company: str, person: str, before: str | None) -> str:
    if before is not None:
        return f"{person} of {company} was forgotten before, at {before}; nothing private was left to destroy.\n"
    return (
        f"Forgot {person} of {company}: the key is destroyed; name, address, phone, email and instructions are gone\n"
        "here and in every backup without keys.db; a backup that has keys.db must be deleted.\n"
        "Facts about the id stay (ids and figures only); one more says that and when it was forgotten.\n"
        "A folder you imported from still holds what it holds; imported again, private cells are dropped.\n"
    )
