"""The law in a day's question: what drivers clocked and logged becomes a record each, and bounds of today's shifts."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from doorstep.domain.duty import Activity, DutyRecord, Instant, Limits, instant
from doorstep.domain.errors import YourInput
from doorstep.domain.fleet import Shift
from doorstep.domain.plan import Plan, Route
from doorstep.domain.problem import PlannedShift, Problem
from doorstep.domain.tariff import Company
from doorstep.domain.units import Seconds
from doorstep.flows.nouns import Body
from doorstep.flows.ports import Store
from doorstep.operations.duty.limits import in_words, todays_limits, weeks_back, with_limits
from doorstep.operations.duty.records import Clocked, merged, of_clocked, of_route
from doorstep.operations.duty.rules import RuleSet, rule_set
from doorstep.operations.duty.validator import breaches


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """One shift bound by law: by which rules, after which record, and what they leave of it."""

    shift: PlannedShift
    rules: RuleSet
    record: DutyRecord
    limits: Limits

    @property
    def words(self) -> tuple[str, ...]:
        """Return what is taken from the shift as it was planned, each with its article."""
        return in_words(self.shift, self.limits)


def lawful(
    store: Store, company: Company, problem: Problem, shifts: Sequence[Shift]
) -> tuple[Problem, tuple[Bound, ...]]:
    """Return a day's question with every shift that a rule set binds inside its driver's limits.

    Raises YourInput where a rule set is not known on the day, or a driver's record runs into the shift.
    """
    rules = {
        shift.shift_id: rule_set(shift.duty_rules, problem.day, runs_every_day=company.runs_every_day)
        for shift in shifts
        if shift.duty_rules
    }
    if not rules:
        return problem, ()
    weeks = max(weeks_back(one) for one in rules.values())
    drivers = {planned.driver_id for planned in problem.shifts if planned.driver_id}
    book = _DutyBook(store, company.company_id, problem.day, weeks, drivers)
    bounds = {
        planned.shift_id: _bound(book, planned, rules[planned.shift_id], problem, exceptions=company.duty_exceptions)
        for planned in problem.shifts
        if planned.shift_id in rules
    }
    inside = (
        with_limits(planned, bounds[planned.shift_id].limits) if planned.shift_id in bounds else planned
        for planned in problem.shifts
    )
    return replace(problem, shifts=tuple(inside)), tuple(bounds.values())


def unlawful(problem: Problem, bounds: Sequence[Bound], plan: Plan) -> tuple[str, ...]:
    """Return in sentences what a plan would add to what drivers' records break already; the validator's own code."""
    routes = {route.shift_id: route for route in plan.routes if route.visits}
    starts = {shift.shift_id: shift.starts for shift in problem.shifts}
    return tuple(
        f"{bound.shift.driver_id or bound.shift.shift_id}: {sentence}"
        for bound in bounds
        if bound.shift.shift_id in routes
        for sentence in _added(bound, routes[bound.shift.shift_id], problem, starts)
    )


def _added(bound: Bound, route: Route, problem: Problem, starts: Mapping[str, Seconds]) -> Iterator[str]:
    today = of_route(route, problem.day, problem.timezone, starts=starts[route.shift_id])
    before = {breach.sentence for breach in breaches(bound.rules, bound.record)}
    found = (breach.sentence for breach in breaches(bound.rules, bound.record.then(today)))
    return (sentence for sentence in found if sentence not in before)


def _bound(book: "_DutyBook", planned: PlannedShift, rules: RuleSet, problem: Problem, *, exceptions: bool) -> Bound:
    record = book.before(planned, problem)
    try:
        limits = todays_limits(rules, record, problem.day, planned.starts, ends=planned.ends, exceptions=exceptions)
    except YourInput as error:
        raise YourInput(
            f"Shift {planned.shift_id} of driver {planned.driver_id}, bound by {rules.name}: {error} See shifts.csv "
            "(clocked_out_at) and duty.csv."
        ) from error
    return Bound(planned, rules, record, limits)


class _DutyBook:
    """What a store knows of some drivers' time in the weeks before a day, and on it."""

    def __init__(self, store: Store, company: str, day: str, weeks: int, drivers: set[str]) -> None:
        since = (date.fromisoformat(day) - timedelta(weeks=weeks)).isoformat()
        shifts = [
            fact.body
            for fact in store.current(company, "shift")
            if fact.body.get("driver_id") in drivers and since <= fact.body["date"] <= day
        ]
        doors = _doors(store, company, {body["shift_id"] for body in shifts})
        self._clocked: dict[str, list[tuple[str, Instant, tuple[Activity, ...]]]] = defaultdict(list)
        for body in shifts:
            told = of_clocked(_clocked(body), doors.get(body["shift_id"], ()))
            self._clocked[body["driver_id"]].append((body["shift_id"], _at(body["starts_at"]), told))
        self._logged: dict[str, list[Activity]] = defaultdict(list)
        for fact in store.current(company, "duty"):
            body = fact.body
            if body["driver_id"] in drivers and body["ends_at"] > since and body["ends_at"] != body["begins_at"]:
                self._logged[body["driver_id"]].append(
                    Activity(body["kind"], _at(body["begins_at"]), _at(body["ends_at"]))
                )

    def before(self, planned: PlannedShift, problem: Problem) -> DutyRecord:
        """Return what a shift's driver did before it, and never the shift itself: it may begin after its own row."""
        start = instant(problem.day, planned.starts, problem.timezone)
        driver = planned.driver_id or ""
        others = (row for row in self._clocked.get(driver, ()) if row[0] != planned.shift_id)
        clocked = [a for _, at, told in others if at < start for a in told]
        logged = (a for a in self._logged.get(driver, ()) if a.begins < start)
        cut = (Activity(a.kind, a.begins, min(a.ends, start)) for a in logged)
        return merged(problem.timezone, cut, clocked)


def _doors(store: Store, company: str, shifts: set[str]) -> Mapping[str, list[tuple[str, str]]]:
    """Return (arrived, left) at doors by shift."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for fact in store.current(company, "attempt"):
        shift = fact.body.get("shift_id")
        if shift in shifts and "left_at" in fact.body:
            found[shift].append((fact.body["arrived_at"], fact.body["left_at"]))
    return found


def _clocked(body: Body) -> Clocked:
    """Return a shift as it was clocked; what nobody clocked counts as it was planned."""
    begins = body.get("clocked_in_at", body.get("left_depot_at", body["starts_at"]))
    ends = body.get("clocked_out_at", body.get("back_at", body["ends_at"]))
    return Clocked(begins, max(begins, ends), body.get("left_depot_at"), body.get("back_at"))


def _at(text: str) -> Instant:
    return Instant(int(datetime.fromisoformat(text).timestamp()))
