"""The town's days: number 0 is the first of its past, number `days` is tomorrow, a Wednesday in June."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

TOMORROW = date(2026, 6, 3)
"""The day nobody has driven yet; a fixed day, so that the same seed writes the same bytes whenever it runs."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days before TOMORROW and a zone `hours` whole hours from UTC, without clock changes."""

    days: int
    hours: int

    @property
    def timezone(self) -> str:
        """Return the IANA name of the zone; its sign runs against the offset's, as POSIX has it."""
        return f"Etc/GMT{-self.hours:+d}" if self.hours else "UTC"

    def date(self, day: int) -> date:
        """Return the date of a day's number."""
        return TOMORROW + timedelta(days=day - self.days)

    def number(self, day: str) -> int:
        """Return the number of an ISO date."""
        return self.days + (date.fromisoformat(day) - TOMORROW).days

    def iso(self, day: int) -> str:
        """Return a day's ISO date."""
        return self.date(day).isoformat()

    def weekday(self, day: int) -> int:
        """Return 0 for Monday to 6 for Sunday."""
        return self.date(day).weekday()

    def weekend(self, day: int) -> bool:
        """Return whether people have their days off."""
        return self.weekday(day) >= 5

    def stamps(self, day: int, seconds: Ints) -> list[str]:
        """Return ISO times with offset for seconds since midnight of a day."""
        at = np.datetime64(self.iso(day), "s") + seconds.astype("timedelta64[s]")
        offset = f"{self.hours:+03d}:00"
        return [text + offset for text in np.datetime_as_string(at).tolist()]

    def stamp(self, day: int, seconds: int) -> str:
        """Return one ISO time with offset."""
        return self.stamps(day, np.array([seconds]))[0]


def zone_hours(lon: float) -> int:
    """Return the whole-hour zone of a longitude, toward Greenwich; a town's zone, not an almanac's.

    >>> zone_hours(-30.0), zone_hours(-29.9), zone_hours(-8.6), zone_hours(24.9)
    (-2, -2, 0, 1)
    """
    return int((lon + (1 if lon > 0 else -1)) / 15)
