"""Twelve months under a policy: a policy that visits nobody loses customers."""

import numpy as np
from tests.town.small import full_plan, plan_of, small

from doorstep.flows.ports import Policy
from doorstep.server.worlds import CsvDrives
from doorstep.town.world import Town


def by_turns(town: Town) -> Policy:
    """Return a policy that deals the day's orders out in turn, reading only the folder it is given."""

    def policy(folder, day):
        orders = [r["order_id"] for r in CsvDrives().rows(folder, "orders") if r["due_on"] == day]
        shifts = [r["shift_id"] for r in CsvDrives().rows(folder, "shifts") if r["date"] == day]
        plan = plan_of(town, {shift: orders[i :: len(shifts)] for i, shift in enumerate(shifts)})
        return type(plan)(**{f: getattr(plan, f) for f in plan.__slots__} | {"day": day})

    return policy


def nobody(town: Town) -> Policy:
    def policy(folder, day):
        plan = plan_of(town, {})
        return type(plan)(**{f: getattr(plan, f) for f in plan.__slots__} | {"day": day})

    return policy


def test_a_year_has_twelve_months_and_is_the_same_twice():
    town = small(orders_per_day=30)
    first, second = town.year(by_turns(town), 1), small(orders_per_day=30).year(by_turns(town), 1)

    assert len(first) == 12
    assert first == second
    assert all(month["revenue"] > 0 and month["orders"] > 0 for month in first)


def test_a_year_leaves_tomorrow_as_it_was():
    town = small(orders_per_day=30)
    before = town.drive_many(full_plan(town), [1])
    town.year(by_turns(town), 2)

    assert town.drive_many(full_plan(town), [1]) == before


def test_who_serves_nobody_loses_orders():
    town = small(orders_per_day=30)
    served, unserved = town.year(by_turns(town), 1), town.year(nobody(town), 1)

    assert unserved[-1]["orders"] < served[-1]["orders"]
    assert np.sum([m["margin"] for m in unserved]) < np.sum([m["margin"] for m in served])
