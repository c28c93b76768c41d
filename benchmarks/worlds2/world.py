"""The ring town as a world: it writes a company's past, drives plans, and knows what was expected."""

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks.worlds2 import drives, telling
from benchmarks.worlds2.company import founded
from benchmarks.worlds2.days import calendar
from benchmarks.worlds2.drives import Course
from benchmarks.worlds2.history import Past, lived
from benchmarks.worlds2.laws import LAWS
from benchmarks.worlds2.people import People, settle
from benchmarks.worlds2.streets import draw
from benchmarks.worlds2.truth import Truth
from benchmarks.worlds2.year import twelve_months
from doorstep.domain import tariff
from doorstep.domain.errors import YourInput
from doorstep.domain.plan import Plan
from doorstep.domain.streets import StreetMap
from doorstep.town.world import Tools


@dataclass(eq=False)
class RingTown:
    """A ring town, all of it a function of `seed`.

    The past (`days` days, about `orders_per_day` orders on an ordinary working day) is lived at first use.
    """

    seed: int
    tools: Tools
    days: int = 90
    orders_per_day: int = 400
    name: str = ""
    work: Path | None = None
    _courses: dict[str, Course] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 1 <= self.days <= 400 or not 5 <= self.orders_per_day <= 1_000:
            raise YourInput(
                f"Expected 1 to 400 days and 5 to 1000 orders a day, got {self.days} and {self.orders_per_day}."
            )
        self.name = self.name or f"ring-town-{self.seed}"

    @cached_property
    def streets(self) -> StreetMap:
        """The map people live on."""
        return draw(self.seed, km=min(9.5, max(3.6, 9.5 * (self.orders_per_day / 400) ** 0.5)))

    @cached_property
    def _people(self) -> People:
        return settle(self.seed, LAWS, self.streets, self.orders_per_day, self.days)

    @cached_property
    def _past(self) -> Past:
        days = calendar(self.seed, self.days)
        return lived(self.seed, founded(self.seed, LAWS, self._people, days, self.orders_per_day))

    @property
    def tomorrow(self) -> str:
        """The day nobody has driven yet, as an ISO date."""
        return self._past.company.days.iso(self.days)

    @property
    def company(self) -> tariff.Company:
        """What `company.toml` says."""
        return telling.about(self.seed, self._past.company)

    def write(self, folder: Path) -> None:
        """Write the company's folder: past, tomorrow's orders and shifts, streets; never the truth."""
        self.tools.write_streets(_made(folder), self.streets)
        self._write_tables(self._past, folder, telling.TABLES)

    def drive(self, plan: Plan, seed: int) -> Path:
        """Drive a plan of tomorrow and return a folder of facts, `expected.json` beside them.

        The same order at the same time meets the same luck in every plan driven under one seed. Raises UnknownInPlan
        for a plan that names what tomorrow does not have.
        """
        company, today = self._past.company, self._past.tomorrow
        went = drives.driven(company, today, self._course(plan), [seed])
        folder = Path(tempfile.mkdtemp(prefix=f"drive-{self.name}-{seed}-", dir=self.work))
        for table, columns in telling.facts(company, drives.went(company, today, went, 0)).items():
            self.tools.write_table(folder, table, telling.as_rows(columns))
        told = drives.expected(company, today, went)[0]
        (folder / "expected.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        return folder

    def drive_many(self, plan: Plan, seeds: Sequence[int]) -> list[dict[str, Any]]:
        """Drive a plan under many seeds at once and return money and counts only, equal to those of the folders.

        Per seed: `driven` cents by part, `counts`, and `expected` (cents and counts).
        """
        company, today = self._past.company, self._past.tomorrow
        went = drives.driven(company, today, self._course(plan), seeds)
        facts, hoped = drives.in_facts(company, today, went), drives.expected(company, today, went)
        return [{"driven": facts[s][0], "counts": facts[s][1], "expected": hoped[s]} for s in range(len(seeds))]

    def year(self, policy: Callable[[Path, str], Plan], seed: int) -> Sequence[Mapping[str, float]]:
        """Return twelve months of expected money by part under a policy; see `worlds2.year`."""
        return twelve_months(self._past, policy, seed, self._write_state, self.tools.legs)

    def truth(self) -> Truth:
        """Return what is hidden about tomorrow."""
        return Truth(self._past.company, self._past.tomorrow)

    def _course(self, plan: Plan) -> Course:
        """Return the plan laid over tomorrow; its legs are asked once."""
        key = repr([(r.shift_id, r.leaves_at, [(v.order_ids, v.starts_at) for v in r.visits]) for r in plan.routes])
        key += plan.day
        if key not in self._courses:
            self._courses[key] = drives.course(self._past.company, self._past.tomorrow, plan, self.tools.legs)
        return self._courses[key]

    def _write_state(self, past: Past, folder: Path) -> None:
        """Write a later state of the company, without its streets and pings, which don't change."""
        self._write_tables(past, folder, [table for table in telling.TABLES if table != "pings"])

    def _write_tables(self, past: Past, folder: Path, tables: Sequence[str]) -> None:
        self.tools.write_company(_made(folder), self.company)
        for table in tables:
            self.tools.write_table(folder, table, telling.rows(past.book, past.company, self.seed, table))


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
