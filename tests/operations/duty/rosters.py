"""Hand-written records: clock times of a zone, one activity after the other."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from doorstep.domain.duty import Activity, ActivityKind, DutyRecord, Instant

LISBON = "Europe/Lisbon"
SHORT: dict[str, ActivityKind] = {"D": "driving", "W": "work", "A": "waiting", "B": "break"}


def day(begins: str, told: str, zone: str = LISBON) -> list[Activity]:
    """Return activities one after the other from a local time on; `told` is like "D4:30 B0:45 W2:00"."""
    at = int(datetime.fromisoformat(begins).replace(tzinfo=ZoneInfo(zone)).timestamp())
    found = []
    for word in told.split():
        hours, minutes = word[1:].split(":")
        length = int(timedelta(hours=int(hours), minutes=int(minutes)).total_seconds())
        found.append(Activity(SHORT[word[0]], Instant(at), Instant(at + length)))
        at += length
    return found


def record(*days: list[Activity], zone: str = LISBON) -> DutyRecord:
    return DutyRecord(zone, tuple(activity for one in days for activity in one))


def week(monday: str, told: str, days: int = 5) -> list[Activity]:
    """Return the same day from Monday on."""
    first = datetime.fromisoformat(monday)
    return [a for k in range(days) for a in day((first + timedelta(days=k)).isoformat(), told)]
