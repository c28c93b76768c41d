"""Anything that happened or was told to us, appended once and never changed."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

OUTCOMES = (
    "delivered", "neighbour", "safe_place", "locker", "refused", "nobody", "no_access", "wrong_address",
    "damaged", "not_attempted", "returned",
)  # fmt: skip
"""How an attempt can end."""

TAKEN = ("delivered", "neighbour", "safe_place", "locker")
"""Outcomes after which the order needs no further attempt."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened, or one row as somebody told it.

    `kind` is the noun (order, attempt, contact, decision, model ...), `key` the company's own id of the thing;
    a later fact of the same kind and key corrects the earlier, which stays readable. `at` is when it
    happened, `recorded_at` when we could first know it: ISO 8601 in UTC. `body` carries ids and figures only;
    what names a person goes into `private`, is kept apart and encrypted under the key of `person_id`.
    `fact_id` is made by the client; appending the same id twice keeps one.
    """

    fact_id: str
    kind: str
    key: str
    at: str
    recorded_at: str
    body: Mapping[str, Any]
    person_id: str | None = None
    private: Mapping[str, Any] = field(default_factory=dict)


def fact_id(kind: str, key: str, content: Mapping[str, Any]) -> str:
    """Return an id that the same content always gets: 32 hexadecimal digits of BLAKE2b.

    Never hash a private part into it: names and telephone numbers can be guessed back from a hash. Stores recognise
    the same private part again by a digest under the person's key.

    >>> fact_id("order", "o1", {"a": 1}) == fact_id("order", "o1", {"a": 1})
    True
    """
    text = json.dumps([kind, key, content], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
