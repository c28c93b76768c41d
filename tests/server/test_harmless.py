"""Names out of files are shown, never obeyed: no command of a terminal and no line of their own comes from them."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.operations.explain.street import stop, street, van
from tests.server.running_day import TWO_VANS, RunningDay, minute
from tests.server.test_veto_command import doorstep_veto

from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.units import Cents
from doorstep.server import cli
from doorstep.server.harmless import harmless

pytestmark = pytest.mark.usefixtures("kernels")

FAKE = "The plan holds: all is well."
EVIL = f"\x1b[2J\x1b]0;owned\x07\x9b31m\r\n{FAKE}\u2028\u202e"
SHOWN = harmless(EVIL)

__all__ = ["doorstep_veto"]  # a fixture of the other tests


def _renamed(one: Stop) -> Stop:
    return replace(one, stop_id=f"{one.stop_id}{EVIL}", order_ids=tuple(f"{x}{EVIL}" for x in one.order_ids))


def _shift(one: PlannedShift) -> PlannedShift:
    driver = f"{one.driver_id}{EVIL}"
    return replace(one, shift_id=f"{one.shift_id}{EVIL}", vehicle_id=f"{one.vehicle_id}{EVIL}", driver_id=driver)


def _problem(*, must: bool = False) -> Problem:
    """Return a day of seven stops, all names of which are evil; the last fits no van."""
    stops = [_renamed(stop(k)) for k in range(1, 7)] + [_renamed(stop(7, amounts=(99,)))]
    unserved = {} if must else {s.stop_id: Cents(100_000) for s in stops}
    return street(stops, [_shift(van(0)), _shift(van(1))], unserved=unserved)


@pytest.fixture
def day(tmp_path: Path, monkeypatch: Any, capsys: Any) -> RunningDay:
    running = RunningDay(tmp_path, monkeypatch, capsys)
    monkeypatch.setattr(cli, "COMMANDS", ("solve", "check", "dispatch", "explain", "quote", "night"))
    sequences = {f"{shift}{EVIL}": [f"{x}{EVIL}" for x in halts] for shift, halts in TWO_VANS.items()}
    running.plan = running.written(_problem(), sequences)
    return running


def _solved(day: RunningDay) -> tuple[object, ...]:
    return ("solve", f"{day.plan}.problem.json", "--iterations", 10, "--out", day.folder / "solved.json")


def _explained(day: RunningDay) -> tuple[object, ...]:
    return ("explain", day.plan, f"o7{EVIL}", "--seconds", 0.02)


def _visit_explained(day: RunningDay) -> tuple[object, ...]:
    return ("explain", day.plan, f"o3{EVIL}", "--seconds", 0.02)


def _dispatched(day: RunningDay) -> tuple[object, ...]:
    events = day.file([{"kind": "sick", "at": minute(2), "shift_id": f"h0{EVIL}"}])
    return ("dispatch", day.plan, events, "--seconds", 0.05, "--out", day.folder / "next.json")


def _quoted(day: RunningDay) -> tuple[object, ...]:
    order = {"order_id": f"o1{EVIL}", "lon": -8.54, "lat": 41.1, "service": 60, "amounts": [1], "at": minute(1)}
    return ("quote", day.plan, day.file(order, "order.json"))


def _planned_by_night(day: RunningDay) -> tuple[object, ...]:
    (day.folder / "depots").mkdir()
    (day.folder / "depots" / f"d{EVIL}.json").write_bytes(Path(f"{day.plan}.problem.json").read_bytes())
    return ("night", day.folder / "depots", "--out", day.folder / "out", "--seconds", 0.2, "--processes", 1)


def _broken(day: RunningDay) -> tuple[object, ...]:
    plan = json.loads(day.plan.read_text())
    plan["routes"][0]["visits"][0]["arrives_at"] += 7
    return ("check", f"{day.plan}.problem.json", day.file(plan, "broken.json"))


def _impossible(day: RunningDay) -> tuple[object, ...]:
    plan = day.written(_problem(must=True), {}, "must.json")
    return ("check", f"{plan}.problem.json", plan)


def _unknown(day: RunningDay) -> tuple[object, ...]:
    return ("explain", day.plan, f"nobody{EVIL}")


def _misspelt(day: RunningDay) -> tuple[object, ...]:
    return ("explain", day.plan, "o1", f"--{EVIL}")


COMMANDS = [
    _solved, _explained, _visit_explained, _dispatched, _quoted, _planned_by_night, _broken, _impossible, _unknown,
    _misspelt,
]  # fmt: skip


def _refuse_obeyed(said: str) -> None:
    assert not set(said) & {chr(code) for code in (*range(10), *range(11, 32), *range(127, 160), 0x2028, 0x202E)}
    assert not [line for line in said.splitlines() if line.strip().startswith(FAKE)]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_name_commands_nothing_where_a_command_shows_it(
    day: RunningDay, command: Callable[[RunningDay], tuple[object, ...]]
) -> None:
    _, out, err = day.run(*command(day))
    told = "".join((out + err).split())  # a table folds long names

    assert "".join(SHOWN.split())[:12] in told
    _refuse_obeyed(out)
    _refuse_obeyed(err)


def test_a_reason_of_a_veto_commands_nothing(doorstep_veto: Callable[..., str]) -> None:
    _refuse_obeyed(doorstep_veto("d1", "r1", "--reason", f"a dog{EVIL}"))
    said = doorstep_veto()
    _refuse_obeyed(said)

    assert SHOWN in said
