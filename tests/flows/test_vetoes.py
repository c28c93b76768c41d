"""A driver's veto: told, listed, revoked, and in the day's question."""

from dataclasses import replace

import numpy as np
import pytest
from tests.operations.problems import random_problem

from doorstep.adapters.memory_store import MemoryStore
from doorstep.domain.errors import YourInput
from doorstep.domain.facts import Fact
from doorstep.domain.orders import Order
from doorstep.domain.problem import Veto
from doorstep.flows.vetoes import NoSuchVeto, revoke, standing, veto, with_vetoes

AT, LATER = "2026-03-01T08:00:00+00:00", "2026-03-05T08:00:00+00:00"


@pytest.fixture
def store() -> MemoryStore:
    kept = MemoryStore()
    kept.append("c", [Fact("1", "driver", "d1", AT, AT, {"driver_id": "d1"}, "d1", {"name": "Rui"})])
    kept.append("c", [Fact("2", "shift", "s1", AT, AT, {"driver_id": "d2"})])
    kept.append("c", [Fact("3", "recipient", "r1", AT, AT, {}), Fact("4", "order", "o9", AT, AT, {})])
    return kept


def test_a_veto_stands_until_it_is_revoked_and_may_be_told_again(store):
    veto(store, "c", "d1", "r1", reason="a dog without a lead", at=AT)
    assert [(s.driver_id, s.subject, s.reason) for s in standing(store, "c")] == [("d1", "r1", "a dog without a lead")]

    revoke(store, "c", "d1", "r1", at=LATER)
    assert standing(store, "c") == ()

    veto(store, "c", "d1", "r1", reason="the dog again", at=LATER)
    assert [s.reason for s in standing(store, "c")] == ["the dog again"]
    assert len(store.history("c", "veto", "d1 r1")) == 3


def test_the_reason_is_kept_apart_and_goes_when_the_driver_is_forgotten(store):
    veto(store, "c", "d1", "r1", reason="a dog without a lead", at=AT)
    assert "dog" not in str(store.history("c", "veto", "d1 r1"))

    store.forget("c", "d1")

    assert [(s.driver_id, s.reason) for s in standing(store, "c")] == [("d1", None)]


@pytest.mark.parametrize(
    ("driver", "subject", "reason", "told"),
    [
        ("d7", "r1", "why not", "id of a driver of c, got 'd7'"),
        ("d1", "r7", "why not", "a recipient or an order of c, got 'r7'"),
        ("d1", "r1", " ", "a reason for a veto"),
    ],
)
def test_who_is_unknown_and_a_missing_reason_are_your_input(store, driver, subject, reason, told):
    with pytest.raises(YourInput, match=told):
        veto(store, "c", driver, subject, reason=reason, at=AT)


def test_a_driver_known_by_a_shift_alone_has_a_word_too(store):
    veto(store, "c", "d2", "o9", reason="too heavy for one", at=AT)

    assert [s.driver_id for s in standing(store, "c")] == ["d2"]


def test_what_was_never_told_cannot_be_revoked(store):
    with pytest.raises(NoSuchVeto, match="`doorstep veto` lists them"):
        revoke(store, "c", "d1", "r1", at=AT)


def test_the_days_question_names_the_stops_of_a_vetoed_recipient_for_those_who_drive(store):
    problem = random_problem(np.random.default_rng(3), 6)
    shifts = (replace(problem.shifts[0], driver_id="d1"),)
    stop = problem.stops[2]
    orders = [Order(o, "r1", None, "d", "2026-03-02", (), None, 0, 0, None, frozenset(), 0) for o in stop.order_ids]  # type: ignore[arg-type]
    veto(store, "c", "d1", "r1", reason="a dog without a lead", at=AT)
    veto(store, "c", "d2", "r1", reason="not on duty", at=AT)
    asked = with_vetoes(replace(problem, shifts=shifts), standing(store, "c"), orders)

    assert asked.vetoes == (Veto("d1", stop.stop_id, "told on 2026-03-01"),)
