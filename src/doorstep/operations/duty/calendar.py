"""Weeks and days of a zone as instants: weeks begin on Mondays at midnight, on the clocks of the zone."""

from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import count
from zoneinfo import ZoneInfo

from doorstep.domain.days import at_clock, first_instant
from doorstep.domain.duty import Instant

MONDAY = date(1970, 1, 5).toordinal()
"""The first Monday after the epoch: week 0."""


@lru_cache(maxsize=16_384)
def midnight(day: int, zone: str) -> Instant:
    """Return the first instant of a day, counted as `date.toordinal` does."""
    return Instant(int(first_instant(date.fromordinal(day).isoformat(), zone).timestamp()))


def day_of(at: int, zone: str) -> int:
    """Return the day in which an instant lies, as an ordinal."""
    guess = datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone)).toordinal()
    # Where clocks pass midnight twice, the day begins at the first.
    return next(day for day in count(guess + 1, -1) if midnight(day, zone) <= at)


def week_of(at: int, zone: str) -> int:
    """Return the week in which an instant lies.

    >>> week_of(0, "UTC"), week_of(4 * 86_400, "UTC")
    (-1, 0)
    """
    return (day_of(at, zone) - MONDAY) // 7


@lru_cache(maxsize=16_384)
def monday(week: int, zone: str) -> Instant:
    """Return the instant at which a week begins."""
    return midnight(MONDAY + 7 * week, zone)


def clock_on(clock: str, day: int, zone: str) -> Instant:
    """Return the instant at which clocks show HH:MM on a day."""
    return Instant(midnight(day, zone) + at_clock(clock, date.fromordinal(day).isoformat(), zone))


def local(at: int, zone: str) -> str:
    """Return an instant as a person in the zone would write it.

    >>> local(0, "Europe/Lisbon")
    '1970-01-01 01:00'
    """
    return f"{datetime.fromtimestamp(at, ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def hours(seconds: int) -> str:
    """Return a span as hours and minutes; odd seconds are named.

    >>> hours(16_200), hours(16_201)
    ('4:30 h', '4:30:01 h')
    """
    whole = f"{seconds // 3600}:{seconds % 3600 // 60:02d}"
    return f"{whole}:{seconds % 60:02d} h" if seconds % 60 else f"{whole} h"
