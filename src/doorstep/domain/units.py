"""Whole-number units. `Seconds` of a day are *elapsed* since local midnight, so a night shift runs past 86,400."""

from typing import NewType

Seconds = NewType("Seconds", int)
Metres = NewType("Metres", int)
Cents = NewType("Cents", int)


def per_hour(seconds: int, cents_per_hour: int) -> Cents:
    """Return what `seconds` cost at an hourly rate, half a cent rounded up.

    >>> per_hour(5400, 2500)
    3750
    """
    return Cents((2 * seconds * cents_per_hour + 3600) // 7200)


def per_km(metres: int, cents_per_km: int) -> Cents:
    """Return what `metres` cost at a rate per kilometre, half a cent rounded up.

    >>> per_km(12_500, 30)
    375
    """
    return Cents((2 * metres * cents_per_km + 1000) // 2000)


def clock(at: int) -> str:
    """Return seconds since midnight as HH:MM, for people; beyond the next night by the day.

    >>> clock(34_200), clock(93_600), clock(1_031_100)
    ('09:30', '26:00', 'day 12, 22:25')
    """
    if at >= 48 * 3600:
        return f"day {1 + at // 86_400}, {clock(at % 86_400)}"
    return f"{at // 3600:02d}:{at % 3600 // 60:02d}"
