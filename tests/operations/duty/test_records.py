from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.operations.problems import Recipe, random_problem

from doorstep.domain.duty import Activity, Instant, instant
from doorstep.domain.errors import YourInput
from doorstep.domain.problem import Break
from doorstep.domain.units import Seconds
from doorstep.operations.duty.records import Clocked, merged, of_clocked, of_route, record
from doorstep.operations.schedule import schedule

DAY = "2026-03-02T"


def told(activities) -> list[tuple[str, str, str]]:
    return [
        (a.kind, *(datetime.fromtimestamp(t, UTC).strftime("%H:%M") for t in (a.begins, a.ends))) for a in activities
    ]


def test_between_doors_somebody_drives_and_at_them_works():
    clocked = Clocked(f"{DAY}07:00Z", f"{DAY}12:00Z", f"{DAY}07:20Z", f"{DAY}11:50Z")
    doors = [(f"{DAY}09:00Z", f"{DAY}09:10Z"), (f"{DAY}08:00Z", f"{DAY}08:05Z")]

    assert told(of_clocked(clocked, doors)) == [
        ("work", "07:00", "07:20"), ("driving", "07:20", "08:00"), ("work", "08:00", "08:05"),
        ("driving", "08:05", "09:00"), ("work", "09:00", "09:10"), ("driving", "09:10", "11:50"),
        ("work", "11:50", "12:00"),
    ]  # fmt: skip


def test_what_is_not_known_is_taken_for_driving():
    assert told(of_clocked(Clocked(f"{DAY}07:00Z", f"{DAY}12:00Z"))) == [("driving", "07:00", "12:00")]


def test_doors_that_overlap_or_lie_outside_are_cut():
    doors = [(f"{DAY}06:50Z", f"{DAY}07:10Z"), (f"{DAY}07:05Z", f"{DAY}07:30Z"), (f"{DAY}11:55Z", f"{DAY}12:30Z")]

    assert told(of_clocked(Clocked(f"{DAY}07:00Z", f"{DAY}12:00Z"), doors)) == [
        ("work", "07:00", "07:30"), ("driving", "07:30", "11:55"), ("work", "11:55", "12:00"),
    ]  # fmt: skip


def test_a_planned_route_becomes_the_time_it_takes():
    problem = random_problem(np.random.default_rng(4), 6, Recipe(windowed=1.0))
    shift = problem.shifts[0]
    first, *rest = [s.stop_id for s in problem.stops]
    plan = schedule(problem, {shift.shift_id: [first, Break(Seconds(1800)), *rest]}, seed=1, problem_sha256="x")
    route = plan.routes[0]
    activities = of_route(route, problem.day, problem.timezone, starts=shift.starts)
    midnight = instant(problem.day, 0, problem.timezone)

    assert (activities[0].begins - midnight, activities[-1].ends - midnight) == (shift.starts, route.returns_at)
    assert sum(a.ends - a.begins for a in activities) == route.returns_at - shift.starts
    assert [a.ends - a.begins for a in activities if a.kind == "break"] == [1800]
    assert sum(a.ends - a.begins for a in activities if a.kind == "work") == sum(s.service for s in problem.stops)


def test_shifts_that_overlap_are_no_record():
    one, other = Clocked(f"{DAY}07:00Z", f"{DAY}12:00Z"), Clocked(f"{DAY}11:00Z", f"{DAY}13:00Z")

    with pytest.raises(YourInput, match="one thing at a time"):
        record("Europe/Lisbon", [of_clocked(other), of_clocked(one)])


def seconds(kind, *spans: tuple[int, int]) -> list[Activity]:
    return [Activity(kind, Instant(a), Instant(b)) for a, b in spans]


def test_a_log_goes_before_the_clock_and_the_clock_fills_its_holes():
    found = merged("UTC", seconds("break", (20, 30), (50, 60)), seconds("driving", (0, 25), (28, 55), (58, 70)))

    assert [(a.kind, a.begins, a.ends) for a in found.activities] == [
        ("driving", 0, 20), ("break", 20, 30), ("driving", 30, 50), ("break", 50, 60), ("driving", 60, 70),
    ]  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=8), st.integers(0, 8))
def test_merging_tells_every_second_once_and_loses_none(spans, logged):
    rows = [(a, a + length) for a, length in spans]
    found = merged("UTC", seconds("work", *rows[:logged]), seconds("driving", *rows[logged:]))
    told = [s for one in found.activities for s in range(one.begins, one.ends)]
    in_log = {s for a, b in rows[:logged] for s in range(a, b)}

    assert sorted(told) == sorted({s for a, b in rows for s in range(a, b)})
    assert {s for a in found.activities if a.kind == "work" for s in range(a.begins, a.ends)} == in_log
