"""The judge against a slow truth: both must find the same limits broken, topic by topic, route by route."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from benchmarks.law_kinds import under_way
from hypothesis import given
from hypothesis import strategies as st
from tests.operations.oracle import broken, topics_of
from tests.operations.problems import Recipe, random_departures, random_halts, random_problem, rich
from tests.strategies import seeds

from doorstep.domain.plan import Plan
from doorstep.domain.problem import Problem
from doorstep.operations.check import check
from doorstep.operations.schedule import schedule

EVERYTHING = rich()
FEATURES = [f.name for f in fields(Recipe) if getattr(EVERYTHING, f.name) != getattr(Recipe(), f.name)]


def random_plan(seed: int, recipe: Recipe, n_stops: int) -> tuple[Problem, Plan]:
    """Return some problem and some plan for it, allowed or not."""
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, n_stops, recipe)
    sequences = random_halts(rng, problem)
    departures = random_departures(rng, problem, sequences)
    return problem, schedule(problem, sequences, seed=1, problem_sha256="", departures=departures)


def _agree(problem: Problem, plan: Plan) -> None:
    report = check(problem, plan)
    topics = {found for found in topics_of(report.infeasible) if found[1] != "left out"}

    assert topics == broken(problem, plan)
    assert [v for v in report.violations if v not in report.infeasible] == []
    assert report.total == plan.cents["total"]


@given(seeds, st.integers(0, 12), st.sampled_from((1.0, 12.0, 60.0)))
def test_judge_and_slow_truth_agree_on_everything_at_once(seed, n_stops, span_km):
    _agree(*random_plan(seed, rich(span_km=span_km, optional=1.0), n_stops))


@pytest.mark.parametrize("features", [(name,) for name in FEATURES] + [("lifo", "paired"), ("multi_trip", "paired")])
@given(seed=seeds, n_stops=st.integers(1, 8))
def test_judge_and_slow_truth_agree_on_each_feature_alone(features, seed, n_stops):
    much: dict[str, Any] = dict.fromkeys(features, 0.8)
    recipe = replace(Recipe(shifts=2, windowed=0.1, needy=0.0, optional=1.0, span_km=4.0), **much)

    _agree(*random_plan(seed, recipe, n_stops))


@given(seeds, st.integers(1, 10), seeds)
def test_what_was_allowed_in_the_morning_is_allowed_at_any_second_of_the_day(seed, n_stops, hour):
    problem, plan = random_plan(seed, rich(optional=1.0, frozen=0.0), n_stops)
    running = under_way(problem, plan, np.random.default_rng(hour))

    at_dawn, later = check(problem, plan), check(running, plan)

    assert topics_of(later.infeasible) <= topics_of(at_dawn.infeasible)
    assert later.violations == later.infeasible
    assert later.cents == at_dawn.cents
