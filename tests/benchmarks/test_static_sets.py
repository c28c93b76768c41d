"""VROOM looks at the wall clock alone; it is given as many processor seconds as everybody."""

from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from benchmarks.static_sets import TRIES, vroom_within

from benchmarks import static_sets


@dataclass
class Machine:
    """A machine that gives a search a share of a core at each try, the last ever after; it needs so many seconds."""

    shares: list[float]
    needs: float
    wall: float = 0.0
    cpu: float = 0.0
    timeouts: list[float] = field(default_factory=list)

    def solve(self, *, timeout: timedelta, **_: Any) -> str:
        share = self.shares[min(len(self.timeouts), len(self.shares) - 1)]
        self.timeouts.append(timeout.total_seconds())
        took = min(self.timeouts[-1], self.needs / share)
        self.wall, self.cpu = self.wall + took, self.cpu + share * took
        return f"plan {len(self.timeouts)}"


def within(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> tuple[str, dict[str, float]]:
    clocks = SimpleNamespace(monotonic=lambda: machine.wall, process_time=lambda: machine.cpu)
    monkeypatch.setattr(static_sets, "time", clocks)
    return vroom_within(lambda: machine, 30.0)


def test_on_a_core_of_its_own_it_runs_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert within(Machine([0.99], 1000), monkeypatch) == ("plan 1", {"cpu": 29.7, "wall": 30.0, "timeout": 30.0})


def test_starved_it_begins_anew_with_as_much_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert within(Machine([0.5], 1000), monkeypatch) == ("plan 2", {"cpu": 30.0, "wall": 60.0, "timeout": 60.0})


def test_what_it_overspent_since_others_left_counts_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert within(Machine([0.5, 1.0], 1000), monkeypatch) == ("plan 3", {"cpu": 30.0, "wall": 30.0, "timeout": 30.0})


def test_what_ended_by_itself_is_not_given_longer_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    assert within(Machine([0.5], 10), monkeypatch) == ("plan 2", {"cpu": 10.0, "wall": 20.0, "timeout": 60.0})
    assert within(Machine([1.0], 10), monkeypatch) == ("plan 1", {"cpu": 10.0, "wall": 10.0, "timeout": 30.0})


def test_on_a_restless_machine_it_ends_too(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine([0.5, 1.0, 0.4, 0.9, 0.5, 1.0, 0.4], 1000)

    assert within(machine, monkeypatch)[1]["timeout"] == round(machine.timeouts[-1], 2)
    assert len(machine.timeouts) == TRIES
