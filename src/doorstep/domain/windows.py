"""Spans of a day in which something may begin."""

from dataclasses import dataclass

from doorstep.domain.errors import YourInput
from doorstep.domain.units import Seconds


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
