"""`doorstep veto`: a driver is not sent to a recipient any more, for a reason; listed, and revocable."""

import argparse
import sys
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from doorstep.domain.errors import YourInput
from doorstep.flows.vetoes import Standing, revoke, standing, veto
from doorstep.server import wiring
from doorstep.server.harmless import harmless
from doorstep.server.settings import settings


def add(commands: Any) -> None:
    """Register the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "veto", help="keep a driver from a recipient, for a reason", description=__doc__
    )
    parser.add_argument("driver", metavar="DRIVER", nargs="?", help="the driver's id; without any, list all vetoes")
    parser.add_argument("subject", metavar="RECIPIENT", nargs="?", help="the id of a recipient, or of an order")
    parser.add_argument("--reason", metavar="TEXT", help="why; kept encrypted under the driver's key")
    parser.add_argument("--revoke", action="store_true", help="the veto holds no longer")
    parser.add_argument("--company", metavar="C", help="whose driver; default: the only company in the store")
    parser.add_argument("--home", metavar="DIR", help="where the store lives (default: DOORSTEP_HOME or .doorstep)")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Tell, revoke or list."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    with closing(wiring.store_at(settings(given.home))) as store:
        company = wiring.company_in(store, given.company)
        if given.subject is None:
            _refuse_half(given)
            told = [one for one in standing(store, company) if given.driver in (None, one.driver_id)]
            sys.stdout.write("".join(map(_line, told)) or "No veto is in force.\n")
        elif given.revoke:
            revoke(store, company, given.driver, given.subject, at=at)
            print(harmless(f"Revoked: {given.driver} may be sent to {given.subject} again."))
        else:
            veto(store, company, given.driver, given.subject, reason=given.reason or "", at=at)
            print(harmless(f"Kept: no plan from now on sends {given.driver} to {given.subject}."))
    return 0


def _refuse_half(given: argparse.Namespace) -> None:
    if given.reason or given.revoke:
        raise YourInput("Expected DRIVER and RECIPIENT with --reason or --revoke, got less; name both ids.")


def _line(told: Standing) -> str:
    reason = told.reason or "the reason went when the driver was forgotten"
    return harmless(f"{told.driver_id} not to {told.subject}, since {told.since[:10]}: {reason}") + "\n"
