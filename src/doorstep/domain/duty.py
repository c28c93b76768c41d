"""What a driver did, and what the law still leaves: the one form that every rule set is brought into."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, NewType

from doorstep.domain.days import first_instant
from doorstep.domain.errors import YourInput
from doorstep.domain.units import Seconds
from doorstep.domain.windows import TimeWindow

Counted = Literal["driving", "working", "elapsed"]
"""What a rule counts: seconds at the wheel, seconds at work (driving and service), or all seconds since the start."""


@dataclass(frozen=True, slots=True)
class BreakRule:
    """A break that is due before `after` seconds of something have been counted since the last one.

    A break of `length` in one piece sets the count to 0. With `split`, breaks of these lengths in this order do so
    too (EU 561/2006: 15 then 30 minutes); a part taken before anything was counted is none. `so_far` is what was
    counted before the shift starts, `parts_so_far` how many parts of the split were taken meanwhile. With `windows`,
    one break of `length` starts inside one of them instead, whatever was counted. `waiting_counts`: a wait of that
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
    parts_so_far: int = 0


Instant = NewType("Instant", int)
"""Whole seconds since 1970-01-01T00:00:00Z; a driver's record runs over days, so a day's `Seconds` won't do."""

ActivityKind = Literal["driving", "work", "waiting", "break", "rest"]
"""What a driver does: at the wheel, other work, waiting for work, or free for a while or for the night."""


def instant(day: str, at: int, zone: str) -> Instant:
    """Return the instant of a second of a day (YYYY-MM-DD) in a zone.

    >>> instant("1970-01-02", 3600, "Europe/Lisbon")
    86400
    """
    return Instant(int(first_instant(day, zone).timestamp()) + at)


@dataclass(frozen=True, slots=True)
class Activity:
    """What a driver did, or is planned to do, from an instant until just before another."""

    kind: ActivityKind
    begins: Instant
    ends: Instant


@dataclass(frozen=True, slots=True)
class DutyRecord:
    """A driver's activities in order, and the zone whose Mondays and midnights count.

    Time that nothing is recorded of, before, between and after, was free.
    """

    zone: str
    activities: tuple[Activity, ...] = ()

    def __post_init__(self) -> None:
        for one in self.activities:
            if one.ends <= one.begins:
                raise YourInput(
                    f"Expected an activity that ends after it begins, got {one.kind} from {one.begins} to {one.ends}."
                )
        for one, following in pairwise(self.activities):
            if following.begins < one.ends:
                raise YourInput(
                    f"Expected activities one after the other, got {one.kind} until {one.ends} and {following.kind} "
                    f"from {following.begins}; a driver does one thing at a time."
                )

    def then(self, more: Iterable[Activity]) -> "DutyRecord":
        """Return the record with more activities after its last."""
        return DutyRecord(self.zone, (*self.activities, *more))


@dataclass(frozen=True, slots=True)
class Limits:
    """What the law leaves a driver today, in `Seconds` of a day; `why` gives the article for each figure that binds.

    Whoever starts no earlier than `earliest_start`, is done by `latest_end` and keeps the rest breaks no rule.
    A `latest_end` that isn't after `earliest_start` says that today the driver may not work at all.
    """

    earliest_start: Seconds
    latest_end: Seconds
    max_driving: Seconds
    max_working: Seconds
    breaks: tuple[BreakRule, ...] = ()
    why: Mapping[str, str] = field(default_factory=dict)
