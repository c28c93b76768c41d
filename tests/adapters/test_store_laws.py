"""Whatever order facts are told, told again, broken off and forgotten in, every store says what a plain list says."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from doorstep.domain.facts import Fact, fact_id
from doorstep.flows.ports import Store

AT = "2026-01-01T08:00:00+00:00"
KINDS, KEYS, PERSONS, COMPANIES = ("order", "recipient"), ("a", "b", "ç"), ("p1", "p2"), ("porto", "lyon")


@st.composite
def facts(draw: st.DrawFn) -> Fact:
    kind, key, person = (
        draw(st.sampled_from(KINDS)),
        draw(st.sampled_from(KEYS)),
        draw(st.sampled_from((None, *PERSONS))),
    )
    body = {"v": draw(st.integers(0, 2))}
    private = {"phone": draw(st.sampled_from("12"))} if person and draw(st.booleans()) else {}
    return Fact(fact_id(kind, key, body), kind, key, AT, AT, body, person, private)


class Told(Exception):
    """Raised in the middle of telling."""


class PlainList:
    """The slow truth: one list of facts and one of private parts, searched from end to end."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.private: list[Fact] = []

    def append(self, told: list[Fact]) -> int:
        return sum([self._tell(fact) for fact in told])

    def _tell(self, fact: Fact) -> bool:
        new = all(fact.fact_id != other.fact_id for other in self.facts)
        if new:
            self.facts.append(Fact(fact.fact_id, fact.kind, fact.key, AT, AT, fact.body, fact.person_id))
        said = bool(fact.private) and fact not in self.private
        if said:
            self.private.append(fact)
        return new or said

    def current(self, kind: str) -> list[Fact]:
        latest = {fact.key: fact for fact in self.facts if fact.kind == kind}
        return [latest[key] for key in sorted(latest)]

    def parts(self, kind: str) -> list[tuple[str, Any]]:
        last = {(fact.key, fact.person_id): fact.private for fact in self.private if fact.kind == kind}
        wanted = [(fact.key, (fact.key, fact.person_id)) for fact in self.current(kind)]
        return [(key, last[both]) for key, both in wanted if both in last]

    def forget(self, person: str) -> bool:
        before = len(self.private)
        self.private = [fact for fact in self.private if fact.person_id != person]
        return len(self.private) < before


class AnyOrder(RuleBasedStateMachine):
    def __init__(self, store: Store, run: int) -> None:
        super().__init__()
        self.store, self.run = store, run
        self.plain = {company: PlainList() for company in COMPANIES}
        self.batches: list[list[Fact]] = []

    @rule(company=st.sampled_from(COMPANIES), told=st.lists(facts(), max_size=6))
    def append(self, company: str, told: list[Fact]) -> None:
        self.batches.append(told)
        assert self.store.append(self._own(company), iter(told)) == self.plain[company].append(told)

    @rule(company=st.sampled_from(COMPANIES), which=st.integers(0, 99))
    def append_again(self, company: str, which: int) -> None:
        told = self.batches[which % len(self.batches)] if self.batches else []
        assert self.store.append(self._own(company), told) == self.plain[company].append(told)

    @rule(company=st.sampled_from(COMPANIES), told=st.lists(facts(), max_size=6))
    def break_off(self, company: str, told: list[Fact]) -> None:
        def breaking() -> Iterator[Fact]:
            yield from told
            raise Told

        with pytest.raises(Told):
            self.store.append(self._own(company), breaking())

    @rule(company=st.sampled_from(COMPANIES), person=st.sampled_from(PERSONS))
    def forget(self, company: str, person: str) -> None:
        assert self.store.forget(self._own(company), person) == self.plain[company].forget(person)

    @rule(company=st.sampled_from(COMPANIES), kind=st.sampled_from(KINDS))
    def look(self, company: str, kind: str) -> None:
        own, plain = self._own(company), self.plain[company]
        assert list(self.store.current(own, kind)) == plain.current(kind)
        assert list(self.store.private(own, kind)) == plain.parts(kind)
        for key in KEYS:
            expected = [fact for fact in plain.facts if (fact.kind, fact.key) == (kind, key)]
            assert list(self.store.history(own, kind, key)) == expected

    def teardown(self) -> None:
        for company, kind in itertools.product(COMPANIES, KINDS):
            self.look(company, kind)

    def _own(self, company: str) -> str:
        return f"{company} {self.run}"


def test_any_order_of_telling_and_forgetting_gives_what_a_plain_list_gives(store):
    runs = itertools.count()

    def machine() -> AnyOrder:
        return AnyOrder(store, next(runs))

    few = settings(max_examples=15, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(machine, settings=few)  # type: ignore[arg-type]  # documented to take a factory as well
    assert next(runs) > 1
