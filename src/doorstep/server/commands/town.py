"""`doorstep town DIR`: write the past of a town that never was, ready to be imported."""

import argparse
from pathlib import Path

from doorstep.domain.errors import YourInput
from doorstep.server.commands.arguments import seed
from doorstep.server.worlds import TownSettings, town

MARKER = ".written-by-doorstep-town"


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command's arguments."""
    command = subparsers.add_parser("town", help="write a company's folder from a town that never was")
    command.add_argument(
        "folder", type=Path, metavar="DIR", help="a new or empty folder, or one written by this before"
    )
    command.add_argument("--days", type=int, default=90, metavar="N", help="days of history (90)")
    command.add_argument("--orders-per-day", type=int, default=400, metavar="N", help="orders of a weekday (400)")
    command.add_argument("--null", action="store_true", help="nobody reacts and the hour never matters")
    command.add_argument("--osm", type=Path, metavar="FILE", help="put people on the streets of this OSM file")
    command.add_argument("--seed", type=seed, default=1, metavar="N", help="another number, another town (1)")
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Write the folder and say what is in it."""
    made = town(given.seed, TownSettings(given.days, given.orders_per_day, given.null, given.osm))
    _claim(given.folder)
    made.write(given.folder)
    print(
        f"Wrote {given.days} days of {made.company.name} to {given.folder}, and the orders of {made.tomorrow}, "
        f"which nobody has driven yet. Next: doorstep import {given.folder}"
    )
    return 0


def _claim(folder: Path) -> None:
    """Make sure that nothing of anybody else's is overwritten, and mark the folder as ours."""
    if folder.exists() and not folder.is_dir():
        raise YourInput(f"Expected a folder to write to, {folder} is a file; give another path.")
    if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).exists():
        raise YourInput(
            f"Expected {folder} to be new, empty or written by `doorstep town` before, it holds other files; "
            "give another path, so that nothing of yours is overwritten."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("streets.osm*"):
        old.unlink()  # another map may carry another ending, and a folder with two maps is a riddle
    (folder / MARKER).write_text("`doorstep town` may overwrite the files of this folder.\n", encoding="utf-8")
