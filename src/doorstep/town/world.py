"""The town as a world (DESIGN.md section 7): it writes a company's past, drives plans, and knows what was expected."""

import json
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any

from doorstep.domain import tariff
from doorstep.domain.plan import Plan
from doorstep.domain.streets import StreetMap
from doorstep.town import drives, folder, names, streets
from doorstep.town.calendar import Calendar, zone_hours
from doorstep.town.drives import Course, Legs
from doorstep.town.errors import BadTown
from doorstep.town.hidden import Hidden, hidden
from doorstep.town.history import Company, Past, Tomorrow, founded, lived
from doorstep.town.luck import stream
from doorstep.town.people import People, settle
from doorstep.town.sheet import Columns, Sheet, told
from doorstep.town.truth import Truth
from doorstep.town.year import twelve_months

Rows = Iterable[Mapping[str, Any]]

LEAST_ORDERS, MOST_ORDERS, LEAST_DAYS, MOST_DAYS = 5, 3_000, 1, 400


@dataclass(frozen=True, slots=True)
class Tools:
    """What a town needs from outside to be written and driven.

    `write_table(folder, file, rows)` and `write_company(folder, company)` follow the data contract,
    `write_streets(folder, map)` writes the map's file; `legs(places)` gives free-flow seconds and metres between
    consecutive places by road.
    """

    write_table: Callable[[FilePath, str, Rows], Any]
    write_company: Callable[[FilePath, tariff.Company], Any]
    write_streets: Callable[[FilePath, StreetMap], Any]
    legs: Legs


@dataclass(eq=False)
class Town:
    """A town that never was, all of it a function of `seed`; people live on `map` where one is given.

    The past (`days` days, about `orders_per_day` orders on a weekday) is lived at first use, about 3 s for 90 days
    of 400 orders. With `null` nothing reacts and the hour never matters.
    """

    seed: int
    tools: Tools
    null: bool = False
    days: int = 90
    orders_per_day: int = 400
    map: StreetMap | None = None
    name: str = ""
    work: FilePath | None = None
    _courses: dict[str, Course] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not LEAST_DAYS <= self.days <= MOST_DAYS:
            raise BadTown(f"Expected {LEAST_DAYS} to {MOST_DAYS} days of history, got {self.days}.")
        if not LEAST_ORDERS <= self.orders_per_day <= MOST_ORDERS:
            raise BadTown(f"Expected {LEAST_ORDERS} to {MOST_ORDERS} orders a day, got {self.orders_per_day}.")
        kind = "null-town" if self.null else "town"
        self.name = self.name or f"{kind}-{self.seed}"

    @cached_property
    def streets(self) -> StreetMap:
        """The map people live on."""
        return self.map or streets.draw(self.seed, km=min(7.0, max(2.0, 7.0 * (self.orders_per_day / 400) ** 0.5)))

    @cached_property
    def _hidden(self) -> Hidden:
        return hidden(null=self.null)

    @cached_property
    def _people(self) -> People:
        return settle(self.seed, self._hidden, self.streets, self.orders_per_day, self.days)

    @cached_property
    def _past(self) -> Past:
        calendar = Calendar(self.days, zone_hours(self._people.plane.lon))
        company = founded(self.seed, self._hidden, self._people, calendar, tariff.Tariff(), self.orders_per_day)
        return lived(self.seed, company)

    @property
    def tomorrow(self) -> str:
        """The day nobody has driven yet, as an ISO date."""
        return self._past.company.calendar.iso(self.days)

    @property
    def company(self) -> tariff.Company:
        """What `company.toml` says."""
        called = names.distinct(stream(self.seed, "company"), 1)[0]
        return folder.company(f"{called} Deliveries", self._past.company.calendar, self._past.company.tariff)

    def write(self, into: FilePath) -> None:
        """Write the company's folder: past, tomorrow's orders and shifts, streets; never the truth."""
        into.mkdir(parents=True, exist_ok=True)
        self.tools.write_company(into, self.company)
        self.tools.write_streets(into, self.streets)
        for table in folder.TABLES:
            self.tools.write_table(into, table, folder.rows(self._past, self.seed, table))

    def drive(self, plan: Plan, seed: int) -> FilePath:
        """Drive a plan of tomorrow and return a folder of facts, `expected.json` beside them.

        The same order at the same time meets the same luck in every plan driven under one seed. Raises
        UnknownInPlan for a plan that names what tomorrow does not have.
        """
        company, today = self._past.company, self._past.tomorrow
        went = drives.driven(company, today, self._course(plan), [seed])
        day = drives.sheet(company, today, went, 0, seed)
        into = FilePath(tempfile.mkdtemp(prefix=f"drive-{self.name}-{seed}-", dir=self.work))
        write_drive(self.tools, into, day, company)
        (into / "expected.json").write_text(json.dumps(drives.expected(company, today, went)[0], indent=1) + "\n")
        return into

    def drive_many(self, plan: Plan, seeds: Sequence[int]) -> list[dict[str, Any]]:
        """Drive a plan under many seeds at once and return money and counts only, equal to those of the folders.

        Per seed: `driven` cents by part, `counts`, and `expected` (cents and counts). About 0.2 s for 60 seeds.
        """
        company, today = self._past.company, self._past.tomorrow
        went = drives.driven(company, today, self._course(plan), seeds)
        facts = drives.in_facts(company, today, went, seeds)
        hoped = drives.expected(company, today, went)
        return [{"driven": facts[s][0], "counts": facts[s][1], "expected": hoped[s]} for s in range(len(seeds))]

    def year(self, policy: Callable[[FilePath, str], Plan], seed: int) -> Sequence[Mapping[str, float]]:
        """Return twelve months of expected money by part under a policy; see `town.year`."""
        return twelve_months(self._past, policy, seed, self._folder_of, self._legs_from_depot)

    def truth(self) -> Truth:
        """Return what is hidden about tomorrow."""
        return Truth(self._past.company, self._past.tomorrow)

    def _course(self, plan: Plan) -> Course:
        """Return the plan laid over tomorrow; its legs are asked once."""
        key = repr([(r.shift_id, r.leaves_at, [(v.order_ids, v.starts_at) for v in r.visits]) for r in plan.routes])
        key += plan.day
        if key not in self._courses:
            self._courses[key] = self._legs_from_depot(self._past.company, self._past.tomorrow, plan)
        return self._courses[key]

    def _legs_from_depot(self, company: Company, today: Tomorrow, plan: Plan) -> Course:
        return drives.course(company, today, plan, folder.depot_place(self._past), self.tools.legs)

    def _folder_of(self, past: Past, into: FilePath) -> None:
        """Write a later state of the company, without its streets and pings, which don't change."""
        into.mkdir(parents=True, exist_ok=True)
        self.tools.write_company(into, self.company)
        for table in folder.TABLES:
            if table != "pings":
                self.tools.write_table(into, table, folder.rows(past, self.seed, table))


def write_drive(tools: Tools, into: FilePath, day: Sheet, company: Company) -> None:
    """Write the facts of one day."""
    for table, columns in told(day, company.people, company.tariff).items():
        tools.write_table(into, table, _rows(columns))


def _rows(columns: Columns) -> Rows:
    names_ = tuple(columns)
    return (dict(zip(names_, cells, strict=True)) for cells in zip(*columns.values(), strict=True))
