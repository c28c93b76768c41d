"""Drives a plan in a world and reads the folders of facts into money: driven money, and the world's expected money.

Driven money prices the facts by the tariff; customers and drivers who will leave are too rare to be seen in one day's
facts, so both kinds take them from the world's own expectation, which lies beside the facts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from doorstep.domain.errors import YourInput
from doorstep.domain.facts import TAKEN
from doorstep.domain.plan import Plan
from doorstep.domain.tariff import Tariff
from doorstep.estimators.intervals import Paired, paired
from doorstep.flows.ports import World

DIRECT = ("wages", "overtime", "distance", "fixed", "second_attempts", "unserved")
"""What delivering costs in cash."""

ACCOUNTS = {"wages": "wages", "overtime": "overtime", "fuel": "distance", "energy": "distance", "vehicle": "fixed"}
"""Which ledger account is which part; `other` lines name an order and are second attempts."""


class DriveFiles(Protocol):
    """Reads what a world wrote."""

    def rows(self, folder: Path, name: str) -> Iterable[Mapping[str, str]]:
        """Yield the rows of a file of the data contract as text; nothing where there is no such file."""

    def expected(self, folder: Path) -> Mapping[str, Mapping[str, float]] | None:
        """Return `expected.json` (cents and counts), or None where the world wrote none."""


@runtime_checkable
class Drives(Protocol):
    """A world that can drive a plan many times without writing folders; the numbers are the same."""

    def drive_many(self, plan: Plan, seeds: Sequence[int]) -> Sequence[Mapping[str, Any]]:
        """Return per seed `driven` cents by part, `counts`, and `expected` with cents and counts."""


@dataclass(frozen=True, slots=True)
class DrivenMoney:
    """One drive: cents by part from the facts, counts from the facts, and the world's expectation of both."""

    orders: int
    cents: Mapping[str, int]
    counts: Mapping[str, int]
    expected_cents: Mapping[str, float]
    expected_counts: Mapping[str, float]

    def metrics(self, money: str = "driven") -> dict[str, float]:
        """Return the figures of the comparison by name, in driven or in expected money.

        Cents a day, percent, per 100 orders, minutes, metres a stop; names and units as in
        `domain.comparison.ROWS`. `cost of a delivery` is cash per order, second attempts included, tickets apart.
        Raises YourInput for expected money where the world told none.
        """
        if money == "expected" and not self.expected_cents:
            raise YourInput(
                "Expected the world to write expected.json beside the facts of a drive, found none; "
                "docs/worlds.md says what belongs there."
            )
        cents: Mapping[str, float] = self.cents if money == "driven" else self.expected_cents
        wished = self.expected_counts
        failed = self.counts["failed"] if money == "driven" else wished.get("failures", self.counts["failed"])
        tickets = self.counts["tickets"] if money == "driven" else wished.get("tickets", self.counts["tickets"])
        direct = sum(cents.get(part, 0) for part in DIRECT)
        customers = self.expected_cents.get("lost_orders", 0) + self.expected_cents.get("merchants", 0)
        drivers = self.expected_cents.get("drivers", 0)
        visits, orders = max(1, self.counts["visits"]), max(1, self.orders)
        return {
            "margin": cents.get("revenue", 0) - direct - cents.get("tickets", 0) - customers - drivers,
            "cost of a delivery": direct / orders,
            "failed deliveries": 100 * failed / visits,
            "on time": 100 * self.counts["on_time"] / orders,
            "tickets": 100 * tickets / orders,
            "customers leaving": customers,
            "overtime": self.counts["overtime_s"] / 60,
            "drivers leaving": drivers,
            "distance": self.counts["metres"] / visits,
        }


def driven_money(files: DriveFiles, folder: Path, tariff: Tariff, promises: Mapping[str, str]) -> DrivenMoney:
    """Return what one folder of facts says; `promises` maps every order of the day to its promised end (ISO, or '').

    Tickets are contacts at the tariff's price. Metres are the world's where it tells them, else fuel over the
    tariff's rate.
    """
    attempts = list(files.rows(folder, "attempts"))
    tickets = sum(1 for _ in files.rows(folder, "contacts"))
    cents = _ledger(files, folder, {row["order_id"] for row in attempts})
    cents["revenue"] = sum(int(row["cents"]) for row in files.rows(folder, "revenue"))
    cents["tickets"] = tickets * int(tariff.ticket_cents)
    expected = files.expected(folder) or {}
    expected_counts = expected.get("counts", {})
    metres = expected_counts.get("metres", 1000 * cents["distance"] / max(1, tariff.cents_per_km))
    counts = {
        "visits": len(attempts), "failed": sum(row["outcome"] not in TAKEN for row in attempts),
        "on_time": sum(_on_time(row, promises) for row in attempts), "tickets": tickets, "metres": round(metres),
        "overtime_s": sum(_overtime(row, int(tariff.overtime_after)) for row in files.rows(folder, "shifts")),
    }  # fmt: skip
    return DrivenMoney(len(promises), cents, counts, expected.get("cents", {}), expected_counts)


def drive_many(
    world: World, plan: Plan, seeds: Sequence[int], files: DriveFiles, tariff: Tariff, promises: Mapping[str, str]
) -> list[DrivenMoney]:
    """Return money of a plan driven under each seed, by the world's shorter way where it has one."""
    if not isinstance(world, Drives):
        return [driven_money(files, world.drive(plan, seed), tariff, promises) for seed in seeds]
    return [
        DrivenMoney(len(promises), told["driven"], told["counts"], told["expected"]["cents"],
                    told["expected"]["counts"])
        for told in world.drive_many(plan, seeds)
    ]  # fmt: skip


def compared(first: Sequence[DrivenMoney], second: Sequence[DrivenMoney], money: str = "driven") -> dict[str, Paired]:
    """Return every figure under two plans driven under the same seeds, second minus first."""
    a = [drive.metrics(money) for drive in first]
    b = [drive.metrics(money) for drive in second]
    return {what: paired([each[what] for each in a], [each[what] for each in b]) for what in a[0]}


def _ledger(files: DriveFiles, folder: Path, visited: set[str]) -> dict[str, int]:
    """Return direct cents by part; a second attempt at an order nobody visited is what leaving it out cost."""
    cents = dict.fromkeys(DIRECT, 0)
    for row in files.rows(folder, "costs"):
        part = ACCOUNTS.get(row["account"])
        if row["account"] == "other" and row.get("order_id"):
            part = "second_attempts" if row["order_id"] in visited else "unserved"
        if part:
            cents[part] += int(row["cents"])
    return cents


def _on_time(row: Mapping[str, str], promises: Mapping[str, str]) -> bool:
    promised = promises.get(row["order_id"], "")
    return not promised or datetime.fromisoformat(row["arrived_at"]) <= datetime.fromisoformat(promised)


def _overtime(row: Mapping[str, str], after_s: int) -> int:
    if not row.get("back_at"):
        return 0
    paid = datetime.fromisoformat(row["back_at"]) - datetime.fromisoformat(row["starts_at"])
    return max(0, round(paid.total_seconds()) - after_s)
