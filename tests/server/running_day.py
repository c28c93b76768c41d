"""A day of two vans on a straight street, as files, and the command line to run on them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.operations.explain.street import at, planned, stop, street, van
from tests.server.typed import typed

from doorstep.adapters.plan_files import write_plan
from doorstep.adapters.problem_files import problem_sha256, write_problem
from doorstep.domain.problem import Halt, Problem
from doorstep.server import cli

TWO_VANS = {"h0": ("s1", "s2", "s3"), "h1": ("s4", "s5", "s6")}
"""h0 knocks at minutes 1, 3, 5 and is back at 9; h1 at minutes 4, 6, 8 and is back at 15."""


class RunningDay:
    """plan.json with its problem beside it in a folder, and commands that read them."""

    def __init__(self, folder: Path, monkeypatch: Any, capsys: Any) -> None:
        self.folder, self._capsys = folder, capsys
        monkeypatch.setattr(cli, "COMMANDS", ("solve", "check", "dispatch", "explain"))
        self.plan = self.written(self.problem(), TWO_VANS)

    def problem(self, **more: Any) -> Problem:
        """Return the day: six stops, two vans that take ten units each."""
        return street([stop(k) for k in range(1, 7)], [van(0), van(1)], **more)

    def written(self, problem: Problem, sequences: Mapping[str, Sequence[Halt]], name: str = "plan.json") -> Path:
        """Write a plan and its problem."""
        plan = replace(planned(problem, sequences), problem_sha256=problem_sha256(problem))
        write_problem(problem, self.folder / f"{name}.problem.json")
        write_plan(plan, self.folder / name)
        return self.folder / name

    def file(self, content: object, name: str = "events.json") -> Path:
        """Write a text, or anything else as JSON."""
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def run(self, *words: object) -> tuple[int, str, str]:
        """Run a command and return its exit code, what it said and what it complained about."""
        return typed(self._capsys, *words)

    def told(self, *events: Mapping[str, Any], plan: Path | None = None, out: str = "next.json") -> dict[str, Any]:
        """Dispatch events, hold what comes out against `check`, and return what was answered for machines."""
        target = self.folder / out
        words = ("--seconds", 0.05, "--out", target, "--json", self.folder / "answer.json")
        code, _, complaint = self.run("dispatch", plan or self.plan, self.file(list(events)), *words)
        assert code == 0, complaint
        assert self.run("check", f"{target}.problem.json", target)[0] == 0
        answer: dict[str, Any] = json.loads((self.folder / "answer.json").read_text())
        return answer | {"routes": routes(json.loads(target.read_text()))}


def routes(plan: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the halts of each shift."""
    return {r["shift_id"]: [v["stop_id"] or v["kind"] for v in r["visits"]] for r in plan["routes"]}


def minute(k: int) -> int:
    return int(at(k))
