"""What a company asks of its plans for its drivers: doors they know, home areas, usual hours and days, fair shares.

Each is a price of the tariff, learned from what was clocked and delivered before; 0 asks for nothing. They are prices
of the profit plan alone: efficiency knows time and distance.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from doorstep.domain.days import elapsed
from doorstep.domain.facts import TAKEN
from doorstep.domain.places import Place
from doorstep.domain.problem import Problem
from doorstep.domain.tariff import Tariff
from doorstep.domain.units import Seconds
from doorstep.flows.nouns import Body, recipients_of
from doorstep.flows.ports import Store
from doorstep.operations.duty.fair_shares import Work
from doorstep.operations.duty.regularity import with_familiarity, with_regular_days, with_regular_starts
from doorstep.operations.territory import home_areas, with_territories

USUAL_DAYS = 182
"""What was delivered or clocked in the last half year tells what a driver usually does."""

WORK_WEEKS = 4
"""Weeks over which it is looked at who worked more than others."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What drivers did, by driver id: where they delivered, when and on which days they clocked in, how much they work.

    `named` is where shifts of one territory delivered, by the ids of today's shifts that have that territory.
    """

    delivered: Mapping[str, Sequence[Place]] = field(default_factory=dict)
    named: Mapping[str, Sequence[Place]] = field(default_factory=dict)
    starts: Mapping[str, Sequence[Seconds]] = field(default_factory=dict)
    days: Mapping[str, Sequence[str]] = field(default_factory=dict)
    work: Mapping[str, Work] = field(default_factory=dict)


NOTHING_KNOWN = Usual()


def usual(store: Store, company: str, tariff: Tariff, problem: Problem) -> Usual:
    """Return what the prices of a tariff ask about the drivers of a day, as it was known before that day; and who
    worked how much, for whoever wants fair shares.
    """
    drivers = {shift.driver_id for shift in problem.shifts if shift.driver_id}
    knows = tariff.familiar_door_cents or tariff.territory_cents_per_km
    return Usual(
        delivered=_delivered(store, company, problem.day, drivers) if knows else {},
        named=_named(store, company, problem) if tariff.territory_cents_per_km else {},
        starts=_starts(store, company, problem, drivers) if tariff.irregular_cents_per_hour else {},
        days=_days(store, company, problem.day, drivers) if tariff.unusual_day_cents else {},
        work=_work(store, company, problem.day, drivers),
    )


def with_wishes(problem: Problem, tariff: Tariff, known: Usual) -> Problem:
    """Return a priced question with what the tariff asks for; fair shares apart, which take a first plan."""
    if tariff.familiar_door_cents:
        problem = with_familiarity(problem, known.delivered, tariff.familiar_door_cents)
    if tariff.territory_cents_per_km:
        areas = home_areas(problem, known.delivered, known.named)
        problem = with_territories(problem, areas, tariff.territory_cents_per_km)
    if tariff.irregular_cents_per_hour:
        problem = with_regular_starts(problem, known.starts, tariff.irregular_cents_per_hour)
    if tariff.unusual_day_cents:
        problem = with_regular_days(problem, known.days, tariff.unusual_day_cents)
    return problem


def _delivered(store: Store, company: str, day: str, drivers: set[str]) -> Mapping[str, list[Place]]:
    """Return where drivers delivered, by driver."""
    shifts = {fact.key: fact.body.get("driver_id") for fact in store.current(company, "shift")}

    def driver(attempt: Body) -> str | None:
        who = attempt.get("driver_id") or shifts.get(attempt.get("shift_id", ""))
        return who if who in drivers else None

    return _places(store, company, day, driver)


def _named(store: Store, company: str, problem: Problem) -> Mapping[str, list[Place]]:
    """Return where shifts of one named territory delivered, by the shifts of the day that have that territory."""
    territories = {f.key: f.body["territory"] for f in store.current(company, "shift") if f.body.get("territory")}
    today = {s.shift_id: territories[s.shift_id] for s in problem.shifts if s.shift_id in territories}
    if not today:
        return {}
    found = _places(store, company, problem.day, lambda attempt: territories.get(attempt.get("shift_id", "")))
    return {shift: found[territory] for shift, territory in today.items() if territory in found}


def _places(store: Store, company: str, day: str, whose: Callable[[Body], str | None]) -> dict[str, list[Place]]:
    """Return where somebody took a delivery, one place for each time, by `whose` the attempt was; None: nobody's.

    Places of people who are forgotten are not among them.
    """
    since = _days_before(day, USUAL_DAYS)
    by_order: dict[str, list[str]] = defaultdict(list)
    for fact in store.current(company, "attempt"):
        body = fact.body
        if body["outcome"] in TAKEN and since <= body["arrived_at"] < day and (key := whose(body)):
            by_order[body["order_id"]].append(key)
    who = {o.key: o.body["recipient_id"] for o in store.current(company, "order") if o.key in by_order}
    places = {each.recipient_id: each.place for each in recipients_of(store, company, who.values())}
    found: dict[str, list[Place]] = defaultdict(list)
    for order, keys in by_order.items():
        place = places.get(who.get(order, ""))
        if place is not None:
            for key in keys:
                found[key].append(place)
    return found


def _starts(store: Store, company: str, problem: Problem, drivers: set[str]) -> Mapping[str, list[Seconds]]:
    """Return when drivers clocked in, in seconds of each day."""
    found: dict[str, list[Seconds]] = defaultdict(list)
    for body in _clocked(store, company, problem.day, drivers):
        found[body["driver_id"]].append(elapsed(body["clocked_in_at"], body["date"], problem.timezone))
    return found


def _days(store: Store, company: str, day: str, drivers: set[str]) -> Mapping[str, list[str]]:
    """Return on which days drivers clocked in."""
    found: dict[str, list[str]] = defaultdict(list)
    for body in _clocked(store, company, day, drivers):
        found[body["driver_id"]].append(body["date"])
    return found


def _clocked(store: Store, company: str, day: str, drivers: set[str]) -> Iterator[Body]:
    """Yield the shifts of the last half year that drivers clocked in for."""
    for fact in store.current(company, "shift"):
        body, since = fact.body, _days_before(day, USUAL_DAYS)
        if since <= body["date"] < day and body.get("driver_id") in drivers and "clocked_in_at" in body:
            yield body


def _work(store: Store, company: str, day: str, drivers: set[str]) -> Mapping[str, Work]:
    """Return contract hours, and what was clocked in the last weeks; drivers without a contract are not told."""
    weekly = {
        fact.key: Seconds(fact.body["weekly_s"])
        for fact in store.current(company, "driver")
        if fact.key in drivers and fact.body.get("weekly_s")
    }
    done: dict[str, int] = defaultdict(int)
    for fact in store.current(company, "shift") if weekly else ():
        body = fact.body
        out = body.get("clocked_out_at", body.get("back_at"))
        if _days_before(day, 7 * WORK_WEEKS) <= body["date"] < day and body.get("driver_id") in weekly and out:
            begun = datetime.fromisoformat(body.get("clocked_in_at", body["starts_at"]))
            done[body["driver_id"]] += max(0, int((datetime.fromisoformat(out) - begun).total_seconds()))
    return {driver: Work(hours, Seconds(done[driver])) for driver, hours in weekly.items()}


def _days_before(day: str, days: int) -> str:
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()
