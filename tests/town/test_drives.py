"""Driving a plan: common random numbers, facts that add up, expectations that hold on average."""

import json
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from tests.town.small import full_plan, plan_of, small

from doorstep.domain.tariff import Tariff
from doorstep.domain.units import Seconds
from doorstep.flows.drive_plan import driven_money
from doorstep.server.worlds import CsvDrives
from doorstep.town.errors import UnknownInPlan
from doorstep.town.world import Town


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Town:
    return small(work=tmp_path_factory.mktemp("drives"))


def promises(town: Town) -> dict[str, str]:
    tomorrow, calendar = town._past.tomorrow, town._past.company.calendar
    ends = calendar.stamps(tomorrow.day, tomorrow.doors.promises.end)
    return dict(zip(tomorrow.order_ids, ends, strict=True))


def attempts(town: Town, plan, seed: int) -> dict[str, Mapping[str, str]]:
    return {row["order_id"]: row for row in CsvDrives().rows(town.drive(plan, seed), "attempts")}


def test_the_same_plan_and_seed_give_the_same_facts(town):
    plan = full_plan(town)
    first, second = town.drive(plan, 5), town.drive(plan, 5)

    assert {p.name: p.read_bytes() for p in first.iterdir()} == {p.name: p.read_bytes() for p in second.iterdir()}


def test_another_seed_brings_other_luck(town):
    plan = full_plan(town)

    assert attempts(town, plan, 1) != attempts(town, plan, 2)


def test_two_plans_meet_the_same_doors():
    """In a null town a door's chance never changes, so the same luck must open the same doors in any plan."""
    town = small(null=True)
    a = attempts(town, full_plan(town), 9)
    b = attempts(town, full_plan(town, shuffle=1), 9)

    assert {o: row["outcome"] for o, row in a.items()} == {o: row["outcome"] for o, row in b.items()}


def test_the_same_order_at_the_same_time_ends_the_same_whatever_else_a_route_does(town):
    orders = town._past.tomorrow.order_ids[:6]
    shift = town._past.tomorrow.crew.shift_ids[0]
    for seed in range(8):
        short = attempts(town, plan_of(town, {shift: orders[:3]}), seed)
        long = attempts(town, plan_of(town, {shift: orders}), seed)

        assert all(short[order] == long[order] for order in orders[:3])


def test_many_drives_give_the_same_money_as_their_folders(town):
    plan, tariff = full_plan(town), Tariff()
    for seed, told in zip((3, 4, 5), town.drive_many(plan, [3, 4, 5]), strict=True):
        folder = town.drive(plan, seed)
        read = driven_money(CsvDrives(), folder, tariff, promises(town))

        assert dict(read.cents) == told["driven"]
        assert dict(read.counts) == told["counts"]
        assert json.loads((folder / "expected.json").read_text()) == told["expected"]


def test_expected_parts_add_up_to_the_margin(town):
    cents = town.drive_many(full_plan(town), [1])[0]["expected"]["cents"]

    assert cents["margin"] == cents["revenue"] - sum(v for k, v in cents.items() if k not in {"revenue", "margin"})


def test_what_was_expected_is_what_happens_on_average(town):
    told = town.drive_many(full_plan(town, shuffle=2), range(1500))
    for part in ("second_attempts", "tickets"):
        happened = np.array([t["driven"][part] for t in told], dtype=float)
        hoped = np.array([t["expected"]["cents"][part] for t in told])
        error = (happened - hoped).std() / len(told) ** 0.5

        assert abs((happened - hoped).mean()) < 4 * error
    failed = np.array([t["counts"]["failed"] - t["expected"]["counts"]["failures"] for t in told])

    assert abs(failed.mean()) < 4 * failed.std() / len(told) ** 0.5


def test_a_van_waits_for_a_window_to_open_and_leaves_no_earlier_than_its_shift(town):
    doors, rows = town._past.tomorrow.doors, attempts(town, full_plan(town), 1)
    number = {order: i for i, order in enumerate(town._past.tomorrow.order_ids)}
    opens = town._past.company.calendar.stamps(town._past.tomorrow.day, doors.promises.opens)

    assert any(row["parked_at"] < row["arrived_at"] for row in rows.values())
    assert all(row["arrived_at"] >= opens[number[order]] for order, row in rows.items())
    assert all(row["parked_at"] <= row["arrived_at"] <= row["door_at"] < row["left_at"] for row in rows.values())


def test_a_route_that_leaves_later_is_driven_later_and_paid_from_its_shift(town):
    crew, today = town._past.tomorrow.crew, town._past.tomorrow
    free = [order for order, opens in zip(today.order_ids, today.doors.promises.opens, strict=True) if opens == 0]
    plan = plan_of(town, {crew.shift_ids[0]: free[:4]})
    late = replace(plan, routes=(replace(plan.routes[0], leaves_at=Seconds(int(crew.starts[0]) + 7200)),))
    soon, later = town.drive_many(plan, [1])[0], town.drive_many(late, [1])[0]

    assert later["driven"]["wages"] >= soon["driven"]["wages"] + 1800


def test_a_plan_without_routes_costs_second_attempts_and_good_will_but_no_pay(town):
    empty = plan_of(town, {})
    told = town.drive_many(empty, [1])[0]
    folder = town.drive(empty, 1)

    assert told["driven"]["wages"] == told["driven"]["revenue"] == told["counts"]["visits"] == 0
    assert told["driven"]["unserved"] > 0
    assert told["expected"]["cents"]["lost_orders"] > 0
    assert not list(CsvDrives().rows(folder, "attempts"))
    assert dict(driven_money(CsvDrives(), folder, Tariff(), promises(town)).cents) == told["driven"]


def test_leaving_an_order_out_is_never_better_than_failing_at_it(town):
    tomorrow = town._past.tomorrow
    truth = town.truth()
    order = tomorrow.order_ids[0]
    worst = sum(part[0, 0] for part in truth.curves([order], [int(tomorrow.doors.promises.start[0])]).values())

    assert truth.unserved(order) > worst


@pytest.mark.parametrize(
    ("stops", "said"),
    [({"s20260603-01": ["o999999"]}, "o999999"), ({"nobody": []}, "nobody")],
)
def test_a_plan_of_unknown_things_is_refused_in_a_sentence(town, stops, said):
    with pytest.raises(UnknownInPlan, match=f"Expected .*{said}"):
        town.drive(plan_of(town, stops), 1)


def test_an_order_brought_twice_or_a_past_day_is_refused(town):
    order, shifts = town._past.tomorrow.order_ids[0], town._past.tomorrow.crew.shift_ids
    with pytest.raises(UnknownInPlan, match="twice"):
        town.drive(plan_of(town, {shifts[0]: [order, order]}), 1)
    with pytest.raises(UnknownInPlan, match="Expected a plan for"):
        town.drive(replace(full_plan(town), day="2026-06-02"), 1)


@pytest.mark.parametrize("kind", ["reload", "charge"])
def test_a_plan_with_halts_between_two_doors_that_the_town_does_not_know_is_refused(town, kind):
    plan = full_plan(town)
    first, *others = plan.routes
    halt = replace(first.visits[0], kind=kind, stop_id="0", order_ids=())
    with pytest.raises(UnknownInPlan, match=f"got a {kind} in the route of '{first.shift_id}'"):
        town.drive(replace(plan, routes=(replace(first, visits=(first.visits[0], halt)), *others)), 1)


def test_the_truth_prices_a_drive_as_the_world_does(town):
    """Curves read at the arrivals of a drive sum to the world's own expectation of the parts at the door."""
    plan, today = full_plan(town), town._past.tomorrow
    cents = town.drive_many(plan, [6])[0]["expected"]["cents"]
    rows = attempts(town, plan, 6)
    midnight = np.datetime64(town.tomorrow, "s")
    total = 0.0
    for order, row in rows.items():
        at = int((np.datetime64(row["arrived_at"][:19], "s") - midnight).astype(int))
        total += sum(part[0, 0] for part in town.truth().curves([order], [at]).values())

    expected = sum(cents[part] for part in ("second_attempts", "tickets", "lost_orders", "merchants"))
    assert len(rows) == len(today.order_ids)
    assert total == pytest.approx(expected, abs=3)


def test_sixty_units_of_stairs_weigh_more_than_none(town):
    truth, today = town.truth(), town._past.tomorrow
    rates = truth.strain(today.crew.shift_ids[0])

    assert rates["cents_per_strain"] > 0
    assert rates["strain_cents_per_overtime_hour"] > 0
    assert max(truth.stop_strain(order) for order in today.order_ids) >= 3
