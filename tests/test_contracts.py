"""The import contracts name what they are about, whatever comes new."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
CHECKER = {"check", "checking"}


def test_whatever_in_operations_does_not_check_is_kept_from_the_checker() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    named = next(c["forbidden_modules"] for c in contracts if c["name"].startswith("What checks a plan"))
    room = ROOT / "src/doorstep/operations"
    there = {path.stem for path in room.iterdir() if not path.stem.startswith(("_", "."))}

    assert {name.removeprefix("doorstep.operations.") for name in named} == there - CHECKER
