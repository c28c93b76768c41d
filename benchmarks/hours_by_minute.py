"""The law read minute by minute, straight from its articles: the slow truth for the roster validator.

Nothing here is shared with `operations.duty`: the figures stand in the code beside their article, a roster is an array
with one entry per minute (0 free, 1 driving, 2 other work, 3 waiting), and weekly rests are tried in every combination.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product
from zoneinfo import ZoneInfo

import numpy as np
from numba import njit

FREE, DRIVING, WORK, WAITING = 0, 1, 2, 3
KINDS = {"driving": DRIVING, "work": WORK, "waiting": WAITING}
H = 60
ALWAYS = 10**9

Span = tuple[int, int]
Named = tuple[int, ...] | None
"""The weeks whose weekly rest a span is; None: it is none."""


@dataclass(frozen=True)
class Minutes:
    """One driver's roster: what is done in each minute, and in which week, day and hour of the zone it lies."""

    kind: np.ndarray
    week: np.ndarray
    day: np.ndarray
    hour: np.ndarray
    monday: Mapping[int, int]
    """Where each week begins, in minutes from the roster's own beginning."""


def minutes(activities: Sequence[tuple[str, int, int]], zone: str) -> Minutes:
    """Return the minutes from the first duty's beginning to the last one's end; times are whole minutes in seconds."""
    busy = [(KINDS[kind], a // 60, b // 60) for kind, a, b in activities if kind in KINDS]
    first, last = busy[0][1], busy[-1][2]
    kind = np.zeros(last - first, np.int8)
    for what, a, b in busy:
        kind[a - first : b - first] = what
    tz = ZoneInfo(zone)
    offset = np.empty(last - first, np.int64)
    for m in range(0, last - first, 15):  # offsets change on quarters of an hour
        at = datetime.fromtimestamp((first + m) * 60, UTC).astimezone(tz)
        offset[m : m + 15] = int((at.utcoffset() or timedelta()).total_seconds()) // 60
    wall = np.arange(first, last) + offset
    day = wall // 1440
    week = (day - 4) // 7  # 1970-01-05 was a Monday
    weeks = range(int(week[0]) - 1, int(week[-1]) + 6)
    monday = {w: _midnight(w * 7 + 4, tz) - first for w in weeks}
    return Minutes(kind, week, day, wall % 1440 // 60, monday)


def _midnight(day: int, zone: ZoneInfo) -> int:
    at = datetime(1970, 1, 1, tzinfo=zone) + timedelta(days=day)
    return int(at.astimezone(UTC).timestamp()) // 60


# Regulation (EC) No 561/2006 and Directive 2002/15/EC


def eu_561(m: Minutes) -> set[str]:
    """Return which rules a roster breaks."""
    k = m.kind
    weeks = np.arange(m.week[0], m.week[-1] + 1)
    driven = np.array([np.count_nonzero((k == DRIVING) & (m.week == w)) for w in weeks])
    worked = np.array([np.count_nonzero(((k == DRIVING) | (k == WORK)) & (m.week == w)) for w in weeks])
    days = _days(k, 9 * H)
    found = {
        "break from driving": _art_7(k),
        "six hours on end": _art_5_1_on_end(k),
        "breaks in a day above six hours": any(w > 6 * H and p < 30 for w, p in _work_and_pauses(k, days, False)),
        "breaks in a day above nine hours": any(w > 9 * H and p < 45 for w, p in _work_and_pauses(k, days, False)),
        "daily driving": _art_6_1(m, days),
        "daily rest": _art_8_2(k, days),
        "weekly driving": bool((driven > 56 * H).any()),
        "fortnightly driving": _most_in(driven, 2) > 90 * H,
        "weekly working time": bool((worked > 60 * H).any()),
        "average working time": _most_in(worked, 17) > 17 * 48 * H,
        "night work": _art_7_night(m, days),
    }
    return {name for name, broken in found.items() if broken} | _art_8_6(m)


def _most_in(by_week: np.ndarray, span: int) -> int:
    return max(int(by_week[max(0, i - span + 1) : i + 1].sum()) for i in range(len(by_week)))


@njit(cache=False)
def _art_7(kind):  # 45 minutes after at most 4:30 at the wheel, or 15 and then 30: whichever pauses are taken for these
    never = 10**6
    free, driven, after_first = 0, 0, never  # at the wheel since the last break, without and with a first part taken
    for k in kind:
        if k == 0:
            free += 1
            continue
        if free >= 45:
            driven, after_first = 0, never
        elif free >= 15:
            whole = free >= 30 and after_first < never
            after_first = min(after_first, driven)
            driven = 0 if whole else driven
        free = 0
        if k == 1:
            driven, after_first = driven + 1, after_first + 1
            driven = never if driven > 270 else driven
            after_first = never if after_first > 270 else after_first
            if driven == never and after_first == never:
                return True
    return False


@njit(cache=False)
def _art_5_1_on_end(kind):  # no more than six hours of work without a break; a break lasts 15 minutes at least
    worked, free = 0, 0
    for k in kind:
        if k == 0:
            free += 1
            if free == 15:
                worked = 0
            continue
        free = 0
        if k in (1, 2):
            worked += 1
            if worked > 360:
                return True
    return False


@njit(cache=False)
def _starts_and_ends(kind, rest):
    """Minutes at which duty begins after, and ends before, at least `rest` free minutes."""
    starts, ends = [0], [0]
    free = 0
    for i in range(len(kind)):
        if kind[i] == 0:
            free += 1
            continue
        if free >= rest:
            ends[-1] = i - free
            starts.append(i)
            ends.append(0)
        free = 0
    ends[-1] = len(kind)
    return starts, ends


def _days(kind: np.ndarray, rest: int) -> list[Span]:
    return list(zip(*_starts_and_ends(kind, rest), strict=True))


@njit(cache=False)
def _free_runs(kind):
    runs, free = [0], 0
    for k in kind:
        if k == 0:
            free += 1
        else:
            if free:
                runs.append(free)
            free = 0
    return runs


def _work_and_pauses(kind: np.ndarray, days: Sequence[Span], waiting: bool) -> Iterator[Span]:
    for a, b in days:
        part = kind[a:b]
        worked = np.count_nonzero((part == DRIVING) | (part == WORK) | ((part == WAITING) & waiting))
        yield int(worked), sum(run for run in _free_runs(part) if run >= 15)


def _art_6_1(m: Minutes, days: Sequence[Span]) -> bool:
    longer: dict[int, int] = {}
    for a, b in days:
        driven = np.count_nonzero(m.kind[a:b] == DRIVING)
        if driven > 10 * H:
            return True
        if driven > 9 * H:
            week = int(m.week[a])
            longer[week] = longer.get(week, 0) + 1
    return any(times > 2 for times in longer.values())


def _art_8_2(kind: np.ndarray, days: Sequence[Span]) -> bool:
    """A new daily rest within 24 hours of the last; eleven hours, three and nine, or nine three times a week."""
    reduced = 0
    for i, (a, b) in enumerate(days):
        next_duty = days[i + 1][0] if i + 1 < len(days) else ALWAYS
        inside = min(next_duty, a + 24 * H) - b
        if inside < 9 * H:
            return True
        three = any(run >= 3 * H for run in _free_runs(kind[a:b]))
        if inside < 11 * H and not three:
            reduced += 1
            if reduced > 3:
                return True
        if next_duty - b >= 24 * H:
            reduced = 0
    return False


def _art_7_night(m: Minutes, days: Sequence[Span]) -> bool:
    for a, b in days:
        work = (m.kind[a:b] == DRIVING) | (m.kind[a:b] == WORK)
        if np.count_nonzero(work) > 10 * H and np.any(work & (m.hour[a:b] < 4)):
            return True
    return False


# Weekly rests: every way to name them, and every way to make up for the reduced ones


def _spans(kind: np.ndarray, least: int) -> list[Span]:
    """Return free spans of at least so many minutes, the endless ones before and after included."""
    spans, free = [(-ALWAYS, 0)], 0
    for i in np.flatnonzero(np.diff(np.concatenate(([1], (kind != 0).astype(np.int8), [1])))).tolist():
        if free == 0:
            begins, free = i, 1
        else:
            spans.append((begins, i))
            free = 0
    return [(a, b) for a, b in [*spans, (len(kind), ALWAYS)] if b - a >= least]


def _touched(m: Minutes, span: Span, weeks: Sequence[int]) -> list[int]:
    return [w for w in weeks if span[0] < m.monday[w + 1] and span[1] > m.monday[w]]


def too_long(m: Minutes) -> bool:
    """Return whether a roster has too many weeks to try every way of naming its weekly rests."""
    return int(m.week[-1] - m.week[0]) > 6


def _art_8_6(m: Minutes) -> set[str]:
    if too_long(m):
        return set()
    broken = set()
    weekly = _spans(m.kind, 24 * H)
    if _six_days(weekly):
        broken.add("weekly rest begins late")
    if not any(_two_in_two(m, weekly, choice) for choice in _choices(m, weekly, 45 * H, must=True)):
        return broken | {"weekly rest"}
    if not broken and not any(_lawful(m, weekly, choice) for choice in _choices(m, weekly, 45 * H, must=False)):
        broken.add("weekly rest compensated")
    return broken


def _six_days(spans: Sequence[Span]) -> bool:
    return any(after[0] - before[1] > 6 * 24 * H for before, after in pairwise(spans))


def _choices(
    m: Minutes, spans: Sequence[Span], regular: int, must: bool
) -> Iterator[tuple[tuple[int, ...] | None, ...]]:
    """Yield for every span the weeks whose rest it is, or None where it is no weekly rest."""
    weeks = list(range(int(m.week[0]), int(m.week[-1]) + 1))
    options: list[list[Named]] = []
    for span in spans:
        touched = _touched(m, span, weeks)
        if span[1] - span[0] >= 2 * regular:
            named: list[Named] = [tuple(touched)]
        else:
            named = [(w,) for w in touched]
        ends = span[0] == -ALWAYS or span[1] == ALWAYS
        options.append(named if must or ends else [*named, None])
    return product(*options)


def _two_in_two(m: Minutes, spans: Sequence[Span], choice: Sequence[Named]) -> bool:
    rests = [(w, b - a >= 45 * H) for (a, b), weeks in zip(spans, choice, strict=True) for w in weeks or ()]
    for w in range(int(m.week[0]), int(m.week[-1])):
        pair = [regular for week, regular in rests if week in (w, w + 1)]
        if len(pair) < 2 or not any(pair):
            return False
    return True


def _lawful(m: Minutes, weekly: Sequence[Span], choice: Sequence[Named]) -> bool:
    rests = [(span, weeks) for span, weeks in zip(weekly, choice, strict=True) if weeks is not None]
    if _six_days([span for span, _ in rests]) or not _two_in_two(m, weekly, choice):
        return False
    debts = [(span, weeks[0], 45 * H - (span[1] - span[0])) for span, weeks in rests if span[1] - span[0] < 45 * H]
    if not debts:
        return True
    role = dict(rests)
    hosts = _spans(m.kind, 9 * H)
    able = [[h for h in hosts if h[0] >= span[1] and h[1] - h[0] >= 9 * H + owed] for span, _, owed in debts]
    return any(_made_up(m, debts, given, role) for given in product(*able))


def _made_up(
    m: Minutes, debts: Sequence[tuple[Span, int, int]], given: Sequence[Span], role: Mapping[Span, Named]
) -> bool:
    for host in set(given):
        mine = sorted(
            (m.monday[week + 4], owed, span) for (span, week, owed), h in zip(debts, given, strict=True) if h == host
        )
        length = host[1] - host[0]
        needed = 9 * H
        if host in role:
            needed = 90 * H if length >= 90 * H else 45 * H if length >= 45 * H else length
        if any(host[0] < span[1] for _, _, span in mine) or sum(owed for _, owed, _ in mine) > length - needed:
            return False
        at = host[0]
        for deadline, owed, _ in mine:
            at += owed
            if at > deadline:
                return False
    return True


# Directive 2003/88/EC


def eu_van(m: Minutes) -> set[str]:
    """Return which rules a roster breaks."""
    k = m.kind
    days = _days(k, 11 * H)
    worked = np.array([np.count_nonzero((k != FREE) & (m.week == w)) for w in range(m.week[0], m.week[-1] + 1)])
    ends = [b for _, b in days]
    next_duty = [a for a, _ in days[1:]] + [ALWAYS]
    found = {
        "breaks in a day above six hours": any(w > 6 * H and p < 30 for w, p in _work_and_pauses(k, days, True)),
        "daily rest": any(min(n, a + 24 * H) - b < 11 * H for (a, _), b, n in zip(days, ends, next_duty, strict=True)),
        "average working time": _most_in(worked, 17) > 17 * 48 * H,
    }
    if too_long(m):
        return {name for name, broken in found.items() if broken}
    spans = _spans(k, 35 * H)
    weeks = set(range(int(m.week[0]), int(m.week[-1]) + 1))
    rested = any(
        weeks <= {w for named in choice for w in named or ()} for choice in _choices(m, spans, 35 * H, must=True)
    )
    return {name for name, broken in found.items() if broken} | (set() if rested else {"weekly rest"})


# 49 CFR 395


def us_395(m: Minutes) -> set[str]:
    """Return which rules a roster breaks, since 29 September 2020, for a carrier that runs every day."""
    since = _since(m, 8)
    found = {
        "interruption of driving": _395_3_a_3_ii(m.kind),
        "daily driving": _395_3_a_3_i(m.kind),
        "fourteen-hour window": _395_3_a_2(m.kind),
        "seventy hours in eight days": _395_3_b(m.kind, since, 70 * H, 34 * H),
    }
    return {name for name, broken in found.items() if broken}


def us_395_until_2020(m: Minutes) -> set[str]:
    """Return which rules a roster breaks until 28 September 2020, when all hours counted towards the break."""
    after = us_395(m) - {"interruption of driving"}
    return after | ({"rest break"} if _rest_break_of_2013(m.kind) else set())


def _since(m: Minutes, days: int) -> np.ndarray:
    """Return for each minute where the first of the last `days` days begins, in minutes from the roster's beginning."""
    found, where = np.unique(m.day, return_index=True)
    first = dict(zip(found.tolist(), where.tolist(), strict=True))
    every = range(int(m.day[0]), int(m.day[-1]) + 1)
    since: np.ndarray = np.array([first.get(day - days + 1, 0) for day in every])
    return np.asarray(since[m.day - m.day[0]])


@njit(cache=False)
def _395_3_a_3_ii(kind):  # eight hours at the wheel without 30 consecutive minutes of anything else
    driven, other = 0, 0
    for k in kind:
        if k != 1:
            other += 1
            if other == 30:
                driven = 0
            continue
        other = 0
        driven += 1
        if driven > 480:
            return True
    return False


@njit(cache=False)
def _rest_break_of_2013(kind):
    passed, free = 0, 0
    for k in kind:
        passed += 1
        if k == 0:
            free += 1
            if free >= 30:
                passed = 0
            continue
        free = 0
        if k == 1 and passed > 480:
            return True
    return False


@njit(cache=False)
def _395_3_a_3_i(kind):  # eleven hours at the wheel between ten hours off
    driven, free = 0, 0
    for k in kind:
        if k == 0:
            free += 1
            if free == 600:
                driven = 0
            continue
        free = 0
        if k == 1:
            driven += 1
            if driven > 660:
                return True
    return False


@njit(cache=False)
def _395_3_a_2(kind):  # no driving after the fourteenth hour since coming on duty
    passed, free = 0, 0
    for k in kind:
        if k == 0:
            free += 1
            passed += 1
            continue
        if free >= 600:
            passed = 0
        free = 0
        if k == 1 and passed >= 840:
            return True
        passed += 1
    return False


@njit(cache=False)
def _395_3_b(kind, since, most, restart):
    on_duty = np.zeros(len(kind) + 1, np.int64)
    free, restarted = 0, 0
    for i in range(len(kind)):
        on_duty[i + 1] = on_duty[i] + (kind[i] != 0)
        free = free + 1 if kind[i] == 0 else 0
        if free >= restart:
            restarted = i + 1
        if kind[i] == 1 and on_duty[i] - on_duty[max(restarted, since[i])] >= most:
            return True
    return False


def agreed(seen: set[str], m: Minutes) -> set[str]:
    """Return the rules of a verdict that this module has an opinion on."""
    return {rule for rule in seen if not (too_long(m) and rule.startswith("weekly rest"))}


READINGS: Mapping[str, tuple[str, Callable[[Minutes], set[str]]]] = {
    "eu-561": ("2026-10-01", eu_561),
    "eu-van": ("2026-10-01", eu_van),
    "us-395": ("2026-10-01", us_395),
    "us-395 until 2020": ("2019-10-01", us_395_until_2020),
}
"""By label: a day on which the set is valid, and its reading."""
