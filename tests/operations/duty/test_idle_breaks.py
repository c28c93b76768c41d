"""No driver is sent to rest unpaid where no rule asks for it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from tests.operations.problems import Recipe, random_problem
from tests.strategies import seeds

from doorstep.domain.duty import BreakRule
from doorstep.domain.problem import Break, Halt, Problem
from doorstep.domain.units import Seconds
from doorstep.operations.check import check
from doorstep.operations.duty.idle_breaks import with_settled_breaks, without_idle_breaks
from doorstep.operations.schedule import schedule

HOUR, QUARTER = 3600, Break(Seconds(900))


def day(after: int) -> tuple[Problem, list[Halt]]:
    """Return one van's day with a break due after so many seconds of work, and all its stops."""
    recipe = Recipe(shifts=1, windowed=0.0, needy=0.0, optional=0.0, curved=0.0)
    problem = random_problem(np.random.default_rng(5), 8, recipe)
    rule = BreakRule("rest", "working", Seconds(after), Seconds(900))
    shift = replace(problem.shifts[0], starts=Seconds(0), ends=Seconds(30 * HOUR), capacities=(10**6,) * 2,
                    max_stops=None, breaks=(rule,))  # fmt: skip
    return replace(problem, shifts=(shift,)), [s.stop_id for s in problem.stops]


def worked(problem: Problem, stops: list[Halt]) -> int:
    free = replace(problem, shifts=(replace(problem.shifts[0], breaks=()),))
    plan = schedule(free, {problem.shifts[0].shift_id: stops}, seed=1, problem_sha256="")
    return plan.routes[0].returns_at - plan.routes[0].leaves_at


@pytest.mark.parametrize(("times", "left"), [(2.0, 0), (0.75, 1)])
def test_breaks_stay_only_as_far_as_a_rule_asks_for_them(times, left):
    problem, stops = day(10**6)
    problem, stops = day(round(times * worked(problem, stops)))
    rested = [*stops[:2], QUARTER, *stops[2:4], QUARTER, *stops[4:6], QUARTER, *stops[6:]]
    name = problem.shifts[0].shift_id
    found = without_idle_breaks(problem, {name: rested}, {})[name]
    plan = schedule(problem, {name: found}, seed=1, problem_sha256="")

    assert sum(isinstance(halt, Break) for halt in found) == left
    assert [halt for halt in found if not isinstance(halt, Break)] == stops
    assert check(problem, plan).holds
    assert check(with_settled_breaks(problem, plan), replace(plan, problem_sha256="")).holds


@given(seeds)
@settings(max_examples=15)
def test_taking_breaks_out_never_breaks_a_rule(seed):
    rng = np.random.default_rng(seed)
    problem, stops = day(int(rng.integers(HOUR, 12 * HOUR)))
    name, rested = problem.shifts[0].shift_id, list(stops)
    for place in sorted(rng.integers(0, len(stops), 5).tolist(), reverse=True):
        rested.insert(place, Break(Seconds(int(rng.choice([600, 900, 1800])))))
    before = check(problem, schedule(problem, {name: rested}, seed=1, problem_sha256="")).violations
    found = without_idle_breaks(problem, {name: rested}, {})
    after = check(problem, schedule(problem, found, seed=1, problem_sha256="")).violations

    assert len(after) <= len(before)
