"""The ring town's days: tomorrow is a working day of September, another weekday for another seed."""

from dataclasses import dataclass
from datetime import date, timedelta

from doorstep.town.calendar import Calendar

FIRST_MONDAY = date(2026, 9, 14)
HOURS = -8
"""The zone, whole hours from UTC; no clock changes in the middle of an ocean."""

SUNDAY = 6


@dataclass(frozen=True, slots=True)
class Days(Calendar):
    """The plumbing's calendar with a tomorrow of its own."""

    tomorrow: date = FIRST_MONDAY

    def date(self, day: int) -> date:
        """Return the date of a day's number."""
        return self.tomorrow + timedelta(days=day - self.days)

    def number(self, day: str) -> int:
        """Return the number of an ISO date."""
        return self.days + (date.fromisoformat(day) - self.tomorrow).days

    def odd_week(self, day: int) -> bool:
        """Return whether a day lies in an odd week, for people who change between two shifts."""
        return bool(self.date(day).isocalendar().week % 2)


def calendar(seed: int, days: int) -> Days:
    """Return the calendar of a world: Monday to Friday by its seed."""
    return Days(days, HOURS, FIRST_MONDAY + timedelta(days=seed % 5))
