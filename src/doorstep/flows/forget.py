"""Forget a person: destroy the key to all that names them, and keep a fact that says so, by id alone."""

from dataclasses import dataclass

from doorstep.domain.facts import Fact, fact_id
from doorstep.flows.ports import Store


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What a request to forget came to: `destroyed` now, or `before` (ISO 8601), or neither for somebody unknown."""

    person_id: str
    destroyed: bool
    before: str | None = None


def forget(store: Store, company: str, person_id: str, *, at: str) -> Forgotten:
    """Destroy a person's key at an instant (ISO 8601, UTC) and append an `erasure` fact about it.

    Facts about the person's id stay: they hold ids and figures. Somebody of whom nothing private was ever kept is
    unknown, and no fact is appended.
    """
    earlier = store.history(company, "erasure", person_id)
    if not store.forget(company, person_id):
        return Forgotten(person_id, destroyed=False, before=earlier[-1].at if earlier else None)
    body = {"person_id": person_id, "erasure": len(earlier) + 1}
    erasure = Fact(fact_id("erasure", person_id, {**body, "at": at}), "erasure", person_id, at, at, body, person_id)
    store.append(company, [erasure])
    return Forgotten(person_id, destroyed=True)
