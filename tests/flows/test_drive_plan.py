"""Facts of a drive become money by the tariff, by part; a world may tell them itself or in folders."""

from typing import Any

import pytest
from tests.town.small import full_plan, small

from doorstep.domain.comparison import ROWS
from doorstep.domain.errors import YourInput
from doorstep.domain.tariff import Tariff
from doorstep.flows.drive_plan import compared, drive_many, driven_money
from doorstep.server.worlds import CsvDrives


class Told:
    """Facts as a test tells them."""

    def __init__(self, tables: dict[str, Any], expected: Any = None) -> None:
        self._tables, self._expected = tables, expected

    def rows(self, folder, name):
        return self._tables.get(name, ())

    def expected(self, folder):
        return self._expected


FACTS = {
    "attempts": [
        {"order_id": "a", "outcome": "delivered", "arrived_at": "2026-06-03T09:00:00+00:00"},
        {"order_id": "b", "outcome": "nobody", "arrived_at": "2026-06-03T13:00:01+00:00"},
    ],
    "costs": [
        {"account": "wages", "cents": "1000", "order_id": ""},
        {"account": "fuel", "cents": "60", "order_id": ""},
        {"account": "vehicle", "cents": "300", "order_id": ""},
        {"account": "other", "cents": "400", "order_id": "b"},
        {"account": "other", "cents": "410", "order_id": "c"},
        {"account": "support", "cents": "4700", "order_id": ""},
    ],
    "revenue": [{"cents": "900"}, {"cents": "800"}],
    "contacts": [{"order_id": "b"}],
    "shifts": [{"starts_at": "2026-06-03T08:00:00+00:00", "back_at": "2026-06-03T16:30:00+00:00"}],
}
PROMISES = {"a": "2026-06-03T10:00:00+00:00", "b": "2026-06-03T13:00:00+00:00", "c": ""}


def test_every_fact_ends_in_one_part(tmp_path):
    read = driven_money(Told(FACTS), tmp_path, Tariff(cents_per_km=30), PROMISES)

    assert read.cents == {"wages": 1000, "overtime": 0, "distance": 60, "fixed": 300, "second_attempts": 400,
                          "unserved": 410, "revenue": 1700, "tickets": 4700}  # fmt: skip
    assert read.counts == {"visits": 2, "failed": 1, "on_time": 1, "tickets": 1, "metres": 2000, "overtime_s": 1800}


def test_figures_carry_the_names_of_the_comparison(tmp_path):
    expected = {"cents": {"lost_orders": 100, "merchants": 20, "drivers": 30}, "counts": {"metres": 2500}}
    figures = driven_money(Told(FACTS, expected), tmp_path, Tariff(), PROMISES).metrics()

    assert set(figures) == set(ROWS)
    assert figures["margin"] == 1700 - 2170 - 4700 - 120 - 30
    assert figures["failed deliveries"] == 50
    assert figures["distance"] == 1250
    assert figures["overtime"] == 30
    assert figures["tickets"] == pytest.approx(100 / 3)


def test_a_world_without_a_shorter_way_is_read_from_its_folders(tmp_path):
    town = small(work=tmp_path)
    plan, seeds = full_plan(town), [1, 2, 3]

    class Plain:
        """A world that can only write folders."""

        name = "plain"
        write, drive, year, truth = town.write, town.drive, town.year, town.truth

    today, calendar = town._past.tomorrow, town._past.company.calendar
    promises = dict(zip(today.order_ids, calendar.stamps(today.day, today.doors.promises.end), strict=True))
    slow = drive_many(Plain(), plan, seeds, CsvDrives(), Tariff(), promises)
    fast = drive_many(town, plan, seeds, CsvDrives(), Tariff(), promises)

    assert [d.metrics() for d in slow] == [d.metrics() for d in fast]
    assert [d.metrics("expected") for d in slow] == [d.metrics("expected") for d in fast]


def test_a_plan_compared_with_itself_differs_in_nothing(tmp_path):
    town = small(work=tmp_path)
    drives = drive_many(town, full_plan(town), range(5), CsvDrives(), Tariff(), {"a": ""})

    assert all(pair.difference == pair.low95 == pair.high95 == 0 for pair in compared(drives, drives).values())


def test_expected_money_of_a_world_that_tells_none_is_refused(tmp_path):
    told = driven_money(Told(FACTS), tmp_path, Tariff(), PROMISES)

    assert told.metrics()["margin"] == 1700 - 2170 - 4700
    with pytest.raises(YourInput, match=r"expected\.json beside the facts"):
        told.metrics("expected")
