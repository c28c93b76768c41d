"""Days of a zone: when they begin, how long they are, and where a clock time falls in them.

`Seconds` of a day are elapsed since its first instant, so a day on which clocks change has 82,800 or 90,000, and
09:00 is not always second 32,400.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from doorstep.domain.errors import YourInput
from doorstep.domain.units import Seconds


@lru_cache(maxsize=4096)
def first_instant(day: str, zone: str) -> datetime:
    """Return the UTC instant at which a day (YYYY-MM-DD) begins in a zone of the IANA list.

    Where clocks skip midnight, it is the moment of the jump; where they pass it twice, the first.

    >>> first_instant("2026-03-29", "Europe/Lisbon").isoformat()
    '2026-03-29T00:00:00+00:00'
    """
    return datetime.combine(date.fromisoformat(day), time(), ZoneInfo(zone)).astimezone(UTC)


def elapsed(at: str, day: str, zone: str) -> Seconds:
    """Return the seconds from a day's first instant to an ISO 8601 time with offset; negative when before.

    >>> elapsed("2026-03-29T09:00:00+01:00", "2026-03-29", "Europe/Lisbon")
    28800
    """
    return Seconds(int((datetime.fromisoformat(at) - first_instant(day, zone)).total_seconds() // 1))


def at_clock(clock: str, day: str, zone: str) -> Seconds:
    """Return when clocks show HH:MM on a day, elapsed since its first instant; from 24:00 on, the next day.

    Raises YourInput for a time that a change of clocks skips or doubles.

    >>> at_clock("09:00", "2026-03-29", "Europe/Lisbon"), at_clock("24:00", "2026-03-29", "Europe/Lisbon")
    (28800, 82800)
    """
    hours, minutes = int(clock[:2]), int(clock[3:])
    on = (date.fromisoformat(day) + timedelta(days=hours // 24)).isoformat()
    if (hours % 24, minutes) == (0, 0):
        # Midnight begins a day, even where it is skipped or passed twice.
        return elapsed(first_instant(on, zone).isoformat(), day, zone)
    wall = datetime.combine(date.fromisoformat(on), time(hours % 24, minutes), ZoneInfo(zone))
    if wall.utcoffset() != wall.replace(fold=1).utcoffset():
        back = wall.astimezone(UTC).astimezone(wall.tzinfo).replace(tzinfo=None)
        what = "comes twice" if back == wall.replace(tzinfo=None) else "is skipped"
        raise YourInput(
            f"Expected a clock time that exists once, got {clock}, which {what} on {on} in {zone} where clocks change; "
            "move it by an hour."
        )
    return elapsed(wall.astimezone(UTC).isoformat(), day, zone)
