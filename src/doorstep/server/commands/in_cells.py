"""How commands plan a day with more stops than one search can hold: in cells, on processes of this machine."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

from doorstep.adapters.fan_pool import ProcessFan
from doorstep.flows.plan_area import CELL, DEAR_CELL, DEAR_SHARES, SHARES
from doorstep.flows.ports import Fan
from doorstep.flows.solve import InCells
from doorstep.server.commands.arguments import all_cores, searches
from doorstep.server.commands.sentences import say


def add_processes(parser: argparse.ArgumentParser) -> None:
    """Draw the argument that says on how many processes cells are searched."""
    parser.add_argument(
        "--processes", type=searches, default=all_cores(), metavar="N",
        help=f"processes, where there are more than {CELL:,} stops and they are planned in cells (all cores)",
    )  # fmt: skip


@contextmanager
def in_cells(processes: int, on_planned: Callable[[int], None], *, roads: bool) -> Iterator[InCells]:
    """Give cells on so many processes, which leave at the end; one is this very process. Legs of `roads` are dear."""
    if processes < 2:
        yield cells_of(None, on_planned, roads=roads)
        return
    with ProcessFan(processes) as fan:
        yield cells_of(fan, on_planned, roads=roads)


def cells_of(fan: Fan | None, on_planned: Callable[[int], None] | None = None, *, roads: bool) -> InCells:
    """Return cells on a fan's processes."""
    if roads:
        return InCells(fan, DEAR_CELL, CELL, DEAR_SHARES, on_planned)
    return InCells(fan, CELL, CELL, SHARES, on_planned)


def say_cells(out: Console, cells: list[int], processes: int) -> None:
    """Say in how many cells a day was planned, where it was."""
    for many in cells[:1]:
        where = f"on {min(processes, many)} processes" if processes > 1 else "one after the other"
        say(out, f"Planned in {many} cells, {where}.")
