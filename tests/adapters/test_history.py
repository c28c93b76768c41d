from typing import Any

import numpy as np
import pytest

from doorstep.adapters.history import History
from doorstep.domain.errors import OurBug
from doorstep.domain.facts import Fact, fact_id
from doorstep.learning import datasets
from doorstep.learning.datasets import Dataset


class Kept:
    def __init__(self, *facts) -> None:
        self.facts = facts

    def current(self, company, kind) -> Any:
        return iter([fact for fact in self.facts if fact.kind == kind])


def fact(noun, key, at, /, **body) -> Fact:
    return Fact(fact_id(noun, key, body), noun, key, at, body.pop("recorded_at", at), body)


DEPOT = fact("depot", "d1", "2026-01-01T00:00:00+00:00", depot_id="d1", timezone="Europe/Lisbon")
WHO = fact(
    "recipient", "r1", "2026-03-01T00:00:00+00:00", recipient_id="r1", kind="flat", floor=3, lift=False,
    postcode="4000", created_at="2026-03-01T00:00:00+00:00",
)  # fmt: skip


def order(number, **body) -> Fact:
    at = "2026-03-27T12:00:00+00:00"
    return fact("order", number, at, order_id=number, recipient_id="r1", depot_id="d1", due_on="2026-03-29", **body)


def attempt(number, order_id, at, outcome, **body) -> Fact:
    return fact("attempt", number, at, attempt_id=number, order_id=order_id, arrived_at=at, outcome=outcome, **body)


def contact(number: str, at: str) -> Fact:
    return fact("contact", number, at, contact_id=number, order_id="o1", at=at)


def test_a_knock_is_counted_in_elapsed_seconds_of_the_depots_day():
    clock_change = "2026-03-29T09:00:00+01:00"
    store = Kept(DEPOT, WHO, order("o1"), attempt("a1", "o1", clock_change, "nobody"))
    with History(store, "c") as history:
        doors = history.columns(datasets.DOORS)

    assert doors["knock"].tolist() == [28_800.0]
    assert doors["weekday"].tolist() == [6.0]
    assert (doors["failed"].tolist(), doors["floor"].tolist(), doors["lift"].tolist()) == ([1.0], [3.0], [0.0])
    assert doors["tenure_days"].tolist() == [28]


def test_nothing_recorded_later_is_seen():
    store = Kept(
        DEPOT, WHO, order("o1"), order("o2"),
        attempt("a1", "o1", "2026-03-29T10:00:00+00:00", "nobody"),
        attempt("a2", "o2", "2026-03-29T10:05:00+00:00", "delivered", recorded_at="2026-04-02T00:00:00+00:00"),
    )  # fmt: skip
    with History(store, "c", as_of="2026-03-30T00:00:00+00:00") as history:
        known = history.columns(datasets.DOORS)["attempt_id"].tolist()
    with History(store, "c") as history:
        all_of_them = history.columns(datasets.DOORS)["attempt_id"].tolist()

    assert known == ["a1"]
    assert all_of_them == ["a1", "a2"]


def test_what_a_row_learns_later_is_unknown_before():
    shift = fact("shift", "s1", "2026-03-29T06:00:00+00:00", shift_id="s1", date="2026-03-29", vehicle_id="v",
                 depot_id="d1", starts_at="2026-03-29T06:00:00+00:00", clocked_in_at="2026-03-29T06:00:00+00:00",
                 clocked_out_at="2026-03-29T15:00:00+00:00", paid_cents=20_000)  # fmt: skip
    with History(Kept(shift), "c", as_of="2026-03-29T12:00:00+00:00") as history:
        before = history.columns(datasets.SHIFTS)
    with History(Kept(shift), "c") as history:
        after = history.columns(datasets.SHIFTS)

    assert before["shift_id"].tolist() == []
    assert (after["paid_s"].tolist(), after["paid_cents"].tolist()) == ([32_400.0], [20_000.0])


def test_a_contact_belongs_to_the_knock_before_it_and_an_early_one_to_the_first():
    store = Kept(
        DEPOT, WHO, order("o1", promised_start="2026-03-29T08:00:00+00:00", promised_end="2026-03-29T09:00:00+00:00"),
        attempt("a1", "o1", "2026-03-29T10:00:00+00:00", "nobody"),
        attempt("a2", "o1", "2026-03-30T10:00:00+00:00", "delivered"),
        contact("c1", "2026-03-29T09:30:00+00:00"),
        contact("c2", "2026-03-29T18:00:00+00:00"),
    )  # fmt: skip
    with History(store, "c") as history:
        rows = history.columns(datasets.DELIVERIES)

    assert rows["tickets"].tolist() == [2.0, 0.0]
    assert rows["late_s"][0] == 3_600
    assert rows["attempt_no"].tolist() == [1.0, 2.0]


def test_every_dataset_runs_on_a_company_that_has_nothing():
    with History(Kept(), "c") as history:
        heights = {d.name: {len(v) for v in history.columns(d).values()} for d in datasets.ALL}

    assert all(height == {0} for height in heights.values())


def test_a_time_with_another_offset_is_the_same_instant():
    with History(
        Kept(DEPOT, WHO, order("o1"), attempt("a1", "o1", "2026-03-27T10:00:00+01:00", "delivered")), "c"
    ) as h:
        at = h.columns(datasets.DOORS)["instant"]

    assert at.tolist() == [np.datetime64("2026-03-27T09:00:00").astype(float)]


def test_sql_that_does_not_run_is_our_bug_and_names_the_dataset():
    with History(Kept(), "c") as history, pytest.raises(OurBug, match="'broken' to run"):
        history.columns(Dataset("broken", "order", "SELECT nothing FROM orders"))
