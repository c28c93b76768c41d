"""How the checker writes times: by the clock of the problem's day, to the second where that is not 0."""

from collections.abc import Sequence

from doorstep.domain.units import clock
from doorstep.domain.windows import TimeWindow

LATEST = 2**28
"""Beyond this no second of a day can be meant."""

YEAR = 366 * 86_400
"""No road takes so long: it is what is written where none leads from one place to another."""


def moment(at: int) -> str:
    """Return a time of the day: two that differ do not look alike. What is none stays a number.

    >>> moment(34_200), moment(34_212), moment(93_600), moment(-5)
    ('09:30', '09:30:12', '26:00', '-5 s')
    """
    if not 0 <= at <= LATEST:
        return f"{at} s"
    return clock(at) + (f":{at % 60:02d}" if at % 60 else "")


def lasting(seconds: int) -> str:
    """Return how long something lasts, exactly.

    >>> lasting(2_700), lasting(3_661), lasting(0)
    ('45 min', '1 h 1 min 1 s', '0 s')
    """
    if seconds <= 0:
        return f"{seconds} s"
    hours, minutes, rest = seconds // 3600, seconds % 3600 // 60, seconds % 60
    told = ((hours, "h"), (minutes, "min"), (rest, "s"))
    return " ".join(f"{amount} {unit}" for amount, unit in told if amount)


def spans(windows: Sequence[TimeWindow], most: int = 3) -> str:
    """Return windows from when to when, the first of many."""
    more = f" and {len(windows) - most} more" if len(windows) > most else ""
    return ", ".join(f"{moment(w.opens)}-{moment(w.closes)}" for w in windows[:most]) + more
