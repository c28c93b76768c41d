"""Facts as rows: what every store keeps of a fact, checked once, so that all stores refuse and return the same."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from doorstep.adapters.errors import UnfitFact
from doorstep.domain.facts import Fact

# ASCII with \u escapes: any text survives any database, lone surrogates and NUL included.
_JSON = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
_SORTED_JSON = json.JSONEncoder(separators=(",", ":"), allow_nan=False, sort_keys=True)


class FactRow(NamedTuple):
    """A fact as it is stored; `private` is sorted JSON, or None when the fact says nothing about a person."""

    fact_id: bytes
    kind: str
    key: str
    at: str
    recorded_at: str
    person_id: str | None
    body: str
    private: str | None


def row_of(fact: Fact) -> FactRow:
    """Return a fact as a row. Raises UnfitFact, naming the fact, when it can't be kept."""
    try:
        texts = "\x1f".join((fact.fact_id, fact.kind, fact.key, fact.at, fact.recorded_at, fact.person_id or "x"))
        if not texts.isascii():
            texts.encode()
    except (TypeError, UnicodeEncodeError) as error:
        raise _unfit(fact, "text (and a person_id or None) in every field but body and private", str(error)) from error
    if "\0" in texts or not (fact.fact_id and fact.kind and fact.key and fact.at and fact.recorded_at):
        raise _unfit(
            fact, "an id, a kind, a key and both times, none empty and none with a NUL character", "one that is"
        )
    private = _json(fact, "private", fact.private, _SORTED_JSON) if fact.private else None
    if private and not fact.person_id:
        raise _unfit(fact, "a person_id beside a private part, for the key it is sealed under", "none")
    body = _json(fact, "body", fact.body, _JSON)
    return FactRow(
        id_bytes(fact.fact_id), fact.kind, fact.key, fact.at, fact.recorded_at, fact.person_id or None, body, private
    )


def fact_of(columns: Sequence[Any]) -> Fact:
    """Return the fact of a stored row (the columns of FactRow but the last), without its private part."""
    packed, kind, key, at, recorded_at, person_id, body = columns
    return Fact(id_text(packed), kind, key, at, recorded_at, json.loads(body), person_id)


def id_bytes(fact_id: str) -> bytes:
    """Return an id as few bytes: 16 for 32 lower-case hexadecimal digits, its text for any other; never ambiguous.

    >>> id_text(id_bytes("00ff" * 8)), id_text(id_bytes("van 7")), id_text(id_bytes("x" * 16)) == "x" * 16
    ('00ff00ff00ff00ff00ff00ff00ff00ff', 'van 7', True)
    """
    if len(fact_id) == 32:
        try:
            packed = bytes.fromhex(fact_id)
        except ValueError:
            packed = b""
        if packed.hex() == fact_id:
            return packed
    text = fact_id.encode()
    return text if len(text) < 16 else b"\0" + text


def id_text(packed: bytes) -> str:
    """Return the id that `id_bytes` packed."""
    if len(packed) == 16:
        return packed.hex()
    return packed.removeprefix(b"\0").decode()


def checked_company(company: str) -> str:
    """Return the company's id; raises UnfitFact when it can't be one."""
    if not isinstance(company, str) or not company or "\0" in company:
        raise UnfitFact(f"Expected a company's id (text, not empty), found {company!r}; say whose facts these are.")
    return company


def _json(fact: Fact, part: str, content: Mapping[str, Any], encoder: json.JSONEncoder) -> str:
    try:
        return encoder.encode(content if type(content) is dict else dict(content))
    except (TypeError, ValueError, RecursionError) as error:
        # The error's own text may quote the content; of a private part nothing may reach a log.
        found = str(error) if part == "body" else type(error).__name__
        raise _unfit(fact, f"a {part} that JSON can hold (no dates, no NaN, no arrays)", found) from error


def _unfit(fact: Fact, expected: str, found: str) -> UnfitFact:
    return UnfitFact(f"Fact {fact.fact_id!r} of kind {fact.kind!r}: expected {expected}; found {found}.")
