"""Answers of a run in a folder, one JSON file for each depot, written whole or not at all."""

import json
from collections.abc import Mapping
from pathlib import Path

from doorstep.adapters.kept_plans import safe_name
from doorstep.adapters.strict_json import Spot, keep, parsed, text_of
from doorstep.domain.problem import Break, Charge, Halt, Reload
from doorstep.domain.units import Seconds


class KeptFiles:
    """A folder of answers. File names are made from ids, so ids can't lead out of the folder."""

    def __init__(self, folder: Path) -> None:
        """Keep answers below a folder, which is made when there is something to keep."""
        self.folder = folder

    def get(self, run_id: str, depot_id: str) -> Mapping[str, tuple[Halt, ...]] | None:
        """Return an answer, None where none was kept; raises YourInput where somebody damaged it."""
        path = self._path(run_id, depot_id)
        if not path.exists():
            return None
        root = parsed(text_of(path), path.name)
        return {shift_id: tuple(_halt(spot) for spot in root.at(shift_id).items(10**6)) for shift_id in root.names()}

    def put(self, run_id: str, depot_id: str, answer: Mapping[str, tuple[Halt, ...]]) -> None:
        """Keep an answer; raises Outside where the disk is full."""
        path = self._path(run_id, depot_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        keep(path, json.dumps({k: [_cell(halt) for halt in halts] for k, halts in answer.items()}).encode())

    def _path(self, run_id: str, depot_id: str) -> Path:
        return self.folder / safe_name(run_id) / f"{safe_name(depot_id)}.json"


def _cell(halt: Halt) -> object:
    match halt:
        case Reload(location):
            return {"reload": location}
        case Charge(charger_id, seconds):
            return {"charge": charger_id, "seconds": seconds}
        case Break(seconds):
            return {"break": seconds}
        case stop_id:
            return stop_id


def _halt(spot: Spot) -> Halt:
    if isinstance(spot.value, str):
        return spot.value
    if "reload" in spot.names():
        return Reload(spot.at("reload").whole())
    if "charge" in spot.names():
        return Charge(spot.at("charge").text(), Seconds(spot.at("seconds").whole()))
    return Break(Seconds(spot.at("break").whole()))
