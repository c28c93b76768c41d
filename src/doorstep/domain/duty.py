"""What a driver may be asked to do before a break: the one form that every rule set is brought into."""

from dataclasses import dataclass
from typing import Literal

from doorstep.domain.units import Seconds
from doorstep.domain.windows import TimeWindow

Counted = Literal["driving", "working", "elapsed"]
"""What a rule counts: seconds at the wheel, seconds at work (driving and service), or all seconds since the start."""


@dataclass(frozen=True, slots=True)
class BreakRule:
    """A break that is due before `after` seconds of something have been counted since the last one.

    A break of `length` in one piece sets the count to 0. With `split`, breaks of these lengths in this order do so
    too (EU 561/2006: 15 then 30 minutes). `so_far` is what was counted before the shift starts. With `windows`, one
    break of `length` starts inside one of them instead, whatever was counted. `waiting_counts`: a wait of that
    length at a door is a break as well. `name` says whose rule it is.
    """

    name: str
    counted: Counted
    after: Seconds
    length: Seconds
    split: tuple[Seconds, ...] = ()
    so_far: Seconds = Seconds(0)
    windows: tuple[TimeWindow, ...] = ()
    waiting_counts: bool = False
