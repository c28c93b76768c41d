"""What the law leaves a driver today, from what was clocked so far, in the form that the search plans with.

Limits are careful where the search's form is coarser than the law: they may forbid what a lawyer would find a way to
allow, never the other way round. The roster validator shares no code with them.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from doorstep.domain.duty import Activity, BreakRule, Counted, DutyRecord, Limits, instant
from doorstep.domain.errors import YourInput
from doorstep.domain.problem import PlannedShift
from doorstep.domain.units import Seconds, clock
from doorstep.operations.duty.calendar import clock_on, day_of, hours, local, midnight, monday, week_of
from doorstep.operations.duty.rules import BreakLaw, DailyRest, DayBreaks, RuleSet, WeeklyRest
from doorstep.operations.duty.weekly import in_order

LONG = 400 * 86_400
"""Longer than anything a rule asks for: the free time before a record begins."""

AHEAD_DAYS = 4
"""How many midnights ahead an earliest start is looked for."""


def todays_limits(
    rules: RuleSet,
    history: DutyRecord,
    day: str,
    starts: Seconds,
    *,
    ends: Seconds | None = None,
    exceptions: bool = False,
) -> Limits:
    """Return what a shift that would start at `starts` of `day` may hold, `Seconds` being of that day.

    Without `exceptions` today uses up none of those that the law counts (a tenth hour at the wheel, a reduced daily
    rest). `ends` spares a day shift the limits of night work. Raises YourInput where the record runs past the start.
    """
    begin = instant(day, 0, history.zone)
    past = _Past(rules, history)
    start = begin + starts
    if past.busy and past.last_end > start:
        raise YourInput(
            f"Expected a record that ends before the shift starts at {local(start, history.zone)}, got one until "
            f"{local(past.last_end, history.zone)}; leave out what comes later."
        )
    until = begin + ends if ends is not None else start + 86_400
    found = next(_tries(past, start, until, exceptions=exceptions), None)
    if found is None:
        never = Seconds(start - begin + AHEAD_DAYS * 86_400)
        why = {"latest_end": f"no duty within {AHEAD_DAYS} days keeps {rules.title}"}
        return Limits(never, never, Seconds(0), Seconds(0), (), why)
    return Limits(
        Seconds(found.start - begin), Seconds(found.end - begin), Seconds(found.driving), Seconds(found.working),
        found.breaks, found.why,
    )  # fmt: skip


def with_limits(shift: PlannedShift, limits: Limits) -> PlannedShift:
    """Return a shift inside its driver's limits; one for which nothing is left gets no stops."""
    starts = max(shift.starts, limits.earliest_start)
    ends = min(shift.ends, limits.latest_end)
    if ends <= starts:
        return replace(shift, max_stops=0)
    span = ends - starts
    return replace(
        shift,
        starts=starts,
        ends=ends,
        max_driving=_least(shift.max_driving, limits.max_driving, span),
        max_working=_least(shift.max_working, limits.max_working, span),
        breaks=(*shift.breaks, *limits.breaks),
    )


def weeks_back(rules: RuleSet) -> int:
    """Return how many weeks before a day a record must reach for its limits to be right."""
    weekly = rules.weekly_rest
    rests = weekly.weeks + weekly.compensation_weeks if weekly else 0
    return 1 + max(3, rests, *(total.weeks for total in rules.totals))


def in_words(shift: PlannedShift, limits: Limits) -> tuple[str, ...]:
    """Return what the law takes from a shift as it was planned, with the article; breaks are told by the plan."""
    span = shift.ends - shift.starts
    told = [
        ("earliest_start", limits.earliest_start > shift.starts, f"begins at {clock(limits.earliest_start)}"),
        ("latest_end", limits.latest_end < shift.ends, f"is back by {clock(limits.latest_end)}"),
        ("max_driving", limits.max_driving < span, f"drives {hours(limits.max_driving)} at most"),
        ("max_working", limits.max_working < span, f"works {hours(limits.max_working)} at most"),
    ]
    if with_limits(shift, limits).max_stops == 0:
        why = limits.why.get("earliest_start") or limits.why.get("latest_end") or "nothing is left of the day"
        return (f"may not work today: {why}",)
    return tuple(
        f"{what}: {limits.why[figure]}" if figure in limits.why else what for figure, binds, what in told if binds
    )


def _least(own: Seconds | None, legal: Seconds, span: int) -> Seconds | None:
    """Return the stricter of two totals; what a span can't reach anyway is no limit."""
    if legal >= span:
        return own
    return legal if own is None else min(own, legal)


# What was


class _Past:
    """A record as today's limits see it: busy time, the days it falls into, and the last of them."""

    def __init__(self, rules: RuleSet, record: DutyRecord) -> None:
        self.rules, self.zone = rules, record.zone
        self.busy = [one for one in record.activities if one.kind in ("driving", "work", "waiting")]
        self.last_end = int(self.busy[-1].ends) if self.busy else -LONG
        self.days: list[list[Activity]] = []
        for one in self.busy:
            if not self.days or one.begins - self.days[-1][-1].ends >= rules.daily_rest.reduced:
                self.days.append([])
            self.days[-1].append(one)

    def worked(self, activities: Sequence[Activity]) -> int:
        """Return the working time in some activities."""
        return sum(one.ends - one.begins for one in activities if one.kind in self.rules.working_kinds)

    def weeks(self, kinds: Sequence[str]) -> Counter[int]:
        """Return seconds of some kinds of activity by week."""
        found: Counter[int] = Counter()
        for one in self.busy:
            at = int(one.begins)
            while one.kind in kinds and at < one.ends:
                week = week_of(at, self.zone)
                ends = min(int(one.ends), int(monday(week + 1, self.zone)))
                found[week] += ends - at
                at = ends
        return found

    def reduced_rests(self, gap: int) -> int:
        """Return how many reduced daily rests there were since the last weekly one, a last one of `gap` included."""
        law, weekly = self.rules.daily_rest, self.rules.weekly_rest
        count = 0
        for k, day in enumerate(self.days):
            ended = int(day[-1].ends)
            free = int(self.days[k + 1][0].begins) - ended if k + 1 < len(self.days) else gap
            taken = min(free, int(day[0].begins) + (law.within or LONG) - ended)
            count += taken < law.regular and not (_in_two_parts(law, day) and taken >= law.split[1])
            count = 0 if weekly and free >= weekly.reduced else count
        return count


def _pauses(day: Sequence[Activity]) -> list[int]:
    return [b.begins - a.ends for a, b in pairwise(day) if b.begins > a.ends]


def _in_two_parts(law: DailyRest, day: Sequence[Activity], gap: int = 0) -> bool:
    """Return whether the first part of a divided rest was taken."""
    return bool(law.split) and any(pause >= law.split[0] for pause in [*_pauses(day), gap])


# What may be


@dataclass
class _Today:
    """Limits in the making, for duty from `start` on; `day` holds what was done since the last daily rest."""

    start: int
    day: list[Activity]
    gap: int
    end: int
    driving: int = 86_400
    working: int = 86_400
    breaks: tuple[BreakRule, ...] = ()
    why: dict[str, str] | None = None

    @property
    def begins(self) -> int:
        """Return when today's first duty began."""
        return int(self.day[0].begins) if self.day else self.start

    def until(self, end: int, why: str) -> None:
        """End no later than so."""
        self._least("end", end, "latest_end", why)

    def at_the_wheel(self, seconds: int, why: str) -> None:
        """Drive no longer than so."""
        self._least("driving", max(seconds, 0), "max_driving", why)

    def at_work(self, seconds: int, why: str) -> None:
        """Work no longer than so."""
        self._least("working", max(seconds, 0), "max_working", why)

    def _least(self, name: str, value: int, figure: str, why: str) -> None:
        if value < getattr(self, name):
            setattr(self, name, value)
            self.why = {**(self.why or {}), figure: why}


def _tries(past: _Past, start: int, until: int, *, exceptions: bool) -> Iterator["_Found"]:
    """Yield limits for the wanted start, or for the first one after it for which something is left."""
    for at, why in _starts(past, start, exceptions=exceptions):
        today = _opened(past, at, exceptions=exceptions)
        if today is None:
            continue
        _bounded(past, today, min(max(until, at), at + 86_400), exceptions=exceptions)
        if today.end > today.start and today.driving > 0 and today.working > 0:
            told = dict(today.why or {})
            if at > start:
                told["earliest_start"] = why
            yield _Found(at, today.end, today.driving, today.working, _breaks(past, today), told)


@dataclass(frozen=True)
class _Found:
    """Limits as instants."""

    start: int
    end: int
    driving: int
    working: int
    breaks: tuple[BreakRule, ...]
    why: dict[str, str]


def _starts(past: _Past, start: int, *, exceptions: bool) -> list[tuple[int, str]]:
    """Return when duty may begin, and which rest that waits for: as wanted, after a rest, or as days and weeks pass."""
    rules, rest = past.rules, past.rules.daily_rest
    after = [(_rest_needed(past, exceptions=exceptions), rest.article), (int(rest.regular), rest.article)]
    if rules.weekly_rest:
        weekly = rules.weekly_rest
        after += [(int(weekly.reduced), weekly.article), (int(weekly.regular), weekly.article)]
        after += [(2 * int(weekly.regular), weekly.article)]
    if rules.cycle:
        after.append((int(rules.cycle.restart), rules.cycle.article))
    found = [(start, "")]
    found += [
        (past.last_end + length, f"{hours(length)} free after {local(past.last_end, past.zone)} ({article})")
        for length, article in after
        if past.busy and past.last_end + length > start
    ]
    today = day_of(start, past.zone)
    found += [(int(midnight(today + k, past.zone)), "hours of days and weeks before") for k in range(1, AHEAD_DAYS + 1)]
    return sorted(found)


def _rest_needed(past: _Past, *, exceptions: bool) -> int:
    """Return how much free time after the record makes a new day without a further exception."""
    law = past.rules.daily_rest
    if not past.days or law.within is None:
        return law.regular
    day = past.days[-1]
    room = int(day[0].begins) + law.within - past.last_end
    if room < law.regular or _in_two_parts(law, day):
        return law.reduced  # the exception was spent when the day grew so long, or the first part was taken
    spare = exceptions and past.reduced_rests(law.reduced) <= law.times
    return law.reduced if spare else law.regular


def _opened(past: _Past, at: int, *, exceptions: bool) -> _Today | None:
    """Return today as a new day, or as the day that the record ended in going on; None: no duty may begin then."""
    law, gap = past.rules.daily_rest, at - past.last_end
    if not past.days or gap >= _rest_needed(past, exceptions=exceptions):
        return _Today(at, [], gap, at + 86_400)
    if gap >= law.reduced:
        return None
    today = _Today(at, past.days[-1], gap, at + 86_400)
    # Whoever leaves later must not make a rest out of the gap.
    today.until(past.last_end + law.reduced - 1, law.article)
    return today


def _bounded(past: _Past, today: _Today, until: int, *, exceptions: bool) -> None:
    """Apply every rule but breaks; weekly rests last, since they look at what the others left."""
    _bound_by_daily_rest(past, today, exceptions=exceptions)
    _bound_daily_driving(past, today, exceptions=exceptions)
    _bound_by_window_and_cycle(past, today)
    if today.start < until < today.end:
        today.end = until
        (today.why or {}).pop("latest_end", None)
    _bound_by_weekly_rest(past, today)
    if today.end > today.start:
        _bound_totals(past, today)
        _bound_night(past, today)


def _bound_by_daily_rest(past: _Past, today: _Today, *, exceptions: bool) -> None:
    law = past.rules.daily_rest
    if law.within is None:
        return
    used = past.reduced_rests(today.gap) if not today.day else past.reduced_rests(law.regular)
    parts = bool(today.day) and _in_two_parts(law, today.day, today.gap)
    rest = law.regular
    if parts:
        rest = law.split[1]
    elif exceptions and used < law.times:
        rest = law.reduced
    today.until(today.begins + law.within - rest, law.article)


def _bound_daily_driving(past: _Past, today: _Today, *, exceptions: bool) -> None:
    law = past.rules.daily_driving
    if law is None:
        return
    driven = _driven(today.day)
    week = week_of(today.begins, past.zone)
    before = past.days[:-1] if today.day else past.days
    used = sum(_driven(day) > law.most for day in before if week_of(day[0].begins, past.zone) == week)
    longer = (exceptions or driven > law.most) and used < law.times_a_week
    today.at_the_wheel((law.extended if longer else law.most) - driven, law.article)


def _driven(day: Sequence[Activity]) -> int:
    return sum(one.ends - one.begins for one in day if one.kind == "driving")


def _bound_by_window_and_cycle(past: _Past, today: _Today) -> None:
    window, cycle = past.rules.window, past.rules.cycle
    if window:
        today.until(today.begins + window.most, window.article)
    if cycle is None:
        return
    restarts = [b.begins for a, b in pairwise(past.busy) if b.begins - a.ends >= cycle.restart]
    since = max([int(midnight(day_of(today.start, past.zone) - cycle.days + 1, past.zone)), *map(int, restarts)])
    since = today.start if today.gap >= cycle.restart else since
    on_duty = sum(max(0, one.ends - max(int(one.begins), since)) for one in past.busy)
    today.until(today.start + cycle.most - on_duty, cycle.article)


def _bound_totals(past: _Past, today: _Today) -> None:
    """Leave of each span of weeks what earlier weeks left; a wait that is work bounds the end instead."""
    weeks = range(week_of(today.start, past.zone), week_of(today.end - 1, past.zone) + 1)
    for law in past.rules.totals:
        counted = past.weeks(("driving",) if law.counted == "driving" else past.rules.working_kinds)
        left = min(law.most - sum(counted[w] for w in range(k - law.weeks + 1, k + 1)) for k in weeks)
        if law.counted == "driving":
            today.at_the_wheel(left, law.article)
        else:
            _bound_work(past, today, left, law.article)


def _bound_work(past: _Past, today: _Today, left: int, why: str) -> None:
    if past.rules.waiting_is_work:
        today.until(today.start + left, why)
    today.at_work(left, why)


def _bound_night(past: _Past, today: _Today) -> None:
    law = past.rules.night
    if law is None:
        return
    spans = [(today.start, today.end), *((int(a.begins), int(a.ends)) for a in today.day)]
    days = range(day_of(today.begins, past.zone) - 1, day_of(today.end, past.zone) + 1)
    nights = [(clock_on(law.opens, d, past.zone), clock_on(law.closes, d, past.zone)) for d in days]
    if any(a < closes and opens < b for a, b in spans for opens, closes in nights):
        _bound_work(past, today, law.most - past.worked(today.day), law.article)


# Weekly rest


def _bound_by_weekly_rest(past: _Past, today: _Today) -> None:
    """End as late as leaves some way to name the weekly rests: an earlier end is never worse."""
    law = past.rules.weekly_rest
    if law is None or today.end <= today.start:
        return
    possible = _possible_ends(past, law, today.start)
    low, high = today.start, today.end
    if possible(high):
        return
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if possible(middle) else (low, middle)
    today.until(low, law.article)


def _possible_ends(past: _Past, law: WeeklyRest, start: int) -> Callable[[int], bool]:
    """Return whether duty from `start` to an end leaves the record's weekly rests in order.

    Where the record alone has none in order, only the time since the last weekly rest is looked at.
    """
    busy = past.busy
    free = [(-LONG * 20, int(busy[0].begins))] if busy else [(-LONG * 20, start)]
    free += [(int(a.ends), int(b.begins)) for a, b in pairwise(busy)]
    if busy:
        if not in_order(law, past.zone, (*free, (past.last_end, past.last_end + LONG * 20))):
            last = max(b for a, b in [*free, (past.last_end, start)] if b - a >= law.reduced)
            return lambda end: law.latest is None or end - last <= law.latest
        free.append((past.last_end, start))
    return lambda end: in_order(law, past.zone, (*free, (end, end + LONG * 20)))


# Breaks


def _breaks(past: _Past, today: _Today) -> tuple[BreakRule, ...]:
    """Return the breaks that are still due in the search's form: none that today is too short for, or another asks."""
    found = [rule for law in past.rules.day_breaks for rule in _day_break(past, today, law)]
    plain = (_break(past, today, law) for law in past.rules.breaks)
    found = [*(rule for rule in plain if not any(_implies(other, rule) for other in found)), *found]
    span = today.end - today.start
    return tuple(
        rule
        for rule in found
        if rule.so_far + (min(span, today.driving) if rule.counted == "driving" else span) > rule.after
    )


def _implies(one: BreakRule, other: BreakRule) -> bool:
    """Return whether who keeps one rule keeps the other: it counts no less, is due no later and lasts no shorter."""
    return (
        one.counted == other.counted
        and one.so_far >= other.so_far
        and one.after <= other.after
        and min(one.split or (one.length,)) >= other.length
        and other.waiting_counts >= one.waiting_counts
    )


def _break(past: _Past, today: _Today, law: BreakLaw) -> BreakRule:
    counted, parts = _so_far(past, today, law)
    return BreakRule(
        name=f"{law.name} ({law.article})",
        counted=_counted(past.rules, law.counted),
        after=law.after,
        length=law.length,
        split=law.split,
        so_far=Seconds(counted),
        waiting_counts=law.pause == "not_driving",
        parts_so_far=parts,
    )


def _counted(rules: RuleSet, counted: Counted) -> Counted:
    """Return what the search counts: where a wait is work, all that passes."""
    return "elapsed" if counted == "working" and rules.waiting_is_work else counted


def _so_far(past: _Past, today: _Today, law: BreakLaw) -> tuple[int, int]:
    """Return what was counted since the last pause that was long enough or completed a division, and parts since.

    A pause before anything was counted is no part: it only makes the rest before it longer.
    """
    kinds = {"driving": ("driving",), "working": past.rules.working_kinds, "elapsed": ("driving", "work", "waiting")}
    interrupting = ("work", "waiting") if law.pause == "not_driving" else ()
    count, parts, paused, since = 0, 0, LONG, today.start
    marks = [(int(a.begins), int(a.ends), a.kind) for a in today.day] + [(today.start, today.start, "driving")]
    at = marks[0][0]
    for begins, ends, kind in marks:
        paused += begins - at
        at = ends
        if kind in interrupting:
            paused += ends - begins
            continue
        if paused >= law.length or (law.split and parts == 1 and paused >= law.split[1]):
            count, parts, since = 0, 0, begins
        elif count and law.split and paused >= law.split[0]:
            parts = 1
        paused = 0
        count += ends - begins if kind in kinds[law.counted] else 0
    return today.start - since if law.counted == "elapsed" else count, parts


def _day_break(past: _Past, today: _Today, law: DayBreaks) -> Iterator[BreakRule]:
    """Yield the break that brings today's pauses to what the law asks of so much work."""
    pauses = [*_pauses(today.day), today.gap] if today.day else []
    missing = law.total - sum(pause for pause in pauses if pause >= law.piece)
    if missing <= 0:
        return
    length = max(missing, law.piece)
    pieces = length // law.piece
    split = (*[law.piece] * (pieces - 1), Seconds(length - (pieces - 1) * law.piece)) if pieces > 1 else ()
    yield BreakRule(
        name=f"{law.name} ({law.article})",
        counted=_counted(past.rules, "working"),
        after=law.over,
        length=Seconds(length),
        split=split,
        so_far=Seconds(past.worked(today.day)),
    )
