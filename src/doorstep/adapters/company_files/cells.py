"""One cell at a time: text to typed JSON value and back. What a cell may hold is said here and nowhere else.

Times become UTC with a fixed layout, so that their text sorts as they do. Empty cells become nothing at all.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from doorstep.adapters.company_files.columns import Column

LONGEST_ID = 200
LONGEST_TEXT = 10_000
REMEMBERED = 4096
"""Cells a column remembers, parsed: dates, places of work and outcomes come again and again."""

FORMULA = "=+-@\t\r"
"""A spreadsheet takes text that begins with one of these for a formula."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")
_ESCAPED = re.compile(r"'+[=+\-@\t\r]")
_WHOLE = re.compile(r"[+-]?\d{1,18}(\.0*)?", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_COMMA = re.compile(r"[+-]?\d+,\d+|[+-]?\d{1,3}([., ' ]\d{3})+([.,]\d+)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WALL = re.compile(r"([0-3]?\d|4[0-7]):([0-5]\d)(:00(\.0+)?)?", re.ASCII)
_AS_KEPT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", re.ASCII)
_PHONE = re.compile(r"\+[\d ()./-]+", re.ASCII)
_DAYTIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d", re.ASCII)
_FLAGS: Final = {"true": True, "yes": True, "1": True, "t": True, "false": False, "no": False, "0": False, "f": False}


class BadCell(ValueError):
    """A cell that cannot be what its column says; carries what was expected and what to do."""

    def __init__(self, expected: str, todo: str) -> None:
        super().__init__(expected)
        self.expected = expected
        self.todo = todo


class Blank(ValueError):
    """A cell of spaces only."""


Parse = Callable[[str], Any]


class Memo(dict[str, Any]):
    """A parser that remembers its latest answers: `memo[text]` is the value, or raises BadCell or Blank."""

    __slots__ = ("missed", "parse")

    def __init__(self, parse: Parse) -> None:
        super().__init__()
        self.parse = parse
        self.missed = 0

    def __missing__(self, text: str) -> Any:
        self.missed += 1
        value = self.parse(text)
        if len(self) >= REMEMBERED:
            self.clear()
        if len(text) < 64:
            self[text] = value
        return value


def shape(text: str) -> str:
    """Return what a private cell looks like without what it says: its length and the kinds of its characters.

    >>> shape("-8,61")
    '5 characters: digits and punctuation'
    """
    kinds = [
        ("letters", any(c.isalpha() for c in text)),
        ("digits", any(c.isdigit() for c in text)),
        ("spaces", any(c.isspace() for c in text)),
        ("punctuation", any(not (c.isalnum() or c.isspace()) for c in text)),
    ]
    return f"{len(text)} characters: {' and '.join(name for name, there in kinds if there) or 'nothing visible'}"


def parser(column: Column, mapped: Mapping[str, str] | None = None) -> Parse:
    """Return the function that turns a cell of a column into its value; it raises BadCell or Blank."""
    maker = _MAKERS[column.kind]
    return maker(column, mapped or {})


def harmless(text: str) -> str:
    """Return text that no spreadsheet takes for a formula; `unescaped` undoes it.

    >>> harmless("=1+1"), harmless("'=1"), harmless("plain")
    ("'=1+1", "''=1", 'plain')
    """
    if text and (text[0] in FORMULA or (text[0] == "'" and _ESCAPED.match(text))):
        return "'" + text
    return text


def unescaped(text: str) -> str:
    """Return text without the apostrophe that made it harmless."""
    return text[1:] if text[0] == "'" and _ESCAPED.match(text) else text


def utc(text: str) -> str:
    """Return an ISO 8601 time with offset as UTC text that sorts by time; raises BadCell.

    >>> utc("2026-03-01T09:00:00+01:00")
    '2026-03-01T08:00:00+00:00'
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise _bad_time(text, error) from None
    if at.tzinfo is None or len(text) < 16:
        raise _bad_time(text, None)
    if not 1970 <= at.year < 2200:
        raise BadCell("a time between 1970 and 2200", "correct the year")
    if _AS_KEPT.fullmatch(text):
        return text  # already as we keep it: half of all times, and writing them costs more than reading them
    return at.astimezone(UTC).isoformat()


def _bad_time(text: str, error: ValueError | None) -> BadCell:
    expected = "a time with offset, such as 2026-03-01T09:00:00+01:00"
    if error is None and _DAYTIME.match(text):
        return BadCell(expected, "this one has no offset: add it (+01:00, or Z for UTC)")
    if error is not None and _DAYTIME.match(text):
        return BadCell(expected, "no calendar, clock or zone has this time; correct it")
    return BadCell(expected, "write year-month-day, T, hours:minutes:seconds and the offset from UTC")


def _text(_: Column, mapped: Mapping[str, str]) -> Parse:
    def parse(text: str) -> str:
        text = text.strip()
        if not text:
            raise Blank
        if not text.isprintable() and _CONTROL.search(text):
            raise BadCell("text without control characters", "remove the NUL or control character")
        if len(text) > LONGEST_TEXT:
            raise BadCell(f"at most {LONGEST_TEXT:,} characters", "shorten it, or look for a quote never closed above")
        return unescaped(text)

    return parse


def _id(_: Column, mapped: Mapping[str, str]) -> Parse:
    def parse(text: str) -> str:
        text = text.strip()
        if not text:
            raise Blank
        if not text.isprintable() and _INVISIBLE.search(text):
            raise BadCell("an id of visible characters", "remove the line break, NUL or invisible character")
        if len(text) > LONGEST_ID:
            raise BadCell(f"an id of at most {LONGEST_ID} characters", "shorten it everywhere it is used")
        return unescaped(text)

    return parse


def _time(_: Column, mapped: Mapping[str, str]) -> Parse:
    def parse(text: str) -> str:
        text = text.strip()
        if not text:
            raise Blank
        return utc(text)

    return parse


def _date(_: Column, mapped: Mapping[str, str]) -> Parse:
    def parse(text: str) -> str:
        text = text.strip()
        if not text:
            raise Blank
        if not _DATE.fullmatch(text):
            raise BadCell("a date YYYY-MM-DD", "write year, month and day with hyphens, and no time")
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise BadCell("a date YYYY-MM-DD that exists", "no calendar has this day; correct it") from None
        if not 1970 <= day.year < 2200:
            raise BadCell("a date between 1970 and 2200", "correct the year")
        return text

    return parse


def _wall(_: Column, mapped: Mapping[str, str]) -> Parse:
    def parse(text: str) -> str:
        text = text.strip()
        if not text:
            raise Blank
        found = _WALL.fullmatch(text)
        if not found:
            raise BadCell("a clock time HH:MM", "write hours and minutes, without date, offset or am/pm")
        return f"{int(found[1]):02d}:{found[2]}"

    return parse


def _whole(column: Column, mapped: Mapping[str, str]) -> Parse:
    low, high = int(column.low), int(column.high)
    what = "whole minor units (cents)" if column.kind == "money" else "a whole number"
    expected = f"{what} from {low:,} to {high:,}".replace(",", " ")

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            text = text.strip()
            if not text:
                raise Blank
            if not _WHOLE.fullmatch(text):
                raise BadCell(expected, _number_advice(text))
            text = text.partition(".")[0]
        value = int(text)
        if not low <= value <= high:
            raise BadCell(expected, "correct the number; mind the unit that the column's name says")
        return value

    return parse


def _decimal(column: Column, mapped: Mapping[str, str]) -> Parse:
    low, high = column.low, column.high
    expected = f"a decimal number from {low:g} to {high:g}"
    advice = "correct the number; mind the unit that the column's name says"
    if column.kind in {"lon", "lat"}:
        word = {"lon": "longitude", "lat": "latitude"}[column.kind]
        expected = f"a {word} in degrees from {low:g} to {high:g}"
        advice = "use decimal degrees of WGS 84, and look whether lon and lat are swapped"

    def parse(text: str) -> float:
        text = text.strip()
        if not _DECIMAL.fullmatch(text):
            if not text:
                raise Blank
            raise BadCell(expected, _number_advice(text))
        value = float(text)
        if not low <= value <= high:
            raise BadCell(expected, advice)
        return value

    return parse


def _number_advice(text: str) -> str:
    if text.lower().lstrip("+-") in {"nan", "inf", "infinity", "null", "none", "n/a", "na"}:
        return "leave the cell empty where there is no number"
    if _COMMA.fullmatch(text):
        return "write a point for decimals and nothing between thousands"
    if _DECIMAL.fullmatch(text):
        return "write it without decimals and exponent, in the unit that the column's name says"
    return "write digits only, without unit or sign of currency"


def _flag(_: Column, mapped: Mapping[str, str]) -> Parse:
    def parse(text: str) -> bool:
        value = _FLAGS.get(text.strip().lower())
        if value is None:
            if not text.strip():
                raise Blank
            raise BadCell("true or false", "write true or false")
        return value

    return parse


def _choice(column: Column, mapped: Mapping[str, str]) -> Parse:
    known = {value: value for value in column.choices} | dict(mapped)

    def parse(text: str) -> str:
        text = text.strip()
        value = known.get(text) or known.get(text.lower())
        if value is None:
            if not text:
                raise Blank
            raise BadCell(f"one of {', '.join(column.choices)}", "correct it, or give its meaning with --map FILE")
        return value

    return parse


def _list(column: Column, mapped: Mapping[str, str]) -> Parse:
    item = _id(column, mapped)

    def parse(text: str) -> list[str]:
        return [item(part) for part in unescaped(text.strip() or " ").split(";") if part.strip()]

    return parse


def _windows(_: Column, mapped: Mapping[str, str]) -> Parse:
    def parse(text: str) -> list[list[str]]:
        parts = [part.strip() for part in text.split(";") if part.strip()]
        if not parts:
            raise Blank
        return [interval(part) for part in parts]

    return parse


def interval(text: str) -> list[str]:
    """Return an ISO 8601 interval as [opens, closes] in UTC; raises BadCell, also when it closes before it opens."""
    ends = text.split("/")
    if len(ends) != 2:
        raise BadCell("start/end, both times with offset", "join start and end by /, several intervals by ;")
    opens, closes = utc(ends[0].strip()), utc(ends[1].strip())
    if closes < opens:
        raise BadCell("a window that closes after it opens", "swap the two, or check date and offset")
    return [opens, closes]


_MAKERS: Mapping[str, Callable[[Column, Mapping[str, str]], Parse]] = {
    "id": _id, "text": _text, "phone": _text, "time": _time, "date": _date, "wall": _wall, "whole": _whole,
    "money": _whole, "decimal": _decimal, "lon": _decimal, "lat": _decimal, "flag": _flag, "choice": _choice,
    "list": _list, "windows": _windows,
}  # fmt: skip


def written(column: Column, *, escape: bool = True) -> Callable[[Any], str]:
    """Return the function that turns a value of a column into its cell; None becomes an empty cell.

    With `escape` (CSV), text that a spreadsheet would take for a formula is made harmless.
    """
    make = _WRITERS.get(column.kind, str)
    if not escape or column.kind not in {"text", "id", "list", "choice", "phone"}:
        return make
    if column.kind == "phone":
        return lambda value: text if _PHONE.fullmatch(text := make(value)) else harmless(text)
    return lambda value: harmless(make(value))


def _write_time(value: Any) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"expected a time with offset, got {value!r}")
        return value.isoformat()
    return str(value)


def _write_date(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _write_flag(value: Any) -> str:
    return str(value) if isinstance(value, str) else ("true" if value else "false")


def _write_list(value: Any) -> str:
    if isinstance(value, str):
        return value
    items = [str(item) for item in value]
    if any(";" in item for item in items):
        raise ValueError(f"items of a list without semicolon, got {items}")
    return ";".join(items)


def _write_windows(value: Any) -> str:
    if isinstance(value, str):
        return value
    return ";".join(f"{_write_time(opens)}/{_write_time(closes)}" for opens, closes in value)


def _write_decimal(value: Any) -> str:
    return value if isinstance(value, str) else repr(float(value))


def _write_whole(value: Any) -> str:
    return value if isinstance(value, str) else str(int(value))


_WRITERS: Mapping[str, Callable[[Any], str]] = {
    "time": _write_time, "date": _write_date, "flag": _write_flag, "list": _write_list, "windows": _write_windows,
    "decimal": _write_decimal, "lon": _write_decimal, "lat": _write_decimal, "whole": _write_whole,
    "money": _write_whole,
}  # fmt: skip
