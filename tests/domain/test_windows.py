"""What is left of windows once a day is under way."""

import pytest

from doorstep.domain.units import Seconds
from doorstep.domain.windows import LATEST, TimeWindow, left_of


def window(opens: int, closes: int) -> TimeWindow:
    return TimeWindow(Seconds(opens), Seconds(closes))


@pytest.mark.parametrize(
    ("windows", "left"),
    [
        ([], [(30, LATEST)]),
        ([(0, 29)], []),
        ([(0, 30)], [(30, 30)]),
        ([(0, 40), (10, 20), (50, 60)], [(30, 40), (50, 60)]),
    ],
)
def test_of_windows_the_part_that_is_not_over_is_left(windows, left):
    assert left_of([window(*w) for w in windows], Seconds(30)) == tuple(window(*w) for w in left)
