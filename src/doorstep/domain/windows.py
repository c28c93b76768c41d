"""Spans of a day in which something may begin."""

from collections.abc import Sequence
from dataclasses import dataclass

from doorstep.domain.errors import YourInput
from doorstep.domain.units import Seconds

LATEST = Seconds(2**27)
"""Later than any day ends."""


@dataclass(frozen=True, slots=True, order=True)
class TimeWindow:
    """Span in which service may *start*, both ends included."""

    opens: Seconds
    closes: Seconds

    def __post_init__(self) -> None:
        if self.closes < self.opens:
            raise YourInput(
                f"TimeWindow closes at {self.closes} s, before it opens at {self.opens} s; check the time zone."
            )


WHENEVER = TimeWindow(Seconds(0), LATEST)
"""The window of what has none."""


def left_of(windows: Sequence[TimeWindow], at: Seconds) -> tuple[TimeWindow, ...]:
    """Return what is left of windows from a second on, of no windows all that follows; () where nothing is left.

    >>> left_of([TimeWindow(Seconds(0), Seconds(10)), TimeWindow(Seconds(20), Seconds(60))], Seconds(30))
    (TimeWindow(opens=30, closes=60),)
    """
    return tuple(TimeWindow(max(w.opens, at), w.closes) for w in windows or (WHENEVER,) if w.closes >= at)
