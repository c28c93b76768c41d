"""A plan turned back into halts: what its visits say, and what they can't say."""

from dataclasses import replace

import numpy as np
import pytest
from tests.operations.problems import random_problem

from doorstep.domain.errors import YourInput
from doorstep.domain.plan import Plan, Visit
from doorstep.domain.problem import Break, Charge, Problem, Reload
from doorstep.domain.sequences import sequences_of
from doorstep.domain.units import Seconds
from doorstep.operations.schedule import schedule


@pytest.fixture
def problem() -> Problem:
    return random_problem(np.random.default_rng(1), 3)


@pytest.fixture
def plan(problem) -> Plan:
    """One route with one visit."""
    return schedule(problem, {"h0": ["s0"]}, seed=1, problem_sha256="")


def _with_visit(plan: Plan, visit: Visit) -> Plan:
    (route,) = plan.routes
    return replace(plan, routes=(replace(route, visits=(visit,)),))


def _halting(plan: Plan, kind: str, stop_id: str) -> Plan:
    visit = Visit(stop_id, (), None, Seconds(10), Seconds(20), Seconds(50), (), {}, kind)
    return _with_visit(plan, visit)


def test_a_visit_without_a_stop_is_told_by_its_first_order(problem, plan):
    nameless = _with_visit(plan, replace(plan.routes[0].visits[0], stop_id=""))

    assert sequences_of(nameless, problem) == sequences_of(plan, problem) == ({"h0": ("s0",)}, {})


def test_halts_last_as_long_as_their_visits(problem, plan):
    assert sequences_of(_halting(plan, "reload", "1"), problem)[0] == {"h0": (Reload(1),)}
    assert sequences_of(_halting(plan, "charge", "c"), problem)[0] == {"h0": (Charge("c", Seconds(30)),)}
    assert sequences_of(_halting(plan, "break", ""), problem)[0] == {"h0": (Break(Seconds(30)),)}


def test_a_departure_is_said_only_where_it_does_not_follow(problem, plan):
    (route,) = plan.routes
    later = replace(plan, routes=(replace(route, leaves_at=Seconds(route.leaves_at + 1)),))
    released = replace(
        problem, stops=(replace(problem.stops[0], release=later.routes[0].leaves_at), *problem.stops[1:])
    )
    free = replace(problem, shifts=tuple(replace(s, free_departure=True) for s in problem.shifts))
    loaded = replace(problem, shifts=tuple(replace(s, loaded_at=route.leaves_at) for s in problem.shifts))

    assert sequences_of(later, problem)[1] == {"h0": route.leaves_at + 1}
    assert sequences_of(later, released)[1] == {}
    assert sequences_of(plan, free)[1] == {"h0": route.leaves_at}
    assert sequences_of(plan, loaded)[1] == {}


@pytest.mark.parametrize("row", ["", "a", "-1", "1.5", "²", "9" * 40])
def test_a_reload_at_no_row_is_refused(problem, plan, row):
    with pytest.raises(YourInput, match="to be a row of the matrices"):
        sequences_of(_halting(plan, "reload", row), problem)


def test_what_is_no_halt_is_refused(problem, plan):
    with pytest.raises(YourInput, match="got 'picnic'"):
        sequences_of(_halting(plan, "picnic", ""), problem)


def test_a_shift_with_two_routes_is_refused(problem, plan):
    with pytest.raises(YourInput, match="at most one route of shift 'h0', got two"):
        sequences_of(replace(plan, routes=plan.routes * 2), problem)
