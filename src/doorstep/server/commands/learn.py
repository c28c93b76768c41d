"""`doorstep learn`: what the past teaches, scored on held-out days, kept for the next plan."""

import argparse
import json
import sys
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from doorstep.flows.models import Models, evidence
from doorstep.flows.nouns import last_due
from doorstep.server import wiring
from doorstep.server.commands.answers import keep_text
from doorstep.server.commands.arguments import instant, seed
from doorstep.server.settings import settings
from doorstep.server.terminal import Progress, fitting


def add(commands: Any) -> None:
    """Draw the command's arguments."""
    parser = commands.add_parser(
        "learn",
        help="learn who opens when, what mishaps do, how long things take",
        description="Learns from all facts of a company, judges every effect on held-out days, keeps what passed.",
    )
    parser.add_argument("--company", metavar="ID", help="whose data; default: the only company in the store")
    parser.add_argument("--home", metavar="DIR", help="where the store lives; default DOORSTEP_HOME or .doorstep")
    parser.add_argument("--seed", type=seed, default=1, metavar="N", help="same facts and seed, same models (1)")
    parser.add_argument(
        "--as-of", type=instant, metavar="TIME", help="learn only from what was known then (ISO 8601 with offset)"
    )
    parser.add_argument("--json", metavar="F", nargs="?", const="-", help="what was learned as JSON, to F or stdout")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Learn, keep, and say what the evidence is."""
    store = wiring.store_at(settings(given.home))
    try:
        company = wiring.company_in(store, given.company)
        with Progress(Console(stderr=True)).stage("learn"):
            models = wiring.learn_company(store, company, seed=given.seed, as_of=given.as_of)
        wiring.keep_models(store, company, models, datetime.now(UTC).isoformat(timespec="seconds"))
        next_day = last_due(store, company)
    finally:
        store.close()
    _answer(given.json, company, models, next_day)
    return 0


def _answer(target: str | None, company: str, models: Models, next_day: str) -> None:
    said = evidence(models)
    if target:
        document = {
            "company": company,
            "next_day": next_day,
            "models": models.ids,
            "evidence": [{"what": what, "sentence": text} for what, text in said],
        }
        keep_text(target, json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    if target == "-":
        return
    out = Console(soft_wrap=True, file=sys.stdout)
    for what, text in said:
        out.print(Text(fitting(f"{what}: ", out), style="bold"), Text(fitting(text, out)), sep="")
    out.print(Text(fitting(f"Kept {len(models.ids)} models of {company}. Next: doorstep plan --day {next_day}", out)))
