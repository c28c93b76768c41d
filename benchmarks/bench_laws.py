"""10,000 random small problems, searched briefly: the checker refuses no plan, and lets no mistake pass.

A search that ends in an error counts as a plan refused.

Problems are those of `tests/operations/problems.py`: seeds 0, 1, 2 ..., 0 to 20 stops, 1 to 5 shifts, 1 to 6 traffic
slots, 0 to 3 dimensions. In every second problem each stop has a price for leaving it out, so that there is always a
feasible plan. In the others some must be served; where such a stop does not fit beside the others, the checker's
sentence about exactly that is counted in a row of its own.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tests.operations.mistakes import MISTAKES
from tests.operations.problems import Recipe, random_problem

from benchmarks.harness import Row, at_most, figure
from doorstep.domain.errors import DoorstepError
from doorstep.domain.problem import Problem
from doorstep.operations.check import check
from doorstep.operations.schedule import schedule
from doorstep.operations.search import search

FULL, QUICK = 10_000, 500
ITERATIONS = 150
MISTAKES_EACH = 5


@dataclass(frozen=True)
class Outcome:
    """What became of one problem."""

    seed: int
    refused: tuple[str, ...]
    left_out: int
    planted: int
    passed: tuple[str, ...]


def run(quick: bool, worlds: Path | None) -> Sequence[Row]:
    """Search, schedule and check every problem; plant mistakes in each plan."""
    del worlds  # the laws hold in no world in particular
    began = time.monotonic()
    outcomes = list(_outcomes(QUICK if quick else FULL))
    refused = [o for o in outcomes if o.refused]
    passed = [o for o in outcomes if o.passed]
    for outcome in (*refused, *passed)[:10]:
        print(f"seed {outcome.seed}: refused {outcome.refused[:3]}, mistakes that passed {outcome.passed}")
    return [
        at_most(f"plans refused, of {len(outcomes):,} random problems", len(refused), "plans", 0),
        at_most(
            f"mistakes that pass, of {sum(o.planted for o in outcomes):,} planted",
            sum(len(o.passed) for o in outcomes), "mistakes", 0,
        ),
        figure("stops that must be served and were left out", sum(o.left_out for o in outcomes), "stops"),
        figure("seconds", round(time.monotonic() - began, 1), "s"),
    ]  # fmt: skip


def _outcomes(n: int) -> Iterator[Outcome]:
    _outcome(0)  # compiles the kernels once, before two processes would do it twice
    with ProcessPoolExecutor(2) as pool:
        yield from pool.map(_outcome, range(n), chunksize=25)


def _outcome(seed: int) -> Outcome:
    rng = np.random.default_rng(seed)
    problem = random_law_problem(seed, rng)
    try:
        found = search(problem, seconds=1, seed=seed, iterations=ITERATIONS)
    except DoorstepError as error:
        return Outcome(seed, (f"no plan at all: {error}",), 0, 0, ())
    plan = schedule(problem, found.sequences, seed=seed, problem_sha256="")
    report = check(problem, plan)
    left_out = tuple(f"Stop {stop!r}: expected a visit" for stop in report.left_out)
    refused = tuple(v for v in report.violations if not v.startswith(left_out))
    names = [str(name) for name in rng.permutation(list(MISTAKES))[:MISTAKES_EACH]]
    wrong = {name: MISTAKES[name](plan, int(rng.integers(100))) for name in names}
    planted = {name: other for name, other in wrong.items() if other is not None and other != plan}
    passed = tuple(n for n, other in planted.items() if set(check(problem, other).violations) <= set(report.violations))
    return Outcome(seed, refused, len(left_out), len(planted), passed)


def random_law_problem(seed: int, rng: np.random.Generator | None = None) -> Problem:
    """Return the problem of a seed, drawn with `rng` where somebody goes on drawing from it."""
    return _problem(rng or np.random.default_rng(seed), optional=1.0 if seed % 2 else 0.4)


def _problem(rng: np.random.Generator, optional: float) -> Problem:
    recipe = Recipe(
        shifts=int(rng.integers(1, 6)),
        slots=int(rng.integers(1, 7)),
        dimensions=int(rng.integers(0, 4)),
        span_km=float(rng.choice([1.0, 12.0, 60.0])),
        alike=bool(rng.random() < 0.3),
        priced_hours=bool(rng.random() < 0.8),
        optional=optional,
    )
    return random_problem(rng, int(rng.integers(0, 21)), recipe)
