"""Addresses as people write them, brought to one form: folded, abbreviated alike, taken apart.

Long words become the short ones ("Rua" and "R." are both "r"), because the short form of two words may be the same
("St" is street and saint) and only the way there is unambiguous.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "’": "", "'": ""})

_SHORT: Mapping[str, str] = {
    long: short
    for short, longs in {
        "r": "rua rue ruela", "st": "street saint sankt santo santa sao sta sto s", "av": "avenue avenida ave aven",
        "rd": "road", "dr": "drive doutor doctor", "dra": "doutora", "pc": "praca pca praceta prc", "sq": "square",
        "lg": "largo lgo", "tv": "travessa trav tr", "est": "estrada estr", "c": "calle carrer",
        "pl": "place plaza platz",
        "bd": "boulevard bulevar blvd boul", "ln": "lane", "ct": "court", "al": "alameda allee", "str": "strasse",
        "eng": "engenheiro", "prof": "professor professora", "gen": "general", "n": "north norte", "cal": "calcada",
        "hwy": "highway", "pkwy": "parkway", "ter": "terrace", "gr": "grove", "beco": "bco", "conde": "cde",
    }.items()
    for long in longs.split()
}  # fmt: skip

_FILLERS = frozenset("de da do das dos del the of la le les du des der die das den dem y e".split())  # noqa: SIM905 - a list of words reads as a line
_POSTCODE = re.compile(r"\b(\d{4}-\d{3}|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|\d{4} ?[A-Z]{2}|\d{5}(?:-\d{4})?)\b")
_NUMBER = r"(?:n[ºo°.]*\s*)?(\d{1,5})(?:\s?([a-z])\b)?(?:\s?[-/–]\s?\d{1,5}\s?[a-z]?)?"
_FLAT = r"(?:(?<=[a-z])\s\d{1,3})?"  # "5 B 12" is house 5, stair B, flat 12
_NUMBER_LAST = re.compile(rf"^(.*?[^\W\d].*?)[\s,]+{_NUMBER}{_FLAT}$", re.IGNORECASE)
_NUMBER_FIRST = re.compile(rf"^{_NUMBER}[\s,]+(.*[^\W\d].*)$", re.IGNORECASE)
_NUMBER_ALONE = re.compile(rf"^{_NUMBER}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read an address: the street's key (see `street_key`), house number (0: none) and its letter."""

    street: str
    number: int = 0
    letter: str = ""


def fold(text: str) -> str:
    """Return text without case, accents and punctuation.

    >>> fold("Praça  da República")
    'praca da republica'
    """
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    kept = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(kept.split())


def street_key(name: str) -> str:
    """Return a street's name in the one form that names are compared in: short words in order of the alphabet.

    >>> street_key("Rua de São João"), street_key("R. S. João"), street_key("Hauptstraße")
    ('joao r st', 'joao r st', 'haupt str')
    """
    words = (_SHORT.get(word, word) for word in fold(name).split() if word not in _FILLERS)
    return " ".join(sorted(part for word in words for part in _unglued(word)))


def house_number(text: str) -> tuple[int, str]:
    """Return the first number and letter of a house number, (0, '') when there is none.

    >>> house_number("12a"), house_number("n.º 7"), house_number("12-14"), house_number("s/n")
    ((12, 'a'), (7, ''), (12, ''), (0, ''))
    """
    found = re.search(r"(\d{1,5})\s?([a-z]\b)?", text.casefold())
    return (int(found[1]), found[2] or "") if found else (0, "")


def split_postcode(text: str, known: Collection[str]) -> tuple[str, str]:
    """Return the text without its postcode, and the postcode ('' when none is seen).

    A code that the map knows wins; else something of a postcode's shape that does not begin the text.
    """
    for word in re.findall(r"[\w-]+", text):
        if word in known:
            return text.replace(word, " ", 1), word
    for found in _POSTCODE.finditer(text):
        if found.start() > 0 or not text[found.end() :].strip(" ,"):
            return text[: found.start()] + " " + text[found.end() :], found[1]
    return text, ""


def readings(text: str) -> Iterator[Reading]:
    """Yield the ways to read an address without its postcode, likeliest first.

    The number may come last, first, or after a comma; or the whole first part is the street ("Rua 31 de Janeiro").
    """
    parts = [" ".join(part.split()) for part in text.split(",") if part.strip()]
    for i, part in enumerate(parts[:3]):
        after = _NUMBER_ALONE.match(parts[i + 1]) if i + 1 < len(parts) else None
        if after and _has_letters(part):
            yield _reading(part, after[1], after[2])
        before = _NUMBER_ALONE.match(parts[i - 1]) if i else None
        if before and _has_letters(part):
            yield _reading(part, before[1], before[2])
        last, first = _NUMBER_LAST.match(part), _NUMBER_FIRST.match(part)
        if last:
            yield _reading(last[1], last[2], last[3])
        if first:
            yield _reading(first[3], first[1], first[2])
        if _has_letters(part):
            yield _reading(part, "0", "")


def _reading(street: str, number: str, letter: str | None) -> Reading:
    return Reading(street_key(street), int(number), (letter or "").casefold())


def _has_letters(text: str) -> bool:
    return any(c.isalpha() for c in text)


def _unglued(word: str) -> tuple[str, ...]:
    """Take German street words off the name they are glued to."""
    for ending in ("strasse", "str"):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word.removesuffix(ending), "str"
    return (word,)
