"""Arrival functions in `problem.json`: read as written, inline or beside it, and refused by spot."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.operations.timed import timed_problem

from doorstep.adapters.problem_files import problem_sha256, read_problem, write_problem
from doorstep.domain.errors import YourInput
from doorstep.domain.travel import ArrivalFunctions


@given(seed=st.integers(0, 10**6), inline=st.booleans(), stops=st.integers(0, 5))
def test_arrival_functions_are_read_as_they_were_written(tmp_path_factory, seed, inline, stops):
    path = tmp_path_factory.mktemp("travel") / "problem.json"
    problem = timed_problem(seed, stops, "slopes")

    write_problem(problem, path, inline=inline)
    again = read_problem(path)

    assert problem_sha256(again) == problem_sha256(problem)
    car, was = again.times["car"], problem.times["car"]
    assert isinstance(car, ArrivalFunctions)
    assert isinstance(was, ArrivalFunctions)
    for name in ("begins", "at", "there", "metres"):
        assert np.array_equal(getattr(car, name), getattr(was, name))


def test_another_arrival_is_another_problem():
    problem = timed_problem(1, 3, "steps")
    car = problem.times["car"]
    assert isinstance(car, ArrivalFunctions)
    later = replace(car, there=car.there + np.int32(1))

    assert problem_sha256(replace(problem, times={"car": later})) != problem_sha256(problem)


@pytest.mark.parametrize(
    ("leg", "says"),
    [
        ([[0, 10]], r"arrivals\[0\]\[1\]: expected \[departures, arrivals\]"),
        ([[0, 10], [5]], "expected as many arrivals as departures"),
        ([[0, 1.5], [5, 9]], r"arrivals\[0\]\[1\]\[0\]\[1\]: expected a whole number"),
        ([[0, 10], [50, 40]], "never fall"),
        ([], "Expected knots for every leg"),
    ],
)
def test_functions_that_cannot_be_read_are_refused_by_spot(tmp_path, leg, says):
    write_problem(timed_problem(1, 2, "steps"), tmp_path / "problem.json", inline=True)
    document = json.loads((tmp_path / "problem.json").read_text())
    document["matrices"]["car"]["arrivals"][0][1] = leg
    (tmp_path / "problem.json").write_text(json.dumps(document))

    with pytest.raises(YourInput, match=says):
        read_problem(tmp_path / "problem.json")


def test_slots_and_functions_at_once_are_refused(tmp_path):
    write_problem(timed_problem(1, 2, "steps"), tmp_path / "problem.json", inline=True)
    document = json.loads((tmp_path / "problem.json").read_text())
    document["matrices"]["car"]["edges"] = [0]
    (tmp_path / "problem.json").write_text(json.dumps(document))

    with pytest.raises(YourInput, match="expected only arrivals, metres"):
        read_problem(tmp_path / "problem.json")
