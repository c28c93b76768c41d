"""A question as a file asked it: the problem, what to begin from, and how to answer in the file's own words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from doorstep.domain.plan import Plan
from doorstep.domain.problem import Halt, Problem

Answer = Callable[[Plan], dict[str, Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What a file asks.

    `start` is a plan that it brings along. `answer` is None where a format has no answer of its own; `format` names
    those that have one. `travel` says where the legs come from when the file has coordinates alone, and `attribution`
    whom to name for it.
    """

    problem: Problem
    start: Mapping[str, tuple[Halt, ...]] = field(default_factory=dict)
    answer: Answer | None = None
    format: str = ""
    travel: str = ""
    attribution: str = ""
