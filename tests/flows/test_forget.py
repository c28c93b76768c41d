"""Forgetting a person destroys what names them and says so by id alone."""

import pytest

from doorstep.adapters.memory_store import MemoryStore
from doorstep.domain.facts import Fact
from doorstep.flows.forget import forget

AT, LATER = "2026-01-01T08:00:00+00:00", "2026-02-01T08:00:00+00:00"


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    store.append("porto", [Fact("f", "recipient", "r1", AT, AT, {"kind": "flat"}, "r1", {"name": "Ana"})])
    return store


def test_what_names_a_person_is_gone_and_a_fact_says_when(store):
    assert forget(store, "porto", "r1", at=LATER).destroyed
    assert list(store.private("porto", "recipient")) == []

    (erasure,) = store.current("porto", "erasure")
    assert (erasure.key, erasure.at, erasure.body) == ("r1", LATER, {"person_id": "r1", "erasure": 1})


def test_somebody_unknown_leaves_no_fact(store):
    forgotten = forget(store, "porto", "nobody", at=LATER)

    assert (forgotten.destroyed, forgotten.before) == (False, None)
    assert list(store.current("porto", "erasure")) == []


def test_forgetting_again_says_when_it_was_done(store):
    forget(store, "porto", "r1", at=LATER)

    again = forget(store, "porto", "r1", at="2026-03-01T08:00:00+00:00")
    assert (again.destroyed, again.before) == (False, LATER)
    assert len(store.history("porto", "erasure", "r1")) == 1


def test_somebody_who_came_back_can_be_forgotten_again(store):
    forget(store, "porto", "r1", at=LATER)
    store.append("porto", [Fact("f", "recipient", "r1", AT, AT, {"kind": "flat"}, "r1", {"name": "Ana"})])

    assert forget(store, "porto", "r1", at=LATER).destroyed
    assert [fact.body["erasure"] for fact in store.history("porto", "erasure", "r1")] == [1, 2]
