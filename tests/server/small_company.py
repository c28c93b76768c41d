"""A company on a straight street, small enough to plan by hand: two vans, two drivers, doors to the west and east.

Its roads are straight lines, so no map is built; everything else is the real thing, through the command line.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tests.server.typed import typed

from doorstep.adapters.straight_lines import GlobeLines
from doorstep.domain.places import Place, crow_metres
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Seconds
from doorstep.server import cli, wiring

DAY, BEFORE = "2026-03-10", "2026-03-09"
WEST, EAST = tuple(f"w{k}" for k in range(1, 5)), tuple(f"e{k}" for k in range(1, 5))
DOORS: Mapping[str, float] = {
    **{who: -8.60 - 0.01 * k for k, who in enumerate(WEST, 1)},
    **{who: -8.60 + 0.01 * k for k, who in enumerate(EAST, 1)},
}


class Straight:
    """Roads as the crow flies, so many metres a second."""

    def __init__(self, metres_per_s: float) -> None:
        self._pace = metres_per_s
        self.edges, self.attribution = (0,), "nobody"

    def times(self, places: Sequence[Place]) -> TravelTimes:
        legs = np.array([[[round(crow_metres(a, b)) for b in places] for a in places]], dtype=np.int32)
        return TravelTimes((Seconds(0),), np.ceil(legs / self._pace).astype(np.int32), legs)

    def legs_between(self, places: Sequence[Place]) -> GlobeLines:
        return GlobeLines.of(places, detour=1.0, metres_per_second=(self._pace,))


def shift(
    driver: int, day: str, starts: str = "08:00", ends: str = "18:00", clocked: tuple[str, str] | None = None
) -> str:
    """Return a row of shifts.csv; `clocked` are ISO times."""
    begun, done = clocked or ("", "")
    who = f"s{driver}-{day},{day},d{driver},v{driver},depot"
    return f"{who},{day}T{starts}:00+00:00,{day}T{ends}:00+00:00,{begun},{done}\n"


def company(folder: Path, **changed: str) -> Path:
    """Write the company; `changed` gives whole files by their name without ending, "+name" adds rows to one."""
    orders = [f"o-{who},{who},depot,{DAY},1000,300,\n" for who in DOORS]
    files = {
        "company.toml": 'name = "Street"\ncurrency = "EUR"\ntimezone = "Europe/Lisbon"\n',
        "depots.csv": "depot_id,lon,lat,opens,closes\ndepot,-8.60,41.15,05:00,23:00\n",
        "vehicles.csv": "vehicle_id,depot_id,capacity_g,duty_rules\nv1,depot,800000,\nv2,depot,800000,\n",
        "drivers.csv": "driver_id,depot_id,weekly_s,duty_rules\nd1,depot,144000,\nd2,depot,144000,\n",
        "shifts.csv": "shift_id,date,driver_id,vehicle_id,depot_id,starts_at,ends_at,clocked_in_at,clocked_out_at\n"
        + shift(1, DAY) + shift(2, DAY),
        "recipients.csv": "recipient_id,lon,lat\n" + "".join(f"{who},{lon:.3f},41.15\n" for who, lon in DOORS.items()),
        "orders.csv": "order_id,recipient_id,depot_id,due_on,weight_g,service_s,windows\n" + "".join(orders),
        "attempts.csv": "attempt_id,order_id,driver_id,arrived_at,outcome\n",
    }  # fmt: skip
    for name, text in changed.items():
        file = next(f for f in (*files, f"{name.lstrip('+')}.csv") if f.split(".")[0] == name.lstrip("+"))
        files[file] = files.get(file, "") + text if name.startswith("+") else text
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def delivered(driver: str, who: Sequence[str], times: int = 4) -> dict[str, str]:
    """Return what adds earlier deliveries of a driver to some recipients."""
    both = [(w, k) for w in who for k in range(times)]
    return {
        "+orders": "".join(f"p-{driver}-{w}-{k},{w},depot,{BEFORE},1000,300,\n" for w, k in both),
        "+attempts": "".join(f"a-{driver}-{w}-{k},p-{driver}-{w}-{k},{driver},{BEFORE}T10:00:00+00:00,delivered\n"
                             for w, k in both),
    }  # fmt: skip


class Street:
    """The company in a store of its own, ready to be asked by commands."""

    def __init__(self, folder: Path, monkeypatch: Any, capsys: Any, metres_per_s: float = 8.0) -> None:
        self.folder, self._capsys = folder, capsys
        monkeypatch.setattr(wiring, "roads_of", lambda *_: lambda _: Straight(metres_per_s))
        monkeypatch.setattr(cli, "COMMANDS", ("import_", "learn", "plan", "check", "veto", "explain", "dispatch"))

    def run(self, *words: object) -> tuple[int, str, str]:
        """Run a command and return its exit code, what it said and what it complained about."""
        return typed(self._capsys, *words)

    def imported(self, **changed: str) -> "Street":
        """Import the company, changed, and learn."""
        for words in (("import", company(self.folder / "files", **changed)), ("learn",)):
            code, _, complaint = self.run(
                *words, "--home", self.folder / "home", *(("--company", "c") * (words[0] == "import"))
            )
            assert code == 0, complaint
        return self

    def planned(self, *words: object, seconds: float = 0.4) -> tuple[dict[str, Any], str]:
        """Plan the day and return plan.json, which `check` accepts, and what was said."""
        out = self.folder / "plan.json"
        asked = ("plan", "--day", DAY, "--seconds", seconds, "--out", out, "--home", self.folder / "home", *words)
        code, told, complaint = self.run(*asked)
        assert code == 0, complaint
        code, found, other = self.run("check", f"{out}.problem.json", out)
        assert code == 0, found + other
        return json.loads(out.read_text()), told + complaint


def served(plan: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return whom each driver serves."""
    return {
        route["driver_id"]: {order.removeprefix("o-") for visit in route["visits"] for order in visit["order_ids"]}
        for route in plan["routes"]
    }
