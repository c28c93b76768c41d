"""A plan with its problem beside it: `F` and `F.problem.json` change together, whenever the power goes.

A new problem is written under a name with its fingerprint first, then the plan is replaced, then the problem gets its
own name. Whoever reads a plan takes the problem of the fingerprint that the plan names, where it is still there.
"""

import re
from pathlib import Path

from doorstep.adapters.plan_files import read_plan, write_plan
from doorstep.adapters.problem_files import read_problem, write_problem
from doorstep.adapters.strict_json import renamed
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Problem

SIGNS = 16
"""Of a fingerprint, in the name of a file."""


def problem_beside(path: Path) -> Path:
    """Return where the problem of a plan lies."""
    return Path(f"{path}.problem.json")


def write_pair(problem: Problem, plan: Plan, path: Path) -> None:
    """Write a plan and its problem: until the plan is there, what lay there before is whole."""
    coming = _named(path, plan.problem_sha256, "json")
    write_problem(problem, coming, beside=_named(path, plan.problem_sha256, "npz"))
    write_plan(plan, path)
    renamed(coming, problem_beside(path))
    _sweep(path, plan.problem_sha256)


def read_pair(path: Path, problem: Path | None = None) -> tuple[Problem, Plan]:
    """Return a plan and its problem, which lies beside it unless somebody says where."""
    plan = read_plan(path)
    if problem is None and _is_fingerprint(plan.problem_sha256):
        coming = _named(path, plan.problem_sha256, "json")
        problem = coming if coming.is_file() else None
    return read_problem(problem or problem_beside(path)), plan


def _named(path: Path, sha256: str, ending: str) -> Path:
    return path.with_name(f"{path.name}.problem.{sha256[:SIGNS]}.{ending}")


def _is_fingerprint(text: str) -> bool:
    return re.fullmatch("[0-9a-f]{64}", text) is not None


def _sweep(path: Path, sha256: str) -> None:
    """Remove what earlier plans of this name left beside it."""
    mine = re.compile(rf"{re.escape(path.name)}\.problem\.[0-9a-f]{{{SIGNS}}}\.(json|npz)")
    kept = _named(path, sha256, "npz").name
    for other in path.absolute().parent.iterdir():
        if mine.fullmatch(other.name) and other.name != kept:
            other.unlink(missing_ok=True)
