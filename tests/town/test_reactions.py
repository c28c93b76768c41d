"""What a town teaches: doors differ by hour and people react; in a null town neither."""

from datetime import datetime

import numpy as np
import pytest
from scipy.stats import chi2_contingency
from tests.town.small import TOOLS, full_plan, small

from doorstep.domain.facts import TAKEN
from doorstep.town import folder
from doorstep.town.world import Town

pytestmark = pytest.mark.slow


def rows(town: Town, table: str):
    return list(folder.rows(town._past, town.seed, table))


@pytest.fixture(scope="module")
def lively() -> Town:
    return Town(11, TOOLS, days=80, orders_per_day=400)


@pytest.fixture(scope="module")
def null() -> Town:
    return Town(11, TOOLS, days=80, orders_per_day=400, null=True)


def success_by_hour(town: Town):
    """Counts (hours, 2) of taken and failed first attempts at flats."""
    homes = town._past.company.people.recipients
    flats = {homes.ids[i] for i in np.flatnonzero(homes.kind == 1)}
    who = {row["order_id"]: row["recipient_id"] for row in rows(town, "orders")}
    table = np.zeros((24, 2))
    for row in rows(town, "attempts"):
        if row["attempt_no"] == 1 and who[row["order_id"]] in flats:
            table[int(row["arrived_at"][11:13]), int(row["outcome"] not in TAKEN)] += 1
    return table[table.sum(axis=1) > 100]


def ticket_rates(town: Town):
    """Return contacts per first attempt after success, after failure, and after lateness of at least a quarter hour."""
    wrote = {row["order_id"] for row in rows(town, "contacts")}
    promise = {row["order_id"]: row["promised_end"] for row in rows(town, "orders")}
    good: list[bool] = []
    bad: list[bool] = []
    late: list[bool] = []
    for row in rows(town, "attempts"):
        if row["attempt_no"] != 1:
            continue
        order = row["order_id"]
        delay = datetime.fromisoformat(row["arrived_at"]) - datetime.fromisoformat(promise[order])
        taken = row["outcome"] in TAKEN
        (late if taken and delay.total_seconds() > 900 else good if taken else bad).append(order in wrote)
    return np.mean(good), np.mean(bad), np.mean(late), len(late)


def test_doors_differ_by_hour(lively):
    assert chi2_contingency(success_by_hour(lively)).pvalue < 1e-6


def test_in_a_null_town_the_hour_does_not_matter(null):
    assert chi2_contingency(success_by_hour(null)).pvalue > 0.001


def test_success_lies_where_studies_put_it(lively):
    first = [row for row in rows(lively, "attempts") if row["attempt_no"] == 1]
    share = np.mean([row["outcome"] in TAKEN for row in first])

    assert 0.80 <= share <= 0.93


def test_failures_and_lateness_make_people_write(lively):
    good, bad, late, n = ticket_rates(lively)

    assert good < 0.02
    assert 0.12 < bad < 0.25
    assert n > 100
    assert late > 2 * good


def test_in_a_null_town_nobody_writes_because_of_service(null):
    good, bad, late, n = ticket_rates(null)

    assert abs(bad - good) < 4 * (0.03 / 4000) ** 0.5
    assert abs(late - good) < 4 * (0.03 / n) ** 0.5


def test_bad_service_costs_later_orders_and_only_where_people_react(lively, null):
    assert lively._past.company.keeps.mean() < 0.97
    assert (null._past.company.keeps == 1).all()


def test_in_a_null_town_drivers_answer_the_same_after_any_day(null):
    assert max(null._past.company.staff.load) == 0


def test_hard_days_lower_the_pulse(lively):
    staff = lively._past.company.staff

    assert max(staff.load) > 0
    assert staff.pulse(np.array([0]), np.zeros(1))[0] <= 10


def test_in_a_null_town_no_expected_money_depends_on_the_plan_but_the_route(null):
    first, second = full_plan(null), full_plan(null, shuffle=3)
    a, b = (null.drive_many(plan, [1])[0]["expected"]["cents"] for plan in (first, second))
    same = ("second_attempts", "tickets", "lost_orders", "merchants", "drivers", "revenue")

    assert [a[part] for part in same] == [b[part] for part in same]
    assert a["lost_orders"] == a["merchants"] == a["drivers"] == 0


def test_truth_curves_of_a_null_town_are_flat(null):
    order = null._past.tomorrow.order_ids[:50]
    for part in null.truth().curves(order, range(8 * 3600, 21 * 3600, 900)).values():
        assert np.ptp(part, axis=1).max() == pytest.approx(0, abs=1e-9)


def test_familiar_streets_are_served_faster(lively):
    staff = lively._past.company.staff
    knows, codes = np.array([0]), np.array([[int(np.argmax(staff.known[0])), int(np.argmin(staff.known[0]))]])
    factor = staff.familiarity(knows, codes)

    assert factor[0, 0] < factor[0, 1]


def test_quarter_of_a_year_of_a_small_town_keeps_its_size():
    per_day: dict[str, int] = {}
    for row in rows(small(days=60), "orders"):
        per_day[row["due_on"]] = per_day.get(row["due_on"], 0) + 1
    weekdays = [n for day, n in per_day.items() if datetime.fromisoformat(day).weekday() < 5]

    assert 45 < np.mean(weekdays) < 75
