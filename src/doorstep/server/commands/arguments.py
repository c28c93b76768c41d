"""Arguments that several commands take, with refusals that say what was expected."""

import argparse
import math
import os
import re
from datetime import date, datetime


def seconds(text: str) -> float:
    """Return a time budget above 0 and up to a day."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 < found <= 86_400:
        raise argparse.ArgumentTypeError(f"expected seconds above 0 and up to 86400, got {text!r}")
    return found


def percent(text: str) -> float:
    """Return a share above 0 and up to 1, told in percent."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 < found <= 100:
        raise argparse.ArgumentTypeError(f"expected a percentage above 0 and up to 100, got {text!r}")
    return found / 100


def seed(text: str) -> int:
    """Return a seed that fits 32 bits."""
    if not text.isdecimal() or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"expected a whole number from 0 to 4294967295, got {text!r}")
    return int(text)


def iterations(text: str) -> int:
    """Return a count of iterations: 1 to a billion."""
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= 10**9:
        raise argparse.ArgumentTypeError(f"expected a whole number of iterations from 1 to 1000000000, got {text!r}")
    return int(text)


HELP_ITERATIONS = "count iterations instead of seconds: the same plan however fast the machine"


def searches(text: str) -> int:
    """Return how many searches run at once: 1 to 64."""
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 to 64, got {text!r}")
    return int(text)


def two_cores() -> int:
    """Return 2 where this process may use two cores, else 1: more searches than two gain little."""
    return min(2, all_cores())


def all_cores() -> int:
    """Return how many cores this process may use, up to 64."""
    return min(64, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def cents(text: str) -> int:
    """Return a price from 0 to a billion cents."""
    if not (text.isascii() and text.isdecimal()) or int(text) > 10**9:
        raise argparse.ArgumentTypeError(f"expected whole cents from 0 to 1000000000, got {text!r}")
    return int(text)


def day(text: str) -> str:
    """Return a day as YYYY-MM-DD, the one way in which days are kept."""
    try:
        found = date.fromisoformat(text).isoformat()
    except ValueError:
        found = ""
    if found != text:
        raise argparse.ArgumentTypeError(f"expected a day as YYYY-MM-DD, for instance 2026-11-20, got {text!r}")
    return text


def instant(text: str) -> str:
    """Return an ISO 8601 time that says its offset from UTC."""
    try:
        found: datetime | None = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not re.match(r"\d{4}-\d\d-\d\d[T ]", text):
        raise argparse.ArgumentTypeError(
            f"expected a time with its offset from UTC, for instance 2026-11-20T18:00:00+01:00, got {text!r}"
        )
    return text


def minutes(text: str) -> int:
    """Return the seconds of a span in whole minutes, up to a day."""
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= 1440:
        raise argparse.ArgumentTypeError(f"expected whole minutes from 1 to 1440, got {text!r}")
    return 60 * int(text)


def futures(text: str) -> int:
    """Return how many futures are planned: 1 to 1,000."""
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"expected a whole number of futures from 1 to 1000, got {text!r}")
    return int(text)


def moment(text: str) -> int:
    """Return seconds since midnight of a time of day, HH:MM; hours may go past 24 for a night shift."""
    found = re.fullmatch(r"(\d\d?):([0-5]\d)", text)
    if not found or int(found[1]) > 47:
        raise argparse.ArgumentTypeError(f"expected a time of day as HH:MM, for instance 14:30, got {text!r}")
    return int(found[1]) * 3600 + int(found[2]) * 60
