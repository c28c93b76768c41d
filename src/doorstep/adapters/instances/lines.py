"""Numbers in lines of text, refused by line when they are none."""

import math

from doorstep.adapters.strict_json import LARGEST
from doorstep.domain.errors import YourInput


def numbers(line: str, at: int, name: str) -> list[float]:
    """Return the numbers of a line; raises YourInput with file, line, what was expected and what came."""
    found = []
    for token in line.split():
        try:
            value = float(token)
        except ValueError:
            raise YourInput(f"{name}, line {at}: expected numbers, got {token[:40]!r}.") from None
        if not math.isfinite(value) or abs(value) > LARGEST:
            raise YourInput(f"{name}, line {at}: expected numbers up to {LARGEST:,}, got {token[:40]}.")
        found.append(value)
    return found


def whole(value: float, where: str) -> int:
    """Return a number that must be whole and not negative."""
    if value != int(value) or value < 0:
        raise YourInput(f"{where}: expected a whole number of 0 or more, got {value:g}.")
    return int(value)
