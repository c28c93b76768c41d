"""Plans of a run in a folder: for each depot its pair, written by whoever planned it, and then a row that says so.

A depot is planned when its row is there. The row remembers what was asked; another question is planned anew, and the
plan that answered the one before lies apart meanwhile: nobody may drive it as if it were the answer to this one.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from doorstep.adapters.strict_json import Spot, keep, parsed, renamed, text_of
from doorstep.domain.units import Cents, Seconds

FAR = 10**15

EARLIER = "earlier"
"""The folder in a run's for plans that answer an earlier question."""


@dataclass(frozen=True, slots=True)
class PlannedDepot:
    """What came of a depot: figures of its plan, `left_out` counting what must be served and is not; or why none.

    `asked` is a fingerprint of the question. `unlawful` is what the validator of working hours says against the plan,
    in sentences. `exit_code` is 0, or that of what was `refused` in a sentence.
    """

    depot_id: str
    asked: str
    stops: int = 0
    routes: int = 0
    unserved: int = 0
    left_out: int = 0
    metres: int = 0
    cents: Cents = Cents(0)
    currency: str = ""
    took: Seconds = Seconds(0)
    plan_id: str = ""
    refused: str = ""
    exit_code: int = 0
    unlawful: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptPlans:
    """A folder of runs. `asked` has by depot the fingerprint of what is asked now."""

    folder: Path
    asked: Mapping[str, str] = field(default_factory=dict)

    def get(self, run_id: str, depot_id: str) -> PlannedDepot | None:
        """Return the row of a depot that was planned as it is asked now; raises YourInput for a damaged one."""
        row, pair = _row_path(self.folder, run_id, depot_id), pair_path(self.folder, run_id, depot_id)
        if not row.exists() or not pair.exists():
            return None
        found = _read(parsed(text_of(row), row.name))
        return found if found.asked == self.asked.get(depot_id) else None

    def put(self, run_id: str, depot_id: str, answer: PlannedDepot) -> None:
        """Keep a row; what was refused is not kept, so that the next try asks again."""
        if not answer.refused:
            keep(_row_path(self.folder, run_id, depot_id), (json.dumps(asdict(answer), indent=1) + "\n").encode())

    def put_aside(self, run_id: str, depot_id: str) -> bool:
        """Move to `earlier` what an earlier question left of a depot, and return whether there was a plan.

        The plan goes first: moved in part, it is no longer where today's would be, and the next try moves the rest.
        Raises Outside where we may not write.
        """
        pair, row = pair_path(self.folder, run_id, depot_id), _row_path(self.folder, run_id, depot_id)
        aside, was_there = pair.parent / EARLIER, pair.exists()
        if was_there:
            for older in aside.glob(f"{pair.name}*"):
                older.unlink(missing_ok=True)
        for path in [pair, *pair.parent.glob(f"{pair.name}.*"), row]:
            if path.exists():
                aside.mkdir(exist_ok=True)
                renamed(path, aside / path.name)
        return was_there


def pair_path(folder: Path, run_id: str, depot_id: str) -> Path:
    """Return where a depot's plan goes, its problem beside it."""
    return folder / _safe_name(run_id) / f"{_safe_name(depot_id)}.json"


def _row_path(folder: Path, run_id: str, depot_id: str) -> Path:
    return folder / _safe_name(run_id) / f"{_safe_name(depot_id)}.planned"


def _safe_name(name: str) -> str:
    """Return a file name that only this id has: letters, digits and hyphens stay, the rest (dots, slashes) is coded."""
    return re.sub(r"[^A-Za-z0-9-]", lambda found: f"_{ord(found[0]):x}_", name) or "_"


def _read(root: Spot) -> PlannedDepot:
    unlawful = root.get("unlawful")
    return PlannedDepot(
        depot_id=root.at("depot_id").text(),
        asked=root.at("asked").text(),
        currency=root.at("currency").text(),
        plan_id=root.at("plan_id").text(),
        cents=Cents(root.at("cents").whole(-FAR, FAR)),
        took=Seconds(root.at("took").whole()),
        stops=root.at("stops").whole(),
        routes=root.at("routes").whole(),
        unserved=root.at("unserved").whole(),
        left_out=root.at("left_out").whole(),
        metres=root.at("metres").whole(0, FAR),
        unlawful=() if unlawful is None else unlawful.texts(),
    )
