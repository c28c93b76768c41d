"""Two searches at once keep every promise of one: a plan that may be driven, at the price they say."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.operations.problems import Recipe, random_problem, rich

from doorstep.domain.plan import Plan
from doorstep.domain.problem import Problem
from doorstep.domain.units import Seconds
from doorstep.operations.check import check
from doorstep.operations.errors import UnknownStop
from doorstep.operations.schedule import schedule
from doorstep.operations.search import Progress, Result, Stop, search
from doorstep.operations.search import together as module
from doorstep.operations.search.together import search_together

FEW = settings(max_examples=8, deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
PLAIN = Recipe(shifts=4, windowed=0.3, needy=0, optional=0, alike=True, dimensions=1, profiles=1)
pytestmark = pytest.mark.usefixtures("kernels")


@pytest.fixture(autouse=True)
def _small_days_are_worth_it(monkeypatch):
    monkeypatch.setattr(module, "WORTH_IT", 2)


def _told(problem: Problem, result: Result) -> tuple[Plan, list[str]]:
    plan = schedule(problem, result.sequences, seed=1, problem_sha256="x", departures=result.departures)
    report = check(problem, plan)
    return plan, list(report.violations[: len(report.violations) - len(report.left_out)])


@FEW
@given(seed=st.integers(0, 10**6), stops=st.integers(2, 30), mapped=st.booleans())
def test_what_two_searches_find_may_be_driven_and_costs_what_they_say(seed, stops, mapped):
    problem = random_problem(np.random.default_rng(seed), stops, Recipe(shifts=4))
    if not mapped:
        problem = replace(problem, places=(None,) * len(problem.places))

    found = search_together(problem, seconds=0.2, seed=seed, searches=2)

    plan, wrong = _told(problem, found)
    assert wrong == []
    if all(u.stop_id in problem.valuation.unserved for u in plan.unserved):
        paid = sum(sum(route.cents.values()) for route in plan.routes) + sum(u.cents for u in plan.unserved)
        assert found.price == pytest.approx(paid, abs=4 * stops + 60)


@FEW
@given(seed=st.integers(0, 10**6), stops=st.integers(4, 20))
def test_pairs_trips_and_breaks_stay_whole_where_routes_are_dealt_out(seed, stops):
    problem = random_problem(np.random.default_rng(seed), stops, rich(shifts=4, frozen=0.0))

    found = search_together(problem, seconds=0.2, seed=seed, searches=2)

    assert _told(problem, found)[1] == []


def test_a_start_never_gets_dearer_and_three_searches_are_as_welcome_as_two():
    problem = random_problem(np.random.default_rng(3), 40, PLAIN)
    start = search(problem, seconds=1, seed=1, iterations=200)

    found = search_together(problem, seconds=0.3, seed=2, searches=3, start=start.sequences)

    assert found.price <= start.price + 1e-6
    assert found.iterations > 0


def test_an_interruption_ends_all_searches_with_a_plan():
    problem = random_problem(np.random.default_rng(3), 40, PLAIN)
    told: list[Progress] = []

    def enough(progress: Progress) -> None:
        told.append(progress)
        if len(told) == 3:
            raise Stop

    found = search_together(problem, seconds=60, seed=1, searches=2, on_progress=enough)

    assert found.interrupted
    assert found.seconds < 30
    assert _told(problem, found)[1] == []
    assert [p.share for p in told] == sorted(p.share for p in told)


def test_what_one_search_refuses_two_refuse_with_the_same_words():
    problem = random_problem(np.random.default_rng(3), 10, PLAIN)

    with pytest.raises(UnknownStop, match="nobody"):
        search_together(problem, seconds=1, seed=1, searches=2, start={problem.shifts[0].shift_id: ("nobody",)})


def test_one_search_is_just_the_search():
    problem = random_problem(np.random.default_rng(3), 10, PLAIN)

    assert search_together(problem, seconds=0.1, seed=1, searches=1).seconds == pytest.approx(0.1, abs=Seconds(2))
