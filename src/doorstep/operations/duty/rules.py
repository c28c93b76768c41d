"""Legal rule sets as dated data: what is asked, by which article, and since when.

The figures stand in `rule_sets/*.toml`, one file per set and span of validity; this module only gives them a form.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from doorstep.domain.duty import ActivityKind, Counted
from doorstep.domain.errors import YourInput
from doorstep.domain.units import Seconds

Body = Mapping[str, Any]

HOUR = 3600


@dataclass(frozen=True, slots=True)
class BreakLaw:
    """A pause of `length` is due before more than `after` was counted since the last; `split` is an allowed division.

    `pause` says what interrupts: only free time, or anything but driving. Where all time is counted ("elapsed"), only
    driving is barred.
    """

    name: str
    article: str
    counted: Counted
    after: Seconds
    length: Seconds
    split: tuple[Seconds, ...]
    pause: Literal["free", "not_driving"]


@dataclass(frozen=True, slots=True)
class DayBreaks:
    """Between two daily rests with more than `over` of work, pauses of `piece` or longer add up to `total`."""

    name: str
    article: str
    over: Seconds
    total: Seconds
    piece: Seconds


@dataclass(frozen=True, slots=True)
class DailyDriving:
    """Between two daily rests at most `most` at the wheel, and `times_a_week` at most `extended`."""

    name: str
    article: str
    most: Seconds
    extended: Seconds
    times_a_week: int


@dataclass(frozen=True, slots=True)
class DailyRest:
    """What ends a day: `regular` hours free, or `reduced` at most `times` between two weekly rests.

    `split`: a regular rest may be taken as a first and a second part of these lengths. `within` so long after the last
    rest's end it must have been taken (None: it only has to come before the next day).
    """

    name: str
    article: str
    regular: Seconds
    reduced: Seconds
    times: int
    split: tuple[Seconds, ...]
    within: Seconds | None


@dataclass(frozen=True, slots=True)
class WeeklyRest:
    """Of any `weeks` weeks in a row, `least` weekly rests and among them a regular one.

    A reduced one is compensated in one piece beside another rest of `compensation_beside`, before the end of the
    `compensation_weeks`-th week after. It begins no later than `latest` after the end of the last.
    """

    name: str
    article: str
    regular: Seconds
    reduced: Seconds
    latest: Seconds | None
    weeks: int
    least: int
    compensation_weeks: int
    compensation_beside: Seconds


@dataclass(frozen=True, slots=True)
class Total:
    """At most `most` of what is counted in any `weeks` calendar weeks in a row."""

    name: str
    article: str
    counted: Literal["driving", "working"]
    most: Seconds
    weeks: int


@dataclass(frozen=True, slots=True)
class Night:
    """Whoever works between two clock times (HH:MM) works at most `most` between two daily rests."""

    name: str
    article: str
    opens: str
    closes: str
    most: Seconds


@dataclass(frozen=True, slots=True)
class Window:
    """So long after a day's first duty, breaks included, driving (or all work) is barred until a daily rest."""

    name: str
    article: str
    most: Seconds
    bars: Literal["driving", "working"]


@dataclass(frozen=True, slots=True)
class Cycle:
    """Driving is barred once `most` on duty was reached in `days` days, today included, or since a `restart` free."""

    name: str
    article: str
    most: Seconds
    days: int
    restart: Seconds
    runs_every_day: bool


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a rule set applies to, from which day on, by which article."""

    since: date
    whom: str
    article: str


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One body of law as it stood over a span of days (both ends included; None: until further notice).

    `waiting_is_work` says whether a wait counts as working time. `not_covered` names what this set leaves out.
    """

    name: str
    title: str
    valid_from: date
    valid_until: date | None
    sources: tuple[str, ...]
    applies: tuple[Scope, ...]
    not_covered: tuple[str, ...]
    waiting_is_work: bool
    breaks: tuple[BreakLaw, ...]
    day_breaks: tuple[DayBreaks, ...]
    daily_driving: DailyDriving | None
    daily_rest: DailyRest
    weekly_rest: WeeklyRest | None
    totals: tuple[Total, ...]
    night: Night | None
    window: Window | None
    cycle: Cycle | None

    @property
    def working_kinds(self) -> tuple[ActivityKind, ...]:
        """Return which activities are working time."""
        return ("driving", "work", "waiting") if self.waiting_is_work else ("driving", "work")


def rule_set(name: str, day: str, *, runs_every_day: bool = True) -> RuleSet:
    """Return a rule set as it stands on a day; `runs_every_day` picks a US carrier's cycle.

    Raises YourInput for a name that no file has, or a day that none of its files covers.
    """
    on, known = date.fromisoformat(day), _known()
    named = [body for body in known if body["name"] == name]
    if not named:
        names = ", ".join(sorted({body["name"] for body in known}))
        raise YourInput(f"Expected a rule set among {names}, got {name!r}.")
    for body in named:
        if body["valid_from"] <= on <= body.get("valid_until", date.max):
            return _rule_set(body, runs_every_day=runs_every_day)
    spans = "; ".join(f"{body['valid_from']} to {body.get('valid_until', 'today')}" for body in named)
    raise YourInput(f"Expected a day on which rule set {name} is known ({spans}), got {day}.")


def rule_sets(day: str) -> tuple[RuleSet, ...]:
    """Return every rule set known on a day, by name."""
    names = {body["name"] for body in _known() if body["valid_from"] <= date.fromisoformat(day)}
    return tuple(rule_set(name, day) for name in sorted(names))


@cache
def _known() -> tuple[Body, ...]:
    folder = files("doorstep.operations.duty") / "rule_sets"
    found = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return tuple(tomllib.loads(f.read_text(encoding="utf-8")) for f in found)


def _seconds(text: str) -> Seconds:
    hours, minutes = text.split(":")
    return Seconds(int(hours) * HOUR + int(minutes) * 60)


def _lengths(texts: Sequence[str]) -> tuple[Seconds, ...]:
    return tuple(_seconds(text) for text in texts)


def _rule_set(body: Body, *, runs_every_day: bool) -> RuleSet:
    cycles = [cycle for cycle in body.get("cycles", ()) if cycle["runs_every_day"] == runs_every_day]
    return RuleSet(
        name=body["name"],
        title=body["title"],
        valid_from=body["valid_from"],
        valid_until=body.get("valid_until"),
        sources=tuple(body["sources"]),
        applies=tuple(Scope(row["from"], row["to"], row["article"]) for row in body["applies"]),
        not_covered=tuple(body["not_covered"]),
        waiting_is_work=body["waiting_is_work"],
        breaks=tuple(_break(row) for row in body.get("breaks", ())),
        day_breaks=tuple(
            DayBreaks(
                row["name"], row["article"], _seconds(row["over"]), _seconds(row["total"]), _seconds(row["piece"])
            )
            for row in body.get("day_breaks", ())
        ),
        daily_driving=_daily_driving(body["daily_driving"]) if "daily_driving" in body else None,
        daily_rest=_daily_rest(body["daily_rest"]),
        weekly_rest=_weekly_rest(body["weekly_rest"]) if "weekly_rest" in body else None,
        totals=tuple(
            Total(row["name"], row["article"], row["counted"], _seconds(row["most"]), row["weeks"])
            for row in body.get("totals", ())
        ),
        night=_night(body["night"]) if "night" in body else None,
        window=_window(body["window"]) if "window" in body else None,
        cycle=_cycle(cycles[0]) if cycles else None,
    )


def _break(row: Body) -> BreakLaw:
    return BreakLaw(
        row["name"], row["article"], row["counted"], _seconds(row["after"]), _seconds(row["length"]),
        _lengths(row.get("split", ())), row["pause"],
    )  # fmt: skip


def _daily_driving(row: Body) -> DailyDriving:
    extended = _seconds(row.get("extended", row["most"]))
    return DailyDriving(row["name"], row["article"], _seconds(row["most"]), extended, row.get("times_a_week", 0))


def _daily_rest(row: Body) -> DailyRest:
    return DailyRest(
        row["name"], row["article"], _seconds(row["regular"]), _seconds(row.get("reduced", row["regular"])),
        row.get("times", 0), _lengths(row.get("split", ())), _seconds(row["within"]) if "within" in row else None,
    )  # fmt: skip


def _weekly_rest(row: Body) -> WeeklyRest:
    return WeeklyRest(
        row["name"], row["article"], _seconds(row["regular"]), _seconds(row.get("reduced", row["regular"])),
        _seconds(row["latest"]) if "latest" in row else None, row["weeks"], row["least"],
        row.get("compensation_weeks", 0), _seconds(row.get("compensation_beside", "0:00")),
    )  # fmt: skip


def _night(row: Body) -> Night:
    return Night(row["name"], row["article"], row["from"], row["to"], _seconds(row["most"]))


def _window(row: Body) -> Window:
    return Window(row["name"], row["article"], _seconds(row["most"]), row["bars"])


def _cycle(row: Body) -> Cycle:
    return Cycle(
        row["name"], row["article"], _seconds(row["most"]), row["days"], _seconds(row["restart"]), row["runs_every_day"]
    )
