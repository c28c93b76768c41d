"""A decision is kept with all that explains it, and read again."""

from dataclasses import replace

from doorstep.adapters.memory_store import MemoryStore
from doorstep.domain.units import Cents
from doorstep.flows.record_decision import (
    Alternative,
    Decision,
    decision_fact,
    decision_of,
    record_decision,
)

AT, LATER = "2026-01-01T08:00:00+00:00", "2026-01-01T09:00:00+00:00"
DECISION = Decision(
    decision_id="d1", what="plan_day", by="plan_day", at=AT, chosen="plan-7", cents=Cents(81_240),
    inputs={"problem": "ab" * 32}, models={"presence": "3"}, valuation="cd" * 32,
    alternatives=(Alternative("plan-8", Cents(90_000)), Alternative("by hand", None)),
)  # fmt: skip


def test_a_decision_comes_back_as_it_was_made():
    store = MemoryStore()
    fact = record_decision(store, "porto", DECISION, recorded_at=LATER)

    assert (fact.kind, fact.key, fact.at, fact.recorded_at) == ("decision", "d1", AT, LATER)
    assert [decision_of(kept) for kept in store.current("porto", "decision")] == [DECISION]


def test_the_same_decision_told_twice_is_kept_once():
    store = MemoryStore()
    record_decision(store, "porto", DECISION)
    record_decision(store, "porto", DECISION)

    assert len(store.history("porto", "decision", "d1")) == 1


def test_a_decision_that_an_earlier_doorstep_kept_is_still_read():
    fact = decision_fact(DECISION, AT)
    earlier = {name: value for name, value in fact.body.items() if name != "unlawful"} | {"undone": None}

    assert decision_of(replace(fact, body=earlier)) == DECISION
