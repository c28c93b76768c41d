"""Whether free time between duties can be named as weekly rests so that each week has its own: used for limits only.

Which free time is which week's rest, and where a short one is made up for, is the driver's choice; the search below
tries them span by span and remembers what it has seen.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from doorstep.operations.duty.calendar import monday, week_of
from doorstep.operations.duty.rules import WeeklyRest

Span = tuple[int, int]
Debts = tuple[tuple[int, int], ...]
"""What is owed: (by when, how long), the most urgent first."""

Rests = tuple[tuple[int, bool], ...]
"""Weekly rests: (week, whether it is a regular one)."""


class _Use(NamedTuple):
    """One thing that a span of free time may be."""

    rested: int
    """When the last weekly rest ended, after it."""
    rests: Rests
    debts: Debts


def in_order(law: WeeklyRest, zone: str, free: Sequence[Span]) -> bool:
    """Return whether weekly rests can be named; the first and the last free span are endless."""
    return _Search(law, zone, free).possible()


class _Search:
    """Tries all ways, span by span; weeks that no later span can touch must have what they need."""

    def __init__(self, law: WeeklyRest, zone: str, free: Sequence[Span]) -> None:
        self.law, self.zone = law, zone
        least = law.compensation_beside or law.reduced
        self.spans = [span for span in free[1:] if span[1] - span[0] >= least]
        self.week = [week_of(begins, zone) for begins, _ in self.spans]
        self.began = free[0][1]
        self.first, self.last = week_of(self.began, zone), week_of(free[-1][0] - 1, zone)

    def possible(self) -> bool:
        """Return whether some way is lawful."""

        @cache
        def go(i: int, rested: int, rests: Rests, debts: Debts) -> bool:
            if i == len(self.spans):
                return not debts
            return any(
                self._weeks_settled(i, rests + use.rests)
                and go(i + 1, use.rested, self._still_seen(i, rests + use.rests), use.debts)
                for use in self._uses(i, rested, debts)
            )

        before = range(self.first, week_of(self.began - 1, self.zone) + 1)
        return go(0, self.began, tuple((week, True) for week in before), ())

    def _weeks_settled(self, i: int, rests: Rests) -> bool:
        """Return whether windows of weeks that are settled by span i, and were not before it, hold enough."""
        weeks = self.law.weeks
        begin = max(self.first, self.week[i] - weeks + 1) if i else self.first
        end = self.last + 1 if i + 1 == len(self.spans) else self.week[i + 1]
        for k in range(begin, end - weeks + 1):
            inside = [regular for week, regular in rests if k <= week < k + weeks]
            if len(inside) < self.law.least or not any(inside):
                return False
        return True

    def _still_seen(self, i: int, rests: Rests) -> Rests:
        coming = self.week[min(i + 1, len(self.spans) - 1)]
        return tuple(sorted(rest for rest in rests if rest[0] > coming - self.law.weeks))

    def _uses(self, i: int, rested: int, debts: Debts) -> Iterator[_Use]:
        (begins, ends), final = self.spans[i], i + 1 == len(self.spans)
        if any(due <= begins for due, _ in debts):
            return
        if not final:
            for left in _repaid(debts, begins, ends - begins - self.law.compensation_beside):
                yield _Use(rested, (), left)
        late = self.law.latest is not None and begins - rested > self.law.latest
        if ends - begins >= self.law.reduced and not late:
            yield from self._named(self.spans[i], debts, final=final)

    def _named(self, span: Span, debts: Debts, *, final: bool) -> Iterator[_Use]:
        """Yield what a span may be as a weekly rest: of every week it touches if very long, else of one."""
        begins, ends = span
        length, regular = ends - begins, self.law.regular
        touched = range(week_of(begins, self.zone), week_of(begins if final else ends - 1, self.zone) + 1)
        if length < regular:
            for week in touched:
                due = int(monday(week + self.law.compensation_weeks + 1, self.zone))
                yield _Use(ends, ((week, False),), tuple(sorted((*debts, (due, regular - length)))))
            return
        rests = [tuple((w, True) for w in touched)] if length >= 2 * regular else [((w, True),) for w in touched]
        spare = length - (2 * regular if length >= 2 * regular else regular)
        for left in _repaid(debts, begins, spare):
            yield from (_Use(ends, named, left) for named in rests)


def _repaid(debts: Debts, at: int, spare: int) -> Iterator[Debts]:
    """Yield what stays owed when some debts, or none, are paid one after the other from an instant on."""
    if not debts:
        yield ()
        return
    (due, owed), later = debts[0], debts[1:]
    if owed <= spare and at + owed <= due:
        yield from _repaid(later, at + owed, spare - owed)
    for left in _repaid(later, at, spare):
        yield (debts[0], *left)
