"""The town as benchmark worlds: `worlds(n, seed)` gives towns with consecutive seeds, `null_worlds` null towns."""

from doorstep.flows.ports import World
from doorstep.server.worlds import TownSettings, town


def worlds(n: int, seed: int) -> list[World]:
    """Return n towns of 90 days and 400 orders a day, with seeds `seed`, `seed` + 1, ..."""
    return [town(seed + i) for i in range(n)]


def null_worlds(n: int, seed: int) -> list[World]:
    """Return n towns where nothing reacts and doors open equally often at every hour."""
    return [town(seed + i, TownSettings(null=True)) for i in range(n)]
