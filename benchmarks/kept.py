"""What races have kept, read again: the runs that are there of those asked for, where they are from, and of when.

Of a method whose runs were kept under several versions, the present one counts; if it has none, the one with the most.
"""

import importlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

from benchmarks.race import Race

Found = Mapping[Race, Mapping[str, Any]]
PEERS = {"pyvrp": "PyVRP", "ortools": "OR-Tools", "vroom": "VROOM", "kayros": "kayros"}
METHODS = {**PEERS, "ours": "ours", "ours_proxy": "ours, on their proxy"}


@dataclass(frozen=True)
class Kept:
    """What one race has kept: the runs that are there, and two lines on where they are from."""

    found: Found
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Results:
    """A folder of results, and what tells the present version of a method of a benchmark (None: it can't be told)."""

    folder: Path
    present: Callable[[str, str], str | None]

    def kept(self, command: str, module: str, races: Sequence[Race]) -> Kept:
        """Return the runs of a race that are there."""
        runs = _runs(self.folder / "runs" / f"{module}.json")
        asked = {_rest(race) for race in races}
        mine = {key: told for key, told in runs.items() if key[1] in asked}
        versions = {m: self._version(module, m, mine) for m in sorted({race.method for race in races})}
        every = {race: runs.get((versions[race.method], _rest(race))) for race in dict.fromkeys(races)}
        found = {race: told for race, told in every.items() if told is not None}
        return Kept(found, self._notes(command, versions, found, len(every)))

    def _version(self, module: str, method: str, runs: Mapping[tuple[str, str], Any]) -> str:
        """Return 'method version': the present one if it has runs, else the one that has the most."""
        count: dict[str, int] = {}
        for name, _ in runs:
            if name.split(" ")[0] == method:
                count[name] = count.get(name, 0) + 1
        present = f"{method} {self.present(module, method)}"
        return present if present in count or not count else max(sorted(count), key=lambda name: count[name])

    def _notes(self, command: str, versions: Mapping[str, str], found: Found, asked: int) -> tuple[str, ...]:
        machines = sorted({told["machine"] for told in found.values() if "machine" in told})
        days = sorted({str(told["at"])[:10] for told in found.values() if "at" in told})
        days = days or ([self.document(command)["at"][:10]] if len(found) == asked and self.document(command) else [])
        shown = [f"{METHODS.get(k, k)} {v.partition(' ')[2]}" for k, v in versions.items()]
        part = f"{len(found)} of {asked} runs" + ("" if len(found) == asked else ": not finished")
        return (
            "  ·  ".join([*machines, " to ".join(dict.fromkeys([*days[:1], *days[-1:]])) or "date not kept", part]),
            "  ·  ".join([", ".join(shown), f"./run bench {command}"]),
        )

    def document(self, command: str) -> Mapping[str, Any]:
        """Return what the full run of a benchmark found, or nothing."""
        path = self.folder / f"{command}.json"
        told: Mapping[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return told


def _runs(path: Path) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Return kept runs by ('method version', the rest of their key)."""
    kept: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return {(key.split(" | ")[0], key.partition(" | ")[2]): told for key, told in kept.items()}


def _rest(race: Race) -> str:
    return f"{race.name} | seed {race.seed} | {race.seconds:g} s"


def present(module: str, method: str) -> str | None:
    """Return a method's version as its benchmark tells it, or None where a peer is not installed."""
    try:
        told: str = importlib.import_module(f"benchmarks.bench_{module}").version(method)
    except PackageNotFoundError:
        return None
    return told
