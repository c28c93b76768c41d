"""Whether rosters kept the law: intervals laid side by side, rule by rule. Shares no code with the limits of planning.

Before a record's first activity and after its last the driver is taken to be free, so nobody is accused of what is
not known. `docs/duty.md` says how each article is read where its words allow more than one reading.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, combinations, pairwise
from typing import NamedTuple

from doorstep.domain.duty import Activity, DutyRecord, Instant
from doorstep.operations.duty.calendar import clock_on, day_of, hours, local, midnight, monday, week_of
from doorstep.operations.duty.rules import BreakLaw, DayBreaks, RuleSet, Total, WeeklyRest

EVER = Instant(10**12)
"""Further than any record reaches."""

BUSY = ("driving", "work", "waiting")


@dataclass(frozen=True, slots=True)
class Breach:
    """One rule that was not kept: which, by which article, from when on, in a sentence."""

    rule: str
    article: str
    at: Instant
    sentence: str


def violations(rules: RuleSet, roster: Mapping[str, DutyRecord]) -> tuple[str, ...]:
    """Return a sentence for every rule that a driver's record breaks, by driver and time; none: all was kept."""
    return tuple(f"{driver}: {b.sentence}" for driver, record in roster.items() for b in breaches(rules, record))


def breaches(rules: RuleSet, record: DutyRecord) -> tuple[Breach, ...]:
    """Return what one driver's record breaks, in order of time."""
    line = _Line.of(rules, record)
    if not line.busy:
        return ()
    return tuple(sorted(_all(rules, line), key=lambda breach: (breach.at, breach.rule)))


def _all(rules: RuleSet, line: "_Line") -> Iterator[Breach]:
    for law in rules.breaks:
        yield from _breaks(law, line)
    for day_breaks in rules.day_breaks:
        yield from _day_breaks(day_breaks, line)
    for total in rules.totals:
        yield from _total(total, line)
    yield from _daily_driving(rules, line)
    yield from _daily_rest(rules, line)
    yield from _night(rules, line)
    yield from _window(rules, line)
    yield from _cycle(rules, line)
    if rules.weekly_rest:
        yield from _weekly_rest(rules.weekly_rest, line)


# The line of time


class _Gap(NamedTuple):
    """Free time."""

    begins: int
    ends: int

    @property
    def length(self) -> int:
        """Return its seconds."""
        return self.ends - self.begins


@dataclass(frozen=True, slots=True)
class _Day:
    """What lies between two daily rests: activities, the free time between them, and the rest that follows."""

    busy: tuple[Activity, ...]
    pauses: tuple[_Gap, ...]
    rest: _Gap

    @property
    def begins(self) -> int:
        """Return when the day's first duty began."""
        return self.busy[0].begins

    def seconds(self, kinds: Sequence[str]) -> int:
        """Return how long activities of some kinds lasted."""
        return sum(one.ends - one.begins for one in self.busy if one.kind in kinds)


@dataclass(frozen=True, slots=True)
class _Line:
    """A record cut into busy and free time."""

    zone: str
    working: tuple[str, ...]
    busy: tuple[Activity, ...]
    gaps: tuple[_Gap, ...]
    days: tuple[_Day, ...]

    @classmethod
    def of(cls, rules: RuleSet, record: DutyRecord) -> "_Line":
        """Cut a record; a day ends with free time that is long enough for a daily rest."""
        busy = tuple(one for one in record.activities if one.kind in BUSY)
        if not busy:
            return cls(record.zone, rules.working_kinds, (), (), ())
        ends = [-EVER, *(one.ends for one in busy)]
        begins = [*(one.begins for one in busy), EVER]
        gaps = [_Gap(a, b) for a, b in zip(ends, begins, strict=True)]
        rests = [k for k, gap in enumerate(gaps) if gap.length >= rules.daily_rest.reduced]
        days = tuple(
            _Day(busy[i:j], tuple(g for g in gaps[i + 1 : j] if g.length), gaps[j]) for i, j in pairwise(rests)
        )
        return cls(record.zone, rules.working_kinds, busy, tuple(g for g in gaps if g.length), days)

    def when(self, at: int) -> str:
        """Return an instant for people."""
        return local(at, self.zone)


def _split(one: Activity, edges: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield the parts of an activity between edges, which rise."""
    begins, ends = int(one.begins), int(one.ends)
    for edge in edges:
        if begins < edge < ends:
            yield begins, edge
            begins = edge
    yield begins, ends


# Breaks


def _breaks(law: BreakLaw, line: _Line) -> Iterator[Breach]:
    counter = _Counter(law, line.working)
    before: Activity | None = None
    paused = int(EVER)
    for one in line.busy:
        paused += one.begins - before.ends if before else 0
        if law.pause == "not_driving" and one.kind != "driving":
            paused += one.ends - one.begins
        else:
            counter.pause(paused, int(one.begins))
            paused = 0
            found = counter.take(one)
            if found is not None:
                yield Breach(
                    law.name, law.article, Instant(found),
                    f"{law.name}: expected a pause of {hours(law.length)} before more than {hours(law.after)}, found "
                    f"none by {line.when(found)} ({law.article}).",
                )  # fmt: skip
        before = one


class _Counter:
    """Counts towards one break law, following every way to read the pauses: a part may be taken for one, or not."""

    def __init__(self, law: BreakLaw, working: Sequence[str]) -> None:
        self.law = law
        self.kinds = {"driving": ("driving",), "working": tuple(working), "elapsed": BUSY}[law.counted]
        self.ways: set[tuple[int, int]] = {(0, 0)}  # what was counted, and how many parts of a split were taken
        self.said, self.since = False, 0

    def pause(self, length: int, until: int) -> None:
        """Take a pause; in one piece, or as the last part of a split, it sets the count to 0."""
        split = self.law.split
        if length >= self.law.length:
            self.ways, self.said, self.since = {(0, 0)}, False, until
            return
        taken = {(count, parts + 1) for count, parts in self.ways if split and length >= split[parts]}
        whole = {way for way in taken if way[1] == len(split)}
        self.ways |= (taken - whole) | ({(0, 0)} if whole else set())
        if whole and self.said:
            self.ways, self.said = {(0, 0)}, False

    def take(self, one: Activity) -> int | None:
        """Count an activity; return the instant at which too much was counted, once between two breaks."""
        if self.law.counted == "elapsed":
            over = int(one.ends) - self.since - self.law.after if one.kind == "driving" else 0
        else:
            more = one.ends - one.begins if one.kind in self.kinds else 0
            ways = {(count + more, parts) for count, parts in self.ways}
            over = min(count for count, _ in ways) - self.law.after
            self.ways = {way for way in ways if way[0] <= self.law.after} or ways
        if over <= 0 or self.said:
            return None
        self.said = True
        return max(one.ends - over, one.begins)


def _day_breaks(law: DayBreaks, line: _Line) -> Iterator[Breach]:
    for day in line.days:
        worked = day.seconds(line.working)
        paused = sum(pause.length for pause in day.pauses if pause.length >= law.piece)
        if worked > law.over and paused < law.total:
            yield Breach(
                law.name, law.article, Instant(day.begins),
                f"{law.name}: expected breaks of {hours(law.total)} in all on {line.when(day.begins)} with "
                f"{hours(worked)} of work, found {hours(paused)} ({law.article}).",
            )  # fmt: skip


# Days


def _daily_driving(rules: RuleSet, line: _Line) -> Iterator[Breach]:
    law = rules.daily_driving
    extended: Counter[int] = Counter()
    for day in line.days if law else ():
        assert law is not None  # noqa: S101 - the loop above is empty otherwise
        driven, week = day.seconds(("driving",)), week_of(day.begins, line.zone)
        extended[week] += law.most < driven
        if driven > law.extended or (driven > law.most and extended[week] > law.times_a_week):
            often = f", {law.times_a_week} times a week {hours(law.extended)}" if law.times_a_week else ""
            yield Breach(
                law.name, law.article, Instant(day.begins),
                f"{law.name}: expected at most {hours(law.most)}{often}, found {hours(driven)} on "
                f"{line.when(day.begins)}, extension {extended[week]} of its week ({law.article}).",
            )  # fmt: skip


def _daily_rest(rules: RuleSet, line: _Line) -> Iterator[Breach]:
    law = rules.daily_rest
    weekly = rules.weekly_rest.reduced if rules.weekly_rest else EVER
    reduced = 0
    for day in line.days if law.within is not None else ():
        portion = min(day.rest.ends, day.begins + (law.within or 0)) - day.rest.begins
        first = bool(law.split) and any(pause.length >= law.split[0] for pause in day.pauses)
        regular = portion >= law.regular or (first and portion >= law.split[1])
        reduced += not regular and portion >= law.reduced
        if portion < law.reduced or (not regular and reduced > law.times):
            yield Breach(
                law.name, law.article, Instant(day.begins),
                f"{law.name}: expected {hours(law.regular)} free within {hours(law.within or 0)} of "
                f"{line.when(day.begins)} (at most {law.times} times {hours(law.reduced)}), found "
                f"{hours(max(portion, 0))} ({law.article}).",
            )  # fmt: skip
        reduced = 0 if day.rest.length >= weekly else reduced


def _night(rules: RuleSet, line: _Line) -> Iterator[Breach]:
    law = rules.night
    for day in line.days if law else ():
        assert law is not None  # noqa: S101 - the loop above is empty otherwise
        worked = day.seconds(line.working)
        if worked > law.most and any(_at_night(law.opens, law.closes, one, line) for one in day.busy):
            yield Breach(
                law.name, law.article, Instant(day.begins),
                f"{law.name}: expected at most {hours(law.most)} of work with work between {law.opens} and "
                f"{law.closes}, found {hours(worked)} from {line.when(day.begins)} ({law.article}).",
            )  # fmt: skip


def _at_night(opens: str, closes: str, one: Activity, line: _Line) -> bool:
    if one.kind not in line.working:
        return False
    days = range(day_of(one.begins, line.zone), day_of(one.ends, line.zone) + 1)
    return any(
        one.begins < clock_on(closes, day, line.zone) and clock_on(opens, day, line.zone) < one.ends for day in days
    )


def _window(rules: RuleSet, line: _Line) -> Iterator[Breach]:
    law = rules.window
    for day in line.days if law else ():
        assert law is not None  # noqa: S101 - the loop above is empty otherwise
        barred = ("driving",) if law.bars == "driving" else line.working
        late = [one for one in day.busy if one.kind in barred and one.ends > day.begins + law.most]
        if late:
            at = max(late[0].begins, day.begins + law.most)
            yield Breach(
                law.name, law.article, Instant(at),
                f"{law.name}: expected no {law.bars} later than {hours(law.most)} after {line.when(day.begins)}, found "
                f"{late[0].kind} until {line.when(late[-1].ends)} ({law.article}).",
            )  # fmt: skip


# Weeks


def _total(law: Total, line: _Line) -> Iterator[Breach]:
    kinds = ("driving",) if law.counted == "driving" else line.working
    counted: Counter[int] = Counter()
    for one in line.busy:
        if one.kind in kinds:
            weeks = range(week_of(one.begins, line.zone), week_of(one.ends - 1, line.zone) + 1)
            for week, (begins, ends) in zip(weeks, _split(one, [monday(w, line.zone) for w in weeks]), strict=True):
                counted[week] += ends - begins
    for week in sorted(counted):
        found = sum(counted[w] for w in range(week - law.weeks + 1, week + 1))
        if found > law.most:
            until = monday(week + 1, line.zone)
            span = f"{law.weeks} weeks" if law.weeks > 1 else "the week"
            yield Breach(
                law.name, law.article, monday(week, line.zone),
                f"{law.name}: expected at most {hours(law.most)} in {span} until {line.when(until)}, found "
                f"{hours(found)} ({law.article}).",
            )  # fmt: skip


class _Clock:
    """How long somebody was busy before any instant."""

    def __init__(self, busy: Sequence[Activity]) -> None:
        self._begins = [int(one.begins) for one in busy]
        self._ends = [int(one.ends) for one in busy]
        self._sums = [0, *accumulate(one.ends - one.begins for one in busy)]

    def before(self, at: int) -> int:
        """Return the busy seconds before an instant."""
        k = bisect_right(self._begins, at)
        return self._sums[k] - (max(0, self._ends[k - 1] - at) if k else 0)


def _cycle(rules: RuleSet, line: _Line) -> Iterator[Breach]:
    law = rules.cycle
    if law is None:
        return
    restarts, clock = [gap.ends for gap in line.gaps if gap.length >= law.restart], _Clock(line.busy)
    for one in line.busy:
        if one.kind != "driving":
            continue
        days = range(day_of(one.begins, line.zone), day_of(one.ends - 1, line.zone) + 1)
        for day, (_, until) in zip(days, _split(one, [midnight(d, line.zone) for d in days]), strict=True):
            since = max(midnight(day - law.days + 1, line.zone), *restarts[: bisect_right(restarts, one.begins)][-1:])
            on_duty = clock.before(until) - clock.before(since)
            if on_duty > law.most:
                at = max(until - (on_duty - law.most), one.begins)
                yield Breach(
                    law.name, law.article, Instant(at),
                    f"{law.name}: expected no driving after {hours(law.most)} on duty in {law.days} days, found "
                    f"{hours(on_duty)} by {line.when(until)} ({law.article}).",
                )  # fmt: skip
                return


# Weekly rests: which free time counts as which week's rest is the driver's choice, so all choices are followed at once


class _Choice(NamedTuple):
    """One way to name weekly rests so far: the last one's end, (week, regular) of each, and what is owed by when."""

    ended: int
    named: tuple[tuple[int, bool], ...]
    owed: tuple[tuple[int, int], ...]


def _weekly_rest(law: WeeklyRest, line: _Line) -> Iterator[Breach]:
    weekly = [gap for gap in line.gaps if gap.length >= law.reduced]
    late = [(a, b) for a, b in pairwise(weekly) if law.latest is not None and b.begins - a.ends > law.latest]
    for before, after in late:
        yield Breach(
            f"{law.name} begins late", law.article, Instant(before.ends),
            f"{law.name}: expected one to begin within {hours(law.latest or 0)} of {line.when(before.ends)}, the next "
            f"began at {line.when(after.begins)} ({law.article}).",
        )  # fmt: skip
    alone = _Weeks(law, line, compensating=False)
    if not alone.possible(weekly):
        yield Breach(
            law.name, law.article, Instant(line.busy[0].begins),
            f"{law.name}: expected {law.least} in any {law.weeks} weeks, among them one of {hours(law.regular)}, found "
            f"{len(weekly) - 2} of {hours(law.reduced)} or more between {line.when(line.busy[0].begins)} and "
            f"{line.when(line.busy[-1].ends)} ({law.article}).",
        )  # fmt: skip
    elif not late and law.compensation_weeks:
        hosts = [gap for gap in line.gaps if gap.length >= law.compensation_beside]
        if not _Weeks(law, line, compensating=True).possible(hosts):
            yield Breach(
                f"{law.name} compensated", law.article, Instant(line.busy[0].begins),
                f"{law.name}: expected every rest below {hours(law.regular)} to be made up for in one piece by the end "
                f"of the third week after, found no way to read the roster so ({law.article}).",
            )  # fmt: skip


class _Weeks:
    """Follows all choices from one free span to the next, keeping only what later weeks can see."""

    def __init__(self, law: WeeklyRest, line: _Line, *, compensating: bool) -> None:
        self.law, self.zone, self.compensating = law, line.zone, compensating
        self.first, self.last = week_of(line.busy[0].begins, line.zone), week_of(line.busy[-1].ends - 1, line.zone)

    def possible(self, gaps: Sequence[_Gap]) -> bool:
        """Return whether some choice satisfies the law."""
        choices = {_Choice(gaps[0].ends, tuple(self._all_of(gaps[0])), ())}
        checked = self.first
        for gap in gaps[1:]:
            # Whatever comes now lies in this week or later: windows that end before it are settled.
            week = week_of(gap.begins, self.zone)
            choices = {self._seen_from(c, week) for c in choices if self._holds(c.named, checked, week)}
            checked = max(checked, week - self.law.weeks + 1)
            choices = {after for choice in choices for after in self._after(choice, gap)}
        return any(not c.owed and self._holds(c.named, checked, self.last + 1) for c in choices)

    def _holds(self, named: Sequence[tuple[int, bool]], begin: int, until: int) -> bool:
        """Return whether every window of weeks from `begin` on that ends before `until` has its rests."""
        for k in range(max(begin, self.first), until - self.law.weeks + 1):
            inside = [regular for week, regular in named if k <= week < k + self.law.weeks]
            if len(inside) < self.law.least or not any(inside):
                return False
        return True

    def _seen_from(self, choice: _Choice, week: int) -> _Choice:
        return choice._replace(named=tuple(n for n in choice.named if n[0] > week - self.law.weeks))

    def _after(self, choice: _Choice, gap: _Gap) -> Iterator[_Choice]:
        """Yield what may be made of a gap: no weekly rest, or that of a week; debts may be paid out of the rest."""
        paid = self._paid
        if gap.ends < EVER:  # the rest after the record's end is one, else nothing would ask for it in time
            yield from paid(choice, gap, gap.length - self.law.compensation_beside)
        late = self.compensating and self.law.latest is not None and gap.begins - choice.ended > self.law.latest
        if gap.length < self.law.reduced or late:
            return
        rested = choice._replace(ended=gap.ends)
        if gap.length >= 2 * self.law.regular:
            named = (*rested.named, *self._all_of(gap))
            yield from paid(rested._replace(named=named), gap, gap.length - 2 * self.law.regular)
            return
        for week, regular in self._each_of(gap):
            named = tuple(sorted((*rested.named, (week, regular))))
            if regular:
                yield from paid(rested._replace(named=named), gap, gap.length - self.law.regular)
            else:
                due = monday(week + self.law.compensation_weeks + 1, self.zone)
                owed = (*rested.owed, (due, self.law.regular - gap.length)) if self.compensating else ()
                yield _Choice(gap.ends, named, tuple(sorted(owed)))

    def _weeks_of(self, gap: _Gap) -> range:
        begin = self.first if gap.begins == -EVER else week_of(gap.begins, self.zone)
        end = self.last if gap.ends == EVER else week_of(gap.ends - 1, self.zone)
        return range(max(begin, self.first), min(end, self.last) + 1)

    def _all_of(self, gap: _Gap) -> list[tuple[int, bool]]:
        return [(week, True) for week in self._weeks_of(gap)]

    def _each_of(self, gap: _Gap) -> list[tuple[int, bool]]:
        return [(week, gap.length >= self.law.regular) for week in self._weeks_of(gap)]

    def _paid(self, choice: _Choice, gap: _Gap, spare: int) -> Iterator[_Choice]:
        """Yield the choice with any of its debts paid one after the other from the gap's beginning, or none."""
        alive = [debt for debt in choice.owed if debt[0] > gap.begins]
        if len(alive) < len(choice.owed):
            return
        yield choice
        for size in range(1, len(alive) + 1):
            for some in combinations(range(len(alive)), size):
                at, in_time = gap.begins, True
                for due, length in (alive[i] for i in some):
                    at += length
                    in_time = in_time and at <= due
                if in_time and at - gap.begins <= spare:
                    yield choice._replace(owed=tuple(d for i, d in enumerate(alive) if i not in some))
