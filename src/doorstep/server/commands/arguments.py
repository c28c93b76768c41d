"""Arguments that several commands take, with refusals that say what was expected."""

import argparse
import math


def seconds(text: str) -> float:
    """Return a time budget above 0 and up to a day."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 < found <= 86_400:
        raise argparse.ArgumentTypeError(f"expected seconds above 0 and up to 86400, got {text!r}")
    return found


def seed(text: str) -> int:
    """Return a seed that fits 32 bits."""
    if not text.isdecimal() or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"expected a whole number from 0 to 4294967295, got {text!r}")
    return int(text)
