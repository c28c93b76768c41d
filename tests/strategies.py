"""Random problems and assignments, for laws."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from tests.operations.problems import (
    Recipe,
    random_departures,
    random_halts,
    random_problem,
    random_sequences,
    rich,
)

from doorstep.domain.problem import Halt, Problem
from doorstep.domain.units import Seconds

RichCase = tuple[Problem, Mapping[str, Sequence[Halt]], Mapping[str, Seconds]]

seeds = st.integers(0, 2**32 - 1)


@st.composite
def problems(draw: st.DrawFn, /, max_stops: int = 20, **fixed: Any) -> Problem:
    """Problems of up to `max_stops` stops with slots, windows, skills, curves; `fixed` sets parts of the recipe."""
    recipe = {
        "shifts": draw(st.integers(1, 5)),
        "slots": draw(st.integers(1, 6)),
        "dimensions": draw(st.integers(0, 3)),
        "span_km": draw(st.sampled_from((1.0, 12.0, 60.0))),
        "optional": draw(st.sampled_from((0.0, 0.4, 1.0))),
        "alike": draw(st.booleans()),
        **fixed,
    }
    return random_problem(np.random.default_rng(draw(seeds)), draw(st.integers(0, max_stops)), Recipe(**recipe))


@st.composite
def assignments(draw: st.DrawFn, /, max_stops: int = 20, **fixed: Any) -> tuple[Problem, Mapping[str, Sequence[str]]]:
    """Problems with some split of some of their stops over their shifts, feasible or not."""
    problem = draw(problems(max_stops, **fixed))
    return problem, random_sequences(np.random.default_rng(draw(seeds)), problem)


@st.composite
def rich_assignments(draw: st.DrawFn, /, max_stops: int = 15, **fixed: Any) -> RichCase:
    """Problems with all there is, some halts for their shifts and some departures, feasible or not."""
    recipe = {
        "shifts": draw(st.integers(1, 5)),
        "slots": draw(st.integers(1, 5)),
        "dimensions": draw(st.integers(0, 3)),
        "span_km": draw(st.sampled_from((1.0, 12.0, 60.0))),
        "optional": draw(st.sampled_from((0.0, 0.4, 1.0))),
        "alike": draw(st.booleans()),
        **fixed,
    }
    rng = np.random.default_rng(draw(seeds))
    problem = random_problem(rng, draw(st.integers(0, max_stops)), rich(**recipe))
    sequences = random_halts(rng, problem)
    return problem, sequences, random_departures(rng, problem, sequences)
