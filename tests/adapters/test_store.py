"""What every store promises: one suite, three stores."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from doorstep.adapters.errors import UnfitFact
from doorstep.domain.facts import Fact, fact_id

AT = "2026-01-01T08:00:00+00:00"


def told(noun: str, key: str, person: str | None = None, private: dict[str, Any] | None = None, /, **body: Any) -> Fact:
    return Fact(fact_id(noun, key, body), noun, key, AT, AT, body, person, private or {})


def orders(n: int) -> Iterator[Fact]:
    return (told("order", f"o{i:06d}", weight_g=i) for i in range(n))


def test_a_fact_sent_twice_is_kept_once(store):
    fact = told("order", "o1", weight_g=5)

    assert store.append("porto", [fact, fact]) == 1
    assert store.append("porto", [fact]) == 0
    assert store.history("porto", "order", "o1") == (fact,)


def test_a_fact_comes_back_as_it_went_in(store):
    body = {"text": "rua de São João \ud800 \0 ✓", "deep": {"a": [1, 2.5, None, True]}, "big": 2**70, "": -0.0}
    fact = Fact("not hexadecimal", "order", "é 1", AT, AT, body, "r1")
    store.append("porto", [fact])

    assert list(store.current("porto", "order")) == [fact]


def test_a_correction_is_current_and_the_corrected_stays_readable(store):
    first, second = told("order", "o1", weight_g=5), told("order", "o1", weight_g=6)
    store.append("porto", [first])
    store.append("porto", [second])

    assert list(store.current("porto", "order")) == [second]
    assert store.history("porto", "order", "o1") == (first, second)


def test_current_comes_in_key_order_by_code_point(store):
    keys = ["b", "a", "é", "Z", "ab", "10", "9", "a\U0001f600"]
    store.append("porto", [told("order", key) for key in keys])

    assert [fact.key for fact in store.current("porto", "order")] == sorted(keys)


def test_companies_never_see_each_other(store):
    fact = told("recipient", "r1", "r1", {"phone": "+351 1"})

    assert store.append("porto", [fact]) == 1
    assert store.append("lyon", [fact]) == 1, "the same id in two companies is two facts"
    store.append("lyon", [told("recipient", "r1", "r1", kind="flat"), told("recipient", "r2")])
    assert list(store.current("porto", "recipient")) == [told("recipient", "r1", "r1")]
    assert len(store.history("porto", "recipient", "r1")) == 1
    assert store.forget("porto", "r1")
    assert list(store.private("porto", "recipient")) == []
    assert list(store.private("lyon", "recipient")) == [("r1", {"phone": "+351 1"})]
    assert store.history("bilbao", "recipient", "r1") == ()
    assert list(store.current("bilbao", "recipient")) == []
    assert not store.forget("bilbao", "r1")
    assert store.companies() == ("lyon", "porto")


def test_a_store_with_no_facts_has_no_companies(store):
    assert store.append("porto", []) == 0
    assert store.companies() == ()


def test_an_iterable_that_raises_leaves_nothing(store):
    store.append("porto", orders(10))

    def raising() -> Iterator[Fact]:
        for i, fact in enumerate(orders(10_000)):
            if i == 5_432:
                raise ArithmeticError("row 5,432")
            yield told("recipient", fact.key, fact.key, {"phone": str(i)}) if i % 500 == 0 else fact

    with pytest.raises(ArithmeticError, match="5,432"):
        store.append("porto", raising())
    assert sum(1 for _ in store.current("porto", "order")) == 10
    assert list(store.private("porto", "recipient")) == []
    assert not store.forget("porto", "o000500"), "not even a key is left"
    assert store.append("porto", orders(11)) == 1, "and the store goes on"


def test_append_takes_a_generator_and_current_streams_as_of_the_call(store):
    assert store.append("porto", orders(12_345)) == 12_345

    stream = store.current("porto", "order")
    first = next(stream)
    store.append("porto", [told("order", "o000000", weight_g=-1), told("order", "o000000a"), told("order", "z")])

    assert first.body == {"weight_g": 0}
    assert sum(1 for _ in stream) == 12_344, "what was appended since the call is not in it"
    assert next(store.current("porto", "order")).body == {"weight_g": -1}


def test_a_stream_left_half_read_locks_nobody_out(opener):
    store, other = opener(), opener()
    store.append("porto", (told("recipient", f"r{i}", f"r{i}", {"phone": str(i)}) for i in range(3_000)))
    facts, private = store.current("porto", "recipient"), store.private("porto", "recipient")
    next(facts), next(private)

    assert other.append("porto", orders(1)) == 1
    assert other.forget("porto", "r1")
    assert other.forget("porto", "r999")
    assert "r999" not in {key for key, _ in private}, "forgotten while the stream was open"


def test_a_private_part_is_apart_from_the_fact(store):
    fact = told("recipient", "r1", "r1", {"name": "Ana Silva", "phone": "+351 1"}, kind="flat")
    store.append("porto", [fact])

    (current,) = store.current("porto", "recipient")
    assert (current.person_id, current.private, current.body) == ("r1", {}, {"kind": "flat"})
    assert list(store.private("porto", "recipient")) == [("r1", {"name": "Ana Silva", "phone": "+351 1"})]


def test_the_same_private_part_again_is_nothing_and_another_is_a_correction(store):
    def ana(phone: str) -> Fact:
        return told("recipient", "r1", "r1", {"phone": phone, "name": "Ana"}, kind="flat")

    assert store.append("porto", [ana("1")]) == 1
    assert store.append("porto", [ana("1"), ana("1")]) == 0
    assert store.append("porto", [ana("2")]) == 1, "same id, new phone number: a correction"
    assert list(store.private("porto", "recipient")) == [("r1", {"phone": "2", "name": "Ana"})]
    assert store.append("porto", [ana("1")]) == 0, "an old file again doesn't turn time back"
    assert list(store.private("porto", "recipient")) == [("r1", {"phone": "2", "name": "Ana"})]
    assert len(store.history("porto", "recipient", "r1")) == 1


def test_one_call_may_tell_several_private_parts_of_one_fact(store):
    versions = [told("recipient", "r1", "r1", {"phone": str(i)}) for i in (1, 2, 2, 3)]

    assert store.append("porto", versions) == 3
    assert list(store.private("porto", "recipient")) == [("r1", {"phone": "3"})]


def test_absence_never_deletes_a_private_part(store):
    store.append("porto", [told("recipient", "r1", "r1", {"phone": "1"}, kind="flat")])
    store.append("porto", [told("recipient", "r1", "r1", kind="house")])

    assert list(store.private("porto", "recipient")) == [("r1", {"phone": "1"})]


def test_a_thing_that_changed_hands_shows_nothing_of_who_had_it(store):
    store.append("porto", [told("order", "o1", "ana", {"note": "ring twice"}, recipient="ana")])
    store.append("porto", [told("order", "o1", "rui", recipient="rui")])

    assert list(store.private("porto", "order")) == []


def test_forgetting_destroys_all_of_one_person_and_nothing_of_another(store):
    store.append(
        "porto", [told("recipient", "r1", "r1", {"phone": "1"}), told("recipient", "r2", "r2", {"phone": "2"})]
    )
    store.append("porto", [told("order", "o1", "r1", {"note": "at the back"})])

    assert store.forget("porto", "r1") is True
    assert store.forget("porto", "r1") is False
    assert store.forget("porto", "nobody") is False
    assert list(store.private("porto", "recipient")) == [("r2", {"phone": "2"})]
    assert list(store.private("porto", "order")) == []
    assert len(list(store.current("porto", "recipient"))) == 2, "facts about the id stay"


def test_somebody_forgotten_who_comes_back_gets_a_new_key(store):
    def ana(**private: str) -> Fact:
        return told("recipient", "r1", "r1", private, kind="flat")

    store.append("porto", [ana(phone="1"), told("order", "o1", "r1", {"note": "old"})])
    store.forget("porto", "r1")

    assert store.append("porto", [ana(phone="1")]) == 1, "told again after forgetting: kept again"
    assert list(store.private("porto", "recipient")) == [("r1", {"phone": "1"})]
    assert list(store.private("porto", "order")) == [], "what the old key sealed stays unreadable"


def test_what_was_kept_is_there_when_opened_again(opener):
    facts = [told("recipient", f"r{i}", f"r{i}", {"phone": str(i)}, n=i) for i in range(100)]
    opener().append("porto", facts)

    again = opener()
    assert [fact.body["n"] for fact in again.current("porto", "recipient")] == [
        fact.body["n"] for fact in sorted(facts, key=lambda fact: fact.key)
    ]
    assert sum(1 for _ in again.private("porto", "recipient")) == 100
    assert again.append("porto", facts) == 0


@pytest.mark.parametrize(
    ("fact", "told_what"),
    [
        (Fact("", "order", "o1", AT, AT, {}), "none empty"),
        (Fact("f", "", "o1", AT, AT, {}), "none empty"),
        (Fact("f", "order", "", AT, AT, {}), "none empty"),
        (Fact("f", "order", "o1", "", AT, {}), "none empty"),
        (Fact("f", "order", "o\0", AT, AT, {}), "NUL"),
        (Fact("f", "order", "\ud800", AT, AT, {}), "text"),
        (Fact("f", "order", 7, AT, AT, {}), "text"),  # type: ignore[arg-type]  # the wrong type is the point
        (Fact("f", "order", "o1", AT, AT, {"x": float("nan")}), "JSON"),
        (Fact("f", "order", "o1", AT, AT, {"x": object()}), "JSON"),
        (Fact("f", "order", "o1", AT, AT, {}, None, {"phone": "1"}), "person_id"),
    ],
)
def test_a_fact_that_cannot_be_kept_is_named_and_nothing_is(store, fact, told_what):
    with pytest.raises(UnfitFact, match=told_what):
        store.append("porto", [told("order", "good"), fact])
    assert store.companies() == ()


def test_an_error_never_repeats_a_private_part(store):
    with pytest.raises(UnfitFact) as caught:
        store.append("porto", [Fact("f", "recipient", "r1", AT, AT, {}, "r1", {"phone": {"+351 912345678"}})])

    assert "912345678" not in str(caught.value)


@pytest.mark.parametrize("company", ["", "a\0b", None])
def test_a_company_without_an_id_is_refused(store, company):
    with pytest.raises(UnfitFact, match="company"):
        store.append(company, [])


def test_threads_that_append_at_once_lose_nothing(store):
    def work(n: int) -> int:
        return sum(
            store.append("porto", [told("recipient", f"r{n}-{i}", f"r{n}-{i}", {"phone": "1"}, n=i)]) for i in range(10)
        )

    with ThreadPoolExecutor(4) as pool:
        kept = sum(pool.map(work, range(4)))

    assert kept == 40
    assert sum(1 for _ in store.private("porto", "recipient")) == 40
